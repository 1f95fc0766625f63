"""Editor records: what editors put right, in a review's words or in an issue that was sent."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WordingFix:
    """What is published in place of a collection's own words, identified by the review and the part."""

    part: str  # "name", "summary", "section-2", "section-2-item-3"
    old: str  # the collection's words that it was made against
    new: str
    why: str  # for those who read it
    at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class CorrectionVersion:
    """The words of a correction as they stood from a time on, identified by the version's number."""

    version: int  # from 1
    at: datetime  # UTC
    words: str  # Markdown; of one that takes the correction back: why
    actor: str = ""  # who wrote them
    reason: str = ""  # why it was amended, for the operators
    withdrawn: bool = False  # it takes the correction back


@dataclass(frozen=True, slots=True)
class Correction:
    """What was wrong in an issue that was sent, identified by the issue's period and its number there."""

    period: str
    number: int
    versions: tuple[CorrectionVersion, ...]  # the last stands; there is one
    review_id: int | None = None  # that it is about; None: the issue as a whole
    about: str = ""  # that review's title; empty where it is of the issue, or the review was taken down
    taken_down: bool = False  # the review was: then it says nothing of it, and its words are empty

    @property
    def current(self) -> CorrectionVersion:
        """The version that stands."""
        return self.versions[-1]

    @property
    def at(self) -> datetime:
        """When it was made, UTC."""
        return self.versions[0].at

    @property
    def amended_at(self) -> datetime | None:
        """When it was last amended, or taken back, UTC; None: never."""
        return self.current.at if self.current.version > 1 else None

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back."""
        return self.current.withdrawn
