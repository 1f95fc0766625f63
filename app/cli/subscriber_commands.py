"""Commands subscribers list, add, import, export, stats."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json, print_json_list
from app.cli.subscriber_endings import end, erase, restore
from app.cli.terminal_output import print_list, progress_bar
from core.dates import DAY_COLUMNS, local_day
from core.json_views import subscriber_json
from core.plurals import plural
from core.redact import mask_address
from core.states import EDITIONS, RESTS_OF_ISSUE, SUBSCRIBER_STATUSES, Edition, RestOfIssue, SubscriberStatus
from core.subscriber_rules import InvalidInput, parse_preferences, refuse_misspelt_topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from core.records import Subscriber
    from core.subscriber_csv import ColumnRole

STATUS_CHOICE = click.Choice(SUBSCRIBER_STATUSES)
CONSENT_HELP = "How and when they agreed, in your own words; kept as the record of it, and told them in every mail."


@click.group()
def subscribers() -> None:
    """Who gets the newsletter. List, add, import, export, restore, end, erase, stats.

    Example: casereviews subscribers list --status active
    """


@subscribers.command("list")
@click.option("--status", type=STATUS_CHOICE, help="Only those of this status.")
@json_option
@click.pass_obj
def list_subscribers(context: CliContext, status: SubscriberStatus | None, json_: bool) -> None:
    """List subscribers in the order they came.

    Example: casereviews subscribers list --status pending
    """
    from db.mail.subscribers import listing

    matches, zone = listing(context.db, status or ""), context.settings.zone
    if json_:
        return print_json_list(map(subscriber_json, matches))
    count = print_list(
        matches,
        ("Status", ">Since", "Address"),
        lambda one: (one.status, local_day(one.since, zone), one.email),
        lambda one: f"{one.status:<12}  {local_day(one.since, zone):>{DAY_COLUMNS}}  {one.email}",
    )
    return click.echo(plural(count, "subscriber"), err=True)


@subscribers.command()
@click.argument("address")
@click.option("--topics", default="", help="Parted by semicolons; all unless given.")
@click.option("--nations", default="", help="Parted by semicolons; all unless given.")
@click.option("--edition", type=click.Choice(EDITIONS), default="full", show_default=True, help="Which one they get.")
@click.option("--only-matching", is_flag=True, help="Mail only when something matches, not every month.")
@click.option(
    "--rest",
    type=click.Choice(RESTS_OF_ISSUE),
    default="lines",
    show_default=True,
    help="The reviews that match none of their topics and nations: in full, as one line each, or none.",
)
@click.option("--confirmed", is_flag=True, help="They agreed already: active at once. Needs --consent.")
@click.option("--consent", default="", metavar="WORDS", help=CONSENT_HELP)
@dry_run_option
@json_option
@click.pass_obj
def add(
    context: CliContext,
    address: str,
    topics: str,
    nations: str,
    edition: Edition,
    only_matching: bool,
    rest: RestOfIssue,
    confirmed: bool,
    consent: str,
    dry: bool,
    json_: bool,
) -> None:
    """Add one subscriber. Active when they agreed already, else pending, and mailed a link to confirm.

    Of a pending one, typed again sends the link again, three times a day at most. Exit 3 when the mail did not
    leave; one that may later is tried again by itself.

    Example: casereviews subscribers add reader@example.org --confirmed --consent "Asked by phone, 3 November."
    """
    from app.runtime.side_effects import system_effects
    from services.readers.signup import invite
    from services.readers.subscriptions import SubscriptionRequest

    if confirmed and not consent.strip():
        raise click.UsageError(f"--confirmed needs --consent WORDS: {CONSENT_HELP}")
    try:
        preferences = refuse_misspelt_topics(parse_preferences(topics, nations, edition, only_matching, rest))
    except InvalidInput as e:
        raise click.UsageError(f"{e}.") from e
    request = SubscriptionRequest(preferences, consent.strip(), confirmed=confirmed)
    subscriber, changed, asked = invite(system_effects(), context.settings, context.db, address, request, dry)
    code, delivery = _send_confirmation(context, subscriber) if asked else (0, "")
    if json_:
        print_json(subscriber_json(subscriber))
        click.echo(delivery, err=True, nl=bool(delivery))
    else:
        outcome = ("would be added" if dry else "added") if changed else "there already, nothing changed"
        click.echo(f"{mask_address(subscriber.email)} {outcome}: {subscriber.status}{delivery and '; '}{delivery}")
    raise click.exceptions.Exit(code)


@subscribers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=ROLE",
    help="What a column is: address, status, topics, nations, edition or ignore.",
)
@click.option("--confirmed", is_flag=True, help="State that everybody on the list agreed to get this mail.")
@click.option("--consent", default="", metavar="WORDS", help=CONSENT_HELP)
@dry_run_option
@json_option
@click.pass_obj
def import_subscribers(
    context: CliContext, file: Path, columns: tuple[str, ...], confirmed: bool, consent: str, dry: bool, json_: bool
) -> None:
    """Import a CSV file of readers who agreed. Its header names a column email; topics, nations, edition,
    only_matching, rest_of_issue may follow, as export prints them. The lists of Mailchimp, Ghost, listmonk, phpList
    and others are known. FILE may be - for stdin.

    A bad row is told with its line, and the rest go in (exit 3). Who is known stays as they are; who left or
    was erased is not brought back. An import that was broken off is made whole by the same again. WORDS say where the
    addresses come from: each of these readers' mails says so.

    Example: casereviews subscribers import readers.csv --confirmed --consent "Members' form, 2025 edition."
    """
    from app.runtime.side_effects import system_effects
    from services.readers.import_readers import import_readers

    if not confirmed or not consent.strip():
        why = "mail may go only to people who agreed to it, and the record must say how"
        raise click.UsageError(f"--confirmed and --consent WORDS are both needed: {why}.")
    roles, effects = _parse_columns(columns), system_effects()
    with _open_list(file) as opened, _show_import_progress(opened) as progress:
        result = import_readers(effects, context.db, opened, consent.strip(), dry, roles, progress)
    for problem in result.problems:
        click.echo(f"line {problem.line}: {problem.why}", err=True)
    if more := result.refused - len(result.problems):
        click.echo(f"and {more:,} more lines were refused", err=True)
    counts = {name: getattr(result, name) for name in ("added", "known", "repeated", "erased")}
    if json_:
        problems = [{"line": problem.line, "why": problem.why} for problem in result.problems]
        print_json(counts | {"refused": result.refused, "problems": problems})
    else:
        click.echo(
            f"{plural(result.added, 'subscriber', thousands=',')} {'would be added' if dry else 'added'}; "
            f"{result.known:,} known already, {result.repeated:,} repeated, {result.erased:,} erased or left before, "
            f"{result.refused:,} refused"
        )
    good = sum(counts.values()) > 0
    raise click.exceptions.Exit((3 if good else 1) if result.refused else 0)


@contextmanager
def _open_list(file: Path) -> "Iterator[BinaryIO]":
    """The file; of stdin a copy that is nobody else's, since a list is read twice."""
    import shutil
    import sys
    import tempfile

    try:
        if str(file) != "-":
            with file.open("rb") as opened:
                yield opened
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
            yield copy
    except OSError as e:
        raise click.UsageError(f"cannot read {file}: {e.strerror}.") from e


