"""What a chore is, what it may use, and what comes of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from app.world import World
from core.dates import local_minute
from core.errors import HouseError
from core.settings import Settings
from db.connect import Database


@dataclass(frozen=True, slots=True)
class House:
    """The house as a chore finds it."""

    world: World
    settings: Settings
    db: Database
    stop: Event  # set when it is time to end after what is in flight

    @property
    def now(self) -> datetime:
        """The instant, UTC."""
        return self.world.now()

    def day(self, when: datetime) -> str:
        """An instant as the operator's clock shows it: "1 November 2026 at 09:00"."""
        return local_minute(when, self.settings.zone)


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that a chore did, or could not do, in one plain sentence."""

    chore: str
    words: str
    error: HouseError | None = None  # why it could not


Did = Iterator[str | HouseError]  # a sentence for each thing done; an error for what could not be


def _yes(_: House) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Chore:
    """Something the timer does when it is due, identified by its name."""

    name: str  # as the operator reads it: "link checks"
    due: Callable[[House], Iterable[str]]  # what there is to do now, in words; nothing when it is not due
    do: Callable[[House], Did]
    over: Callable[[House], bool] = _yes  # whether, when it is not due, an earlier failure is of no more matter
