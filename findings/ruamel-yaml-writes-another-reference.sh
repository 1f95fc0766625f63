#!/usr/bin/env bash
# ruamel.yaml 0.19.1, which by its page reads YAML 1.2 and writes a file back as it was, takes 2019_04 for a number and
# writes 20_19_04, and of 1_0.5 makes 010.5. In YAML 1.2.2 (§10.3.2, core schema) numbers have no underscores, and there
# is no 0b11: these are words. Its list of what 1.2 left out of 1.1 (Differences with PyYAML) does not name them; its
# notes on 0.14.7 presume underscores at regular distances. So a program that changes something else in a file gives a
# case another reference, which yaml 2.9.1 and js-yaml 5.5.0 (npm) read as a word like the first. Quotation marks help.
# Seen: 201904 of 2019_04, 3 of 0b11, 10.5 of 1_0.5; written case: 20_19_04. The two others read three words.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check ruamel.yaml==0.19.1
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" yaml@2.9.1 js-yaml@5.5.0
printf 'case: 2019_04\nlist: 0b11\npart: 1_0.5\nquoted: "2019_04"\n' >before.yaml
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

from ruamel.yaml import YAML

text = pathlib.Path("before.yaml").read_text()
plain = YAML(typ="safe", pure=True).load(text)
yaml = YAML()
yaml.preserve_quotes = True
yaml.dump(yaml.load(text), pathlib.Path("after.yaml"))
written = pathlib.Path("after.yaml").read_text()
print(plain, written, sep="\n", end="")
assert plain == {"case": 201904, "list": 3, "part": 10.5, "quoted": "2019_04"}, "ruamel.yaml does otherwise now"
assert written == 'case: 20_19_04\nlist: 0b11\npart: 010.5\nquoted: "2019_04"\n', "ruamel.yaml does otherwise now"
PYTHON
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { load } from "js-yaml";
import { parse } from "yaml";

const [before, after] = ["before.yaml", "after.yaml"].map((name) => fs.readFileSync(name, "utf8"));
for (const read of [load, parse]) {
  console.log(read(before), read(after));
  assert.deepEqual(read(before), { case: "2019_04", list: "0b11", part: "1_0.5", quoted: "2019_04" });
  assert.deepEqual(read(after), { case: "20_19_04", list: "0b11", part: 10.5, quoted: "2019_04" });
}
JS
node look.mjs
