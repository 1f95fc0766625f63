#!/usr/bin/env bash
# edtf 4.11.1 (npm; edtf.js) has spring from January to March, summer from April to June and winter from October to
# December, as if they were quarters, also where EDTF says "Northern Hemisphere" (25 to 28), and its quadrimesters have
# five months: January to May, May to September. EDTF (Library of Congress, Level 2, sub-year groupings): 33 to 36 are
# the quarters, 37 to 39 the quadrimesters, 4 months each. So 2019-21, spring of 2019, does not cover May, and two
# thirds of a year both cover it. A search for what was published in a season finds other reports.
# Seen: 2019-25 from 2019-01-01 to 2019-03-31, as 2019-33; 2019-37 to 2019-05-31, 2019-38 from 2019-05-01 to 2019-09-30.
# edtf 5.0.2 (Python) has spring from March to May (its README: for the northern hemisphere), 2019-37 to 2019-04-30.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" edtf@4.11.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import edtf from "edtf";

const day = (time) => new Date(time).toISOString().slice(5, 10);
const seen = {};
for (const grouping of [21, 25, 28, 33, 37, 38, 39]) {
  const { min, max } = edtf(`2019-${grouping}`);
  seen[grouping] = [day(min), day(max)];
}
console.log("edtf.js", seen);
assert.deepStrictEqual(
  seen,
  {
    21: ["01-01", "03-31"],
    25: ["01-01", "03-31"],
    28: ["10-01", "12-31"],
    33: ["01-01", "03-31"],
    37: ["01-01", "05-31"],
    38: ["05-01", "09-30"],
    39: ["09-01", "12-31"],
  },
  "edtf.js does otherwise now",
);
const covering = [21, 22, 37, 38, 39].filter((grouping) => edtf(`2019-${grouping}`).covers(edtf("2019-05-15")));
assert.deepStrictEqual(covering, [22, 37, 38], "edtf.js covers otherwise now");
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check edtf==5.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import edtf

seen = {}
for grouping in [21, 25, 33, 37, 38, 39]:
    date = edtf.parse_edtf(f"2019-{grouping}")
    seen[grouping] = tuple(f"{end[1]:02}-{end[2]:02}" for end in (date.lower_strict(), date.upper_strict()))
print("edtf", seen)
assert seen == {
    21: ("03-01", "05-31"),
    25: ("03-01", "05-31"),
    33: ("01-01", "03-31"),
    37: ("01-01", "04-30"),
    38: ("05-01", "08-31"),
    39: ("09-01", "12-31"),
}
PYTHON
