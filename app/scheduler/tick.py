"""Scheduler tick: whatever job is due runs once, each by itself."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta

from app.runtime.lock import process_lock
from app.scheduler import clock_guard
from app.scheduler.daily_jobs import ALERT_JOB, BACKUP_JOB, BOUNCE_JOB, LINK_CHECK_JOB, READING_JOB, RETENTION_JOB
from app.scheduler.issue_jobs import list_issue_jobs
from app.scheduler.job_context import Job, JobContext, JobResult
from app.scheduler.machine_job import MACHINE_JOB
from app.scheduler.mail_jobs import (
    ALERT_MAIL_JOB,
    DELIVERY_JOB,
    ERROR_REPORT_JOB,
    LEAVING_JOB,
    NOTICE_JOB,
    QUESTION_JOB,
    RELAY_JOB,
    REPORT_JOB,
    TRANSACTIONAL_JOB,
)
from app.scheduler.support_job import SUPPORT_JOB
from app.scheduler.walk_jobs import WALK_JOB
from core.actions import TRY_AGAIN, Action
from core.errors import HouseError, LockHeld, MailSilent, MailUnavailable
from core.retry import JOB_RETRY_DELAY
from db.operator import job_failures, job_log
from db.operator.job_log import (
    CLOCK_SET_BACK_TASK,
    CLOCK_TOLERANCE,
    HEARTBEAT_TASK,
    SERVE_RUNNER,
    TICK_RUNNER,
    TICK_TASK,
)
from db.schema.connect import as_store_error, write_transaction
from services.delivery import machine_guard
from services.operator import alerts

log = logging.getLogger("casereviews")
OUTSIDE_JOBS = (READING_JOB, BOUNCE_JOB, LINK_CHECK_JOB)  # they wait for other machines, and nothing waits for them
PROMPT_JOBS = (TRANSACTIONAL_JOB, ERROR_REPORT_JOB)  # somebody waits for these now
MAIL_JOBS = (DELIVERY_JOB, RELAY_JOB, ALERT_MAIL_JOB, QUESTION_JOB, REPORT_JOB, NOTICE_JOB)
UNSCHEDULED_JOBS = (*PROMPT_JOBS, *MAIL_JOBS, *OUTSIDE_JOBS, WALK_JOB)
MAIL_OUTAGE_GRACE = timedelta(minutes=30)  # a mail server away for less is no news


def describe_due(context: JobContext) -> list[str]:
    """What a tick would begin with now; writes nothing."""
    return [
        words
        for job in (*PROMPT_JOBS, *OUTSIDE_JOBS, *_scheduled_jobs(context), *MAIL_JOBS, WALK_JOB)
        for words in job.due(context)
    ]


def run_all_jobs(context: JobContext) -> Iterator[JobResult]:
    """A whole tick: what cron and systemd users run. Raises LockHeld while another process does the jobs.

    What waits for other machines comes last: meanwhile another tick does all else.
    """
    data_dir, answered = context.settings.data_dir, False
    with process_lock(data_dir, "scheduler"):
        yield from run_transactional(context)
        yield from run_scheduled(context)
    yield from run_deliveries(context)
    with process_lock(data_dir, "outside"):
        for result in run_outside(context):
            answered = True
            yield result
    if answered:
        with suppress(LockHeld), process_lock(data_dir, "scheduler"):  # else another tick is at it
            for job in _scheduled_jobs(context):
                yield from _run_jobs(context, [job], patient=True)  # what failed above rests
        yield from run_deliveries(context)
    yield from run_walks(context)


def run_transactional(context: JobContext, patient: bool = False) -> Iterator[JobResult]:
    """Send the emails that somebody waits for now. `patient`: what failed rests before it is tried again."""
    yield from _run_jobs(context, PROMPT_JOBS, patient)


def run_deliveries(context: JobContext, patient: bool = False) -> Iterator[JobResult]:
    """Send what is due of the issues that are being sent, and say what became of them."""
    yield from _run_jobs(context, MAIL_JOBS, patient)


def run_outside(context: JobContext, patient: bool = False) -> Iterator[JobResult]:
    """Read sources, the mailbox and links. Whoever calls holds the lock of what waits for other machines."""
    yield from _run_jobs(context, OUTSIDE_JOBS, patient)


def run_walks(context: JobContext, patient: bool = False) -> Iterator[JobResult]:
    """Walk on through long lists, for some minutes at most; nothing else waits for it."""
    yield from _run_jobs(context, [WALK_JOB], patient)


def run_scheduled(context: JobContext, patient: bool = False) -> Iterator[JobResult]:
    """All other jobs. Whoever calls holds the scheduler's lock."""
    _record_tick(context, SERVE_RUNNER if patient else TICK_RUNNER)
    yield from _run_scheduled_jobs(context, patient)


