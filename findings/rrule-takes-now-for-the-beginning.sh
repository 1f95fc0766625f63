#!/usr/bin/env bash
# rrule 2.8.1 (npm), by its page for the recurrence rules of RFC 5545, lets a series begin at the moment when it is read
# if its DTSTART names its type: VALUE=DATE, without which by §3.8.2.4 it is no day, or VALUE=DATE-TIME, which may be
# named too. So a training day of each sixth of July is one of today, another tomorrow, and an EXDATE (§3.8.5.1) takes
# away nothing. Nothing is raised, and what it writes of the series has no beginning. A TZID in quotation marks (§3.2: a
# parameter's value is text or a quoted string) is an error. recurring-ical-events 3.8.2 reads all of it.
# Seen: the day of the run for 2026-07-06, with both types; RangeError Invalid time zone specified.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" rrule@2.8.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import rrule from "rrule";

const SERIES = {
  plain: "DTSTART:20260706T090000Z\nRRULE:FREQ=YEARLY;COUNT=2",
  day: "DTSTART;VALUE=DATE:20260706\nRRULE:FREQ=YEARLY;COUNT=2",
  typed: "DTSTART;VALUE=DATE-TIME:20260706T090000Z\nRRULE:FREQ=YEARLY;COUNT=2",
  except: "DTSTART;VALUE=DATE:20260706\nRRULE:FREQ=YEARLY;COUNT=2\nEXDATE;VALUE=DATE:20270706",
  zone: "DTSTART;TZID=Europe/London:20260706T090000\nRRULE:FREQ=YEARLY;COUNT=2",
  quoted: 'DTSTART;TZID="Europe/London":20260706T090000\nRRULE:FREQ=YEARLY;COUNT=2',
};
fs.writeFileSync("series.json", JSON.stringify(SERIES));
const before = Date.now() - 1000;
const seen = {};
for (const [name, text] of Object.entries(SERIES)) {
  try {
    const days = rrule.rrulestr(text).all();
    const now = days[0].getTime() >= before && days[0].getTime() <= Date.now();
    seen[name] = [days.length, now ? "now" : days[0].toISOString().slice(0, 10)];
  } catch (error) {
    seen[name] = error.message.split(":")[0];
  }
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    plain: [2, "2026-07-06"],
    day: [2, "now"],
    typed: [2, "now"],
    except: [2, "now"],
    zone: [2, "2026-07-06"],
    quoted: "Invalid time zone specified",
  },
  "rrule does otherwise now",
);
const written = rrule.RRule.fromString(SERIES.day).toString();
console.log(written);
assert.strictEqual(written, "RRULE:FREQ=YEARLY;COUNT=2", "rrule writes a beginning now");
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    icalendar==7.3.2 recurring-ical-events==3.8.2
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path

import icalendar
import recurring_ical_events

peer = {}
for name, lines in json.loads(Path("series.json").read_text()).items():
    event = f"BEGIN:VEVENT\nUID:1@example.org\nDTSTAMP:20260101T000000Z\n{lines}\nEND:VEVENT"
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Invented//EN\n{event}\nEND:VCALENDAR\n".replace("\n", "\r\n")
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between("20200101", "20400101")
    peer[name] = [str(event.start)[:10] for event in events]
print(peer)
both = ["2026-07-06", "2027-07-06"]
assert peer == {"plain": both, "day": both, "typed": both, "except": both[:1], "zone": both, "quoted": both}
PYTHON
