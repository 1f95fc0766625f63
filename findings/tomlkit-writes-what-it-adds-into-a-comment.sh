#!/usr/bin/env bash
# tomlkit 0.15.2, which edits TOML and by its page keeps comments and order: an array whose values stand on its first
# line, the last with a comment behind it (TOML 1.0, Array: comments and newlines may stand between values), takes an
# append, and what is written has the new value in that comment. In memory it is there, in the file it is not, and the
# next who reads finds nothing wrong. And a table added under dotted keys (TOML 1.0, Keys) is written before the last of
# these, which so moves into the new table. With each value on a line of its own, or under [head], both are right.
# Seen: a = [ 1, 2, # two 3; b.x = 1, [b.new], b.y = 2, read as b.new.b.y. tomlkit and tomllib read them alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check tomlkit==0.15.2
"$folder/venv/bin/python" - <<'PYTHON'
import tomllib

import tomlkit


def append(document):
    document["a"].append(3)


def add_table(document):
    document["b"]["new"] = {"z": 3}


EDITS = {
    "first line": (append, "a = [ 1, 2 # two\n]\n"),
    "own lines": (append, "a = [\n  1,\n  2 # two\n]\n"),
    "dotted": (add_table, "b.x = 1\nb.y = 2\n"),
    "head": (add_table, "[b]\nx = 1\ny = 2\n"),
}
seen = {}
for name, (edit, text) in EDITS.items():
    document, plain = tomlkit.parse(text), tomllib.loads(text)
    edit(document)
    edit(plain)
    assert document.unwrap() == plain
    written = tomlkit.dumps(document)
    assert tomlkit.parse(written).unwrap() == tomllib.loads(written)
    seen[name] = tomllib.loads(written)
    print(name, repr(written), seen[name])
assert seen == {
    "first line": {"a": [1, 2]},
    "own lines": {"a": [1, 2, 3]},
    "dotted": {"b": {"x": 1, "new": {"z": 3, "b": {"y": 2}}}},
    "head": {"b": {"x": 1, "y": 2, "new": {"z": 3}}},
}, "tomlkit does otherwise now"
PYTHON
