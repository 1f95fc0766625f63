#!/usr/bin/env bash
# pandas 3.1.1 takes a time or a yes/no of an .ods sheet (read_excel, engine odf) from the words that the cell shows,
# not from its value: ODF 1.2 Part 1 §19.385 (office:value-type) has a time's value in office:time-value, a duration
# (§19.382), and a boolean's in office:boolean-value (§19.367). A call of 12 minutes and 15 seconds, shown as 12:15, so
# becomes a quarter past noon; half past two in the afternoon, shown as 02:30, is at night; true that is shown as "Yes"
# or in another language is False; and one cell of 30 hours, shown as 30:00, makes the sheet unreadable. Numbers and
# dates it takes from their values. odfpy 1.4.1 writes the sheet here; python-calamine 0.9.1 reads the values.
# Seen: 12:15:00 for PT00H12M15S, 02:30:00 for PT14H30M00S, 9:00 for "9.30 am"; False for true shown as "Yes";
# DateParseError for PT30H00M00S shown as 30:00, and 06:00:00 for the same shown as 06:00.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pandas==3.1.1 odfpy==1.4.1 python-calamine==0.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pandas
import python_calamine
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

CELLS = [
    ("9 h 30 min as 09:30", {"valuetype": "time", "timevalue": "PT09H30M00S"}, "09:30"),
    ("9 h 30 min as 9.30 am", {"valuetype": "time", "timevalue": "PT09H30M00S"}, "9.30 am"),
    ("14 h 30 min as 02:30", {"valuetype": "time", "timevalue": "PT14H30M00S"}, "02:30"),
    ("12 min 15 s as 12:15", {"valuetype": "time", "timevalue": "PT00H12M15S"}, "12:15"),
    ("30 h as 30:00", {"valuetype": "time", "timevalue": "PT30H00M00S"}, "30:00"),
    ("30 h as 06:00", {"valuetype": "time", "timevalue": "PT30H00M00S"}, "06:00"),
    ("true as TRUE", {"valuetype": "boolean", "booleanvalue": "true"}, "TRUE"),
    ("true as Yes", {"valuetype": "boolean", "booleanvalue": "true"}, "Yes"),
    ("7 as seven", {"valuetype": "float", "value": "7"}, "seven"),
]


def read(value, words):
    document = OpenDocumentSpreadsheet()
    sheet = Table(name="Calls")
    row, cell = TableRow(), TableCell(**value)
    cell.addElement(P(text=words))
    row.addElement(cell)
    sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save("calls.ods")
    calamine = python_calamine.CalamineWorkbook.from_path("calls.ods").get_sheet_by_index(0).to_python()[0][0]
    try:
        return str(pandas.read_excel("calls.ods", engine="odf", header=None).iloc[0, 0]), str(calamine)
    except ValueError as error:
        return type(error).__name__, str(calamine)


seen = {name: read(value, words) for name, value, words in CELLS}
print(*seen.items(), sep="\n")
assert seen == {
    "9 h 30 min as 09:30": ("09:30:00", "09:30:00"),
    "9 h 30 min as 9.30 am": ("09:00:00", "09:30:00"),
    "14 h 30 min as 02:30": ("02:30:00", "14:30:00"),
    "12 min 15 s as 12:15": ("12:15:00", "00:12:15"),
    "30 h as 30:00": ("DateParseError", "PT30H00M00S"),
    "30 h as 06:00": ("06:00:00", "PT30H00M00S"),
    "true as TRUE": ("True", "True"),
    "true as Yes": ("False", "True"),
    "7 as seven": ("7", "7.0"),
}, "pandas does otherwise now"
PYTHON
