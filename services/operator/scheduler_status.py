"""Scheduler status: what the scheduler has done, has to do, fails at, in status lines."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.actions import TRY_AGAIN, WAY_OUT, Action, issue_action, queue_action, terminal_action, typed_words
from core.config.schema import Settings
from core.dates import local_minute, parse_correction_run, period_name, run_name
from core.issue_lifecycle import DUE_STEPS, IssueStanding
from core.plurals import plural
from core.states import IssueStep
from db.mail import deliveries, mailings
from db.operator import home, job_failures, job_log
from db.operator.job_failures import JobFailure
from db.operator.job_log import HEARTBEAT_TASK, SERVE_RUNNER, TICK_TASK, JobLogEntry
from db.schema.connect import Database
from services.delivery import machine_guard
from services.issues import issue_coverage
from services.issues.issue_schedule import issue_standings, next_issue, undecided_issues

OVERDUE_AFTER = timedelta(hours=1)  # what the timer has not done for so long after its time is overdue
SILENT_AFTER = timedelta(minutes=5)  # the timer of serve, which ticks every half minute, is dead after so long
STUCK_AFTER = timedelta(hours=12)  # one job takes some hours at most: the first read of a whole catalogue
START_TIMER = Action(
    WAY_OUT, "Do what is due now", "start it: casereviews serve, or casereviews tick every few minutes"
)
RESTART_TIMER = terminal_action(
    "How the timer is started again", "stop casereviews serve and start it again: nothing is lost"
)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line of `status`, identified by what it is about."""

    about: str  # "timer", "delivery", "2026-10"
    words: str
    ok: bool = True
    brief: str = ""  # what is wrong, for a page that everybody may see
    caution: str = ""  # nothing is wrong, yet not all is well: why not, in a clause that everybody may see
    action: Action | None = None  # what to do about it

    @property
    def typed(self) -> str:
        """The line as a terminal says it: with the command."""
        return typed_words(self.words, self.action)


def scheduler_lines(settings: Settings, db: Database, now: datetime) -> list[StatusLine]:
    """The timer, the issues in hand, what fails. Where it has never run, of issues only the last that is late."""
    open_ = undecided_issues(settings, db)
    asked = "waits for a decision"
    lines = [StatusLine(period, one.words, False, asked, action=one.action) for period, one in open_.items()]
    if (known := home.get(db)) and known.away_since:
        words = f"{machine_guard.describe_away(settings, db)}: no mail is sent"
        action = machine_guard.MOVED_ACTION._replace(
            command=f"if it moved here for good: {machine_guard.MOVED_COMMAND}"
        )
        lines.append(StatusLine("machine", words, False, asked, action=action))
    lines += [_delivery_line(settings, db, period, now) for period in mailings.list_sending(db) if period not in open_]
    last_tick, standings = job_log.get(db, TICK_TASK), issue_standings(settings, db, now)
    waiting = [line for standing in standings if (line := _issue_line(settings, db, standing, now))]
    if last_tick is None:
        needed = any(standing.step in DUE_STEPS for standing in standings)
        late = [line for line in waiting if not line.ok]
        return [_never_run_line(needed), *late[-1:], *lines]  # the newest: nobody has asked about those before
    failing = [_failing_line(settings, one) for one in job_failures.listing(db)]
    return [_timer_line(settings, db, last_tick, now), *waiting, *lines, *failing, _next_issue_line(settings, db, now)]


def _failing_line(settings: Settings, one: JobFailure) -> StatusLine:
    words = f"{one.job}: failing since {local_minute(one.since, settings.zone)}: {one.reason}"
    return StatusLine(one.job, words, False, "fails", action=TRY_AGAIN)


def _never_run_line(needed: bool) -> StatusLine:
    """Of a timer that was never started: all sends by hand, or it was forgotten, as an issue that is due shows."""
    words = "the timer has never run"
    return StatusLine("timer", words, not needed, "has never run" if needed else "", words, START_TIMER)


