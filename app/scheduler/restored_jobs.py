"""Restored issue jobs: asks the operator once whether an issue went out before a backup restore."""

from collections.abc import Iterator

from app.scheduler.job_context import Job, JobContext, JobOutput
from core.actions import Action, Advice
from core.dates import compact_utc, period_name
from core.plurals import noun
from db.mail import issue_marks
from services.issues.issue_schedule import undecided_issues
from services.operator import alerts


def _unasked_issues(context: JobContext) -> dict[str, Advice]:
    questions = undecided_issues(context.settings, context.db)
    return {} if alerts.was_alerted(context.db, _question_key(context)) else questions


def _question_key(context: JobContext) -> str:
    marks = issue_marks.listing(context.db, "restored").values()
    return " ".join(["restored", *(f"{mark.period} {compact_utc(mark.at)}" for mark in marks)])


def _question_due(context: JobContext) -> Iterator[str]:
    for period in _unasked_issues(context):
        yield f"ask the operator: did the issue of {period_name(period)} go out before the backup was restored?"


def _ask_operator(context: JobContext) -> JobOutput:
    """Ask about all of them at once; until a person has decided, the timer leaves them alone."""
    from newsletter.issue.phrases import join_list

    questions = _unasked_issues(context)
    months = join_list([period_name(period) for period in questions])
    subject = f"did the {noun(len(questions), 'issue')} of {months} go out?"
    lines: list[str | Action] = []
    for one in questions.values():
        lines += [f"{one.words[0].upper()}{one.words[1:]}.", *([one.action] if one.action else [])]
    lines += ["Until you decide, it is neither drafted nor sent by itself. Ask somebody who gets the newsletter."]
    if context.alert_once(_question_key(context), subject, lines):
        yield f"asked the operator: {subject}"


RESTORED_ISSUES_JOB = Job("restored issues", _question_due, _ask_operator)
