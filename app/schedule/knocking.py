"""The knock: whatever is due is done once, each chore by itself."""

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from threading import Event

from app import notices
from app.lock import lock
from app.schedule import clock
from app.schedule.chores import BOUNCES, COPYING, FORGETTING, LINKS, READING, TELLING
from app.schedule.house import Chore, Done, House
from app.schedule.mailing import DELIVERY, POSTING, REPORTS
from app.schedule.monthly import issue_chores
from app.schedule.plan import BEAT, FAILING, KNOCK, SERVE, SET_BACK, SLACK, TICK, TRIED
from app.world import World
from core.errors import HouseError, Locked, MailDown
from core.settings import Settings
from db import chores
from db.connect import Database, trouble, write

log = logging.getLogger("casereviews")
REST = timedelta(minutes=10)  # before the timer tries again what failed
PATIENCE = timedelta(minutes=30)  # a mail server away for less is no news


def knock(world: World, settings: Settings, db: Database, dry: bool = False, stop: Event | None = None) -> list[str]:
    """Do whatever is due, delivery included; a sentence for each thing done, or to be done in a dry run.

    Raises Locked while another process does the chores.
    """
    house = House(world, settings, db, stop or Event())
    return due(house) if dry else [done.words for done in everything(house)]


def due(house: House) -> list[str]:
    """What a knock would begin with now; writes nothing."""
    return [words for chore in (POSTING, *_by_the_clock(house), DELIVERY, REPORTS) for words in chore.due(house)]


def everything(house: House) -> Iterator[Done]:
    """A whole knock: what cron and systemd users run. Raises Locked while another process does the chores."""
    with lock(house.settings.data_dir, "scheduler"):
        yield from letters(house)
        yield from by_the_clock(house)
    yield from deliveries(house)


def letters(house: House, patient: bool = False) -> Iterator[Done]:
    """Send the letters that somebody waits for now. `patient`: what failed rests before it is tried again."""
    yield from _each(house, [POSTING], patient)


def deliveries(house: House, patient: bool = False) -> Iterator[Done]:
    """Send what is due of the issues that are being sent, and say what became of them."""
    yield from _each(house, [DELIVERY, REPORTS], patient)


def by_the_clock(house: House, patient: bool = False) -> Iterator[Done]:
    """All other chores. Whoever calls holds the scheduler's lock."""
    _knocked(house, SERVE if patient else TICK)
    done = []
    for chore in _by_the_clock(house):
        done.append(chore.name)
        yield from _each(house, [chore], patient)
    for name in chores.listing(house.db, FAILING):
        if name not in (POSTING.name, DELIVERY.name, REPORTS.name, *done):
            _works_again(house, name)  # an issue settled by hand or out of time; a job that has another name by now


def beat(house: House, patient: bool = False) -> Iterator[Done]:
    """Write down that the timer lives, while its chores take as long as they take."""
    with write(house.db):
        chores.keep(house.db, BEAT, "", house.now)
    yield from ()


def _knocked(house: House, who: str) -> None:
    """Write down the knock; and where the clock is behind the one before, from when it was put back."""
    now, last = house.now, chores.get(house.db, KNOCK)
    with write(house.db):
        clock.note(house.db, now)
        if last and last.at - now > SLACK:
            chores.keep(house.db, SET_BACK, "", now, last.at.isoformat())
        chores.keep(house.db, KNOCK, "", now, who)


def _by_the_clock(house: House) -> Iterator[Chore]:
    yield READING
    yield from issue_chores(house)  # as things stand after the reading
    yield from (LINKS, FORGETTING, COPYING, BOUNCES, TELLING)


def _each(house: House, these: Iterable[Chore], patient: bool) -> Iterator[Done]:
    for chore in these:
        if house.stop.is_set():
            return
        yield from _one(house, chore, patient)


def _one(house: House, chore: Chore, patient: bool) -> Iterator[Done]:
    """Do a chore if it is due. One that fails is told once, until it works again, and stops no other."""
    tried = chores.get(house.db, TRIED, chore.name)
    if patient and tried and timedelta(0) <= house.now - tried.at < REST:
        return
    try:
        if any(chore.due(house)):
            for said in chore.do(house):
                yield Done(chore.name, str(said), said if isinstance(said, HouseError) else None)
        elif not chore.over(house):
            return
        if tried:
            _works_again(house, chore.name)
    except Locked as e:
        log.debug("%s: %s", chore.name, e)  # another run is at it: it is looked at again with the next knock
    except Exception as e:  # whatever it is, it must not stop the others, nor go unnoticed
        log.debug("%s failed", chore.name, exc_info=True)
        why = e if isinstance(e, HouseError) else trouble(e) or HouseError("unexpected", f"{type(e).__name__}: {e}")
        yield Done(chore.name, f"{chore.name} failed: {why}", why)
        _note_failure(house, chore.name, why)


def _note_failure(house: House, name: str, why: HouseError) -> None:
    try:
        now = house.now
        since = known.at if (known := chores.get(house.db, FAILING, name)) else now
        with write(house.db):
            chores.keep(house.db, FAILING, name, since, str(why))
            chores.keep(house.db, TRIED, name, now)
        if not isinstance(why, MailDown) or now - since >= PATIENCE:
            lines = [f"{why}", "", "It is tried again by itself. See: casereviews status"]
            notices.once(house.world, house.settings, house.db, f"failing {name}", f"{name} failed", lines)
    except HouseError as e:  # the database itself, say
        log.error("the failure of %s could not be written down: %s", name, e)


def _works_again(house: House, name: str) -> None:
    with write(house.db):
        chores.drop(house.db, FAILING, name)
        chores.drop(house.db, TRIED, name)
    notices.forget(house.db, f"failing {name}")
