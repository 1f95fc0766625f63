#!/usr/bin/env bash
# vobject 0.9.9 (Python) reads of a vCard no more than what stands before the first comma, and writes that again. RFC
# 2426 §3.6.8: URL is a URI, as is PHOTO with VALUE=uri (§3.1.4) and SOURCE (RFC 2425 §6.1), and by RFC 3986 §2.2 a
# comma may stand in one; it is in texts that it is escaped (§4, ESCAPED-CHAR), and a comma that is not escaped divides
# the names of a NICKNAME (§3.1.3). So a council's page whose address has a comma leads elsewhere once a card was read
# and saved, and of two names one is left. In iCalendar it has addresses right, but an RDATE of VALUE=PERIOD (RFC 5545
# §3.8.5.2), an extra meeting with an end of its own, it cannot write again: who changes the title of such a series
# cannot save it. Nothing is raised when these are read. ical.js 2.2.1 (npm) reads and writes each as it is.
# Seen: https://example.org/news of https://example.org/news,12; Nora of Nora,Non; NativeError, 'tuple' object has no
# attribute 'tzinfo'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >card.vcf <<'CARD'
BEGIN:VCARD
VERSION:3.0
N:Vale;Nora;;;
FN:Nora Vale
NICKNAME:Nora,Non
URL:https://example.org/news,12
PHOTO;VALUE=uri:https://example.org/nora,1.png
NOTE:Reviews\, children
END:VCARD
CARD
cat >series.ics <<'SERIES'
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Invented//EN
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20260701T000000Z
DTSTART:20260706T090000Z
DTEND:20260706T100000Z
RDATE;VALUE=PERIOD:20260710T090000Z/PT2H
URL:https://example.org/news,12
SUMMARY:Panel
END:VEVENT
END:VCALENDAR
SERIES
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check vobject==0.9.9
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import pathlib

import vobject

card = vobject.readOne(pathlib.Path("card.vcf").read_text())
seen = [card.url.value, card.photo.value, card.nickname.value, card.note.value]
written = card.serialize()
print(seen, written, sep="\n")
assert seen == [
    "https://example.org/news", "https://example.org/nora", "Nora", "Reviews, children",
], "vobject reads cards otherwise now"
assert "URL:https://example.org/news\r\n" in written and "Non" not in written, "vobject writes cards otherwise now"

series = vobject.readOne(pathlib.Path("series.ics").read_text())
assert series.vevent.url.value == "https://example.org/news,12"
((begin, length),) = series.vevent.rdate.value
assert (begin.day, length) == (10, datetime.timedelta(hours=2))
try:
    print(series.serialize())
except vobject.base.NativeError as error:
    print(repr(error))
    assert "'tuple' object has no attribute 'tzinfo'" in str(error)
else:
    raise AssertionError("vobject writes periods now")
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" ical.js@2.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const crlf = (name) => readFileSync(name, "utf8").replaceAll("\n", "\r\n");
const card = new ICAL.Component(ICAL.parse(crlf("card.vcf")));
assert.strictEqual(card.getFirstPropertyValue("url"), "https://example.org/news,12");
assert.strictEqual(card.getFirstPropertyValue("photo"), "https://example.org/nora,1.png");
assert.deepStrictEqual(card.getFirstProperty("nickname").getValues(), ["Nora", "Non"]);
assert.ok(card.toString().includes("URL:https://example.org/news,12\r\n"));
const series = new ICAL.Component(ICAL.parse(crlf("series.ics")));
assert.ok(series.toString().includes("RDATE;VALUE=PERIOD:20260710T090000Z/PT2H\r\n"));
JS
node look.mjs
