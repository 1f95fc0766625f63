#!/usr/bin/env bash
# node-ical 0.26.1 takes a local time that comes twice, on the night when the clocks go back, for the second of the two.
# RFC 5545 §3.3.5: it refers to the first; its example is 20071104T013000 in New York, that is 05:30 UTC. And it divides
# CATEGORIES at each comma, also at one that is escaped and so belongs to the words (§3.8.1.2 and §3.3.11), and keeps
# the backslash. icalendar 7.3.2 has both right. What is to begin in that hour of a British October begins an hour late;
# of "Neglect, physical" there are two categories.
# Seen: 06:30 UTC for the RFC's own example, 01:30 UTC for 01:30 in London on 25 October 2026; "Neglect\", "physical".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" node-ical@0.26.1
cat >write.py <<'PYTHON'
STARTS = ["America/New_York:20071104T013000", "Europe/London:20261025T013000", "Europe/London:20261025T003000"]
begin = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//invented//EN"]
for number, start in enumerate(STARTS):
    begin += ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20261001T000000Z", f"DTSTART;TZID={start}"]
    begin += ["CATEGORIES:Neglect\\, physical,Harm", "END:VEVENT"]
with open("invented.ics", "w", encoding="ascii", newline="") as file:
    file.write("".join(f"{line}\r\n" for line in [*begin, "END:VCALENDAR"]))
PYTHON
"${PYTHON:-python3}" write.py
cat >look.js <<'JS'
const assert = require("node:assert");
const ical = require("node-ical");
const seen = Object.values(ical.sync.parseFile("invented.ics"))
  .filter((part) => part.type === "VEVENT")
  .map(({ start, categories }) => [start.toISOString(), categories]);
console.log(seen);
const categories = ["Neglect\\", "physical", "Harm"];
assert.deepStrictEqual(
  seen,
  [
    ["2007-11-04T06:30:00.000Z", categories],
    ["2026-10-25T01:30:00.000Z", categories],
    ["2026-10-24T23:30:00.000Z", categories],
  ],
  "node-ical does otherwise now",
);
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check icalendar==7.3.2 tzdata==2026.6
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import pathlib

import icalendar

seen = []
for event in icalendar.Calendar.from_ical(pathlib.Path("invented.ics").read_bytes()).walk("VEVENT"):
    start = event.decoded("DTSTART").astimezone(datetime.UTC)
    seen.append((f"{start:%Y-%m-%dT%H:%M}", list(map(str, event["CATEGORIES"].cats))))
print(*seen, sep="\n")
categories = ["Neglect, physical", "Harm"]
assert seen == [
    ("2007-11-04T05:30", categories),
    ("2026-10-25T00:30", categories),
    ("2026-10-24T23:30", categories),
]
PYTHON
