"""Commands issue test-send, approve, send, resend-failed, pause, resume: delivery of an issue."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, PeriodParam, RunParam, dry_run_option, json_option, print_json
from app.cli.terminal_output import progress_bar
from core.dates import local_minute, parse_correction_run, run_name
from core.delivery_outcome import WRITTEN
from core.errors import IssueFrozen
from core.plurals import plural
from core.states import EDITIONS, OPEN_STATUSES, UNDELIVERED_STATES, DeliveryState, Edition

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from core.json_types import DeliveryProgressJson
    from core.records import Delivery
    from db.schema.connect import Database
    from services.delivery.deliver_issue import DeliverySummary

yes_option = click.option("--yes", is_flag=True, help="Do not ask on a terminal.")
period_argument = click.argument("period", type=PeriodParam())
PROGRESS_STEP = 1_000  # messages between two lines of progress where there is no terminal
MAX_FAILURES_LISTED = 10  # readers who are named


@click.command("test-send")
@period_argument
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS…")
@click.option("--edition", type=click.Choice(EDITIONS), default="full", show_default=True, help="Which one to send.")
@dry_run_option
@json_option
@click.pass_obj
def test_send(
    context: CliContext, period: str, addresses: tuple[str, ...], edition: Edition, dry: bool, json_: bool
) -> None:
    """Send a month's issue, as it is now, to yourself. "Test:" stands before its subject.

    Its reader's links hold no real token. While mail.live is false, only addresses of mail.allow_list get mail; for
    the others a file is written.

    Example: casereviews issue test-send 2026-10 me@example.org
    """
    from app.runtime.side_effects import system_effects
    from services.delivery.test_send import send_test

    outcomes = send_test(system_effects(), context.settings, context.db, period, addresses, edition, dry)
    told = [(one, f"written to {one.file}, not mailed" if one.file else "mailed") for one in outcomes]
    if json_:
        return print_json([{"email": one.email, "via": one.via, "reply": reply} for one, reply in told])
    for one, reply in told:
        click.echo(f"{'would be: ' if dry else ''}{one.email}: {reply}")
    return None


@click.command()
@period_argument
@dry_run_option
@json_option
@click.pass_obj
def approve(context: CliContext, period: str, dry: bool, json_: bool) -> None:
    """Approve an issue as it was built. Any later change of its content makes that void.

    Example: casereviews issue approve 2026-10
    """
    from app.runtime.side_effects import system_effects
    from services.issues.issue_json import issue_json
    from services.issues.release_issue import approve_issue

    effects = system_effects()
    stored = approve_issue(effects, context.settings, context.db, period, dry)
    _print_link_age(context, period, effects.now())
    if json_:
        return print_json(issue_json(stored.summary))
    click.echo(
        f"{'Would approve' if dry else 'Approved'} {period}: {stored.issue.subject}, hash {stored.issue.hash[:16]}"
    )
    return click.echo(f"Next: casereviews issue send {period}", err=True)


@click.command()
@period_argument
@yes_option
@dry_run_option
@json_option
@click.pass_obj
def send(context: CliContext, period: str, yes: bool, dry: bool, json_: bool) -> None:
    """Send an issue to its readers now. Interrupted, the same command goes on where it was.

    Its content and audience are frozen first, together. On a terminal it asks once before real mail goes to everybody.
    Exit 3 when not everybody could be sent it, 12 when the mail server will not have us.

    Example: casereviews issue send 2026-10
    """
    from app.runtime.side_effects import system_effects
    from db.mail.issues import get
    from services.delivery.machine_guard import refuse_away
    from services.issues.release_issue import check_release, release_issue

    status, effects = get(context.db, period).issue.status, system_effects()
    if dry:
        print_plan(context, period, check_release(context.settings, context.db, period), json_)
        if status in OPEN_STATUSES:
            print_gaps(context, period, effects.now())
        return _print_link_age(context, period, effects.now())
    refuse_away(effects, context.settings, context.db)
    if status in OPEN_STATUSES:
        try:
            confirm_live(
                context, f"the issue of {period}", lambda: check_release(context.settings, context.db, period), yes
            )
            count = release_issue(effects, context.settings, context.db, period, by_hand=True)
            click.echo(f"{period}: {subscriber_count(count)} will get it", err=True)
            _print_link_age(context, period, effects.now())
        except IssueFrozen:  # another run was quicker: it holds the lock, or has sent some
            click.echo(f"{period}: another run has released it just now", err=True)
    elif status == "sending":
        from services.issues.resolve_restored import clear_question

        clear_question(context.db, period)
    elif status == "sent":
        click.echo(f"{period}: was sent to everybody already", err=True)
    return _deliver_issue(context, period, json_)


def confirm_live(context: CliContext, what: str, plan: Callable[[], int], yes: bool) -> None:
    """Ask once, at a terminal, before real mail goes to every reader who gets it: it cannot be called back."""
    from newsletter.mail.transport import describe_servers, read_routing

    mail = context.settings.mail
    if yes or not sys.stdin.isatty() or read_routing(mail).reach != "everybody":
        return
    question = f"Mail {what} to {subscriber_count(plan())} by {describe_servers(mail)}?"
    if not click.confirm(f"{question} It cannot be called back", err=True):
        raise click.ClickException("nothing was sent. Type the same again when it is right.")


def print_gaps(context: CliContext, period: str, now: datetime) -> None:
    """Say what of the month is not known yet."""
    from services.issues.issue_coverage import describe_gaps

    for gap in describe_gaps(context.settings, context.db, period, now):
        click.echo(f"casereviews: {period}: {gap.typed(': ')}", err=True)


def _print_link_age(context: CliContext, period: str, now: datetime) -> None:
    from services.issues.release_issue import describe_link_age

    age, _ = describe_link_age(context.settings, context.db, period, now)
    click.echo(f"{period}: {age.typed(': ')}", err=True)


@click.command("resend-failed")
@click.argument("period", type=RunParam())
@click.option("--unknown", is_flag=True, help="Also those that may have arrived: some will get it twice.")
@click.option("--written", is_flag=True, help="Instead those only written to a file: after going live.")
@yes_option
@dry_run_option
@json_option
@click.pass_obj
def resend_failed(
    context: CliContext, period: str, unknown: bool, written: bool, yes: bool, dry: bool, json_: bool
) -> None:
    """Send an issue again to those whom it did not reach. They were refused or failed, and still want it.

    A correction that was mailed is named as `issue correct` shows it: 2026-10-correction-1.1.

    On a terminal it asks once before real mail goes to them.

    Example: casereviews issue resend-failed 2026-10
    """
    from app.runtime.side_effects import system_effects
    from services.delivery.machine_guard import refuse_away
    from services.issues.release_issue import resend_issue

    if not dry:
        refuse_away(system_effects(), context.settings, context.db)
        plan = partial(resend_issue, system_effects(), context.db, period, unknown, written, dry=True)
        confirm_live(context, run_name(period), plan, yes)
    count = resend_issue(system_effects(), context.db, period, unknown, written, dry)
    click.echo(f"{period}: {subscriber_count(count)} {'would be' if dry else 'will be'} sent it again", err=True)
    if not dry:
        _deliver_issue(context, period, json_)
    elif json_:
        print_plan(context, period, count, json_)


@click.command()
@period_argument
@dry_run_option
@json_option
@click.pass_obj
def pause(context: CliContext, period: str, dry: bool, json_: bool) -> None:
    """Keep the timer from sending an issue by itself.

    Example: casereviews issue pause 2026-10
    """
    _set_paused(context, period, True, dry, json_)


@click.command()
@period_argument
@dry_run_option
@json_option
@click.pass_obj
def resume(context: CliContext, period: str, dry: bool, json_: bool) -> None:
    """Let the timer send a paused issue when it is due.

    Example: casereviews issue resume 2026-10
    """
    _set_paused(context, period, False, dry, json_)


def _set_paused(context: CliContext, period: str, on: bool, dry: bool, json_: bool) -> None:
    from services.issues.release_issue import pause_issue

    pause_issue(context.db, period, on, dry)
    if json_:
        return print_json({"period": period, "paused": on})
    state = "waits until it is resumed" if on else "goes out when it is due"
    return click.echo(f"{period}: {state}{' (dry run)' if dry else ''}")


def subscriber_count(count: int) -> str:
    return plural(count, "subscriber", thousands=",")


def print_plan(context: CliContext, period: str, count: int, json_: bool) -> None:
    from newsletter.mail.transport import describe_servers, read_routing

    mail, routing = context.settings.mail, read_routing(context.settings.mail)
    how = "to files in the outbox; no mail is sent" if routing.reach == "nobody" else f"by {describe_servers(mail)}"
    if routing.reach == "listed":
        how += f", to the {len(routing.listed)} of mail.allow_list only: mail.live is false; files for the others"
    if json_:
        return print_json({"period": period, "audience": count, "transport": routing.via, "live": routing.is_live})
    return click.echo(f"Would send {period} to {subscriber_count(count)} {how}")


def _deliver_issue(context: CliContext, period: str, json_: bool) -> None:
    """Deliver an issue, or the correction of a run, and end with what became of it."""
    from db.mail import deliveries, issues

    if named := parse_correction_run(period):
        from db.mail import corrections
        from services.issues.correction_json import correction_history_json

        again = f"casereviews issue correct {named[0]} --number {named[1]} --mail"
        one = corrections.get(context.db, *named[:2])
        return deliver_run(context, period, json_, again, lambda: correction_history_json(context.db, one))
    again, summary = f"casereviews issue send {period}", issues.get(context.db, period).summary

    def view() -> Mapping[str, object]:
        from services.issues.issue_json import issue_json

        return issue_json(summary, deliveries.counts(context.db, period))

    return deliver_run(context, period, json_, again, view)


def deliver_run(
    context: CliContext, period: str, json_: bool, again: str, view: Callable[[], Mapping[str, object]]
) -> None:
    """Deliver what is due of a run, and end with what became of it; `again`: what goes on with it."""
    from app.runtime.side_effects import system_effects
    from db.mail.deliveries import count_written, counts, listing
    from services.delivery.deliver_issue import deliver_issues

    try:
        with _show_progress(context.db, period) as progress:
            outcome = deliver_issues(system_effects(), context.settings, context.db, [period], progress=progress)
    except KeyboardInterrupt:  # much is done, so "nothing was kept" would be wrong
        click.echo(f"casereviews: interrupted; who got it is written down. Go on with: {again}", err=True)
        raise click.exceptions.Exit(130) from None
    now = counts(context.db, period)
    if json_:
        print_json(view())
    else:
        click.echo(f"{period}: {_describe_counts(now, count_written(context.db, period))}")
    _print_remaining(outcome, again, context.settings.zone)
    _print_failures(
        listing(context.db, period, UNDELIVERED_STATES, limit=MAX_FAILURES_LISTED),
        sum(now[state] for state in UNDELIVERED_STATES),
        json_,
    )
    if now["unknown"]:
        click.echo(
            "casereviews: who is unknown has it, or not: nobody can tell, so it is not sent again by itself. "
            f"To send it all the same, to some twice: casereviews issue resend-failed {period} --unknown",
            err=True,
        )
    _print_questions(context)
    bad = any(now[state] for state in UNDELIVERED_STATES) or outcome.left
    raise click.exceptions.Exit(3 if bad else 0)


def _print_questions(context: CliContext) -> None:
    """Ask of many that were refused alike whether it is them or us."""
    from db.mail.bounce_holds import list_open

    for hold in list_open(context.db):
        from services.operator.bounce_questions import describe_question

        click.echo(f"casereviews: {describe_question(context.db, hold).typed(' ')}", err=True)


def _describe_counts(now: Mapping[DeliveryState, int], written: int) -> str:
    waiting, mailed = now["queued"] + now["sending"], now["sent"] - written
    parts = [f"{written:,} {WRITTEN}"] if written else []
    parts += [f"{mailed:,} sent"] if mailed or not written else []
    parts = [*parts, *(f"{now[state]:,} {state}" for state in UNDELIVERED_STATES if now[state])]
    return ", ".join([*parts, *([f"{waiting:,} waiting"] if waiting else [])])


def _print_remaining(outcome: "DeliverySummary", again: str, zone: "ZoneInfo") -> None:
    if outcome.server_fault:
        click.echo(f"casereviews: the mail server could not be used to the end: {outcome.server_fault}", err=True)
    if outcome.left:
        when = f" from {local_minute(outcome.next_due, zone)}" if outcome.next_due else ""
        why = f" ({outcome.put_off})" if outcome.put_off else ""
        click.echo(
            f"casereviews: {subscriber_count(outcome.left)} still to be sent it{when}{why}. Type again: {again}",
            err=True,
        )


def _print_failures(deliveries: "list[Delivery]", total: int, json_: bool) -> None:
    """Whom it did not reach: in full on stdout, for who typed the command; beside JSON masked, as a log, on stderr."""
    from core.bounce_rules import redact_reply
    from core.redact import mask_address

    for delivery in deliveries:
        who, why = (
            (mask_address(delivery.email), redact_reply(delivery.reply)) if json_ else (delivery.email, delivery.reply)
        )
        line = f"{who if delivery.email else 'somebody erased since'}: {delivery.state}: {why}"
        click.echo(f"casereviews: {line}" if json_ else line, err=json_)
    if total > len(deliveries):
        click.echo(f"casereviews: and {total - len(deliveries):,} more", err=True)


@contextmanager
def _show_progress(db: "Database", period: str) -> Iterator[Callable[[Counter[DeliveryState]], None]]:
    """A bar on a terminal, else a line of JSON now and then; both on stderr, and SIGTERM stops as Ctrl-C does."""
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if sys.stderr.isatty():
        from db.mail.deliveries import count_waiting

        with progress_bar(f"Sending {period}", count_waiting(db, period)[0]) as show:
            yield lambda counts: show(counts.total() - counts["queued"])
        return
    reported = 0

    def report(counts: Counter[DeliveryState]) -> None:
        nonlocal reported
        if counts.total() - reported >= PROGRESS_STEP:
            reported = counts.total()
            line: DeliveryProgressJson = {
                "period": period,
                "sent": counts["sent"],
                "refused": counts["refused"],
                "failed": counts["failed"],
                "unknown": counts["unknown"],
                "queued": counts["queued"],
            }
            click.echo(json.dumps(line), err=True)

    yield report
