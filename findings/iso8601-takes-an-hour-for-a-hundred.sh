#!/usr/bin/env bash
# iso8601 1.1.1 (npm), by its page for dates of ISO 8601, takes the offset +01:00 for a hundred hours: half past eleven
# on 5 March in Berlin is half past seven of the first, and nothing is raised. ISO 8601:2004 §4.2.5.1: +01:00, +0100 and
# +01 are the same; the other two it passes over. Of a week date (§4.1.4) it makes the first of January, of the 64th day
# of a year (§4.1.3) the first of June, and of the basic format (§4.3.2) New Year. Python's iso8601 2.1.0 reads a time
# whose minutes have a decimal fraction (§4.2.2.4), 10:30,5, without the minutes: they become the seconds.
# Seen: 2019-03-01T07:30 for 2019-03-05T11:30:00+01:00; 10:00:30.500000. date-fns 4.4.0 (npm) reads all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check iso8601==2.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import iso8601

TIMES = ["2019-03-05T10:30Z", "2019-03-05T10:30:30,5Z", "2019-03-05T10:30,5Z", "2019-03-05T1030.5Z"]
seen = {time: iso8601.parse_date(time).time().isoformat() for time in TIMES}
print("Python", seen)
assert seen == {
    "2019-03-05T10:30Z": "10:30:00",
    "2019-03-05T10:30:30,5Z": "10:30:30.500000",
    "2019-03-05T10:30,5Z": "10:00:30.500000",
    "2019-03-05T1030.5Z": "10:00:30.500000",
}, "iso8601 of Python does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" iso8601@1.1.1 date-fns@4.4.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import { parseISO } from "date-fns";
import iso8601 from "iso8601";

const DATES = [
  "2019-03-05T10:30:00Z",
  "2019-W10-2T10:30:00Z",
  "2019-064T10:30:00Z",
  "20190305T103000Z",
  "2019-03-05T11:30:00+01",
  "2019-03-05T11:30:00+01:00",
  "2019-03-05T11:30:00+0100",
];
const seen = {};
for (const date of DATES) {
  seen[date] = iso8601.toDate(date).toISOString().slice(0, 16);
  assert.strictEqual(parseISO(date).toISOString().slice(0, 16), "2019-03-05T10:30");
}
assert.strictEqual(parseISO("2019-03-05T10:30,5Z").toISOString(), "2019-03-05T10:30:30.000Z");
console.log("npm", seen);
assert.deepStrictEqual(
  seen,
  {
    "2019-03-05T10:30:00Z": "2019-03-05T10:30",
    "2019-W10-2T10:30:00Z": "2019-01-01T00:00",
    "2019-064T10:30:00Z": "2019-06-01T00:00",
    "20190305T103000Z": "2019-01-01T00:00",
    "2019-03-05T11:30:00+01": "2019-03-05T11:30",
    "2019-03-05T11:30:00+01:00": "2019-03-01T07:30",
    "2019-03-05T11:30:00+0100": "2019-03-05T11:30",
  },
  "iso8601 of npm does otherwise now",
);
JS
node look.mjs
