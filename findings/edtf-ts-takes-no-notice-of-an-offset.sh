#!/usr/bin/env bash
# @edtf-ts/core 0.4.2 (npm), by its page all of EDTF's levels 0, 1 and 2, reads a time with an offset as if it were one
# of UTC. EDTF (Library of Congress, Level 0, Date and Time): an offset is a shift of the time from UTC. So half past
# ten in Cardiff in summer comes after ten o'clock UTC, and one and the same moment before itself. And of Level 2
# (sub-year groupings) it has 25 to 28, which it names "Northern Hemisphere" as EDTF does, half a year away: spring from
# September; 29 to 32, the south's, are an error. 21, spring wherever it is, it has from March.
# Seen: 10:30+01:00 at 10:30Z; 2019-25 from 2019-09-01, "Spring (Northern Hemisphere) 2019". edtf 5.0.2 (Python) has
# that from March, and 29 from September.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @edtf-ts/core@0.4.2
cat >look.mjs <<'JS'
import assert from "node:assert";
import { FuzzyDate } from "@edtf-ts/core";

const cardiff = FuzzyDate.parse("2019-07-01T10:30:00+01:00");
const utc = FuzzyDate.parse("2019-07-01T09:30:00Z");
const ten = FuzzyDate.parse("2019-07-01T10:00:00Z");
const moments = {
  cardiff: cardiff.min.toISOString(),
  utc: utc.min.toISOString(),
  afterTen: ten.isBefore(cardiff),
  beforeItself: utc.isBefore(cardiff),
};
const seasons = {};
for (const season of [21, 25, 27, 29]) {
  try {
    const date = FuzzyDate.parse(`2019-${season}`);
    seasons[season] = [date.min.toISOString().slice(0, 10), date.max.toISOString().slice(0, 10), date.format()];
  } catch (error) {
    seasons[season] = error.message;
  }
}
console.log(moments, seasons);
assert.strictEqual(new Date("2019-07-01T10:30:00+01:00").getTime(), new Date("2019-07-01T09:30:00Z").getTime());
assert.deepStrictEqual(
  moments,
  {
    cardiff: "2019-07-01T10:30:00.000Z",
    utc: "2019-07-01T09:30:00.000Z",
    afterTen: "YES",
    beforeItself: "YES",
  },
  "edtf-ts reads times otherwise now",
);
assert.deepStrictEqual(
  seasons,
  {
    21: ["2019-03-01", "2019-05-31", "Spring 2019"],
    25: ["2019-09-01", "2019-11-30", "Spring (Northern Hemisphere) 2019"],
    27: ["2019-03-01", "2019-05-31", "Autumn (Northern Hemisphere) 2019"],
    29: "Failed to parse EDTF: Month must be 01-12, got: 29",
  },
  "edtf-ts reads seasons otherwise now",
);
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check edtf==5.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import edtf

seen = {season: edtf.parse_edtf(f"2019-{season}").lower_strict()[1] for season in (21, 25, 27, 29)}
print("edtf", seen)
assert seen == {21: 3, 25: 3, 27: 9, 29: 9}
PYTHON
