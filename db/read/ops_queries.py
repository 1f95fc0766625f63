"""Operator page queries (ops), keyset-paginated: runs, saved pages, deliveries, subscribers."""

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.errors import NotFound
from core.records import Delivery, Page, Subscriber
from core.source_records import Run
from core.states import DeliveryState, SubscriberStatus
from db.collection.runs import run_from_row
from db.rows import delivery_from_row, page_from_row, subscriber_from_row
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

MAX_LISTED_PAGES = 10  # of a source


@dataclass(frozen=True, slots=True)
class SavedPageInfo:
    """A page as it was kept, without its body; identified by its number."""

    id: int
    url: str
    fetched_at: datetime  # UTC
    status: int  # HTTP
    size: int  # bytes
    sha256: str
    complaints: tuple[str, ...]  # why it was quarantined; none: it was believed


def list_runs(db: Database, source: str, before: int = 0, limit: int = 20) -> list[tuple[int, Run]]:
    """A source's reads with their numbers, newest first; `before`: those older than that number."""
    rows = db.execute(
        "SELECT * FROM runs WHERE source = ? AND (? = 0 OR id < ?) ORDER BY id DESC LIMIT ?",
        [source, before, before, limit],
    )
    return [(row["id"], replace(run_from_row(row), paused=_is_partial_run(row))) for row in rows]


def _is_partial_run(row: sqlite3.Row) -> bool:
    return not (row["accepted"] or row["failed"] or row["quarantined"])


def list_saved_pages(db: Database, source: str) -> list[SavedPageInfo]:
    """The pages last kept of a source, newest first."""
    rows = db.execute(
        """
        SELECT id, url, fetched_at, status, size, sha256, quarantine_reasons FROM pages
        WHERE source = ? ORDER BY fetched_at DESC, id DESC LIMIT ?
        """,
        [source, MAX_LISTED_PAGES],
    )
    return [_page_info_from_row(row) for row in rows]


def _page_info_from_row(row: sqlite3.Row) -> SavedPageInfo:
    return SavedPageInfo(
        **{name: row[name] for name in "id url status size sha256".split()},
        fetched_at=to_instant(row["fetched_at"]),
        complaints=tuple(json.loads(row["quarantine_reasons"] or "[]")),
    )


def get_saved_page(db: Database, folder: Path, source: str, number: int) -> tuple[SavedPageInfo, Page]:
    """A kept page, and with its body. Raises NotFound, and StoreError where that is gone or damaged."""
    row = db.execute("SELECT * FROM pages WHERE id = ? AND source = ?", [number, source]).fetchone()
    if row is None:
        raise NotFound("no such page was kept", f"{source}, {number}")
    return _page_info_from_row(row), page_from_row(row, folder)


def list_deliveries(
    db: Database, period: str, state: DeliveryState, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[Delivery]:
    """Deliveries of an issue in one state, by `listed_at`; `after`: those after that time and number.

    A million may be of the same time: what is left of these is asked for by itself, for SQLite compares a pair by its
    first half alone where it looks for its place in an index.
    """
    at, number = (to_text(after[0]), after[1]) if after else ("", 0)
    column = "due_at" if state == "queued" else "changed_at"
    found: list[Delivery] = []
    for where, values in ((f"d.{column} = ? AND d.id > ?", (at, number)), (f"d.{column} > ?", (at,))):
        rows = db.execute(
            f"""
            SELECT d.*, s.email FROM deliveries AS d LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
            WHERE d.period = ? AND d.state = '{state}' AND {where} ORDER BY d.{column}, d.id LIMIT ?
            """,
            [period, *values, limit - len(found)],
        )
        found += map(delivery_from_row, rows)
    return found


def listed_at(delivery: Delivery) -> datetime:
    """The time that `list_deliveries` goes by, as an index has it: when it is due, or when it became what it is."""
    return delivery.due_at if delivery.state == "queued" else delivery.changed_at


def count_mail_by_state(db: Database) -> dict[DeliveryState, int]:
    """How many letters about subscriptions are in each state that has any."""
    rows = db.execute(
        "SELECT state, SUM(count) FROM transactional_tallies GROUP BY state HAVING SUM(count) > 0 ORDER BY state"
    )
    return {row[0]: row[1] for row in rows}


def list_subscribers(
    db: Database, after: int = 0, limit: int = 50, status: Literal[SubscriberStatus, ""] = "", domain: str = ""
) -> list[Subscriber]:
    """Subscribers in the order they came, those after one of that number; of one status or domain, or any."""
    asked: dict[str, int | str] = {"id > ?": after}
    if status:  # at a domain almost all are active: others are found by an index that has nobody else
        asked |= {"+status = ?" if domain and status == "active" else "status = ?": status}
    asked |= {"substr(mailbox, instr(mailbox, '@') + 1) = ?": domain} if domain else {}
    where, table = " AND ".join(asked), "subscribers" if asked.keys() - {"id > ?"} else "subscribers NOT INDEXED"
    where += " AND status <> 'active'" if domain and status not in ("", "active") else ""
    rows = db.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id LIMIT ?", [*asked.values(), limit])
    return [subscriber_from_row(row) for row in rows]
