"""Issue jobs of each month: late question, draft, announcement, release."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from app.scheduler.clock_guard import is_clock_trusted
from app.scheduler.job_context import Job, JobContext, JobOutput
from app.scheduler.restored_jobs import RESTORED_ISSUES_JOB
from core.actions import Action, Advice, issue_action
from core.calendar import month_after, month_bounds
from core.dates import period_name
from core.errors import HouseError, IssueBlocked, LockHeld
from core.issue_lifecycle import DUE_STEPS, IssueStanding, late_time, reminder_time
from core.plurals import noun, plural
from core.states import IssueMark, IssueStep
from db.mail import issue_marks, issues
from db.mail.issues import StoredIssue
from db.schema.connect import write_transaction
from services.collect.source_status import list_doubts
from services.collect.sources_due import sources_about_to_be_read
from services.issues import issue_coverage
from services.issues.issue_schedule import issue_standings
from services.operator import alerts

if TYPE_CHECKING:
    from newsletter.issue.render import RenderedIssue

# the steps at which there may be something to do or to tell
OPEN_STEPS: tuple[IssueStep, ...] = (*DUE_STEPS, "held", "approval")
MAX_TIME_OFF = timedelta(days=62)  # may a machine have been, and still mail at once
MAX_STEPS = 3  # at most, of one issue in one tick: drafted, released, done


def list_issue_jobs(context: JobContext) -> list[Job]:
    """What there is to do for the months whose issue day has come: a job for each, and one question for all."""
    return [
        RESTORED_ISSUES_JOB,
        Job("late issues", _late_question_due, _ask_about_late),
        *(_make_issue_job(standing.period) for standing in _standings(context) if standing.step in OPEN_STEPS),
    ]


def _make_issue_job(period: str) -> Job:
    return Job(
        f"issue {period}",
        lambda context: _issue_work_due(context, period),
        lambda context: _advance_issue(context, period),
    )


def _standings(context: JobContext) -> list[IssueStanding]:
    return issue_standings(context.settings, context.db, context.now)


def _find_standing(context: JobContext, period: str) -> IssueStanding | None:
    return next((standing for standing in _standings(context) if standing.period == period), None)


def _issue_work_due(context: JobContext, period: str) -> Iterator[str]:
    standing = _find_standing(context, period)
    if standing and standing.step in ("draft", "release") and _waits_for_reading(context, period):
        return  # what it should hold is being read; a source that cannot be is not due for an hour after that
    if standing and standing.step in DUE_STEPS and standing.step != "ask":
        yield f"{standing.step} the issue of {period_name(period)}"
    elif standing and standing.step in ("held", "approval") and not alerts.was_alerted(context.db, f"draft {period}"):
        yield f"tell the operator: the draft of {period_name(period)} is ready"
    elif standing and _is_reminder_due(context, standing):
        yield f"ask again for approval of the issue of {period_name(period)}"


def _waits_for_reading(context: JobContext, period: str) -> bool:
    """Whether a source that the issue needs is about to be read for the first time since the period ended."""
    settings, db = context.settings, context.db
    awaited = issue_coverage.awaited_sources(settings, db, period, issues.get_edits(db, period), by_hand=False)
    return any(source.name in awaited for source in sources_about_to_be_read(settings, db, context.now))


def _advance_issue(context: JobContext, period: str) -> JobOutput:
    """Take an issue as far as it may go now."""
    for _ in range(MAX_STEPS):
        standing = _find_standing(context, period)
        if standing is None or standing.step not in ("draft", "release"):
            break
        if standing.step == "release" and context.settings.newsletter.publish == "auto" and not _is_clock_sure(context):
            return  # nobody has a day to stop what a wrong clock would send
        try:
            yield from _draft_issue(context, standing) if standing.step == "draft" else _release_issue(context, period)
        except IssueBlocked as e:
            yield from _report_blocked(context, standing, e)
            return
    if standing and standing.step in ("held", "approval"):
        yield from _announce_draft(context, standing)
    if standing and _is_reminder_due(context, standing):
        yield from _ask_again(context, standing)


def _is_clock_sure(context: JobContext) -> bool:
    return is_clock_trusted(context.db, context.now, MAX_TIME_OFF)


def _draft_issue(context: JobContext, standing: IssueStanding) -> JobOutput:
    """Look at the links and build the month's issue.

    Older ones that nobody wanted to send late let their reviews go to it first.
    """
    from services.issues import build_issue

    period, settings, db = standing.period, context.settings, context.db
    issue_coverage.refuse_awaited(settings, db, period, issues.get_edits(db, period), by_hand=False)
    yield from _discard_late_issues(context, before=period)
    if settings.newsletter.empty_issue == "skip":
        issue = build_issue.compose_draft(settings, db, period).issue
        if not (issue.reviews or issue.updated or issue.withdrawn or issue.corrections or issue.note):
            _mark_periods(context, "skipped", [period], "nothing was new")
            yield f"there is no issue of {period_name(period)}: nothing was new"
            return
    with suppress(LockHeld):  # sources are being read: a draft does not wait for them
        build_issue.check_issue_links(context.effects, settings, db, period)
    draft = build_issue.build_issue(context.effects, settings, db, period)
    with write_transaction(db):
        issues.mark_drafted(db, period, context.now)
    yield f"drafted the issue of {period_name(period)}: {len(draft.issue.reviews) or 'none'} new"


def _discard_late_issues(context: JobContext, before: str) -> Iterator[str]:
    for standing in _standings(context):
        if standing.period < before and standing.step == "asked":
            with write_transaction(context.db):
                issues.delete_draft(context.db, standing.period)
                issue_marks.save(context.db, standing.period, "discarded", context.now, f"to {before}")
            yield f"the issue of {period_name(standing.period)} lets its reviews go to that of {period_name(before)}"


def _mark_periods(context: JobContext, mark: IssueMark, periods: Sequence[str], words: str = "") -> None:
    with write_transaction(context.db):
        for period in periods:
            issue_marks.save(context.db, period, mark, context.now, words)


def _announce_draft(context: JobContext, standing: IssueStanding) -> JobOutput:
    """Tell the operators that a draft is ready, with the draft itself, and what becomes of it."""
    period, stored = standing.period, issues.get(context.db, standing.period)
    if standing.step == "approval":
        fate, do = "it waits for your approval", _approval_action(period)
    else:
        assert standing.when is not None  # a draft that is held goes out by itself
        fate = f"it will be sent on {context.day(standing.when)} unless paused"
        do = issue_action(period, "Edit or pause it")
    ready = f"the draft of {period_name(period)} is ready"
    doubts = list_doubts(context.settings, context.db, month_bounds(period, context.settings.zone)[0])
    lines: list[str | Action] = [
        *(line for doubt in doubts for line in _doubt_lines(context, doubt)),
        f"The draft of {period_name(period)} is ready: {len(stored.issue.reviews) or 'none'} new; {fate}.",
        " ".join(["It says:", stored.issue.intro, *stored.issue.notices]),
        "",
        Action(f"/ops/issues/{period}/edit", _edit_words(context)),
        "The draft follows, as its readers get it.",
    ]
    if context.alert_once(f"draft {period}", ready, lines, "approval", _as_read(stored), do):
        yield f"told the operator: {ready}; {fate}"


def _approval_action(period: str) -> Action:
    return Action(f"/ops/issues/{period}/approve", "Approve it")


def _edit_words(context: JobContext) -> str:
    if issues.list_frozen(context.db):
        return "Edit it"
    return "It is the first: edit it, and take in what was known already"


def _doubt_lines(context: JobContext, doubt: Advice) -> Iterator[str]:
    yield f"{doubt.words}."
    if doubt.action:
        yield f"{doubt.action.words}: {context.settings.base_url}{doubt.action.route}"
    yield ""


def _as_read(stored: StoredIssue) -> "RenderedIssue":
    """A draft as its readers would get it; the links of their own lead to nobody's pages."""
    from core.clean_text import TOKEN_PLACEHOLDER
    from newsletter.issue.render import RenderedIssue
    from services.issues.frozen_issue import SAMPLE_TOKEN

    html, text = (part.replace(TOKEN_PLACEHOLDER, SAMPLE_TOKEN) for part in (stored.html, stored.text))
    return RenderedIssue(html, text, stored.issue)


