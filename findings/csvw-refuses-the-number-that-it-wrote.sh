#!/usr/bin/env bash
# csvw 4.1.1 (Python) writes a number in the format that the metadata of a table ask for, and refuses to read it. W3C,
# Model for Tabular Data and Metadata on the Web §6.4.2: a format may be a pattern of UAX 35, and those of 0 and # are
# to be recognised by everybody; UAX 35, Number Format Patterns: each 0 before the decimal sign is a digit that is there
# at least, a zero where the number is shorter. So in a column of format 0000, case or area numbers, 0005 is the one way
# to write 5. Its validation calls such a table invalid, and its JSON has strings among the numbers, "0005" beside 1234.
# Seen: formatted(5) is "0005", parse("0005") raises ValueError: Invalid value "0005" for decimal with pattern "0000".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check csvw==4.1.1
cd "$folder"
printf 'number\n0005\n1234\n' >reviews.csv
cat >reviews.csv-metadata.json <<'JSON'
{"@context": "http://www.w3.org/ns/csvw", "url": "reviews.csv", "tableSchema": {"columns": [
{"name": "number", "titles": "number", "datatype": {"base": "integer", "format": "0000"}}]}}
JSON
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import csvw
from csvw.metadata import Datatype

number = Datatype.fromvalue({"base": "integer", "format": "0000"})
written = number.formatted(5)
try:
    seen = number.parse(written)
except ValueError as error:
    seen = str(error)
with warnings.catch_warnings(record=True):
    warnings.simplefilter("always")
    table = csvw.CSVW("reviews.csv-metadata.json", validate=True)
    valid, rows = table.is_valid, table.to_json(minimal=True)
print(written, seen, valid, *rows, sep="\n")
assert number.parse("1234") == 1234
assert written == "0005"
assert seen == 'Invalid value "0005" for decimal with pattern "0000"', "csvw does otherwise now"
assert (valid, rows) == (False, [{"number": "0005"}, {"number": 1234}]), "csvw does otherwise now"
PYTHON
