#!/usr/bin/env bash
# calcurse 4.7.1 (Debian's 4.7.1-1) reads a series with a number of meetings, one of them called off, and adds another
# at its end. RFC 5545 §3.3.10: COUNT is the number of occurrences of the rule; §3.8.5.1: the set is what the rule
# gives, and what EXDATE names is then taken away. So three meetings a fortnight apart without the second are two, and
# calcurse has the third of August and the seventeenth. And what it exports of a meeting with an alarm has
# TRIGGER:-P300S, where §3.3.6 has a T before seconds (the alarm was one of 15 minutes): icalendar 7.3.2 refuses it all.
# Seen: 08-17 beside 07-06 and 08-03; Invalid iCalendar duration: -P300S. recurring-ical-events 3.8.2 has two meetings.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 calcurse=4.7.1-1
dpkg-deb --extract calcurse_*.deb "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    icalendar==7.3.2 recurring-ical-events==3.8.2
"$folder/venv/bin/python" - <<'PYTHON'
import os
import subprocess
from pathlib import Path

import icalendar
import recurring_ical_events

FORTNIGHTLY = ["DTSTART:20260706T090000Z", "SUMMARY:Panel", "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3"]
ALARM = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Panel", "TRIGGER:-PT15M", "END:VALARM"]
EVENTS = {
    "all": FORTNIGHTLY,
    "called off": [*FORTNIGHTLY, "EXDATE:20260720T090000Z"],
    "alarm": ["DTSTART:20260706T090000Z", "SUMMARY:Panel", *ALARM],
}


def calcurse(name, *options):
    command = ["usr/bin/calcurse", "-D", name, "-C", name, *options]
    environment = {**os.environ, "TZ": "UTC"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def days(calendar):
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(calendar)).between("20260101", "20270101")
    return sorted(str(event.start)[5:10] for event in events)


seen, peer = {}, {}
for name, lines in EVENTS.items():
    event = ["BEGIN:VEVENT", "UID:1@example.org", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]
    calendar = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invented//EN", *event, "END:VCALENDAR", ""]
    Path("event.ics").write_bytes("\r\n".join(calendar).encode())
    peer[name] = days(Path("event.ics").read_bytes())
    Path(name).mkdir()
    report = calcurse(name, "-i", "event.ics").splitlines()[-1]
    try:
        seen[name] = report, days(calcurse(name, "-x"))
    except ValueError as error:
        seen[name] = report, str(error)
print(*seen.items(), peer, sep="\n")
assert peer == {
    "all": ["07-06", "07-20", "08-03"],
    "called off": ["07-06", "08-03"],
    "alarm": ["07-06"],
}
one = "1 app / 0 events / 0 todos / 0 skipped"
assert seen == {
    "all": (one, ["07-06", "07-20", "08-03"]),
    "called off": (one, ["07-06", "08-03", "08-17"]),
    "alarm": (one, "Invalid iCalendar duration: -P300S"),
}, "calcurse does otherwise now"
PYTHON
