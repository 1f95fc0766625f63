#!/usr/bin/env bash
# python-docx 1.2.0: Paragraph.text, by its manual the text of the paragraph, leaves out each run that stands in
# another element of the paragraph but a hyperlink: what was inserted while changes were tracked (w:ins, ECMA-376 Part
# 1 §17.13.5), a place or date that an older Word has marked (w:smartTag, §17.5.1), a content control (w:sdt, §17.5.2)
# and a simple field (w:fldSimple, §17.16.19). Word shows and prints all of them. So a report that was edited to its
# last day can be read to say the opposite. docx2txt 0.9 reads all four; mammoth 1.13.0 leaves out the field.
# Seen: "The child was seen." where Word has "The child was not seen.", "Lived in .", "Published on .", "Aged .".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    python-docx==1.2.0 docx2txt==0.9 mammoth==1.13.0
"$folder/venv/bin/python" - "$folder/report.docx" <<'PYTHON'
import sys

import docx
import docx2txt
import mammoth
from docx.oxml import parse_xml

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def run(words):
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


PARTS = [
    ("The child was ", '<w:ins w:id="1" w:author="Editor" w:date="2026-11-28T08:00:00Z">', "not ", "</w:ins>", "seen."),
    ("Lived in ", '<w:smartTag w:uri="urn:example:tags" w:element="place">', "Ashcombe", "</w:smartTag>", "."),
    ("Published on ", "<w:sdt><w:sdtContent>", "28 November 2026", "</w:sdtContent></w:sdt>", "."),
    ("Aged ", '<w:fldSimple w:instr=" DOCPROPERTY Age ">', "7 weeks", "</w:fldSimple>", "."),
    ("See ", '<w:hyperlink w:anchor="two">', "part 2", "</w:hyperlink>", "."),
]
report = docx.Document()
for before, begin, inside, end, after in PARTS:
    words = f"{run(before)}{begin}{run(inside)}{end}{run(after)}"
    report.element.body.insert(len(report.element.body) - 1, parse_xml(f"<w:p {SPACE}>{words}</w:p>"))
report.save(sys.argv[1])

whole = [f"{before}{inside}{after}" for before, _, inside, _, after in PARTS]
seen = [paragraph.text for paragraph in docx.Document(sys.argv[1]).paragraphs]
with open(sys.argv[1], "rb") as file:
    other = mammoth.extract_raw_text(file).value.split("\n\n")[:5]
print(seen, other, sep="\n")
assert docx2txt.process(sys.argv[1]).split("\n\n")[:5] == whole
assert other == [*whole[:3], "Aged .", whole[4]], "mammoth does otherwise now"
assert seen == [
    "The child was seen.",
    "Lived in .",
    "Published on .",
    "Aged .",
    "See part 2.",
], "python-docx does otherwise now"
PYTHON
