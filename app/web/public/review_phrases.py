"""Wording of the review pages, chosen here so that templates only loop or escape."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import NamedTuple

from markupsafe import Markup, escape

from app.web.context import context, site_path
from core.clean_text import clean_text
from core.dates import day_name, local_day
from core.detail import first_sentence, limit_detail, limit_review, source_detail
from core.glance import glance_line
from core.records import Change, Link, Review, SearchHit
from core.states import Detail, ListingEventKind
from core.topics import find_topic
from db.read.review_page import LinkHealth, ReviewRecord, SourceSighting
from newsletter.briefing.citations import (
    Reference,
    cite_apa,
    cite_harvard,
    order_references,
    write_bibtex,
    write_ris,
)
from newsletter.issue import issue_view
from newsletter.issue.corrected_words import name_part
from newsletter.issue.issue_view import ReviewView
from newsletter.issue.phrases import (
    Anchor,
    distinct_titles,
    download_links,
    is_usable_link,
    review_facts,
    review_title,
    truncate_text,
)

EXTRACT_LENGTH = 320  # characters of a summary in a list
MAX_DIFF_LENGTH = 4_000  # characters of a change that are compared word by word
_MATCH_MARKS = re.compile("\x02(.*?)\x03", re.DOTALL)
_WORD_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")
FIELD_LABELS = {"links": "Links", "year": "Year", "month": "Month", "publisher": "Publisher", "name": "Name"}
EVENT_SENTENCES: dict[ListingEventKind, str] = {
    "missing": "Its collection did not list it on this day.",
    "withdrawn": "Its collection no longer listed it.",
    "returned": "Its collection listed it again.",
}


class TextPiece(NamedTuple):
    """Some of a text, and whether it is marked."""

    text: str
    marked: bool = False


class ReviewListItem(NamedTuple):
    """A review in a list."""

    href: str
    title: str
    meta: str
    glance: str  # the one line of what it is about; empty where nothing is certain
    extract: Markup  # of its text
    note: str
    number: int


class FieldDifference(NamedTuple):
    """How one part of a review changed: what it was and is, word by word what was marked."""

    part: str
    was: tuple[TextPiece, ...]
    now: tuple[TextPiece, ...]


class CorrectedPart(NamedTuple):
    """A part of a review in which we have put something right: when and why, with the collection's words and ours."""

    day: str
    part: str
    why: str
    change: FieldDifference


class HistoryEvent(NamedTuple):
    """Something that happened to a review on a day."""

    day: str
    words: str
    changes: tuple[FieldDifference, ...] = ()


class ReportLink(NamedTuple):
    """A link to a report, or a sentence in its place, and what is known of it."""

    link: Anchor
    state: str


