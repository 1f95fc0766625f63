"""Commands sources list, show, replay, try: what is read, whether it is read rightly, and what could be read."""

from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json
from app.cli.completion import complete_sources
from app.cli.source_try import try_page
from core.dates import from_iso, local_day
from core.plurals import plural

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from core.source_json_types import SourceOverviewJson
    from services.collect.source_sample import EntrySample


@click.group()
def sources() -> None:
    """What is read, and what could be: list, show, replay, try.

    Example: casereviews sources list
    """


sources.add_command(try_page)


@sources.command("list")
@json_option
@click.pass_obj
def list_sources(context: CliContext, json_: bool) -> None:
    """List the sources. How each is, since when it is read, the years that it lists now.

    Example: casereviews sources list --json
    """
    from app.runtime.side_effects import system_effects
    from services.collect.source_overview import source_overview

    now = system_effects().now()
    overviews = [source_overview(context.settings, context.db, one, now) for one in context.settings.sources]
    if json_:
        return print_json(overviews)
    for overview in overviews:
        click.echo(_format_source(overview, context.settings.zone))
    return None


def _format_source(source: "SourceOverviewJson", zone: "ZoneInfo") -> str:
    """A source in three lines: name and state, coverage, address."""
    since = source["baseline_at"]
    began = f"read since {local_day(from_iso(since), zone)}" if since else "not read well yet"
    lists = (
        f"; lists {plural(source['reviews'], 'review')} of {', '.join(source['covered'])}" if source["covered"] else ""
    )
    return f"{source['name']} ({source['kind']}): {source['words']}\n    {began}{lists}\n    {source['url']}"


@sources.command("show")
@click.argument("name", shell_complete=complete_sources)
@click.option("--yes", is_flag=True, help="You have looked: it is read rightly.")
@dry_run_option
@json_option
@click.pass_obj
def show_source(context: CliContext, name: str, yes: bool, dry: bool, json_: bool) -> None:
    """Show five entries as they are read. Each stands below the page's own words; say yes when they agree.

    Asked for after a source's first read and after a page that was accepted; `status` reminds of it until then.

    Example: casereviews sources show nspcc --yes
    """
    from app.runtime.side_effects import system_effects
    from services.collect.operator_requests import describe_missing_sign_off
    from services.collect.scrape_sources import select_sources
    from services.collect.source_sample import read_sample, sample_json, sign_off

    (source,) = select_sources(context.settings, [name])
    samples = read_sample(context.settings, context.db, source)
    if json_:
        print_json([sample_json(sample) for sample in samples])
    else:
        click.echo("\n\n".join(map(_format_sample, samples)))
    if yes and not dry:
        sign_off(context.db, source, system_effects().now())
    if yes:
        click.echo(f"{name} {'would be' if dry else 'is'} signed off", err=True)
    elif describe_missing_sign_off(context.db, source):
        click.echo(f"If they agree: casereviews sources show {name} --yes", err=True)


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_sources)
@json_option
@click.pass_obj
def replay(context: CliContext, names: tuple[str, ...], json_: bool) -> None:
    """Read the kept pages again with today's code. Prints what would differ from what is stored; writes nothing.

    Your own pages are the test of an upgrade: run it before the next scrape.

    Example: casereviews sources replay nspcc
    """
    from services.collect.replay_source import describe_replay, replay_json, replay_source
    from services.collect.scrape_sources import select_sources

    chosen = select_sources(context.settings, names)
    replays = [replay_source(context.settings, context.db, source) for source in chosen]
    if json_:
        return print_json([replay_json(one) for one in replays])
    for one in replays:
        for line in describe_replay(one):
            click.echo(line)
    return None


def _format_sample(sample: "EntrySample") -> str:
    """The page's own words, then each field as it is read."""
    from services.collect.source_sample import entry_fields

    words = [f"  | {line}" for line in sample.review.raw.splitlines()]
    fields = [f"  {name}: {text}".replace("\n", "\n      ") for name, text in entry_fields(sample.review)]
    return "\n".join(
        (f"Entry {sample.position} of {sample.entries}. The page says:", *words, "It is read as:", *fields)
    )
