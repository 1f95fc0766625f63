"""Background work: tasks longer than a page, run in threads that report progress."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

from core.actions import Action
from core.config.schema import Settings
from core.errors import HouseError
from core.log_fields import bind_log_fields
from core.progress_words import describe_progress
from db.schema.connect import Database, connect

log = logging.getLogger("casereviews")
MAX_REMEMBERED = 20  # works that can still be looked at
START_WAIT_SECONDS = 1.0  # seconds that a page waits, so that what is quick is told at once


@dataclass(frozen=True, slots=True)
class WorkFile:
    """A file that some work made to be downloaded once, identified by its place on the disk."""

    path: Path
    name: str  # as the browser is to store it
    words: str  # of the button: "Download the copy (12 MB)"


@dataclass
class BackgroundWork:
    """One piece of work, identified by a token. Only the thread that does it writes here."""

    id: str
    kind: str  # of which only one is done at a time
    title: str
    back: tuple[str, str]  # where to go on: address and words
    lines: list[str] = field(default_factory=list)  # what is done
    doing: str = ""  # what is being done
    ended: bool = False
    error: str = ""  # why it could not be done
    action: Action | None = None  # where that is put right
    text: str = ""  # what it found, to be copied
    file: WorkFile | None = None  # what it made, until that was downloaded
    can_stop: bool = False  # whether a person may stop it, and go on later
    stop: Event = field(default_factory=Event)  # set: it ends as soon as nothing is lost by it

    def add_line(self, line: str) -> None:
        """Something is done."""
        self.lines.append(line)

    def set_doing(self, words: str) -> None:
        """Something is being done."""
        self.doing = words

    def set_action(self, action: Action | None) -> None:
        """Where what could not be done is put right."""
        self.action = action


class ProgressMeter:
    """Says of some work how far it is, how fast it goes, and about how long it still takes."""

    def __init__(
        self, work: BackgroundWork, clock: Callable[[], float], one: str, many: str = "", least: bool = False
    ) -> None:
        self._work, self._clock, self._nouns, self._least = work, clock, (one, many), least
        self._began = clock()

    def show(self, done: int, total: int, doing: str = "") -> None:
        """So many are done of so many (0: nobody knows); `doing`: which one is being done."""
        words = describe_progress(done, total, self._clock() - self._began, *self._nouns, least=self._least)
        self._work.set_doing(f"{doing}: {words}" if doing else words)


WorkFunction = Callable[[BackgroundWork, Database, Event], None]


class WorkRegistry:
    """What is being done and was done lately, in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._works: dict[str, BackgroundWork] = {}
        self._threads: list[Thread] = []
        self._lock = Lock()
        self._closed = False

    def start(self, work: BackgroundWork, job: WorkFunction) -> tuple[BackgroundWork, bool]:
        """Begin, unless one of the kind is at work: then that one, and False. Waits a moment for what is quick."""
        with self._lock:
            for other in self._works.values():
                if other.kind == work.kind and not other.ended:
                    return other, False
            self._works[work.id] = work
            if self._closed:
                work.stop.set()
            for old in [one for one in self._works.values() if one.ended][: max(len(self._works) - MAX_REMEMBERED, 0)]:
                del self._works[old.id]
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = Thread(target=self._run, args=(work, job), name=f"ops-{work.kind}", daemon=True)
            self._threads.append(thread)
            thread.start()
        thread.join(START_WAIT_SECONDS)
        return work, True

    def get(self, number: str) -> BackgroundWork | None:
        """The work of a token, or None."""
        return self._works.get(number)

    def running(self) -> list[BackgroundWork]:
        """What is being done now, in the order it was begun."""
        with self._lock:
            return [work for work in self._works.values() if not work.ended]

    def close(self, seconds: float) -> bool:
        """End what can end early; whether all has ended in so many seconds. A read that has not leaves no trace."""
        with self._lock:
            self._closed = True
            for work in self._works.values():
                work.stop.set()
            threads = list(self._threads)
        for thread in threads:
            thread.join(seconds / len(threads))
        return not any(thread.is_alive() for thread in threads)

    def _run(self, work: BackgroundWork, job: WorkFunction) -> None:
        try:
            with bind_log_fields(run=work.id[:8]), closing(connect(self._settings.database)) as db:
                job(work, db, work.stop)
        except HouseError as e:
            work.set_action(e.action)
            work.error = e.sentence
        except Exception:  # nobody foresaw it: it must reach the person, not die with the thread
            log.exception("%s failed", work.title)
            work.error = "Something went wrong here. The log says what; what was done before it stays done."
        finally:
            work.doing = ""
            work.ended = True
