"""JSON types: the shape of every JSON that crosses modules, as the contract words it; null is None."""

from typing import TYPE_CHECKING, TypedDict

from core.states import (
    AlertCadence,
    BounceKind,
    ConsentOrigin,
    DeliveryState,
    Edition,
    IssueStatus,
    LinkState,
    Nation,
    RestOfIssue,
    ReviewStatus,
    SectionKind,
    SourceHealth,
    SubscriberStatus,
    TransactionalKind,
    Verdict,
)

if TYPE_CHECKING:
    from core.sending_json import SendingJson

Instant = str  # UTC: "2016-09-20T09:00:00Z"


class SectionJson(TypedDict):
    """A labelled part of a review."""

    kind: SectionKind
    label: str
    text: str
    items: list[str]


class ReviewLinkJson(TypedDict):
    """A link beside a review."""

    text: str
    url: str
    state: LinkState


class WordingFixJson(TypedDict):
    """What our editors have put right in a part of a review."""

    part: str
    collection_words: str
    words: str
    why: str
    at: Instant


class ReviewJson(TypedDict):
    """A review."""

    id: int
    source: str
    key: str
    year: int | None
    month: int | None
    publisher: str | None
    name: str
    title: str
    summary: str
    sections: list[SectionJson]
    keywords: list[str]
    links: list[ReviewLinkJson]
    nation: Nation | None
    status: ReviewStatus
    first_seen: Instant | None
    last_seen: Instant | None
    baseline: bool
    issue: str | None


class CorrectedReviewJson(ReviewJson):
    """A review some of whose words are ours: it alone has the last key."""

    wording_fixes: list[WordingFixJson]


class LeftoverJson(TypedDict):
    """Words of a page that are no entry for certain."""

    words: str
    why: str


class RunJson(TypedDict):
    """What a read of a source did."""

    source: str
    pages: int
    seen: int
    new: int
    changed: int
    missing: int
    unchanged: int
    not_modified: int
    quarantined: int
    frozen: bool
    covered: list[str]
    leftovers: list[LeftoverJson]
    problems: list[str]
    bytes: int
    requests: int
    seconds: float


class OtherWayJson(TypedDict):
    """Another way to read a page, and how many entries it yields."""

    kind: str
    url: str
    reviews: int


class SourceTrialJson(TypedDict):
    """How an unknown page can be read; null where nobody can tell."""

    url: str
    kind: str | None
    table: str | None  # for casereviews.toml
    lists_none: bool
    reviews: list[ReviewJson]  # as they would be stored
    leftovers: list[LeftoverJson]
    others: list[OtherWayJson]
    failures: list[str]  # what was asked in vain


class LinkCheckJson(TypedDict):
    """What is known of a link's address."""

    url: str
    state: LinkState
    status: int | None
    media: str | None
    size: int | None
    pages: int | None
    why: str | None
    checked_at: Instant | None
    reviews: list[int]


class IssueJson(TypedDict):
    """An issue, with how many of its deliveries are in each state; null where that is not to be known."""

    period: str
    title: str
    intro: str
    status: IssueStatus
    hash: str
    reviews: list[int]
    html_bytes: int
    text_bytes: int
    queued: int | None
    sent: int | None
    refused: int | None
    failed: int | None
    unknown: int | None


class ConsentJson(TypedDict):
    """What a subscriber agreed to, when and how."""

    when: Instant
    wording: str | None
    how: ConsentOrigin
    confirmed_when: Instant | None


class SubscriptionJson(TypedDict):
    """A subscription by itself; never its token."""

    email: str
    status: SubscriberStatus
    since: Instant
    topics: list[str]
    nations: list[Nation]
    edition: Edition


class SubscriberJson(SubscriptionJson):
    """A subscriber."""

    consent: ConsentJson


class OwnSubscriptionJson(SubscriptionJson):
    """A subscription as its reader sees it."""

    only_matching: bool
    rest_of_issue: RestOfIssue  # what they get of the reviews that do not match
    wishes_since: Instant | None  # when they last changed what they get; null: never


