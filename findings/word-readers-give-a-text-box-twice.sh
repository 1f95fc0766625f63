#!/usr/bin/env bash
# docx2txt 0.9, docx2python 3.7.1 and docxlatex 1.2.3 (Python) give the words of each text box of a Word document twice.
# Word writes a box as mc:AlternateContent: as a shape of today in mc:Choice, and once more, for readers that do not
# know it, in mc:Fallback. ECMA-376 Part 3 (Markup Compatibility, AlternateContent): a reader takes the first Choice
# that it understands or, where it understands none, the Fallback; so one of them, and never both. Reports set their key
# findings and warnings in boxes: a count of them, or of names in them, is too high. python-docx 1.2.0 and docx2md
# 1.0.5, and in its text officeparser 7.8.0 (npm), give none of a box; pandoc 3.9 (pypandoc_binary 1.17) gives the box,
# and nothing of the paragraph that it is anchored in.
# Seen: Boxed. twice of three, not at all of three; of pandoc Boxed. for Before. and Boxed. mammoth 1.13.0 and
# word-extractor 1.0.4 (npm; by getTextboxes) have it once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    docx2txt==0.9 docx2python==3.7.1 docxlatex==1.2.3 docx2md==1.0.5 mammoth==1.13.0 \
    pypandoc_binary==1.17 python-docx==1.2.0
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

SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "v": "urn:schemas-microsoft-com:vml",
}
BOX = "<w:txbxContent><w:p><w:r><w:t>Boxed.</w:t></w:r></w:p></w:txbxContent>"
SHAPE = f"""<wp:inline><wp:extent cx="900" cy="900"/><wp:docPr id="1" name="Box"/><a:graphic><a:graphicData
  uri="{SPACES["wps"]}"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr/><wps:txbx>{BOX}</wps:txbx><wps:bodyPr/></wps:wsp>
  </a:graphicData></a:graphic></wp:inline>"""
names = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in SPACES.items())
report = docx.Document()
report.element.body.insert(
    0,
    parse_xml(f"""<w:p {names}><w:r><w:t>Before.</w:t></w:r><w:r><mc:AlternateContent>
      <mc:Choice Requires="wps"><w:drawing>{SHAPE}</w:drawing></mc:Choice>
      <mc:Fallback><w:pict><v:shape><v:textbox>{BOX}</v:textbox></v:shape></w:pict></mc:Fallback>
      </mc:AlternateContent></w:r></w:p>"""),
)
report.save("report.docx")

subprocess.run([pathlib.Path(sys.executable).with_name("docx2md"), "report.docx", "report.md"], check=True)
with docx2python("report.docx") as file, open("report.docx", "rb") as data:
    texts = {
        "docx2txt": docx2txt.process("report.docx"),
        "docx2python": file.text,
        "docxlatex": docxlatex.Document("report.docx").get_text(),
        "python-docx": "\n".join(paragraph.text for paragraph in docx.Document("report.docx").paragraphs),
        "docx2md": pathlib.Path("report.md").read_text(),
        "mammoth": mammoth.extract_raw_text(data).value,
    }
assert pypandoc.convert_file("report.docx", "plain").strip() == "Boxed.", "pandoc does otherwise now"
assert all("Before." in text for text in texts.values())
seen = {reader: text.count("Boxed.") for reader, text in texts.items()}
print(seen)
assert seen == {
    "docx2txt": 2, "docx2python": 2, "docxlatex": 2, "python-docx": 0, "docx2md": 0, "mammoth": 1,
}, "one of them does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" word-extractor@1.0.4 officeparser@7.8.0
cat >look.js <<'JS'
const assert = require("node:assert");
const officeparser = require("officeparser");
const WordExtractor = require("word-extractor");

(async () => {
  const report = await new WordExtractor().extract("report.docx");
  const seen = [report.getBody(), report.getTextboxes(), (await officeparser.parseOffice("report.docx")).toText()];
  console.log(seen);
  assert.deepStrictEqual(seen.map((text) => text.trim()), ["Before.", "Boxed.", "Before."], "one does otherwise now");
})();
JS
node look.js
