"""Growth figures by month, counted for the desk: readers who came and went, bounces, new reviews, dead links."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.calendar import month_after, month_bounds
from core.dates import local_date, period_of
from core.states import READER_CHANGES, DeliveryState, ReaderChange
from db.mail.deliveries import counts as count_deliveries
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

GAINS: tuple[ReaderChange, ...] = ("joined", "returned")


@dataclass(frozen=True, slots=True)
class ReaderMonths:
    """Readers by month: how many there were at its end, and what became of them in it; None: not counted yet then."""

    readers: tuple[int | None, ...]
    changes: Mapping[ReaderChange, tuple[int | None, ...]]


@dataclass(frozen=True, slots=True)
class IssueFigures:
    """An issue's deliveries, and the readers whose mail came back, each counted once."""

    period: str
    deliveries: Mapping[DeliveryState, int]
    bounced: int


def months_until(last: str, count: int) -> tuple[str, ...]:
    """So many months up to one, "2026-11": oldest first."""
    return tuple(month_after(last, -back) for back in reversed(range(count)))


def count_reader_months(db: Database, months: Sequence[str]) -> ReaderMonths:
    """Counts back from the readers there are now (active or paused); `months`, of UTC, end with the one that it is."""
    rows = db.execute("SELECT month, change, count FROM reader_changes").fetchall()
    by_change = {change: {row[0]: row[2] for row in rows if row[1] == change} for change in READER_CHANGES}
    first = min((row[0] for row in rows), default=months[-1])
    there = "SELECT COALESCE(SUM(count), 0) FROM subscriber_tallies WHERE status IN ('active', 'paused')"
    left = db.execute(there).fetchone()[0]
    readers: list[int | None] = []
    for month in reversed(months):
        readers.append(left if month >= first else None)
        left -= sum(n.get(month, 0) * (1 if change in GAINS else -1) for change, n in by_change.items())
    changes = {
        change: tuple(n.get(month, 0) if month >= first else None for month in months)
        for change, n in by_change.items()
    }
    return ReaderMonths(tuple(reversed(readers)), changes)


def list_issue_figures(db: Database, limit: int) -> list[IssueFigures]:
    """The issues last sent, or being sent, oldest first."""
    rows = db.execute(
        "SELECT period FROM issues WHERE frozen_at IS NOT NULL ORDER BY period DESC LIMIT ?", [limit]
    ).fetchall()
    return [
        IssueFigures(
            row[0],
            count_deliveries(db, row[0]),
            db.execute("SELECT COALESCE(SUM(count), 0) FROM bounced_readers WHERE period = ?", [row[0]]).fetchone()[0],
        )
        for row in reversed(rows)
    ]


def count_new_reviews(db: Database, months: Sequence[str], zone: ZoneInfo) -> tuple[int, ...]:
    """Reviews by the zone's month in which a source showed them first; not those that were there at its first read."""
    since = to_text(month_bounds(months[0], zone)[0])
    rows = db.execute("SELECT first_seen FROM reviews WHERE baseline = 0 AND first_seen >= ?", [since])
    counts = Counter(period_of(local_date(to_instant(row[0]), zone)) for row in rows)
    return tuple(counts[month] for month in months)


def count_dead_links(db: Database, months: Sequence[str]) -> tuple[tuple[int, ...], Mapping[str, int]]:
    """Links that are dead now, by the month they were found so; and all links by their state."""
    by_month, states = Counter[str](), Counter[str]()
    for state, month, count in db.execute(
        "SELECT state, substr(dead_since, 1, 7), COUNT(*) FROM link_checks GROUP BY 1, 2"
    ):
        states[state] += count
        if month:
            by_month[month] += count
    return tuple(by_month[month] for month in months), states
