"""Commands issue list, build, preview, show, edit: the monthly issue as a draft."""

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from app.cli.backup_commands import settle
from app.cli.cli_context import CliContext, PeriodParam, dry_run_option, json_option, print_json
from app.cli.correction_command import correct
from app.cli.issue_delivery import approve, pause, print_gaps, resend_failed, resume, send, test_send
from app.cli.terminal_output import print_list
from core.actions import Action
from core.dates import PERIOD
from core.errors import NotFound
from core.plurals import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from db.mail.issues import IssueEdits, StoredIssue

period_argument = click.argument("period", type=PeriodParam())


class IssueGroup(click.Group):
    """The commands of issues. That of a month which has not begun cannot be built yet, so none of them advises it."""

    def invoke(self, ctx: click.Context) -> object:
        """Run one."""
        try:
            return super().invoke(ctx)
        except NotFound as e:
            from app.runtime.side_effects import system_effects
            from services.issues.issue_coverage import has_begun

            period, context = e.which, ctx.ensure_object(CliContext)
            if not PERIOD.fullmatch(period) or has_begun(context.settings, context.db, period, system_effects().now()):
                raise
            action = Action("/ops/issues", "See the issues", "See those there are: casereviews issue list")
            raise NotFound("there is no such issue yet", f"{period} has not begun", action=action) from e


@click.group(cls=IssueGroup)
def issue() -> None:
    """The month's newsletter, from its draft to its readers. PERIOD is a month, 2026-10.

    Example: casereviews issue build 2026-10
    """


for command in (test_send, approve, send, resend_failed, settle, pause, resume, correct):
    issue.add_command(command)


@issue.command("list")
@json_option
@click.pass_obj
def list_issues(context: CliContext, json_: bool) -> None:
    """List the issues, newest first.

    Example: casereviews issue list
    """
    from db.mail.deliveries import counts
    from db.mail.issues import listing
    from services.issues.issue_json import issue_json

    stored = listing(context.db)
    if json_:
        return print_json([issue_json(entry, counts(context.db, entry.period)) for entry in stored])
    print_list(
        stored,
        ("Month", "Status", ">Reviews", "Title"),
        lambda entry: (entry.period, entry.status, f"{len(entry.reviews)}", entry.title),
        lambda entry: f"{entry.period}  {entry.status:<8}  {plural(len(entry.reviews), 'review'):>11}  {entry.title}",
    )
    return None


@issue.command()
@period_argument
@click.option("--check-links", is_flag=True, help="First see whether its download links still lead to their reports.")
@click.option("--as-read", is_flag=True, help="It waits for no source: it holds what was read, and says so.")
@dry_run_option
@json_option
@click.pass_obj
def build(context: CliContext, period: str, check_links: bool, as_read: bool, dry: bool, json_: bool) -> None:
    """Compose a month's issue as a draft. The reviews first seen by its end that no other issue carries.

    Waits while a source that it needs (sources.required) is quarantined and was not read well since the month ended.

    Example: casereviews issue build 2026-10 --check-links
    """
    from app.runtime.side_effects import system_effects
    from db.mail.issues import get_edits
    from services.issues import build_issue

    settings, db, effects = context.settings, context.db, system_effects()
    if check_links and not dry:
        build_issue.check_issue_links(effects, settings, db, period)
    edits = replace(get_edits(db, period), as_read=True) if as_read else None
    draft = build_issue.build_issue(effects, settings, db, period, edits, dry)
    print_gaps(context, period, effects.now())
    _print_issue(draft, json_, "Would build" if dry else "Built")


def _print_issue(stored: "StoredIssue", json_: bool, action: str) -> None:
    from newsletter.issue.render import WARN_HTML_BYTES
    from services.issues.issue_json import issue_json

    size = len(stored.html.encode())
    if size > WARN_HTML_BYTES:
        click.echo(
            f"casereviews: {stored.issue.period}: the HTML is {size:,} bytes; Gmail clips mail at 102,000", err=True
        )
    if stored.issue.shortened or stored.issue.left_out:
        shortened = plural(stored.issue.shortened, "entry", "entries")
        cut = f"{shortened} shortened, {stored.issue.left_out} named on the web only"
        click.echo(f"casereviews: {stored.issue.period}: {cut}, to keep the mail whole", err=True)
    if json_:
        return print_json(issue_json(stored.summary))
    click.echo(f"{action} {stored.issue.period}: {stored.issue.subject}")
    for review in stored.issue.reviews:
        click.echo(f"{review.id:>6}  {review.title}")
    return click.echo(f"{size:,} bytes of HTML, hash {stored.issue.hash[:16]}")


@issue.command()
@period_argument
@click.option("--open", "open_", is_flag=True, help="Open it in the browser.")
@json_option
@click.pass_obj
def preview(context: CliContext, period: str, open_: bool, json_: bool) -> None:
    """Write a month's issue as files to look at. Changes nothing else.

    Example: casereviews issue preview 2026-10 --open
    """
    from app.runtime.side_effects import system_effects
    from core.disk_advice import name_file, suggest_fix
    from core.errors import HouseError
    from services.issues import build_issue, issue_coverage

    issue_coverage.refuse_future(context.settings, context.db, period, system_effects().now())
    draft = build_issue.compose_draft(context.settings, context.db, period)
    folder = context.settings.data_dir / "preview"
    page, text = folder / f"{period}.html", folder / f"{period}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(draft.html, "utf-8")
        text.write_text(draft.text, "utf-8")
    except OSError as e:
        raise HouseError("cannot write the preview", name_file(e, folder), suggest_fix(e)) from e
    if open_ and not system_effects().open_browser(page.resolve().as_uri()):
        click.echo("casereviews: no browser can be opened here; open the first file where there is one", err=True)
    if json_:
        return print_json({"period": period, "html": str(page), "text": str(text)})
    return click.echo(f"{page}\n{text}")


