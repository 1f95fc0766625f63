"""Year pages: a source's lists of older years, read on request, stopped and gone on with."""

from threading import Event

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from app.runtime.lock import process_lock
from app.web.context import context
from app.web.form_mistake import FormMistake, error_mistake
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, ProgressMeter, WorkFunction
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.progress_page import start_work
from app.web.ops.scrape_pages import SCRAPE_WORK, run_line
from core.config.schema import Source
from core.errors import HouseError, NotFound
from core.plurals import noun
from core.progress_words import describe_duration
from core.source_records import Run
from core.year_range import parse_years
from db.schema.connect import Database
from services.collect import scrape_sources
from services.collect.read_request import ReadRequest
from services.collect.walk_schedule import is_paged
from services.operator.scrape_alerts import alert_after_scrape


@blueprint.get("/years")
def years() -> str:
    """Ask for the source and the years."""
    return _render_form(request.args.get("source", ""), request.args.get("years", ""))


@blueprint.post("/years")
def read_years() -> Answer | str | tuple[str, int]:
    """Read the lists of these years that were not read lately, once it was looked at how many that are."""
    name, typed = request.form.get("source", ""), request.form.get("years", "")
    try:
        lists = _select_lists(name, typed)
    except HouseError as e:
        return _render_form(name, typed, [error_mistake(e, "source")]), 422
    except ValueError as e:
        return _render_form(name, typed, [FormMistake(str(e)[:1].upper() + str(e)[1:], "years")]), 422
    unread = scrape_sources.unread_sources(context().settings, context().db, lists, utc_now())
    if not unread or request.form.get("sure") != "yes":
        set_action(f"looked at reading older years of {name}")
        return _render_check(name, typed, lists, unread)
    answer, fresh = start_work(
        SCRAPE_WORK,
        f"Read older years of {name}: {typed}",
        (url_for("ops.years", source=name, years=typed), "Back to the older years, to go on"),
        _read_work(unread),
        f"read older years of {name}: {typed}",
        can_stop=True,
    )
    if not fresh:
        set_action(f"asked to read older years of {name} while another reading was going on")
    return answer


def _select_lists(name: str, typed: str) -> list[Source]:
    """The lists asked for. Raises ValueError for the years, NotFound for the source."""
    years = parse_years(typed.replace(",", " ").split())
    if not name:
        raise NotFound("choose the source")
    return scrape_sources.select_year_lists(context().settings, [name], years)


def _sources_with_years() -> list[str]:
    """The sources whose lists of older years are known."""
    names = []
    for source in context().settings.sources:
        try:
            scrape_sources.select_year_lists(context().settings, [source.name], [])
        except NotFound:
            continue
        names.append(source.name)
    return names


def _render_form(name: str, typed: str, wrong: list[FormMistake] | None = None) -> str:
    return render_page(
        "years.html", "Read older years", wrong or (), names=_sources_with_years(), source=name, years=typed
    )


def _render_check(name: str, typed: str, lists: list[Source], unread: list[Source]) -> str:
    """Which lists, how many requests at which pace, about how long."""
    fetch = context().settings.fetch
    paged = any(is_paged(source) for source in unread)
    pace = fetch.walk_spacing if paged else fetch.spacing
    long = "nobody can say: the lists have many pages" if paged else describe_duration(len(unread) * pace)
    read = len(lists) - len(unread)
    return render_page(
        "check.html" if unread else "trouble.html",
        f"Check before you read older years of {name}" if unread else "All of these were read already",
        rows=[
            ("To read", ", ".join(source.name for source in unread)),
            ("Read lately, and left out", ops_phrases.format_count(read, "list")),
            ("Pace", f"{_describe_pace(pace)}, slower where the site asks for it"),
            ("About how long", long),
            ("What they hold", "Known from now on, and no news: it is in the search, and in no issue by itself."),
        ],
        warning="",
        url=url_for("ops.read_years"),
        hidden={"source": name, "years": typed, "sure": "yes"},
        do="Read them now",
        back=(url_for("ops.years", source=name, years=typed), "Do not read them"),
    )


def _describe_pace(seconds: float) -> str:
    """ "one request every 5 seconds"; 0: "one request after the other"."""
    every = f"every {seconds:g} {noun(1 if seconds == 1 else 2, 'second')}" if seconds else "after the other"
    return f"one request {every}"


def _read_work(lists: list[Source]) -> WorkFunction:
    """Read these lists one after another; each is stored whole before the next is asked for."""
    effects, settings = context().effects, context().settings

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        meter, troubled, finished = ProgressMeter(work, effects.clock, "list"), list[str](), list[Run]()

        def show(pages: int = 0) -> None:
            at = lists[min(len(finished), len(lists) - 1)].name
            read = f", {ops_phrases.format_count(pages, 'page')} of it" if pages else ""
            meter.show(len(finished), len(lists), f"Reading {at}{read}")

        def report(run: Run) -> None:
            finished.append(run)
            work.add_line(run_line(run))
            if run.failed or run.quarantined:
                troubled.append(run.source)
            show()

        request = ReadRequest(baseline=True, progress=show, may_go_on=lambda: not stop.is_set())
        with process_lock(settings.data_dir):
            show()
            runs = scrape_sources.scrape_sources(effects, settings, db, lists, request, report)
            alert_after_scrape(effects, settings, db, runs, request)
        if len(finished) < len(lists):
            work.add_line(f"{len(finished)} of {ops_phrases.format_count(len(lists), 'list')} read; the others wait.")
        if troubled:
            work.error = f"Not read, or not believed: {', '.join(troubled)}. Reading the same years again reads these."

    return job
