"""Machine job: asks the operator once whether the database that woke on another machine has moved there."""

from collections.abc import Iterator

from app.scheduler.job_context import Job, JobContext, JobOutput
from core.dates import compact_utc
from db.operator import home
from services.delivery import machine_guard
from services.operator import alerts

SUBJECT = "has casereviews moved to this machine?"


def _question_key(context: JobContext) -> str:
    known = home.get(context.db)
    return f"machine {compact_utc(known.since) if known else ''}"


def _question_due(context: JobContext) -> Iterator[str]:
    if context.away and not alerts.was_alerted(context.db, _question_key(context)):
        yield f"ask the operator: {SUBJECT}"


def _ask_operator(context: JobContext) -> JobOutput:
    """Ask; until a person has said so, no reader is mailed, no issue drafted and no bounce read."""
    words = machine_guard.describe_away(context.settings, context.db)
    lines = [
        f"{words[0].upper()}{words[1:]}.",
        "",
        "Two of them would mail every reader twice, so this one mails nobody, drafts no issue and reads no bounces.",
        f"{machine_guard.AWAY_FIX}: this one mails again when it was said on the machine that it has moved here.",
        "If the other one goes on, stop this one. Who left there since the copy was made is not known here.",
    ]
    if context.alert_once(_question_key(context), SUBJECT, lines, action=machine_guard.MOVED_ACTION):
        yield f"asked the operator: {SUBJECT}"


MACHINE_JOB = Job("machine", _question_due, _ask_operator)
