"""Delivery pages: the deliveries of one issue, or correction, by state, advice on each, sending again."""

import re
from datetime import datetime
from threading import Event

from flask import abort, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops import issue_steps, ops_phrases, overview_page
from app.web.ops.access import may
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork
from app.web.ops.desk import blueprint, format_moment, render_page
from app.web.ops.issue_pages import load_issue
from app.web.ops.progress_page import start_work
from app.web.ops.release_pages import MAIL_WORK, PageOrRedirect, delivery_work, render_waiting
from core.dates import from_iso, iso_utc, parse_correction_run, run_name
from core.delivery_outcome import describe_relays
from core.records import Delivery
from core.states import UNDELIVERED_STATES, DeliveryState
from db.mail import deliveries, mailings, relay_tallies
from db.read import ops_queries
from db.schema.connect import Database
from newsletter.mail.transport import read_routing
from services.delivery.machine_guard import refuse_away
from services.issues import release_issue

ROWS_PER_PAGE = 50  # on a page
SENT_ISSUES_SHOWN = 6  # issues in the list
_STATES_TO_SHOW: tuple[DeliveryState, ...] = (*UNDELIVERED_STATES, "queued", "sending")  # the first that has any
POSITION_PATTERN = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,18})", re.ASCII)
RESEND_OPTIONS = {  # what is sent again: whether the unknown too, whether instead what was written to files
    "failed": (False, False),
    "unknown": (True, False),
    "written": (False, True),
}
RESEND_LABELS = {
    "failed": "Those refused or failed",
    "unknown": "Those refused, failed or unknown: who is unknown may get it twice",
    "written": "Instead, those written to files only: after going live",
}


@blueprint.get("/queue")
def queue_list() -> str:
    """The issues that are being sent, and those sent last."""
    return render_page("queues.html", "Queue", queues=overview_page.issue_queues(context().db, SENT_ISSUES_SHOWN))


@blueprint.get("/queue/<period>")
def queue(period: str) -> str:
    """One issue's deliveries in one state, those first that were due first."""
    counts = _delivery_counts(period)
    first: DeliveryState = next((one for one in _STATES_TO_SHOW if counts[one]), "sent")
    state = next((one for one in counts if one == request.args.get("state")), first)
    addressed = may("ops.person")
    rows = (
        ops_queries.list_deliveries(context().db, period, state, _page_position(), ROWS_PER_PAGE + 1)
        if addressed
        else []
    )
    last = rows[ROWS_PER_PAGE - 1] if len(rows) > ROWS_PER_PAGE else None
    return render_page(
        "queue.html",
        f"Queue: {overview_page.issue_title(period)}",
        period=period,
        addressed=addressed,
        shown=state,
        states=[(one, ops_phrases.STATE_LABELS[one], number) for one, number in counts.items()],
        rows=[(one, _delivery_advice(one)) for one in rows[:ROWS_PER_PAGE]],
        after=f"{iso_utc(ops_queries.listed_at(last))}.{last.id}" if last else "",
        first=_page_position() is None,
        relays=describe_relays(relay_tallies.count_by_relay(context().db, period), ops_phrases.STATE_LABELS),
        causes=list(issue_steps.list_resend_causes(period)),
        bad=sum(counts[one] for one in UNDELIVERED_STATES),
        written=read_routing(context().settings.mail).reach != "nobody"
        and deliveries.count_written(context().db, period) > 0,
    )


def _delivery_counts(period: str) -> dict[DeliveryState, int]:
    if mailings.get_status(context().db, period) is None and (parse_correction_run(period) or load_issue(period).open):
        abort(404)
    return deliveries.counts(context().db, period)


def _page_position() -> tuple[datetime, int] | None:
    """Where the page begins: after this time and number."""
    match = POSITION_PATTERN.fullmatch(request.args.get("after", ""))
    return (from_iso(match[1]), int(match[2])) if match else None


def _delivery_advice(one: Delivery) -> str:
    settings = context().settings
    return ops_phrases.delivery_advice(one, lambda when: format_moment(when, settings))


@blueprint.get("/queue/<period>/again")
def again(period: str) -> PageOrRedirect:
    """Check before sending again: to how many, by which way."""
    _delivery_counts(period)
    if causes := list(issue_steps.list_resend_causes(period)):
        return render_waiting(load_issue(period), "It cannot be sent again yet", causes)
    mailed = read_routing(context().settings.mail).reach != "nobody"
    numbers = {
        which: release_issue.resend_issue(context().effects, context().db, period, unknown, written, dry=True)
        for which, (unknown, written) in RESEND_OPTIONS.items()
        if mailed or not written  # they would be written once more
    }
    return render_page(
        "again.html",
        f"Check before you send again: {overview_page.issue_title(period)}",
        period=period,
        choices=[
            (which, words, ops_phrases.format_count(count, "reader"))
            for which, words in RESEND_LABELS.items()
            if (count := numbers.get(which))
        ],
        how=ops_phrases.describe_transport(context().settings.mail),
    )


@blueprint.post("/queue/<period>/again")
def again_now(period: str) -> Answer:
    """Queue them once more, and deliver."""
    _delivery_counts(period)
    which = request.form.get("which", "failed")
    unknown, written = RESEND_OPTIONS.get(which) or abort(400)
    effects, settings, delivery = context().effects, context().settings, delivery_work(period)

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        refuse_away(effects, settings, db)
        number = release_issue.resend_issue(effects, db, period, unknown, written)
        work.add_line(f"{ops_phrases.format_count(number, 'delivery', 'deliveries')} queued again")
        delivery(work, db, stop)

    words = f"Send {run_name(period)} again"
    back, audit_words = (
        (url_for("ops.queue", period=period), "Back to the queue"),
        f"sent {period} again to those {which}",
    )
    answer, fresh = start_work(MAIL_WORK, words, back, job, audit_words)
    if not fresh:
        set_action(f"{words}: asked while other mail was being sent")
    return answer
