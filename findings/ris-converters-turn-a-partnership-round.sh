#!/usr/bin/env bash
# pybtexris 0.2.0 (Python) and bibutils 7.2 (Debian's 7.2-2), which make BibTeX of RIS, take an author without a comma
# for a person with the surname last: Ashcombe Safeguarding Partnership becomes Partnership, Ashcombe Safeguarding, in
# the RIS that bibutils writes too. The RIS Format Specifications (Tag Definitions: Authors) have Lastname, Firstname,
# Suffix, and a Lastname is any string of letters, spaces and hyphens, so without a comma it is all of the name.
# pybtexris also drops the second line of a title (How to handle long fields: it may go on behind 70 characters), and
# has all of PY, YYYY/MM/DD/other info, for the year.
# Seen: "Partnership, Ashcombe Safeguarding" of both; year 2019/03/05/Spring. rispy 0.10.0 has the name as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 bibutils=7.2-2 libbibutils8=7.2-2
for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pybtexris==0.2.0 pybtex==0.26.1 rispy==0.10.0
"$folder/venv/bin/python" - <<'PYTHON'
import os
import subprocess
from pathlib import Path

import rispy
from pybtex.database import parse_string

NAME = "Ashcombe Safeguarding Partnership"
TITLE = ["Child A: a review of what the services and the agencies of the Vale", "knew, and when"]
AUTHORS = [f"AU  - {NAME}", "AU  - Vale, Nora"]
RIS = ["TY  - RPRT", *AUTHORS, f"TI  - {TITLE[0]}", TITLE[1], "PY  - 2019/03/05/Spring", "ER  - "]
ris = "\r\n".join([*RIS, ""])


def convert(program, given):
    [libraries] = {str(path.parent) for path in Path("usr/lib").rglob("libbibutils.so.8")}
    environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
    return subprocess.run([f"usr/bin/{program}"], input=given, check=True, capture_output=True, env=environment).stdout


mods = convert("ris2xml", ris.encode())
bibtex, again = (convert(program, mods).decode("utf-8-sig") for program in ("xml2bib", "xml2ris"))
[entry] = parse_string(bibtex, "bibtex").entries.values()
[other] = parse_string(ris, "ris").entries.values()
[record] = rispy.loads(ris)
seen = {
    "bibutils": ([str(person) for person in entry.persons["author"]], entry.fields["title"], entry.fields["year"]),
    "RIS again": [line[6:].strip() for line in again.splitlines() if line.startswith("AU")],
    "pybtexris": ([str(person) for person in other.persons["author"]], other.fields["title"], other.fields["year"]),
}
print(*seen.items(), record, sep="\n")
assert (record["authors"], record["title"]) == ([NAME, "Vale, Nora"], " ".join(TITLE))
turned = ["Partnership, Ashcombe Safeguarding", "Vale, Nora"]
assert seen == {
    "bibutils": (turned, " ".join(TITLE), "2019"),
    "RIS again": turned,
    "pybtexris": (turned, TITLE[0], "2019/03/05/Spring"),
}, "pybtexris or bibutils does otherwise now"
PYTHON
