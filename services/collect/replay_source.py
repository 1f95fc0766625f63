"""Source replay: the kept pages read again with today's code, and how that differs from what is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.config.schema import Settings, Source
from core.dates import local_day
from core.folding import one_line
from core.plurals import plural
from core.records import Change, Review
from core.source_json_types import SourceReplayJson
from db.collection import pages
from db.schema.connect import Database
from scraper.adapter import load_adapter
from scraper.match import StoredReview, match_reviews
from scraper.reconcile import field_changes
from services.collect.source_example import compare_example
from services.collect.takedown_questions import drop_taken_down
from services.collect.validate_read import list_stored


@dataclass(frozen=True, slots=True)
class SourceReplay:
    """What today's code makes of a source's kept pages, identified by the source's name."""

    source: str
    pages: int
    reviews: int
    unread: tuple[str, ...] = ()  # pages that were believed and cannot be read now: the day, and why
    appear: tuple[Review, ...] = ()  # reviews that are not stored
    vanish: tuple[Review, ...] = ()  # stored reviews that are not read any more
    differ: tuple[tuple[Review, tuple[Change, ...]], ...] = ()  # as stored, and how they are read now
    example: tuple[str, ...] = ()  # how the page of its trial is read otherwise

    @property
    def same(self) -> bool:
        """Whether nothing is read otherwise than it was."""
        return not (self.unread or self.appear or self.vanish or self.differ or self.example)


def replay_source(settings: Settings, db: Database, source: Source) -> SourceReplay:
    """Read a source's kept pages again, oldest first, and compare with what is stored. Nothing is written.

    What was taken down is left out, and so are the words of reviews that are worded by another source. Raises
    HouseError for a page that cannot be opened.
    """
    count, first, known, unread = _read_pages(settings, db, source)
    listed = drop_taken_down(db, known)
    stored = [held for held in list_stored(db, source.name, listed) if not held.review.taken_down]
    pairs, appear = match_reviews(stored, listed)
    read = {held.review.id for held, _ in pairs}
    lately = [held.review for held in stored if held.sighting and first and held.sighting.first_seen >= first]
    changes = [(one.review, field_changes(one.review, now)) for one, now in pairs if one.review.source == source.name]
    return SourceReplay(
        source.name,
        count,
        len(listed),
        unread,
        tuple(appear),
        tuple(review for review in lately if review.id not in read),
        tuple(pair for pair in changes if pair[1]),
        tuple(compare_example(settings.data_dir, source) or ()),
    )


def _read_pages(
    settings: Settings, db: Database, source: Source
) -> tuple[int, datetime | None, list[Review], tuple[str, ...]]:
    """How many pages there are, since when, what today's code reads of them, and which it cannot read."""
    adapter, bodies, known, unread, first = load_adapter(source), set[str](), list[Review](), list[str](), None
    for page in pages.iterate_good(db, settings.data_dir / "pages", source.name, oldest_first=True):
        first = first or page.fetched_at
        if page.sha256 in bodies:
            continue
        bodies.add(page.sha256)
        try:
            reading = adapter.parse(page, source.name)
        except Exception as e:  # whatever today's code makes of an old page is what is asked
            unread.append(f"{local_day(page.fetched_at, settings.zone)}: {type(e).__name__}: {e}")
            continue
        if not (reading.reviews or reading.lists_none or adapter.follow):  # of many pages some hold links alone
            unread.append(f"{local_day(page.fetched_at, settings.zone)}: no review is found")
        known = _take_in(known, reading.reviews, by_key=adapter.follow is not None)
    return len(bodies), first, known, tuple(unread)


def _take_in(known: list[Review], read: Sequence[Review], by_key: bool) -> list[Review]:
    """What was read so far and what a page says, each review as it was read last.

    `by_key`: the page is one of many, and each review's key tells which it is.
    """
    if by_key:
        return list({review.key: review for review in (*known, *read)}.values())
    pairs, new = match_reviews([StoredReview(replace(one, id=place)) for place, one in enumerate(known)], read)
    for held, review in pairs:
        known[held.review.id] = review
    return [*known, *new]


def describe_replay(replay: SourceReplay) -> Iterator[str]:
    """What was read, then a line for each difference."""
    outcome = "nothing would differ" if replay.same else "this would differ:"
    yield f"{replay.source}: {plural(replay.reviews, 'review')} on {plural(replay.pages, 'kept page')}; {outcome}"
    yield from (f"  page of {words}" for words in replay.unread)
    yield from (f"  read now: {review.title}" for review in replay.appear)
    yield from (f"  not read any more: {review.id} {review.title}" for review in replay.vanish)
    for review, changes in replay.differ:
        for change in changes:
            yield f"  {review.id} {review.title}: {change.field}"
            yield f"    is   {one_line(change.old)}"
            yield f"    read {one_line(change.new)}"
    yield from (f"  page of its trial: {words}" for words in replay.example)


def replay_json(replay: SourceReplay) -> SourceReplayJson:
    """What would differ, as JSON."""
    return {
        "source": replay.source,
        "pages": replay.pages,
        "reviews": replay.reviews,
        "unread": list(replay.unread),
        "appear": [review.title for review in replay.appear],
        "vanish": [{"id": review.id, "title": review.title} for review in replay.vanish],
        "differ": [
            {
                "id": review.id,
                "title": review.title,
                "changes": [{"field": c.field, "old": c.old, "new": c.new} for c in changes],
            }
            for review, changes in replay.differ
        ],
        "example": list(replay.example),
    }
