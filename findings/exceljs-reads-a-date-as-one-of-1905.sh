#!/usr/bin/env bash
# ExcelJS 4.4.0 (npm) does not know cells of type d, dates in ISO 8601 (ECMA-376 Part 1 §18.18.11, ST_CellType): it
# takes the number that 2019-03-01 begins with, the year, for a count of days, and day 2019 is in July 1905. Where the
# cell has no date format it is the number 2019. openpyxl 3.1.5 writes such cells with iso_dates=True, of which its
# manual (Dates and Times) says that their meaning leaves nothing to interpret. And date1904="true" (§18.2.28,
# workbookPr), by XML Schema (boolean) the same as "1", it takes for no: every date is four years and a day too early.
# Nothing is raised.
# Seen: 1905-07-11 for 2019-03-01 and for 2019-03-01T09:30:00, as openpyxl writes them, 2019-03-01 without iso_dates;
# 2015-02-28 with date1904="true", 2019-03-01 with "1". python-calamine 0.9.1 reads all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" exceljs@4.4.0
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import zipfile

import openpyxl
import python_calamine

DATES = [datetime.datetime(2019, 3, 1), datetime.datetime(2019, 3, 1, 9, 30)]


def write(name, *, iso_dates=False, epoch=openpyxl.utils.datetime.WINDOWS_EPOCH):
    book = openpyxl.Workbook(iso_dates=iso_dates)
    book.epoch = epoch
    for date in DATES:
        book.active.append([date])
    book.save(f"{name}.xlsx")


write("serial")
write("iso", iso_dates=True)
write("1904", epoch=openpyxl.utils.datetime.MAC_EPOCH)
with zipfile.ZipFile("1904.xlsx") as one, zipfile.ZipFile("1904-true.xlsx", "w") as other:
    for part in one.namelist():
        other.writestr(part, one.read(part).replace(b'date1904="1"', b'date1904="true"'))
for name in ["serial", "iso", "1904", "1904-true"]:
    rows = python_calamine.CalamineWorkbook.from_path(f"{name}.xlsx").get_sheet_by_index(0).to_python()
    assert [f"{row[0]:%Y-%m-%d %H:%M}" for row in rows] == ["2019-03-01 00:00", "2019-03-01 09:30"], (name, rows)
PYTHON
cat >look.js <<'JS'
const assert = require("node:assert");
const ExcelJS = require("exceljs");

async function read(name) {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(`${name}.xlsx`);
  return [1, 2].map((row) => book.worksheets[0].getCell(row, 1).value.toISOString().slice(0, 16));
}

(async () => {
  const seen = {};
  for (const name of ["serial", "iso", "1904", "1904-true"]) seen[name] = await read(name);
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    {
      serial: ["2019-03-01T00:00", "2019-03-01T09:30"],
      iso: ["1905-07-11T00:00", "1905-07-11T00:00"],
      1904: ["2019-03-01T00:00", "2019-03-01T09:30"],
      "1904-true": ["2015-02-28T00:00", "2015-02-28T09:30"],
    },
    "ExcelJS does otherwise now",
  );
})();
JS
node look.js
