"""Scrape now, and taking a quarantined page as good."""

from collections.abc import Sequence
from threading import Event

from flask import abort, request, url_for
from werkzeug.wrappers import Response as Answer

from app import jobs
from app.asked import Asked
from app.lock import lock
from app.web.house import house
from app.web.ops import phrases
from app.web.ops.desk import room, show
from app.web.ops.progress import begin
from app.web.ops.sources import named
from app.web.ops.trail import tell
from app.web.ops.work import Job, Work
from core.errors import HouseError
from core.records import Run
from core.settings import Source
from db import pages
from db.connect import Database
from db.sources import last_verdict
from scraper.adapter import adapter

KIND = "reading"
CHANGES = (
    "What it changes goes into the next issue. A page that is not what it seems would have reviews withdrawn that "
    "are still there. Look at it first."
)


@room.post("/scrape")
def scrape() -> Answer:
    """Read all sources now, or the one that is named."""
    name = request.form.get("source", "")
    these = [named(name)] if name else list(house().settings.sources)
    words = ", ".join(one.name for one in these)
    answer, fresh = begin(KIND, f"Scrape now: {words}", _back(name), _reading(these), f"scraped now: {words}")
    if not fresh:
        tell(f"asked to scrape {words} while another reading was going on")
    return answer


@room.get("/sources/<name>/accept")
def accept(name: str) -> str:
    """Check before a quarantined page is taken as good: why it was doubted, and what it would change."""
    one, db = named(name), house().db
    verdict = last_verdict(db, name)
    if not (verdict and verdict.quarantined and verdict.seen):
        abort(404)
    if adapter(one.kind).follow:  # to say more, all its pages would be read again
        would = f"{phrases.count(verdict.seen, 'review')} on {phrases.count(verdict.pages, 'page')}"
    else:
        would = phrases.read(jobs.scrape(house().world, house().settings, db, [one], Asked(accept=True, dry=True))[0])
    return show(
        "check.html",
        f"Check before you accept the page of {name}",
        rows=[("Why it was quarantined", "; ".join(verdict.problems)), ("What it would do", would)],
        warning=CHANGES,
        url=url_for("ops.accept_now", name=name),
        hidden={"sha256": _shown(db, name)},
        do="Accept this page",
        back=(url_for("ops.source", name=name), "Do not accept it"),
    )


@room.post("/sources/<name>/accept")
def accept_now(name: str) -> Answer:
    """Take the page that was shown as good, and no other."""
    job = _reading([named(name)], request.form.get("sha256") or "none")
    answer, fresh = begin(KIND, f"Accept the page of {name}", _back(name), job, f"accepted the page of {name}")
    if not fresh:
        tell(f"asked to accept {name} while another reading was going on")
    return answer


def _back(name: str) -> tuple[str, str]:
    if name:
        return url_for("ops.source", name=name), f"Back to {name}"
    return url_for("ops.state"), "Back to the first page"


def _shown(db: Database, name: str) -> str:
    return pages.last(db, house().settings.data_dir / "pages", name).sha256


def _reading(these: Sequence[Source], accepted: str = "") -> Job:
    """Read these sources. `accepted`: take the kept page of this hash as good instead, unless it is another now."""
    world, settings = house().world, house().settings

    def job(work: Work, db: Database, stop: Event) -> None:
        ill = []

        def read(run: Run) -> None:
            work.say(_line(run))
            if run.failed or run.quarantined:
                ill.append(run.source)
            work.at(_next(these, len(work.lines)))

        with lock(settings.data_dir):
            if accepted and pages.last(db, settings.data_dir / "pages", these[0].name).sha256 != accepted:
                raise HouseError("the page is another now", these[0].name, "Look at it again, then accept it.")
            work.at(_next(these, 0))
            asked = Asked(accept=bool(accepted), progress=lambda count: work.at(_next(these, len(work.lines), count)))
            jobs.scrape(world, settings, db, these, asked, read)
        if ill:
            work.error = f"Not read, or not believed: {', '.join(ill)}. Its page under Sources says what to do."

    return job


def _next(these: Sequence[Source], done: int, read: int = 0) -> str:
    """Which source is being read, and how many of its pages are."""
    if done >= len(these):
        return ""
    pages_read = f", {phrases.count(read, 'page')}" if read else ""
    return f"Reading {these[done].name}, {done + 1} of {len(these)}{pages_read}"


def _line(run: Run) -> str:
    problems = "; ".join(run.problems)
    return f"{run.source}: {phrases.read(run)}{': ' + problems if problems else ''}"
