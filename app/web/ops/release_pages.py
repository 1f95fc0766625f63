"""Release pages: test send, approval, sending; each checked first, each bound to the content shown."""

from collections import Counter
from collections.abc import Sequence
from threading import Event

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake, error_mistake
from app.web.ops import issue_steps, ops_phrases
from app.web.ops.access import own_account
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, ProgressMeter, WorkFunction
from app.web.ops.desk import blueprint, format_moment, render_page, utc_now
from app.web.ops.issue_pages import IssueOverview, load_issue, load_open_issue
from app.web.ops.overview_page import issue_title
from app.web.ops.progress_page import start_work
from core.dates import period_name
from core.delivery_outcome import describe_outcome
from core.errors import HouseError, LockHeld
from core.redact import mask_address
from core.states import EDITIONS, UNDELIVERED_STATES, DeliveryState
from db.mail import deliveries
from db.schema.connect import Database
from newsletter.issue.compose import mail_subject
from services.delivery.deliver_issue import DeliverySummary, deliver_issues
from services.delivery.machine_guard import refuse_away
from services.delivery.test_send import send_test
from services.issues import release_issue
from services.issues.resolve_restored import clear_question

MAIL_WORK = "mail"
MAX_TEST_MESSAGES = 10  # test messages at once
PageOrRedirect = Answer | str | tuple[str, int]


@blueprint.get("/issues/<period>/approve")
def approve(period: str) -> PageOrRedirect:
    """Check before approving: what exactly, for how many, by which way."""
    overview = load_open_issue(period)
    if overview.stored is None or overview.changed:
        return _render_stale(overview)
    if causes := [*issue_steps.list_approval_causes(overview), *issue_steps.list_own_causes(overview)]:
        return render_waiting(overview, "It cannot be approved yet", causes)
    return render_page(
        "check.html",
        f"Check before you approve: {issue_title(period)}",
        rows=_check_rows(overview),
        warning="",
        url=url_for("ops.approve_now", period=period),
        hidden={"hash": overview.fresh.issue.hash},
        do="Approve this issue",
        back=(url_for("ops.issue", period=period), "Do not approve it"),
    )


@blueprint.post("/issues/<period>/approve")
def approve_now(period: str) -> Answer:
    """Approve what was shown, and nothing else."""
    load_open_issue(period)
    effects, settings, shown = context().effects, context().settings, request.form.get("hash") or "none"
    approver = own_account().email

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        approved = release_issue.approve_issue(effects, settings, db, period, shown=shown, approver=approver)
        work.add_line(f"Approved: {approved.issue.subject}, hash {approved.issue.hash[:16]}")

    return _start_mail_work(
        f"Approve the issue of {period_name(period)}", period, job, f"approved {period}, hash {shown[:16]}"
    )


@blueprint.get("/issues/<period>/send")
def send(period: str) -> PageOrRedirect:
    """Check before sending: there is no calling it back."""
    overview = load_issue(period)
    if overview.open and (overview.stored is None or overview.changed):
        return _render_stale(overview)
    if overview.status == "sent":
        return render_page("trouble.html", "It was sent already", back=url_for("ops.queue", period=period))
    if causes := list(issue_steps.list_sending_causes(overview)):
        return render_waiting(overview, "It cannot be sent yet", causes)
    return render_page(
        "check.html",
        f"Check before you send: {issue_title(period)}",
        rows=_check_rows(overview),
        warning="Mail that has left cannot be called back.",
        url=url_for("ops.send_now", period=period),
        hidden={"hash": overview.fresh.issue.hash},
        do="Send it now" if overview.open else "Go on sending it now",
        back=(url_for("ops.issue", period=period), "Do not send it"),
    )


@blueprint.post("/issues/<period>/send")
def send_now(period: str) -> Answer:
    """Freeze what was shown, with its audience, and deliver it."""
    overview, shown = load_issue(period), request.form.get("hash") or "none"
    effects, settings = context().effects, context().settings

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        refuse_away(effects, settings, db)
        if overview.open:
            readers = release_issue.release_issue(effects, settings, db, period, by_hand=True, shown=shown)
            work.add_line(f"Frozen, for {ops_phrases.format_count(readers, 'reader')}")
        else:
            clear_question(db, period)
        delivery(work, db, stop)

    delivery = delivery_work(period)
    return _start_mail_work(
        f"Send the issue of {period_name(period)}", period, job, f"sent {period}, hash {shown[:16]}"
    )


@blueprint.get("/issues/<period>/test")
def test(period: str) -> PageOrRedirect:
    """Ask where a test message is to go."""
    overview = load_issue(period)
    if causes := list(issue_steps.list_mail_causes()):
        return render_waiting(overview, "No test can be sent yet", causes)
    return _render_test_form(overview)