class OwnConsentJson(ConsentJson):
    """What a reader agreed to, with the words themselves where they were ours."""

    words: str | None


class OwnDeliveryJson(TypedDict):
    """What became of an issue for a reader."""

    period: str
    state: DeliveryState
    when: Instant


class OwnEmailJson(TypedDict):
    """What became of an email about a subscription."""

    kind: TransactionalKind
    state: DeliveryState
    asked: Instant
    details: str  # search: the search, as JSON; address, moved: the address that it went to; else empty


class OwnBounceJson(TypedDict):
    """A message that came back from a reader's mailbox."""

    period: str
    kind: BounceKind
    when: Instant
    words: str


class OwnSearchJson(TypedDict):
    """A search that a reader saved."""

    words: str
    filters: list[list[str]]  # pairs of a facet's name and value
    how_often: AlertCadence
    saved: Instant
    paused_until: str | None  # a day
    found: list[int]  # numbers of reviews


class PersonalDataJson(TypedDict):
    """All that is held of a reader."""

    subscriber: OwnSubscriptionJson
    consent: OwnConsentJson
    deliveries: list[OwnDeliveryJson]
    emails: list[OwnEmailJson]
    bounces: list[OwnBounceJson]
    leave_requests: list[Instant]  # mail that asked to leave without a token
    counted: list[Instant]  # the sign-ups of the last day, for the cap
    saved_searches: list[OwnSearchJson]


class HealthLineJson(TypedDict):
    """One thing that was looked at."""

    about: str
    ok: bool
    words: str


class SourceLimitsJson(TypedDict):
    """What a read of a source must hold to be believed."""

    fewest: float
    fewest_text: float
    stale_days: int


class SourceStatusJson(TypedDict):
    """How a source is."""

    name: str
    url: str
    state: SourceHealth | None
    ok: bool
    words: str
    last_read: Instant | None
    last_read_well: Instant | None
    quarantined: bool
    limits: SourceLimitsJson


class ReviewCountsJson(TypedDict):
    """How many reviews are held, and how many of them wait for an issue."""

    held: int
    waiting: int


class LastIssueJson(TypedDict):
    """The newest issue."""

    period: str
    status: IssueStatus


class StatusJson(TypedDict):
    """The state of the whole system."""

    ok: bool
    summary: str
    cautions: list[str]  # why not all is well though nothing is wrong
    sources: list[SourceStatusJson]
    reviews: ReviewCountsJson
    last_issue: LastIssueJson | None
    timer: list[HealthLineJson]
    health: list[HealthLineJson]
    sending: "SendingJson"


class FindingJson(TypedDict):
    """What one check found."""

    about: str
    verdict: Verdict
    words: str
    fix: str


class JobResultJson(TypedDict):
    """What a tick did of one job."""

    job: str
    words: str
    ok: bool


class DeliveryProgressJson(TypedDict):
    """How far the delivery of an issue is."""

    period: str
    sent: int
    refused: int
    failed: int
    unknown: int
    queued: int


class MergeJson(TypedDict):
    """What a restore took over from the database before it."""

    issues: list[str]
    receipts: int
    left: int
    erased: int
    takedowns: int
    wishes: int
    corrections: int
    audit_lines: int
    joined: int


class JournalJson(TypedDict):
    """What only the journal beside the database knew."""

    left: int  # readers
    messages: int


class RestoreJson(TypedDict):
    """What a restore did, or would do."""

    file: str
    made_at: Instant | None
    rows: dict[str, int]
    migrated: list[str]
    kept: str | None
    taken_over: MergeJson | None
    journal: JournalJson
    undecided: list[str]
    dry_run: bool


class WorkJson(TypedDict):
    """How far some work of an operations page is."""

    ended: bool
    words: str
    doing: str
    error: str
    url: str  # where what could not be done is put right; empty: nowhere
    do: str  # the words of that link
    lines: list[str]
    text: str  # to be copied
    file: str  # words of the button that downloads what was made; empty: there is nothing
