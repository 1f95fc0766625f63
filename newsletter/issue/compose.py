"""Compose an issue: which reviews it holds, in what order, with its content hash; pure."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import assert_never

from core.editor_records import Correction
from core.errors import HouseError
from core.folding import dictionary_key, fold
from core.glance import glance_facts
from core.harm_and_age import age_in_years
from core.plurals import noun, plural
from core.records import Issue, Review, Update
from core.source_records import SourceCoverage
from core.states import REVIEW_ORDERS, ReviewOrder
from core.topics import find_topic
from newsletter.issue.coverage import MonthCoverage
from newsletter.issue.phrases import format_count, is_usable_link, join_list, review_title, summary_sentence
from newsletter.issue.wording import Wording

MAX_SUBJECT_CHARS = 90  # characters up to which lines stand in the subject
MAX_PREHEADER_CHARS = 110  # characters that an inbox shows at most
MAX_NOTE_CHARS = 5_000  # characters; more would crowd out the reviews
MAX_REASON_CHARS = 500  # characters of why a review is put first
SortKey = tuple[object, ...]


def compose(
    waiting: Iterable[Review],
    period: str,
    wording: Wording,
    *,
    until: datetime,
    since: datetime | None = None,
    note: str = "",
    skip: AbstractSet[int] = frozenset(),
    order: str | Sequence[int] | None = None,
    updated: Iterable[Update] = (),
    withdrawn: Iterable[Review] = (),
    corrections: Iterable[Correction] = (),
    added: AbstractSet[int] = frozenset(),
    first: int | None = None,
    first_reason: str = "",
    sources: Sequence[SourceCoverage] = (),
) -> Issue:
    """The issue of `period` from the reviews still waiting for one, with its hash. Raises HouseError for bad arguments.

    Kept are those current, first seen before `until`, not by a source's first read unless `added`, and not in `skip`;
    those of before `since` are of an earlier month. `order` is an order, or ids that come first. No `sources`: all.
    """
    kept = [review for review in waiting if _belongs(review, until, added) and review.id not in skip]
    reviews = _arrange(_sort_reviews(kept, wording.order if order is None else order), first, wording)
    coverage, told = MonthCoverage(period, wording, sources, since), tuple(corrections)
    issue = Issue(
        period=period,
        title=coverage.title,
        subject=(subject := _subject(reviews, coverage, len(told))),
        preheader=compose_preheader(reviews, subject) or coverage.none_in_brief(),
        intro=_intro(reviews, coverage),
        reviews=tuple(reviews),
        note=_strip_words("note", note, MAX_NOTE_CHARS),
        first_reason=_strip_words("reason", first_reason if first in [r.id for r in kept] else "", MAX_REASON_CHARS),
        updated=tuple(_list_updates(updated, skip | {review.id for review in kept} - {0})),
        withdrawn=tuple(sorted((r for r in withdrawn if r.id not in skip and not r.taken_down), key=_publisher_key)),
        corrections=told,
    )
    return replace(_add_last_read(issue, coverage), hash=content_hash(issue))


def _add_last_read(issue: Issue, coverage: MonthCoverage) -> Issue:
    """The issue with what is said of the reading, which is in no hash."""
    day, collections = coverage.last_read()
    notices = tuple(one for one in coverage.notices(not issue.reviews) if one not in issue.intro)
    return replace(issue, last_read=day, read_collections=collections, notices=notices)


def content_hash(issue: Issue) -> str:
    """SHA-256 of what a reader sees, 64 hexadecimal digits; not of when it was seen or read.

    The grouping by collection is in it: the intro says how many reviews, in their order, are of which.
    """
    content: dict[str, object] = {
        "title": issue.title,
        "intro": issue.intro,
        "note": issue.note,
        "reviews": [_review_content(review) for review in issue.reviews],
        "updated": [[_review_content(u.review), [[c.field, c.old, c.new] for c in u.changes]] for u in issue.updated],
        "withdrawn": [_review_content(review) for review in issue.withdrawn],
    }
    told: list[object] = [[c.period, c.number, c.current.version, c.current.words, c.about] for c in issue.corrections]
    content |= {"corrections": told} if told else {}
    content |= {"first": issue.first_reason} if issue.first_reason else {}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def editorial_hash(issue: Issue) -> str:
    """The same, but for what a look at a link adds to it: type, size, pages, that it is live. A dead one counts."""

    def bare(review: Review) -> Review:
        looked = (replace(x, media="", size=None, pages=None) for x in review.links)
        return replace(review, links=tuple(x if x.state == "dead" else replace(x, state="unchecked") for x in looked))

    updated = tuple(replace(update, review=bare(update.review)) for update in issue.updated)
    return content_hash(replace(issue, reviews=tuple(map(bare, issue.reviews)), updated=updated))


def _strip_words(what: str, words: str, most: int) -> str:
    if len(words) > most:
        raise HouseError(f"the {what} is too long", f"{len(words):,} characters", f"Keep it under {most:,}.")
    return words.strip()


def _belongs(review: Review, until: datetime, added: AbstractSet[int]) -> bool:
    """Whether an issue may carry a review: as news of its time, or because a person added what was known."""
    seen = review.first_seen
    fresh = review.id in added or (not review.baseline and seen is not None and seen < until)
    return fresh and review.status == "current" and not review.taken_down


def _is_listed(review: Review) -> bool:
    return review.status != "withdrawn" and not review.taken_down


def _list_updates(updates: Iterable[Update], hidden: AbstractSet[int]) -> list[Update]:
    shown = [update for update in updates if update.review.id not in hidden and _is_listed(update.review)]
    return sorted(shown, key=lambda update: _publisher_key(update.review))


def _arrange(reviews: list[Review], first: int | None, wording: Wording) -> list[Review]:
    """Those of one collection together; before all the review of the number `first`, then those of its collection."""
    theirs = wording.collections_of(reviews)
    home = {wording.collection_of(review) for review in reviews if review.id == first}

    def place(review: Review) -> SortKey:
        own = wording.collection_of(review)
        return (review.id != first, own not in home, theirs.index(own))

    return sorted(reviews, key=place)


def _sort_reviews(reviews: list[Review], order: str | Sequence[int]) -> list[Review]:
    if not isinstance(order, str):
        place = {id: n for n, id in reversed(list(enumerate(order)))}
        return sorted(reviews, key=lambda r: (place.get(r.id, len(order)), *_publisher_key(r)))
    if (known := next((one for one in REVIEW_ORDERS if one == order), None)) is None:
        raise HouseError("no such order", order, f"Take one of: {', '.join(REVIEW_ORDERS)}.")
    shares = Counter(theme for review in reviews for theme in _themes(review))
    return sorted(reviews, key=lambda review: (*_order_key(known, review, shares), *_publisher_key(review)))


def _order_key(order: ReviewOrder, review: Review, shares: Counter[str]) -> SortKey:
    match order:
        case "publisher":
            return ()
        case "theme":  # the one that most reviews of the issue share stands first; those without any, last
            return min(((-shares[theme], dictionary_key(theme)) for theme in _themes(review)), default=(1, ""))
        case "age":  # the youngest first; those of no certain age, last
            return (age_in_years(review.summary),)
        case "name":
            return (dictionary_key(review.name),)
        case "year":
            return (-(review.year or 0),)
        case "first_seen":
            return (review.first_seen,)
        case _:
            assert_never(order)


def _themes(review: Review) -> set[str]:
    return {topic.name for topic in map(find_topic, review.keywords) if topic}


def _publisher_key(review: Review) -> SortKey:
    """Where no publisher is named, the name stands in its place, as it does in the heading.

    Those that are published without a name come last, and of these last the ones whose report cannot be read.
    """
    anonymous = fold(review.publisher) == "anonymous"
    return (
        anonymous,
        anonymous and not any(map(is_usable_link, review.links)),
        dictionary_key(review.publisher or review.name),
        dictionary_key(review.name),
        review.year or 0,
        review.id,
        review.key,
        review.fingerprint,
    )


def _intro(reviews: list[Review], coverage: MonthCoverage) -> str:
    """What was published in the month as far as that is known, and what else the issue holds."""
    earlier = [review for review in reviews if coverage.is_earlier(review)]
    published = [review for review in reviews if not coverage.is_earlier(review)]
    said = (
        [*coverage.beginnings(), _published_sentence(published, coverage)] if published else [coverage.none_published()]
    )
    if earlier:
        shares = join_list([f"the {name}" for name in coverage.wording.collections_of(earlier)], "or")
        count, were = len(earlier), noun(len(earlier), "was", "were")
        these = f"{format_count(count)} {noun(count, 'case review')} that {were} published to {shares} earlier"
        said.append(f"This issue {'also ' if published else ''}holds {these}.")
    if reviews:
        said.append(summary_sentence(len(reviews)))
    return " ".join(said)


def _subject(reviews: list[Review], coverage: MonthCoverage, corrections: int) -> str:
    """The title, with how many there are: "(4 new)"; without where there is none and the month is not known."""
    earlier = sum(map(coverage.was_known, reviews))
    counts = [f"{len(reviews) - earlier} new"] if len(reviews) > earlier else []
    counts += [f"{earlier} earlier"] if earlier else []
    if not counts and coverage.is_whole:
        counts = ["none new"]
    counts += [plural(corrections, "correction")] if corrections else []
    return f"{coverage.title} ({', '.join(counts)})" if counts else coverage.title


def _published_sentence(reviews: list[Review], coverage: MonthCoverage) -> str:
    count, shares = len(reviews), Counter(map(coverage.wording.collection_of, reviews))
    said = f"In {coverage.month} {format_count(count)} {noun(count, 'case review was', 'case reviews were')} published"
    if len(shares) == 1:
        return f"{said} to the {min(shares)}."
    told = join_list([f"{format_count(share)} to the {collection}" for collection, share in shares.items()])
    return f"{said}: {told}."


def mail_subject(issue: Issue) -> str:
    """The subject, then what the first reviews are about as far as it fits: "… (4 new): Baby, 7 weeks · death"."""
    facts = _facts_in_subject(issue.subject, issue.reviews)
    return f"{issue.subject}: {'; '.join(facts)}" if facts else issue.subject


def _facts_in_subject(subject: str, reviews: Sequence[Review]) -> list[str]:
    facts = list(dict.fromkeys(filter(None, map(glance_facts, reviews))))
    fitting = (facts[:shown] for shown in range(min(len(facts), 5), 0, -1))
    return next((some for some in fitting if len(f"{subject}: {'; '.join(some)}") <= MAX_SUBJECT_CHARS), [])


def compose_preheader(reviews: Sequence[Review], subject: str) -> str:
    """The subjects of the reviews as far as they fit whole, then how many more; empty of none."""
    return join_subjects(list_subjects(reviews, subject))


def list_subjects(reviews: Sequence[Review], subject: str) -> list[str]:
    """Each review's words in the preheader: its title where the mail's subject says what it is about."""
    told = _facts_in_subject(subject, reviews)
    return [review_title(one) if glance_facts(one) in told else subject_of(one) for one in reviews]


def subject_of(review: Review) -> str:
    """What a review is about, in a few words, else its title."""
    return glance_facts(review) or review_title(review)


def join_subjects(titles: Sequence[str]) -> str:
    """As far as they fit whole, then how many more; empty of none."""
    for shown in range(min(len(titles), MAX_PREHEADER_CHARS), 0, -1):
        left = len(titles) - shown
        line = "; ".join(titles[:shown]) + (f" and {left:,} more" if left else "")
        if len(line) <= MAX_PREHEADER_CHARS:
            return line
    return f"{format_count(len(titles)).capitalize()} {noun(len(titles), 'case review')}" if titles else ""


def _review_content(review: Review) -> dict[str, object]:
    return {
        "publisher": review.publisher,
        "name": review.name,
        "year": review.year,
        "month": review.month,
        "summary": review.summary,
        "sections": [[s.kind, s.label, s.text, list(s.items)] for s in review.sections],
        "keywords": list(review.keywords),
        "links": [[link.text, link.url, link.state, link.media, link.size, link.pages] for link in review.links],
        "nation": review.nation,
        "kind": review.kind,
    } | ({"fixes": [[fix.part, fix.old, fix.new] for fix in review.fixes]} if review.fixes else {})
