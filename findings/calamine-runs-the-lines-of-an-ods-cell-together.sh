#!/usr/bin/env bash
# python-calamine 0.9.1, which pandas reads spreadsheets with (engine calamine), leaves out the line breaks and the tabs
# inside a paragraph of an .ods cell: nothing stands in their place, not even a space. ODF 1.2 Part 1 §6.1.5: a
# text:line-break represents a line break; §6.1.4: a text:tab a tab. Two paragraphs, and the spaces of text:s (§6.1.3),
# it has right. Names or harms that were written one below the other in a cell become one word that no search finds.
# Seen: NeglectPhysical harm, Child A7 weeks; pyexcel-ods3 0.6.1 and odfpy 1.4.1's own teletype have the break and the
# tab.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    python-calamine==0.9.1 odfpy==1.4.1 pyexcel-ods3==0.6.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pyexcel_ods3
import python_calamine
from odf import teletype
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import LineBreak, P, S, Tab

document = OpenDocumentSpreadsheet()
sheet = Table(name="Reviews")
CELLS = {
    "line break": [["Neglect", LineBreak(), "Physical harm"]],
    "tab": [["Child A", Tab(), "7 weeks"]],
    "spaces": [["Child A", S(c=3), "7 weeks"]],
    "paragraphs": [["Neglect"], ["Physical harm"]],
}
words = []
for paragraphs in CELLS.values():
    row, cell = TableRow(), TableCell(valuetype="string")
    for parts in paragraphs:
        paragraph = P()
        for part in parts:
            (paragraph.addText if isinstance(part, str) else paragraph.addElement)(part)
        cell.addElement(paragraph)
    row.addElement(cell)
    sheet.addElement(row)
    words.append("\n".join(teletype.extractText(paragraph) for paragraph in cell.childNodes))
document.spreadsheet.addElement(sheet)
document.save("reviews.ods")

calamine = python_calamine.CalamineWorkbook.from_path("reviews.ods").get_sheet_by_index(0).to_python()
seen = dict(zip(CELLS, [row[0] for row in calamine], strict=True))
print(*seen.items(), sep="\n")
whole = ["Neglect\nPhysical harm", "Child A\t7 weeks", "Child A   7 weeks", "Neglect\nPhysical harm"]
assert words == whole
assert [row[0] for row in pyexcel_ods3.get_data("reviews.ods")["Reviews"]] == whole
assert seen == {
    "line break": "NeglectPhysical harm",
    "tab": "Child A7 weeks",
    "spaces": "Child A   7 weeks",
    "paragraphs": "Neglect\nPhysical harm",
}, "python-calamine does otherwise now"
PYTHON
