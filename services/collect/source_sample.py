"""Source sample: a few read entries beside the page's own words, for a person to sign off."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from core.actions import source_action
from core.config.schema import Settings, Source
from core.dates import month_name
from core.errors import HouseError, NotFound
from core.json_views import review_json
from core.plurals import plural
from core.records import Review
from core.source_json_types import EntrySampleJson
from db.collection import pages, sign_offs
from db.schema.connect import Database, write_transaction
from scraper.adapter import load_adapter
from services.collect.takedown_questions import drop_taken_down

SAMPLE_SIZE = 5  # entries


@dataclass(frozen=True, slots=True)
class EntrySample:
    """An entry as it is read; its `raw` is what the page itself says. Identified by its place."""

    position: int  # from 1
    entries: int  # in all
    review: Review


def read_sample(settings: Settings, db: Database, source: Source) -> list[EntrySample]:
    """Entries of the page that was last believed, read with today's code: the first, the last, some between.

    Of a source of many pages, of those last kept. Raises NotFound where there is none.
    """
    adapter, found = load_adapter(source), list[Review]()
    for page in pages.iterate_good(db, settings.data_dir / "pages", source.name, SAMPLE_SIZE if adapter.follow else 1):
        if len(found) < SAMPLE_SIZE:
            found += drop_taken_down(db, adapter.parse(page, source.name).reviews)
    if not found:
        action = source_action(source.name, "Read it", f"Read it with: casereviews scrape {source.name}")
        raise NotFound("no page was read well", source.name, action=action)
    steps = range(min(SAMPLE_SIZE, len(found)))
    places = sorted({round(step * (len(found) - 1) / max(len(steps) - 1, 1)) for step in steps})
    return [EntrySample(place + 1, len(found), found[place]) for place in places]


def entry_fields(review: Review) -> Iterator[tuple[str, str]]:
    """An entry as it was read, field by field: what it is called, and what it says."""
    month = month_name(review.month) if review.month else ""
    yield "published", f"{month} {review.year or ''}".strip() or "none"
    yield "publisher", review.publisher or "none"
    yield "name", review.name or "none"
    yield "text", review.summary or "none"
    for section in review.sections:
        count = f" ({plural(len(section.items), 'item')})" if section.items else ""
        yield f"{section.kind}{count}", f"{section.label}: {section.text}"
    yield "keywords", ", ".join(review.keywords) or "none"
    for link in review.links:
        yield "link", f"{link.text}: {link.url}"


def sample_json(sample: EntrySample) -> EntrySampleJson:
    """A read entry and the page's own words, as JSON."""
    return {
        "position": sample.position,
        "entries": sample.entries,
        "words": sample.review.raw,
        "review": review_json(sample.review),
    }


def sign_off(db: Database, source: Source, now: datetime) -> None:
    """Write down that a person has looked, and said yes. Raises HouseError where there is nothing to look at."""
    asked = sign_offs.get(db, source.name)
    if asked is None:
        action = source_action(source.name, "Read it", f"Read it with: casereviews scrape {source.name}")
        raise HouseError("nothing was read yet that could be looked at", source.name, action=action)
    with write_transaction(db):
        sign_offs.save(db, replace(asked, signed_at=now))
