"""What both parts of an issue say, in order: chosen, counted and phrased, so that templates only loop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import Literal, NamedTuple
from urllib.parse import quote

from core.dates import day_name, period_name
from core.records import Issue, Review, Section, Update
from core.settings import SupportLine
from newsletter import words
from newsletter.compose import Wording, preheader
from newsletter.words import READER, Anchor, clean

ROWS = 20  # updated or withdrawn reviews that a mail names; the rest are on the web
CAUTION = "These summaries describe the abuse, neglect and death of children."
CAUTION_OF_SEVERAL = "These summaries describe abuse, neglect and death."  # not every collection is of children
TAKEN_DOWN = "This review was in the issue when it was sent. It has been withdrawn since."
Edition = Literal["email", "web"]


class Part(NamedTuple):
    """One section as shown: a list, or else paragraphs."""

    heading: str
    items: tuple[str, ...]
    paragraphs: tuple[str, ...]


class Entry(NamedTuple):
    """One review as shown."""

    title: str
    meta: str
    summary: tuple[str, ...]
    parts: tuple[Part, ...]
    keywords: str
    downloads: tuple[Anchor, ...]
    rest: Anchor | None = None  # where a shortened entry can be read whole
    number: int = 0  # the review's, for its page on the web; 0 of one taken down


class Collection(NamedTuple):
    """The reviews of one collection under its heading; no heading where the issue has no other."""

    heading: str
    rank: int  # of its reviews' headings: 2, or 3 under a heading
    entries: tuple[Entry, ...]


class Row(NamedTuple):
    """One updated or withdrawn review: what became of it, and where to see more."""

    sentence: str
    link: Anchor | None = None


class Help(NamedTuple):
    """A support line: whom, how to reach them, when to."""

    name: str
    contacts: tuple[Anchor, ...]
    words: str


class Group(NamedTuple):
    """Rows of one kind under a heading."""

    heading: str
    intro: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Letter:
    """Everything either part says, in order, phrased and counted: the templates only loop and escape."""

    title: str
    preheader: str
    web: Anchor | None
    intro: str
    short: str  # that this is the short edition
    note: tuple[str, ...]
    caution: str
    near: tuple[tuple[str, str], ...]  # who is there, and how to reach them, before the first review
    several: bool  # collections, so that each heading of the second rank begins under a bar
    collections: tuple[Collection, ...]
    left_out: Anchor | None
    groups: tuple[Group, ...]
    last_read: str
    support: tuple[Help, ...]
    checked: str
    why: str
    links: tuple[Anchor, ...]
    small_print: tuple[str, ...]


def labels(issue: Issue) -> list[str]:
    """A name for each review, then each updated one, that no other in the issue has."""
    return words.distinct([*issue.reviews, *(update.review for update in issue.updated)])


def frame(issue: Issue, wording: Wording, edition: Edition, names: Sequence[str], *, short: bool = False) -> Letter:
    """The letter without its entries; `short` when it says that these are cut."""
    several = len(wording.collections_of(issue.reviews)) > 1
    here = f"{wording.base_url}/issues/{issue.period}"
    mail = edition == "email"
    return Letter(
        title=clean(issue.title),
        preheader=_preheader(issue, wording),
        web=Anchor("Read this on the web", here) if mail else None,
        intro=clean(issue.intro),
        short=words.short_edition(len(issue.reviews)) if short else "",
        note=words.paragraphs(issue.note),
        caution=(CAUTION_OF_SEVERAL if several else CAUTION) if issue.reviews else "",
        near=tuple((clean(line.name), clean(line.phone or line.email)) for line in wording.support),
        several=several,
        collections=(),
        left_out=None,
        groups=tuple(_groups(issue, wording, ROWS if mail else None, names[len(issue.reviews) :])),
        last_read=_last_read(issue, wording),
        support=tuple(map(_help, wording.support)),
        checked=(
            f"We last checked these on {day_name(wording.support_checked)}."
            if wording.support and wording.support_checked
            else ""
        ),
        why=(
            f"You get this email because you asked for {clean(wording.title)} and confirmed your address."
            if mail
            else ""
        ),
        links=tuple(_footer_links(wording, mail)),
        small_print=tuple(_small_print(wording, mail, several)),
    )


def filled(frame: Letter, entries: Sequence[Entry], issue: Issue, wording: Wording) -> Letter:
    """The letter with the entries of the issue's first reviews, those of one collection together."""
    if not frame.several:
        return replace(frame, collections=(Collection("", 2, tuple(entries)),))
    shown: dict[str, list[Entry]] = {}
    for review, one in zip(issue.reviews, entries, strict=False):
        shown.setdefault(wording.collection_of(review), []).append(one)
    return replace(frame, collections=tuple(Collection(name, 3, tuple(own)) for name, own in shown.items()))


