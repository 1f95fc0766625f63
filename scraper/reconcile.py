"""Reconcile a read with stored reviews: new, changed, missing, withdrawn, returned; pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from core.folding import fold, fold_words
from core.records import Change, Link, Review
from core.source_records import Leftover
from scraper.covered_years import covered_years
from scraper.identity import heading_key, link_key, sighting_digest
from scraper.match import StoredReview, match_reviews
from scraper.takedown_guard import HeldEntry, find_held_entries

MIN_RESTATED = 3  # entries with other links or labels: with fewer it is those cases that changed


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What one healthy full read changes."""

    new: tuple[Review, ...] = ()
    changed: tuple[tuple[Review, tuple[Change, ...]], ...] = ()  # as it is now, and how it differs
    relinked: tuple[Review, ...] = ()  # the same records at other addresses: no edit
    restated: tuple[Review, ...] = ()  # the same case on a page that now links or labels most otherwise: no edit
    returned: tuple[Review, ...] = ()  # was missing or withdrawn; back, perhaps edited too
    missing: tuple[Review, ...] = ()  # not on a page that should list it: the first day
    withdrawn: tuple[Review, ...] = ()  # not there on another day either
    unchanged: int = 0
    sighted: tuple[tuple[Review, str], ...] = ()  # what this source shows of it for the first time, or differently
    joined: tuple[Review, ...] = ()  # this source shows them for the first time, held from another
    copies: tuple[tuple[int, tuple[Link, ...]], ...] = ()  # id, and this source's links of one held from another
    ended: tuple[int, ...] = ()  # ids this source no longer covers: an older year's, say
    held_back: tuple[HeldEntry, ...] = ()  # to be asked about


def reconcile_read(
    stored: Sequence[StoredReview],
    read: Sequence[Review],
    today: date,
    lists_all: bool = True,
    overwritten: bool = False,
    allowed: Collection[str] = (),
    waiting: Sequence[Review] = (),
    leftovers: Sequence[Leftover] = (),
    every_year: bool = False,
) -> Reconciliation:
    """Compare a read with what is held.

    `stored` holds every review this source is showing, and any other that may be the same as one read, those taken
    down among them. `lists_all`: the page lists everything it covers, so that absence means something. `overwritten`:
    it lists the latest only, so that absence means that it no longer covers what it listed before. `allowed`: see
    match_reviews. What may be one of the `waiting` entries, or is named in the `leftovers`, is there still and is left
    as it is. `every_year`: the source has no blocks of years that may leave it.
    """
    pairs, unknown = match_reviews(stored, read, lists_all, allowed)
    held_back = find_held_entries(stored, read, pairs, allowed)
    doubtful = {id(entry.review) for entry in held_back}
    uncertain = _find_uncertain(stored, pairs, waiting, leftovers)
    before, listed = [held.review for held in stored if held.sighting and not held.sighting.ended], [*read, *waiting]
    years = covered_years(before, listed, every_year)
    shown = {held.review.id for held in [*(held for held, _ in pairs), *uncertain]}
    missing, withdrawn, ended = _find_absent([held for held in stored if held.review.id not in shown], years, today)
    if not lists_all:
        gone = (*missing, *withdrawn)
        missing, withdrawn = (), ()
        ended = (*ended, *(review.id for review in gone)) if overwritten else ()
    known = _add_uncertain(_compare_pairs(pairs), uncertain)
    fresh = tuple(review for review in unknown if id(review) not in doubtful)
    return replace(known, new=fresh, missing=missing, withdrawn=withdrawn, ended=ended, held_back=held_back)


def _add_uncertain(known: Reconciliation, uncertain: Sequence[StoredReview]) -> Reconciliation:
    """What may be there still counts as unchanged; it is back if it was missing."""
    back = [(held.review, held.sighting.print) for held in uncertain if held.sighting and held.sighting.missing_since]
    returned = [replace(review, status="current") for review, _ in back if review.status != "current"]
    return replace(
        known,
        unchanged=known.unchanged + len(uncertain),
        returned=(*known.returned, *returned),
        sighted=(*known.sighted, *back),
    )


def _compare_pairs(pairs: Sequence[tuple[StoredReview, Review]]) -> Reconciliation:
    """What the reviews that are both held and read have become.

    Where it is the page that changed and not the cases, nothing was edited.
    """
    changed, restated, relinked, returned, sighted, joined, unchanged = [], [], [], [], [], [], 0
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
            joined.append(held.review)
        if held.review.status != "current":
            returned.append(now)
        if edits:
            changed.append((now, edits))
            if _is_page_change(held.review, review, edits):
                restated.append((now, (_linked_hosts(held.review), _linked_hosts(review))))
        elif held.review.status == "current":
            unchanged += 1
            if held.review.source == review.source and _link_addresses(held.review) != _link_addresses(review):
                relinked.append(replace(now, links=review.links))
    same = _find_page_changes(restated, unchanged + len(changed))
    return Reconciliation(
        changed=tuple((review, edits) for review, edits in changed if review.id not in same),
        restated=tuple(replace(review, version=review.version - 1) for review, _ in restated if review.id in same),
        relinked=tuple(relinked),
        returned=tuple(returned),
        unchanged=unchanged + len(same),
        sighted=tuple(sighted),
        joined=tuple(joined),
        copies=_find_copies(pairs),
    )


