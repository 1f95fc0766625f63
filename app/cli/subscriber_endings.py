"""Commands subscribers restore, end, erase: who is brought back, who is lost, who is forgotten."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.cli.cli_context import CliContext, RunParam, dry_run_option, json_option, print_json
from core.plurals import plural
from core.redact import mask_address

if TYPE_CHECKING:
    from db.mail.bounces import BounceSelection
    from services.delivery.bounce_answers import AnswerResult

F = TypeVar("F", bound=Callable[..., Any])


def _selection_options(function: F) -> F:
    """Which readers are meant."""
    for option in (
        click.argument("address", default=""),
        click.option("--run", "period", type=RunParam(), help="Those whose mail of this issue was refused."),
        click.option("--domain", default="", metavar="DOMAIN", help="Those whose mailbox is there."),
        click.option("--reply", default="", metavar="TEXT", help="Those refused in words that hold this text."),
        click.option("--question", type=int, default=0, metavar="NUMBER", help="Those of one question of status."),
    ):
        function = option(function)
    return function


@click.command()
@_selection_options
@dry_run_option
@json_option
@click.pass_obj
def restore(
    context: CliContext,
    address: str,
    period: str | None,
    domain: str,
    reply: str,
    question: int,
    dry: bool,
    json_: bool,
) -> None:
    """Bring back readers whose mail was refused. It was us, or their server for a while.

    Their subscription goes on, what was refused counts no more, and the issue goes to them again. Who left or
    complained is never brought back. By --run, --domain and --reply, all of them together, or by ADDRESS.

    Example: casereviews subscribers restore --run 2026-10 --domain example.org
    """
    from app.runtime.side_effects import system_effects
    from services.delivery.bounce_answers import restore_readers

    which = _parse_selection(context, address, period, domain, reply, question)
    result = restore_readers(context.db, which, system_effects().now(), dry)
    if json_:
        return print_json({"restored": result.changed, "released": result.released, "sent_again": result.requeued})
    would = "would be" if dry else "is" if result.changed == 1 else "are"
    click.echo(f"{plural(result.changed, 'reader')} {would} subscribed again; {_describe_released(result)}")
    for month, count in result.requeued.items():
        again = f"casereviews issue send {month}"
        click.echo(f"the issue of {month} {'would go' if dry else 'goes'} to {plural(count, 'reader')} again: {again}")
    return None


@click.command()
@_selection_options
@dry_run_option
@json_option
@click.pass_obj
def end(
    context: CliContext,
    address: str,
    period: str | None,
    domain: str,
    reply: str,
    question: int,
    dry: bool,
    json_: bool,
) -> None:
    """End the subscriptions of readers who were refused alike. They are held until you say so: it was them.

    A mailbox that was only full counts as that. By --run, --domain and --reply, all of them together, or by ADDRESS.

    Example: casereviews subscribers end --run 2026-10 --domain example.org
    """
    from app.runtime.side_effects import system_effects
    from services.delivery.bounce_answers import end_readers

    which = _parse_selection(context, address, period, domain, reply, question)
    result = end_readers(context.db, which, system_effects().now(), dry)
    if json_:
        return print_json({"ended": result.changed, "released": result.released})
    outcome = "would end" if dry else "ended"
    return click.echo(f"{plural(result.changed, 'subscription')} {outcome}; {_describe_released(result)}")


def _describe_released(result: "AnswerResult") -> str:
    return f"of {plural(result.released, 'reader')} it was asked whether it is them or us"


def _parse_selection(
    context: CliContext, address: str, period: str | None, domain: str, reply: str, question: int
) -> "BounceSelection":
    """Raises UsageError where nobody is meant, or two ways are mixed."""
    from db.mail.bounces import BounceSelection
    from services.delivery.bounce_answers import select_address

    if bool(address) == bool(period or domain or reply.strip() or question):
        some = "some of --run PERIOD, --domain DOMAIN, --reply TEXT, --question NUMBER"
        raise click.UsageError(f"Name one ADDRESS, or {some}.")
    if address:
        return select_address(context.db, address)
    return BounceSelection(period or "", domain.strip().removeprefix("@"), reply.strip(), hold_id=question)


@click.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--undo", is_flag=True, help="Take it back, within 24 hours.")
@dry_run_option
@json_option
@click.pass_obj
def erase(context: CliContext, address: str, yes: bool, undo: bool, dry: bool, json_: bool) -> None:
    """Delete all that is held of a person. A keyed hash stays, so that no list brings them back.

    It is asked first, and says whether the address is known. For 24 hours it can be taken back with --undo: until
    then what is needed for that is kept under a lock that only the address opens.

    Example: casereviews subscribers erase reader@example.org
    """
    from app.runtime.side_effects import system_effects
    from services.readers.subscriptions import erase_subscriber, undo_erasure

    now, who = system_effects().now(), mask_address(address.strip())
    if undo:
        restored = undo_erasure(context.settings, context.db, address, now, dry)
        if json_:
            return print_json({"email": address.strip(), "restored": not dry, "status": restored.status})
        return click.echo(f"{who} {'would be' if dry else 'is'} back, {restored.status} as before")
    existed = erase_subscriber(context.db, address, now, dry=True)
    if not dry:
        _ask_before_erasing(who, existed, yes)
        erase_subscriber(context.db, address, now, undoable=True)
    if json_:
        return print_json({"email": address.strip(), "known": existed, "erased": not dry})
    outcome = ("would be erased" if dry else "erased") if existed else "was not a subscriber"
    click.echo(f"{who} {outcome}; {'then ' if dry else ''}no import will add it")
    if existed and not dry:
        click.echo(f"For 24 hours it can be undone: casereviews subscribers erase --undo {address.strip()}", err=True)
    return None


def _ask_before_erasing(who: str, existed: bool, yes: bool) -> None:
    """Raises UsageError where nobody can be asked, ClickException for a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("It asks first, and nobody can be asked here: add --yes.")
    known = f"{who} is a subscriber. Erase them?" if existed else f"{who} is no subscriber. Keep its hash all the same?"
    if not click.confirm(known, err=True):
        raise click.ClickException("nothing was erased.")
