#!/usr/bin/env bash
# later 1.2.0 and @fregante/mi-cron 2.0.1 (npm) run what is for the first of a month and for Mondays, 0 0 1 * 1, on
# firsts that are Mondays alone. POSIX, crontab (input files): where day of month and day of week are both given, any
# day that is either matches; Debian's crontab(5) says so too. mi-cron has, by its page, the complete standard syntax.
# And of 5-7, Friday to Sunday, later and @datasert/cronjs-matcher 1.4.0 (npm) leave out the Sunday, which cronjs has
# for 7 alone; to later 7 is Saturday. crontab(5): 0 or 7 is Sunday, and ranges are inclusive. Nothing is raised: what
# is to be sent or cleared away five times in a month waits for months, or runs on no Sunday.
# Seen, in January 2026: no day for the first, where cron-parser 5.10.6 has 1, 5, 12, 19 and 26; 2, 3, 9, 10 and so on
# for 5-7, where it has 4 and 11 besides; 3, 10 and so on of later for 7.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    later@1.2.0 @fregante/mi-cron@2.0.1 @datasert/cronjs-matcher@1.4.0 cron-parser@5.10.6
cat >look.mjs <<'JS'
import assert from "node:assert";
import { getFutureMatches } from "@datasert/cronjs-matcher";
import { parseCron } from "@fregante/mi-cron";
import { CronExpressionParser } from "cron-parser";
import later from "later";

const START = new Date("2025-12-31T12:00:00Z");
const END = new Date("2026-02-01T00:00:00Z");

function days(next) {
  const found = [];
  for (let at = next(START); at && at < END; at = next(at)) found.push(at.getUTCDate());
  return found.join(" ");
}

const readers = {
  "cron-parser": (rule) => {
    const runs = CronExpressionParser.parse(rule, { currentDate: START, tz: "UTC" });
    return days(() => runs.next().toDate());
  },
  later: (rule) => {
    const runs = later.schedule(later.parse.cron(rule));
    return days((at) => runs.next(1, new Date(at.getTime() + 1000)) || null);
  },
  "mi-cron": (rule) => days((at) => parseCron.nextDate(rule, at)),
  cronjs: (rule) =>
    getFutureMatches(rule, { startAt: START.toISOString(), matchCount: 40, timezone: "UTC" })
      .map((at) => new Date(at))
      .filter((at) => at < END)
      .map((at) => at.getUTCDate())
      .join(" "),
};
const WEEKENDS = "2 3 4 9 10 11 16 17 18 23 24 25 30 31";
const NO_SUNDAY = "2 3 9 10 16 17 23 24 30 31";
const EACH = [
  ["cron-parser", "0 0 1 * 1", "1 5 12 19 26"],
  ["cron-parser", "0 0 * * 5-7", WEEKENDS],
  ["cron-parser", "0 0 * * 7", "4 11 18 25"],
  ["later", "0 0 1 * 1", ""],
  ["later", "0 0 * * 1", "5 12 19 26"],
  ["later", "0 0 * * 5-7", NO_SUNDAY],
  ["later", "0 0 * * 7", "3 10 17 24 31"],
  ["mi-cron", "0 0 1 * 1", ""],
  ["mi-cron", "0 0 * * 1", "5 12 19 26"],
  ["cronjs", "0 0 1 * 1", "1 5 12 19 26"],
  ["cronjs", "0 0 * * 5-7", NO_SUNDAY],
  ["cronjs", "0 0 * * 7", "4 11 18 25"],
];
const seen = EACH.map(([reader, rule]) => [reader, rule, readers[reader](rule)]);
console.log(seen);
assert.deepStrictEqual(seen, EACH, "one of them does otherwise now");
JS
TZ=UTC node look.mjs
