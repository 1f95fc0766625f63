"""Job context: what a scheduler job is, what it may use, what it yields."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from core.actions import Action
from core.config.schema import Settings
from core.dates import local_minute
from core.errors import HouseError
from core.side_effects import SideEffects
from core.states import OperatorNotice
from db.schema.connect import Database
from services.delivery import machine_guard
from services.operator import alerts

if TYPE_CHECKING:
    from newsletter.issue.render import RenderedIssue


class JobContext(NamedTuple):
    """What a job may use: side effects, settings, the database, and when to end."""

    effects: SideEffects
    settings: Settings
    db: Database
    stop: Event  # set when it is time to end after what is in flight

    @property
    def now(self) -> datetime:
        """The instant, UTC."""
        return self.effects.now()

    @property
    def away(self) -> bool:
        """Whether the database was at home on another machine: then it waits for a person's word."""
        return machine_guard.is_away(self.effects, self.settings, self.db)

    def day(self, when: datetime) -> str:
        """An instant as the operator's clock shows it: "1 November 2026 at 09:00"."""
        return local_minute(when, self.settings.zone)

    def alert_once(
        self,
        key: str,
        subject: str,
        lines: Sequence[str | Action],
        kind: OperatorNotice = "trouble",
        draft: "RenderedIssue | None" = None,
        action: Action | None = None,
    ) -> bool:
        """Tell the operators something that is told only once, named by `key`; whether it was told just now."""
        return alerts.alert_once(self.effects, self.settings, self.db, key, subject, lines, kind, draft, action)


class JobResult(NamedTuple):
    """One thing that a job did, or could not do, in one plain sentence."""

    job: str
    words: str
    error: HouseError | None = None  # why it could not


JobOutput = Iterator[str | HouseError]  # a sentence for each thing done; an error for what could not be


def _always(_: JobContext) -> bool:
    return True


class Job(NamedTuple):
    """Something the timer does when it is due, identified by its name."""

    name: str  # as the operator reads it: "link checks"
    due: Callable[[JobContext], Iterable[str]]  # what there is to do now, in words; nothing when it is not due
    do: Callable[[JobContext], JobOutput]
    over: Callable[[JobContext], bool] = _always  # whether, when it is not due, an earlier failure is of no more matter
