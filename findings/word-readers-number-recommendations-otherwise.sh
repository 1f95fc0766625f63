#!/usr/bin/env bash
# docx2python 3.7.1 and officeparser 7.8.0 (npm) write out the numbers of a Word document's lists, and other ones than
# Word. ECMA-376 Part 1 §17.9: w:startOverride gives the number that an instance of a list starts with; without
# w:lvlRestart a level begins anew behind each item of a higher one; and a w:numId of 0 takes the number from a
# paragraph. docx2python passes over the first, and gives the last a bullet; officeparser counts on through all second
# levels, and numbers the last. w:start of the list itself they have right. Recommendations that begin again at 9 behind
# a table, or are lettered under headings, are then quoted by numbers that the report does not have.
# Seen: 1, 2 of docx2python for 5, 6, and a bullet; "2. 3." of officeparser for 2 and its first part, and a number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check docx2python==3.7.1 python-docx==1.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import docx
from docx.oxml import parse_xml
from docx2python import docx2python

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def level(number, text, start=1):
    begin = f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="decimal"/>'
    return f'{begin}<w:lvlText w:val="{text}"/></w:lvl>'


LISTS = [level(0, "%1.") + level(1, "%1.%2."), level(0, "%1.", start=9)]
OVERRIDE = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
INSTANCES = {101: (101, ""), 102: (102, ""), 103: (101, OVERRIDE)}
ITEMS = [
    (101, 0, "Visit"),
    (101, 1, "at home"),
    (101, 1, "at school"),
    (101, 0, "Ask"),
    (101, 1, "the father"),
    (102, 0, "Nine"),
    (103, 0, "Five"),
    (103, 0, "Six"),
    (0, 0, "No number"),
]
report = docx.Document()
numbering = report.part.numbering_part.element
first = numbering.find(docx.oxml.ns.qn("w:num"))
for number, levels in enumerate(LISTS, 101):
    inside = f'<w:multiLevelType w:val="multilevel"/>{levels}'
    first.addprevious(parse_xml(f'<w:abstractNum {SPACE} w:abstractNumId="{number}">{inside}</w:abstractNum>'))
for number, (of, override) in INSTANCES.items():
    inside = f'<w:abstractNumId w:val="{of}"/>{override}'
    numbering.append(parse_xml(f'<w:num {SPACE} w:numId="{number}">{inside}</w:num>'))
for number, depth, words in ITEMS:
    properties = f'<w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    item = parse_xml(f"<w:p {SPACE}>{properties}<w:r><w:t>{words}</w:t></w:r></w:p>")
    report.element.body.insert(len(report.element.body) - 1, item)
report.save("report.docx")

with docx2python("report.docx") as file:
    seen = file.text.split("\n\n")
print(seen)
assert seen == [
    "1)\tVisit",
    "\t1)\tat home",
    "\t2)\tat school",
    "2)\tAsk",
    "\t1)\tthe father",
    "9)\tNine",
    "1)\tFive",
    "2)\tSix",
    "--\tNo number",
], "docx2python does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" officeparser@7.8.0
cat >look.js <<'JS'
const assert = require("node:assert");
const officeparser = require("officeparser");

(async () => {
  const tree = await officeparser.parseOffice("report.docx");
  const text = (await tree.to("text")).value.trim().split("\n");
  console.log(text);
  assert.deepStrictEqual(
    text.map((line) => line.trim()),
    [
      "1. Visit",
      "1. at home",
      "2. at school",
      "2. Ask",
      "3. the father",
      "9. Nine",
      "5. Five",
      "6. Six",
      "1. No number",
    ],
    "officeparser does otherwise now",
  );
})();
JS
node look.js
