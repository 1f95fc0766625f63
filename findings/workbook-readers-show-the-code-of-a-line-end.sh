#!/usr/bin/env bash
# openpyxl 3.1.5 (Python) and, of a text that stands in its cell (inlineStr), ExcelJS 4.4.0 (npm) give the code of a
# character for the character. ECMA-376 Part 1 §22.9.2.19 (ST_Xstring): _xHHHH_ stands for the character of that number,
# where XML cannot have it or would change it. Excel and XlsxWriter 3.3.1 write a carriage return so, which is in each
# text that was brought in with the line ends of Windows. So its first line ends in _x000D_, on the page as in a search,
# and the name or category in such a cell is not the one of the next row.
# Seen: "Child A_x000D_" of both; python-calamine 0.9.1, SheetJS (xlsx 0.18.5) and read-excel-file 9.3.17 have "\r".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    XlsxWriter==3.3.1 openpyxl==3.1.5 python-calamine==0.9.1
"$folder/venv/bin/python" - <<'PYTHON'
import openpyxl
import python_calamine
import xlsxwriter

for name, inline in (("shared", False), ("inline", True)):
    with xlsxwriter.Workbook(f"{name}.xlsx", {"constant_memory": inline}) as book:
        book.add_worksheet().write_row(0, 0, ["Child A\r\nNeglect"])
    [row] = openpyxl.load_workbook(f"{name}.xlsx").active.iter_rows(values_only=True)
    [right] = python_calamine.CalamineWorkbook.from_path(f"{name}.xlsx").get_sheet_by_index(0).to_python()
    print(name, row, right)
    assert right == ["Child A\r\nNeglect"]
    assert row == ("Child A_x000D_\nNeglect",), "openpyxl does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    exceljs@4.4.0 xlsx@0.18.5 read-excel-file@9.3.17
cat >look.mjs <<'JS'
import assert from "node:assert";
import ExcelJS from "exceljs";
import { readSheet } from "read-excel-file/node";
import XLSX from "xlsx";

const right = ["Child A\r\nNeglect"];
const codes = { "shared.xlsx": right, "inline.xlsx": ["Child A_x000D_\nNeglect"] };
for (const [file, row] of Object.entries(codes)) {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(file);
  const seen = book.worksheets[0].getRow(1).values.slice(1);
  console.log(file, seen);
  assert.deepStrictEqual(seen, row, "ExcelJS does otherwise now");
  const { SheetNames: [name], Sheets } = XLSX.readFile(file);
  assert.deepStrictEqual(XLSX.utils.sheet_to_json(Sheets[name], { header: 1 }), [right]);
  assert.deepStrictEqual(await readSheet(file), [right]);
}
JS
node look.mjs
