#!/usr/bin/env bash
# Day.js 1.11.23 (npm) adds nothing where it adds a duration in weeks, as the age of a baby is one: seven weeks after 31
# January 2019 is 31 January 2019, though the duration itself has 49 days by asDays. ISO 8601:2004 §4.4.3.2 has PnW, and
# Day.js reads it; add and subtract leave out the weeks. A duration with a decimal comma, which ISO 8601 has beside the
# full stop (§4.2.2.4), is none at all. And it takes the day of a year (§4.1.3), three digits, for a month and a day:
# the 64th of 2019, 5 March, for 4 June, and the 365th for 5 December of 2021. Nothing is raised; its manual has dates
# and durations in ISO 8601. moment 2.31.0 has all of it right.
# Seen: 2019-01-31 of 2019-01-31 and P7W, and less P2W; 0 hours of PT1,5H; 2019-06-04 of 2019-064.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" dayjs@1.11.23 moment@2.31.0
cat >look.js <<'JS'
const assert = require("node:assert");
const dayjs = require("dayjs");
const moment = require("moment");
dayjs.extend(require("dayjs/plugin/utc"));
dayjs.extend(require("dayjs/plugin/duration"));

const LIBRARIES = {
  "Day.js": { read: dayjs.utc, duration: dayjs.duration },
  moment: { read: (text) => moment.utc(text, moment.ISO_8601), duration: moment.duration },
};
const seen = {};
for (const [name, { read, duration }] of Object.entries(LIBRARIES)) {
  const after = (text) => read("2019-01-31").add(duration(text)).format("YYYY-MM-DD");
  seen[name] = {
    "asDays of P7W": duration("P7W").asDays(),
    "P49D later": after("P49D"),
    "P7W later": after("P7W"),
    "P2W earlier": read("2019-01-31").subtract(duration("P2W")).format("YYYY-MM-DD"),
    "hours of PT1.5H": duration("PT1.5H").asHours(),
    "hours of PT1,5H": duration("PT1,5H").asHours(),
    "2019-064": read("2019-064").format("YYYY-MM-DD"),
    "2019-365": read("2019-365").format("YYYY-MM-DD"),
  };
}
console.log(seen);
const right = {
  "asDays of P7W": 49,
  "P49D later": "2019-03-21",
  "P7W later": "2019-03-21",
  "P2W earlier": "2019-01-17",
  "hours of PT1.5H": 1.5,
  "hours of PT1,5H": 1.5,
  "2019-064": "2019-03-05",
  "2019-365": "2019-12-31",
};
assert.deepStrictEqual(seen.moment, right);
assert.deepStrictEqual(
  seen["Day.js"],
  {
    ...right,
    "P7W later": "2019-01-31",
    "P2W earlier": "2019-01-31",
    "hours of PT1,5H": 0,
    "2019-064": "2019-06-04",
    "2019-365": "2021-12-05",
  },
  "Day.js does otherwise now",
);
JS
node look.js
