"""Source pages: the state of each source, its runs, its saved pages."""

from flask import abort

from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.desk import blueprint, page_start, render_page, utc_now
from app.web.ops.overview_page import capitalize_first
from core.config.schema import Source
from core.sizes import byte_size
from db.collection import runs, takedowns
from db.read import ops_queries
from services.collect.operator_requests import describe_question
from services.collect.source_status import last_verdict, source_state
from services.collect.takedown_questions import read_title

RUNS_PER_PAGE = 20  # on a page


@blueprint.get("/sources")
def sources() -> str:
    """All sources in the configuration's order."""
    settings, db = context().settings, context().db
    states = [(one, source_state(settings, db, one, utc_now())) for one in settings.sources]
    rows = [(one, state, capitalize_first(state.words) if state else "Not read yet") for one, state in states]
    return render_page("sources.html", "Sources", sources=rows)


@blueprint.get("/sources/<name>")
def source(name: str) -> str:
    """One source: its state and limits, its reads, the pages kept of it."""
    one, db, fetch = source_or_404(name), context().db, context().settings.fetch
    before = page_start("before")
    recent_runs = ops_queries.list_runs(db, name, before, RUNS_PER_PAGE + 1)
    good, verdict = runs.latest(db, name, good=True), last_verdict(db, name)
    return render_page(
        "source.html",
        f"Source: {name}",
        source=one,
        state=source_state(context().settings, db, one, utc_now()),
        quarantined=bool(verdict and verdict.quarantined),
        required=name in context().settings.required_sources,
        leftovers=verdict.leftovers if verdict else (),
        well=good.started_at if good else None,
        held=[
            (question, describe_question(question), read_title(context().settings, db, question))
            for question in takedowns.list_questions(db, name)
        ],
        limits=[
            ("Overdue when not read well for", ops_phrases.format_count(one.stale_days or fetch.stale_days, "day")),
            ("Fewest reviews, of those shown before", f"{one.fewest:.0%}"),
            ("Fewest entries that are whole", f"{one.fewest_text:.0%}"),
        ],
        reads=[(run, ops_phrases.describe_run(run)) for _, run in recent_runs[:RUNS_PER_PAGE]],
        older=recent_runs[RUNS_PER_PAGE - 1][0] if len(recent_runs) > RUNS_PER_PAGE else 0,
        newest=not before,
        kept=[(page, byte_size(page.size)) for page in ops_queries.list_saved_pages(db, name)],
    )


def source_or_404(name: str) -> Source:
    """The configured source of a name; else the answer is 404."""
    return next((one for one in context().settings.sources if one.name == name), None) or abort(404)
