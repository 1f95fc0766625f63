"""Command bounce: reads a returned message from stdin, or polls the bounce mailbox."""

import sys

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json
from core.plurals import plural

CHUNK_BYTES = 1_048_576  # bytes


@click.command()
@click.option("--recipient", default="", metavar="ADDRESS", help="Where the message was sent, if the server says so.")
@click.option("--poll", is_flag=True, help="Read the mailbox that [bounces] names instead, once.")
@click.option("--tempfail", is_flag=True, help="Exit 75 when it fails, on which mail servers try again.")
@dry_run_option
@json_option
@click.pass_obj
def bounce(context: CliContext, recipient: str, poll: bool, tempfail: bool, dry: bool, json_: bool) -> None:
    """Read one message that came back, from stdin. A bounce, a complaint, or a request to leave.

    For a mail server to hand them over, as Postfix does in master.cf with
    argv=casereviews --config /etc/casereviews.toml bounce --tempfail --recipient ${recipient}.
    A message that is not ours changes nothing, and is no error.

    Example: casereviews bounce --dry-run < message.eml
    """
    if poll and (recipient or dry):
        raise click.UsageError("--poll goes with neither --recipient nor --dry-run.")
    try:
        if poll:
            _poll_mailbox(context, json_)
        else:
            _handle_stdin(context, recipient, dry, json_)
    except Exception as e:  # whatever it is, a mail server is to keep the message and hand it over again
        if not tempfail:
            raise
        click.echo(f"casereviews: {' '.join(str(e).split())}", err=True)
        raise click.exceptions.Exit(75) from e  # EX_TEMPFAIL of sysexits.h


def _handle_stdin(context: CliContext, recipient: str, dry: bool, json_: bool) -> None:
    from app.runtime.side_effects import system_effects
    from newsletter.inbound.bounce_parser import MAX_MESSAGE_BYTES
    from services.delivery.bounce_handling import handle_message

    if sys.stdin.isatty() or not sys.stdin.readable():  # it was closed before we were run
        raise click.UsageError("it reads a message from stdin: casereviews bounce < message.eml")
    raw = sys.stdin.buffer.read(MAX_MESSAGE_BYTES)
    while sys.stdin.buffer.read(CHUNK_BYTES):
        pass  # to the end, else the mail server takes the broken pipe for a failure
    outcome = handle_message(system_effects(), context.settings, context.db, raw, recipient, dry)
    if json_:
        return print_json(
            {
                "ours": outcome.ours,
                "kind": outcome.kind or None,
                "email": outcome.email or None,
                "period": outcome.period or None,
                "status": outcome.status or None,
                "reply": outcome.why or None,
                "held": outcome.is_held,
                "words": outcome.words,
            }
        )
    return click.echo(f"{'would be: ' if dry else ''}{outcome.words}")


def _poll_mailbox(context: CliContext, json_: bool) -> None:
    from app.runtime.side_effects import system_effects
    from core.errors import SettingsError
    from services.delivery.mailbox_poll import poll_mailbox

    if not context.settings.bounces.imap_host:
        raise SettingsError("no mailbox to read", "bounces.imap_host is empty", "Set it, or take --poll away.")
    visit = poll_mailbox(system_effects(), context.settings, context.db)
    if json_:
        return print_json({"processed": visit.processed, "left": visit.left, "refused": visit.refused})
    click.echo(f"{plural(visit.processed, 'message')} processed")
    if visit.left:
        click.echo(f"{plural(visit.left, 'message')} read and left where they were: {visit.why}", err=True)
    if visit.refused:
        click.echo(f"{plural(visit.refused, 'message')} not handed over, asked for again: {visit.why}", err=True)
    return None