class CitationBox(NamedTuple):
    """Citations in one style."""

    id: str
    label: str
    text: str

    @property
    def rows(self) -> int:
        """The height of the box, in lines."""
        return min(12, max(3, self.text.count("\n") + 1 + len(self.text) // 200))


def site_day(at: datetime) -> str:
    """An instant's local day: 3 October 2026."""
    return local_day(at, context().settings.zone)


def describe_hits(hits: Sequence[SearchHit]) -> list[ReviewListItem]:
    """Reviews as a list shows them, each with a title that no other of them has."""
    settings, start = context().settings, site_path("/reviews/")
    details = {source: source_detail(settings, source) for source in {hit.source for hit in hits}}
    return [
        ReviewListItem(
            f"{start}{hit.id}",
            name,
            review_facts(hit),
            _glance_of_hit(hit, details[hit.source]),
            mark_extract(_shown_extract(hit, details[hit.source])),
            "Its collection does not list it at the moment." if hit.status == "missing" else "",
            hit.id,
        )
        for hit, name in zip(hits, distinct_titles(hits), strict=True)
    ]


def _glance_of_hit(hit: SearchHit, detail: Detail) -> str:
    """The line made when the review was indexed; of less than the whole review, where less may be passed on."""
    if detail == "full":
        return hit.glance
    return glance_line(limit_detail(Review(hit.source, "", "", summary=hit.summary, nation=hit.nation), detail))


def glance_now(review: Review) -> str:
    """The one line of what a review is about, as its source lets it be passed on; nothing of one that it withdrew."""
    return "" if review.status == "withdrawn" else glance_line(shown_review(review))


def _shown_extract(hit: SearchHit, detail: Detail) -> str:
    """What a list shows of a review's text, as far as its source lets it be passed on."""
    if detail == "full":
        return hit.extract
    return first_sentence(hit.summary) if detail == "first sentence" and hit.extract else ""


def mark_extract(text: str) -> Markup:
    """A search's extract as HTML with the words found marked; without any, the beginning of the text."""
    if "\x02" not in text:
        return escape(truncate_text(clean_text(text), EXTRACT_LENGTH))
    return Markup(clean_text(_MATCH_MARKS.sub(lambda found: f"<mark>{found[1]}</mark>", str(escape(text)))))  # noqa: S704 - it is escaped


def shown_review(review: Review) -> Review:
    """The review as its source lets it be passed on."""
    return limit_review(context().settings, review)


def shown_record(record: ReviewRecord) -> ReviewRecord:
    """The record likewise, with what was edited of it."""
    if source_detail(context().settings, record.review.source) == "full":
        return record
    versions = tuple(
        replace(version, changes=tuple(change for change in version.changes if change.field in FIELD_LABELS))
        for version in record.versions
    )
    return replace(record, review=shown_review(record.review), versions=versions)


def entry_without_links(review: Review) -> ReviewView:
    """The review's text; its links and keywords stand apart on its page."""
    title = context().settings.newsletter.title
    return issue_view.build_review_view(review, "", title=title)._replace(keywords="", downloads=())


def keyword_links(review: Review) -> list[Anchor]:
    """The keywords as they were published, each leading to its topic."""
    topics = [(clean_text(word), find_topic(word)) for word in review.keywords]
    return [Anchor(word, site_path(f"/topics/{topic.slug}") if topic else "") for word, topic in topics if word]


def report_links(record: ReviewRecord) -> list[ReportLink]:
    """The links to the report, named as in the mail, and when we last looked at each."""
    review = record.review
    links = [link for link in review.links if link.state == "dead" or is_usable_link(link)]
    names = download_links(review.links, review_title(review))
    if not links:
        return [ReportLink(names[0], "")]
    return [
        ReportLink(anchor, describe_link(link, (record.link_health or {}).get(link.url, LinkHealth())))
        for anchor, link in zip(names, links, strict=True)
    ]


def describe_link(link: Link, health: LinkHealth) -> str:
    """What is known of a link, for who thinks of following it."""
    if health.at is None:
        return "We have not looked at this link yet."
    when = site_day(health.at)
    if link.state == "dead":
        return f"We last tried it on {when}."
    if link.state == "unreached":
        return f"We could not reach it ourselves when we last tried, on {when}. It may well open for you."
    if health.failing_since:
        return f"It did not open when we last tried it, on {when}. It may be a passing fault."
    if health.unsettled and link.state in ("live", "moved"):
        return f"We could not look at it when we last tried, on {when}. It worked before."
    moved = " It led on to another address." if link.state == "moved" else ""
    return f"It worked when we last looked, on {when}.{moved}" if link.state in ("live", "moved") else ""


def citation_boxes(references: Sequence[Reference]) -> list[CitationBox]:
    """The citations of reviews in each style, each whole in a box to copy from."""
    ordered = order_references(references)
    return [
        CitationBox("harvard", "Harvard", "\n\n".join(map(cite_harvard, ordered))),
        CitationBox("apa", "APA", "\n\n".join(map(cite_apa, ordered))),
        CitationBox("ris", "RIS, for EndNote, Zotero or Mendeley", write_ris(references)),
        CitationBox("bibtex", "BibTeX", write_bibtex(references)),
    ]


def record_facts(record: ReviewRecord, collection_of: Callable[[Review], str]) -> list[tuple[str, list[Anchor]]]:
    """What is known of the review beside its text: a name, and lines."""
    review = record.review
    number = f", number {clean_text(review.catalogue)}" if review.catalogue else ""
    described = (_describe_sighting(one, collection_of(Review(one.source, "", ""))) for one in record.seen)
    sightings = list(dict.fromkeys(described))  # several lists of one collection may say the same
    rows = [
        ("Published by", [Anchor(clean_text(review.publisher))]),
        ("Published", [Anchor(review_facts(Review("", "", "", review.year, review.month)))]),
        ("Nation", [Anchor(review.nation or "")]),
        ("Kind of review", [Anchor(review.kind or "")]),
        ("Collection", [Anchor(collection_of(review) + number)]),
        ("Seen in", [Anchor(words) for words in sightings] if len(sightings) > 1 else []),
        ("First seen by us", [Anchor(site_day(review.first_seen))] if review.first_seen else []),
        ("Last seen by us", [Anchor(site_day(review.last_seen))] if review.last_seen else []),
        ("In our issues", [Anchor(clean_text(title), site_path(f"/issues/{month}")) for month, title in record.issues]),
    ]
    return [(name, values) for name, lines in rows if (values := [line for line in lines if line.text])]


def _describe_sighting(sighting: SourceSighting, collection: str) -> str:
    """Where and since when; and whether it is still there."""
    since = f"{collection}, since {site_day(sighting.first_seen)}"
    if sighting.ended:
        return f"{since}; its list has gone on to later reviews"
    return f"{since}; not listed since {day_name(sighting.missing_since)}" if sighting.missing_since else since


def review_history(record: ReviewRecord) -> list[HistoryEvent]:
    """What happened to the review since we first saw it, the latest first."""
    dated_events = []
    for version in record.versions:
        changes = tuple(map(word_difference, version.changes))
        dated_events.append(
            (version.seen_at, HistoryEvent(site_day(version.seen_at), "Its entry was changed.", changes))
        )
    dated_events += [(at, HistoryEvent(site_day(at), EVENT_SENTENCES[kind])) for kind, at in record.events]
    return [event for _, event in sorted(dated_events, key=lambda pair: pair[0], reverse=True)]


def corrected_parts(review: Review) -> list[CorrectedPart]:
    """What we have put right in a review's words."""
    return [
        CorrectedPart(
            site_day(fix.at),
            name_part(review, fix.part),
            clean_text(fix.why),
            word_difference(Change(fix.part, fix.old, fix.new)),
        )
        for fix in review.fixes
    ]


def word_difference(change: Change) -> FieldDifference:
    """A change, with the words that went and those that came marked."""
    part = FIELD_LABELS.get(change.field, clean_text(change.field).capitalize())
    old, new = _WORD_TOKENS.findall(clean_text(change.old)), _WORD_TOKENS.findall(clean_text(change.new))
    if not old or not new or len(change.old) + len(change.new) > MAX_DIFF_LENGTH:
        return FieldDifference(part, _unmarked_text(old), _unmarked_text(new))
    steps = SequenceMatcher(None, old, new).get_opcodes()
    return FieldDifference(
        part,
        tuple(TextPiece("".join(old[a:b]), kind != "equal") for kind, a, b, _, _ in steps if a < b),
        tuple(TextPiece("".join(new[c:d]), kind != "equal") for kind, _, _, c, d in steps if c < d),
    )


def _unmarked_text(words: Sequence[str]) -> tuple[TextPiece, ...]:
    return (TextPiece("".join(words)),) if words else (TextPiece("nothing"),)
