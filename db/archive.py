"""The archive: the issues that left the house. Drafts are nobody's business."""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from db.connect import Database
from db.times import instant_or_none, to_instant

OUT = "status IN ('sending', 'sent')"


@dataclass(frozen=True, slots=True)
class Line:
    """An issue as the list of them shows it, identified by its period."""

    period: str
    title: str
    intro: str
    count: int  # reviews
    at: datetime  # UTC; when it was frozen


@dataclass(frozen=True, slots=True)
class Standing:
    """What an issue's page depends on, and its neighbours; identified by the period."""

    period: str
    status: str  # sending, sent
    at: datetime  # UTC; when it was frozen
    changed_at: datetime  # UTC; the last time that is written down: a correction, a takedown
    print: str  # differs whenever its page does
    previous: str  # a period, or empty
    following: str


def _at(row: sqlite3.Row) -> datetime:
    return to_instant(row["frozen_at"] or row["sent_at"] or row["built_at"])


def lines(db: Database, limit: int = -1) -> list[Line]:
    """The issues, newest first."""
    rows = db.execute(
        f"""
        SELECT period, title, intro, frozen_at, sent_at, built_at,
            (SELECT COUNT(*) FROM carried WHERE carried.period = issues.period) AS held
        FROM issues WHERE {OUT} ORDER BY period DESC LIMIT ?
        """,
        [limit],
    )
    return [Line(row["period"], row["title"], row["intro"], row["held"], _at(row)) for row in rows]


def state(db: Database) -> tuple[str, datetime | None]:
    """What differs whenever the list of issues does, and the last time written down in it, UTC."""
    row = db.execute(
        f"""
        SELECT COUNT(*) AS held, MAX(period) AS last, MAX(frozen_at) AS frozen_at,
            (SELECT MAX(at) FROM corrections) AS corrected_at, (SELECT MAX(id) FROM corrections) AS correction,
            (SELECT MAX(id) FROM events WHERE kind IN ('taken down', 'restored')) AS takedown,
            (SELECT COUNT(*) FROM takedowns) AS down,
            (SELECT MAX(at) FROM events WHERE kind IN ('taken down', 'restored')) AS down_at
        FROM issues WHERE {OUT}
        """
    ).fetchone()
    times = [row[name] for name in ("frozen_at", "corrected_at", "down_at") if row[name]]
    return _print(row), instant_or_none(max(times, default=None))


def standing(db: Database, period: str) -> Standing | None:
    """What an issue's page depends on; None where it has not left the house."""
    row = db.execute(
        f"""
        SELECT period, status, hash, frozen_at, sent_at, built_at,
            (SELECT MAX(period) FROM issues WHERE {OUT} AND period < i.period) AS previous,
            (SELECT MIN(period) FROM issues WHERE {OUT} AND period > i.period) AS following,
            (SELECT COUNT(*) || '/' || COALESCE(MAX(id), 0) FROM corrections WHERE period = i.period) AS correction,
            (SELECT MAX(at) FROM corrections WHERE period = i.period) AS corrected_at,
            (SELECT MAX(id) FROM events WHERE kind IN ('taken down', 'restored')) AS takedown,
            (SELECT COUNT(*) FROM takedowns) AS down,
            (SELECT MAX(at) FROM events WHERE kind IN ('taken down', 'restored')) AS down_at
        FROM issues AS i WHERE period = ? AND {OUT}
        """,
        [period],
    ).fetchone()
    if row is None:
        return None
    at = _at(row)
    times = [to_instant(row[name]) for name in ("corrected_at", "down_at") if row[name]]
    changed_at, previous, following = max([at, *times]), row["previous"] or "", row["following"] or ""
    return Standing(period, row["status"], at, changed_at, _print(row), previous, following)


def _print(row: sqlite3.Row) -> str:
    return hashlib.sha256("\x1f".join(str(value) for value in row).encode()).hexdigest()[:32]
