#!/usr/bin/env bash
# ical 14.3.1 (Python) takes the hours of a zone that has no summer time for those of UTC, where the calendar describes
# the zone itself. RFC 5545 §3.6.5: an observance holds from its DTSTART on, and RRULE and RDATE are optional; who lives
# by one offset needs neither, and so Outlook describes India Standard Time, whose name is not of the IANA's list. An
# event at nine there is at nine UTC to it, five and a half hours late, and is written again as that, with a Z. With an
# RDATE that says DTSTART once more it is right. It also writes RELATED-TO with RELTYPE=CHILD as PARENT (§3.2.15), which
# turns the relation round, and divides a category at its escaped comma (§3.3.11), even one that it has written. Nothing
# is raised.
# Seen: 09:00+00:00 and DTSTART:20260705T090000Z for 09:00+05:30; RELTYPE=PARENT; Reviews\, children and Vale for two.
# icalendar 7.3.2 reads all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check ical==14.3.1 icalendar==7.3.2
"$folder/venv/bin/python" - <<'PYTHON'
import icalendar
from ical.calendar_stream import IcsCalendarStream

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//Invented//EN
BEGIN:VTIMEZONE
TZID:{zone}
{observances}
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20260101T000000Z
DTSTART;TZID={zone}:20260705T090000
DTEND;TZID={zone}:20260705T100000
SUMMARY:Invented
{more}
END:VEVENT
END:VCALENDAR
"""
OBSERVANCE = "BEGIN:STANDARD\nDTSTART:{start}\nTZOFFSETFROM:{before}\nTZOFFSETTO:{after}\n{more}END:STANDARD"
MORE = ("RELATED-TO;RELTYPE=CHILD:2@example.org", r"CATEGORIES:Reviews\, children,Vale")


def observance(start, before, after, more=""):
    return OBSERVANCE.format(start=start, before=before, after=after, more=more)


ZONES = {
    "named": ("Asia/Kolkata", observance("16010101T000000", "+0530", "+0530")),
    "own": ("India Standard Time", observance("16010101T000000", "+0530", "+0530")),
    "changed": ("Own", observance("19700101T000000", "+0500", "+0530")),
    "once": ("Own", observance("16010101T000000", "+0530", "+0530", "RDATE:16010101T000000\n")),
}

seen = {}
for kind, (zone, observances) in ZONES.items():
    text = CALENDAR.format(zone=zone, observances=observances, more="\n".join(MORE)).replace("\n", "\r\n")
    calendar = IcsCalendarStream.calendar_from_ics(text)
    written = IcsCalendarStream.calendar_to_ics(calendar).split("BEGIN:VEVENT")[1].splitlines()
    seen[kind] = (calendar.events[0].dtstart.isoformat(), next(line for line in written if line.startswith("DTSTART")))
    peer = icalendar.Calendar.from_ical(text).events[0]
    assert peer.DTSTART.isoformat() == "2026-07-05T09:00:00+05:30"
    assert peer["RELATED-TO"].params["RELTYPE"] == "CHILD"
    assert [str(name) for name in peer.categories] == ["Reviews, children", "Vale"]
related = [line for line in written if line.startswith("RELATED-TO")]
categories = calendar.events[0].categories
print(*seen.items(), related, categories, sep="\n")
assert seen == {
    "named": ("2026-07-05T09:00:00+05:30", "DTSTART;TZID=Asia/Kolkata:20260705T090000"),
    "own": ("2026-07-05T09:00:00+00:00", "DTSTART:20260705T090000Z"),
    "changed": ("2026-07-05T09:00:00+00:00", "DTSTART:20260705T090000Z"),
    "once": ("2026-07-05T09:00:00+05:30", "DTSTART;TZID=Own:20260705T090000"),
}, "ical does otherwise now"
assert related == ["RELATED-TO;RELTYPE=PARENT:2@example.org"], "ical does otherwise now"
assert categories == ["Reviews\\", " children", "Vale"], "ical does otherwise now"
PYTHON