def _timer_line(settings: Settings, db: Database, last_tick: JobLogEntry, now: datetime) -> StatusLine:
    """The timer of serve beats beside its work, so that it is known within minutes when it is dead."""
    serves, beat = last_tick.details == SERVE_RUNNER, job_log.get(db, HEARTBEAT_TASK)
    last = max(last_tick.at, beat.at) if serves and beat else last_tick.at
    if not serves:  # a tick goes on for as long as a delivery takes, and no other begins
        last = max(
            [
                last,
                *(moved for period in mailings.list_sending(db) if (moved := deliveries.last_changed_at(db, period))),
            ]
        )
    words = f"the timer last ran on {local_minute(last, settings.zone)}"
    if now - last > (SILENT_AFTER if serves else OVERDUE_AFTER):
        return StatusLine("timer", words, False, "does not run", action=START_TIMER)
    if serves and now - last_tick.at > STUCK_AFTER:
        begun = f"the timer is at one and the same work since {local_minute(last_tick.at, settings.zone)}"
        return StatusLine("timer", begun, False, "is stuck", action=RESTART_TIMER)
    return StatusLine("timer", words)


def _next_issue_line(settings: Settings, db: Database, now: datetime) -> StatusLine:
    period, when = next_issue(settings, db, now)
    return StatusLine(
        "next", f"the issue of {period_name(period)} will be drafted on {local_minute(when, settings.zone)}"
    )


def _issue_line(settings: Settings, db: Database, standing: IssueStanding, now: datetime) -> StatusLine | None:
    """Where an issue stands; None where nothing is left to do, or its delivery says it all."""
    period = standing.period
    if not (found := _issue_step(settings, db, standing, now)):
        return None
    state, action = found
    if blocked := issue_coverage.find_block(settings, db, period) if standing.step in ("draft", "release") else None:
        state, action = f"{state}; it waits, {blocked.which}", blocked.action or action
    late = standing.step in ("ask", "asked") or (standing.step == "draft" and now - standing.due > OVERDUE_AFTER)
    words = f"the issue of {period_name(period)} {state}"
    return StatusLine(period, words, not late, "is late" if late else "", action=action)


def _issue_step(settings: Settings, db: Database, standing: IssueStanding, now: datetime) -> tuple[str, Action] | None:
    """What is said of an issue at its step, and what to do."""
    period, since = standing.period, f"is {plural((now - standing.due).days, 'day')} late and was not sent"
    build = issue_coverage.build_command(settings, db, period)
    send_command = " && ".join(f"casereviews issue {words}" for words in (build, f"approve {period}", f"send {period}"))
    leave = "or leave it, and its reviews go into the next"
    steps: dict[IssueStep, tuple[str, Action]] = {
        "ask": (since, issue_action(period, "Send it, or leave it")),
        "asked": (since, issue_action(period, "Send it, or leave it", f"{send_command}; {leave}")),
        "draft": (
            f"was due on {local_minute(standing.due, settings.zone)} and is not drafted yet",
            issue_action(period, "Build it"),
        ),
        "paused": (
            "is paused",
            issue_action(period, "Let it go", f"let it go: casereviews issue resume {period}"),
        ),
        "approval": (
            "waits for your approval",
            issue_action(period, "Approve it", f"approve it: casereviews issue approve {period}"),
        ),
        "release": ("goes out at the timer's next run", issue_action(period, "See the issue")),
    }
    if standing.when:
        goes = f"goes out on {local_minute(standing.when, settings.zone)}"
        stop = issue_action(period, "Look at it, or pause it", f"stop it: casereviews issue pause {period}")
        steps["held"] = (goes, stop)
    return steps.get(standing.step)


def _delivery_line(settings: Settings, db: Database, period: str, now: datetime) -> StatusLine:
    (left, due), moved = deliveries.count_waiting(db, period), deliveries.last_changed_at(db, period)
    words = f"{run_name(period)} is being sent: {left:,} waiting"
    if due and now - max(due, moved or due) > OVERDUE_AFTER:
        still = f"; it has stood still since {local_minute(max(due, moved or due), settings.zone)}"
        if parse_correction_run(period):
            action = queue_action(period, "See its queue", "go on: casereviews tick")
        else:
            action = issue_action(period, "Go on sending it", f"go on: casereviews issue send {period}")
        return StatusLine("delivery", f"{words}{still}", False, "stands still", action=action)
    return StatusLine("delivery", words)
