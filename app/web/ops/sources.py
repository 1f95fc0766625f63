"""The sources: how each is, what its reads did, which of its pages are kept."""

from flask import abort

from app.sourcestate import source_state
from app.web.house import house
from app.web.ops import phrases
from app.web.ops.desk import now, room, show, start
from app.web.ops.state import capital
from core.settings import Source
from core.sizes import byte_size
from db import paged
from db.sources import last_run, last_verdict

READS = 20  # on a page


@room.get("/sources")
def sources() -> str:
    """All sources in the configuration's order."""
    settings, db = house().settings, house().db
    states = [(one, source_state(settings, db, one, now())) for one in settings.sources]
    found = [(one, state, capital(state.words) if state else "Not read yet") for one, state in states]
    return show("sources.html", "Sources", sources=found)


@room.get("/sources/<name>")
def source(name: str) -> str:
    """One source: its state and limits, its reads, the pages kept of it."""
    one, db, fetch = named(name), house().db, house().settings.fetch
    before = start("before")
    reads = paged.reads(db, name, before, READS + 1)
    good, verdict = last_run(db, name, good=True), last_verdict(db, name)
    return show(
        "source.html",
        f"Source: {name}",
        source=one,
        state=source_state(house().settings, db, one, now()),
        quarantined=bool(verdict and verdict.quarantined),
        acceptable=bool(verdict and verdict.quarantined and verdict.seen),
        well=good.started_at if good else None,
        limits=[
            ("Overdue when not read well for", phrases.count(one.stale_days or fetch.stale_days, "day")),
            ("Fewest reviews, of those shown before", f"{one.fewest:.0%}"),
            ("Fewest entries that are whole", f"{one.fewest_text:.0%}"),
        ],
        reads=[(run, phrases.read(run)) for _, run in reads[:READS]],
        older=reads[READS - 1][0] if len(reads) > READS else 0,
        newest=not before,
        kept=[(page, byte_size(page.size)) for page in paged.kept(db, name)],
    )


def named(name: str) -> Source:
    """The configured source of a name; else the answer is 404."""
    return next((one for one in house().settings.sources if one.name == name), None) or abort(404)
