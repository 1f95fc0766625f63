"""What the pages of reviews say, chosen and phrased, so that templates only loop and escape."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import NamedTuple

from app.web.house import house
from core.dates import day_name, local_day
from core.records import Change, Link, Review
from core.topics import topic
from db.record import Looked, Record, Seen
from db.search import Hit
from newsletter import letter as letters
from newsletter.letter import Entry
from newsletter.words import Anchor, address, clean, cut, distinct, downloads, meta, title_of, usable

EXTRACT = 320  # characters of a summary in a list
DIFFERENT = 4_000  # characters of a change that are compared word by word
_FOUND = re.compile("\x02(.*?)\x03", re.DOTALL)
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
FIELDS = {"links": "Links", "year": "Year", "month": "Month", "publisher": "Publisher", "name": "Name"}
EVENTS = {
    "missing": "Its collection did not list it on this day.",
    "withdrawn": "Its collection no longer listed it.",
    "returned": "Its collection listed it again.",
}


class Piece(NamedTuple):
    """Some of a text, and whether it is marked."""

    text: str
    marked: bool = False


class Line(NamedTuple):
    """A review in a list."""

    href: str
    title: str
    meta: str
    extract: tuple[Piece, ...]
    note: str


class Difference(NamedTuple):
    """How one part of a review changed: what it was and is, word by word what was marked."""

    part: str
    was: tuple[Piece, ...]
    now: tuple[Piece, ...]


class Happening(NamedTuple):
    """Something that happened to a review on a day."""

    day: str
    words: str
    changes: tuple[Difference, ...] = ()


class Download(NamedTuple):
    """A link to a report, or a sentence in its place, and what is known of it."""

    link: Anchor
    state: str


def day(at: datetime) -> str:
    """An instant's local day: 3 October 2026."""
    return local_day(at, house().settings.zone)


def lines(hits: Sequence[Hit]) -> list[Line]:
    """Reviews as a list shows them, each with a title that no other of them has."""
    names = distinct([hit.review for hit in hits])
    return [
        Line(
            f"/reviews/{hit.review.id}",
            name,
            meta(hit.review),
            extract(hit.extract),
            "Its collection does not list it at the moment." if hit.review.status == "missing" else "",
        )
        for hit, name in zip(hits, names, strict=True)
    ]


def extract(text: str) -> tuple[Piece, ...]:
    """A search's extract with the words found marked; without any, the beginning of the text."""
    if "\x02" not in text:
        return (Piece(cut(clean(text), EXTRACT)),) if clean(text) else ()
    parts = _FOUND.split(text)
    pieces = [Piece(_inside(part), bool(n % 2)) for n, part in enumerate(parts)]
    return tuple(piece for piece in pieces if piece.text)


def _inside(text: str) -> str:
    """Clean, but with the spaces at its ends."""
    plain = clean(text)
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{plain}{' ' * (after and bool(plain))}"


def entry(review: Review) -> Entry:
    """The review's text; its links and keywords stand apart on its page."""
    return letters.entry(review, "")._replace(keywords="", downloads=())


def keywords(review: Review) -> list[Anchor]:
    """The keywords as they were published, each leading to its topic."""
    found = [(clean(word), topic(word)) for word in review.keywords]
    return [Anchor(word, f"/topics/{known.slug}" if known else "") for word, known in found if word]


def reports(record: Record) -> list[Download]:
    """The links to the report, named as in the mail, and when we last looked at each."""
    review = record.review
    shown = [link for link in review.links if link.state == "dead" or usable(link)]
    said = downloads(review.links, title_of(review))
    if not shown:
        return [Download(said[0], "")]
    return [
        Download(anchor, _state(link, (record.looked or {}).get(link.url, Looked())))
        for anchor, link in zip(said, shown, strict=True)
    ]


def _state(link: Link, looked: Looked) -> str:
    if looked.at is None:
        return "We have not looked at this link yet."
    when = day(looked.at)
    if link.state == "dead":
        return f"We last tried it on {when}."
    if looked.failing_since:
        return f"It did not open when we last tried it, on {when}. It may be a passing fault."
    moved = " It led on to another address." if link.state == "moved" else ""
    return f"It worked when we last looked, on {when}.{moved}" if link.state in ("live", "moved") else ""


def citation(review: Review, today: datetime, collection: str, page: str) -> str:
    """The review as plain text for a reference list."""
    who = clean(review.publisher) or clean(collection)
    when = f" ({review.year})" if review.year else ""
    what = [f"{who}{when} {clean(review.name) or title_of(review)}.", f"{review.kind}." if review.kind else ""]
    report = next((address(link) for link in review.links if usable(link)), page)
    return " ".join([*filter(None, what), f"{clean(collection)}. Available at: {report} (accessed {day(today)})."])


def facts(record: Record, collection_of: Callable[[Review], str]) -> list[tuple[str, list[Anchor]]]:
    """What is known of the review beside its text: a name, and lines."""
    review = record.review
    number = f", number {clean(review.catalogue)}" if review.catalogue else ""
    seen = [_seen(one, collection_of(Review(one.source, "", ""))) for one in record.seen]
    rows = [
        ("Published by", [Anchor(clean(review.publisher))]),
        ("Published", [Anchor(meta(Review("", "", "", review.year, review.month)))]),
        ("Nation", [Anchor(review.nation or "")]),
        ("Kind of review", [Anchor(review.kind or "")]),
        ("Collection", [Anchor(collection_of(review) + number)]),
        ("Seen in", [Anchor(words) for words in seen] if len(seen) > 1 else []),
        ("First seen by us", [Anchor(day(review.first_seen))] if review.first_seen else []),
        ("Last seen by us", [Anchor(day(review.last_seen))] if review.last_seen else []),
        ("In our issues", [Anchor(clean(title), f"/issues/{period}") for period, title in record.issues]),
    ]
    return [(name, kept) for name, lines in rows if (kept := [line for line in lines if line.text])]


def _seen(seen: Seen, collection: str) -> str:
    """Where and since when; and whether it is still there."""
    since = f"{collection}, since {day(seen.first_seen)}"
    if seen.ended:
        return f"{since}; its list has gone on to later reviews"
    return f"{since}; not listed since {day_name(seen.missing_since)}" if seen.missing_since else since


def history(record: Record) -> list[Happening]:
    """What happened to the review since we first saw it, the latest first."""
    told = []
    for version in record.versions:
        changes = tuple(map(difference, version.changes))
        told.append((version.seen_at, Happening(day(version.seen_at), "Its entry was changed.", changes)))
    told += [(at, Happening(day(at), EVENTS[kind])) for kind, at in record.events]
    return [happening for _, happening in sorted(told, key=lambda pair: pair[0], reverse=True)]


def difference(change: Change) -> Difference:
    """A change, with the words that went and those that came marked."""
    part = FIELDS.get(change.field, clean(change.field).capitalize())
    old, new = _WORDS.findall(clean(change.old)), _WORDS.findall(clean(change.new))
    if not old or not new or len(change.old) + len(change.new) > DIFFERENT:
        return Difference(part, _whole(old), _whole(new))
    steps = SequenceMatcher(None, old, new).get_opcodes()
    return Difference(
        part,
        tuple(Piece("".join(old[a:b]), kind != "equal") for kind, a, b, _, _ in steps if a < b),
        tuple(Piece("".join(new[c:d]), kind != "equal") for kind, _, _, c, d in steps if c < d),
    )


def _whole(words: Sequence[str]) -> tuple[Piece, ...]:
    return (Piece("".join(words)),) if words else (Piece("nothing"),)
