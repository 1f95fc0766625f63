"""Takedown guard: entries that look like a review our own operator withdrew, whatever was edited; pure.

What was taken down is likely to come back in other words: made anonymous, shortened, corrected. Its text is still here,
shown nowhere, so an entry is compared with the text itself: the same record, document or page, the same text, the same
heading, or half the runs of three words of the shorter text. The entry is held back, and a person is asked.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from core.folding import fold
from core.records import Review
from scraper.identity import body_text, document_keys, heading_key, link_keys, shared_part, sighting_digest
from scraper.match import StoredReview

MIN_SHARED = 0.5  # of the shorter text's shingles
UNNAMED = ("", "anonymous")  # publishers, folded: many reviews have the same name under these


class HeldEntry(NamedTuple):
    """An entry that looks like a review which was taken down and differs from it. Identified by the entry's digest."""

    review: Review  # as it was read
    withdrawn_id: int  # of the review that was taken down
    likeness: str  # "the same link"
    position: int  # of the entry in the read, from 1


def find_held_entries(
    stored: Sequence[StoredReview],
    read: Sequence[Review],
    pairs: Sequence[tuple[StoredReview, Review]],
    allowed: Collection[str] = (),
) -> tuple[HeldEntry, ...]:
    """The entries to hold back, in the page's order: edits of reviews that are down, and others that look like one.

    `pairs`: those of `read` that are reviews we hold. An entry that shows what was taken down to the letter stays out
    without a question. `allowed`: the digests of entries that the operator said are other reviews.
    """
    down = [held.review for held in stored if held.review.taken_down]
    if not down:
        return ()
    shared = frozenset[str]().union(*(link_keys(held.review) for held in stored if not held.review.taken_down))
    paired = {id(review): held for held, review in pairs}
    found = []
    for position, review in enumerate(read, 1):
        held = paired.get(id(review))
        if held and held.review.taken_down and not _is_known(held, review):
            likeness = _find_likeness(held.review, review, shared) or "close text"
            found.append(HeldEntry(review, held.review.id, likeness, position))
        elif held is None and sighting_digest(review) not in allowed:
            likes = ((one.id, _find_likeness(one, review, shared)) for one in down)
            if like := next((pair for pair in likes if pair[1]), None):
                found.append(HeldEntry(review, *like, position))
    return tuple(found)


def _is_known(held: StoredReview, review: Review) -> bool:
    digest = sighting_digest(review)
    return digest == sighting_digest(held.review) or bool(held.sighting and held.sighting.print == digest)


def _find_likeness(down: Review, entry: Review, shared: frozenset[str]) -> str:
    """What an entry has in common with a review that is down, in words; empty: nothing that tells.

    `shared`: links that other reviews have too. A page may be about many, a document is not.
    """
    links = link_keys(down) & link_keys(entry)
    if (down.catalogue and down.catalogue == entry.catalogue) or links & document_keys(down) or links - shared:
        return "the same link"
    body, other = fold(body_text(down)), fold(body_text(entry))
    if body and body == other:
        return "the same text"
    if heading_key(down) == heading_key(entry) or _has_same_name(down, entry):
        return "the same heading"
    return "much of its text" if shared_part(down, entry) >= MIN_SHARED else ""


def _has_same_name(down: Review, entry: Review) -> bool:
    """Whether a publisher that is named has both under one name, in whatever year."""
    one, other = ((fold(review.publisher), fold(review.name)) for review in (down, entry))
    return one == other and one[0] not in UNNAMED and bool(one[1])
