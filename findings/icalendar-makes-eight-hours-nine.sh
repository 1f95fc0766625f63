#!/usr/bin/env bash
# icalendar 7.3.2 and recurring-ical-events 3.8.2 add a DURATION of hours to the clock on the wall: an event of PT8H
# that begins at 22:00 in London on the night when the clocks go back ends nine hours later, and in March seven. RFC
# 5545 §3.3.6: hours, minutes and seconds are exact; days and weeks depend on the calendar. ics 0.7.3 does as they do.
# node-ical 0.26.1 has hours right, and takes a day for 24 of them, which by the same section it is not on that night.
# So a night on call, or a rota made of hours, has another end in each program, on two nights of the year.
# Seen: PT8H from 21:00 UTC to 06:00 UTC in October, from 22:00 to 05:00 in March; node-ical's P1D is 24 hours, not 25.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" node-ical@0.26.1
cat >write.py <<'PYTHON'
NIGHTS = [("20261024", "PT8H"), ("20260328", "PT8H"), ("20260701", "PT8H"), ("20261024", "P1D")]
for number, (night, duration) in enumerate(NIGHTS):
    event = ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20260101T000000Z", f"DTSTART;TZID=Europe/London:{night}T220000"]
    begin = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//invented//EN"]
    lines = [*begin, *event, f"DURATION:{duration}", "END:VEVENT", "END:VCALENDAR"]
    with open(f"{number}.ics", "w", encoding="ascii", newline="") as file:
        file.write("".join(f"{line}\r\n" for line in lines))
PYTHON
"${PYTHON:-python3}" write.py
cat >look.js <<'JS'
const assert = require("node:assert");
const ical = require("node-ical");
const seen = [0, 1, 2, 3].map((number) => {
  const event = Object.values(ical.sync.parseFile(`${number}.ics`)).find((part) => part.type === "VEVENT");
  return (event.end - event.start) / 3600000;
});
console.log("node-ical", seen);
assert.deepStrictEqual(seen, [8, 8, 8, 24], "node-ical does otherwise now");
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    icalendar==7.3.2 recurring-ical-events==3.8.2 ics==0.7.3 tzdata==2026.6
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import pathlib

import ics
import icalendar
import recurring_ical_events


def hours(start, end):
    return (end.astimezone(datetime.UTC) - start.astimezone(datetime.UTC)) / datetime.timedelta(hours=1)


seen = {"icalendar": [], "recurring-ical-events": [], "ics": []}
for number in range(4):
    text = pathlib.Path(f"{number}.ics").read_text(encoding="ascii")
    calendar = icalendar.Calendar.from_ical(text)
    event = calendar.walk("VEVENT")[0]
    seen["icalendar"].append(hours(event.start, event.end))
    event = recurring_ical_events.of(calendar).between((2026, 1, 1), (2027, 1, 1))[0]
    seen["recurring-ical-events"].append(hours(event.start, event.end))
    event = next(iter(ics.Calendar(text).events))
    seen["ics"].append(hours(event.begin.datetime, event.end.datetime))
print(*seen.items(), sep="\n")
for library, found in seen.items():
    assert found == [9, 7, 8, 25], f"{library} does otherwise now"
PYTHON
