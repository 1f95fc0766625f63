#!/usr/bin/env bash
# word-extractor 1.0.4 (npm) writes the two numbers of a fraction in a Word document one behind the other: of a half, as
# Word makes one of 1/2 in its equations, 12 remains. ECMA-376 Part 1 §22.1.2.36: m:f is a fraction, with a numerator,
# m:num, and a denominator, m:den; Word shows it as one. docx2python 3.7.1 (Python) does so too, between marks that say
# LaTeX, where it is 12 as well; docx2txt 0.9, docx2md 1.0.5, python-docx 1.2.0 and mammoth 1.13.0 (Python) leave the
# equation out, so that 7½ months are seven. Nothing tells that something was there.
# Seen: "712 months old" of word-extractor for 7½; "7<latex>12</latex> months old"; "7 months old" of four. docxlatex
# 1.2.3 and pandoc 3.9 (pypandoc_binary 1.17) have \frac{1}{2}.
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

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
NUMBER = "<m:r><m:t>{}</m:t></m:r>"
HALF = f"<m:oMath><m:f><m:num>{NUMBER.format(1)}</m:num><m:den>{NUMBER.format(2)}</m:den></m:f></m:oMath>"
report = docx.Document()
words = f'<w:r><w:t>7</w:t></w:r>{HALF}<w:r><w:t xml:space="preserve"> months old</w:t></w:r>'
report.element.body.insert(0, parse_xml(f"<w:p {SPACES}>{words}</w:p>"))
report.save("report.docx")

subprocess.run([pathlib.Path(sys.executable).with_name("docx2md"), "report.docx", "report.md"], check=True)
with docx2python("report.docx") as file, open("report.docx", "rb") as data:
    texts = {
        "docx2python": file.text,
        "docx2txt": docx2txt.process("report.docx"),
        "docx2md": pathlib.Path("report.md").read_text(),
        "python-docx": docx.Document("report.docx").paragraphs[0].text,
        "mammoth": mammoth.extract_raw_text(data).value,
        "docxlatex": docxlatex.Document("report.docx").get_text(),
        "pandoc": pypandoc.convert_file("report.docx", "markdown"),
    }
seen = {reader: text.strip() for reader, text in texts.items()}
print(seen)
assert seen["docx2python"] == "7<latex>12</latex> months old", "docx2python does otherwise now"
for reader in ("docx2txt", "docx2md", "python-docx", "mammoth"):
    assert seen[reader] == "7 months old", f"{reader} does otherwise now"
for reader in ("docxlatex", "pandoc"):
    assert r"\frac{1}{2}" in seen[reader]
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" word-extractor@1.0.4
cat >look.js <<'JS'
const assert = require("node:assert");
const WordExtractor = require("word-extractor");

new WordExtractor().extract("report.docx").then((report) => {
  const seen = report.getBody().trim();
  console.log(seen);
  assert.strictEqual(seen, "712 months old", "word-extractor does otherwise now");
});
JS
node look.js
