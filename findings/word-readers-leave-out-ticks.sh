#!/usr/bin/env bash
# docx2txt 0.9, python-docx 1.2.0, docx2md 1.0.5 and docxlatex 1.2.3 (Python), and word-extractor 1.0.4 and officeparser
# 7.8.0 (npm), leave out of a Word document each sign that Word has put in by its dialog (Insert, Symbol) from fonts
# such as Wingdings and Symbol. ECMA-376 Part 1 §17.3.3.30: w:sym is a character of the text at that place, given by
# font and code. Nothing stands for it, not even a space: of a table in which agencies that took part are ticked none
# is, "≥ 5 injuries" is five injuries, and "37.5°C" is 37.5C. docx2python 3.7.1 has the codes, in an HTML element among
# the words.
# Seen: "Police: ", " 5 injuries", "37.5C" of six. mammoth 1.13.0 and pandoc 3.9 (pypandoc_binary 1.17) have a tick, ≥
# and °.
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
LINES = [
    ("Police: ", "Wingdings", "F0FC", ""),
    ("", "Symbol", "F0B3", " 5 injuries"),
    ("37.5", "Symbol", "F0B0", "C"),
]
report = docx.Document()
for before, font, code, behind in LINES:
    run = (
        f'<w:r><w:t xml:space="preserve">{before}</w:t><w:sym w:font="{font}" w:char="{code}"/>'
        f'<w:t xml:space="preserve">{behind}</w:t></w:r>'
    )
    report.element.body.insert(len(report.element.body) - 1, parse_xml(f"<w:p {SPACE}>{run}</w:p>"))
report.save("report.docx")

subprocess.run([pathlib.Path(sys.executable).with_name("docx2md"), "report.docx", "report.md"], check=True)
with docx2python("report.docx") as file, open("report.docx", "rb") as data:
    coded = file.text
    mammoth_text = mammoth.extract_raw_text(data).value
pandoc_text = pypandoc.convert_file("report.docx", "plain")
texts = {
    "docx2txt": docx2txt.process("report.docx"),
    "docxlatex": docxlatex.Document("report.docx").get_text(),
    "python-docx": "\n".join(paragraph.text for paragraph in docx.Document("report.docx").paragraphs),
    "docx2md": pathlib.Path("report.md").read_text(),
}
print(texts, coded, mammoth_text, pandoc_text, sep="\n")
for right, tick in ((mammoth_text, "\N{CHECK MARK}"), (pandoc_text, "\N{HEAVY CHECK MARK}")):
    assert right.split() == ["Police:", tick, "\N{GREATER-THAN OR EQUAL TO}", "5", "injuries", "37.5\N{DEGREE SIGN}C"]
assert "<span style=font-family:Wingdings>&#x00FC;</span>" in coded, "docx2python does otherwise now"
for reader, text in texts.items():
    assert text.split() == ["Police:", "5", "injuries", "37.5C"], f"{reader} does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" word-extractor@1.0.4 officeparser@7.8.0
cat >look.js <<'JS'
const assert = require("node:assert");
const officeparser = require("officeparser");
const WordExtractor = require("word-extractor");

(async () => {
  const seen = {
    "word-extractor": (await new WordExtractor().extract("report.docx")).getBody(),
    officeparser: (await officeparser.parseOffice("report.docx")).toText(),
  };
  console.log(seen);
  for (const [reader, text] of Object.entries(seen)) {
    const words = text.trim().split(/\s+/);
    assert.deepStrictEqual(words, ["Police:", "5", "injuries", "37.5C"], `${reader} does otherwise now`);
  }
})();
JS
node look.js
