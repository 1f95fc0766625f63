#!/usr/bin/env bash
# celery 5.6.3: a crontab schedule in a time zone with summer time does not run in the second of the two hours that have
# one name, on the night when the clocks go back. Its guide (Periodic Tasks) has crontab(minute="*/15") for every 15
# minutes and timezone for where; that night the task is not run for 75 minutes. After the last time of the first hour
# the next one is looked for by the clock on the wall, which shows these times once more, and they count as past. Who
# sends on what has queued, or watches whether a run came in time, has a gap or an alarm each October.
# Seen in Europe/London, 25 October 2026: at 00:45 UTC, then at 02:00; with timezone UTC four times between. On 29 March
# no time is left out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check celery==5.6.3 kombu==5.7.0 tzdata==2026.6
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import zoneinfo

import celery
from celery.schedules import crontab

UTC, MINUTE = datetime.timezone.utc, datetime.timedelta(minutes=1)


def runs(zone, begin):
    """The times, in UTC, at which a schedule that is asked each minute for three hours says that it is due."""
    app = celery.Celery("invented")
    app.conf.timezone = zone
    place = zoneinfo.ZoneInfo(zone)
    now = begin
    schedule = crontab(minute="*/15", app=app, nowfun=lambda: now.astimezone(place))
    last_run_at, due = schedule.now(), []
    for _ in range(180):
        now += MINUTE
        if schedule.is_due(last_run_at).is_due:
            last_run_at = schedule.now()
            due.append(f"{now:%H:%M}")
    return due


october = datetime.datetime(2026, 10, 24, 23, 55, tzinfo=UTC)
march = datetime.datetime(2026, 3, 28, 23, 55, tzinfo=UTC)
seen = {(zone, night): runs(zone, night) for zone in ("UTC", "Europe/London") for night in (october, march)}
for (zone, night), due in seen.items():
    print(f"{zone:13} {night:%d %B}", *due)
each = [f"{hour:02}:{minute:02}" for hour in range(3) for minute in (0, 15, 30, 45)]
assert seen["UTC", october] == seen["UTC", march] == seen["Europe/London", march] == each
assert seen["Europe/London", october] == each[:4] + each[8:], "celery does otherwise now"
PYTHON