def _is_reminder_due(context: JobContext, standing: IssueStanding) -> bool:
    """Whether approval is to be asked for again: the draft was announced, and is too late before long."""
    period, newsletter = standing.period, context.settings.newsletter
    if standing.step != "approval" or not newsletter.remind_days:
        return False
    drafted_at = issues.list_states(context.db, since=period)[period].drafted_at
    assert drafted_at is not None  # else there is nothing to approve yet
    return (
        context.now >= reminder_time(standing.due, drafted_at, newsletter)
        and alerts.was_alerted(context.db, f"draft {period}")
        and not alerts.was_alerted(context.db, _reminder_key(period))
    )


def _reminder_key(period: str) -> str:
    return f"approval again {period}"


def _ask_again(context: JobContext, standing: IssueStanding) -> JobOutput:
    """Ask for approval a second and last time, with the draft as it is now."""
    period, stored = standing.period, issues.get(context.db, standing.period)
    subject = f"the issue of {period_name(period)} still waits for approval"
    drafted_at = issues.list_states(context.db, since=period)[period].drafted_at
    assert drafted_at is not None
    late = late_time(standing.due, drafted_at, context.settings.newsletter)
    lines = [
        f"The issue of {period_name(period)} was due on {context.day(standing.due)} and nobody has approved it yet.",
        f"After {context.day(late)} it is too late: it is not sent unless somebody says so.",
        "The draft follows, as its readers get it.",
    ]
    action = _approval_action(period)
    if context.alert_once(_reminder_key(period), subject, lines, "approval", _as_read(stored), action):
        yield f"told the operator: {subject}"


