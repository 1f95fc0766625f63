#!/usr/bin/env bash
# pandoc 3.9 (pypandoc_binary 1.17) reads a Word document and leaves out words of it without a warning. A table whose
# first row is one cell over all columns has one column where those of its grid have no width, which they need not have
# (ECMA-376 Part 1 §17.4.16: w:w may be left out): below such a heading stand the kinds of harm without their numbers. A
# simple field (§17.16.19, w:fldSimple), what stands in w:customXml (§17.5.1), in w:bdo or w:dir (§17.3.2), and the base
# of w:ruby (§17.3.3.25) are gone. What stands in w:smartTag or w:sdt it has.
# Seen: Counts and Neglect of a table that has 7 as well; "On ." of "On May." five times. docx2txt 0.9 has all of these
# words.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    docx2txt==0.9 pypandoc_binary==1.17 python-docx==1.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import docx
import docx2txt
import pypandoc
from docx.oxml import parse_xml

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def run(words):
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def row(span, *cells):
    inside = "".join(f"<w:tc>{span}<w:p>{run(cell)}</w:p></w:tc>" for cell in cells)
    return f"<w:tr>{inside}</w:tr>"


def sentence(date):
    return f"<w:p>{run('On ')}{date}{run('.')}</w:p>"


def table(width):
    heading = row('<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>', "Counts")
    columns = f"<w:gridCol{width}/><w:gridCol{width}/>"
    return f"<w:tbl><w:tblPr/><w:tblGrid>{columns}</w:tblGrid>{heading}{row('', 'Neglect', '7')}</w:tbl>"


RUBY = f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('one')}</w:rt><w:rubyBase>{run('May')}</w:rubyBase></w:ruby></w:r>"
PARTS = {
    "widths": (table(' w:w="2000"'), "Counts Neglect 7"),
    "no widths": (table(""), "Counts Neglect"),
    "smart tag": (sentence(f'<w:smartTag w:element="date">{run("May")}</w:smartTag>'), "On May."),
    "field": (sentence(f'<w:fldSimple w:instr="DATE">{run("May")}</w:fldSimple>'), "On ."),
    "custom XML": (sentence(f'<w:customXml w:element="date">{run("May")}</w:customXml>'), "On ."),
    "override": (sentence(f'<w:bdo w:val="ltr">{run("May")}</w:bdo>'), "On ."),
    "direction": (sentence(f'<w:dir w:val="ltr">{run("May")}</w:dir>'), "On ."),
    "ruby": (sentence(RUBY), "On ."),
}
for name, (part, expected) in PARTS.items():
    report = docx.Document()
    report.element.body.insert(0, parse_xml(part.replace(">", f" {SPACE}>", 1)))
    report.save("report.docx")
    text = pypandoc.convert_file("report.docx", "plain")
    seen = " ".join(word for word in text.split() if word.strip("-+=|"))
    peer = docx2txt.process("report.docx")
    print(name, repr(seen), repr(peer), sep=": ")
    assert seen == expected, "pandoc does otherwise now"
    assert ("7" if "widths" in name else "May") in peer
PYTHON