def run_now(context: JobContext) -> Iterator[JobResult]:
    """All that is due, once, for a person who asks. It is no tick: the timer may be dead. Raises as `run_all_jobs`."""
    clock_guard.refuse_doubted_clock(context.db, context.now)
    data_dir = context.settings.data_dir
    with process_lock(data_dir, "scheduler"):
        yield from run_transactional(context)
        yield from _run_scheduled_jobs(context)
    yield from run_deliveries(context)
    with process_lock(data_dir, "outside"):
        yield from run_outside(context)


def _run_scheduled_jobs(context: JobContext, patient: bool = False) -> Iterator[JobResult]:
    machine_guard.note_place(context.effects, context.settings, context.db)
    names = [job_failures.relay_job(one.name) for one in context.settings.mail.relays]
    for job in _scheduled_jobs(context):
        names.append(job.name)
        yield from _run_jobs(context, [job], patient)
    for name in [one.job for one in job_failures.listing(context.db)]:
        if name not in (*(job.name for job in UNSCHEDULED_JOBS), *names):
            _clear_failure(context, name)  # an issue settled by hand or out of time; a job that has another name by now


def record_heartbeat(context: JobContext, patient: bool = False) -> Iterator[JobResult]:
    """Write down that the timer lives, while its jobs take as long as they take."""
    with write_transaction(context.db):
        job_log.save(context.db, HEARTBEAT_TASK, context.now)
    yield from ()


def _record_tick(context: JobContext, who: str) -> None:
    """Write down the tick; and where the clock is behind the one before, from when it was put back."""
    now, last = context.now, job_log.get(context.db, TICK_TASK)
    with write_transaction(context.db):
        if clock_guard.is_clock_behind(context.db, now):
            if clock_guard.doubt_clock(context.db, now) and who == SERVE_RUNNER:
                log.warning("the clock is behind: nothing is done by it for a day; see casereviews status")
            return
        clock_guard.record_clock(context.db, now)
        if last and last.at - now > CLOCK_TOLERANCE:
            job_log.save(context.db, CLOCK_SET_BACK_TASK, now, last.at.isoformat())
        job_log.save(context.db, TICK_TASK, now, who)


def _scheduled_jobs(context: JobContext) -> Iterator[Job]:
    yield MACHINE_JOB
    if not context.away:
        yield from list_issue_jobs(context)
    yield from (RETENTION_JOB, BACKUP_JOB, ALERT_JOB, LEAVING_JOB, SUPPORT_JOB)


def _run_jobs(context: JobContext, jobs: Iterable[Job], patient: bool) -> Iterator[JobResult]:
    for job in jobs:
        if context.stop.is_set() or clock_guard.is_clock_behind(context.db, context.now):
            return
        yield from _run_job(context, job, patient)


def _run_job(context: JobContext, job: Job, patient: bool) -> Iterator[JobResult]:
    """Do a job if it is due. One that fails is told once, until it works again, and stops no other."""
    failure = job_failures.get(context.db, job.name)
    if patient and failure and timedelta(0) <= context.now - failure.tried_at < JOB_RETRY_DELAY:
        return
    try:
        if any(job.due(context)):
            for output in job.do(context):
                yield JobResult(job.name, str(output), output if isinstance(output, HouseError) else None)
        elif not job.over(context):
            return
        if failure:
            _clear_failure(context, job.name)
    except LockHeld as e:
        log.debug("%s: %s", job.name, e)  # another run is at it: it is looked at again with the next tick
    except Exception as e:  # whatever it is, it must not stop the others, nor go unnoticed
        log.debug("%s failed", job.name, exc_info=True)
        why = (
            e
            if isinstance(e, HouseError)
            else as_store_error(e) or HouseError("unexpected", f"{type(e).__name__}: {e}")
        )
        yield JobResult(job.name, f"{job.name} failed: {why}", why)
        _record_failure(context, job.name, why)


def _record_failure(context: JobContext, name: str, why: HouseError) -> None:
    try:
        now = context.now
        since = before.since if (before := job_failures.get(context.db, name)) else now
        with write_transaction(context.db):
            job_failures.save(context.db, name, now, why.sentence)
        if not isinstance(why, MailUnavailable) or isinstance(why, MailSilent) or now - since >= MAIL_OUTAGE_GRACE:
            lines: list[str | Action] = [
                f"{why.sentence[:1].upper()}{why.sentence[1:]}",
                "",
                "It is tried again by itself.",
            ]
            lines += [why.action] if why.action and why.action.route != TRY_AGAIN.route else []
            context.alert_once(f"failing {name}", f"{name} failed", lines, action=TRY_AGAIN)
    except HouseError as e:  # the database itself, say
        log.error("the failure of %s could not be written down: %s", name, e)


def _clear_failure(context: JobContext, name: str) -> None:
    with write_transaction(context.db):
        job_failures.delete(context.db, name)
    alerts.reset_alert(context.db, f"failing {name}")
