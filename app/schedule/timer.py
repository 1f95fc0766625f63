"""The timer of `serve`: APScheduler knocks often, each kind of work in a job of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from threading import Event, Thread
from typing import Any

from app.lock import lock
from app.schedule import knocking
from app.schedule.house import Done, House
from app.world import World
from core.errors import HouseError, Locked
from core.settings import Settings
from db.connect import connect

log = logging.getLogger("casereviews")
EVERY = timedelta(seconds=30)  # between two knocks
Work = Callable[[House, bool], Iterator[Done]]


class Stopping(BaseException):
    """It is time to end: raised where a chore would sleep, and caught by nothing that goes on."""


class Timer:
    """Knocks from its start until its end. Letters, issues and the rest do not wait for one another."""

    def __init__(self, world: World, settings: Settings, every: timedelta = EVERY) -> None:
        self._world, self._settings, self._every = world, settings, every
        self._stop = Event()
        self._scheduler = _scheduler()
        self._heard = world.clock()  # when a knock last began

    def start(self) -> None:
        """Knock now, and then again and again, in threads of its own.

        A knock that is missed, or comes while the one before is at work, is not made up for: the next does what is due.
        """
        for work in (knocking.letters, _by_the_clock, knocking.deliveries):
            self._scheduler.add_job(
                self._knock,
                "interval",
                [work],
                id=work.__name__,
                seconds=self._every.total_seconds(),
                next_run_time=self._world.now(),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,  # else a knock that is a second late is none
            )
        self._scheduler.start()

    def look(self) -> None:
        """Knock at once where none came for long: the machine's clock was set back, and APScheduler waits for it."""
        if self._world.clock() - self._heard > 3 * self._every.total_seconds():
            self._heard = self._world.clock()
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=self._world.now())

    def end(self, seconds: float) -> bool:
        """Finish what is in flight; whether that was done in so many seconds."""
        self._stop.set()
        waiting = Thread(target=self._scheduler.shutdown, name="timer-end", daemon=True)
        waiting.start()
        waiting.join(seconds)
        return not waiting.is_alive()

    def _knock(self, work: Work) -> None:
        self._heard = self._world.clock()
        try:
            released = False
            with closing(connect(self._settings.database)) as db:  # each thread opens its own
                for done in work(House(self._for(work), self._settings, db, self._stop), True):
                    log.log(logging.WARNING if done.error else logging.INFO, "%s", done.words)
                    released = released or (work is _by_the_clock and not done.error)
            if released and not self._stop.is_set():  # an issue, perhaps: it need not wait for the next knock
                self._scheduler.modify_job(knocking.deliveries.__name__, next_run_time=self._world.now())
        except Locked as e:
            log.debug("%s", e)  # another process does it
        except Stopping:
            log.debug("stopped while it waited")
        except Exception as e:  # the database cannot be opened, say: the next knock may fare better
            log.error("%s", e if isinstance(e, HouseError) else f"unexpected: {type(e).__name__}: {e}")
            log.debug("the knock failed", exc_info=True)

    def _for(self, work: Work) -> World:
        """The world of a job. Deliveries look at `stop` themselves; the other chores are stopped where they sleep."""
        return self._world if work is knocking.deliveries else replace(self._world, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopping


def _by_the_clock(house: House, patient: bool) -> Iterator[Done]:
    with lock(house.settings.data_dir, "scheduler"):
        yield from knocking.by_the_clock(house, patient)


def _scheduler() -> Any:
    """APScheduler, quiet: it would warn whenever a knock finds the one before still at work."""
    from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]  # it ships none

    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    return BackgroundScheduler(timezone=UTC)
