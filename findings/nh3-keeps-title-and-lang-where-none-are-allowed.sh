#!/usr/bin/env bash
# nh3 0.3.8: attributes={} ("the attributes that are allowed on specific tags", its manual) still lets title and lang
# through on every tag, and so does attributes={"p": set()}. Only the key "*" with an empty set takes them away: these
# two are what the library behind it allows everywhere, and a table without "*" leaves that as it is. tags=set(), beside
# it, does mean that no tag is allowed.
# Seen: <p title="t" lang="de" class="c"> becomes <p title="t" lang="de">; with {"*": set()} it becomes <p>.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check nh3==0.3.8
"$folder/venv/bin/python" - <<'PYTHON'
import nh3

GIVEN = '<p title="t" lang="de" class="c">One.</p>'
TABLES = ({}, {"p": set()}, {"*": set()})
seen = [nh3.clean(GIVEN, tags={"p"}, attributes=table) for table in TABLES]
for table, said in zip(TABLES, seen, strict=True):
    print(table, said, sep=" | ")
kept = '<p title="t" lang="de">One.</p>'
assert seen == [kept, kept, "<p>One.</p>"], "nh3 does otherwise now"
assert nh3.clean(GIVEN, tags=set(), attributes={}) == "One."
PYTHON
