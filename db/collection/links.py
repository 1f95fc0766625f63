"""Link checks: the known state of each linked address, with when to check it next."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from core.link_records import LinkCheck
from core.states import LinkState
from db.schema.connect import Database
from db.schema.timestamps import day_or_none, instant_or_none, to_text

if TYPE_CHECKING:
    from core.records import Link

LINKING = """
    FROM reviews AS r WHERE r.status <> 'withdrawn' AND r.id IN (
        SELECT review_id FROM links WHERE url = c.url UNION ALL SELECT review_id FROM copies WHERE url = c.url
    )
"""
SELECT_CHECK = f"""
    SELECT
        c.*,
        (SELECT json_group_array(id) FROM (SELECT r.id {LINKING} ORDER BY r.id)) AS reviews
    FROM link_checks AS c
"""
IS_LINKED = f"EXISTS (SELECT 1 {LINKING})"


def _check_from_row(row: sqlite3.Row) -> LinkCheck:
    return LinkCheck(
        **{name: row[name] for name in "url state status media size pages why failures".split()},
        checked_at=instant_or_none(row["checked_at"]),
        first_failed_on=day_or_none(row["first_failed_on"]),
        last_failed_on=day_or_none(row["last_failed_on"]),
        dead_since=day_or_none(row["dead_since"]),
        unsettled=bool(row["inconclusive"]),
        had_document=bool(row["had_document"]),
        reviews=tuple(json.loads(row["reviews"])),
    )


def _check_to_row(checked: LinkCheck, due_at: datetime) -> dict[str, object]:
    first, last = checked.first_failed_on, checked.last_failed_on
    return {name: getattr(checked, name) for name in "url state status media size pages why failures".split()} | {
        "checked_at": to_text(checked.checked_at) if checked.checked_at else None,
        "first_failed_on": first.isoformat() if first else None,
        "last_failed_on": last.isoformat() if last else None,
        "dead_since": checked.dead_since.isoformat() if checked.dead_since else None,
        "inconclusive": int(checked.unsettled),
        "had_document": int(checked.had_document),
        "due_at": to_text(due_at),
    }


class LinkAge(NamedTuple):
    """How long ago the addresses that some reviews link to were looked at."""

    total: int  # addresses
    unchecked: int  # of them never looked at
    oldest: datetime | None  # UTC; of those looked at, the look of the longest ago; None: there is none


def apply_known_checks(db: Database, ids: Iterable[int]) -> None:
    """Give reviews' links, just written, what is known of their addresses; queue the addresses not known."""
    numbers = json.dumps(list(ids))
    db.execute(
        """
        INSERT OR IGNORE INTO link_checks (url)
        SELECT url FROM links WHERE review_id IN (SELECT value FROM json_each(?)) ORDER BY review_id, position
        """,
        [numbers],
    )
    db.execute(
        """
        UPDATE links
        SET (state, media, size, pages) = (SELECT state, media, size, pages FROM link_checks WHERE url = links.url)
        WHERE review_id IN (SELECT value FROM json_each(?))
            AND EXISTS (SELECT 1 FROM link_checks AS c WHERE c.url = links.url AND c.checked_at IS NOT NULL)
        """,
        [numbers],
    )


def replace_copies(db: Database, source: str, shown: "Iterable[tuple[int, Sequence[Link]]]") -> None:
    """Store where a source has the reports of reviews held from another, by number; queue the addresses not known."""
    for number, copies in shown:
        db.execute("DELETE FROM copies WHERE review_id = ? AND source = ?", [number, source])
        db.conn.executemany(
            "INSERT INTO copies (review_id, source, position, text, url) VALUES (?, ?, ?, ?, ?)",
            [(number, source, n, link.text, link.url) for n, link in enumerate(copies)],
        )
        db.conn.executemany("INSERT OR IGNORE INTO link_checks (url) VALUES (?)", [(link.url,) for link in copies])


def count_states(db: Database, now: datetime) -> tuple[dict[LinkState, int], int]:
    """How many linked addresses are of each state, and how many are to be looked at now."""
    rows = db.execute(
        f"""
        SELECT c.state, COUNT(*) AS total, SUM(c.due_at <= ?) AS due FROM link_checks AS c
        WHERE {IS_LINKED} GROUP BY c.state ORDER BY c.state
        """,
        [to_text(now)],
    ).fetchall()
    return {row["state"]: row["total"] for row in rows}, sum(row["due"] for row in rows)


def list_dead(db: Database, limit: int) -> list[LinkCheck]:
    """The addresses that lead nowhere any more, those found so last first."""
    rows = db.execute(
        f"{SELECT_CHECK} WHERE c.state = 'dead' AND {IS_LINKED} ORDER BY c.dead_since DESC, c.url LIMIT ?", [limit]
    )
    return [_check_from_row(row) for row in rows]


def list_due(db: Database, now: datetime, limit: int) -> list[LinkCheck]:
    """The addresses to look at now: those never looked at, then those due for longest. None of a withdrawn review."""
    rows = db.execute(
        f"{SELECT_CHECK} WHERE c.due_at <= ? AND {IS_LINKED} ORDER BY c.due_at, c.url LIMIT ?", [to_text(now), limit]
    )
    return [_check_from_row(row) for row in rows]


def list_all(db: Database, limit: int = -1) -> list[LinkCheck]:
    """All addresses, due or not, those that waited longest first. None of a withdrawn review."""
    rows = db.execute(f"{SELECT_CHECK} WHERE {IS_LINKED} ORDER BY c.due_at, c.url LIMIT ?", [limit])
    return [_check_from_row(row) for row in rows]


def list_for_reviews(db: Database, ids: Iterable[int], before: datetime, limit: int = -1) -> list[LinkCheck]:
    """The addresses that reviews link to and that were not looked at since `before`. None of a withdrawn review."""
    rows = db.execute(
        f"""
        {SELECT_CHECK}
        WHERE c.url IN (
            SELECT url FROM links WHERE review_id IN (SELECT value FROM json_each(?1))
            UNION SELECT url FROM copies WHERE review_id IN (SELECT value FROM json_each(?1))
        )
            AND (c.checked_at IS NULL OR c.checked_at < ?2) AND {IS_LINKED}
        ORDER BY c.due_at, c.url LIMIT ?3
        """,
        [json.dumps(list(ids)), to_text(before), limit],
    )
    return [_check_from_row(row) for row in rows]


def get_age(db: Database, ids: Iterable[int]) -> LinkAge:
    """How old what we know of these reviews' links is."""
    row = db.execute(
        """
        SELECT COUNT(*), COALESCE(SUM(checked_at IS NULL), 0), MIN(checked_at) FROM link_checks
        WHERE url IN (SELECT url FROM links WHERE review_id IN (SELECT value FROM json_each(?)))
        """,
        [json.dumps(list(ids))],
    ).fetchone()
    return LinkAge(row[0], row[1], instant_or_none(row[2]))


def get(db: Database, url: str) -> LinkCheck:
    """What is known of an address; a record that says nothing where it was never linked to."""
    row = db.execute(f"{SELECT_CHECK} WHERE c.url = ?", [url]).fetchone()
    return _check_from_row(row) if row else LinkCheck(url)


def save(db: Database, checked: LinkCheck, due_at: datetime) -> None:
    """Store what is known of an address, beside every review that links to it too, and when to look again."""
    db.upsert("link_checks", _check_to_row(checked, due_at), "url")
    db.execute(
        "UPDATE links SET state = ?, media = ?, size = ?, pages = ? WHERE url = ?",
        [checked.state, checked.media, checked.size, checked.pages, checked.url],
    )
