"""Health report: whether all is well, in lines that say what to do, for status, /healthz, /metrics, /ops."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.config.schema import Settings, Source
from core.dates import day_name, local_date, local_minute, period_name
from core.plurals import plural
from core.sizes import byte_size
from db.collection import runs, takedowns
from db.mail import alert_mail, bounce_holds, deliveries, leave_requests, unknown_refusals
from db.operator import job_log
from db.operator.job_log import CLOCK_SET_BACK_TASK, CLOCK_TOLERANCE, TICK_TASK
from db.read import health_queries
from db.schema.connect import Database
from services.collect.operator_requests import describe_count, describe_missing_sign_off
from services.collect.source_status import source_state
from services.operator.backup import latest_backup
from services.operator.bounce_questions import describe_question, list_ended
from services.operator.scheduler_status import StatusLine, scheduler_lines
from services.readers.subscriptions import describe_leaving

MEGABYTE = 1_000_000  # bytes
MIN_FREE_BYTES = 500 * MEGABYTE  # free on the disk; and room for two more of the database: a copy, and a restored one
COPIES_TO_FIT = 2
MAX_EMAIL_WAIT = timedelta(hours=1)  # an email leaves within minutes, and is in hand for an hour at most
MAX_ALERT_WAIT = timedelta(days=1)  # of an alert in the queue: many wait for the rate, and for servers that put us off
MAX_BACKUP_AGE = timedelta(days=3)  # the age of the last daily copy
CLOCK_WARNING_TIME = timedelta(days=7)  # how long a clock that was put back is spoken of: it may have been put right
MAX_SUPPORT_AGE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All that is looked at, each a line."""

    sources: tuple[StatusLine, ...]
    timer: tuple[StatusLine, ...]  # it, the issues in hand, and jobs that fail
    system: tuple[StatusLine, ...]  # all else

    @property
    def lines(self) -> tuple[StatusLine, ...]:
        """All lines, in the order that a person reads them."""
        return (*self.sources, *self.timer, *self.system)

    @property
    def troubles(self) -> tuple[StatusLine, ...]:
        """The lines of what is not all right."""
        return tuple(line for line in self.lines if not line.ok)


def assess_health(settings: Settings, db: Database, now: datetime) -> HealthReport:
    """Whether it is all right, of whatever can be told quickly. Nothing is written, and no network asked."""
    return HealthReport(
        tuple(_source_line(settings, db, source, now) for source in settings.sources),
        tuple(scheduler_lines(settings, db, now)),
        tuple(_system_lines(settings, db, now)),
    )


