"""Command issue correct: corrections of a sent issue, written, amended, withdrawn, mailed, listed."""

import sys
from typing import TYPE_CHECKING, NamedTuple

import click

from app.cli.cli_context import CliContext, PeriodParam, dry_run_option, json_option, print_json
from app.cli.command_audit import note_looking
from app.cli.issue_delivery import confirm_live, deliver_run, print_plan, subscriber_count, yes_option
from core.dates import correction_run, local_minute

if TYPE_CHECKING:
    from core.editor_records import Correction


class CorrectionRequest(NamedTuple):
    """What was typed, checked."""

    words: str | None
    review: int | None
    amend: int | None
    withdraw: int | None
    number: int | None
    reason: str
    mail: bool
    dry: bool

    @property
    def which(self) -> int | None:
        """The correction that is meant; None: a new one, or all."""
        return next((one for one in (self.amend, self.withdraw, self.number) if one is not None), None)


@click.command()
@click.argument("period", type=PeriodParam())
@click.option("--words", help="What was wrong and what is right, as Markdown; - reads them from standard input.")
@click.option("--review", type=int, metavar="ID", help="It is about this review in the issue.")
@click.option("--number", type=int, metavar="NUMBER", help="Show this correction; or mail it, with --mail.")
@click.option("--amend", type=int, metavar="NUMBER", help="Put these --words in the place of its own, which are kept.")
@click.option("--withdraw", type=int, metavar="NUMBER", help="Take it back; --reason is shown to readers.")
@click.option("--reason", default="", help="Why it is amended or withdrawn.")
@click.option("--mail", is_flag=True, help="Mail it at once to those who got the issue, each once.")
@yes_option
@dry_run_option
@json_option
@click.pass_obj
def correct(
    context: CliContext,
    period: str,
    words: str | None,
    review: int | None,
    number: int | None,
    amend: int | None,
    withdraw: int | None,
    reason: str,
    mail: bool,
    yes: bool,
    dry: bool,
    json_: bool,
) -> None:
    """Correct an issue that was sent. Without an option: list its corrections.

    A correction stands on the issue's web page and in the feeds at once, and the next issue tells of it. On a terminal
    --mail asks once before real mail goes out.

    Example: casereviews issue correct 2026-10 --review 12 --words "The child was four years old." --mail
    """
    if words == "-":
        words = sys.stdin.read().strip()
    request = CorrectionRequest(words, review, amend, withdraw, number, reason, mail, dry)
    _check_request(request)
    if words is None and withdraw is None and not mail:
        note_looking()
    if request.which is None and words is None:
        return _list_corrections(context, period, json_)
    one = _change(context, period, request)
    if not mail:
        return _print_correction(context, one, json_)
    return _mail(context, one, yes, dry, json_)


def _check_request(request: CorrectionRequest) -> None:
    """Raises UsageError for options that say nothing together."""
    chosen = sum(one is not None for one in (request.amend, request.withdraw, request.number))
    if chosen > 1:
        raise click.UsageError("Name one of --number, --amend, --withdraw.")
    if request.amend is not None and request.words is None:
        raise click.UsageError("--amend needs --words.")
    if request.words is not None and (request.number is not None or request.withdraw is not None):
        raise click.UsageError("--words go with --amend, or with no number.")
    if request.review is not None and (request.words is None or chosen):
        raise click.UsageError("--review goes with the --words of a new correction.")
    if request.mail and request.words is None and not chosen:
        raise click.UsageError("Say which: --number NUMBER.")


def _change(context: CliContext, period: str, request: CorrectionRequest) -> "Correction":
    """Do what was asked of the correction; how it is after."""
    from app.runtime.side_effects import system_effects
    from app.runtime.terminal_user import terminal_user
    from db.mail import corrections
    from services.issues import correct_issue as service

    house, actor = (system_effects(), context.settings, context.db, period), f"terminal ({terminal_user()})"
    if request.number is not None:
        return corrections.get(context.db, period, request.number)
    if request.which is None:
        return service.correct_issue(
            *house, request.words or "", actor=actor, review_id=request.review, dry=request.dry
        )
    if request.withdraw is not None:
        change = service.withdraw_correction(
            *house, request.withdraw, reason=request.reason, actor=actor, dry=request.dry
        )
    else:
        change = service.amend_correction(
            *house, request.which, request.words or "", reason=request.reason, actor=actor, dry=request.dry
        )
    if change.unsent:
        click.echo(f"{period}: {subscriber_count(change.unsent)} had not been sent the words before", err=True)
    return change.correction


def _list_corrections(context: CliContext, period: str, json_: bool) -> None:
    from db.mail import corrections, issues
    from services.issues.correction_json import correction_history_json

    issues.get(context.db, period)
    found = corrections.listing(context.db, period)
    if json_:
        return print_json([correction_history_json(context.db, one) for one in found])
    for one in found:
        click.echo(f"{one.number:>4}  {_describe(context, one)}")
    if not found:
        click.echo(f"{period}: no corrections", err=True)
    return None


def _describe(context: CliContext, one: "Correction") -> str:
    zone = context.settings.zone
    state = "withdrawn" if one.withdrawn else "amended"
    changed = f", {state} {local_minute(one.amended_at, zone)}" if one.amended_at else ""
    about = f" {one.about}:" if one.about else ""
    words = "about a review that has been withdrawn" if one.taken_down else " ".join(one.current.words.split())
    return f"{local_minute(one.at, zone)}{changed}{about} {words}"


def _print_correction(context: CliContext, one: "Correction", json_: bool) -> None:
    from core.delivery_outcome import describe_outcome
    from db.mail import deliveries, mailings
    from services.issues.correction_json import correction_history_json

    if json_:
        return print_json(correction_history_json(context.db, one))
    click.echo(f"{one.period}, correction {one.number}: {_describe(context, one)}")
    for version in one.versions[:-1]:
        words = " ".join(version.words.split())
        click.echo(f"      before, {local_minute(version.at, context.settings.zone)}, {version.actor}: {words}")
    for mailing in mailings.list_corrections(context.db, one.period, one.number):
        counts, written = deliveries.counts(context.db, mailing.run), deliveries.count_written(context.db, mailing.run)
        click.echo(f"      mailed as {mailing.run}: {mailing.status}, {describe_outcome(counts, written)}")
    return None


def _mail(context: CliContext, one: "Correction", yes: bool, dry: bool, json_: bool) -> None:
    """Queue the version that stands, unless it is on its way, and deliver it."""
    from app.runtime.side_effects import system_effects
    from app.runtime.terminal_user import terminal_user
    from db.mail import mailings
    from services.delivery.machine_guard import refuse_away
    from services.issues.correction_json import correction_history_json
    from services.issues.mail_correction import count_recipients, queue_correction

    settings, db, run = context.settings, context.db, correction_run(one.period, one.number, one.current.version)
    if dry:
        return print_plan(context, run, count_recipients(settings, db, one), json_)
    refuse_away(system_effects(), settings, db)
    if mailings.get_status(db, run) != "sending":
        confirm_live(
            context, f"correction {one.number} of {one.period}", lambda: count_recipients(settings, db, one), yes
        )
        count = queue_correction(
            system_effects(),
            settings,
            db,
            one.period,
            one.number,
            actor=f"terminal ({terminal_user()})",
            version=one.current.version,
        )
        click.echo(f"{run}: {subscriber_count(count)} will get it", err=True)
    again = f"casereviews issue correct {one.period} --number {one.number} --mail"
    return deliver_run(context, run, json_, again, lambda: correction_history_json(db, one))
