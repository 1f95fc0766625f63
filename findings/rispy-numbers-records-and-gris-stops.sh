#!/usr/bin/env bash
# rispy 0.10.0 writes a line with a number before every record ("1.", "2."). The RIS format specification of Research
# Information Systems has no such line: a line begins with a tag (two characters, two spaces, a hyphen, a space), a
# record begins with TY and ends with ER. rispy's page shows the line in its example without a word on it, and rispy's
# own reader passes over what stands between records. gris 0.9.0 passes over what stands before the first one only, and
# refuses the whole file at "2.": a file of one reference can be handed on, one of two cannot. A subclass of RisWriter
# whose set_header returns "" avoids it.
# Seen: one reference is read; of two OSError: Expected start tag in line 6; without the numbers both are read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rispy==0.10.0 gris==0.9.0
"$folder/venv/bin/python" - "$folder/references.ris" <<'PYTHON'
import pathlib
import sys

import gris
import rispy


class Plain(rispy.RisWriter):
    def set_header(self, count):
        return ""


def read(text):
    file.write_text(text, encoding="utf-8")
    try:
        return [record["TI"] for record in gris.read_ris(str(file))]
    except OSError as error:
        return " ".join(str(error).split())


file = pathlib.Path(sys.argv[1])
records = [{"type_of_reference": "RPRT", "title": title} for title in ("One", "Two")]
seen = [read(rispy.dumps(records[:1])), read(rispy.dumps(records)), read(rispy.dumps(records, implementation=Plain))]
print(repr(rispy.dumps(records)), *seen, sep="\n")
assert [record["title"] for record in rispy.loads(rispy.dumps(records))] == ["One", "Two"]
assert seen == [["One"], "Expected start tag in line 6: 2.", ["One", "Two"]], "rispy or gris does otherwise now"
PYTHON
