"""casereviews issue: list, build, preview, show, edit."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from app.cli.backup import settle
from app.cli.deliver import approve, pause, resend_failed, resume, send, test_send
from app.cli.front import Front, Period, as_json, dry_run, print_json

if TYPE_CHECKING:
    from db.issues import Kept

period = click.argument("period", type=Period())


@click.group()
def issue() -> None:
    """The month's newsletter, from its draft to its readers. PERIOD is a month, 2026-10.

    Example: casereviews issue build 2026-10
    """


for command in (test_send, approve, send, resend_failed, settle, pause, resume):
    issue.add_command(command)


@issue.command("list")
@as_json
@click.pass_obj
def list_(front: Front, json_: bool) -> None:
    """List the issues, newest first.

    Example: casereviews issue list
    """
    from app.asjson import issue as issue_json
    from db.deliveries import counts
    from db.issues import listing

    found = listing(front.db)
    if json_:
        return print_json([issue_json(kept, counts(front.db, kept.issue.period)) for kept in found])
    for kept in found:
        click.echo(
            f"{kept.issue.period}  {kept.issue.status:<8}  {len(kept.issue.reviews):>3} reviews  {kept.issue.title}"
        )
    return None


@issue.command()
@period
@click.option("--check-links", is_flag=True, help="First see whether its download links still lead to their reports.")
@dry_run
@as_json
@click.pass_obj
def build(front: Front, period: str, check_links: bool, dry: bool, json_: bool) -> None:
    """Compose a month's issue as a draft: the reviews first seen by its end that no other issue carries.

    Waits while a source is quarantined: what the issue should hold is not known then.

    Example: casereviews issue build 2026-10 --check-links
    """
    from app import issuing
    from app.lock import lock
    from app.world import World

    settings, db, world = front.settings, front.db, World()
    if check_links and not dry:
        from app.linkcheck import check

        with lock(settings.data_dir):
            check(world, settings, db, limit=None, ids=issuing.waiting(settings, db, period))
    kept = issuing.build(world, settings, db, period, dry=dry)
    _tell(kept, json_, "Would build" if dry else "Built")


def _tell(kept: "Kept", json_: bool, verb: str) -> None:
    from app.asjson import issue as issue_json
    from newsletter.render import WARN_BYTES

    size = len(kept.html.encode())
    if size > WARN_BYTES:
        click.echo(
            f"casereviews: {kept.issue.period}: the HTML is {size:,} bytes; Gmail clips mail at 102,000", err=True
        )
    if kept.issue.shortened or kept.issue.left_out:
        cut = f"{kept.issue.shortened} entries shortened, {kept.issue.left_out} named on the web only"
        click.echo(f"casereviews: {kept.issue.period}: {cut}, to keep the mail whole", err=True)
    if json_:
        return print_json(issue_json(kept))
    click.echo(f"{verb} {kept.issue.period}: {kept.issue.subject}")
    for review in kept.issue.reviews:
        click.echo(f"{review.id:>6}  {review.title}")
    return click.echo(f"{size:,} bytes of HTML, hash {kept.issue.hash[:16]}")


@issue.command()
@period
@click.option("--open", "open_", is_flag=True, help="Open it in the browser.")
@as_json
@click.pass_obj
def preview(front: Front, period: str, open_: bool, json_: bool) -> None:
    """Write a month's issue as files to look at; changes nothing else.

    Example: casereviews issue preview 2026-10 --open
    """
    from app import issuing
    from app.world import World

    kept = issuing.draft(front.settings, front.db, period)
    folder = front.settings.data_dir / "preview"
    page, text = folder / f"{period}.html", folder / f"{period}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(kept.html, "utf-8")
        text.write_text(kept.text, "utf-8")
    except OSError as e:
        raise click.ClickException(f"cannot write the preview: {e.filename}: {e.strerror}. Make it writable.") from e
    if open_:
        World().browse(page.resolve().as_uri())
    if json_:
        return print_json({"period": period, "html": str(page), "text": str(text)})
    return click.echo(f"{page}\n{text}")


@issue.command()
@period
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "text", "json", "eml"]),
    default="text",
    show_default=True,
    help="As a page, as text, for a program, or as the message that a sample reader gets.",
)
@as_json
@click.pass_obj
def show(front: Front, period: str, form: str, json_: bool) -> None:
    """Print a month's issue as it was built.

    Example: casereviews issue show 2026-10 --format html > issue.html
    """
    from app import issuing
    from app.asjson import issue as issue_json
    from app.world import World
    from db.deliveries import counts

    kept = issuing.stored(front.settings, front.db, period)
    if json_ or form == "json":
        return print_json(issue_json(kept, counts(front.db, period)))
    if form == "eml":
        return click.echo(issuing.sample_message(World(), front.settings, kept), nl=False)
    return click.echo(kept.html if form == "html" else kept.text)


@issue.command()
@period
@click.option("--note", help="Your own words under the introduction; empty takes them away.")
@click.option("--skip", multiple=True, type=int, metavar="ID", help="Leave this review to the next issue.")
@click.option("--unskip", multiple=True, type=int, metavar="ID", help="Take it in again.")
@click.option("--order", metavar="publisher|name|year|first_seen|ID,ID…", help="How to sort; numbers come first.")
@dry_run
@as_json
@click.pass_obj
def edit(
    front: Front,
    period: str,
    note: str | None,
    skip: tuple[int, ...],
    unskip: tuple[int, ...],
    order: str | None,
    dry: bool,
    json_: bool,
) -> None:
    """Change a draft: a note, what is left out, the order. It is built anew.

    Example: casereviews issue edit 2026-10 --note "Our website moves on Friday." --skip 12
    """
    from app import issuing
    from app.world import World
    from db.issues import get
    from newsletter.compose import ORDERS

    kept = get(front.db, period)
    if order and order not in ORDERS and not re.fullmatch(r"\s*[0-9]+\s*(,\s*[0-9]+\s*)*", order):
        raise click.BadParameter(f"{order!r}; take one of {', '.join(ORDERS)}, or numbers of reviews: 12,5,7.")
    waiting = {review.id for review in kept.issue.reviews} | set(kept.edits.skips)
    for number in (*skip, *unskip):
        if number not in waiting:
            raise click.BadParameter(f"review {number} is not in the issue of {period}.")
    edits = replace(
        kept.edits,
        note=kept.edits.note if note is None else note.strip(),
        order=kept.edits.order if order is None else order,
        skips=tuple(sorted((set(kept.edits.skips) | set(skip)) - set(unskip))),
    )
    kept = issuing.build(World(), front.settings, front.db, period, edits, dry)
    _tell(kept, json_, "Would edit" if dry else "Edited")
