#!/usr/bin/env bash
# luxon 3.7.2 (npm) reads an interval of ISO 8601 whose end is written short as one that ends today. ISO 8601:2004
# §4.4.5: what is left out of the end before its first element is as in the start, and the start's time zone holds for
# both. Of 2019-03-05/05-09, four days more than two months, it makes more than seven years, since "05-09" alone is to
# it five o'clock nine hours west of Greenwich; of a meeting 2019-03-05T09:00/10:30 all the time until half past ten of
# the day on which it is read. By its page Interval.fromISO takes a start and an end. Nothing is raised, invalidReason
# is null, and the end is another one tomorrow. The alpha of 3.8.0 has it right, and no release yet.
# Seen: the end is today at 14:00, 10:30 and 09:00 UTC, for 05-09, T09:00/10:30 and 05/09.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    luxon@3.7.2 alpha@npm:luxon@3.8.0-alpha.1
cat >look.js <<'JS'
const assert = require("node:assert");
const { DateTime, Interval, Settings } = require("luxon");
const alpha = require("alpha");

for (const today of ["2026-11-29", "2026-11-30"]) {
  Settings.now = () => Date.parse(`${today}T12:00:00Z`);
  const seen = {};
  for (const text of [
    "2019-03-05/2019-05-09",
    "2019-03-05/05-09",
    "2019-03-05/09",
    "2019-03-05T09:00/10:30",
    "2019-03-05T09:00+01:00/10:30",
  ]) {
    const interval = Interval.fromISO(text, { zone: "utc" });
    assert.strictEqual(interval.invalidReason, null);
    seen[text] = [interval.start, interval.end].map((time) => time.toISO({ suppressSeconds: true }));
  }
  console.log(seen);
  const start = "2019-03-05T00:00Z";
  assert.deepStrictEqual(
    seen,
    {
      "2019-03-05/2019-05-09": [start, "2019-05-09T00:00Z"],
      "2019-03-05/05-09": [start, `${today}T14:00Z`],
      "2019-03-05/09": [start, `${today}T09:00Z`],
      "2019-03-05T09:00/10:30": ["2019-03-05T09:00Z", `${today}T10:30Z`],
      "2019-03-05T09:00+01:00/10:30": ["2019-03-05T08:00Z", `${today}T10:30Z`],
    },
    "luxon does otherwise now",
  );
}
assert.strictEqual(DateTime.fromISO("05-09", { zone: "utc" }).hour, 14);
const right = alpha.Interval.fromISO("2019-03-05T09:00+01:00/10:30", { zone: "utc" });
assert.strictEqual(right.end.toISO({ suppressSeconds: true }), "2019-03-05T09:30Z");
JS
node look.js
