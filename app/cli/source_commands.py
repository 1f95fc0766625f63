"""Commands sources list, try: what is read, how it is, how much of it is covered; what could be read."""

from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, json_option, print_json
from app.cli.source_try import try_page

if TYPE_CHECKING:
    from core.json_types import SourceOverviewJson


@click.group()
def sources() -> None:
    """What is read, and what could be: list, try.

    Example: casereviews sources list
    """


sources.add_command(try_page)


@sources.command("list")
@json_option
@click.pass_obj
def list_sources(context: CliContext, json_: bool) -> None:
    """List the sources: how each is, since when it is read, the years that it lists now.

    Example: casereviews sources list --json
    """
    from app.runtime.side_effects import system_effects
    from services.collect.source_overview import source_overview

    now = system_effects().now()
    overviews = [source_overview(context.settings, context.db, one, now) for one in context.settings.sources]
    if json_:
        return print_json(overviews)
    for overview in overviews:
        click.echo(_format_source(overview))
    return None


def _format_source(source: "SourceOverviewJson") -> str:
    """A source in three lines: name and state, coverage, address."""
    began = f"read since {source['baseline_at'][:10]}" if source["baseline_at"] else "not read well yet"
    lists = f"; lists {source['reviews']} reviews of {', '.join(source['covered'])}" if source["covered"] else ""
    return f"{source['name']} ({source['kind']}): {source['words']}\n    {began}{lists}\n    {source['url']}"
