"""Clock guard: after a leap of the machine's clock nothing is deleted for a day."""

from datetime import datetime, timedelta

from db.files import clock_repair
from db.operator import job_log
from db.operator.job_log import CLOCK_JUMP_TASK, TICK_TASK
from db.schema.connect import Database

MAX_LEAP = timedelta(days=7)  # since the last tick; a machine may have been off for as long, too
DISTRUST_TIME = timedelta(days=1)  # that a person has to notice, and to put the clock right


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
    if last and abs(now - last.at) > MAX_LEAP:
        job_log.save(db, CLOCK_JUMP_TASK, now, str(abs(now - last.at).days))


def is_clock_trusted(db: Database, now: datetime, but: timedelta = MAX_LEAP) -> bool:
    """Whether the clock has not leapt lately, by more than that: what cannot be undone waits until then."""
    leapt = job_log.get(db, CLOCK_JUMP_TASK)
    return not (leapt and timedelta(0) <= now - leapt.at < DISTRUST_TIME and int(leapt.details) >= but.days)
