#!/usr/bin/env bash
# robots-parser 3.0.1 (npm) compares a percent-encoded letter, digit or tilde of a path with the plain one as if they
# were two: a rule for /~reviews/ does not hold for /%7Ereviews/, nor the other way round. RFC 9309 §2.2.2: a
# percent-encoded US-ASCII octet MUST be decoded before the comparison unless it is reserved; its example is
# /foo/bar/%62%61%7A, which matches /foo/bar/baz. Whoever asks it before each page of a site that writes its addresses
# both ways reads what the site asked to leave alone. Letters beyond US-ASCII, and small letters in %e3, it has right.
# Protego 0.7.0 has them all.
# Seen: /~reviews/ does not disallow /%7Ereviews/1; /%e3%83%84 does disallow /%E3%83%84.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" robots-parser@3.0.1
cat >pairs.json <<'JSON'
[
  ["/~reviews/", "/~reviews/1"],
  ["/~reviews/", "/%7Ereviews/1"],
  ["/%7Ereviews/", "/~reviews/1"],
  ["/foo/bar/%62%61%7A", "/foo/bar/baz"],
  ["/foo/bar/baz", "/foo/bar/%62%61%7A"],
  ["/%e3%83%84", "/%E3%83%84"],
  ["/\u30c4", "/%E3%83%84"]
]
JSON
cat >look.js <<'JS'
const assert = require("node:assert");
const robotsParser = require("robots-parser");
const site = "https://example.org";
const seen = require("./pairs.json").map(([rule, path]) => [
  rule,
  path,
  robotsParser(`${site}/robots.txt`, `User-agent: *\nDisallow: ${rule}\n`).isDisallowed(site + path, "casereviews"),
]);
console.log(seen);
assert.deepStrictEqual(
  seen.map(([, , disallowed]) => disallowed),
  [true, false, false, false, false, true, true],
  "robots-parser does otherwise now",
);
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check protego==0.7.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib

import protego

for rule, path in json.loads(pathlib.Path("pairs.json").read_text()):
    rules = protego.Protego.parse(f"User-agent: *\nDisallow: {rule}\n")
    assert not rules.can_fetch(f"https://example.org{path}", "casereviews"), (rule, path)
PYTHON
