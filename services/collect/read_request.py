"""Read request: how, of what, when a person asks for a source to be read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from core.config.schema import Settings, Source
from core.dates import local_date
from core.records import Review
from core.side_effects import SideEffects
from core.source_records import Run
from core.states import AcceptedChange
from db.schema.connect import Database

RunMeter = Callable[[Run], Run]  # the run with what it cost so far


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """How a person asked for a read."""

    file: Path | None = None  # read this saved page, not the network
    as_of: date | None = None  # the day of the read
    accept: AcceptedChange | None = None  # take a read as good that would be quarantined: this has changed
    dry: bool = False  # write nothing
    baseline: bool | None = None  # take what is new as known already, or as news; None: by the source's history
    baseline_before: date | None = None  # at a source's first read: what is of this day or later is news all the same
    limit: int = 0  # pages of a catalogue to read this time; 0: all
    minutes: int = 0  # that the run may take; 0: as long as it takes
    progress: Callable[[int], object] = lambda pages: None  # hears how many pages of a catalogue are kept
    walk: bool | None = None  # all pages of a long list, or its front only; None: as is due
    may_go_on: Callable[[], bool] = lambda: True  # asked before each source, and each page of a walk
    lock_to_store: bool = False  # whoever asks holds no lock of the data directory

    def is_known(self, review: Review) -> bool:
        """Whether a review that a first read lists is known already; one without a month counts from January."""
        if self.baseline_before is None or review.year is None:
            return True
        return (review.year, review.month or 1, 1) < self.baseline_before.timetuple()[:3]


@dataclass(frozen=True, slots=True)
class ReadContext:
    """A read at work: what it was asked, with what, and when."""

    effects: SideEffects
    settings: Settings
    db: Database
    source: Source
    request: ReadRequest
    now: datetime  # UTC

    @property
    def today(self) -> date:
        """The local day of the read."""
        return local_date(self.now, self.settings.zone)

    @property
    def folder(self) -> Path:
        """Where pages are kept."""
        return self.settings.data_dir / "pages"


def read_instant(effects: SideEffects, settings: Settings, as_of: date | None) -> datetime:
    """The instant of a read: noon of the day it is set to."""
    return datetime.combine(as_of, time(12), settings.zone).astimezone(UTC) if as_of else effects.now()
