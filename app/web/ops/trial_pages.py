"""Trial pages: how an unknown page could be read, with the table to copy; kept pages read again."""

from threading import Event
from typing import TYPE_CHECKING

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, WorkFunction
from app.web.ops.desk import blueprint, render_page
from app.web.ops.progress_page import start_work
from app.web.ops.source_pages import source_or_404
from core.config.schema import Source
from core.errors import PageError
from core.folding import one_line
from db.schema.connect import Database
from services.collect.add_source import format_table
from services.collect.fetch_policy import fetch_rules
from services.collect.replay_source import describe_replay, replay_source

if TYPE_CHECKING:
    from core.records import Review
    from services.collect.try_source import SourceTrial

MAX_ENTRIES, MAX_LEFTOVERS = 20, 5  # that are shown
MAX_WORDS = 80  # characters of an entry's name
HOW_TO_ADD = (
    "To have it read from now on, add the lines below to the end of casereviews.toml on the machine: what is read is "
    "decided there."
)


@blueprint.get("/try")
def try_page() -> str:
    """Ask for the address."""
    return _render_form()


@blueprint.post("/try")
def try_now() -> Answer | tuple[str, int]:
    """Find out how it can be read, with a few requests. Nothing is stored."""
    from scraper.fetch import Fetcher
    from services.collect.try_source import try_source

    effects, settings = context().effects, context().settings
    try:
        source = _typed_source()
    except ValueError:
        return _render_form([FormMistake("Type the address of the page that lists the reviews", "url")]), 422

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        work.set_doing(f"Asking {source.url}")
        with Fetcher(fetch_rules(settings), now=effects.now, clock=effects.clock, sleep=effects.sleep) as fetcher:
            trial = try_source(fetcher, source)
        _tell_trial(work, trial)

    back = (url_for("ops.try_page"), "Try another page")
    return _start("trial", f"Try {source.url}", back, job, f"tried {source.url}")


def _typed_source() -> Source:
    """The source's table as far as it was typed. Raises ValueError."""
    from scraper.site_addresses import source_name

    typed, publisher = request.form.get("url", "").strip(), request.form.get("publisher", "").strip()
    if len(typed.split()) != 1:
        raise ValueError("no address")
    address = typed if "://" in typed else f"https://{typed}"
    name = source_name(address, frozenset(source.name for source in context().settings.sources))
    known = {"url": address, "name": name} | ({"publisher": publisher} if publisher else {})
    return Source.read(known)


def _tell_trial(work: BackgroundWork, trial: "SourceTrial") -> None:
    """What would be read, a line an entry, and the table. Raises PageError where nothing would."""
    from services.collect.try_source import describe_candidate, describe_doubts

    for failure in trial.failures:
        work.add_line(f"Asked in vain: {one_line(failure)}")
    if not trial.candidates:
        fix = "Its table can name its entries: the guide to adding a source has an example."
        raise PageError("nothing on it looks like a list of reviews", trial.url, fix)
    best = trial.candidates[0]
    reading = best.reading
    work.add_line(f"{best.source.url}: {describe_candidate(best)}")
    for number, review in enumerate(reading.reviews[:MAX_ENTRIES], 1):
        work.add_line(f"{number}. {_entry_words(review)}")
    if (more := len(reading.reviews) - MAX_ENTRIES) > 0:
        work.add_line(f"And {more} more.")
    for leftover in reading.leftovers[:MAX_LEFTOVERS]:
        work.add_line(f"Not read: {one_line(leftover.words)[:MAX_WORDS]}: {leftover.why}")
    for words in (*describe_doubts(best), HOW_TO_ADD):
        work.add_line(words)
    work.text = format_table(best.source)


def _entry_words(review: "Review") -> str:
    when = f"{review.year or ''}{f'-{review.month:02}' if review.month else ''}" or "no date"
    links = ", ".join(link.url.rstrip("/").rpartition("/")[2] for link in review.links)
    return f"{when}: {one_line(review.name)[:MAX_WORDS]}{f' ({one_line(links)[:MAX_WORDS]})' if links else ''}"


@blueprint.post("/sources/<name>/replay")
def replay(name: str) -> Answer:
    """Read the kept pages of a source with today's code, and say what would differ. Nothing is stored."""
    source, settings = source_or_404(name), context().settings

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        work.set_doing(f"Reading the kept pages of {name}")
        for line in describe_replay(replay_source(settings, db, source)):
            work.add_line(line)

    back = (url_for("ops.source", name=name), f"Back to {name}")
    title = f"Read the kept pages of {name} again"
    return _start("replay", title, back, job, f"read the kept pages of {name} again")


def _start(kind: str, title: str, back: tuple[str, str], job: WorkFunction, audit_words: str) -> Answer:
    answer, fresh = start_work(kind, title, back, job, audit_words)
    if not fresh:
        set_action(f"{title}: asked while that was being done")
    return answer


def _render_form(wrong: list[FormMistake] | None = None) -> str:
    values = {name: request.form.get(name, "") for name in ("url", "publisher")}
    return render_page("try.html", "Try a page", wrong or (), values=values)
