"""casereviews bounce."""

import sys

import click

from app.cli.front import Front, as_json, dry_run, print_json
from core.plurals import plural

CHUNK = 1_048_576  # bytes


@click.command()
@click.option("--recipient", default="", metavar="ADDRESS", help="Where the message was sent, if the server says so.")
@click.option("--poll", is_flag=True, help="Read the mailbox that [bounces] names instead, once.")
@click.option("--tempfail", is_flag=True, help="Exit 75 when it fails, on which mail servers try again.")
@dry_run
@as_json
@click.pass_obj
def bounce(front: Front, recipient: str, poll: bool, tempfail: bool, dry: bool, json_: bool) -> None:
    """Read one message that came back from stdin: a bounce, a complaint, or a request to leave.

    For a mail server to hand them over, as Postfix does in master.cf with
    argv=casereviews --config /etc/casereviews.toml bounce --tempfail --recipient ${recipient}.
    A message that is not ours changes nothing, and is no error.

    Example: casereviews bounce --dry-run < message.eml
    """
    if poll and (recipient or dry):
        raise click.UsageError("--poll goes with neither --recipient nor --dry-run.")
    try:
        if poll:
            _poll(front, json_)
        else:
            _read(front, recipient, dry, json_)
    except Exception as e:  # whatever it is, a mail server is to keep the message and hand it over again
        if not tempfail:
            raise
        click.echo(f"casereviews: {' '.join(str(e).split())}", err=True)
        raise click.exceptions.Exit(75) from e  # EX_TEMPFAIL of sysexits.h


def _read(front: Front, recipient: str, dry: bool, json_: bool) -> None:
    from app.bouncing import returned
    from app.world import World
    from newsletter.returned import MOST

    if sys.stdin is None or sys.stdin.isatty():  # None: it was closed before we were run
        raise click.UsageError("it reads a message from stdin: casereviews bounce < message.eml")
    raw = sys.stdin.buffer.read(MOST)
    while sys.stdin.buffer.read(CHUNK):
        pass  # to the end, else the mail server takes the broken pipe for a failure
    found = returned(World(), front.settings, front.db, raw, recipient, dry)
    if json_:
        return print_json(
            {
                "ours": found.ours,
                "kind": found.kind or None,
                "email": found.email or None,
                "period": found.period or None,
                "status": found.status or None,
                "reply": found.why or None,
                "words": found.words,
            }
        )
    return click.echo(f"{'would be: ' if dry else ''}{found.words}")


def _poll(front: Front, json_: bool) -> None:
    from app.bouncing import poll
    from app.world import World
    from core.errors import SettingsError

    if not front.settings.bounces.imap_host:
        raise SettingsError("no mailbox to read", "bounces.imap_host is empty", "Set it, or take --poll away.")
    found = poll(World(), front.settings, front.db)
    if json_:
        return print_json({"processed": found})
    return click.echo(f"{plural(found, 'message')} processed")
