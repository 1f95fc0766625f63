"""Source overview: how a source is and how much of it is covered, as JSON."""

from datetime import datetime

from core.actions import typed_words
from core.config.schema import Settings, Source
from core.dates import iso_utc_or_none
from core.source_json_types import SourceOverviewJson
from db.collection import runs, sightings, sign_offs, sources
from db.schema.connect import Database
from services.collect.source_status import source_state


def source_overview(settings: Settings, db: Database, source: Source, now: datetime) -> SourceOverviewJson:
    """A source's state, and what of it is held: since when it is read, and the years that it lists now."""
    state, good = source_state(settings, db, source, now), runs.latest(db, source.name, good=True)
    return {
        "name": source.name,
        "kind": source.kind,
        "url": source.url,
        "state": state.state if state else None,
        "words": typed_words(state.words, state.action) if state else "not read yet",
        "baseline_at": iso_utc_or_none(sources.first_baseline(db, source.name)),
        "last_read_well": iso_utc_or_none(good.started_at) if good else None,
        "reviews": sightings.count_shown(db, source.name),
        "covered": [str(year) for year in sightings.list_years(db, source.name)],
        "signed_off": bool((asked := sign_offs.get(db, source.name)) and asked.signed_at),
    }
