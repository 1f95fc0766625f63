"""Saved searches: what readers want to hear of, and the reviews that each has found."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from core.states import AlertCadence
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


class SavedSearch(NamedTuple):
    """A search that a reader wants to hear of, identified by `id`."""

    id: int
    subscriber_id: int
    words: str
    filters: tuple[tuple[str, str], ...]
    cadence: AlertCadence
    saved_at: datetime  # UTC
    paused_until: date | None = None


def save(
    db: Database,
    subscriber_id: int,
    words: str,
    filters: Iterable[tuple[str, str]],
    cadence: AlertCadence,
    at: datetime,
) -> int:
    """Write a search, or how often to tell of one that the reader has; its number."""
    row = db.execute(
        """
        INSERT INTO saved_searches (subscriber_id, words, filters, cadence, saved_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (subscriber_id, words, filters) DO UPDATE SET cadence = excluded.cadence RETURNING id
        """,
        [subscriber_id, words, json.dumps(sorted(set(filters))), cadence, to_text(at)],
    ).fetchone()
    return int(row[0])


def list_of_reader(db: Database, subscriber_id: int) -> list[SavedSearch]:
    """The searches of one reader, the oldest first."""
    return _select(db, "WHERE subscriber_id = ? ORDER BY id", [subscriber_id])


def list_awake(db: Database, today: date, subscriber_id: int | None = None) -> list[SavedSearch]:
    """The searches of readers who get mail, or of that one alone, but those paused."""
    where = """
        WHERE EXISTS (SELECT 1 FROM subscribers WHERE id = subscriber_id AND status = 'active')
        AND subscriber_id = COALESCE(?, subscriber_id) AND (paused_until IS NULL OR paused_until <= ?) ORDER BY id
    """
    return _select(db, where, [subscriber_id, today.isoformat()])


def find(db: Database, subscriber_id: int, search_id: int) -> SavedSearch | None:
    """A reader's search by its number, or None."""
    found = _select(db, "WHERE subscriber_id = ? AND id = ?", [subscriber_id, search_id])
    return found[0] if found else None


def change(db: Database, search: SavedSearch) -> bool:
    """Write what a reader's search is now; False where they have the same already under another number."""
    filters = json.dumps(sorted(set(search.filters)))
    changed = db.execute(
        "UPDATE OR IGNORE saved_searches SET words = ?, filters = ?, cadence = ? WHERE id = ? AND subscriber_id = ?",
        [search.words, filters, search.cadence, search.id, search.subscriber_id],
    )
    return changed.rowcount > 0


def has_untold(db: Database) -> bool:
    """Whether any search has found a review that its reader was not told of yet, nor is about to be."""
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM saved_search_matches WHERE mail_id IS NULL)").fetchone()[0])


def list_untold(db: Database, search_id: int) -> list[int]:
    """The numbers of the reviews that a search has found and its reader was not told of yet."""
    sql = "SELECT review_id FROM saved_search_matches WHERE search_id = ? AND mail_id IS NULL ORDER BY review_id"
    return [row[0] for row in db.execute(sql, [search_id])]


def forget_matches(db: Database, search_id: int, review_ids: Iterable[int]) -> None:
    """A search has not found these reviews. Inside the caller's transaction."""
    db.conn.executemany(
        "DELETE FROM saved_search_matches WHERE search_id = ? AND review_id = ?",
        [(search_id, one) for one in review_ids],
    )


def pause(db: Database, subscriber_id: int, search_id: int, until: date | None) -> bool:
    """Let a reader's search rest until a day, or wake it; whether they have it."""
    values = [until.isoformat() if until else None, search_id, subscriber_id]
    changed = db.execute("UPDATE saved_searches SET paused_until = ? WHERE id = ? AND subscriber_id = ?", values)
    return changed.rowcount > 0


def delete(db: Database, subscriber_id: int, search_id: int) -> bool:
    """Delete a reader's search; whether they had it."""
    gone = db.execute("DELETE FROM saved_searches WHERE id = ? AND subscriber_id = ?", [search_id, subscriber_id])
    return gone.rowcount > 0


def list_found(db: Database, search_id: int) -> list[int]:
    """The numbers of the reviews that a search has found since it was saved."""
    rows = db.execute("SELECT review_id FROM saved_search_matches WHERE search_id = ? ORDER BY review_id", [search_id])
    return [row[0] for row in rows]


def list_unmatched(db: Database) -> list[int]:
    """The numbers of the news that no search was asked about yet."""
    return [row[0] for row in db.execute("SELECT review_id FROM unmatched_news ORDER BY review_id")]


def list_matched_since(db: Database, since: datetime) -> list[int]:
    """The numbers of the reviews that became news since, the oldest first, and that the searches were asked about."""
    sql = """
        SELECT id FROM reviews
        WHERE baseline = 0 AND first_seen >= ? AND id NOT IN (SELECT review_id FROM unmatched_news)
        ORDER BY first_seen, id
    """
    return [row[0] for row in db.execute(sql, [to_text(since)])]


def mark_matched(db: Database, review_ids: Iterable[int]) -> None:
    """All searches were asked about these. Inside the caller's transaction."""
    db.conn.executemany("DELETE FROM unmatched_news WHERE review_id = ?", [(number,) for number in review_ids])


def delete_all(db: Database, subscriber_id: int) -> int:
    """Delete all searches of a reader; how many they had."""
    return db.execute("DELETE FROM saved_searches WHERE subscriber_id = ?", [subscriber_id]).rowcount


def list_matches(db: Database, review_ids: Iterable[int]) -> set[tuple[int, int]]:
    """The searches that have found one of these reviews, each with the review."""
    rows = db.execute(
        """
        SELECT search_id, review_id FROM saved_search_matches WHERE review_id IN (SELECT value FROM json_each(?))
        ORDER BY search_id, review_id
        """,
        [json.dumps(list(review_ids))],
    )
    return {(row[0], row[1]) for row in rows}


def record_matches(db: Database, matches: Iterable[tuple[int, int]], at: datetime) -> None:
    """Write which searches found which reviews. Inside the caller's transaction."""
    when = to_text(at)
    db.conn.executemany(
        "INSERT INTO saved_search_matches (search_id, review_id, matched_at) VALUES (?, ?, ?)",
        [(search_id, review_id, when) for search_id, review_id in matches],
    )


def _select(db: Database, where: str, values: list[object]) -> list[SavedSearch]:
    rows = db.execute(
        f"SELECT id, subscriber_id, words, filters, cadence, saved_at, paused_until FROM saved_searches {where}", values
    )
    return [
        SavedSearch(
            row["id"],
            row["subscriber_id"],
            row["words"],
            tuple((name, value) for name, value in json.loads(row["filters"])),
            row["cadence"],
            to_instant(row["saved_at"]),
            date.fromisoformat(row["paused_until"]) if row["paused_until"] else None,
        )
        for row in rows
    ]
