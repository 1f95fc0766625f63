"""Review matching: which stored review an entry of a page is, whatever of it was corrected; pure.

From the surest sign to the weakest, and no review is paired twice: a key that lasts; all that is shown; all the text;
all the text under a corrected number; the catalogue number; the report's own address; the heading with close text;
another address with close text; the text under a corrected heading. A sign that several entries or several stored
reviews share (a landing page, a standing phrase) says nothing of either.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from core.folding import fold
from core.records import Review, Sighting
from scraper.identity import (
    MIN_SIMILARITY,
    body_text,
    document_keys,
    durable_key,
    heading_key,
    link_keys,
    shared_part,
    shingles,
    sighting_digest,
    text_similarity,
)

MIN_OWN_WORDS = 15  # a text of fewer may be a standing phrase, and two reviews may have it
MIN_RENUMBERED = 0.9  # of the words in order, under the same heading and another number
MIN_CONTAINED = 0.8  # of the shorter text: shortened or gone on with, under the same heading
MIN_JACCARD = (1.0, 0.8, 0.6)  # of the shingles, by how many parts of the heading are the same: edited and corrected
MAX_HOLDERS = 20  # of a shingle that tells reviews apart: more have a standing phrase


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A review we hold, and what this source last showed of it."""

    review: Review
    sighting: Sighting | None = None


Choice = Callable[[Review], StoredReview | None]
SameReview = Callable[[Review, Review], bool]  # stored and read: may they be one?


@dataclass(slots=True)
class Matching:
    """What is paired so far, and what is not."""

    stored: Sequence[StoredReview]
    read: Sequence[Review]
    lists_all: bool  # what was not read is there no more
    allowed: Collection[str]  # digests of entries that are no review which was taken down
    free: dict[int, StoredReview]
    left: list[Review]
    pairs: list[tuple[StoredReview, Review]]

    def pair(self, choose: Choice) -> None:
        """Pair each entry that is left with the stored review chosen for it."""
        left, self.left = self.left, []
        for review in left:
            if held := choose(review):
                self.pairs.append((self.free.pop(held.review.id), review))
            else:
                self.left.append(review)

    def is_open(self, held: StoredReview, review: Review) -> bool:
        """Whether a stored review is not paired yet, and may be this entry as far as its key and the operator say."""
        old, new = durable_key(held.review), durable_key(review)
        if held.review.id not in self.free or (old and new and old != new and not self.lists_all):
            return False
        return not (held.review.taken_down and self.allowed and sighting_digest(review) in self.allowed)

    def is_number_corrected(self, held: Review, review: Review) -> bool:
        """Whether one long text may have two numbers: not in a part of a list, where the first may be there still."""
        return self.lists_all and _has_own_text(held, review)

    def is_edited_too(self, held: Review, review: Review) -> bool:
        """Whether a text under a corrected number was edited a little in the same go."""
        return self.is_number_corrected(held, review) and text_similarity(held, review) >= MIN_RENUMBERED


def match_reviews(
    stored: Sequence[StoredReview], read: Sequence[Review], lists_all: bool = True, allowed: Collection[str] = ()
) -> tuple[list[tuple[StoredReview, Review]], list[Review]]:
    """The pairs of what is held and what was read, and the entries that nothing held is the same as.

    Two keys that last are two reviews, unless a read that `lists_all` has the one and no longer the other. `allowed`:
    the digests of entries that are not a review which was taken down.
    """
    matching = Matching(stored, read, lists_all, allowed, {held.review.id: held for held in stored}, list(read), [])
    for rule in RULES:
        if matching.left and matching.free:
            matching.pair(rule(matching))
    return matching.pairs, matching.left


def _by_value(matching: Matching, value: Callable[[Review], str], may_be_same: SameReview) -> Choice:
    """The stored review of the same value, one of the same heading first; one taken down last."""
    index = defaultdict(list)
    for held in matching.free.values():
        index[value(held.review)].append(held)

    def choose(review: Review) -> StoredReview | None:
        alike = index.get(value(review), ()) if value(review) else ()
        good = [h for h in alike if matching.is_open(h, review) and may_be_same(h.review, review)]
        return min(
            good, key=lambda h: (h.review.taken_down, heading_key(h.review) != heading_key(review)), default=None
        )

    return choose


def _by_own_sign(matching: Matching, signs: Callable[[Review], Iterable[Hashable]], may_be_same: SameReview) -> Choice:
    """The one stored review with a sign that it and the entry have, and no other."""
    uses = Counter(sign for review in matching.read for sign in set(signs(review)))
    holders = defaultdict(list)
    for held in matching.stored:
        for sign in set(signs(held.review)):
            holders[sign].append(held)

    def choose(review: Review) -> StoredReview | None:
        own = [holders[s][0] for s in set(signs(review)) if uses[s] == 1 and len(holders.get(s, ())) == 1]
        good = {h.review.id: h for h in own if matching.is_open(h, review) and may_be_same(h.review, review)}
        return next(iter(good.values())) if len(good) == 1 else None

    return choose


