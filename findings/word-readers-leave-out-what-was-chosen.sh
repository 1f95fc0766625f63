#!/usr/bin/env bash
# docx2txt 0.9, mammoth 1.13.0, python-docx 1.2.0, docx2md 1.0.5, docxlatex 1.2.3 and pandoc 3.9 (pypandoc_binary 1.17),
# and word-extractor 1.0.4 and officeparser 7.8.0 (npm), leave out of a Word document what was chosen in a form.
# ECMA-376 Part 1 §17.16.9: in a drop-down field w:ddList holds the entries, and its w:result which of them is selected;
# §17.16.7: a check box has w:checked, or w:default where that is missing. Neither has other words in the document; Word
# shows and prints the chosen entry and the crossed box. Forms of councils, of serious incidents too, have been made of
# such fields: "Nation: Wales" is "Nation:", and of the kinds of harm all are there and none is crossed. Nothing tells
# that something was there.
# Seen: "Nation: " and " Neglect", " Physical harm" of eight. docx2python 3.7.1 has Wales, and a crossed box and an
# empty one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    docx2txt==0.9 docx2python==3.7.1 docxlatex==1.2.3 docx2md==1.0.5 mammoth==1.13.0 pypandoc_binary==1.17 \
    python-docx==1.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib
import subprocess
import sys

import docx
import docx2txt
import docxlatex
import mammoth
import pypandoc
from docx.oxml import parse_xml
from docx2python import docx2python

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ENTRIES = '<w:ddList><w:result w:val="1"/><w:listEntry w:val="England"/><w:listEntry w:val="Wales"/></w:ddList>'
BOX = '<w:checkBox><w:sizeAuto/><w:default w:val="0"/>{}</w:checkBox>'


def run(words):
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def field(code, data):
    settings = f'<w:ffData><w:name w:val="Field"/><w:enabled/><w:calcOnExit w:val="0"/>{data}</w:ffData>'
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{settings}</w:fldChar></w:r>'
        f"<w:r><w:instrText> {code} </w:instrText></w:r>"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


LINES = [
    run("Nation: ") + field("FORMDROPDOWN", ENTRIES),
    field("FORMCHECKBOX", BOX.format("<w:checked/>")) + run(" Neglect"),
    field("FORMCHECKBOX", BOX.format("")) + run(" Physical harm"),
]
form = docx.Document()
for line in LINES:
    form.element.body.insert(len(form.element.body) - 1, parse_xml(f"<w:p {SPACE}>{line}</w:p>"))
form.save("form.docx")

subprocess.run([pathlib.Path(sys.executable).with_name("docx2md"), "form.docx", "form.md"], check=True)
with docx2python("form.docx") as file, open("form.docx", "rb") as data:
    right = file.text
    texts = {
        "docx2txt": docx2txt.process("form.docx"),
        "docxlatex": docxlatex.Document("form.docx").get_text(),
        "python-docx": "\n".join(paragraph.text for paragraph in docx.Document("form.docx").paragraphs),
        "docx2md": pathlib.Path("form.md").read_text(),
        "mammoth": mammoth.extract_raw_text(data).value,
        "pandoc": pypandoc.convert_file("form.docx", "plain"),
    }
print(repr(right), texts, sep="\n")
assert right.split() == ["Nation:", "Wales", "\N{BALLOT BOX WITH X}", "Neglect", "\N{BALLOT BOX}", "Physical", "harm"]
for reader, text in texts.items():
    assert text.split() == ["Nation:", "Neglect", "Physical", "harm"], f"{reader} does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" word-extractor@1.0.4 officeparser@7.8.0
cat >look.js <<'JS'
const assert = require("node:assert");
const officeparser = require("officeparser");
const WordExtractor = require("word-extractor");

(async () => {
  const seen = {
    "word-extractor": (await new WordExtractor().extract("form.docx")).getBody(),
    officeparser: (await officeparser.parseOffice("form.docx")).toText(),
  };
  console.log(seen);
  for (const [reader, text] of Object.entries(seen)) {
    const words = text.trim().split(/\s+/);
    assert.deepStrictEqual(words, ["Nation:", "Neglect", "Physical", "harm"], `${reader} does otherwise now`);
  }
})();
JS
node look.js
