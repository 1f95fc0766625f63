#!/usr/bin/env bash
# xlsx2csv 0.8.6 writes a number format in place of the number where the words in its quotation marks hold a letter that
# dates are made of: y, m, d, h or s. ECMA-376 Part 1 §18.8.31 (numFmts): text in double quotes is shown as it is, and 7
# with the format 0 "months" is 7 months. To xlsx2csv it is a date, of which 7 is a day of January 1900: the letters
# become parts of that day, and the 7 is gone. A column of ages, or of deaths, comes out without a number in it, and
# nothing is said. openpyxl 3.1.5, which writes the file here, and python-calamine 0.9.1 read 7.
# Seen: 0 "01ont12s" for 7 months, 0 "06ays" for 7 days, 0 "weeks" for 7 weeks, #,##0 "06eat12s" for 7 deaths; 7 for
# the formats 0, 0.0 "ft" and 0"%". --ignore-formats date avoids it, and leaves the dates as numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    xlsx2csv==0.8.6 openpyxl==3.1.5 python-calamine==0.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import csv
import subprocess
import sys

import openpyxl
import python_calamine

FORMATS = ["0", '0"%"', '0.0 "ft"', '0 "months"', '0 "weeks"', '0 "days"', '#,##0 "deaths"', '"Child "0']
book = openpyxl.Workbook()
for row, number_format in enumerate(FORMATS, start=1):
    book.active.cell(row, 1, 7).number_format = number_format
book.save("ages.xlsx")


def read(*options):
    command = [f"{sys.prefix}/bin/xlsx2csv", "ages.xlsx", *options]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [row[0] for row in csv.reader(told.splitlines())]


calamine = python_calamine.CalamineWorkbook.from_path("ages.xlsx").get_sheet_by_index(0).to_python()
assert [cell.value for (cell,) in openpyxl.load_workbook("ages.xlsx").active.iter_rows()] == [7] * len(FORMATS)
assert [row[0] for row in calamine] == [7] * len(FORMATS)
seen = dict(zip(FORMATS, read(), strict=True))
print(*seen.items(), sep="\n")
assert seen == {
    "0": "7",
    '0"%"': "7",
    '0.0 "ft"': "7",
    '0 "months"': '0 "01ont12s"',
    '0 "weeks"': '0 "weeks"',
    '0 "days"': '0 "06ays"',
    '#,##0 "deaths"': '#,##0 "06eat12s"',
    '"Child "0': '"c12il06 "0',
}, "xlsx2csv does otherwise now"
assert read("--ignore-formats", "date") == ["7"] * len(FORMATS)
PYTHON