def _find_copies(pairs: Sequence[tuple[StoredReview, Review]]) -> tuple[tuple[int, tuple[Link, ...]], ...]:
    """Where this source has the reports of reviews held from another, of those that it shows otherwise than it did."""
    return tuple(
        (held.review.id, review.links)
        for held, review in pairs
        if held.review.source != review.source and not held.review.taken_down
        if held.sighting is None or held.sighting.print != sighting_digest(review)
    )


Move = tuple[frozenset[str], frozenset[str]]  # the hosts of a review's links, before and now


def _find_page_changes(restated: Sequence[tuple[Review, Move]], known: int) -> set[int]:
    """Of those that differ by their links or labels only, the ids of which it is the page's doing.

    All, where most of the known ones do; else several that moved from one site to another.
    """
    most = len(restated) >= MIN_RESTATED and len(restated) * 2 > known
    times = Counter(move for _, move in restated)
    moved = {move for move, count in times.items() if count >= MIN_RESTATED and all(move) and move[0] != move[1]}
    return {review.id for review, move in restated if most or move in moved}


def _linked_hosts(review: Review) -> frozenset[str]:
    return frozenset(urlsplit(link.url).hostname or "" for link in review.links)


def _is_page_change(old: Review, new: Review, edits: Sequence[Change]) -> bool:
    """Whether an entry has other links or labels, and otherwise the same words."""
    if not {change.field for change in edits} <= {"links", "sections"}:
        return False
    return [fold(section.text) for section in old.sections] == [fold(section.text) for section in new.sections]


def restate_changed(decisions: Reconciliation) -> Reconciliation:
    """The same where nobody edited anything: it is only worded or read otherwise."""
    return replace(
        decisions,
        changed=(),
        restated=(*decisions.restated, *(replace(r, version=r.version - 1) for r, _ in decisions.changed)),
        unchanged=decisions.unchanged + len(decisions.changed),
    )


def restate(decisions: Reconciliation) -> Reconciliation:
    """The same for a page that has changed and not the cases: what is absent from it is covered no longer."""
    gone = (*decisions.missing, *decisions.withdrawn)
    return replace(
        restate_changed(decisions),
        missing=(),
        withdrawn=(),
        ended=(*decisions.ended, *(review.id for review in gone)),
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


def _find_uncertain(
    stored: Sequence[StoredReview],
    pairs: Sequence[tuple[StoredReview, Review]],
    waiting: Sequence[Review],
    leftovers: Sequence[Leftover],
) -> list[StoredReview]:
    """What this source showed and may show still: as an entry that waits, or in words that are no entry."""
    if not waiting and not leftovers:
        return []
    paired = {held.review.id for held, _ in pairs}
    rest = [
        held
        for held in stored
        if held.sighting and not (held.sighting.ended or held.review.taken_down or held.review.id in paired)
    ]
    close = {held.review.id for held, _ in match_reviews(rest, waiting)[0]}
    headings = set(map(heading_key, waiting))
    words = [_spaced_words(one.words) for one in leftovers if one.may_be_entry]
    return [
        held
        for held in rest
        if held.review.id in close
        or heading_key(held.review) in headings
        or any(name in line for line in words for name in _spaced_names(held.review))
    ]


def is_named(review: Review, leftovers: Sequence[Leftover]) -> bool:
    """Whether words that were left over are the heading of a review: they hold its name and its publisher."""
    lines, names = [_spaced_words(one.words) for one in leftovers], [review.name, review.publisher]
    return any(all(_spaced_words(name) in line for name in names if name) for line in lines if any(names))


def _spaced_names(review: Review) -> list[str]:
    """What names a review: its name, and its publisher where there is one."""
    names = [_spaced_words(name) for name in (review.name, review.publisher)]
    return [name for name in names if name.strip() and name != " anonymous "]


def _spaced_words(text: str) -> str:
    return f" {' '.join(fold_words(text))} "


def _find_absent(
    absent: Sequence[StoredReview], years: set[int | None], today: date
) -> tuple[tuple[Review, ...], tuple[Review, ...], tuple[int, ...]]:
    """What this source showed and shows no more: missing, withdrawn, and no longer covered."""
    missing, withdrawn, ended = [], [], []
    for held in absent:
        if held.sighting is None or held.sighting.ended or held.review.taken_down:
            continue
        if held.review.year not in years:
            ended.append(held.review.id)
        elif held.sighting.missing_since is None:
            missing.append(held.review)
        elif held.sighting.missing_since < today and held.review.status != "withdrawn":
            withdrawn.append(held.review)
    return tuple(missing), tuple(withdrawn), tuple(ended)
