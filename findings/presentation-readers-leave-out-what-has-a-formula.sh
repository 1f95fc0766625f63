#!/usr/bin/env bash
# python-pptx 1.0.2, and by it markitdown 0.1.9 and pptx2md 2.0.6, kreuzberg 4.10.4, pandoc 3.9 (pypandoc_binary 1.17)
# and officeparser 7.8.0 (npm) leave out of a slide each text box with a formula in it, and all of its other words.
# PowerPoint keeps such a shape in mc:AlternateContent: as it is in mc:Choice, for who knows its formulas (a14), and for
# others once more in mc:Fallback. ECMA-376 Part 3 (Markup Compatibility, AlternateContent): a reader takes the first
# Choice that it understands, or else the Fallback, so there is always a shape; python-pptx, whose slide.shapes is by
# its manual the sequence of shapes on the slide, has none. So just the box with the rate or the fraction is missed.
# Seen: the title, and nothing else of the slide, of all six; of the same box without mc:AlternateContent they have all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    python-pptx==1.0.2 "markitdown[pptx]==0.1.9" pptx2md==2.0.6 kreuzberg==4.10.4 pypandoc_binary==1.17
cat >look.py <<'PYTHON'
import pathlib
import subprocess
import sys

import kreuzberg
import pypandoc
from lxml import etree
from markitdown import MarkItDown
from pptx import Presentation
from pptx.oxml import parse_xml
from pptx.util import Inches

COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
FORMULA = (
    '<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:oMath>'
    "<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></a14:m>"
)
TEXT = "Invented: two visits a month"


def write(name, formula):
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Visits"
    box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(6), Inches(1))
    box.text_frame.text = TEXT
    if formula:
        tree = box._element.getparent()
        both = etree.SubElement(tree, f"{{{COMPATIBILITY}}}AlternateContent", nsmap={"mc": COMPATIBILITY})
        names = {"a14": "http://schemas.microsoft.com/office/drawing/2010/main"}
        choice = etree.SubElement(both, f"{{{COMPATIBILITY}}}Choice", nsmap=names, Requires="a14")
        fallback = etree.SubElement(both, f"{{{COMPATIBILITY}}}Fallback")
        fallback.append(parse_xml(etree.tostring(box._element)))
        box.text_frame.paragraphs[0]._p.append(parse_xml(FORMULA))
        choice.append(box._element)
    deck.save(name)


def read(name):
    command = [pathlib.Path(sys.executable).with_name("pptx2md"), name, "--disable-image", "-o", "out.md"]
    subprocess.run(command, check=True, capture_output=True)
    [slide] = Presentation(name).slides
    return {
        "python-pptx": "\n".join(shape.text_frame.text for shape in slide.shapes),
        "markitdown": MarkItDown().convert(name).text_content,
        "pptx2md": pathlib.Path("out.md").read_text(encoding="utf-8"),
        "kreuzberg": kreuzberg.extract_file_sync(name).content,
        "pandoc": pypandoc.convert_file(name, "plain"),
    }


for name, formula in (("plain.pptx", False), ("formula.pptx", True)):
    write(name, formula)
    for reader, text in read(name).items():
        print(name, reader, repr(text))
        assert "Visits" in text
        assert ("two visits" in text) is not formula, f"{reader} does otherwise now"
PYTHON
"$folder/venv/bin/python" look.py
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" officeparser@7.8.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import { parseOffice } from "officeparser";

for (const [name, formula] of [["plain.pptx", false], ["formula.pptx", true]]) {
  const text = (await parseOffice(name)).toText();
  console.log(name, "officeparser", JSON.stringify(text));
  assert(text.includes("Visits"));
  assert.strictEqual(text.includes("two visits"), !formula, "officeparser does otherwise now");
}
JS
node look.mjs
