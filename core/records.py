"""Records: the frozen dataclasses from page to receipt."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from core.credentials import drop_credentials
from core.editor_records import Correction, WordingFix
from core.page_digest import digest_body
from core.source_records import Leftover
from core.states import (
    ConsentOrigin,
    DeliveredBy,
    DeliveryRoute,
    DeliveryState,
    Edition,
    IssueStatus,
    LinkState,
    Nation,
    RestOfIssue,
    ReviewStatus,
    SectionKind,
    SubscriberStatus,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer from an address, identified by the address and the time."""

    url: str  # as asked for
    final_url: str  # after redirects; links are resolved against it
    status: int  # HTTP: 200, or 304 when the page has not changed
    headers: tuple[tuple[str, str], ...]  # names in lower case
    body: bytes  # decompressed; empty for 304
    fetched_at: datetime  # UTC
    moved_to: str = ""  # the address that permanent redirects say it has now; empty where there were none
    _sha256: str = field(default="", init=False, repr=False, compare=False)  # once it was asked for

    @property
    def not_modified(self) -> bool:
        """Whether the server said that nothing has changed since the validators we sent."""
        return self.status == 304

    @property
    def sha256(self) -> str:
        """The body's hash, 64 hexadecimal digits: the same for pages that differ only in what is drawn anew."""
        if not self._sha256:
            object.__setattr__(self, "_sha256", digest_body(self.body))
        return self._sha256

    def header(self, name: str) -> str:
        """The value of the first header called `name` (any case), or an empty string."""
        return next((value for key, value in self.headers if key == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Robots:
    """A site's robots.txt, identified by its origin; good for 24 hours (RFC 9309 §2.4)."""

    origin: str  # "https://learning.nspcc.org.uk", with the port when it is not the usual one
    status: int  # HTTP; 0 when the site did not answer
    body: str
    fetched_at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Link:
    """A link beside a review, identified by its address, in which no log-in stands, whatever the page has."""

    text: str  # the anchor's words, as published
    url: str  # absolute
    state: LinkState = "unchecked"
    media: str = ""  # "application/pdf"; empty when not known
    size: int | None = None  # bytes
    pages: int | None = None

    def __post_init__(self) -> None:
        if "@" in self.url or "@" in self.text:
            object.__setattr__(self, "url", drop_credentials(self.url))
            object.__setattr__(self, "text", drop_credentials(self.text))


@dataclass(frozen=True, slots=True)
class Section:
    """One labelled part of a review, in the order published."""

    kind: SectionKind
    label: str  # as published, without the colon: "Issues identified include"
    text: str  # everything after the label, one paragraph a line
    items: tuple[str, ...] = ()  # the text as a list where it is one (parted by semicolons)


@dataclass(frozen=True, slots=True)
class Review:
    """One case review as its collection words it, identified by `key`; `id` is our own number for it."""

    source: str
    publisher: str  # "Suffolk", "Anonymous"; empty where the source names none
    name: str  # "Baby D"
    year: int | None = None
    month: int | None = None  # 1 to 12
    title: str = ""  # "Suffolk – Baby D"
    summary: str = ""  # before the first label; paragraphs parted by a newline
    sections: tuple[Section, ...] = ()
    keywords: tuple[str, ...] = ()  # as published
    links: tuple[Link, ...] = ()
    heading: str = ""  # the heading line, as published
    raw: str = ""  # the source's text from heading to the next heading, a line a line
    catalogue: str = ""  # "C6021", the collection's own number, from the link
    fingerprint: str = ""  # hash of the folded text: 64 hexadecimal digits
    nation: Nation | None = None  # only where certain
    kind: str | None = None  # "Serious case review": only where certain
    # what reconciling has found out about it
    key: str = ""  # the catalogue number or the library's id; else a- or f- and a hash of its address or first text
    id: int = 0  # 0: not stored yet
    status: ReviewStatus = "current"
    first_seen: datetime | None = None  # UTC
    last_seen: datetime | None = None  # UTC
    baseline: bool = False  # already there at the source's first read, so never news
    version: int = 1  # counts the edits
    issue: str | None = None  # the period of the issue that carried it
    taken_down: bool = False  # withdrawn by our own operator: then nothing of its content is here either
    fixes: tuple[WordingFix, ...] = ()  # what our editors have put right in its words; none of it in what is read


class SearchHit(NamedTuple):
    """A review that a search found, as a list shows it. No dataclass: it is made in a fifth of the time."""

    id: int
    source: str
    publisher: str
    name: str
    title: str
    heading: str
    year: int | None
    month: int | None
    nation: Nation | None
    kind: str | None
    status: ReviewStatus
    summary: str  # its beginning
    glance: str  # the one line of what it is about; empty where nothing is certain
    pages: int | None  # of its report, as far as known
    extract: str  # of its text; the words found stand between "\x02" and "\x03"

    @property
    def taken_down(self) -> bool:
        """No search finds one that is."""
        return False


@dataclass(frozen=True, slots=True)
class PageReading:
    """What one page of a source yields: its entries, what is left over, and how much of the source that is."""

    reviews: tuple[Review, ...] = ()  # certain, in the page's order
    waiting: tuple[Review, ...] = ()  # entries that a left-over touches: they are there, and what they say is not sure
    leftovers: tuple[Leftover, ...] = ()
    total: int | None = None  # how many entries the page says the source lists in all; None: it does not say
    lists_none: bool = False  # the page is still itself, and nothing is listed on it now


@dataclass(frozen=True, slots=True)
class Change:
    """How one field of a review differs from what was stored."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Version:
    """One edit of a review by its source, identified by the review and the version's number."""

    review_id: int
    version: int  # the number of the version that the edit made; the first edit makes 2
    seen_at: datetime  # UTC
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one source shows of one review. Identified by the two."""

    review_id: int
    source: str
    print: str  # hash of all it last showed of it, links included
    first_seen: datetime  # UTC
    missing_since: date | None = None  # the day of the first healthy read without it
    ended: bool = False  # the source no longer covers it: an older year's review


@dataclass(frozen=True, slots=True)
class Update:
    """A review that its source edited after it was first listed."""

    review: Review
    seen_at: datetime  # UTC
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """One month's newsletter, identified by its period. Content only: no reader's name or token."""

    period: str  # "2016-09"
    title: str  # "Case reviews: September 2016"
    subject: str  # "Case reviews: September 2016 (4 new)"
    preheader: str  # names the subjects, for the inbox's second line
    intro: str  # the sentence of the September 2016 newsletter
    reviews: tuple[Review, ...]  # in the order shown
    note: str = ""  # the editor's own words; paragraphs parted by a newline
    first_reason: str = ""  # why the editor put the first of `reviews` first; empty: nobody did
    updated: tuple[Update, ...] = ()
    withdrawn: tuple[Review, ...] = ()
    corrections: tuple[Correction, ...] = ()  # to earlier issues, of which no issue has told yet
    last_read: date | None = None  # the day on which all of `read_collections` had last been read well
    read_collections: tuple[str, ...] = ()  # none named: all
    notices: tuple[str, ...] = ()  # sentences on what was not read; as the last read, they are not in the hash
    shortened: int = 0  # entries cut to keep the mail under its size budget
    left_out: int = 0  # reviews named only on the web, for the same reason
    status: IssueStatus = "draft"
    hash: str = ""  # of the content, 64 hexadecimal digits; not of the day of the last read

    @property
    def named(self) -> tuple[Review, ...]:
        """Every review that it names: the new ones, the withdrawn, the updated."""
        return (*self.reviews, *self.withdrawn, *(update.review for update in self.updated))


@dataclass(frozen=True, slots=True)
class Consent:
    """What a subscriber agreed to. No network address is kept."""

    when: datetime  # UTC; when it was given, or when it was stated to us
    wording: str  # the version of the words agreed to, or the operator's own words for it
    how: ConsentOrigin
    confirmed_when: datetime | None = None  # UTC; None: not yet


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One reader, identified by `key`. Printing or logging one shows neither address nor token."""

    email: str = field(repr=False)  # as it was given
    key: str = field(repr=False)  # the same for every way of writing the one mailbox
    mailbox: str = field(repr=False)  # as it goes on the envelope: ASCII, the domain as A-labels
    token: str = field(repr=False)  # 22 characters, for the preferences and unsubscribe links; never expires
    since: datetime  # UTC; when the status began
    consent: Consent
    status: SubscriberStatus = "pending"
    topics: tuple[str, ...] = ()  # none: all
    nations: tuple[Nation, ...] = ()  # none: all
    edition: Edition = "full"
    matching: bool = False  # mail only when something matches; else every month
    rest: RestOfIssue = "lines"  # what they get of the reviews that do not match
    wishes_since: datetime | None = None  # UTC; when they last changed what they get; None: never
    id: int = 0  # 0: not stored yet


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that a sender has taken from the queue, identified by its number."""

    id: int
    subscriber_id: int
    mailbox: str = field(repr=False)  # as it goes on the envelope
    token: str = field(repr=False)  # the reader's own
    message_token: str = field(repr=False)  # the delivery's: the same for a resend
    edition: Edition = "full"
    added_at: datetime | None = None  # UTC; None: they asked for the newsletter themselves
    added_from: str = ""  # else in the operator's own words where the address came from
    topics: tuple[str, ...] = field(default=(), repr=False)  # the reader's wishes, as they are now
    nations: tuple[Nation, ...] = ()
    rest: RestOfIssue = "lines"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one attempt at a delivery, identified by the delivery's number."""

    id: int
    state: DeliveryState  # queued: to be tried again at `due_at`
    reply: str = ""  # the server's own words, one line
    due_at: datetime | None = None  # UTC
    via: DeliveryRoute = "smtp"
    counts: bool = True  # as a try
    relay: str = ""  # that gave this answer; empty: there is only one, or it is as if it had not been asked


@dataclass(frozen=True, slots=True)
class Delivery:
    """One issue for one subscriber, identified by its number."""

    id: int
    period: str
    subscriber_id: int | None  # None: erased since
    email: str = field(repr=False)  # empty when erased since
    token: str = field(repr=False)
    edition: Edition
    state: DeliveryState
    via: DeliveredBy
    attempts: int
    changed_at: datetime  # UTC
    due_at: datetime  # UTC
    reply: str = ""
    relay: str = ""  # that was given it last; empty: none yet, or there is only one
