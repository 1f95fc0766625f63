"""Whether the machine's clock is to be believed: after a leap it is given a day before anything is deleted by it."""

from datetime import datetime, timedelta

from app.schedule.plan import KNOCK
from db import ahead, chores
from db.connect import Database

JUMPED = "jumped"  # the task in the table of chores: when a knock found that the clock had leapt
LEAP = timedelta(days=7)  # since the last knock; a machine may have been off for as long, too
DOUBT = timedelta(days=1)  # that a person has to notice, and to put the clock right


def note(db: Database, now: datetime) -> None:
    """Write down whether the clock has leapt since the last knock, and put right what was written while it was ahead.

    What is put right is looked for after a leap back, and with the first knock of a day. Inside the transaction that
    writes down this knock.
    """
    last = chores.get(db, KNOCK)
    if last and last.at - now > ahead.DAY:
        ahead.happened_by_now(db, now)
    if not last or last.at > now or last.at.date() < now.date():
        ahead.put_right(db, now)
    if last and abs(now - last.at) > LEAP:
        chores.keep(db, JUMPED, "", now, str(abs(now - last.at).days))


def believed(db: Database, now: datetime, but: timedelta = LEAP) -> bool:
    """Whether the clock has not leapt lately, by more than that: what cannot be undone waits until then."""
    leapt = chores.get(db, JUMPED)
    return not (leapt and timedelta(0) <= now - leapt.at < DOUBT and int(leapt.words) >= but.days)
