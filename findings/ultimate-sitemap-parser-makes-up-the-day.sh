#!/usr/bin/env bash
# ultimate-sitemap-parser 1.8.1 fills a lastmod that names a month or a year alone with today's day, or day and month:
# each page of January 2019 has changed on the 29th of it when that is read on a 29th, and on the 30th the day after.
# sitemaps.org (lastmod) takes the date from W3C Datetime, which has YYYY and YYYY-MM among its forms. What comes out is
# a date like any other: whoever asks for pages that have changed since the last visit gets all of these each day of
# that month. Complete dates are read rightly.
# Seen: 2019-01 has the day, 2019 the month and the day on which it is read; 2019-01-05 is the 5th of January.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    ultimate-sitemap-parser==1.8.1 python-dateutil==2.9.0.post0
"$folder/venv/bin/python" - <<'PYTHON'
import datetime

from dateutil.relativedelta import relativedelta
from usp.tree import sitemap_from_str

DATES = ["2019-01-05", "2019-01", "2019"]
pages = "".join(f"<url><loc>https://example.org/{date}</loc><lastmod>{date}</lastmod></url>" for date in DATES)


def read():
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}</urlset>'
    return [page.last_modified.date() for page in sitemap_from_str(text).all_pages()]


before = datetime.date.today()
seen = read()
today = datetime.date.today()
if today != before:  # midnight came between
    seen = read()
print("today", today, *map(str, seen))
assert seen == [
    datetime.date(2019, 1, 5),
    datetime.date(2019, 1, today.day),
    today + relativedelta(year=2019),
], "ultimate-sitemap-parser does otherwise now"
PYTHON
