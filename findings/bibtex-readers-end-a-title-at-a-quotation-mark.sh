#!/usr/bin/env bash
# bibtex-parse-js 0.0.24 and @orcid/bibtex-parse-js 0.0.25 (npm) end a BibTeX field in quotation marks at the first mark
# in it, also at one in braces, {"}, which is how BibTeX has a mark in such a field (its scanner, bibtex.web, ends the
# field at a mark outside braces alone). What stands behind it, the rest of the title and each field that follows, is
# gone without a word. bibutils 7.2 (Debian's 7.2-2; bib2xml) loses the rest of the title. And where a word of @string
# is put together with another the two of npm end with an error.
# Seen: A { and no year; A in bibutils. pybtex 0.26.1 and bibtex-parse 2.1.0 (npm) read all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
cat >list.bib <<'BIB'
@techreport{a, title = "A {"}family{"} view", institution = {Vale}, year = 2019}
BIB
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    bibtex-parse-js@0.0.24 @orcid/bibtex-parse-js@0.0.25 bibtex-parse@2.1.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import orcid from "@orcid/bibtex-parse-js";
import parser from "bibtex-parse";
import old from "bibtex-parse-js";

const text = fs.readFileSync("list.bib", "utf8");
const [peer] = parser.entries(text);
assert.deepStrictEqual([peer.TITLE, peer.INSTITUTION, peer.YEAR], ['A "family" view', "Vale", 2019]);
const joined = '@string{vale = "Vale"}\n@techreport{a, institution = vale # " Council", year = 2019}\n';
assert.strictEqual(parser.entries(joined)[0].INSTITUTION, "Vale Council");
const plain = text.replaceAll('{"}', "'");
for (const { toJSON } of [old, orcid]) {
  const [read] = toJSON(text);
  console.log(read);
  assert.deepStrictEqual(toJSON(plain)[0].entryTags, { title: "A 'family' view", institution: "Vale", year: "2019" });
  assert.deepStrictEqual(read.entryTags, { title: "A {" }, "it reads the title otherwise now");
  assert.throws(() => toJSON(joined), TypeError, "it puts words together now");
}
JS
node look.mjs
apt-get download --quiet=2 bibutils=7.2-2 libbibutils8=7.2-2
for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pybtex==0.26.1
"$folder/venv/bin/python" - <<'PYTHON'
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from pybtex.database import parse_file

[entry] = parse_file("list.bib").entries.values()
assert entry.fields["title"] == 'A {"}family{"} view'
[library] = Path("usr/lib").rglob("libbibutils.so.8")
environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
mods = subprocess.run(["usr/bin/bib2xml", "list.bib"], check=True, capture_output=True, env=environment).stdout
title = ElementTree.fromstring(mods).findtext(".//{*}title")
print("bibutils", title)
assert title == "A", "bibutils reads the title otherwise now"
PYTHON
