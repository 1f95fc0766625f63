"""Command scrape: reads the sources now."""

import gc
import shlex
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, DayParam, dry_run_option, json_option, print_json
from app.cli.completion import complete_sources
from app.cli.terminal_output import progress_bar
from core.dates import day_name
from core.plurals import plural
from core.states import ACCEPTED_CHANGES
from core.year_range import parse_years

if TYPE_CHECKING:
    from core.config.schema import Source
    from core.side_effects import SideEffects
    from core.source_records import Run
    from core.states import AcceptedChange
    from services.collect.read_request import ReadRequest


@click.command()
@click.argument("source", nargs=-1, shell_complete=complete_sources)
@click.option(
    "--from-file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read this saved page instead of the network, for the one source named.",
)
@click.option("--as-of", type=DayParam(["%Y-%m-%d"]), help="The day of the read.")
@click.option(
    "--accept",
    is_flag=False,
    flag_value="",
    metavar="[cases|page]",
    help="Take a read as good that would be quarantined. cases: the cases have changed. page: only the page has, and "
    "nothing on it is news.",
)
@click.option(
    "--year", "years", multiple=True, metavar="2016|2013-2018", help="Read that year's list, as known already."
)
@click.option(
    "--baseline-before",
    type=DayParam(["%Y-%m-%d", "%Y-%m"]),
    help="At the first read: take only reviews from before this day as known; later ones are news.",
)
@click.option("--as-news", is_flag=True, help="With --year: what is new there is news.")
@click.option(
    "--limit", type=click.IntRange(0), default=0, help="Read so many pages of a catalogue, and go on next time."
)
@dry_run_option
@json_option
@click.pass_obj
def scrape(
    context: CliContext,
    source: tuple[str, ...],
    file: Path | None,
    as_of: datetime | None,
    accept: str | None,
    years: tuple[str, ...],
    baseline_before: datetime | None,
    as_news: bool,
    limit: int,
    dry: bool,
    json_: bool,
) -> None:
    """Read the sources now, all of them or those named.

    The first read of a source is its baseline: what is on it then is known, not news. Choose for the first issue by
    --baseline-before, or later one by one (casereviews issue edit --add). Interrupted, a long read goes on where it
    was when it is typed again.

    Example: casereviews scrape nspcc --from-file page.html --as-of 2016-08-31
    """
    from app.runtime.side_effects import system_effects
    from services.collect.read_request import ReadRequest
    from services.collect.scrape_sources import select_sources

    settings, effects = context.settings, system_effects()
    changed, source = _ask_what_changed(accept, source)
    if file and not source and len(settings.sources) == 1:
        source = (settings.sources[0].name,)
    if file and (len(source) != 1 or years):
        raise click.UsageError("--from-file reads one page: name its one source.")
    if as_of and as_of.date() - effects.now().date() > timedelta(days=366):
        raise click.BadParameter(f"{as_of:%Y-%m-%d} is more than a year ahead.", param_hint="--as-of")
    if as_news and not years:
        raise click.UsageError("--as-news goes with --year.")
    day, before = (given.date() if given else None for given in (as_of, baseline_before))
    as_known = not as_news if years else None
    request = ReadRequest(file, day, changed, dry, as_known, before, limit)
    sources = _year_lists(context, effects, request, source, years) if years else select_sources(settings, source)
    raise click.exceptions.Exit(exit_code(_scrape(context, effects, sources, request, json_)))


def _refuse_late_baseline(context: CliContext, request: "ReadRequest", sources: "list[Source]") -> None:
    """Raises HouseError where --baseline-before comes too late: the source was read before."""
    from core.errors import HouseError
    from db.collection.sources import has_baseline

    read = [source.name for source in sources if request.baseline_before and has_baseline(context.db, source.name)]
    if read:
        fix = "Choose its reviews one by one: casereviews issue edit PERIOD --add ID"
        raise HouseError("--baseline-before is for a source's first read", read[0], fix)


def _ask_what_changed(accept: str | None, source: tuple[str, ...]) -> "tuple[AcceptedChange | None, tuple[str, ...]]":
    """What has changed in a read that is accepted: as typed; where it was not, as answered on a terminal.

    And the sources: of `--accept nspcc` the word is one.
    """
    import sys

    if accept is None:
        return None, source
    if accept and accept not in ACCEPTED_CHANGES:
        source, accept = (accept, *source), ""
    if not accept and sys.stdin.isatty() and sys.stderr.isatty():
        question = "What has changed: the cases (updates, news), or only the page (nothing on it is news)?"
        accept = click.prompt(question, type=click.Choice(ACCEPTED_CHANGES), default="cases", err=True)
    return "page" if accept == "page" else "cases", source


