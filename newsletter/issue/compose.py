"""Compose an issue: which reviews it holds, in what order, with its content hash; pure."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import assert_never

from core.dates import period_name
from core.errors import HouseError
from core.plurals import noun
from core.records import Issue, Review, Update
from core.states import REVIEW_ORDERS, ReviewOrder
from newsletter.issue.phrases import clean_text, format_count, join_list, natural_key, review_title
from newsletter.issue.wording import Wording

MAX_PREHEADER_CHARS = 110  # characters that an inbox shows at most
MAX_NOTE_CHARS = 5_000  # characters; more would crowd out the reviews
SortKey = tuple[object, ...]


def compose(
    waiting: Iterable[Review],
    period: str,
    wording: Wording,
    *,
    until: datetime,
    note: str = "",
    skip: AbstractSet[int] = frozenset(),
    order: str | Sequence[int] | None = None,
    updated: Iterable[Update] = (),
    withdrawn: Iterable[Review] = (),
    last_read: date | None = None,
) -> Issue:
    """The issue of `period` from the reviews still waiting for one, with its hash.

    Kept are the current ones, first seen before `until` and not by a source's first read. `order` is one
    of ORDERS ("year": newest first; "first_seen": oldest first) or ids to put first; None takes the
    wording's. Where reviews are of several collections, that comes before the order. What is in `skip`,
    and what was taken down, is named nowhere. Raises HouseError for a bad period, order or note.
    """
    kept = [review for review in waiting if _is_news(review, until) and review.id not in skip]
    new = {review.id for review in kept} - {0}
    edits = [u for u in updated if u.review.id not in skip | new and _is_listed(u.review)]
    if len(note) > MAX_NOTE_CHARS:
        raise HouseError("the note is too long", f"{len(note):,} characters", f"Keep it under {MAX_NOTE_CHARS:,}.")
    reviews = _sort_by_collection(_sort_reviews(kept, wording.order if order is None else order), wording)
    month, count = period_name(period), str(len(reviews) or "none")
    issue = Issue(
        period=period,
        title=f"{clean_text(wording.title)}: {month}",
        subject=f"{clean_text(wording.title)}: {month} ({count} new)",
        preheader=compose_preheader([review_title(review) for review in reviews], month, wording),
        intro=_intro_sentence(reviews, month, wording),
        reviews=tuple(reviews),
        note=note.strip(),
        updated=tuple(sorted(edits, key=lambda update: _publisher_key(update.review))),
        withdrawn=tuple(sorted((r for r in withdrawn if r.id not in skip and not r.taken_down), key=_publisher_key)),
        last_read=last_read,
    )
    return replace(issue, hash=content_hash(issue))


def content_hash(issue: Issue) -> str:
    """SHA-256 of what a reader sees, 64 hexadecimal digits; not of when it was seen or read.

    The grouping by collection is in it: the intro says how many reviews, in their order, are of which.
    """
    content = {
        "title": issue.title,
        "intro": issue.intro,
        "note": issue.note,
        "reviews": [_review_content(review) for review in issue.reviews],
        "updated": [[_review_content(u.review), [[c.field, c.old, c.new] for c in u.changes]] for u in issue.updated],
        "withdrawn": [_review_content(review) for review in issue.withdrawn],
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def editorial_hash(issue: Issue) -> str:
    """The same, but for what a look at a link adds to it: type, size, pages, that it is live. A dead one counts."""

    def bare(review: Review) -> Review:
        looked = (replace(x, media="", size=None, pages=None) for x in review.links)
        return replace(review, links=tuple(x if x.state == "dead" else replace(x, state="unchecked") for x in looked))

    updated = tuple(replace(update, review=bare(update.review)) for update in issue.updated)
    return content_hash(replace(issue, reviews=tuple(map(bare, issue.reviews)), updated=updated))


def _is_news(review: Review, until: datetime) -> bool:
    seen = review.first_seen
    news = review.status == "current" and not review.baseline and not review.taken_down
    return news and seen is not None and seen < until


def _is_listed(review: Review) -> bool:
    return review.status != "withdrawn" and not review.taken_down


def _sort_by_collection(reviews: list[Review], wording: Wording) -> list[Review]:
    theirs = wording.collections_of(reviews)
    return sorted(reviews, key=lambda review: theirs.index(wording.collection_of(review)))


def _sort_reviews(reviews: list[Review], order: str | Sequence[int]) -> list[Review]:
    if not isinstance(order, str):
        place = {id: n for n, id in reversed(list(enumerate(order)))}
        return sorted(reviews, key=lambda r: (place.get(r.id, len(order)), *_publisher_key(r)))
    if (known := next((one for one in REVIEW_ORDERS if one == order), None)) is None:
        raise HouseError("no such order", order, f"Take one of: {', '.join(REVIEW_ORDERS)}.")
    return sorted(reviews, key=lambda review: (*_order_key(known, review), *_publisher_key(review)))


def _order_key(order: ReviewOrder, review: Review) -> SortKey:
    match order:
        case "publisher":
            return ()
        case "name":
            return (natural_key(review.name),)
        case "year":
            return (-(review.year or 0),)
        case "first_seen":
            return (review.first_seen,)
        case _:
            assert_never(order)


def _publisher_key(review: Review) -> SortKey:
    """Where no publisher is named, the name stands in its place, as it does in the heading."""
    return (
        natural_key(review.publisher or review.name),
        natural_key(review.name),
        review.year or 0,
        review.id,
        review.key,
        review.fingerprint,
    )


def _intro_sentence(reviews: list[Review], month: str, wording: Wording) -> str:
    count, shares = len(reviews), Counter(map(wording.collection_of, reviews))
    each = "A summary of each of these cases can be found below:"
    if count == 0:
        return f"In {month} no case reviews were published to {_any_collection(wording)}."
    if count == 1:
        return (
            f"In {month} one case review was published to the {min(shares)}. A summary of this case can be found below:"
        )
    if len(shares) == 1:
        return f"In {month} {format_count(count)} case reviews were published to the {min(shares)}. {each}"
    told = join_list([f"{format_count(share)} to the {collection}" for collection, share in shares.items()])
    return f"In {month} {format_count(count)} case reviews were published: {told}. {each}"


def _any_collection(wording: Wording) -> str:
    return join_list([f"the {collection}" for collection in wording.all_collections()], "or")


def compose_preheader(titles: list[str], month: str, wording: Wording) -> str:
    """The subjects as far as they fit whole, then how many more; `month` is in words."""
    if not titles:
        return f"No case reviews were published to {_any_collection(wording)} in {month}."
    for shown in range(min(len(titles), MAX_PREHEADER_CHARS), 0, -1):
        left = len(titles) - shown
        line = "; ".join(titles[:shown]) + (f" and {left:,} more" if left else "")
        if len(line) <= MAX_PREHEADER_CHARS:
            return line
    return f"{format_count(len(titles)).capitalize()} {noun(len(titles), 'case review')}"


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
    }
