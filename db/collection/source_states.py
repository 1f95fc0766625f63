"""Source states for alerts: the last known state of each source, whether the operator was told."""

from dataclasses import dataclass
from datetime import datetime

from core.actions import Action
from core.states import GOOD_HEALTHS, SourceHealth
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is, since when, in words. Identified by the source's name."""

    name: str
    state: SourceHealth
    since: datetime  # UTC
    words: str
    told: bool = False
    action: Action | None = None  # what to do about it; it is not stored

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do about it."""
        return self.state in GOOD_HEALTHS


def get(db: Database, name: str) -> SourceState | None:
    """The state a source was last in; None before its first read."""
    row = db.execute(
        "SELECT state, since, details, operator_notified FROM source_states WHERE name = ?", [name]
    ).fetchone()
    return SourceState(name, row[0], to_instant(row[1]), row[2], bool(row[3])) if row else None


def save(db: Database, state: SourceState) -> None:
    """Store the state a source is in."""
    db.upsert(
        "source_states",
        {
            "name": state.name,
            "state": state.state,
            "since": to_text(state.since),
            "details": state.words,
            "operator_notified": int(state.told),
        },
        "name",
    )
