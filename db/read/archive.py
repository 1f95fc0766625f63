"""Issue archive: published issues with the validators (ETag, Last-Modified) of their pages."""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from core.states import IssueStatus
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant

IS_PUBLISHED = "status IN ('sending', 'sent')"
_LAST_TAKEDOWN = """
    (SELECT MAX(+id) FROM review_events WHERE kind IN ('taken down', 'restored')) AS takedown,
    (SELECT COUNT(*) FROM takedowns) AS down,
    (SELECT MAX(at) FROM review_events WHERE kind IN ('taken down', 'restored')) AS down_at
"""  # +id: by the index of the kinds, not through all events from the last one back


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """An issue as the list of them shows it, identified by its period."""

    period: str
    title: str
    intro: str
    count: int  # reviews
    at: datetime  # UTC; when it was frozen
    corrected_at: datetime | None = None  # UTC; when a correction that stands was last made or amended; None: none does


@dataclass(frozen=True, slots=True)
class ArchivedIssue:
    """What an issue's page depends on, and its neighbours; identified by the period."""

    period: str
    status: IssueStatus  # sending, sent
    at: datetime  # UTC; when it was frozen
    changed_at: datetime  # UTC; the last time that is written down: a correction, a takedown
    print: str  # differs whenever its page does
    previous: str  # a period, or empty
    following: str


def _published_at(row: sqlite3.Row) -> datetime:
    return to_instant(row["frozen_at"] or row["sent_at"] or row["built_at"])


def listing(db: Database, limit: int = -1) -> list[ArchiveEntry]:
    """The issues, newest first."""
    rows = db.execute(
        f"""
        SELECT period, title, intro, frozen_at, sent_at, built_at,
            (SELECT MAX(v.at) FROM correction_versions AS v WHERE v.period = issues.period AND NOT EXISTS (
                SELECT 1 FROM correction_versions AS w
                WHERE w.period = v.period AND w.number = v.number AND w.withdrawn = 1
            )) AS corrected_at,
            (SELECT COUNT(*) FROM issue_reviews WHERE issue_reviews.period = issues.period) AS held
        FROM issues WHERE {IS_PUBLISHED} ORDER BY period DESC LIMIT ?
        """,
        [limit],
    )
    return [
        ArchiveEntry(
            row["period"],
            row["title"],
            row["intro"],
            row["held"],
            _published_at(row),
            instant_or_none(row["corrected_at"]),
        )
        for row in rows
    ]


def list_validators(db: Database) -> tuple[str, datetime | None]:
    """What differs whenever the list of issues and their reviews does, and the last time written down in it, UTC."""
    row = db.execute(
        f"""
        SELECT COUNT(*) AS held, MAX(period) AS last, MAX(frozen_at) AS frozen_at,
            (SELECT MAX(at) FROM correction_versions) AS corrected_at,
            (SELECT COUNT(*) FROM correction_versions) AS correction,
            {_LAST_TAKEDOWN},
            (SELECT value FROM change_counters WHERE name = 'reviews') AS review_changes,
            (SELECT MAX(seen_at) FROM review_versions) AS edited_at
        FROM issues WHERE {IS_PUBLISHED}
        """
    ).fetchone()
    times = [row[name] for name in ("frozen_at", "corrected_at", "down_at", "edited_at") if row[name]]
    return _fingerprint(row), instant_or_none(max(times, default=None))


def get(db: Database, period: str) -> ArchivedIssue | None:
    """What an issue's page depends on; None where it has not left the house."""
    row = db.execute(
        f"""
        SELECT period, status, content_hash, frozen_at, sent_at, built_at,
            (SELECT MAX(period) FROM issues WHERE {IS_PUBLISHED} AND period < i.period) AS previous,
            (SELECT MIN(period) FROM issues WHERE {IS_PUBLISHED} AND period > i.period) AS following,
            (SELECT COUNT(*) FROM correction_versions WHERE period = i.period) AS correction,
            (SELECT MAX(at) FROM correction_versions WHERE period = i.period) AS corrected_at,
            {_LAST_TAKEDOWN}
        FROM issues AS i WHERE period = ? AND {IS_PUBLISHED}
        """,
        [period],
    ).fetchone()
    if row is None:
        return None
    at = _published_at(row)
    times = [to_instant(row[name]) for name in ("corrected_at", "down_at") if row[name]]
    changed_at, previous, following = max([at, *times]), row["previous"] or "", row["following"] or ""
    return ArchivedIssue(period, row["status"], at, changed_at, _fingerprint(row), previous, following)


def _fingerprint(row: sqlite3.Row) -> str:
    return hashlib.sha256("\x1f".join(str(value) for value in row).encode()).hexdigest()[:32]
