"""Issue schedule: at which step each month's issue stands whose day has come."""

from datetime import datetime

from core.calendar import periods_due
from core.config.schema import Settings
from core.issue_lifecycle import IssueStanding, decide_standing
from db.collection import runs
from db.mail import issue_marks, issues
from db.schema.connect import Database


def issue_standings(settings: Settings, db: Database, now: datetime) -> list[IssueStanding]:
    """Where the issues stand whose day has come since a source was first read well, oldest first."""
    begun = runs.first_good_read(db)
    due = periods_due(settings.schedule, settings.zone, begun, now) if begun else []
    if not due:
        return []
    states, marks = issues.list_states(db, since=due[0][0]), issue_marks.by_period(db, since=due[0][0])
    return [
        decide_standing(period, day, states.get(period), marks.get(period, ()), settings.newsletter, now)
        for period, day in due
    ]
