"""casereviews reviews check-links."""

from typing import TYPE_CHECKING, Any

import click

from app.cli.front import Front, as_json, dry_run, print_json
from core.plurals import plural

if TYPE_CHECKING:
    from core.records import Checked


@click.command("check-links")
@click.option("--limit", type=click.IntRange(1), help="Look at no more than so many; 50 unless --all.")
@click.option("--all", "every", is_flag=True, help="Look at every link, not only at those that are due.")
@dry_run
@as_json
@click.pass_obj
def check_links(front: Front, limit: int | None, every: bool, dry: bool, json_: bool) -> None:
    """See which download links still lead to their reports, and write down what each is good for.

    Due are links never looked at, then those looked at a month ago, or lately where nobody answered. Asks
    each site's robots.txt, keeps its pace, and reads the first 64 KiB of a document at the most; nothing is
    kept of it. With --dry-run the sites are asked too, but nothing is written.

    Example: casereviews reviews check-links --limit 50
    """
    import sys
    from contextlib import nullcontext

    from app.linkcheck import LIMIT, check
    from app.lock import lock
    from app.world import World

    def say(checked: "Checked") -> None:
        click.echo(line(checked), err=json_)

    settings, db = front.settings, front.db
    most = limit if limit or every else LIMIT
    quiet = json_ and not sys.stderr.isatty()
    with nullcontext() if dry else lock(settings.data_dir):
        found = check(World(), settings, db, limit=most, every=every, dry=dry, progress=None if quiet else say)
    if json_:
        return print_json([as_row(checked) for checked in found])
    return click.echo(f"{count(found)}{' (dry run)' if dry else ''}", err=True)


def line(checked: "Checked") -> str:
    """What became of one link, in one line."""
    facts = [checked.media, f"{checked.size:,} bytes" if checked.size else ""]
    facts += [f"{checked.pages} pages" if checked.pages else "", checked.why]
    told = ", ".join(filter(None, facts))
    return f"{checked.state:<9}  {checked.url}{f'  ({told})' if told else ''}"


def count(found: "list[Checked]") -> str:
    """How many links are of each state, in one line."""
    if not found:
        return "no link is due"
    states = [checked.state for checked in found]
    known = ("live", "moved", "dead", "none", "unchecked")
    each = ", ".join(f"{states.count(state)} {state}" for state in known if state in states)
    return f"{plural(len(found), 'link')} looked at: {each}"


def as_row(checked: "Checked") -> dict[str, Any]:
    """A link's check as JSON: null for unknown."""
    from app.asjson import instant

    return {
        "url": checked.url,
        "state": checked.state,
        "status": checked.status or None,
        "media": checked.media or None,
        "size": checked.size,
        "pages": checked.pages,
        "why": checked.why or None,
        "checked_at": instant(checked.checked_at),
        "reviews": list(checked.reviews),
    }
