"""Mail jobs: transactional email, issue delivery, alerts of saved searches, delivery reports to the operator."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from app.runtime.lock import process_lock
from app.scheduler.job_context import Job, JobContext, JobOutput
from core.actions import TRY_AGAIN, Action, queue_action
from core.dates import run_name
from core.delivery_outcome import describe_outcome
from core.plurals import plural
from core.redact import mask_address
from core.states import UNDELIVERED_STATES, DeliveryState
from db.mail import issue_marks, leave_requests, mailings, saved_searches, transactional
from db.operator import job_failures, reported_errors, waiting_notices
from db.operator.job_failures import JobFailure
from services.operator import alerts, bounce_questions

LATE_RECEIPTS = timedelta(hours=1)  # for which a worker that was cut off is waited for
REPORT_WINDOW = timedelta(days=7)  # an issue sent longer ago is no news
MAX_EXAMPLES = 10  # readers that the operator hears of by name


def _transactional_due(context: JobContext) -> Iterator[str]:
    if transactional.has_due(context.db, context.now) and not context.away:
        yield "send emails about subscriptions"


def _send_transactional(context: JobContext) -> JobOutput:
    from services.delivery.send_transactional import send_due

    if count := send_due(context.effects, context.settings, context.db, context.stop):
        yield f"sent {plural(count, 'email')} about subscriptions"


def _error_reports_due(context: JobContext) -> Iterator[str]:
    if reported_errors.first_waiting(context.db):
        yield "pass on what readers report"


def _pass_on_reports(context: JobContext) -> JobOutput:
    from services.operator.error_reports import pass_on_reports

    if count := pass_on_reports(context.effects, context.settings, context.db, context.stop):
        yield f"passed on {plural(count, 'report')} of readers"


def _waiting_notices_due(context: JobContext) -> Iterator[str]:
    if waiting_notices.list_due(context.db, context.now):
        yield "tell operators what they could not be told before"


def _send_waiting_notices(context: JobContext) -> JobOutput:
    from services.operator.notices import send_waiting

    with process_lock(context.settings.data_dir, "alerts"):  # so that no other run tells it too
        if count := send_waiting(context.effects, context.settings, context.db, context.stop):
            yield f"told operators what they could not be told before: {plural(count, 'notice')}"


def _sending_periods(context: JobContext) -> list[str]:
    """What is being sent, but for issues that wait for a person's word: after a restore, or on another machine."""
    if context.away:
        return []
    undecided = issue_marks.listing(context.db, "restored")
    return [period for period in mailings.list_sending(context.db) if period not in undecided]


def _deliveries_due(context: JobContext) -> Iterator[str]:
    for period in _sending_periods(context):
        from db.mail import deliveries  # with the records of the mail, 16 ms, and mostly nothing is being sent

        left, due = deliveries.count_waiting(context.db, period)
        if due is None or not context.now < due <= context.now + deliveries.MAX_POSTPONEMENT:
            yield f"deliver {run_name(period)}: {left:,} waiting"
    if context.settings.cluster.is_on and not context.away:
        from db.mail import dispatches

        if dispatches.has_doubtful(context.db, context.now - LATE_RECEIPTS):
            yield "ask for late receipts of workers"


def _deliver_due(context: JobContext) -> JobOutput:
    from services.delivery.deliver_issue import deliver_issues

    counts = deliver_issues(
        context.effects, context.settings, context.db, _sending_periods(context), stop=context.stop
    ).done
    if words := ", ".join(f"{count:,} {state}" for state, count in counts.items() if count and state != "queued"):
        yield f"delivered: {words}"


def _untold_relays(context: JobContext) -> list[JobFailure]:
    """The relays that fail while others go on, of which the operator has not heard yet."""
    names = {job_failures.relay_job(one.name) for one in context.settings.mail.relays}
    failing = [one for one in job_failures.listing(context.db) if one.job in names]
    return [one for one in failing if not alerts.was_alerted(context.db, f"failing {one.job}")]


def _relays_due(context: JobContext) -> Iterator[str]:
    for one in _untold_relays(context):
        yield f"tell the operator: {one.job} fails"


def _tell_relays(context: JobContext) -> JobOutput:
    for one in _untold_relays(context):
        lines = [one.reason, "", "Mail goes on by the other relays. This one is tried again with each delivery."]
        if context.alert_once(f"failing {one.job}", f"{one.job} failed", lines, action=TRY_AGAIN):
            yield f"told the operator: {one.job} fails"


def _reports_due(context: JobContext) -> Iterator[str]:
    for period in _unreported_periods(context):
        yield f"tell the operator: {run_name(period)} was sent"


def _unreported_periods(context: JobContext) -> list[str]:
    sent = mailings.list_sent(context.db, context.now - REPORT_WINDOW)
    return [period for period in sent if not alerts.was_alerted(context.db, f"sent {period}")]


