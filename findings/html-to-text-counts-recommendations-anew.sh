#!/usr/bin/env bash
# html-to-text 10.0.1 (npm) numbers the items of a list from its start, whatever their own numbers are: it reads neither
# value of li (HTML, §4.4.8) nor reversed of ol (§4.4.5), by which a list counts down. So "9. Ask the fathers" of a
# report is "2." in the text of the mail, and who quotes a recommendation by its number quotes another. It does read
# start and type. inscriptis 2.7.6 has value right.
# Seen: 1, 2, 3 for items 1, 9, 10; 1, 2, 3 for a list that counts 3, 2, 1; 5, 6 for start="5".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" html-to-text@10.0.1
cat >look.js <<'JS'
const assert = require("node:assert");
const { convert } = require("html-to-text");

const LISTS = {
  value: '<ol><li>Visit</li><li value="9">Ask the fathers</li><li>Write down</li></ol>',
  reversed: "<ol reversed><li>Third</li><li>Second</li><li>First</li></ol>",
  start: '<ol start="5"><li>Fifth</li><li>Sixth</li></ol>',
};
const seen = {};
for (const [name, list] of Object.entries(LISTS)) {
  seen[name] = convert(list)
    .split("\n")
    .map((line) => line.trim());
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    value: ["1. Visit", "2. Ask the fathers", "3. Write down"],
    reversed: ["1. Third", "2. Second", "3. First"],
    start: ["5. Fifth", "6. Sixth"],
  },
  "html-to-text does otherwise now",
);
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check inscriptis==2.7.6
"$folder/venv/bin/python" - <<'PYTHON'
import inscriptis

text = inscriptis.get_text('<ol><li>Visit</li><li value="9">Ask the fathers</li><li>Write down</li></ol>')
assert [line.strip() for line in text.splitlines()] == ["1. Visit", "9. Ask the fathers", "10. Write down"], text
PYTHON