def database_size(settings: Settings) -> int:
    """The bytes that the database takes, with what SQLite keeps beside it."""
    files = (settings.database, settings.database.with_name(f"{settings.database.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def disk_space_line(free_bytes: int, database_bytes: int) -> StatusLine:
    """Whether so many free bytes are enough for a database that takes so many."""
    words = (
        f"{byte_size(free_bytes, 'MB')} are free on the disk, and the database takes {byte_size(database_bytes, 'MB')}"
    )
    if free_bytes < max(MIN_FREE_BYTES, COPIES_TO_FIT * database_bytes):
        least = byte_size(max(MIN_FREE_BYTES, COPIES_TO_FIT * database_bytes), "MB")
        return StatusLine("disk", f"{words}; free some space, so that {least} are left", False, "is nearly full")
    return StatusLine("disk", words)


def _source_line(settings: Settings, db: Database, source: Source, now: datetime) -> StatusLine:
    state = source_state(settings, db, source, now)
    if state is None:
        return StatusLine(source.name, f"{source.name}: not read yet")
    return StatusLine(source.name, f"{source.name}: {state.words}", state.ok, "" if state.ok else state.state)


def _system_lines(settings: Settings, db: Database, now: datetime) -> Iterator[StatusLine]:
    if db.read_only_reason:
        yield StatusLine("database", f"{db.read_only_reason}".rstrip("."), False, "cannot be written")
    yield from _last_issue_lines(db)
    yield _transactional_line(settings, db, now)
    yield from _alert_lines(settings, db, now)
    yield disk_space_line(shutil.disk_usage(settings.data_dir).free, database_size(settings))
    yield _backup_line(settings, db, now)
    yield from _clock_lines(settings, db, now)
    for hold in bounce_holds.list_open(db):
        yield StatusLine("bounces", describe_question(db, hold))
    for period, words in list_ended(db):
        yield StatusLine("ended", f"{words}; bring back: casereviews subscribers restore --run {period}")
    if count := len(takedowns.list_questions(db)):
        yield StatusLine("withdrawn", describe_count(count))
    if count := unknown_refusals.count(db):
        words = (
            f"{plural(count, 'refusal', thousands=',')} of the last months not understood, which count against nobody"
        )
        yield StatusLine("refusals", f"{words}; say what they mean: casereviews refusals list")
    if count := len(leave_requests.list_open(db)):
        yield StatusLine("leaving", f"{describe_leaving(count)}; take them off or keep them: /ops/people")
    for source in settings.sources:
        if words := describe_missing_sign_off(db, source):
            yield StatusLine(f"{source.name} sign-off", words)
    checked = settings.support.checked  # where nobody has said so, `check` asks for it
    if checked and (age := now.date() - checked) > MAX_SUPPORT_AGE:
        words = f"the support lines in every issue were last checked {age.days} days ago"
        yield StatusLine("support", f"{words}; ring them, then set support.checked to the day")


def _last_issue_lines(db: Database) -> Iterator[StatusLine]:
    """What became of the last issue. Some never get it, which is no trouble; that nobody did is."""
    for period in health_queries.list_recent_periods(db, 1, "sent"):
        counts = {state: count for state, count in deliveries.counts(db, period).items() if count}
        outcome = ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "it had no readers"
        words = f"the issue of {period_name(period)} was sent: {outcome}"
        if not counts or "sent" in counts:
            yield StatusLine("outcome", words)
        else:
            fix = f"see why at /ops/queue, then: casereviews issue resend-failed {period}"
            yield StatusLine("outcome", f"{words}; {fix}", False, "the last issue reached nobody")


def _transactional_line(settings: Settings, db: Database, now: datetime) -> StatusLine:
    count, since = health_queries.count_overdue_mail(db, now - MAX_EMAIL_WAIT)
    if since is None:
        return StatusLine("emails", "no email about a subscription waits too long")
    some = plural(count, "email", thousands=",")
    words = f"{some} about subscriptions should have left on {local_minute(since, settings.zone)}"
    return StatusLine("emails", f"{words}; send what waits: casereviews tick", False, "wait too long")


def _alert_lines(settings: Settings, db: Database, now: datetime) -> Iterator[StatusLine]:
    """What saved searches found and their readers were not told yet, where anybody has saved one."""
    held = alert_mail.counts(db)
    if not held.searches:
        return
    words = f"{plural(held.searches, 'saved search', 'saved searches', thousands=',')}"
    found = f"{plural(held.untold, 'new review', thousands=',')} found and not told yet"
    alerts = plural(held.waiting, "alert", none="no", thousands=",")
    words = f"{words}, {found}, {alerts} waiting to be sent"
    if held.since and now - held.since > MAX_ALERT_WAIT:
        words = f"{words} since {local_minute(held.since, settings.zone)}; send what waits: casereviews tick"
        yield StatusLine("saved searches", words, False, "alerts wait too long")
    else:
        yield StatusLine("saved searches", words)


def _backup_line(settings: Settings, db: Database, now: datetime) -> StatusLine:
    """The daily copies that the timer makes, where it runs."""
    last, today = latest_backup(settings.backups), local_date(now, settings.zone)
    words = "there is no daily copy of the database yet"
    if last:
        words = f"the last daily copy of the database is of {day_name(last.day)}, {byte_size(last.size, 'MB')}"
    if not settings.backup.keep_days:
        return StatusLine("backup", f"{words}: backup.keep_days is 0")
    begun = runs.first_good_read(db) if job_log.get(db, TICK_TASK) else None
    since = last.day if last and begun else local_date(begun, settings.zone) if begun else None
    if since is None or today - since <= MAX_BACKUP_AGE:
        return StatusLine("backup", words)
    fix = f"the timer makes one when it runs and can write {settings.backups}; by hand: casereviews backup FILE"
    return StatusLine("backup", f"{words}; {fix}", False, "is too old" if last else "is missing")


def _clock_lines(settings: Settings, db: Database, now: datetime) -> Iterator[StatusLine]:
    """Whether it was put back. Nobody can tell a clock that is wrong from one that was: it is said for some days."""
    last, set_back = job_log.get(db, TICK_TASK), job_log.get(db, CLOCK_SET_BACK_TASK)
    fix = "set it right, as with: timedatectl set-ntp true"
    if last and last.at - now > CLOCK_TOLERANCE:
        at_work = local_minute(last.at, settings.zone)
        words = f"the clock shows {local_minute(now, settings.zone)}, and the timer was at work on {at_work}"
        yield StatusLine("clock", f"{words}; {fix}", False, "is behind")
    elif (
        set_back and now < (was := datetime.fromisoformat(set_back.details)) and now - set_back.at < CLOCK_WARNING_TIME
    ):
        before, after = local_minute(was, settings.zone), local_minute(set_back.at, settings.zone)
        words = f"the clock was put back, from {before} to {after}"
        until = local_minute(set_back.at + CLOCK_WARNING_TIME, settings.zone)
        yield StatusLine("clock", f"{words}; {fix}; if it is right, this is said until {until}", False, "was put back")
