#!/usr/bin/env bash
# docx2python 3.7.1, word-extractor 1.0.4 and officeparser 7.8.0 (npm) leave out the non-breaking hyphen of a Word
# document (Ctrl+Shift+Hyphen), and put nothing in its place. ECMA-376 Part 1 §17.3.3.18: w:noBreakHyphen is the
# equivalent of U+002D, shown with the same glyph, where no line may break. Editors set it in numbers that belong
# together, so a span of days becomes another number, and a section's or a case's number a longer one; no search finds
# the word as it was written. mammoth 1.13.0 and python-docx 1.2.0 have a hyphen.
# Seen: "714 days" for 7-14 days, "Case 201904" for 2019-04, "reexamined" for re-examined, of all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    docx2python==3.7.1 mammoth==1.13.0 python-docx==1.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import docx
import mammoth
from docx.oxml import parse_xml
from docx2python import docx2python

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
HALVES = [("7", "14 days"), ("Case 2019", "04"), ("re", "examined")]
report = docx.Document()
for before, after in HALVES:
    run = f"<w:r><w:t>{before}</w:t><w:noBreakHyphen/><w:t>{after}</w:t></w:r>"
    report.element.body.insert(len(report.element.body) - 1, parse_xml(f"<w:p {SPACE}>{run}</w:p>"))
report.save("report.docx")

with docx2python("report.docx") as file:
    seen = file.text.split("\n\n")
with open("report.docx", "rb") as file:
    peer = mammoth.extract_raw_text(file).value.split("\n\n")
print(seen, peer, sep="\n")
assert peer[:3] == [f"{before}\N{NON-BREAKING HYPHEN}{after}" for before, after in HALVES]
assert [paragraph.text for paragraph in docx.Document("report.docx").paragraphs] == ["-".join(two) for two in HALVES]
assert seen == ["714 days", "Case 201904", "reexamined"], "docx2python does otherwise now"
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
  for (const [tool, text] of Object.entries(seen)) {
    const lines = text.trim().split("\n");
    assert.deepStrictEqual(lines, ["714 days", "Case 201904", "reexamined"], `${tool} does otherwise now`);
  }
})();
JS
node look.js
