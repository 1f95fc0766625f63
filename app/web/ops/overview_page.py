"""Overview page: whether all is well, what comes next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask import redirect, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path
from app.web.ops import ops_phrases
from app.web.ops.desk import blueprint, format_moment, ops_context, render_page, utc_now
from app.web.ops.issue_steps import WaitCause, list_source_causes
from core import calendar
from core.actions import TRY_AGAIN
from core.config.schema import Settings
from core.dates import day_name, local_date, run_name
from core.delivery_outcome import describe_outcome
from core.issue_lifecycle import IssueStanding, IssueState
from core.plurals import plural
from core.states import FROZEN_STATUSES, DeliveryState, IssueStatus, IssueStep, MailingStatus
from db.collection import reviews, runs, sign_offs, takedowns
from db.mail import (
    bounce_holds,
    deliveries,
    issues,
    leave_requests,
    mailings,
    provider_events,
    subscribers,
    unknown_refusals,
)
from db.operator import job_log
from db.operator.job_log import TICK_TASK
from db.read import ops_queries
from db.schema.connect import Database
from services.collect.source_status import source_state
from services.collect.sources_due import last_daily_time, sources_due
from services.issues import fix_wording, issue_coverage, issue_schedule
from services.issues.support_lines import MAX_SUPPORT_AGE, SUPPORT_ACTION, support_checked
from services.operator.bounce_questions import describe_hold
from services.operator.health import HealthReport, assess_health
from services.operator.scheduler_status import StatusLine
from services.readers.subscriptions import describe_leaving

TOLD_STATES: tuple[DeliveryState, ...] = ("refused", "unknown")  # failed is a trouble by itself
OPEN_STEPS: tuple[IssueStep, ...] = (
    "ask", "asked", "draft", "held", "paused", "approval", "release", "sending", "restored",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UpcomingIssue:
    """The issue that comes next, identified by its period."""

    period: str
    title: str
    status: str  # in words
    goes: str  # when, in a sentence
    causes: tuple[WaitCause, ...]  # what it waits for
    url: str  # its page; empty while its month has not begun: there is none yet


@dataclass(frozen=True, slots=True)
class IssueQueue:
    """An issue, or a correction, that is or was sent, and what became of its deliveries. Identified by its run."""

    period: str
    title: str
    status: str  # in words
    sent_at: datetime | None  # UTC
    counts: Mapping[DeliveryState, int]  # all states named
    written: int  # of those sent, how many went to files

    @property
    def words(self) -> str:
        """ "12 sent, 1 refused"."""
        return describe_outcome(self.counts, self.written, ops_phrases.STATE_LABELS) or "it had no readers"


@dataclass(frozen=True, slots=True)
class OverviewTrouble:
    """Something that failed, and where to put it right."""

    words: str
    url: str = ""
    do: str = ""  # the link's words


@blueprint.get("")
def state() -> str:
    """The state of everything in one screen; its first line says whether it is all right."""
    settings, db, at = context().settings, context().db, utc_now()
    report = assess_health(settings, db, at)
    sending = issue_queues(db)
    troubles = list(map(_line_trouble, report.troubles))
    needs = "one thing needs" if len(troubles) == 1 else f"{len(troubles)} things need"
    return render_page(
        "state.html",
        "Operations",
        summary=f"Not all is well: {needs} you." if troubles else report.summary,
        tone="ops-ill" if troubles else "" if report.cautions else "ops-well",
        troubles=troubles,
        cautions=list(map(_line_trouble, report.cautions)),
        asked=[*_undelivered_issues(sending), *_list_requests(settings, db)],
        sources=[
            (
                one,
                state,
                capitalize_first(state.words) if state else "Not read yet",
                runs.latest(db, one.name, good=True),
            )
            for one in settings.sources
            for state in [source_state(settings, db, one, at)]
        ],
        next=upcoming_issues(settings, db, at),
        waiting=reviews.count_unissued(db),
        queues=sending,
        running=ops_context().works.running(),
        rows=_overview_rows(settings, db, at, report),
    )


@blueprint.get("/")
def first() -> Answer:
    """The same page under its other address."""
    return redirect(url_for("ops.state"), 308)


def _overview_rows(settings: Settings, db: Database, at: datetime, report: HealthReport) -> list[tuple[str, str]]:
    """What else there is to know, in pairs of a name and words."""
    emails = [
        f"{number:,} {ops_phrases.STATE_LABELS[name]}" for name, number in ops_queries.count_mail_by_state(db).items()
    ]
    readers = [f"{number:,} {name}" for name, number in subscribers.counts(db).items()]
    return [
        (
            "The timer was last at work",
            format_moment(last.at if (last := job_log.get(db, TICK_TASK)) else None, settings),
        ),
        ("Sources are read next", _next_read_words(settings, db, at)),
        ("How mail leaves", ops_phrases.describe_transport(settings.mail)),
        ("Emails about subscriptions", ", ".join(emails) or "none lately"),
        ("Subscribers", ", ".join(readers) or "none yet"),
        *(("Ended", f"{line.words}.") for line in report.system if line.about == "ended"),
    ]


def _next_read_words(settings: Settings, db: Database, at: datetime) -> str:
    """When sources are read next."""
    if sources_due(settings, db, at):
        return "at the timer’s next run"
    last = local_date(last_daily_time(settings, at), settings.zone)
    return format_moment(
        calendar.local_instant(last + timedelta(days=1), settings.schedule.scrape_at, settings.zone), settings
    )


def upcoming_issues(settings: Settings, db: Database, at: datetime) -> list[UpcomingIssue]:
    """The issues that are on their way, oldest first, and the one that is drafted next unless one is in time."""
    standings = [
        standing for standing in issue_schedule.issue_standings(settings, db, at) if standing.step in OPEN_STEPS
    ]
    upcoming = [_upcoming_issue(settings, db, standing.period, standing, at) for standing in standings]
    if all(standing.step in ("ask", "asked") for standing in standings):
        upcoming.append(_upcoming_issue(settings, db, issue_schedule.next_issue(settings, db, at)[0], None, at))
    return upcoming


def _upcoming_issue(
    settings: Settings, db: Database, period: str, standing: IssueStanding | None, at: datetime
) -> UpcomingIssue:
    issue_state = issues.list_states(db, since=period).get(period) or IssueState(period, "")
    open_ = issue_state.status not in FROZEN_STATUSES
    return UpcomingIssue(
        period,
        issue_title(period),
        ops_phrases.STATUS_LABELS[issue_state.status],
        sending_words(settings, issue_state, standing, at),
        tuple(list_source_causes(period, issues.get_edits(db, period))) if open_ else (),
        url_for("ops.issue", period=period) if issue_coverage.has_begun(settings, db, period, at) else "",
    )


def issue_title(period: str) -> str:
    """ "Issue of October 2026", "Correction 1 to the issue of October 2026"."""
    name = run_name(period).removeprefix("the ")
    return f"{name[:1].upper()}{name[1:]}"


def sending_words(settings: Settings, issue_state: IssueState, standing: IssueStanding | None, at: datetime) -> str:
    """When an issue goes out, in a sentence."""
    due = calendar.issue_time(issue_state.period, settings.schedule, settings.zone)
    return ops_phrases.describe_sending(
        issue_state, standing, due, at, settings.newsletter, lambda when: format_moment(when, settings)
    )


def issue_queues(db: Database, most: int = 1) -> list[IssueQueue]:
    """The issues being sent, and those sent last, with what became of their deliveries; newest first.

    Before them the corrections that are being mailed, and those that were to readers of these issues.
    """
    newest = sorted(issues.list_states(db).values(), key=lambda one: one.period, reverse=True)
    sending = [one for one in newest if one.status == "sending"]
    shown = [*sending, *[one for one in newest if one.status == "sent"][:most]]
    known = {one.period for one in shown}
    mailed = [one for one in mailings.list_corrections(db) if one.status == "sending" or one.run[:7] in known]
    rows: list[tuple[str, IssueStatus | MailingStatus | Literal[""], datetime | None]] = [
        (one.run, one.status, one.ended_at) for one in mailed
    ]
    rows += [(one.period, one.status, one.sent_at) for one in shown]
    return [
        IssueQueue(
            run,
            issue_title(run),
            ops_phrases.STATUS_LABELS[status],
            ended_at,
            deliveries.counts(db, run),
            deliveries.count_written(db, run),
        )
        for run, status, ended_at in rows
    ]


def _line_trouble(line: StatusLine) -> OverviewTrouble:
    """What is not well, and the page on which it is put right: no more and no less than `status` and /healthz have."""
    action = line.action or TRY_AGAIN
    return OverviewTrouble(f"{capitalize_first(line.words)}.", site_path(action.route), action.words)


def _list_requests(settings: Settings, db: Database) -> list[OverviewTrouble]:
    """What the operator is asked that holds nothing up."""
    requests = []
    for name in (source.name for source in settings.sources):
        if (asked := sign_offs.get(db, name)) and not asked.signed_at:
            words = f"Is {name} read rightly, since {asked.occasion}?"
            requests.append(OverviewTrouble(words, url_for("ops.entries", name=name), "Look at five entries"))
        if takedowns.list_questions(db, name):
            words = f"Entries of {name} that look like a withdrawn review are held back."
            requests.append(OverviewTrouble(words, url_for("ops.source", name=name), "Say what they are"))
    for topic in (one.topic for one in provider_events.list_confirmations(db)):
        requests.append(OverviewTrouble(f"May {topic} report bounces?", url_for("ops.hooks"), "Say yes, or look"))
    for hold in bounce_holds.list_open(db):
        requests.append(OverviewTrouble(describe_hold(db, hold), url_for("ops.bounces"), "Say whose fault it is"))
    if count := len(fix_wording.list_questions(db)):
        words = f"{capitalize_first(fix_wording.describe_questions(count))}."
        requests.append(OverviewTrouble(words, url_for("ops.wording"), fix_wording.QUESTIONS_PAGE.words))
    if count := unknown_refusals.count(db):
        words = f"{plural(count, 'refusal', thousands=',')} by readers’ servers not understood."
        requests.append(OverviewTrouble(words, url_for("ops.refusals"), "Say what they mean"))
    checked = support_checked(settings, db)
    if checked and local_date(utc_now(), settings.zone) - checked > MAX_SUPPORT_AGE:
        words = f"The support lines in every issue were last checked on {day_name(checked)}."
        requests.append(OverviewTrouble(words, site_path(SUPPORT_ACTION.route), SUPPORT_ACTION.words))
    if count := leave_requests.count_open(db):
        words = f"{capitalize_first(describe_leaving(count))}."
        requests.append(OverviewTrouble(words, url_for("ops.people"), "Take them off, or keep them"))
    return requests


def _undelivered_issues(sending: list[IssueQueue]) -> Iterator[OverviewTrouble]:
    """The issues that did not reach somebody, which is no trouble by itself: mailboxes are full, and people move."""
    for queue in sending:
        bad = [f"{queue.counts[name]:,} {ops_phrases.STATE_LABELS[name]}" for name in TOLD_STATES if queue.counts[name]]
        if bad:
            url = url_for("ops.queue", period=queue.period)
            yield OverviewTrouble(f"{queue.title}: {', '.join(bad)}.", url, "See why, and send it again")


def capitalize_first(words: str) -> str:
    """With a capital at the beginning, the rest as it is."""
    return words[:1].upper() + words[1:]
