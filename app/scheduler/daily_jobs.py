"""Daily jobs: reading sources, link check, retention, backup, bounces, alerts."""

from collections.abc import Iterator
from datetime import timedelta

from app.runtime.lock import process_lock
from app.scheduler.clock_guard import is_clock_trusted
from app.scheduler.job_context import Job, JobContext, JobOutput
from core.actions import source_action
from core.errors import FetchError, HouseError, PageError
from core.plurals import plural
from core.retention_times import UNDO_RETENTION
from core.source_records import Run
from db.collection import links
from db.mail import erasures
from db.operator import job_log
from db.schema.connect import write_transaction
from services.collect.sources_due import last_daily_time, sources_due
from services.operator import alerts

BOUNCE_INTERVAL = timedelta(hours=1)


def _read_sources(context: JobContext) -> JobOutput:
    """Read the sources, of one of many pages what is new."""
    from services.collect.read_request import ReadRequest
    from services.collect.scrape_sources import scrape_sources, select_sources
    from services.operator.scrape_alerts import alert_after_scrape

    effects, settings, db = context.effects, context.settings, context.db
    with process_lock(settings.data_dir):
        due = [source.name for source in sources_due(settings, db, context.now)]  # again: another run may have read
        request = ReadRequest(walk=False, minutes=settings.fetch.run_minutes)
        finished = scrape_sources(effects, settings, db, select_sources(settings, due), request) if due else []
        alert_after_scrape(effects, settings, db, finished)
    for run in finished:
        yield from describe_run(run)


def describe_run(run: Run) -> Iterator[str | HouseError]:
    why = "; ".join(run.problems)
    if run.failed:
        yield FetchError(f"{run.source} could not be read", why)
    elif run.quarantined:
        action = source_action(run.source, f"Look at {run.source}", "See: casereviews status")
        yield PageError(f"{run.source} is quarantined, nothing was changed", why, action=action)
    else:
        seen = plural(run.seen, "review")
        yield f"read {run.source}: {seen}, {run.new} new, {run.changed} changed, {run.missing} missing"


def _links_due(context: JobContext) -> Iterator[str]:
    if not _done_today(context, "links") and links.list_due(context.db, context.now, 1):
        yield "look at links"


def _check_links(context: JobContext) -> JobOutput:
    from services.collect.check_links import check_addresses

    effects, settings, db = context.effects, context.settings, context.db
    with process_lock(settings.data_dir):
        checked = []
        if not _done_today(context, "links"):
            minutes, may_go_on = settings.fetch.run_minutes, lambda: not context.stop.is_set()
            checked = check_addresses(effects, settings, db, minutes=minutes, may_go_on=may_go_on)
        if checked and not context.stop.is_set():
            _mark_done(context, "links")
    if checked:
        yield f"looked at {plural(len(checked), 'link')}, {sum(one.state == 'dead' for one in checked)} of them dead"


def _retention_due(context: JobContext) -> Iterator[str]:
    due = not _done_today(context, "retention") or erasures.has_older(context.db, context.now - UNDO_RETENTION)
    if due and is_clock_trusted(context.db, context.now):
        yield "forget sign-ups that nobody confirmed, and readers who left long ago"


def _apply_retention(context: JobContext) -> JobOutput:
    from services.operator.retention import delete_old_files, delete_old_records
    from services.readers.gather_reviews import delete_expired_lists
    from services.readers.subscriptions import delete_expired

    unconfirmed, left = delete_expired(context.db, context.now)
    if unconfirmed or left:
        yield f"forgot {plural(unconfirmed, 'sign-up')} that nobody confirmed and {plural(left, 'reader')} who left"
    if lists := delete_expired_lists(context.db, context.now):
        yield f"deleted {plural(lists, 'reading list')} that nobody had changed for a year"
    messages, copies = delete_old_files(context.settings, context.now)
    if messages or copies:
        yield f"deleted {messages} old messages from the outbox and {copies} old spare copies of the database"
    with process_lock(context.settings.data_dir):
        old = delete_old_records(context.effects, context.settings, context.db, context.now)
    _mark_done(context, "retention")
    if old.deliveries:
        yield f"kept of {old.deliveries} old deliveries only how many ended how"
    if old.refusals:
        yield f"deleted {plural(old.refusals, 'old refusal')} that nobody understood"
    if any((old.runs, old.pages, old.audit_lines, old.alerts)):
        yield (
            f"deleted {plural(old.runs, 'old run')}, {plural(old.pages, 'page')}, "
            f"{plural(old.audit_lines, 'line')} of the audit trail, {plural(old.alerts, 'alert')}"
        )


def _backup_due(context: JobContext) -> Iterator[str]:
    """Due daily; and at once where there is none: after a move to another machine or folder."""
    from services.operator.backup import latest_backup

    if context.settings.backup.keep_days and not (
        _done_today(context, "daily copy") and latest_backup(context.settings.backups)
    ):
        yield "copy the database"


def _make_backup(context: JobContext) -> JobOutput:
    from services.operator.backup import make_daily_backup

    copy = make_daily_backup(context.effects, context.settings, is_clock_trusted(context.db, context.now))
    _mark_done(context, "daily copy")
    yield f"copied the database: {copy.file.name}, {copy.bytes:,} bytes"


def _bounces_due(context: JobContext) -> Iterator[str]:
    last = job_log.get(context.db, "bounces")
    recent = last is not None and timedelta(0) <= context.now - last.at < BOUNCE_INTERVAL
    if context.settings.bounces.imap_host and not recent and not context.away:
        yield "read the mailbox for bounces"


def _read_bounces(context: JobContext) -> JobOutput:
    from services.delivery.mailbox_poll import poll_mailbox

    visit = poll_mailbox(context.effects, context.settings, context.db)
    _mark_done(context, "bounces")
    if count := visit.processed + visit.left:
        yield f"read {plural(count, 'bounce')} and the like"


def _done_today(context: JobContext, task: str) -> bool:
    entry = job_log.get(context.db, task)
    return entry is not None and last_daily_time(context.settings, context.now) <= entry.at <= context.now


def _mark_done(context: JobContext, task: str) -> None:
    with write_transaction(context.db):
        job_log.save(context.db, task, context.now)


def _alerts_due(context: JobContext) -> Iterator[str]:
    for _, state in alerts.find_state_changes(context.settings, context.db, context.now):
        yield f"tell the operator: {state.name} {alerts.STATE_PHRASES[state.state]}"


def _send_alerts(context: JobContext) -> JobOutput:
    for state in alerts.alert_state_changes(context.effects, context.settings, context.db, context.now):
        yield f"{state.name} {alerts.STATE_PHRASES[state.state]}: {state.words}"


def _reading_due(context: JobContext) -> Iterator[str]:
    return (f"read {source.name}" for source in sources_due(context.settings, context.db, context.now))


READING_JOB = Job("reading", _reading_due, _read_sources)
LINK_CHECK_JOB = Job("link checks", _links_due, _check_links)
RETENTION_JOB = Job("retention", _retention_due, _apply_retention)
BACKUP_JOB = Job("backup", _backup_due, _make_backup)
BOUNCE_JOB = Job("bounces", _bounces_due, _read_bounces)
ALERT_JOB = Job("alerts", _alerts_due, _send_alerts)
