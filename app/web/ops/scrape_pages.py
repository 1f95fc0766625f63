"""Scrape pages: scrape now, accept a quarantined page."""

from collections.abc import Sequence
from threading import Event

from flask import abort, request, url_for
from werkzeug.wrappers import Response as Answer

from app.runtime.lock import process_lock
from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, WorkFunction
from app.web.ops.desk import blueprint, render_page
from app.web.ops.progress_page import start_work
from app.web.ops.source_pages import source_or_404
from core.config.schema import Source
from core.errors import HouseError
from core.source_records import Run
from core.states import AcceptedChange
from db.collection import pages
from db.schema.connect import Database
from scraper.adapter import load_adapter
from services.collect import scrape_sources
from services.collect.read_request import ReadRequest
from services.collect.source_status import last_verdict
from services.operator.scrape_alerts import alert_after_scrape

SCRAPE_WORK = "reading"
ACCEPT_WARNING = (
    "Look at it first. If the cases have changed, what it changes goes into the next issue, and what it does not list "
    "is withdrawn. If only the page has, nothing on it is news, and nothing is withdrawn."
)


@blueprint.post("/scrape")
def scrape() -> Answer:
    """Read all sources now, or the one that is named."""
    name = request.form.get("source", "")
    sources = [source_or_404(name)] if name else list(context().settings.sources)
    words = ", ".join(one.name for one in sources)
    answer, fresh = start_work(
        SCRAPE_WORK, f"Scrape now: {words}", _back_link(name), _scrape_work(sources), f"scraped now: {words}"
    )
    if not fresh:
        set_action(f"asked to scrape {words} while another reading was going on")
    return answer


@blueprint.get("/sources/<name>/accept")
def accept(name: str) -> str:
    """Check before a quarantined page is taken as good: why it was doubted, and what it would change."""
    one, db = source_or_404(name), context().db
    if not (verdict := last_verdict(db, name)) or not verdict.quarantined:
        abort(404)
    if load_adapter(one).follow:  # to say more, all its pages would be read again
        read = (
            f"{ops_phrases.format_count(verdict.seen, 'review')} on {ops_phrases.format_count(verdict.pages, 'page')}"
        )
        outcomes = [("What it would do", read)]
    else:
        outcomes = [("If the cases have changed", _try_accepting(one, "cases"))]
        outcomes += [("If only the page has", _try_accepting(one, "page"))]
    hidden = {"sha256": pages.read_last(db, context().settings.data_dir / "pages", name).sha256}
    return render_page(
        "check.html",
        f"Check before you accept the page of {name}",
        rows=[("Why it was quarantined", "; ".join(verdict.problems)), *outcomes],
        warning=ACCEPT_WARNING,
        url=url_for("ops.accept_now", name=name),
        hidden=hidden | {"changed": "cases"},
        do="Accept it: the cases have changed",
        other=("Accept it: only the page has changed", hidden | {"changed": "page"}),
        back=(url_for("ops.source", name=name), "Do not accept it"),
    )


def _try_accepting(source: Source, changed: AcceptedChange) -> str:
    """What would come of accepting the kept page."""
    effects, settings, request = context().effects, context().settings, ReadRequest(accept=changed, dry=True)
    (run,) = scrape_sources.scrape_sources(effects, settings, context().db, [source], request)
    return ops_phrases.describe_run(run)


@blueprint.post("/sources/<name>/accept")
def accept_now(name: str) -> Answer:
    """Take the page that was shown as good, and no other."""
    changed: AcceptedChange = "page" if request.form.get("changed") == "page" else "cases"
    job = _scrape_work([source_or_404(name)], request.form.get("sha256") or "none", changed)
    words = f"accepted the page of {name}: {'only the page has' if changed == 'page' else 'the cases have'} changed"
    answer, fresh = start_work(SCRAPE_WORK, f"Accept the page of {name}", _back_link(name), job, words)
    if not fresh:
        set_action(f"asked to accept {name} while another reading was going on")
    return answer


def _back_link(name: str) -> tuple[str, str]:
    if name:
        return url_for("ops.source", name=name), f"Back to {name}"
    return url_for("ops.state"), "Back to the first page"


def _scrape_work(sources: Sequence[Source], accepted: str = "", changed: AcceptedChange = "cases") -> WorkFunction:
    """Read these sources. `accepted`: take the kept page of this hash as good instead, unless it is another now."""
    effects, settings = context().effects, context().settings

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        troubled = []

        def report(run: Run) -> None:
            work.add_line(run_line(run))
            if run.failed or run.quarantined:
                troubled.append(run.source)
            work.set_doing(_progress_words(sources, len(work.lines)))

        with process_lock(settings.data_dir):
            if accepted and pages.read_last(db, settings.data_dir / "pages", sources[0].name).sha256 != accepted:
                raise HouseError("the page is another now", sources[0].name, "Look at it again, then accept it.")
            work.set_doing(_progress_words(sources, 0))
            request = ReadRequest(
                accept=changed if accepted else None,
                minutes=settings.fetch.run_minutes,
                progress=lambda count: work.set_doing(_progress_words(sources, len(work.lines), count)),
            )
            finished = scrape_sources.scrape_sources(effects, settings, db, sources, request, report)
            alert_after_scrape(effects, settings, db, finished, request)
        if troubled:
            work.error = f"Not read, or not believed: {', '.join(troubled)}. Its page under Sources says what to do."

    return job


def _progress_words(sources: Sequence[Source], count_done: int, read: int = 0) -> str:
    """Which source is being read, and how many of its pages are."""
    if count_done >= len(sources):
        return ""
    pages_read = f", {ops_phrases.format_count(read, 'page')}" if read else ""
    return f"Reading {sources[count_done].name}, {count_done + 1} of {len(sources)}{pages_read}"


def run_line(run: Run) -> str:
    """What a read did, with what is to be said of it."""
    problems = "; ".join(run.problems)
    return f"{run.source}: {ops_phrases.describe_run(run)}{': ' + problems if problems else ''}"