@blueprint.post("/issues/<period>/test")
def test_now(period: str) -> PageOrRedirect:
    """Send it as it is now, once the answers were checked; it goes to the addresses typed and to nobody else."""
    overview, typed = load_issue(period), request.form.get("addresses", "")
    to, edition = typed.replace(",", " ").replace(";", " ").split(), request.form.get("edition", "full")
    effects, settings = context().effects, context().settings
    if not to or len(to) > MAX_TEST_MESSAGES or edition not in EDITIONS:
        why = (
            "Type one address, or several with spaces between them"
            if not to
            else f"No more than {MAX_TEST_MESSAGES} addresses"
        )
        return _render_test_form(overview, [FormMistake(why, "addresses")]), 422
    try:
        planned = send_test(effects, settings, context().db, period, to, edition, dry=True)
    except HouseError as e:
        return _render_test_form(overview, [error_mistake(e, "addresses")]), 422
    if request.form.get("sure") != "yes":
        set_action(f"looked at a test of {period} before sending it")
        return render_page(
            "check.html",
            f"Check before you send a test: {issue_title(period)}",
            rows=[(one.email, "by mail" if one.via == "smtp" else "to a file in the outbox") for one in planned]
            + [("Edition", edition), ("Subject", f"Test: {mail_subject(overview.fresh.issue)}")],
            warning="",
            url=url_for("ops.test_now", period=period),
            hidden={"addresses": " ".join(to), "edition": edition, "sure": "yes"},
            do="Send the test",
            back=(url_for("ops.test", period=period), "Change the answers"),
        )

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        for one in send_test(effects, settings, db, period, to, edition):
            reply = f"written to outbox/{one.file.name}, not mailed" if one.file else "mailed"
            work.add_line(f"{one.email}: {reply}")

    whom = ", ".join(map(mask_address, to))
    return _start_mail_work(
        f"Test of the issue of {period_name(period)}", period, job, f"sent a test of {period} to {whom}"
    )


def _render_test_form(overview: IssueOverview, wrong: list[FormMistake] | None = None) -> str:
    values = {"addresses": request.form.get("addresses", ""), "edition": request.form.get("edition", "full")}
    return render_page(
        "test.html", f"Send a test: {issue_title(overview.period)}", wrong or (), look=overview, **values
    )


def _start_mail_work(words: str, period: str, job: WorkFunction, audit_words: str) -> Answer:
    answer, fresh = start_work(
        MAIL_WORK, words, (url_for("ops.issue", period=period), "Back to the issue"), job, audit_words
    )
    if not fresh:
        set_action(f"{words}: asked while other mail was being sent")
    return answer


def _render_stale(overview: IssueOverview) -> tuple[str, int]:
    """There is nothing to approve or send until it is built as it is now."""
    causes = list(issue_steps.list_source_causes(overview.period, overview.fresh.edits))
    title = f"Build it first: {issue_title(overview.period)}"
    return render_page("stale.html", title, look=overview, causes=causes), 409


def render_waiting(overview: IssueOverview, title: str, causes: Sequence[issue_steps.WaitCause]) -> tuple[str, int]:
    """Why a step cannot be taken yet, before anybody presses a button for it."""
    return render_page("waits.html", f"{title}: {issue_title(overview.period)}", look=overview, causes=causes), 409


def _check_rows(overview: IssueOverview) -> list[tuple[str, str]]:
    """What is about to go, and where."""
    settings, db, issue = context().settings, context().db, overview.fresh.issue
    readers = release_issue.count_audience(settings, db, overview.period)
    return [
        ("Subject", mail_subject(issue)),
        ("Reviews", ", ".join(review.title for review in issue.reviews) or "none"),
        ("Hash of the content", issue.hash[:16]),
        *([("Links", _link_age_words(overview))] if overview.open else []),
        ("Readers", ops_phrases.format_count(readers, "reader") + ("" if overview.open else " still to be sent it")),
        ("How", ops_phrases.describe_transport(settings.mail)),
    ]


def _link_age_words(overview: IssueOverview) -> str:
    age, _ = release_issue.describe_link_age(context().settings, context().db, overview.period, utc_now())
    return age.words[:1].upper() + age.words[1:]


def delivery_work(period: str) -> WorkFunction:
    """Deliver what is due of an issue, and say what became of it."""
    effects, settings = context().effects, context().settings

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        total, meter = deliveries.count_waiting(db, period)[0], ProgressMeter(work, effects.clock, "message")

        def report(progress: Counter[DeliveryState]) -> None:
            meter.show(progress.total(), total)

        report(Counter())
        try:
            outcome = deliver_issues(effects, settings, db, [period], stop, report)
        except LockHeld:
            work.add_line("Another run is sending it already: the queue says how far it is")
            return
        counts = deliveries.counts(db, period)
        so_far = describe_outcome(counts, deliveries.count_written(db, period), ops_phrases.STATE_LABELS)
        work.add_line(f"So far: {so_far or 'no readers'}")
        work.error = describe_rest(outcome, counts, period)

    def describe_rest(outcome: DeliverySummary, counts: dict[DeliveryState, int], period: str) -> str:
        """What it left to do; empty where all is done."""
        sentences = (
            [f"The mail server could not be used to the end: {outcome.server_fault}."] if outcome.server_fault else []
        )
        if outcome.left:
            when = f" from {format_moment(outcome.next_due, settings)}" if outcome.next_due else ""
            why = f" ({outcome.put_off})" if outcome.put_off else ""
            waits = ops_phrases.format_count(outcome.left, "reader")
            sentences.append(f"{waits} still to be sent it{why}: the timer goes on{when}.")
        if any(counts[state] for state in UNDELIVERED_STATES):
            sentences.append("The queue says whom it did not reach, why, and what to do.")
        return " ".join(sentences)

    return job
