"""Timer of serve: APScheduler ticks often, each kind of work as a job of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from threading import Event, Lock, Thread
from typing import Any

from app.runtime.lock import process_lock
from app.scheduler import tick
from app.scheduler.job_context import JobContext, JobResult
from core.config.schema import Settings
from core.errors import HouseError, LockHeld
from core.log_fields import bind_log_fields
from core.side_effects import SideEffects
from db.schema.connect import as_store_error, connect

log = logging.getLogger("casereviews")
TICK_INTERVAL = timedelta(seconds=30)  # between two ticks
RESTART_DELAY = timedelta(seconds=1)  # not at once: APScheduler leaves out a tick that comes before the last is over
JobRunner = Callable[[JobContext, bool], Iterator[JobResult]]


class StopRequested(BaseException):
    """It is time to end: raised where a job would sleep, and caught by nothing that goes on."""


class Timer:
    """Ticks from its start until its end. Emails, issues and the rest do not wait for one another."""

    def __init__(self, effects: SideEffects, settings: Settings, every: timedelta = TICK_INTERVAL) -> None:
        self._effects, self._every = effects, every
        self._at = settings, Event()  # set to end the ticks that have these settings
        self._scheduler = _make_scheduler()
        self._last_tick = effects.clock()  # when a tick last began
        self._failing = dict[str, str]()  # work, and why it cannot be done, as it was said
        self._failure_lock = Lock()

    def start(self) -> None:
        """Tick now, and then again and again, in threads of its own.

        A tick that is missed, or comes while the one before is at work, is not made up for: the next does what is due.
        """
        for work in (
            tick.record_heartbeat,
            tick.run_transactional,
            _run_scheduled,
            tick.run_deliveries,
            _run_outside,
            tick.run_walks,
        ):
            self._scheduler.add_job(
                self._run_tick,
                "interval",
                [work],
                id=work.__name__,
                seconds=self._every.total_seconds(),
                next_run_time=self._effects.now(),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,  # else a tick that is a second late is none
            )
        self._scheduler.start()

    def look(self) -> None:
        """Tick at once where none came for long: the machine's clock was set back, and APScheduler waits for it."""
        if self._effects.clock() - self._last_tick > 3 * self._every.total_seconds():
            self._last_tick = self._effects.clock()
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=self._effects.now())

    def prepare_reload(self, settings: Settings) -> Callable[[], None]:
        """What takes other settings: the ticks at work end after what is in flight, and the next ones go on."""

        def take() -> None:
            before, self._at = self._at, (settings, Event())
            before[1].set()
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=self._effects.now())

        return take

    def halt(self) -> None:
        """Begin nothing more."""
        self._at[1].set()

    def end(self, seconds: float) -> bool:
        """Finish what is in flight; whether that was done in so many seconds."""
        self.halt()
        waiting = Thread(target=self._scheduler.shutdown, name="timer-end", daemon=True)
        waiting.start()
        waiting.join(seconds)
        return not waiting.is_alive()

    def _run_tick(self, work: JobRunner) -> None:
        self._last_tick = self._effects.clock()
        with bind_log_fields(run=self._effects.token()[:8]):
            self._do(work)

    def _do(self, work: JobRunner) -> None:
        settings, stop = self._at
        try:
            follow_ups = set[str]()
            with closing(connect(settings.database)) as db:  # each thread opens its own
                for done in work(JobContext(self._effects_for(work, stop), settings, db, stop), True):
                    level = logging.WARNING if done.error else logging.INFO
                    log.log(level, "%s", done.words, extra={"job": done.job})
                    if work is _run_scheduled and not done.error:
                        follow_ups.add(tick.run_deliveries.__name__)  # an issue was released, perhaps
                    elif work is _run_outside:
                        follow_ups.add(_run_scheduled.__name__)  # an issue waited for it, or there is something to tell
            for name in follow_ups if not stop.is_set() else ():  # they need not wait for the next tick
                self._scheduler.modify_job(name, next_run_time=self._effects.now())
        except LockHeld as e:
            log.debug("%s", e)  # another process does it
        except StopRequested:
            log.debug("stopped while it waited")
        except Exception as e:  # the database cannot be opened, say: the next tick may fare better
            self._report_failure(work, e)
        else:
            if self._failing.pop(work.__name__, None) and not self._failing:
                log.info("the timer works again")
        if stop.is_set() and not self._at[1].is_set():  # it was ended for other settings, and goes on with them
            self._scheduler.modify_job(work.__name__, next_run_time=self._effects.now() + RESTART_DELAY)

    def _report_failure(self, work: JobRunner, error: Exception) -> None:
        """Say why ticks fail once, not with each: a disk may be full for days."""
        ours = error if isinstance(error, HouseError) else as_store_error(error)
        words = str(ours or f"unexpected: {type(error).__name__}: {error}")
        what = ours.what if ours else words  # of a full disk SQLite says one thing now, another then
        with self._failure_lock:
            repeated = what in self._failing.values()
            self._failing[work.__name__] = what
        log.log(logging.DEBUG if repeated else logging.ERROR, "%s", words)
        log.debug("the tick failed", exc_info=error)

    def _effects_for(self, work: JobRunner, stop: Event) -> SideEffects:
        """A job's side effects. Deliveries look at `stop` themselves; the other jobs are stopped where they sleep."""
        return self._effects if work is tick.run_deliveries else interruptible_effects(self._effects, stop)


def interruptible_effects(effects: SideEffects, stop: Event) -> SideEffects:
    """Side effects in which nobody sleeps on when it is time to stop."""

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise StopRequested

    return replace(effects, sleep=sleep)


def _run_scheduled(context: JobContext, patient: bool) -> Iterator[JobResult]:
    with process_lock(context.settings.data_dir, "scheduler"):
        yield from tick.run_scheduled(context, patient)


def _run_outside(context: JobContext, patient: bool) -> Iterator[JobResult]:
    with process_lock(context.settings.data_dir, "outside"):
        yield from tick.run_outside(context, patient)


def _make_scheduler() -> Any:
    """APScheduler, quiet: it would warn whenever a tick finds the one before still at work."""
    from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]  # it ships none

    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    return BackgroundScheduler(timezone=UTC)