def _report_deliveries(context: JobContext) -> JobOutput:
    from db.mail import deliveries

    reports = []
    with process_lock(context.settings.data_dir, "delivery"):  # so that no other run tells it too
        for period in _unreported_periods(context):
            counts, written = deliveries.counts(context.db, period), deliveries.count_written(context.db, period)
            outcome = describe_outcome(counts, written) or "it had no readers"
            subject = f"{run_name(period)} was sent"
            ended = bounce_questions.describe_ended(context.db, period)
            undo = Action("/ops/bounces", "Bring them back")
            lines: list[str | Action] = [f"{subject[:1].upper()}{subject[1:]}: {outcome}."]
            lines += ["", f"{ended}.", undo] if ended else []
            lines += _failure_lines(context, period, counts)
            missed = any(counts.get(state) for state in UNDELIVERED_STATES)
            again = queue_action(period, "See why, and send it again" if missed else "See who has it")
            if context.alert_once(f"sent {period}", subject, lines, "delivery", action=again):
                reports.append(f"told the operator: {subject}: {outcome}")
    yield from reports


def _failure_lines(context: JobContext, period: str, counts: Mapping[DeliveryState, int]) -> list[str]:
    """Whom it did not reach, no address in full."""
    from core.bounce_rules import redact_reply
    from db.mail import deliveries

    amiss = deliveries.listing(context.db, period, UNDELIVERED_STATES, limit=MAX_EXAMPLES)
    lines = [
        f"{mask_address(one.email)}: {one.state}: {redact_reply(one.reply, addresses=[one.email])}" for one in amiss
    ]
    if counts.get("unknown"):
        lines += ["The unknown may have it: sent again, it may come twice."]
    return ["", *lines] if lines else []


def _questions_due(context: JobContext) -> Iterator[str]:
    for hold in bounce_questions.list_untold(context.db):
        yield f"ask the operator: {bounce_questions.describe_hold(context.db, hold)}"


def _ask_questions(context: JobContext) -> JobOutput:
    for words in bounce_questions.alert_questions(context.effects, context.settings, context.db):
        yield f"asked the operator: {words}"


def _nothing_to_send(context: JobContext) -> bool:
    return not _sending_periods(context)


def _leaving_due(context: JobContext) -> Iterator[str]:
    if (last := leave_requests.last_open(context.db)) and not alerts.was_alerted(context.db, f"leaving {last}"):
        from services.readers.subscriptions import describe_leaving

        yield f"tell the operator: {describe_leaving(leave_requests.count_open(context.db))}"


def _tell_leaving(context: JobContext) -> JobOutput:
    """Name those who asked by mail to leave without proof; again when there is another."""
    if asked := leave_requests.list_open(context.db):
        from services.readers.subscriptions import describe_leaving

        lines = [
            "Mail that asks to leave, as it seems, came from or about these readers, without the token in the links of",
            "their own mail, or with words that do not say it. That proves nothing, so nothing was changed:",
            "",
            *(f"{mask_address(one.subscriber.email)}, on {context.day(one.received_at)}" for one in asked),
        ]
        action = Action("/ops/people", "Take them off or keep them, by one button each")
        key = f"leaving {max(one.id for one in asked)}"
        if context.alert_once(key, describe_leaving(len(asked)), lines, action=action):
            yield f"told the operator: {describe_leaving(len(asked))}"


def _alert_mail_due(context: JobContext) -> Iterator[str]:
    if context.away:
        return
    if news := len(saved_searches.list_unmatched(context.db)):
        yield f"ask the saved searches about {plural(news, 'new review')}"
    if transactional.has_due(context.db, context.now, alerts=True) or _is_reader_due(context):
        yield "tell readers what their saved searches found"


def _is_reader_due(context: JobContext) -> bool:
    """Whether a reader is to hear now of what their searches found."""
    if not saved_searches.has_untold(context.db):
        return False
    from services.readers.alerts_saved import list_readers_due  # with the archive's search, 20 ms

    return bool(list_readers_due(context.settings, context.db, context.now))


def _send_alert_mail(context: JobContext) -> JobOutput:
    """Match what is new, queue an alert for each reader who is to hear of it, and send what is due."""
    from services.delivery.send_transactional import send_due
    from services.readers.alerts_saved import match_waiting, queue_alerts

    settings, db = context.settings, context.db
    if found := match_waiting(settings, db, context.now):
        yield f"saved searches found new reviews: {plural(found, 'match', 'matches')}"
    queue_alerts(settings, db, context.now)
    if count := send_due(context.effects, settings, db, context.stop, alerts=True):
        yield f"sent {plural(count, 'alert')} of saved searches"


TRANSACTIONAL_JOB = Job("emails", _transactional_due, _send_transactional)
ERROR_REPORT_JOB = Job("error reports", _error_reports_due, _pass_on_reports)
NOTICE_JOB = Job("notices", _waiting_notices_due, _send_waiting_notices)
DELIVERY_JOB = Job(job_failures.DELIVERY_JOB, _deliveries_due, _deliver_due, over=_nothing_to_send)
REPORT_JOB = Job("reports", _reports_due, _report_deliveries)
LEAVING_JOB = Job("leave requests", _leaving_due, _tell_leaving)
ALERT_MAIL_JOB = Job("saved searches", _alert_mail_due, _send_alert_mail)
RELAY_JOB = Job("relays", _relays_due, _tell_relays)
QUESTION_JOB = Job("questions", _questions_due, _ask_questions)
