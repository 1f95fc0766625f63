"""The timer of `serve`: APScheduler knocks often, each kind of work in a job of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from threading import Event, Lock, Thread
from typing import Any

from app import logs
from app.lock import lock
from app.schedule import knocking
from app.schedule.house import Done, House
from app.world import World
from core.errors import HouseError, Locked
from core.settings import Settings
from db.connect import connect, trouble

log = logging.getLogger("casereviews")
EVERY = timedelta(seconds=30)  # between two knocks
SOON = timedelta(seconds=1)  # not at once: APScheduler leaves out a knock that comes before the last one is over
Work = Callable[[House, bool], Iterator[Done]]


class Stopping(BaseException):
    """It is time to end: raised where a chore would sleep, and caught by nothing that goes on."""


class Timer:
    """Knocks from its start until its end. Letters, issues and the rest do not wait for one another."""

    def __init__(self, world: World, settings: Settings, every: timedelta = EVERY) -> None:
        self._world, self._every = world, every
        self._at = settings, Event()  # set to end the knocks that have these settings
        self._scheduler = _scheduler()
        self._heard = world.clock()  # when a knock last began
        self._failing = dict[str, str]()  # work, and why it cannot be done, as it was said
        self._telling = Lock()

    def start(self) -> None:
        """Knock now, and then again and again, in threads of its own.

        A knock that is missed, or comes while the one before is at work, is not made up for: the next does what is due.
        """
        for work in (knocking.beat, knocking.letters, _by_the_clock, knocking.deliveries):
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

    def prepared(self, settings: Settings) -> Callable[[], None]:
        """What takes other settings: the knocks at work end after what is in flight, and the next ones go on."""

        def take() -> None:
            before, self._at = self._at, (settings, Event())
            before[1].set()
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=self._world.now())

        return take

    def end(self, seconds: float) -> bool:
        """Finish what is in flight; whether that was done in so many seconds."""
        self._at[1].set()
        waiting = Thread(target=self._scheduler.shutdown, name="timer-end", daemon=True)
        waiting.start()
        waiting.join(seconds)
        return not waiting.is_alive()

    def _knock(self, work: Work) -> None:
        self._heard = self._world.clock()
        with logs.bound(run=self._world.token()[:8]):
            self._do(work)

    def _do(self, work: Work) -> None:
        settings, stop = self._at
        try:
            released = False
            with closing(connect(settings.database)) as db:  # each thread opens its own
                for done in work(House(self._for(work, stop), settings, db, stop), True):
                    level = logging.WARNING if done.error else logging.INFO
                    log.log(level, "%s", done.words, extra={"chore": done.chore})
                    released = released or (work is _by_the_clock and not done.error)
            if released and not stop.is_set():  # an issue, perhaps: it need not wait for the next knock
                self._scheduler.modify_job(knocking.deliveries.__name__, next_run_time=self._world.now())
        except Locked as e:
            log.debug("%s", e)  # another process does it
        except Stopping:
            log.debug("stopped while it waited")
        except Exception as e:  # the database cannot be opened, say: the next knock may fare better
            self._tell(work, e)
        else:
            if self._failing.pop(work.__name__, None) and not self._failing:
                log.info("the timer works again")
        if stop.is_set() and not self._at[1].is_set():  # it was ended for other settings, and goes on with them
            self._scheduler.modify_job(work.__name__, next_run_time=self._world.now() + SOON)

    def _tell(self, work: Work, error: Exception) -> None:
        """Say why knocks fail once, not with each: a disk may be full for days."""
        ours = error if isinstance(error, HouseError) else trouble(error)
        words = str(ours or f"unexpected: {type(error).__name__}: {error}")
        what = ours.what if ours else words  # of a full disk SQLite says one thing now, another then
        with self._telling:
            known = what in self._failing.values()
            self._failing[work.__name__] = what
        log.log(logging.DEBUG if known else logging.ERROR, "%s", words)
        log.debug("the tick failed", exc_info=error)

    def _for(self, work: Work, stop: Event) -> World:
        """The world of a job. Deliveries look at `stop` themselves; the other chores are stopped where they sleep."""
        return self._world if work is knocking.deliveries else awake(self._world, stop)


def awake(world: World, stop: Event) -> World:
    """A world in which nobody sleeps on when it is time to stop."""

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise Stopping

    return replace(world, sleep=sleep)


def _by_the_clock(house: House, patient: bool) -> Iterator[Done]:
    with lock(house.settings.data_dir, "scheduler"):
        yield from knocking.by_the_clock(house, patient)


def _scheduler() -> Any:
    """APScheduler, quiet: it would warn whenever a knock finds the one before still at work."""
    from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]  # it ships none

    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    return BackgroundScheduler(timezone=UTC)
