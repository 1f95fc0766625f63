"""Coverage of an issue: how much of its month was read, which source it waits for, since when it tells edits."""

from datetime import UTC, datetime

from core.actions import Advice, issue_action, source_action
from core.calendar import month_bounds
from core.config.schema import Settings, Source
from core.dates import local_date, local_day, period_name, period_of
from core.errors import HouseError, IssueBlocked
from core.source_records import SourceCoverage
from db.collection import runs, sources
from db.mail import issue_marks, issues
from db.mail.issues import IssueEdits
from db.schema.connect import Database
from services.collect.frozen_source import source_frozen_since
from services.collect.source_status import is_quarantined

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)  # before anything was read


def source_coverages(settings: Settings, db: Database, period: str) -> list[SourceCoverage]:
    """For how much of a month each configured source was read."""
    _, until = month_bounds(period, settings.zone)
    return [_source_coverage(settings, db, source, until) for source in settings.sources]


def _source_coverage(settings: Settings, db: Database, source: Source, until: datetime) -> SourceCoverage:
    begun, good = sources.first_baseline(db, source.name), runs.latest(db, source.name, good=True)
    around = runs.good_reads_around(db, source.name, until)
    instants = (begun, *around, good.started_at if good else None)
    first, before, after, latest = (local_date(one, settings.zone) if one else None for one in instants)
    last = runs.latest(db, source.name)
    failing = bool(last and last.failed) or is_quarantined(db, source.name)
    required = source.name in settings.required_sources
    read_at = around[1] or around[0]
    frozen = source_frozen_since(settings, db, source, read_at) if read_at else None
    return SourceCoverage(source.name, required, begun, first, before, after, latest, failing, frozen)


def quarantined_sources(settings: Settings, db: Database) -> list[str]:
    """The names of the required sources whose last read was not believed."""
    return [name for name in settings.required_sources if is_quarantined(db, name)]


def awaited_sources(settings: Settings, db: Database, period: str, edits: IssueEdits, by_hand: bool) -> list[str]:
    """The required sources that an issue waits for: not read well since its month ended.

    Once each was, nothing later holds the issue back. `by_hand`: a person is at it, who is told of what was not read,
    and is kept back by what is quarantined alone.
    """
    if edits.as_read:
        return []
    _, until = month_bounds(period, settings.zone)
    unread = [name for name in settings.required_sources if not runs.good_reads_around(db, name, until)[1]]
    return [name for name in unread if not by_hand or is_quarantined(db, name)]


def refuse_awaited(settings: Settings, db: Database, period: str, edits: IssueEdits, by_hand: bool) -> None:
    """Raises IssueBlocked while an issue waits for a source: what it should hold is not known then."""
    if names := awaited_sources(settings, db, period, edits, by_hand):
        raise _blocked(db, period, names[0])


def find_block(settings: Settings, db: Database, period: str) -> IssueBlocked | None:
    """Why the scheduler leaves an issue alone, and the ways out; None: it does not, or has not tried to read yet."""
    _, until = month_bounds(period, settings.zone)
    for name in awaited_sources(settings, db, period, issues.get_edits(db, period), by_hand=False):
        if (last := runs.latest(db, name)) and last.started_at >= until:
            return _blocked(db, period, name)
    return None


def build_command(settings: Settings, db: Database, period: str) -> str:
    """What a person types after "casereviews issue" to build a month's issue, whatever stands in its way."""
    blocked = awaited_sources(settings, db, period, issues.get_edits(db, period), by_hand=True)
    return f"build {period}{' --as-read' if blocked else ''}"


def _blocked(db: Database, period: str, name: str) -> IssueBlocked:
    other_command = f"or go on with what was read: casereviews issue build {period} --as-read"
    if is_quarantined(db, name):
        command = f"Read it again, or look at the page and take it: casereviews scrape {name} --accept; {other_command}"
        action = source_action(name, f"Look at the page of {name}, and take it or read it again", command)
        return IssueBlocked("the issue waits", f"{name} is quarantined", action=action)
    action = source_action(name, f"Read {name}", f"Read it: casereviews scrape {name}; {other_command}")
    which = f"{name} was not read well since {period_name(period)} ended"
    return IssueBlocked("the issue waits", which, action=action)


def refuse_future(settings: Settings, db: Database, period: str, now: datetime) -> None:
    """Raises HouseError for a month that has not begun; one on a day of which a source was read has."""
    if not has_begun(settings, db, period, now):
        this = period_of(local_date(now, settings.zone))
        action = issue_action(this, "Build this month’s", f"Build this month's: casereviews issue build {this}")
        raise HouseError("the month has not begun", period, action=action)


def has_begun(settings: Settings, db: Database, period: str, now: datetime) -> bool:
    """Whether a month has begun: by the clock, or by the day that somebody gave a read (scrape --as-of)."""
    return _latest_instant(db, now) >= month_bounds(period, settings.zone)[0]


def has_ended(settings: Settings, db: Database, period: str, now: datetime) -> bool:
    """The same of its end."""
    return _latest_instant(db, now) >= month_bounds(period, settings.zone)[1]


def _latest_instant(db: Database, now: datetime) -> datetime:
    return max(now, runs.last_good_read(db) or now)


def describe_gaps(settings: Settings, db: Database, period: str, now: datetime) -> list[Advice]:
    """What of a month is not known yet, for the person who builds or sends its issue."""
    _, until = month_bounds(period, settings.zone)
    if not has_ended(settings, db, period, now):
        return [Advice(f"{period_name(period)} has not ended: what is published by its end is not in it yet")]
    gaps = []
    for name in settings.required_sources:
        before, after = runs.good_reads_around(db, name, until)
        if not after:
            when = f" (last on {local_day(before, settings.zone)})" if before else ""
            words = f"{name} was not read well since {period_name(period)} ended{when}"
            gaps.append(Advice(words, source_action(name, f"Read {name}", f"casereviews scrape {name}")))
    return gaps


def untold_span(settings: Settings, db: Database, period: str) -> tuple[datetime, datetime]:
    """From when up to when edits and withdrawals are told in a period's issue: since the last one that was sent.

    The span is empty where a later issue was sent: that one told them.
    """
    _, until = month_bounds(period, settings.zone)
    told: dict[str, datetime] = {**dict.fromkeys(issue_marks.listing(db, "settled"), until), **issues.list_frozen(db)}
    if any(other > period for other in told):
        return until, until
    last = max((other for other in told if other < period), default="")
    return (min(month_bounds(last, settings.zone)[1], told[last]) if last else BEFORE_ALL), until
