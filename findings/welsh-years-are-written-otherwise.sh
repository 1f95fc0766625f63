#!/usr/bin/env bash
# Four npm libraries write ages in Welsh, and none writes years as Unicode's data (CLDR, cy, units, long: duration-year)
# and V8's Intl by them do. In Welsh the number changes the word: 1 flwyddyn, 2 flynedd, 3 and 6 blynedd, 5 and 10
# mlynedd, and CLDR has six forms for it. moment 2.31.0 and dayjs 1.11.23 (relativeTime) have 2's form for each number,
# date-fns 4.4.0 (formatDistanceStrict) has mlynedd for 3 and 6 too, humanize-duration 3.35.1 flwyddyn for all. For two
# of months and days (2 fis, 2 ddiwrnod) date-fns has the right one, the others do not. So a page in Welsh says of most
# children, reports and delays how old they are in words that are wrong.
# Seen: "3 flynedd" of moment and dayjs, "3 mlynedd" of date-fns, "3 flwyddyn" of humanize-duration; Intl "3 blynedd".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    moment@2.31.0 dayjs@1.11.23 date-fns@4.4.0 humanize-duration@3.35.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import { formatDistanceStrict } from "date-fns";
import { cy } from "date-fns/locale";
import dayjs from "dayjs";
import "dayjs/locale/cy.js";
import relativeTime from "dayjs/plugin/relativeTime.js";
import humanizeDuration from "humanize-duration";
import moment from "moment";
import "moment/locale/cy.js";

dayjs.extend(relativeTime);
dayjs.locale("cy");
moment.locale("cy");
const DAYS = { year: 365.25, month: 30.4375, day: 1 };
const SHORT = { year: "y", month: "mo", day: "d" };
const born = dayjs("2000-01-01");

function say(count, unit) {
  const later = born.add(count, unit);
  const milliseconds = count * DAYS[unit] * 24 * 60 * 60 * 1000;
  return {
    Intl: new Intl.NumberFormat("cy", { style: "unit", unit, unitDisplay: "long" }).format(count),
    moment: moment.duration(count, unit).humanize(),
    dayjs: born.from(later, true),
    "date-fns": formatDistanceStrict(born.toDate(), later.toDate(), { locale: cy, unit }),
    "humanize-duration": humanizeDuration(milliseconds, { language: "cy", units: [SHORT[unit]], round: true }),
  };
}

const asked = [[2, "year"], [3, "year"], [5, "year"], [6, "year"], [10, "year"], [2, "month"], [2, "day"]];
const seen = asked.map(([count, unit]) => say(count, unit));
console.log("ICU", process.versions.icu, "CLDR", process.versions.cldr);
console.table(seen);
const of = (name) => seen.map((answers) => answers[name]);
const right = ["2 flynedd", "3 blynedd", "5 mlynedd", "6 blynedd", "10 mlynedd", "2 fis", "2 ddiwrnod"];
const one = ["2 flynedd", "3 flynedd", "5 flynedd", "6 flynedd", "10 flynedd", "2 mis", "2 diwrnod"];
assert.deepStrictEqual(of("Intl"), right);
assert.deepStrictEqual(of("moment"), one, "moment does otherwise now");
assert.deepStrictEqual(of("dayjs"), one, "dayjs does otherwise now");
const mlynedd = ["2 flynedd", "3 mlynedd", "5 mlynedd", "6 mlynedd", "10 mlynedd", "2 fis", "2 ddiwrnod"];
assert.deepStrictEqual(of("date-fns"), mlynedd, "date-fns does otherwise now");
const first = ["2 flwyddyn", "3 flwyddyn", "5 flwyddyn", "6 flwyddyn", "10 flwyddyn", "2 mis", "2 diwrnod"];
assert.deepStrictEqual(of("humanize-duration"), first, "humanize-duration does otherwise now");
JS
node look.mjs