def _year_lists(
    context: CliContext, effects: "SideEffects", request: "ReadRequest", source: tuple[str, ...], years: tuple[str, ...]
) -> "list[Source]":
    """The older years' lists that are still to be read; all of them where what is doubted is accepted."""
    from services.collect.read_request import read_instant
    from services.collect.scrape_sources import select_year_lists, unread_sources

    lists = select_year_lists(context.settings, source, _parse_years(years))
    if request.accept:
        return lists
    unread = unread_sources(context.settings, context.db, lists, read_instant(effects, context.settings, request.as_of))
    for each in lists:
        if each not in unread:
            click.echo(f"casereviews: {each.name}: was read already", err=True)
    return unread


def _scrape(
    context: CliContext, effects: "SideEffects", sources: "list[Source]", request: "ReadRequest", json_: bool
) -> "list[Run]":
    """Read the sources, and say what became of each as soon as it is read; all of them at the end as JSON."""
    from contextlib import nullcontext
    from dataclasses import replace

    from services.collect.scrape_sources import scrape_sources
    from services.operator.scrape_alerts import alert_after_scrape

    def show_run(run: "Run") -> None:
        if not json_ and not run.failed and not run.quarantined:
            click.echo(describe_run(run, request.dry, request.baseline_before))
        if run.problems:
            click.echo(_describe_problem(run, "; ".join(run.problems), request), err=True)
        for leftover in run.leftovers:
            click.echo(f"casereviews: {run.source}: {leftover.why}: {leftover.words!r}", err=True)

    _refuse_late_baseline(context, request, sources)
    db = context.db  # before the lock: where there is no database no folder is made either
    several = len(sources) > 1  # else the pages of a catalogue are counted
    runs: list[Run] = []
    gc.freeze()  # what is loaded stays: after a long page the collector would look through all of it
    lock = nullcontext() if request.dry else effects.lock(context.settings.data_dir, "casereviews")
    with lock, progress_bar("Lists read" if several else "Pages read", len(sources) if several else None) as show:

        def hear_run(run: "Run") -> None:
            show_run(run)
            runs.append(run)
            if several:
                show(len(runs))

        request = request if several else replace(request, progress=show)
        scrape_sources(effects, context.settings, db, sources, request, hear_run)
        alert_after_scrape(effects, context.settings, db, runs, request)
    if json_:
        from core.json_views import run_json

        print_json([run_json(run) for run in runs])
    return runs


def _parse_years(words: tuple[str, ...]) -> list[int]:
    try:
        return parse_years(words)
    except ValueError as e:
        raise click.BadParameter(str(e)) from e


def describe_run(run: "Run", dry: bool = False, before: date | None = None) -> str:
    """What a read did, in one line."""
    if run.paused:
        return f"{run.source}: {plural(run.pages, 'page')} read; type it again to go on"
    if run.not_modified:
        read = f"{plural(run.seen, 'review')}, {plural(run.requests, 'request')}"
        return f"{run.source}: not changed since the last read ({read})"
    counts = [
        f"{plural(run.seen, 'review')} read",
        f"{run.new} new",
        f"{run.changed} changed",
        f"{run.missing} missing",
    ]
    known = (
        f"those from before {day_name(before)} are known, the others news" if before else "known from now on, no news"
    )
    first = f"; {known}" if run.baseline and run.new else ""
    if run.ended:
        first += f"; {run.ended} no longer on a page that covers them"
    if not run.seen and not run.problems:
        first += "; its page is still itself, and lists none now"
    return f"{run.source}: {', '.join(counts)}, {run.unchanged} unchanged{first}{' (dry run)' if dry else ''}"


def _describe_problem(run: "Run", problem: str, request: "ReadRequest") -> str:
    if run.failed:
        return f"casereviews: {run.source}: {problem}"
    if run.quarantined:
        file = f" --from-file {shlex.quote(str(request.file))}" if request.file else ""
        day = f" --as-of {request.as_of}" if request.as_of else ""
        fix = f"casereviews scrape {run.source}{file}{day} --accept"
        return (
            f"casereviews: {run.source}: quarantined, nothing was changed: {problem}. Look at the page; if it is right "
            f"after all: {fix}"
        )
    return f"casereviews: {run.source}: {'accepted although' if request.accept else 'read, but'} {problem}"


def exit_code(runs: "list[Run]") -> int:
    """The exit code: 4 when a page was quarantined, 1 when all failed, 3 when some did."""
    if any(run.quarantined for run in runs):
        return 4
    failed = sum(run.failed for run in runs)
    return 0 if not failed else 1 if failed == len(runs) else 3
