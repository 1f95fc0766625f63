#!/usr/bin/env bash
# html-to-text 10.0.1 (npm), behind the text that mailparser and many senders make of an HTML mail, and inscriptis
# 2.7.6 write a description list as one word after another without so much as a space: dl, dt and dd are to them like
# span. HTML (§15.3.7, rendering of lists) displays the three as blocks, and inscriptis promises a text that follows the
# layout. So the facts of a review, which such a list is for, cannot be told apart; turndown 7.2.5 sets each on a line.
# Naming the three as blocks in html-to-text's selectors avoids it.
# Seen: Age7 weeksNationEngland of both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" html-to-text@10.0.1 turndown@7.2.5
cat >look.js <<'JS'
const assert = require("node:assert");
const { convert } = require("html-to-text");
const Turndown = require("turndown");

const LIST = "<p>Child A</p><dl><dt>Age</dt><dd>7 weeks</dd><dt>Nation</dt><dd>England</dd></dl><p>More</p>";
const blocks = ["dl", "dt", "dd"].map((selector) => ({ selector, format: "block" }));
const lines = (text) => text.split("\n").filter((line) => line.trim());
const seen = [convert(LIST), convert(LIST, { selectors: blocks }), new Turndown().turndown(LIST)].map(lines);
console.log(seen);
const apart = ["Child A", "Age", "7 weeks", "Nation", "England", "More"];
assert.deepStrictEqual(seen.slice(1), [apart, apart]);
assert.deepStrictEqual(seen[0], ["Child A", "Age7 weeksNationEngland", "More"], "html-to-text does otherwise now");
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check inscriptis==2.7.6
"$folder/venv/bin/python" - <<'PYTHON'
import inscriptis

LIST = "<p>Child A</p><dl><dt>Age</dt><dd>7 weeks</dd><dt>Nation</dt><dd>England</dd></dl><p>More</p>"
seen = inscriptis.get_text(f"<html><body>{LIST}</body></html>").split("\n")
print(seen)
assert [line for line in seen if line.strip()] == [
    "Child A",
    "Age7 weeksNationEngland",
    "More",
], "inscriptis does otherwise now"
PYTHON
