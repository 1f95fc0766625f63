#!/usr/bin/env bash
# icalevents 0.3.1 (Python), by its page for recurring events too, passes over RDATE. RFC 5545 §3.8.5.2: it adds days to
# an event, with a rule or without one; a board that meets on days of its own is written so, and of its meetings
# icalevents has the first. §3.2.13: a RECURRENCE-ID with RANGE=THISANDFUTURE moves that occurrence and each that
# follows; it moves the one. §3.6.1: an event whose DTSTART is a date, without an end, lasts one day; its all-day event
# ends as it begins. Nothing is raised. recurring-ical-events 3.8.2 has all three right.
# Seen: 1 March alone, of three; 4 March at 10, though all from the third on are at 12; from 10 March 0:00 to 0:00.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    icalevents==0.3.1 icalendar==7.3.2 recurring-ical-events==3.8.2
"$folder/venv/bin/python" - <<'PYTHON'
import datetime as dt

import icalendar
import recurring_ical_events
from icalevents import icalevents

HOUR = ["DTSTART:20190301T100000Z", "DTEND:20190301T110000Z"]
LATER = ["DTSTART:20190303T120000Z", "DTEND:20190303T130000Z"]
EVENTS = {
    "added": [[*HOUR, "RDATE:20190315T100000Z,20190320T100000Z"]],
    "moved": [[*HOUR, "RRULE:FREQ=DAILY;COUNT=4"], [*LATER, "RECURRENCE-ID;RANGE=THISANDFUTURE:20190303T100000Z"]],
    "day": [["DTSTART;VALUE=DATE:20190310"]],
}
BEGIN, END = dt.date(2019, 3, 1), dt.date(2019, 4, 1)


def write(events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", "UID:1", "DTSTAMP:20190201T100000Z", "SUMMARY:Invented", *event, "END:VEVENT"]
    return "".join(f"{line}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def show(events):
    return sorted(f"{event.start:%d %H}-{event.end:%d %H}" for event in events)


seen, right = {}, {}
for name, events in EVENTS.items():
    data = write(events)
    seen[name] = show(icalevents.events(string_content=data, start=BEGIN, end=END))
    right[name] = show(recurring_ical_events.of(icalendar.Calendar.from_ical(data)).between(BEGIN, END))
print("icalevents", seen)
print("recurring-ical-events", right)
assert right == {
    "added": ["01 10-01 11", "15 10-15 11", "20 10-20 11"],
    "moved": ["01 10-01 11", "02 10-02 11", "03 12-03 13", "04 12-04 13"],
    "day": ["10 00-11 00"],
}
assert seen == {
    "added": ["01 10-01 11"],
    "moved": ["01 10-01 11", "02 10-02 11", "03 12-03 13", "04 10-04 11"],
    "day": ["10 00-10 00"],
}, "icalevents does otherwise now"
PYTHON
