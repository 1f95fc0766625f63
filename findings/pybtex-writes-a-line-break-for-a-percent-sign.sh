#!/usr/bin/env bash
# pybtex 0.26.1 (Python) writes another text than it read, from BibTeX into BibTeX, as its pybtex-convert does too. A
# field is LaTeX (Patashnik, BibTeXing), and pybtex reads it as such and keeps it so; when it writes, it takes what it
# has for plain text, and escapes it. So \% becomes \\%, in LaTeX the end of a line and a comment that hides the rest of
# the title; \& becomes \\&; a tie, ~, becomes the sign itself, and a url gets backslashes that no address has.
# Each time that the file is read and written again there are more of them. Nothing is raised.
# Seen: 50\\% of A \\& B for 50\% of A \& B; Ashcombe\textasciitilde \\& Vale; https://example.org/a\_b?c=1\&d=2.
# bibtexparser 2.1.0 writes each field as it was.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >before.bib <<'BIB'
@report{a,
    title = {50\% of A \& B},
    institution = {Ashcombe~\& Vale},
    url = {https://example.org/a_b?c=1&d=2}
}
BIB
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pybtex==0.26.1 latexcodec==3.0.1 bibtexparser==2.1.0
"$folder/venv/bin/pybtex-convert" before.bib after.bib >/dev/null
"$folder/venv/bin/pybtex-convert" after.bib again.bib >/dev/null
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

import bibtexparser
from pybtex.database import parse_file


def read(name):
    return dict(parse_file(f"{name}.bib").entries["a"].fields)


before, after, again = (read(name) for name in ("before", "after", "again"))
print(before, after, again, sep="\n")
right = bibtexparser.write_string(bibtexparser.parse_file("before.bib"))
assert all(f"{name} = {{{value}}}" in right for name, value in before.items())
assert before == {
    "title": r"50\% of A \& B",
    "institution": r"Ashcombe~\& Vale",
    "url": "https://example.org/a_b?c=1&d=2",
}
assert after == {
    "title": r"50\\% of A \\& B",
    "institution": r"Ashcombe\textasciitilde \\& Vale",
    "url": r"https://example.org/a\_b?c=1\&d=2",
}, "pybtex does otherwise now"
assert again["title"] == r"50\\\% of A \\\& B", "pybtex does otherwise now"
assert pathlib.Path("after.bib").read_text() != pathlib.Path("again.bib").read_text()
PYTHON