@contextmanager
def _show_import_progress(file: "BinaryIO") -> "Iterator[Callable[[int], None]]":
    """A bar on a terminal: how many bytes of a list are read."""
    size = file.seek(0, 2)
    with progress_bar("Reading the list", size) as show:
        yield lambda rows: show(file.tell())


def _parse_columns(words: tuple[str, ...]) -> "dict[str, ColumnRole]":
    """The roles of "Opted In=status". Raises BadParameter."""
    from core.subscriber_csv import COLUMN_ROLES

    found = {}
    for word in words:
        name, _, asked = word.rpartition("=")
        role = next((role for role in COLUMN_ROLES if role == asked.strip().casefold()), None)
        if not name or role is None:
            raise click.BadParameter(f"{word!r}; write NAME=ROLE, of {', '.join(COLUMN_ROLES)}.", param_hint="--column")
        found[name] = role
    return found


@subscribers.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="For a spreadsheet, or for a program.",
)
@click.option("--status", type=STATUS_CHOICE, help="Only those of this status.")
@json_option
@click.pass_obj
def export(context: CliContext, form: str, status: SubscriberStatus | None, json_: bool) -> None:
    """Print every subscriber with their record of consent. For a spreadsheet or a program.

    Example: casereviews subscribers export --format csv > subscribers.csv
    """
    import csv
    import sys

    from core.csv_cells import escape_formula
    from core.subscriber_export import EXPORT_COLUMNS, export_cells
    from db.mail.subscribers import listing

    matches = listing(context.db, status or "")
    if json_ or form == "json":
        return print_json_list(map(subscriber_json, matches))
    writer = csv.writer(sys.stdout, lineterminator="\r\n")  # RFC 4180
    writer.writerow(EXPORT_COLUMNS)
    for one in matches:
        writer.writerow(map(escape_formula, export_cells(one)))
    return None


for _command in (restore, end, erase):
    subscribers.add_command(_command)


@subscribers.command()
@json_option
@click.pass_obj
def stats(context: CliContext, json_: bool) -> None:
    """Count subscribers by status.

    Example: casereviews subscribers stats
    """
    from db.mail.subscribers import counts

    by_status = counts(context.db)
    each = {status: by_status.get(status, 0) for status in SUBSCRIBER_STATUSES} | {"total": sum(by_status.values())}
    if json_:
        return print_json(each)
    print_list(
        each.items(),
        ("Status", ">Readers"),
        lambda one: (one[0], f"{one[1]:,}"),
        lambda one: f"{one[0]:<12}  {one[1]:>8,}",
    )
    return None


def _send_confirmation(context: CliContext, subscriber: "Subscriber") -> tuple[int, str]:
    """Send what waits; the exit code, and what became of the email to one subscriber."""
    from app.runtime.side_effects import system_effects
    from db.mail.transactional import last_outcome
    from newsletter.mail.outbox_files import WRITTEN_REPLY
    from services.delivery.send_transactional import send_due

    send_due(system_effects(), context.settings, context.db)
    state, reply = last_outcome(context.db, subscriber.id)
    if state == "sent":
        return 0, f"confirmation {'written to the outbox' if reply == WRITTEN_REPLY else 'sent'}"
    if state == "sending":
        return 0, "confirmation is being sent by another run"
    return 3, f"confirmation {'waits to be tried again' if state == 'queued' else state}"  # why, the log has said
