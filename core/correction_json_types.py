"""JSON types of corrections: what was put right in an issue that was sent, and what became of it."""

from typing import TypedDict

from core.json_types import Instant, IssueJson
from core.states import DeliveryState, MailingStatus


class CorrectionJson(TypedDict):
    """A correction of an issue that was sent, as everybody may read it."""

    number: int
    at: Instant
    amended: Instant | None
    withdrawn: bool
    review: int | None
    words: str


class CorrectionVersionJson(TypedDict):
    """The words of a correction as they stood from a time on."""

    version: int
    at: Instant
    words: str
    by: str
    reason: str
    withdrawn: bool


class CorrectionMailingJson(TypedDict):
    """A version of a correction that was mailed, and what became of it."""

    run: str
    version: int
    status: MailingStatus
    asked: Instant
    by: str
    deliveries: dict[DeliveryState, int]


class CorrectionHistoryJson(CorrectionJson):
    """A correction with all that is known of it, for the operators."""

    period: str
    versions: list[CorrectionVersionJson]
    mailings: list[CorrectionMailingJson]


class PublishedIssueJson(IssueJson):
    """An issue as its page gives it to everybody."""

    corrections: list[CorrectionJson]
