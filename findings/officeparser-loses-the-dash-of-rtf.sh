#!/usr/bin/env bash
# officeparser 7.8.0 (npm), which by its page parses RTF, leaves out the dashes and the bullet that have a control word:
# \endash, \emdash, \bullet (RTF Specification 1.9.1, Special Characters). Nothing stands in their place, so a span of
# days becomes another number. Of \~ and \_, the non-breaking space and hyphen of that table, it gives the second
# character; and with \uc2 (Unicode RTF) it gives a part of what stands behind \u for readers that do not know \u.
# Quotation marks it has right. Word writes its dashes as such words. striprtf 0.0.35 has all of it.
# Seen: 714 days of 7\endash 14 days; Aaged seven; 14_week; 7~weeks; fiancéée.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" officeparser@7.8.0
cat >look.js <<'JS'
const assert = require("node:assert");
const fs = require("node:fs");
const officeparser = require("officeparser");

const LINES = [
  ["7\\endash 14 days", "714 days"],
  ["Child A\\emdash aged seven", "Child Aaged seven"],
  ["\\bullet  Ask", " Ask"],
  ["\\ldblquote Not seen\\rdblquote", "“Not seen”"],
  ["14\\_week", "14_week"],
  ["7\\~weeks", "7~weeks"],
  ["\\uc2 fianc\\u233\\'c3\\'a9e", "fiancéée"],
];
(async () => {
  fs.writeFileSync("report.rtf", `{\\rtf1\\ansi\\ansicpg1252 ${LINES.map(([line]) => `{${line}}\\par`).join("\n")}}`);
  const seen = (await officeparser.parseOffice("report.rtf")).toText().trim().split("\n");
  console.log(seen);
  assert.deepStrictEqual(seen, LINES.map(([, text]) => text), "officeparser does otherwise now");
})();
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check striprtf==0.0.35
"$folder/venv/bin/python" - <<'PYTHON'
from pathlib import Path

from striprtf.striprtf import rtf_to_text

lines = rtf_to_text(Path("report.rtf").read_text()).split("\n")
print(lines)
assert lines[:4] == ["7–14 days", "Child A—aged seven", "• Ask", "“Not seen”"]
assert lines[4:7] == ["14\N{NON-BREAKING HYPHEN}week", "7\N{NO-BREAK SPACE}weeks", "fiancée"]
PYTHON
