"""Clock guard: after a leap of the machine's clock nothing is deleted for a day; by one that is behind nothing is done.

Nobody can tell a clock that is wrong from one that was. But one that was ahead is mostly put right soon, and one that
starts in the past (a flat battery, no network yet) has all days of the house before it: where the timer ran on each of
several days to come, the clock of now is doubted. For a day nothing is done then, so that a person may put it right; if
nobody does, it is believed, and what lies ahead of it is repaired.
"""

import json
from datetime import datetime, timedelta

from core.actions import terminal_action
from core.dates import day_name
from core.errors import HouseError
from db.files import clock_repair
from db.operator import job_log
from db.operator.job_log import CLOCK_BEHIND_TASK, CLOCK_DAYS_TASK, CLOCK_JUMP_TASK, TICK_TASK
from db.schema.connect import Database

MAX_LEAP = timedelta(days=7)  # since the last tick; a machine may have been off for as long, too
DISTRUST_TIME = timedelta(days=1)  # that a person has to notice, and to put the clock right
WITNESSES = 3  # days of ticks, all to come, that speak against the clock of now


def is_clock_behind(db: Database, now: datetime) -> bool:
    """Whether the clock of now is doubted, and nothing is to be done by it."""
    days = job_log.get(db, CLOCK_DAYS_TASK)
    if not days or days.at - now <= clock_repair.TOLERANCE:  # nearly always
        return False
    since, witnesses = job_log.get(db, CLOCK_BEHIND_TASK), json.loads(days.details)
    all_to_come = min(witnesses) > (now + clock_repair.TOLERANCE).date().isoformat()
    is_believed = since is not None and now - since.at >= DISTRUST_TIME
    return len(witnesses) == WITNESSES and all_to_come and not is_believed


def refuse_doubted_clock(db: Database, now: datetime) -> None:
    """Raises HouseError while the clock of now is doubted: for a person who wonders why nothing is done."""
    if (days := job_log.get(db, CLOCK_DAYS_TASK)) and is_clock_behind(db, now):
        which = f"it shows {day_name(now.date())}, and the timer ran on {day_name(days.at.date())}; nothing was done"
        command = "Set it right, as with: timedatectl set-ntp true; if it is right, all goes on in a day"
        raise HouseError("the clock is behind", which, action=terminal_action("How the clock is set right", command))


def doubt_clock(db: Database, now: datetime) -> bool:
    """Write down since when the clock is doubted; whether it was not before. Inside the caller's transaction."""
    since = job_log.get(db, CLOCK_BEHIND_TASK)
    if is_new := not since or since.at > now:
        job_log.save(db, CLOCK_BEHIND_TASK, now)
    return is_new


def record_clock(db: Database, now: datetime) -> None:
    """Write down whether the clock has leapt since the last tick, and put right what was written while it was ahead.

    What is put right is looked for after a leap back, and with the first tick of a day. Inside the transaction that
    writes down this tick.
    """
    last = job_log.get(db, TICK_TASK)
    if last and last.at - now > clock_repair.TOLERANCE:
        clock_repair.clamp_event_times(db, now)
    if not last or last.at > now or last.at.date() < now.date():
        clock_repair.repair_future_times(db, now)
    if job_log.get(db, CLOCK_BEHIND_TASK):
        job_log.delete(db, CLOCK_BEHIND_TASK)
    days = job_log.get(db, CLOCK_DAYS_TASK)
    if not days or days.at.date() != now.date():
        witnesses = [*(json.loads(days.details) if days else []), now.date().isoformat()]
        job_log.save(db, CLOCK_DAYS_TASK, now, json.dumps(witnesses[-WITNESSES:]))
    if last and abs(now - last.at) > MAX_LEAP:
        job_log.save(db, CLOCK_JUMP_TASK, now, str(abs(now - last.at).days))


def is_clock_trusted(db: Database, now: datetime, but: timedelta = MAX_LEAP) -> bool:
    """Whether the clock has not leapt lately, by more than that: what cannot be undone waits until then."""
    leapt = job_log.get(db, CLOCK_JUMP_TASK)
    return not (leapt and timedelta(0) <= now - leapt.at < DISTRUST_TIME and int(leapt.details) >= but.days)
