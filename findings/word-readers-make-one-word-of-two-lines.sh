#!/usr/bin/env bash
# Eight readers of Word documents put nothing, not even a space, where words are parted by another sign than a space or
# a paragraph. ECMA-376 Part 1 §17.3.3.4: w:cr is a carriage return at its place, which begins a line as w:br does;
# §17.3.3.23: w:ptab moves on to a place of the line, such as the right margin, and stands between a part and its page,
# or a name and a date. pandoc 3.9 (pypandoc_binary 1.17), docx2python 3.7.1 and docx2md 1.0.5 (Python) and
# word-extractor 1.0.4 (npm) leave out both, docx2txt 0.9 and docxlatex 1.2.3 (Python) the second; mammoth 1.13.0
# (Python; its raw text) and officeparser 7.8.0 (npm) also w:br, the break that Shift and Enter make. mammoth's page
# says that raw text ignores formatting, not that words are joined. No search then finds either of the two.
# Seen: OneTwo for One, w:cr, Two; PartPage for Part, w:ptab, Page; AgedSeven of two for Aged, w:br, Seven. python-docx
# 1.2.0 has all three apart.
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
PLACE = '<w:ptab w:relativeTo="margin" w:alignment="right" w:leader="none"/>'
LINES = [("One", "<w:cr/>", "Two"), ("Part", PLACE, "Page"), ("Aged", "<w:br/>", "Seven")]
report = docx.Document()
for before, between, behind in LINES:
    run = f"<w:r><w:t>{before}</w:t>{between}<w:t>{behind}</w:t></w:r>"
    report.element.body.insert(len(report.element.body) - 1, parse_xml(f"<w:p {SPACE}>{run}</w:p>"))
report.save("report.docx")

subprocess.run([pathlib.Path(sys.executable).with_name("docx2md"), "report.docx", "report.md"], check=True)
with docx2python("report.docx") as file, open("report.docx", "rb") as data:
    texts = {
        "python-docx": "\n".join(paragraph.text for paragraph in docx.Document("report.docx").paragraphs),
        "docx2txt": docx2txt.process("report.docx"),
        "docxlatex": docxlatex.Document("report.docx").get_text(),
        "docx2python": file.text,
        "pandoc": pypandoc.convert_file("report.docx", "plain"),
        "docx2md": pathlib.Path("report.md").read_text().replace("<br>", "\n"),
        "mammoth": mammoth.extract_raw_text(data).value,
    }
seen = {reader: " ".join(text.split()) for reader, text in texts.items()}
print(seen)
assert seen == {
    "python-docx": "One Two Part Page Aged Seven",
    "docx2txt": "One Two PartPage Aged Seven",
    "docxlatex": "One Two PartPage Aged Seven",
    "docx2python": "OneTwo PartPage Aged Seven",
    "pandoc": "OneTwo PartPage Aged Seven",
    "docx2md": "OneTwo PartPage Aged Seven",
    "mammoth": "OneTwo PartPage AgedSeven",
}, "one of them does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" word-extractor@1.0.4 officeparser@7.8.0
cat >look.js <<'JS'
const assert = require("node:assert");
const officeparser = require("officeparser");
const WordExtractor = require("word-extractor");

(async () => {
  const seen = [
    (await new WordExtractor().extract("report.docx")).getBody(),
    (await officeparser.parseOffice("report.docx")).toText(),
  ].map((text) => text.trim().split(/\s+/).join(" "));
  console.log(seen);
  assert.deepStrictEqual(seen, ["OneTwo PartPage Aged Seven", "OneTwo PartPage AgedSeven"], "one does otherwise now");
})();
JS
node look.js
