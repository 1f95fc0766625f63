#!/usr/bin/env bash
# ts-ics 2.4.6 (npm), which by its page aims to be fully compliant with RFC 5545, keeps the last of what an event has
# several of, though ATTACH, CATEGORIES and COMMENT may each occur more than once (§3.6.1): of two reports attached one
# is gone. It ends a name in quotation marks at its semicolon (§3.2: they are there for that), divides a category at an
# escaped comma (§3.3.11), and does not know dtstart in small letters (§2): such an event has no beginning. What it
# then writes of that name is no field any more. Nothing is raised. ical.js 2.2.1 reads all of it.
# Seen: two.pdf alone, ["Baby"] of two lines; name "\"Vale"; ["Neglect\\", " physical"]; start undefined;
# ORGANIZER;CN="Vale:MAILTO:…, whose quotation does not end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" ts-ics@2.4.6 ical.js@2.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import ICAL from "ical.js";
import { convertIcsCalendar, generateIcsCalendar } from "ts-ics";

const BASE = "https://example.org";
const FIELDS = {
  several: [
    "DTSTART:20261129T090000Z",
    `ATTACH:${BASE}/one.pdf`,
    `ATTACH:${BASE}/two.pdf`,
    "CATEGORIES:Neglect",
    "CATEGORIES:Baby",
  ],
  quoted: ["DTSTART:20261129T090000Z", 'ORGANIZER;CN="Vale; Ashcombe":mailto:a@example.org'],
  escaped: ["DTSTART:20261129T090000Z", "CATEGORIES:Neglect\\, physical"],
  small: ["dtstart:20261129T090000Z"],
};
const seen = {};
const peer = {};
for (const [name, fields] of Object.entries(FIELDS)) {
  const event = ["BEGIN:VEVENT", "UID:1@example.org", "DTSTAMP:20261101T000000Z", ...fields, "END:VEVENT"];
  const text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//EN", ...event, "END:VCALENDAR", ""].join("\r\n");
  const calendar = convertIcsCalendar(undefined, text);
  const [{ attach, categories, organizer, start }] = calendar.events;
  const written = generateIcsCalendar(calendar).split("\r\n").find((line) => line.startsWith("ORGANIZER"));
  seen[name] = [attach, categories, organizer?.name, written, start?.date.toISOString()];
  const read = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent");
  const all = (property) => read.getAllProperties(property).flatMap((one) => one.getValues());
  const begins = read.getFirstPropertyValue("dtstart").toJSDate().toISOString();
  peer[name] = [all("attach"), all("categories"), read.getFirstProperty("organizer")?.getFirstParameter("cn"), begins];
}
console.log(seen);
const start = "2026-11-29T09:00:00.000Z";
assert.deepStrictEqual(peer, {
  several: [[`${BASE}/one.pdf`, `${BASE}/two.pdf`], ["Neglect", "Baby"], undefined, start],
  quoted: [[], [], "Vale; Ashcombe", start],
  escaped: [[], ["Neglect, physical"], undefined, start],
  small: [[], [], undefined, start],
});
assert.deepStrictEqual(
  seen,
  {
    several: [`${BASE}/two.pdf`, ["Baby"], undefined, undefined, start],
    quoted: [undefined, undefined, '"Vale', 'ORGANIZER;CN="Vale:MAILTO:a@example.org', start],
    escaped: [undefined, ["Neglect\\", " physical"], undefined, undefined, start],
    small: [undefined, undefined, undefined, undefined, undefined],
  },
  "ts-ics does otherwise now",
);
JS
node look.mjs
