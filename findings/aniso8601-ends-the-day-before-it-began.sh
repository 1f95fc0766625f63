#!/usr/bin/env bash
# aniso8601 10.0.1 (Python) reads the end of a day as its beginning. ISO 8601:2004, the edition that its README names,
# §4.2.3: midnight may be 00:00 or 24:00, and 24:00 is the end of the day that is named, which coincides with 00:00 of
# the next one. 2019-05-01T24:00 comes out as 00:00 of the first of May, a day early, and no part of it tells so. What
# was open all day was so open for no time, and a deadline at the end of a day is over when the day begins. Nothing is
# raised. dateutil 2.9.0.post0 (isoparse) and arrow 1.4.0 have the second of May.
# Seen: 2019-05-01 00:00:00, and an interval of 0:00:00; the others 2019-05-02 00:00:00.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    aniso8601==10.0.1 python-dateutil==2.9.0.post0 arrow==1.4.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import datetime

import aniso8601
import arrow
from dateutil.parser import isoparse

DAY, NEXT = datetime.datetime(2019, 5, 1), datetime.datetime(2019, 5, 2)
written = ["2019-05-01T24:00", "2019-05-01T24:00:00", "20190501T24"]
seen = [aniso8601.parse_datetime(text) for text in written]
begin, end = aniso8601.parse_interval("2019-05-01T00:00/2019-05-01T24:00")
peers = [isoparse(written[0]), arrow.get(written[0]).naive]
print(*seen, end - begin, *peers, sep="\n")
assert peers == [NEXT, NEXT]
assert seen == [DAY, DAY, DAY], "aniso8601 does otherwise now"
assert end - begin == datetime.timedelta(0), "aniso8601 does otherwise now"
PYTHON