def _release_issue(context: JobContext, period: str) -> JobOutput:
    """Freeze the issue and its audience. One that is no longer what was approved waits for a person again."""
    from services.issues import release_issue

    try:
        count = release_issue.release_issue(context.effects, context.settings, context.db, period)
    except (IssueBlocked, LockHeld):
        raise
    except HouseError as e:
        standing = _find_standing(context, period)
        if standing and standing.step == "release":
            raise  # nothing has changed: it would fail again
        key = f"changed {period} {issues.get(context.db, period).issue.hash[:16]}"
        lines, action = (
            [f"{e.sentence[:1].upper()}{e.sentence[1:]}."],
            e.action or issue_action(period, "See the issue"),
        )
        if context.alert_once(key, f"the issue of {period_name(period)} waits", lines, action=action):
            yield e
        return
    yield f"released the issue of {period_name(period)} to {plural(count, 'reader')}"
    age, old = release_issue.describe_link_age(context.settings, context.db, period, context.now)
    if old:
        yield f"the issue of {period_name(period)}: {age.words}"


def _report_blocked(context: JobContext, standing: IssueStanding, e: IssueBlocked) -> JobOutput:
    subject = f"the issue of {period_name(standing.period)} waits"
    lines: list[str | Action] = [
        f"The {standing.step} of {period_name(standing.period)} is due, but {e.which}.",
        issue_action(standing.period, "Or go on with what was read"),
    ]
    key = f"blocked {standing.step} {standing.period}"
    if context.alert_once(key, subject, lines, action=e.action):
        yield f"told the operator: {subject}, {e.which}"


def _late_standings(context: JobContext) -> list[IssueStanding]:
    return [standing for standing in _standings(context) if standing.step == "ask"]


def _late_question_due(context: JobContext) -> Iterator[str]:
    for standing in _late_standings(context):
        yield f"ask the operator: the issue of {period_name(standing.period)} is {_days_late(context, standing)} late"


def _days_late(context: JobContext, standing: IssueStanding) -> str:
    return plural((context.now - standing.due).days, "day")


def _ask_about_late(context: JobContext) -> JobOutput:
    """Ask once about all that is too late. An approval given before the question counts no longer."""
    from newsletter.issue.phrases import join_list

    late = _late_standings(context)
    names = join_list([period_name(standing.period) for standing in late])
    subject = f"the {noun(len(late), 'issue')} of {names} {noun(len(late), 'was', 'were')} not sent"
    lines: list[str | Action] = []
    following = period_name(month_after(late[-1].period))
    for standing in late:
        month = period_name(standing.period)
        lines += [
            f"The issue of {month} is {_days_late(context, standing)} late and was not sent.",
            "",
            *([issue_action(standing.period, f"Send that of {month} all the same")] if late[1:] else []),
            f"Send it all the same, or leave it: its reviews go into the issue of {following}.",
            "",
        ]
    key = f"late {late[0].period} {late[-1].period}"
    action = Action("/ops/issues", "See the issues")
    if not late[1:]:
        action = issue_action(late[0].period, "Send it, or leave it")
    context.alert_once(key, subject, lines, action=action)
    if not alerts.was_alerted(context.db, key):
        return  # the mail server is down, say: asked again later
    with write_transaction(context.db):
        for standing in late:
            issues.revoke_approval(context.db, standing.period)
            issue_marks.save(context.db, standing.period, "late", context.now)
    yield f"asked the operator: {subject}"
