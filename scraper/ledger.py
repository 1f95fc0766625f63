"""What is new, changed, missing, withdrawn: stored and read in, decisions out; pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from core.records import Change, Review, Sighting
from scraper.identity import CLOSE, closeness, fold, heading_key, link_key, shown


@dataclass(frozen=True, slots=True)
class Decisions:
    """What one healthy full read changes. Each review is in one list only, but for `seen`."""

    new: tuple[Review, ...] = ()
    changed: tuple[tuple[Review, tuple[Change, ...]], ...] = ()  # as it is now, and how it differs
    returned: tuple[Review, ...] = ()  # was missing or withdrawn; back, perhaps edited
    missing: tuple[Review, ...] = ()  # not on a page that should list it: the first day
    withdrawn: tuple[Review, ...] = ()  # not there on another day either
    unchanged: int = 0
    sighted: tuple[tuple[Review, str], ...] = ()  # what this source shows of it for the first time, or differently
    ended: tuple[int, ...] = ()  # ids this source no longer covers: an older year's, say


@dataclass(frozen=True, slots=True)
class Stored:
    """A review we hold, and what this source last showed of it."""

    review: Review
    sighting: Sighting | None = None


def decide(stored: Sequence[Stored], read: Sequence[Review], today: date, lists_all: bool = True) -> Decisions:
    """Compare a read with what is held.

    `stored` holds every review this source is showing, and any other that may be the same as one read.
    `lists_all`: the page lists everything it covers, so that absence means something.
    """
    pairs, fresh = match(stored, read)
    changed, returned, sighted, unchanged = [], [], [], 0
    for held, review in pairs:
        if held.review.taken_down:  # our own operator's word holds, whatever the source lists
            unchanged += 1
            continue
        print_ = shown(review)
        if not review.publisher:  # a catalogue that names no board does not unname the one we have
            kept = {name: getattr(held.review, name) for name in ("publisher", "name", "title", "nation", "kind")}
            review = replace(review, **kept)
        differences = _edited(held, review, print_)
        now = _renewed(held.review, review, differences)
        if not held.sighting or held.sighting.print != print_ or held.sighting.missing_since or held.sighting.ended:
            sighted.append((now, print_))
        if held.review.status != "current":
            returned.append(now)
        if differences:
            changed.append((now, differences))
        elif held.review.status == "current":
            unchanged += 1
    gone = _gone(stored, pairs, read, today) if lists_all else ((), (), ())
    return Decisions(
        tuple(fresh), tuple(changed), tuple(returned), gone[0], gone[1], unchanged, tuple(sighted), gone[2]
    )


def match(stored: Sequence[Stored], read: Sequence[Review]) -> tuple[list[tuple[Stored, Review]], list[Review]]:
    """Pair what was read with what is held: by catalogue number, by all that is shown, by the text alone, then by
    heading and close text.

    Returns the pairs, and what nothing held is the same as. No review is paired twice.
    """
    free = {held.review.id: held for held in stored}
    pairs: list[tuple[Stored, Review]] = []
    left = list(read)
    for same in (attrgetter("catalogue"), shown, attrgetter("fingerprint")):
        index = {same(held.review): held for held in free.values() if same(held.review)}
        rest = []
        for review in left:
            held = index.get(same(review))
            if held and held.review.id in free and _may_be_one(held.review, review):
                pairs.append((free.pop(held.review.id), review))
            else:
                rest.append(review)
        left = rest
    by_heading: dict[str, list[Stored]] = defaultdict(list)
    for held in free.values():
        by_heading[heading_key(held.review)].append(held)
    fresh = []
    for review in left:
        held = _closest(by_heading[heading_key(review)], review)
        if held:
            by_heading[heading_key(review)].remove(held)
            pairs.append((held, review))
        else:
            fresh.append(review)
    return pairs, fresh


def _may_be_one(held: Review, review: Review) -> bool:
    """Two catalogue numbers are two reviews, whatever the text says."""
    return not (held.catalogue and review.catalogue) or held.catalogue == review.catalogue


def _closest(candidates: Iterable[Stored], review: Review) -> Stored | None:
    near = [(closeness(c.review, review), c.review.id, c) for c in candidates if _may_be_one(c.review, review)]
    best = max(near, default=None, key=lambda entry: entry[:2])
    return best[2] if best and best[0] >= CLOSE else None


def _edited(held: Stored, review: Review, print_: str) -> tuple[Change, ...]:
    """The field differences, where this source itself shows something else than it did.

    Two pages may word the same review differently: that alone is no edit.
    """
    if held.sighting is None or held.sighting.print == print_:
        return ()
    return differences(held.review, review)


def differences(old: Review, new: Review) -> tuple[Change, ...]:
    """The fields that differ in more than white space, dashes, quotes or case; as text, old and new."""
    found = []
    for field, before, after in (
        ("year", str(old.year or ""), str(new.year or "")),
        ("month", str(old.month or new.month or ""), str(new.month or old.month or "")),
        ("publisher", old.publisher, new.publisher),
        ("name", old.name, new.name),
        ("summary", old.summary, new.summary),
        ("sections", _sections(old), _sections(new)),
        ("keywords", ", ".join(old.keywords), ", ".join(new.keywords)),
    ):
        if fold(before) != fold(after):
            found.append(Change(field, before, after))
    if sorted(map(link_key, old.links)) != sorted(map(link_key, new.links)):
        found.append(Change("links", _addresses(old), _addresses(new)))
    return tuple(found)


def _sections(review: Review) -> str:
    return "\n".join(f"{section.label}: {section.text}" for section in review.sections)


def _addresses(review: Review) -> str:
    return "\n".join(link.url for link in review.links)


def _renewed(held: Review, review: Review, edits: tuple[Change, ...]) -> Review:
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


def _gone(
    stored: Sequence[Stored], pairs: Sequence[tuple[Stored, Review]], read: Sequence[Review], today: date
) -> tuple[tuple[Review, ...], tuple[Review, ...], tuple[int, ...]]:
    """What this source showed and shows no more: missing, withdrawn, and no longer covered.

    A list covers the years of the reviews on it: in January this year's list starts anew, and last
    year's reviews have not gone from the collection.
    """
    years = {review.year for review in read}
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
