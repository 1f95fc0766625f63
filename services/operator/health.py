"""Health report: whether all is well, in lines that say what to do, for status, /healthz, /metrics, /ops."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from core.actions import WAY_OUT, Action, Advice, queue_action, source_action, terminal_action
from core.config.schema import Settings, Source
from core.dates import day_name, local_date, local_minute, parse_correction_run, run_name
from core.delivery_outcome import describe_outcome, describe_relays
from core.plurals import plural
from core.sizes import byte_size
from db.collection import runs, takedowns
from db.mail import alert_mail, bounce_holds, deliveries, dispatches, leave_requests, relay_tallies, unknown_refusals
from db.operator import job_log
from db.operator.job_log import CLOCK_SET_BACK_TASK, CLOCK_TOLERANCE, TICK_TASK
from db.read import health_queries
from db.schema.connect import Database
from newsletter.mail.transport import read_routing
from services.collect.operator_requests import describe_count, describe_missing_sign_off
from services.collect.source_status import source_state
from services.issues import fix_wording
from services.issues.support_lines import MAX_SUPPORT_AGE, SUPPORT_ACTION, support_checked
from services.operator.backup import latest_backup
from services.operator.bounce_questions import describe_question, list_ended
from services.operator.notices import describe_waiting
from services.operator.scheduler_status import StatusLine, scheduler_lines
from services.operator.served_settings import list_settings_lines

MEGABYTE = 1_000_000  # bytes
MIN_FREE_BYTES = 500 * MEGABYTE  # free on the disk; and room for two more of the database: a copy, and a restored one
COPIES_TO_FIT = 2
MAX_EMAIL_WAIT = timedelta(hours=1)  # an email leaves within minutes, and is in hand for an hour at most
MAX_ALERT_WAIT = timedelta(days=1)  # of an alert in the queue: many wait for the rate, and for servers that put us off
MAX_BACKUP_AGE = timedelta(days=3)  # the age of the last daily copy
CLOCK_WARNING_TIME = timedelta(days=7)  # how long a clock that was put back is spoken of: it may have been put right
SEND_WAITING = Action(WAY_OUT, "Send what waits", "send what waits: casereviews tick")


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
    def cautions(self) -> tuple[StatusLine, ...]:
        """The lines that are all right, and yet keep all from being well."""
        return tuple(line for line in self.lines if line.ok and line.caution)

    @property
    def summary(self) -> str:
        """The first line of every view: readable also when much is wrong."""
        first, *more = [line.typed for line in self.troubles] or [""]
        if first:
            return f"Not all is well: {first.rstrip('.')}{f'; and {len(more)} more' if more else ''}."
        if self.cautions:
            return f"Nothing is wrong, but {'; '.join(line.caution for line in self.cautions)}."
        return "All is well."

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
        words = f"{words}; free some space, so that {least} are left"
        return StatusLine("disk", words, False, "is nearly full", action=terminal_action("What takes space"))
    return StatusLine("disk", words)


def _source_line(settings: Settings, db: Database, source: Source, now: datetime) -> StatusLine:
    state = source_state(settings, db, source, now)
    if state is None:
        unread = f"{source.name} was not read yet"
        action = source_action(source.name, f"Read {source.name}", f"read it: casereviews scrape {source.name}")
        return StatusLine(source.name, unread, caution=unread, action=action)
    action = state.action or source_action(source.name, f"Look at {source.name}")
    brief = "" if state.ok else state.state
    is_read = not state.ok or not runs.count_failures(db, source.name) or runs.latest(db, source.name, good=True)
    caution = "" if is_read else f"{source.name} was not read yet"  # a first read that failed is tried again
    return StatusLine(source.name, f"{source.name}: {state.words}", state.ok, brief, caution, action=action)


def _system_lines(settings: Settings, db: Database, now: datetime) -> Iterator[StatusLine]:
    if db.read_only_reason:
        action = db.read_only_reason.action or terminal_action("How it is put right")
        words = db.read_only_reason.sentence.rstrip(".")
        yield StatusLine("database", words, False, "cannot be written", action=action)
    yield from list_settings_lines(settings, db)
    yield _mail_line(settings)
    yield from _last_issue_lines(settings, db)
    yield from _relay_lines(settings, db)
    yield from _worker_lines(settings, db)
    yield _transactional_line(settings, db, now)
    yield from _alert_lines(settings, db, now)
    if untold := describe_waiting(settings, db):
        action = Action("/ops/accounts", "See the addresses of accounts")
        yield StatusLine("notices", untold, caution="an operator could not be told something by email", action=action)
    disk = os.statvfs(settings.data_dir)
    yield disk_space_line(disk.f_bavail * disk.f_frsize, database_size(settings))
    yield _backup_line(settings, db, now)
    yield from _clock_lines(settings, db, now)
    yield from _asked_lines(settings, db)
    checked = support_checked(settings, db)  # where nobody has said so, `check` asks for it
    if checked and (age := local_date(now, settings.zone) - checked) > MAX_SUPPORT_AGE:
        words = f"the support lines in every issue were last checked {age.days} days ago"
        yield StatusLine("support", words, action=SUPPORT_ACTION)


def _asked_lines(settings: Settings, db: Database) -> Iterator[StatusLine]:
    """What a person is asked, which holds nothing up."""
    for hold in bounce_holds.list_open(db):
        yield _advice_line("bounces", describe_question(db, hold))
    for period, words in list_ended(db):
        command = f"bring back: casereviews subscribers restore --run {period}"
        yield StatusLine("ended", words, action=Action("/ops/bounces", "Bring them back", command))
    if held := takedowns.list_questions(db):
        sources = {one.source for one in held}
        yield _advice_line("withdrawn", describe_count(len(held), sources.pop() if len(sources) == 1 else ""))
    if count := len(fix_wording.list_questions(db)):
        yield StatusLine("wording", fix_wording.describe_questions(count), action=fix_wording.QUESTIONS_PAGE)
    if count := unknown_refusals.count(db):
        words = (
            f"{plural(count, 'refusal', thousands=',')} of the last months not understood, which count against nobody"
        )
        action = Action("/ops/refusals", "Say what they mean", "say what they mean: casereviews refusals list")
        yield StatusLine("refusals", words, action=action)
    if count := leave_requests.count_open(db):
        action = Action("/ops/people", "Take them off, or keep them", "take them off or keep them: /ops/people")
        from services.readers.subscriptions import describe_leaving

        yield StatusLine("leaving", describe_leaving(count), action=action)
    for source in settings.sources:
        if asked := describe_missing_sign_off(db, source):
            yield _advice_line(f"{source.name} sign-off", asked)


def _advice_line(about: str, advice: Advice) -> StatusLine:
    return StatusLine(about, advice.words, action=advice.action)


def _mail_line(settings: Settings) -> StatusLine:
    """Who gets real mail. That nobody does is as it was set, and no reader has anything of it."""
    routing = read_routing(settings.mail)
    match routing.reach:
        case "everybody":
            return StatusLine("mail", "mail goes to every reader")
        case "listed":
            words = f"mail goes to {plural(len(routing.listed), 'address', 'addresses')} of mail.allow_list alone"
            action = Action(WAY_OUT, "See how mail leaves", "for all readers set mail.live")
            return StatusLine("mail", words, caution=words, action=action)
        case "nobody":
            words = "nobody is mailed: messages go to files"
            action = Action(WAY_OUT, "See how mail leaves", "to send them set mail.transport")
            return StatusLine("mail", f"{words} in the outbox", caution=words, action=action)
        case never:
            assert_never(never)


def _last_issue_lines(settings: Settings, db: Database) -> Iterator[StatusLine]:
    """What became of the last issue, and of one being sent. Whoever was refused it is told of, and no trouble.

    That nobody got it is one, and so is that somebody who wants it did not after a day of trying.
    """
    issues, mailed = health_queries.list_recent_periods, health_queries.list_recent_corrections
    sending = [*issues(db, 1, "sending"), *mailed(db, "sending")]
    sent = [*issues(db, 1, "sent"), *mailed(db, "sent")]
    for period in (*sending, *sent):
        counts, title = deliveries.counts(db, period), run_name(period)
        again = queue_action(
            period,
            "See why, and send it again",
            f"see why at /ops/queue, then: casereviews issue resend-failed {period}",
        )
        written = deliveries.count_written(db, period)
        words = f"{title} was sent: {describe_outcome(counts, written) or 'it had no readers'}"
        kind = "a correction" if parse_correction_run(period) else "the last issue"
        nobody = period in sent and any(counts.values()) and not counts["sent"]
        failed = 0 if nobody else deliveries.count_failed(db, period)
        if failed:
            tried = f"{title} could not be sent to {plural(failed, 'reader', thousands=',')} for a day"
            yield StatusLine("undelivered", tried, False, "not everybody got the issue", action=again)
        if period in sending:
            continue
        if nobody:
            yield StatusLine("outcome", words, False, f"{kind} reached nobody", action=again)
        elif written and written == counts["sent"] and read_routing(settings.mail).reach == "everybody":
            caution = f"{title} went to files, and nobody was mailed it"
            again = again._replace(command=f"{again.command} --written")
            yield StatusLine("outcome", words, caution=caution, action=again)
        else:
            yield StatusLine("outcome", words)


def _worker_lines(settings: Settings, db: Database) -> Iterator[StatusLine]:
    """How many messages workers have in hand; where there are to be none any more, until they are sorted out."""
    count = dispatches.count_dispatched(db)
    if settings.cluster.is_on:
        yield StatusLine("workers", f"mail leaves through workers; they have {plural(count, 'message', none='no')}")
    elif count:
        words = f"{plural(count, 'message')} with workers, and none are configured: set cluster.broker again"
        yield StatusLine("workers", words, ok=False)


def _relay_lines(settings: Settings, db: Database) -> Iterator[StatusLine]:
    """What each of several relays did of the last issue; one that fails has a line of its own among the jobs."""
    if not settings.mail.relays:
        return
    recent = health_queries.list_recent_periods
    for period in (recent(db, 1, "sending") or recent(db, 1, "sent"))[:1]:
        words = "; ".join(describe_relays(relay_tallies.count_by_relay(db, period)))
        yield StatusLine("relays", f"{run_name(period)} by relay: {words or 'nothing yet'}")


def _transactional_line(settings: Settings, db: Database, now: datetime) -> StatusLine:
    count, since = health_queries.count_overdue_mail(db, now - MAX_EMAIL_WAIT)
    if since is None:
        return StatusLine("emails", "no email about a subscription waits too long")
    some = plural(count, "email", thousands=",")
    words = f"{some} about subscriptions should have left on {local_minute(since, settings.zone)}"
    return StatusLine("emails", words, False, "wait too long", action=SEND_WAITING)


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
        words = f"{words} since {local_minute(held.since, settings.zone)}"
        yield StatusLine("saved searches", words, False, "alerts wait too long", action=SEND_WAITING)
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
    folder = settings.backups
    words = f"{words}; the timer makes one when it runs and can write {folder}"
    action = Action(WAY_OUT, "Do what is due now", f"by hand: casereviews backup {folder}")
    return StatusLine("backup", words, False, "is too old" if last else "is missing", action=action)


def _clock_lines(settings: Settings, db: Database, now: datetime) -> Iterator[StatusLine]:
    """Whether it was put back. Nobody can tell a clock that is wrong from one that was: it is said for some days."""
    last, set_back = job_log.get(db, TICK_TASK), job_log.get(db, CLOCK_SET_BACK_TASK)
    action = terminal_action("How the clock is set right", "set it right, as with: timedatectl set-ntp true")
    if last and last.at - now > CLOCK_TOLERANCE:
        at_work = local_minute(last.at, settings.zone)
        words = f"the clock shows {local_minute(now, settings.zone)}, and the timer was at work on {at_work}"
        yield StatusLine("clock", words, False, "is behind", action=action)
    elif (
        set_back and now < (was := datetime.fromisoformat(set_back.details)) and now - set_back.at < CLOCK_WARNING_TIME
    ):
        before, after = local_minute(was, settings.zone), local_minute(set_back.at, settings.zone)
        words = f"the clock was put back, from {before} to {after}"
        until = local_minute(set_back.at + CLOCK_WARNING_TIME, settings.zone)
        words = f"{words}; if it is right, this is said until {until}"
        yield StatusLine("clock", words, False, "was put back", action=action)
