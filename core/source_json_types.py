"""JSON types of sources: how each is, what is read of it, what is held back, what a replay would change."""

from typing import TypedDict

from core.json_types import Instant, ReviewJson
from core.states import SourceHealth


class SourceOverviewJson(TypedDict):
    """A source as it is configured, how it is, and what of it is covered."""

    name: str
    kind: str
    url: str
    state: SourceHealth | None
    words: str
    baseline_at: Instant | None
    last_read_well: Instant | None
    reviews: int
    covered: list[str]  # years
    signed_off: bool


class EntrySampleJson(TypedDict):
    """An entry as it is read, beside the page's own words."""

    position: int
    entries: int
    words: str
    review: ReviewJson


class ReviewTitleJson(TypedDict):
    """A review by its number and title."""

    id: int
    title: str


class FieldChangeJson(TypedDict):
    """A field of a review as it is stored, and as it is read now."""

    field: str
    old: str
    new: str


class ReviewDifferenceJson(ReviewTitleJson):
    """How a review is read otherwise than it is stored."""

    changes: list[FieldChangeJson]


class SourceReplayJson(TypedDict):
    """What today's code makes of the kept pages of a source."""

    source: str
    pages: int
    reviews: int
    unread: list[str]
    appear: list[str]
    vanish: list[ReviewTitleJson]
    differ: list[ReviewDifferenceJson]
    example: list[str]


class TakedownQuestionJson(TypedDict):
    """An entry held back because it looks like a review that was taken down."""

    id: int
    source: str
    review: int
    likeness: str
    position: int
    entries: int
    title: str | None
    asked_at: Instant
