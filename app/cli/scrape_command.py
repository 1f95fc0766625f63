"""Command scrape: reads the sources now."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json
from app.cli.completion import complete_sources

if TYPE_CHECKING:
    from core.records import Run


@click.command()
@click.argument("source", nargs=-1, shell_complete=complete_sources)
@click.option(
    "--from-file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read this saved page instead of the network, for the one source named.",
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day of the read.")
@click.option("--accept", is_flag=True, help="Take a read as good that would be quarantined.")
@click.option(
    "--year", "years", multiple=True, metavar="2016|2013-2018", help="Read that year's list, as known already."
)
@click.option("--as-news", is_flag=True, help="With --year: what is new there is news.")
@click.option(
    "--limit", type=click.IntRange(0), default=0, help="Read so many pages of a catalogue, and go on next time."
)
@dry_run_option
@json_option
@click.pass_obj
def scrape(
    front: CliContext,
    source: tuple[str, ...],
    file: Path | None,
    as_of: datetime | None,
    accept: bool,
    years: tuple[str, ...],
    as_news: bool,
    limit: int,
    dry: bool,
    json_: bool,
) -> None:
    """Read the sources now, all of them or those named.

    The first read of a source is its baseline: what is on it then is known, not news. Interrupted, a long read goes on
    where it was when it is typed again.

    Example: casereviews scrape nspcc --from-file page.html --as-of 2016-08-31
    """
    import sys
    from contextlib import nullcontext

    from app.runtime.lock import process_lock
    from app.runtime.side_effects import system_effects
    from core.json_views import run_json
    from services.collect import scrape_sources
    from services.collect.read_request import ReadRequest, read_instant
    from services.operator.alerts import alert_after_scrape

    settings, db, effects = front.settings, front.db, system_effects()
    if file and not source and len(settings.sources) == 1:
        source = (settings.sources[0].name,)
    if file and (len(source) != 1 or years):
        raise click.UsageError("--from-file reads one page: name its one source.")
    if as_of and as_of.date() - effects.now().date() > timedelta(days=366):
        raise click.BadParameter(f"{as_of:%Y-%m-%d} is more than a year ahead.", param_hint="--as-of")
    if as_news and not years:
        raise click.UsageError("--as-news goes with --year.")
    asked = ReadRequest(
        file, as_of.date() if as_of else None, accept, dry, not as_news if years else None, limit, _show_page_count
    )
    these = scrape_sources.select_sources(settings, source)
    if years:
        lists = scrape_sources.select_year_lists(settings, source, _parse_years(years))
        these = (
            lists
            if accept
            else scrape_sources.unread_sources(settings, db, lists, read_instant(effects, settings, asked.as_of))
        )
        for name in [each.name for each in lists if each not in these]:
            click.echo(f"casereviews: {name}: was read already", err=True)

    def tell(run: "Run") -> None:
        if sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)  # the line that counted pages
        if not json_ and not run.failed and not run.quarantined:
            click.echo(describe_run(run, dry))
        if run.problems:
            click.echo(_describe_problem(run, "; ".join(run.problems), file, accept), err=True)

    with nullcontext() if dry else process_lock(settings.data_dir):
        runs = scrape_sources.scrape_sources(effects, settings, db, these, asked, tell)
        alert_after_scrape(effects, settings, db, runs, asked)
    if json_:
        print_json([run_json(run) for run in runs])
    raise click.exceptions.Exit(exit_code(runs))


def _show_page_count(pages: int) -> None:
    """Say how far a catalogue is read, on a terminal only."""
    import sys

    if sys.stderr.isatty():
        click.echo(f"\r{pages} pages", nl=False, err=True)


def _parse_years(words: tuple[str, ...]) -> list[int]:
    """The years of "2016" and "2013-2018", each once, in order."""
    found: set[int] = set()
    for word in words:
        first, dash, last = word.partition("-")
        if not all(len(part) == 4 and part.isascii() and part.isdigit() for part in (first, last if dash else first)):
            raise click.BadParameter(f"{word!r}; write 2016 or 2013-2018.")
        found |= set(range(int(first), int(last or first) + 1))
    if not found or len(found) > 100:
        raise click.BadParameter("write the earlier year first, and at most 100 of them.")
    return sorted(found)


def describe_run(run: "Run", dry: bool = False) -> str:
    """What a read did, in one line."""
    if run.paused:
        return f"{run.source}: {run.pages} pages read; type it again to go on"
    if run.not_modified:
        return f"{run.source}: not changed since the last read ({run.seen} reviews, {run.requests} request)"
    counts = [f"{run.seen} reviews read", f"{run.new} new", f"{run.changed} changed", f"{run.missing} missing"]
    first = "; known from now on, no news" if run.baseline and run.new else ""
    return f"{run.source}: {', '.join(counts)}, {run.unchanged} unchanged{first}{' (dry run)' if dry else ''}"


def _describe_problem(run: "Run", problem: str, file: Path | None, accept: bool) -> str:
    if run.failed:
        return f"casereviews: {run.source}: {problem}"
    if run.quarantined:
        fix = f"casereviews scrape {run.source}{f' --from-file {file}' if file else ''} --accept"
        ask = f"Look at the page; if it is right after all: {fix}" if run.seen else "Look at the page."
        return f"casereviews: {run.source}: quarantined, nothing was changed: {problem}. {ask}"
    return f"casereviews: {run.source}: {'accepted although' if accept else 'read, but'} {problem}"


def exit_code(runs: "list[Run]") -> int:
    """The exit code: 4 when a page was quarantined, 1 when all failed, 3 when some did."""
    if any(run.quarantined for run in runs):
        return 4
    failed = sum(run.failed for run in runs)
    return 0 if not failed else 1 if failed == len(runs) else 3