def entry(review: Review, name: str) -> Entry:
    """The review as shown whole; `name` is its own among `labels`. Of one taken down: only that it was there."""
    if review.taken_down:
        return Entry(words.title_of(review), "", (TAKEN_DOWN,), (), "", ())
    return Entry(
        title=words.title_of(review),
        meta=words.meta(review),
        summary=words.paragraphs(review.summary),
        parts=tuple(map(_part, review.sections)),
        keywords=", ".join(filter(None, map(clean, review.keywords))),
        downloads=tuple(words.downloads(review.links, name)),
        number=review.id,
    )


def rest(review: Review, name: str, issue: Issue, wording: Wording) -> Anchor:
    """Where a shortened entry can be read whole."""
    page = f"reviews/{review.id}" if review.id else f"issues/{issue.period}"
    return Anchor(f"Read the rest on the web: {name}", f"{wording.base_url}/{page}")


def left_out(count: int, issue: Issue, wording: Wording) -> Anchor | None:
    """The line for the reviews that a mail has no room to name."""
    if not count:
        return None
    these = f"{count:,} more case reviews: read them all" if count > 1 else "one more case review: read it"
    return Anchor(f"And {these} on the web", f"{wording.base_url}/issues/{issue.period}")


def _preheader(issue: Issue, wording: Wording) -> str:
    """As composed, unless a review that it may name was taken down since."""
    left = [words.title_of(review) for review in issue.reviews if not review.taken_down]
    if len(left) == len(issue.reviews):
        return clean(issue.preheader)
    return preheader(left, period_name(issue.period), wording) if left else ""


def _part(section: Section) -> Part:
    items = tuple(item for item in map(clean, section.items) if item)
    return Part(words.heading(section), items, () if items else words.paragraphs(section.text))


def _groups(issue: Issue, wording: Wording, most: int | None, names: Sequence[str]) -> list[Group]:
    groups = []
    if issue.updated:
        rows = [_updated(update, name, wording) for update, name in zip(issue.updated, names, strict=True)]
        who, several = _who(wording.collections_of(update.review for update in issue.updated))
        say = "have changed what they say" if several else "has changed what it says"
        intro = f"{who} {say} of {_these(len(rows))}:"
        groups.append(Group("Updated since they were first listed", intro, _at_most(rows, most)))
    if issue.withdrawn:
        rows = [Row(_dated(review)) for review in issue.withdrawn]
        who, several = _who(wording.collections_of(issue.withdrawn))
        intro = f"{who} no longer {'list' if several else 'lists'} {_these(len(rows))}:"
        groups.append(Group("Withdrawn", intro, _at_most(rows, most)))
    return groups


def _updated(update: Update, name: str, wording: Wording) -> Row:
    if update.review.taken_down:
        return Row(_dated(update.review))
    see = Anchor(f"See what changed: {name}", f"{wording.base_url}/reviews/{update.review.id}")
    return Row(f"{_dated(update.review)}: {words.changed(update.changes)}.", see)


def _who(collections: Sequence[str]) -> tuple[str, bool]:
    """The collections at the beginning of a sentence, and whether its verb is for several."""
    return "The " + words.listed([*collections[:1], *(f"the {one}" for one in collections[1:])]), len(collections) > 1


def _at_most(rows: list[Row], most: int | None) -> tuple[Row, ...]:
    more = len(rows) - most if most is not None and len(rows) > most else 0
    return (*rows[:most], *([Row(f"And {more:,} more, on the web.")] if more else []))


def _these(count: int) -> str:
    return "this case review" if count == 1 else f"these {words.number(count)} case reviews"


def _dated(review: Review) -> str:
    return words.title_of(review) + (f" ({review.year})" if review.year and not review.taken_down else "")


def _help(line: SupportLine) -> Help:
    digits = "".join(c for c in line.phone if c in "+0123456789")
    phone = [Anchor(clean(line.phone), f"tel:{digits}" if digits else "")] if line.phone else []
    email = [Anchor(clean(line.email), f"mailto:{quote(line.email, safe='@+')}")] if line.email else []
    return Help(clean(line.name), (*phone, *email), clean(line.words))


def _last_read(issue: Issue, wording: Wording) -> str:
    if issue.last_read is None:
        return ""
    who, several = _who(wording.all_collections())
    return f"{who} {'were' if several else 'was'} last read well on {day_name(issue.last_read)}."


def _footer_links(wording: Wording, mail: bool) -> list[Anchor]:
    readers = [
        Anchor("Change what you get", f"{wording.base_url}/preferences/{READER}"),
        Anchor("Unsubscribe", f"{wording.base_url}/unsubscribe/{READER}"),
    ]
    return [*(readers if mail else []), Anchor("Past issues", f"{wording.base_url}/issues")]


def _small_print(wording: Wording, mail: bool, several: bool) -> list[str]:
    sender, sender_address = parseaddr(wording.sender)
    post = f", {clean(wording.postal_address)}" if wording.postal_address else ""
    whose = "collections'" if several else "collection's"
    answer = " Reply to this email to reach a person." if mail and wording.reply_to else ""
    return [
        f"Sent by {clean(sender or sender_address)}{post}.{answer}",
        f"Summaries are the {whose} own words; the report is the authority.",
    ]