def _by_heading(matching: Matching) -> Choice:
    """The stored review of the same heading whose text is closest, if it is close."""
    by_heading = defaultdict(list)
    for held in matching.free.values():
        by_heading[heading_key(held.review)].append(held)

    def choose(review: Review) -> StoredReview | None:
        near = [
            (text_similarity(h.review, review), shared_part(h.review, review), h.review.id, h)
            for h in by_heading.get(heading_key(review), ())
            if matching.is_open(h, review) and _is_told(h, review)
            if _number_agrees(h.review, review) or matching.is_edited_too(h.review, review)
        ]
        similarity, contained, _, best = max(near, default=(0.0, 0.0, 0, None))  # no two have one id
        return best if similarity >= MIN_SIMILARITY or contained >= MIN_CONTAINED else None

    return choose


def _by_part_of_heading(matching: Matching) -> Choice:
    """The stored review with a part of the heading the same and most of a text that no other has."""
    uses, read = Counter(shingles(held.review) for held in matching.stored), Counter(map(shingles, matching.read))
    holders = defaultdict(list)
    for held in matching.free.values():
        words = shingles(held.review)
        for shingle in words if uses[words] == 1 else ():
            holders[shingle].append(held.review.id)

    def choose(review: Review) -> StoredReview | None:
        words = shingles(review)
        rare = (ids for shingle in words if len(ids := holders.get(shingle, ())) <= MAX_HOLDERS)
        near = Counter(number for ids in rare for number in ids if number in matching.free).most_common(1)
        best = matching.free[near[0][0]] if near and read[words] == 1 else None
        if best is None or not matching.is_open(best, review) or not _number_agrees(best.review, review):
            return None
        theirs, common = shingles(best.review), len(_heading_parts(best.review) & _heading_parts(review))
        close = len(words & theirs) >= MIN_JACCARD[min(common, 2)] * len(words | theirs)
        return best if close and _has_own_text(best.review, review) else None

    return choose


def _heading_parts(review: Review) -> set[tuple[int, str]]:
    """Year, publisher and name, those that are there."""
    parts = enumerate((str(review.year or ""), fold(review.publisher), fold(review.name)))
    return {part for part in parts if part[1]}


def _folded_text(review: Review) -> list[str]:
    text = fold(body_text(review))
    return [text] if text else []


def _number_agrees(held: Review, review: Review) -> bool:
    """Two catalogue numbers are two reviews, unless it is all that differs."""
    return not (held.catalogue and review.catalogue) or held.catalogue == review.catalogue


def _has_own_text(held: Review, review: Review) -> bool:
    """Whether the text is long enough to be of one review only."""
    return min(len(body_text(one).split()) for one in (held, review)) >= MIN_OWN_WORDS


def _fingerprint_of_text(review: Review) -> str:
    """The fingerprint; empty where there is no text, of which it says nothing."""
    return review.fingerprint if body_text(review) else ""


def _is_told(held: StoredReview, review: Review) -> bool:
    """Whether more than a heading is the same: where neither has a text, that the source showed the other till now."""
    shown = held.sighting is not None and not held.sighting.ended
    return bool(shown or body_text(held.review) or body_text(review) or held.review.links == review.links)


def _has_close_text(held: Review, review: Review) -> bool:
    texts = body_text(held) and body_text(review)
    return bool(texts) and _number_agrees(held, review) and text_similarity(held, review) >= MIN_SIMILARITY


def _is_corrected_heading(held: Review, review: Review) -> bool:
    """Whether the heading over one text was corrected: a short text must not stand under wholly another."""
    parts_agree = len(_heading_parts(held) & _heading_parts(review)) > 1
    return _number_agrees(held, review) and (parts_agree or _has_own_text(held, review))


RULES: tuple[Callable[[Matching], Choice], ...] = (  # each makes its choices among what those before it left
    lambda matching: _by_value(matching, durable_key, _number_agrees),
    lambda matching: _by_value(matching, sighting_digest, _number_agrees),
    lambda matching: _by_value(matching, _fingerprint_of_text, _number_agrees),
    lambda matching: _by_value(matching, attrgetter("fingerprint"), matching.is_number_corrected),
    lambda matching: _by_value(matching, attrgetter("catalogue"), _number_agrees),
    lambda matching: _by_own_sign(matching, document_keys, _number_agrees),
    _by_heading,
    lambda matching: _by_own_sign(matching, link_keys, _has_close_text),
    lambda matching: _by_own_sign(matching, _folded_text, _is_corrected_heading),
    _by_part_of_heading,
)
