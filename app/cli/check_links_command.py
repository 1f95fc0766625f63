"""Command reviews check-links: the state of the download links."""

from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json
from app.cli.terminal_output import progress_bar
from core.plurals import plural
from core.states import LINK_STATES

if TYPE_CHECKING:
    from core.link_records import LinkCheck


@click.command("check-links")
@click.option("--limit", type=click.IntRange(1), help="Look at no more than so many; 50 unless --all.")
@click.option("--all", "every", is_flag=True, help="Look at every link, not only at those that are due.")
@dry_run_option
@json_option
@click.pass_obj
def check_links(context: CliContext, limit: int | None, every: bool, dry: bool, json_: bool) -> None:
    """See which download links still lead to their reports. Writes down what each is good for.

    Due are links never looked at, then those looked at a month ago, or lately where nobody answered. Many
    sites are asked at once, each by its robots.txt and at its pace. Reads the first 64 KiB of a document at
    the most; nothing is kept of it. With --dry-run the sites are asked too, but nothing is written.

    Example: casereviews reviews check-links --limit 50
    """
    import sys
    from contextlib import nullcontext
    from itertools import count

    from app.runtime.lock import process_lock
    from app.runtime.side_effects import system_effects
    from services.collect.check_links import DEFAULT_LIMIT, check_addresses, select_links

    settings, db, effects = context.settings, context.db, system_effects()
    most = limit if limit or every else DEFAULT_LIMIT
    quiet, numbers = json_ and not sys.stderr.isatty(), count(1)
    with nullcontext() if dry else process_lock(settings.data_dir):
        total = len(select_links(effects, db, most, every=every))
        with progress_bar("Links looked at", total) as show:

            def say(checked: "LinkCheck") -> None:
                show(next(numbers))
                if not quiet:
                    click.echo(format_link(checked), err=json_)

            checks = check_addresses(effects, settings, db, limit=most, every=every, dry=dry, progress=say)
    if json_:
        from core.json_views import link_json

        return print_json([link_json(checked) for checked in checks])
    return click.echo(f"{summarize_links(checks)}{' (dry run)' if dry else ''}", err=True)


def format_link(checked: "LinkCheck") -> str:
    """What became of one link, in one line."""
    facts = [checked.media, f"{checked.size:,} bytes" if checked.size else ""]
    facts += [plural(checked.pages, "page") if checked.pages else "", checked.why]
    details = ", ".join(filter(None, facts))
    return f"{checked.state:<9}  {checked.url}{f'  ({details})' if details else ''}"


def summarize_links(checks: "list[LinkCheck]") -> str:
    """How many links are of each state, in one line."""
    if not checks:
        return "no link is due"
    states = [checked.state for checked in checks]
    each = ", ".join(f"{states.count(state)} {state}" for state in LINK_STATES if state in states)
    return f"{plural(len(checks), 'link')} looked at: {each}"
