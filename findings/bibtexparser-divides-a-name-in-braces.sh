#!/usr/bin/env bash
# bibtexparser 1.4.3: its customization "author" divides a BibTeX name in braces at the "and" inside it, and turns the
# two halves round as if each were a person's. BibTeX (Designing BibTeX Styles, num.names$) counts an "and" between
# names only at the top brace level, and in braces is how a council or a partnership is written as an author. A list by
# authors names bodies that do not exist. Without the customization the field is whole.
# Seen: {Ashcombe and Vale Safeguarding Partnership} becomes "{Ashcombe, " and "Partnership}, Vale Safeguarding";
# pybtex 0.26.1 reads one name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check bibtexparser==1.4.3 pybtex==0.26.1
"$folder/venv/bin/python" - <<'PYTHON'
import bibtexparser
import pybtex.database
from bibtexparser.bparser import BibTexParser
from bibtexparser.customization import author

NAMES = {
    "one body": "{Ashcombe and Vale Safeguarding Partnership}",
    "a body and a person": "{Ashcombe and Vale} and Nobody, Nora",
    "two persons": "Nobody, Nora and Someone, Sam",
}


def entry(names):
    return f"@techreport{{one,\n  author = {{{names}}},\n  title = {{Child A}},\n  year = {{2019}},\n}}\n"


seen, peer = {}, {}
for name, names in NAMES.items():
    seen[name] = bibtexparser.loads(entry(names), BibTexParser(customization=author)).entries[0]["author"]
    persons = pybtex.database.parse_string(entry(names), "bibtex").entries["one"].persons
    peer[name] = list(map(str, persons["author"]))
    assert bibtexparser.loads(entry(names)).entries[0]["author"] == names
    print(name, seen[name], peer[name], sep=" | ")
assert peer == {
    "one body": ["{Ashcombe and Vale Safeguarding Partnership}"],
    "a body and a person": ["{Ashcombe and Vale}", "Nobody, Nora"],
    "two persons": ["Nobody, Nora", "Someone, Sam"],
}
assert seen == {
    "one body": ["{Ashcombe, ", "Partnership}, Vale Safeguarding"],
    "a body and a person": ["{Ashcombe, ", "Vale}, ", "Nobody, Nora"],
    "two persons": ["Nobody, Nora", "Someone, Sam"],
}, "bibtexparser does otherwise now"
PYTHON
