#!/usr/bin/env bash
# csvkit 2.2.0 (agate 1.14.2) makes dates of a column of ages: "7 weeks" and "3 months" become days of the year 1, so
# many days and months after its first of January. A column of days of the week or of months becomes such dates too.
# agate's Date is by its manual for dates alone, and its TimeDelta for durations: "5 days" and "7 days" do become
# durations, but one "months" in the column, which TimeDelta does not read, hands all of it to Date. Nothing is said;
# what comes out cannot be told from a date of birth. --no-inference (-I) leaves words as they are.
# Seen: 0001-02-19 and 0001-04-01 for the two ages, 0001-01-05 for Friday.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    csvkit==2.2.0 agate==1.14.2 parsedatetime==2.6 pytimeparse==1.1.10
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib
import subprocess
import sys

TABLES = {
    "ages": ["child,age", "Child A,7 weeks", "Child B,3 months"],
    "durations": ["child,age", "Child A,5 days", "Child B,7 days"],
    "weekdays": ["child,day", "Child A,Friday", "Child B,Monday"],
    "words": ["child,harm", "Child A,neglect", "Child B,head injury"],
}


def read(lines, *options):
    pathlib.Path("table.csv").write_text("\n".join([*lines, ""]))
    command = [f"{sys.prefix}/bin/csvjson", *options, "table.csv"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [list(row.values())[1] for row in json.loads(told)]


seen = {name: (read(lines), read(lines, "--no-inference")) for name, lines in TABLES.items()}
print(*seen.items(), sep="\n")
assert seen == {
    "ages": (["0001-02-19", "0001-04-01"], ["7 weeks", "3 months"]),
    "durations": (["5 days, 0:00:00", "7 days, 0:00:00"], ["5 days", "7 days"]),
    "weekdays": (["0001-01-05", "0001-01-08"], ["Friday", "Monday"]),
    "words": (["neglect", "head injury"], ["neglect", "head injury"]),
}, "csvkit does otherwise now"
PYTHON
