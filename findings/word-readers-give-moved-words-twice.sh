#!/usr/bin/env bash
# docx2txt 0.9, docx2python 3.7.1, word-extractor 1.0.4 and officeparser 7.8.0 (npm) give words that were moved while
# changes were tracked at both places: where they were and where they are. ECMA-376 Part 1 §17.13.5.22: w:moveFrom holds
# what was moved away, in ordinary w:t; §17.13.5.25: w:moveTo holds it where it went. What was deleted (w:del, in
# w:delText) all four leave out, and what was inserted they have, so the text looks like the final one. A count of
# recommendations or of names in it is too high. mammoth 1.13.0 has moved words once.
# Seen: "The father Nobody asked. was seen. Nobody asked." of all four, "The father was seen. Nobody asked." of mammoth.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    docx2txt==0.9 docx2python==3.7.1 mammoth==1.13.0 python-docx==1.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import docx
import docx2txt
import mammoth
from docx.oxml import parse_xml
from docx2python import docx2python

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BY = 'w:author="Editor" w:date="2026-11-28T08:00:00Z"'


def run(words, kind="t"):
    return f'<w:r><w:{kind} xml:space="preserve">{words}</w:{kind}></w:r>'


def change(element, number, inside):
    return f'<w:{element} w:id="{number}" {BY}>{inside}</w:{element}>'


def moved(side, number):
    begin = f'<w:move{side}RangeStart w:id="{number}" w:name="one" {BY}/>'
    inside = change(f"move{side}", number + 1, run("Nobody asked. "))
    return f'{begin}{inside}<w:move{side}RangeEnd w:id="{number}"/>'


PARAGRAPHS = [
    [run("The father "), moved("From", 1), run("was seen. "), moved("To", 3)],
    [run("Aged "), change("del", 5, run("nine ", "delText")), change("ins", 6, run("seven ")), run("weeks.")],
]
report = docx.Document()
for parts in PARAGRAPHS:
    report.element.body.insert(len(report.element.body) - 1, parse_xml(f"<w:p {SPACE}>{''.join(parts)}</w:p>"))
report.save("report.docx")


def lines(text):
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


with open("report.docx", "rb") as file:
    peer = lines(mammoth.extract_raw_text(file).value)
with docx2python("report.docx") as report:
    seen = {"docx2txt": lines(docx2txt.process("report.docx")), "docx2python": lines(report.text)}
print(seen, peer, sep="\n")
assert peer == ["The father was seen. Nobody asked.", "Aged seven weeks."]
for tool, text in seen.items():
    assert text == ["The father Nobody asked. was seen. Nobody asked.", "Aged seven weeks."], (
        f"{tool} does otherwise now"
    )
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
    const lines = text.trim().split("\n").map((line) => line.trim());
    const twice = ["The father Nobody asked. was seen. Nobody asked.", "Aged seven weeks."];
    assert.deepStrictEqual(lines, twice, `${tool} does otherwise now`);
  }
})();
JS
node look.js