@issue.command()
@period_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "text", "json", "eml"]),
    default="text",
    show_default=True,
    help="As a page, as text, for a program, or as the message that a sample reader gets.",
)
@json_option
@click.pass_obj
def show(context: CliContext, period: str, form: str, json_: bool) -> None:
    """Print a month's issue as it was built.

    Example: casereviews issue show 2026-10 --format html > issue.html
    """
    from app.runtime.side_effects import system_effects
    from db.mail.deliveries import counts
    from services.issues import build_issue, frozen_issue
    from services.issues.issue_json import issue_json

    stored = build_issue.load_issue(context.db, period)
    if json_ or form == "json":
        return print_json(issue_json(stored.summary, counts(context.db, period)))
    if form == "eml":
        message = frozen_issue.sample_message(system_effects(), context.settings, context.db, stored)
        return click.echo(message, nl=False)
    return click.echo(stored.html if form == "html" else stored.text)


@issue.command()
@period_argument
@click.option("--note", help="Your own words under the introduction; empty takes them away.")
@click.option("--skip", multiple=True, type=int, metavar="ID", help="Leave this review to the next issue.")
@click.option("--unskip", multiple=True, type=int, metavar="ID", help="Take it in again.")
@click.option("--add", multiple=True, type=int, metavar="ID", help="Take in a review that was known already.")
@click.option("--no-add", multiple=True, type=int, metavar="ID", help="Do not, after all.")
@click.option("--first", type=int, metavar="ID", help="Put this review first: “For your team this week”.")
@click.option("--reason", help="Why it is first, for those who read it.")
@click.option("--no-first", is_flag=True, help="Put none first, after all.")
@click.option(
    "--order", metavar="publisher|theme|age|name|year|first_seen|ID,ID…", help="How to sort; numbers come first."
)
@dry_run_option
@json_option
@click.pass_obj
def edit(
    context: CliContext,
    period: str,
    note: str | None,
    skip: tuple[int, ...],
    unskip: tuple[int, ...],
    add: tuple[int, ...],
    no_add: tuple[int, ...],
    first: int | None,
    reason: str | None,
    no_first: bool,
    order: str | None,
    dry: bool,
    json_: bool,
) -> None:
    """Change a draft, which is built anew. A note, what is left out, what is taken in, what comes first, the order.

    An approval is void as soon as the content changes, and it says so beforehand: approve it again afterwards.
    What a source listed at its first read is known, and no news: --add takes some of it into the first issue.

    Example: casereviews issue edit 2026-10 --note "Our website moves on Friday." --skip 12 --add 7
    """
    from app.runtime.side_effects import system_effects
    from services.issues import build_issue, edit_issue

    stored = build_issue.compose_draft(context.settings, context.db, period)  # also where it was not built yet
    sorted_first = {int(number) for number in re.findall(r"[0-9]+", order or "")} - {*add}
    _check_edit(stored, order, (*skip, *unskip, *no_add, *sorted_first))
    edits = replace(
        edit_issue.choose_reviews(context.settings, context.db, stored, skip, unskip, add, no_add),
        note=stored.edits.note if note is None else note.strip(),
        order=stored.edits.order if order is None else order.strip(),
    )
    edits = _edit_first(edits, first, reason, no_first, [review.id for review in stored.issue.reviews])
    with _void_approval_told(context, period):
        stored = build_issue.build_issue(
            system_effects(), context.settings, context.db, period, edits, dry, incomplete=True
        )
    _print_issue(stored, json_, "Would edit" if dry else "Edited")


def _check_edit(stored: "StoredIssue", order: str | None, numbers: tuple[int, ...]) -> None:
    """Raises BadParameter for an order that is none, and for a review that is not in the issue."""
    from core.states import REVIEW_ORDERS

    if order and order not in REVIEW_ORDERS and not re.fullmatch(r"\s*[0-9]+\s*(,\s*[0-9]+\s*)*", order):
        raise click.BadParameter(f"{order!r}; take one of {', '.join(REVIEW_ORDERS)}, or numbers of reviews: 12,5,7.")
    known_ids = {review.id for review in stored.issue.reviews} | {*stored.edits.skips, *stored.edits.adds}
    if strange := [number for number in numbers if number not in known_ids]:
        raise click.BadParameter(f"review {strange[0]} is not in the issue of {stored.issue.period}.")


def _edit_first(
    edits: "IssueEdits", first: int | None, reason: str | None, no_first: bool, ids: list[int]
) -> "IssueEdits":
    """The edits with the review put first that was typed. Raises HouseError as `put_first` does."""
    from services.issues.edit_issue import put_first

    if no_first:
        return replace(edits, first=None, first_reason="")
    if first is None and reason is None:
        return edits
    if (chosen := edits.first if first is None else first) is None:
        raise click.BadParameter("--reason says why a review is first: name it with --first ID.")
    return put_first(edits, chosen, edits.first_reason if reason is None else reason, ids)


@contextmanager
def _void_approval_told(context: CliContext, period: str) -> "Iterator[None]":
    """Say before an edit that it can make an approval void, and afterwards whether it did."""
    from db.mail.issues import list_states

    before = list_states(context.db, since=period).get(period)
    if before and before.status == "approved":
        click.echo(f"{period}: it is approved; a change of its content makes the approval void", err=True)
    yield
    if before and before.status == "approved" and list_states(context.db, since=period)[period].status == "draft":
        click.echo(f"The approval is void. Approve it again: casereviews issue approve {period}", err=True)
