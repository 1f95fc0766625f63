"""Reconcile a read with stored reviews: new, changed, missing, withdrawn, returned; pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.folding import fold
from core.records import Change, Review
from scraper.identity import link_key, sighting_digest
from scraper.match import StoredReview, match_reviews
from scraper.takedown_guard import HeldEntry, find_held_entries


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What one healthy full read changes."""

    new: tuple[Review, ...] = ()
    changed: tuple[tuple[Review, tuple[Change, ...]], ...] = ()  # as it is now, and how it differs
    relinked: tuple[Review, ...] = ()  # the same records at other addresses: no edit
    returned: tuple[Review, ...] = ()  # was missing or withdrawn; back, perhaps edited too
    missing: tuple[Review, ...] = ()  # not on a page that should list it: the first day
    withdrawn: tuple[Review, ...] = ()  # not there on another day either
    unchanged: int = 0
    sighted: tuple[tuple[Review, str], ...] = ()  # what this source shows of it for the first time, or differently
    joined: tuple[int, ...] = ()  # ids this source shows for the first time, held from another
    ended: tuple[int, ...] = ()  # ids this source no longer covers: an older year's, say
    held_back: tuple[HeldEntry, ...] = ()  # to be asked about


def reconcile_read(
    stored: Sequence[StoredReview],
    read: Sequence[Review],
    today: date,
    lists_all: bool = True,
    overwritten: bool = False,
    allowed: Collection[str] = (),
) -> Reconciliation:
    """Compare a read with what is held.

    `stored` holds every review this source is showing, and any other that may be the same as one read, those taken
    down among them. `lists_all`: the page lists everything it covers, so that absence means something. `overwritten`:
    it lists the latest only, so that absence means that it no longer covers what it listed before. `allowed`: see
    match_reviews.
    """
    pairs, unknown = match_reviews(stored, read, lists_all, allowed)
    held_back = find_held_entries(stored, read, pairs, allowed)
    doubtful = {id(entry.review) for entry in held_back}
    missing, withdrawn, ended = _find_absent(stored, pairs, read, today)
    if not lists_all:
        gone = (*missing, *withdrawn)
        missing, withdrawn = (), ()
        ended = (*ended, *(review.id for review in gone)) if overwritten else ()
    return replace(
        _compare_pairs(pairs),
        new=tuple(review for review in unknown if id(review) not in doubtful),
        missing=missing,
        withdrawn=withdrawn,
        ended=ended,
        held_back=held_back,
    )


def _compare_pairs(pairs: Sequence[tuple[StoredReview, Review]]) -> Reconciliation:
    """What the reviews that are both held and read have become."""
    changed, relinked, returned, sighted, joined, unchanged = [], [], [], [], [], 0
    for held, review in pairs:
        if held.review.taken_down:  # our own operator's word holds, whatever the source lists
            unchanged += 1
            continue
        print_ = sighting_digest(review)
        edits = _find_edits(held, review, print_)
        now = _update_stored(held.review, review, edits)
        if not held.sighting or held.sighting.print != print_ or held.sighting.missing_since or held.sighting.ended:
            sighted.append((now, print_))
        if not held.sighting:
            joined.append(held.review.id)
        if held.review.status != "current":
            returned.append(now)
        if edits:
            changed.append((now, edits))
        elif held.review.status == "current":
            unchanged += 1
            if held.review.source == review.source and _link_addresses(held.review) != _link_addresses(review):
                relinked.append(replace(now, links=review.links))
    return Reconciliation(
        changed=tuple(changed),
        relinked=tuple(relinked),
        returned=tuple(returned),
        unchanged=unchanged,
        sighted=tuple(sighted),
        joined=tuple(joined),
    )


def _find_edits(held: StoredReview, review: Review, print_: str) -> tuple[Change, ...]:
    """The field differences, where the review's own source shows something else than it did.

    Two sources may word the same review differently, and edit it at different times: the words are those of
    the one that we have it from.
    """
    if held.sighting is None or held.sighting.print == print_ or held.review.source != review.source:
        return ()
    return field_changes(held.review, review)


def field_changes(old: Review, new: Review) -> tuple[Change, ...]:
    """The fields that differ in more than white space, dashes, quotes or case; as text, old and new."""
    found = []
    for field, before, after in (
        ("year", str(old.year or ""), str(new.year or "")),
        ("month", str(old.month or new.month or ""), str(new.month or old.month or "")),
        ("publisher", old.publisher, new.publisher),
        ("name", old.name, new.name),
        ("summary", old.summary, new.summary),
        ("sections", _section_text(old), _section_text(new)),
        ("keywords", ", ".join(old.keywords), ", ".join(new.keywords)),
    ):
        if fold(before) != fold(after):
            found.append(Change(field, before, after))
    if sorted(map(link_key, old.links)) != sorted(map(link_key, new.links)):
        found.append(Change("links", _link_addresses(old), _link_addresses(new)))
    return tuple(found)


def _section_text(review: Review) -> str:
    return "\n".join(f"{section.label}: {section.text}" for section in review.sections)


def _link_addresses(review: Review) -> str:
    return "\n".join(link.url for link in review.links)


def _update_stored(held: Review, review: Review, edits: tuple[Change, ...]) -> Review:
    """What we hold, brought up to date: the content only if it was edited."""
    if not edits:
        return replace(held, status="current")
    return replace(
        review,
        id=held.id,
        key=held.key,
        catalogue=review.catalogue or held.catalogue,
        month=review.month or held.month,
        first_seen=held.first_seen,
        baseline=held.baseline,
        issue=held.issue,
        version=held.version + 1,
    )


def _find_absent(
    stored: Sequence[StoredReview], pairs: Sequence[tuple[StoredReview, Review]], read: Sequence[Review], today: date
) -> tuple[tuple[Review, ...], tuple[Review, ...], tuple[int, ...]]:
    """What this source showed and shows no more: missing, withdrawn, and no longer covered."""
    years = covered_years([held.review for held in stored if held.sighting and not held.sighting.ended], read)
    found = {held.review.id for held, _ in pairs}
    missing, withdrawn, ended = [], [], []
    for held in stored:
        if held.sighting is None or held.sighting.ended or held.review.id in found or held.review.taken_down:
            continue
        if held.review.year not in years:
            ended.append(held.review.id)
        elif held.sighting.missing_since is None:
            missing.append(held.review)
        elif held.sighting.missing_since < today and held.review.status != "withdrawn":
            withdrawn.append(held.review)
    return tuple(missing), tuple(withdrawn), tuple(ended)


def covered_years(before: Sequence[Review], read: Sequence[Review]) -> set[int | None]:
    """The years of what a source showed before that it still covers.

    All of them, unless the list has gone on to a new year: in January this year's list starts anew, and last
    year's reviews, but for a few late ones, have not gone from the collection.
    """
    years, now = Counter(review.year for review in before), Counter(review.year for review in read)
    if max((year or 0 for year in now), default=0) <= max((year or 0 for year in years), default=0):
        return set(years)
    return {year for year, count in years.items() if now[year] * 2 > count}
