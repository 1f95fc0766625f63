#!/usr/bin/env bash
# calendar-link 2.11.5 (npm): the file that its ics() makes of an event is by its page a standard one, but one of a
# whole day has no day in it. RFC 5545 §3.8.2.4 and §3.3.4: a DTSTART that is a date says VALUE=DATE, and without that
# it is a date with a time (§3.3.5); it writes DTSTART:20190305. And §3.3.11: in a text a comma, a semicolon and a
# backslash have a backslash before them. It writes them as they are, so that a backslash and what stands behind it are
# an escape to who reads the file, and the \n of a path is a new line.
# Seen: DTSTART:20190305, of which ical.js 2.2.1 makes an invalid date-time; \reports\new becomes \reports, ew.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" calendar-link@2.11.5 ical.js@2.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import { ics } from "calendar-link";
import ICAL from "ical.js";

const TEXT = "See \\reports\\new; one, two";
const address = ics({ title: "Board", description: TEXT, start: "2019-03-05", end: "2019-03-06", allDay: true });
const calendar = decodeURIComponent(address.slice(address.indexOf(",") + 1));
console.log(calendar);
assert.match(calendar, /\r?\nDTSTART:20190305\r?\n/, "calendar-link does otherwise now");
assert(calendar.includes(`DESCRIPTION:${TEXT}`), "calendar-link does otherwise now");
const event = new ICAL.Component(ICAL.parse(calendar)).getFirstSubcomponent("vevent");
const description = event.getFirstPropertyValue("description");
console.log(JSON.stringify(description));
assert.strictEqual(description, "See \\reports\new; one, two");
assert.throws(() => event.getFirstPropertyValue("dtstart"), /invalid date-time value/);
JS
node look.mjs
