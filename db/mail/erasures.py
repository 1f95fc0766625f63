"""Erasures that can be undone for a day: what was held of a person, sealed, under the hash of their mailbox."""

import json
from datetime import datetime
from typing import Any

from db.schema.connect import Database, enable_secure_delete
from db.schema.timestamps import to_instant, to_text

# Rows that go with their subscriber.
OWN_TABLES = ("bounces", "transactional_mail", "saved_searches", "leave_requests")


def dump_person(db: Database, subscriber_id: int) -> str:
    """All rows of a person, as a text that `load_person` reads."""
    held = {"subscribers": _rows(db, "subscribers", "id", subscriber_id)}
    held |= {table: _rows(db, table, "subscriber_id", subscriber_id) for table in ("deliveries", *OWN_TABLES)}
    held["matches"] = [
        match for one in held["saved_searches"] for match in _rows(db, "saved_search_matches", "search_id", one["id"])
    ]
    return json.dumps(held, ensure_ascii=False)


def _rows(db: Database, table: str, column: str, number: int) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(f"SELECT * FROM {table} WHERE {column} = ? ORDER BY 1, 2", [number])]


def load_person(db: Database, text: str, now: datetime) -> int:
    """Store the rows of a person again; their number. Inside the caller's transaction.

    What was still to be sent waits again where its issue, or correction, is being sent, and not otherwise. That they
    are back is counted now, as it was that they went.
    """
    held = json.loads(text)
    (subscriber,) = held["subscribers"]
    number = _insert(db, "subscribers", subscriber | {"status_since": max(subscriber["status_since"], to_text(now))})
    for row in held["deliveries"]:
        known = db.conn.execute(
            """
            UPDATE deliveries SET subscriber_id = ?, reply = ?
            WHERE token = ? AND claimed_boot_id <> '' AND subscriber_id IS NULL
            """,
            [number, row["reply"], row["token"]],
        ).rowcount
        sending = "SELECT 1 FROM mailings WHERE run = ? AND status = 'sending'"
        if not known and row["state"] == "queued" and db.execute(sending, [row["period"]]).fetchone():
            _insert(db, "deliveries", row | {"subscriber_id": number})
    numbers = {}
    for table in OWN_TABLES:
        for row in held[table]:
            numbers[table, row["id"]] = _insert(
                db, table, row | {"subscriber_id": number} | (_find_question(db, row) if row.get("hold_id") else {})
            )
    db.conn.executemany(
        """
        INSERT INTO saved_search_matches (search_id, review_id, matched_at, mail_id)
        SELECT ?, id, ?, ? FROM reviews WHERE id = ?
        """,
        [
            (numbers["saved_searches", one["search_id"]], one["matched_at"], one["mail_id"], one["review_id"])
            for one in held["matches"]
        ],
    )
    return number


def _find_question(db: Database, bounce: dict[str, Any]) -> dict[str, Any]:
    """What a bounce that the operator was asked about is part of; of one that nobody asks about any more nothing is."""
    hold = db.execute(
        "SELECT answer FROM bounce_holds WHERE id = ? AND period = ? AND domain IN ('', ?)",
        [bounce["hold_id"], bounce["period"], bounce["domain"]],
    ).fetchone()
    is_settled = bounce["standing"] == "held" and (hold is None or hold["answer"])
    return {"hold_id": bounce["hold_id"] if hold else None, "standing": "void" if is_settled else bounce["standing"]}


def _insert(db: Database, table: str, row: dict[str, Any]) -> int:
    """Store a row under its own number, which links in mail may hold; under another where that is taken."""
    is_taken = db.execute(f"SELECT 1 FROM {table} WHERE id = ?", [row["id"]]).fetchone()
    names = [name for name in row if name != "id" or not is_taken]
    marks = ", ".join("?" for _ in names)
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
    return db.conn.execute(sql, [row[name] for name in names]).lastrowid or 0


def save_seal(db: Database, address_hash: str, sealed: bytes, now: datetime) -> None:
    """Keep what was sealed, in place of an older one."""
    db.execute(
        """
        INSERT INTO erasure_seals (address_hash, sealed, at) VALUES (?, ?, ?)
        ON CONFLICT (address_hash) DO UPDATE SET sealed = excluded.sealed, at = excluded.at
        """,
        [address_hash, sealed, to_text(now)],
    )


def find_seal(db: Database, address_hash: str) -> tuple[bytes, datetime] | None:
    """What was sealed of a mailbox, and when; None for nothing."""
    row = db.execute("SELECT sealed, at FROM erasure_seals WHERE address_hash = ?", [address_hash]).fetchone()
    return (bytes(row["sealed"]), to_instant(row["at"])) if row else None


def delete_seal(db: Database, address_hash: str) -> None:
    """Delete what was sealed of a mailbox."""
    enable_secure_delete(db)
    db.execute("DELETE FROM erasure_seals WHERE address_hash = ?", [address_hash])


def has_older(db: Database, than: datetime) -> bool:
    """Whether anything was sealed then or before."""
    row = db.execute("SELECT EXISTS (SELECT 1 FROM erasure_seals WHERE at <= ?)", [to_text(than)]).fetchone()
    return bool(row[0])


def delete_until(db: Database, until: datetime) -> None:
    """Delete what was sealed then or before."""
    enable_secure_delete(db)
    db.execute("DELETE FROM erasure_seals WHERE at <= ?", [to_text(until)])
