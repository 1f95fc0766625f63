"""Support job: asks the operator once to check the support lines, a year after somebody last did."""

from collections.abc import Iterator
from datetime import date

from app.scheduler.job_context import Job, JobContext, JobOutput
from core.dates import local_date
from services.issues.support_lines import MAX_SUPPORT_AGE, SUPPORT_ACTION, describe_lines, support_checked
from services.operator import alerts

SUBJECT = "the support lines want to be checked"


def _last_check(context: JobContext) -> date | None:
    """When they were last checked, where that is too long ago and the operator was not told yet."""
    checked = support_checked(context.settings, context.db)
    if checked is None or local_date(context.now, context.settings.zone) - checked <= MAX_SUPPORT_AGE:
        return None  # where nobody has said so at all, `check` asks for it
    return None if alerts.was_alerted(context.db, f"support {checked}") else checked


def _question_due(context: JobContext) -> Iterator[str]:
    if _last_check(context):
        yield f"tell the operator: {SUBJECT}"


def _ask_operator(context: JobContext) -> JobOutput:
    if checked := _last_check(context):
        age = (local_date(context.now, context.settings.zone) - checked).days
        lines = [
            f"The support lines in every issue were last checked {age} days ago. Somebody in need will call them.",
            "",
            *describe_lines(context.settings).splitlines(),
        ]
        if context.alert_once(f"support {checked}", SUBJECT, lines, action=SUPPORT_ACTION):
            yield f"told the operator: {SUBJECT}"


SUPPORT_JOB = Job("support lines", _question_due, _ask_operator)
