#!/usr/bin/env bash
# APScheduler 3.11.3 takes a range of month or weekday names with a step, jan-dec/3, and leaves the step out: a job for
# each quarter runs each month. Its guide (triggers.cron, expression types) has a-b/c for any field, each c-th value of
# the range, and says that the fields month and day_of_week accept these names; with numbers, 1-12/3, it does so. What
# stands behind a name is never looked at, in from_crontab as little: "mon fri", a comma forgotten, is Monday alone,
# where 0 4 is refused. Nothing is raised; str() of the trigger tells, where somebody reads it.
# Seen: month jan-dec/3 on the 1st: 12 runs a year, 1-12/3: 4. day_of_week mon-fri/2: 261 of 2026, 0-4/2: 156.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check apscheduler==3.11.3 tzlocal==5.4.5
"$folder/venv/bin/python" - <<'PYTHON'
import datetime

from apscheduler.triggers.cron import CronTrigger

UTC = datetime.timezone.utc
BEGIN, END = datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 12, 31, 23, tzinfo=UTC)


def count(trigger):
    """How often this trigger fires in 2026."""
    fired = trigger.get_next_fire_time(None, BEGIN)
    times = 0
    while fired and fired <= END:
        times += 1
        fired = trigger.get_next_fire_time(fired, fired)
    return times


def refused(**fields):
    try:
        CronTrigger(timezone=UTC, **fields)
    except ValueError as error:
        return str(error)


triggers = {
    "month 1-12/3": CronTrigger(month="1-12/3", day=1, timezone=UTC),
    "month jan-dec/3": CronTrigger(month="jan-dec/3", day=1, timezone=UTC),
    "0 9 1 jan-dec/3 *": CronTrigger.from_crontab("0 9 1 jan-dec/3 *", UTC),
    "day_of_week 0-4/2": CronTrigger(day_of_week="0-4/2", timezone=UTC),
    "day_of_week mon-fri/2": CronTrigger(day_of_week="mon-fri/2", timezone=UTC),
    "day_of_week mon,fri": CronTrigger(day_of_week="mon,fri", timezone=UTC),
    "day_of_week mon fri": CronTrigger(day_of_week="mon fri", timezone=UTC),
}
seen = {name: count(trigger) for name, trigger in triggers.items()}
print(seen, triggers["month jan-dec/3"], refused(day_of_week="0 4"))
mondays, fridays, weekdays, monday_wednesday_friday = 52, 52, 261, 156
assert refused(day_of_week="0 4") == 'Unrecognized expression "0 4" for field "day_of_week"'
assert str(triggers["month jan-dec/3"]) == "cron[month='jan-dec', day='1']", "APScheduler does otherwise now"
assert seen == {
    "month 1-12/3": 4,
    "month jan-dec/3": 12,
    "0 9 1 jan-dec/3 *": 12,
    "day_of_week 0-4/2": monday_wednesday_friday,
    "day_of_week mon-fri/2": weekdays,
    "day_of_week mon,fri": mondays + fridays,
    "day_of_week mon fri": mondays,
}, "APScheduler does otherwise now"
PYTHON
