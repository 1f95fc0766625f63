#!/usr/bin/env bash
# ics 3.12.0 (npm), which makes files of iCalendar, writes a category and the text of an alarm as they are. RFC 5545
# §3.3.11: in a text a comma, a semicolon and a backslash have a backslash before them; a comma without one divides a
# list (§3.8.1.2), so the category "Neglect, physical" is two. A quotation mark in the name of an organizer or attendee
# it writes with a backslash; §3.2: a value in quotation marks has none in it (RFC 6868 §3 has ^' for it), so the name
# ends there. And of a duration of whole weeks or days it makes P1WT and P1DT: by §3.3.6 there is an hour, a minute or a
# second behind T, and nothing behind W. Title, place and description it writes as they should be.
# Seen: Neglect and physical; Nora \ of ical.js 2.2.1; icalendar 7.3.2 (Python) drops the organizer; DURATION:P1WT.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" ics@3.12.0 ical.js@2.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import ICAL from "ical.js";
import { createEvent } from "ics";

const EVENT = {
  title: "Board; A, B",
  start: [2019, 3, 5, 10, 0],
  categories: ["Neglect, physical"],
  organizer: { name: 'Nora "Chair" Vale', email: "nora@example.org" },
  alarms: [{ action: "display", description: "Bring a, b; c", trigger: { weeks: 1, before: true } }],
};
const write = (duration) => createEvent({ ...EVENT, duration }).value;
const calendar = write({ weeks: 1 });
fs.writeFileSync("event.ics", calendar);
console.log(calendar);
const event = new ICAL.Component(ICAL.parse(calendar)).getFirstSubcomponent("vevent");
assert.strictEqual(event.getFirstPropertyValue("summary"), "Board; A, B");
const seen = {
  categories: event.getFirstProperty("categories").getValues(),
  organizer: event.getFirstProperty("organizer").getParameter("cn"),
  alarm: calendar.match(/^DESCRIPTION:(.*)\r$/m)[1],
  durations: [calendar, write({ days: 1 }), write({ hours: 1 })].map((text) => text.match(/^DURATION:(.*)\r$/m)[1]),
  trigger: calendar.match(/^TRIGGER:(.*)\r$/m)[1],
};
console.log(seen);
const told = {
  categories: ["Neglect", " physical"],
  organizer: "Nora \\",
  alarm: "Bring a, b; c",
  durations: ["P1WT", "P1DT", "PT1H"],
  trigger: "-P1WT",
};
assert.deepStrictEqual(seen, told, "ics does otherwise now");
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check icalendar==7.3.2
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

import icalendar

[event] = icalendar.Calendar.from_ical(pathlib.Path("event.ics").read_bytes()).walk("VEVENT")
print(event.errors)
assert "ORGANIZER" not in event
assert len(event.errors) == 1
PYTHON
