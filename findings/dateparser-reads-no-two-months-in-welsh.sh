#!/usr/bin/env bash
# dateparser 1.5.0 (Python), by its page for dates in more than 200 language locales with data of CLDR, reads in Welsh
# one of the forms that CLDR (cy, fields) has for a time that is past or to come, that of "other" numbers. A number
# changes the word behind it in Welsh, and of 2 months, 2 days or 2 years ago, of one year ago, and of one, two or three
# to come it knows none: it answers None for 2 fis yn ôl, 2 ddiwrnod yn ôl, blwyddyn yn ôl, ymhen 3 blynedd.
# So of a list that says when each page was changed some lines have a day, and others none. Babel 2.19.0 writes each.
# Seen: a day for 10 of each, and for 3 mis yn ôl; None for what has another form, 11 of the 24 that were asked.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    dateparser==1.5.0 Babel==2.19.0 python-dateutil==2.9.0.post0 pytz==2026.6 regex==2026.11.19 tzlocal==5.4.5
"$folder/venv/bin/python" - <<'PYTHON'
import datetime as dt

import dateparser
from babel.dates import format_timedelta

NOW = dt.datetime(2019, 6, 15, 12)
LENGTHS = {"year": dt.timedelta(days=365, hours=12), "month": dt.timedelta(days=30), "day": dt.timedelta(days=1)}
read, unread = [], []
for unit, length in LENGTHS.items():
    for count in (1, 2, 3, 10):
        for sign in (-1, 1):
            words = format_timedelta(
                sign * count * length, unit, threshold=1e6, add_direction=True, format="long", locale="cy"
            )
            day = dateparser.parse(words, languages=["cy"], settings={"RELATIVE_BASE": NOW})
            print(words, day)
            (read if day else unread).append(words)
print(len(read), len(unread))
assert "5 mlynedd" in format_timedelta(5 * LENGTHS["year"], "year", threshold=1e6, add_direction=True, locale="cy")
assert dateparser.parse("3 months ago", languages=["en"])
assert unread == [
    "blwyddyn yn ôl", "ymhen blwyddyn", "2 flynedd yn ôl", "ymhen 2 flynedd", "ymhen 3 blynedd",
    "ymhen mis", "2 fis yn ôl", "ymhen deufis",
    "ymhen diwrnod", "2 ddiwrnod yn ôl", "ymhen deuddydd",
], "dateparser does otherwise now"
PYTHON
