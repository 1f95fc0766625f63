#!/usr/bin/env bash
# bibtex-tidy 1.14.0 (npm) writes an entry of BibTeX that stands in parentheses so that it cannot be read any more.
# BibTeX (btxdoc, and LaTeX: A Document Preparation System, B.1): an entry may be in parentheses in place of braces, and
# digits, or a month's name, need no marks. Where the closing parenthesis is right behind such a value, it is to
# bibtex-tidy part of it: year = 2019) goes into an entry that is in braces now, with no warning; or, with another entry
# behind, month = mar) is a syntax error at the next one. Behind a mark or a line break it finds the end.
# Seen: "year          = 2019)", which pybtex 0.26.1 refuses, for what pybtex reads the year 2019 of; the error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" bibtex-tidy@1.14.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { tidy } from "bibtex-tidy";

const ENTRY = "@report(a, title = {Child A}, year = 2019";
fs.writeFileSync("before.bib", `${ENTRY})\n`);
const { bibtex, warnings } = tidy(`${ENTRY})\n`);
fs.writeFileSync("after.bib", bibtex);
console.log(bibtex, warnings);
assert.deepStrictEqual(warnings, []);
assert.match(bibtex, /^@report\{a,\n.*\n  year          = 2019\)\n\}\n$/, "bibtex-tidy does otherwise now");
assert.match(tidy(`${ENTRY}\n)\n`).bibtex, /= 2019\n\}\n$/);
const month = "@report(a, title = {Child A}, month = mar)\n@report{b, title = {Child B}}\n";
assert.throws(() => tidy(month), /Syntax Error in concat/, "bibtex-tidy does otherwise now");
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pybtex==0.26.1
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

from pybtex.database import parse_string
from pybtex.scanner import PybtexSyntaxError

before, after = (pathlib.Path(f"{name}.bib").read_text() for name in ("before", "after"))
[entry] = parse_string(before, "bibtex").entries.values()
print(dict(entry.fields))
assert dict(entry.fields) == {"title": "Child A", "year": "2019"}
try:
    parse_string(after, "bibtex")
except PybtexSyntaxError as error:
    print(error)
else:
    raise SystemExit("what bibtex-tidy writes is read now")
PYTHON
