"""Issue schedule: at which step each month's issue stands whose day has come; which wait for a decision."""

from datetime import datetime

from core.actions import Advice, issue_action
from core.calendar import issue_time, month_after, month_bounds, next_period, periods_due
from core.config.schema import Settings
from core.dates import local_minute, period_name
from core.issue_lifecycle import IssueStanding, decide_standing
from db.collection import runs
from db.mail import issue_marks, issues
from db.schema.connect import Database
from services.issues.issue_coverage import build_command


def issue_standings(settings: Settings, db: Database, now: datetime) -> list[IssueStanding]:
    """Where the issues stand whose day has come, oldest first: of months that had not ended at the first good read."""
    begun = runs.first_good_read(db)
    due = periods_due(settings.schedule, settings.zone, begun, now) if begun else []
    due = [(period, day) for period, day in due if begun and month_bounds(period, settings.zone)[1] > begun]
    if not due:
        return []
    states, marks = issues.list_states(db, since=due[0][0]), issue_marks.by_period(db, since=due[0][0])
    return [
        decide_standing(period, day, states.get(period), marks.get(period, ()), settings.newsletter, now)
        for period, day in due
    ]


def next_issue(settings: Settings, db: Database, now: datetime) -> tuple[str, datetime]:
    """The month that is drafted next, and when: not one that was sent before its day, nor one that nobody read."""
    period, when = next_period(settings.schedule, settings.zone, now)
    sent, begun = issues.list_frozen(db), runs.first_good_read(db)
    while period in sent or (begun and month_bounds(period, settings.zone)[1] <= begun):
        period = month_after(period)
        when = issue_time(period, settings.schedule, settings.zone)
    return period, when


def undecided_issues(settings: Settings, db: Database) -> dict[str, Advice]:
    """What there is to decide of each such month; oldest first."""
    states = issues.list_states(db)
    questions = {}
    for period, mark in issue_marks.listing(db, "restored").items():
        when = "" if mark.details else f" of {local_minute(mark.at, settings.zone)}"
        status = states[period].status if period in states else ""
        build = () if status == "sending" else (build_command(settings, db, period), f"approve {period}")
        send_command = " && ".join(f"casereviews issue {words}" for words in (*build, f"send {period}"))
        words = (
            f"a backup{when} was restored, and whether the issue of {period_name(period)} went out since is not known"
        )
        command = f"if it did: casereviews issue settle {period}; if it did not: {send_command}"
        questions[period] = Advice(words, issue_action(period, "Say whether it went out", command))
    return questions
