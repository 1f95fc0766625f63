"""Restore merge: what was sent, unsubscribed or erased since the backup is taken from the replaced database.

A backup is older than the database it replaces, and what happened in between must not be undone: no issue sent twice,
nobody mailed who has left, no address back that was erased. So the replaced database is attached to the restored one,
where it can be read and holds the same signing secret, and its later facts are brought over in one transaction: issues
that have begun to leave with the reviews they carry, the ends of deliveries, departures, erasures, takedowns,
corrections with their mailings, the audit trail, what readers want, what a person or the scheduler has decided. Rows
are paired by what is the same in both and never by number: a review's key, a mailbox's key, a delivery's token. Readers
who joined since are counted; `bring_joined` brings them. Where the replaced database cannot be read, nothing is taken
from it, and whatever may have been sent since becomes unknown (`restore_doubt.py`).
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import HouseError
from core.states import FINAL_STATES, DeliveredBy, DeliveryState
from db.collection import fulltext_index, reviews, takedowns
from db.files import journal, restore_corrections, restore_desk, restore_readers, restore_searches, restore_wording
from db.files.restore_doubt import RESTORED_REPLY
from db.schema.connect import Database, translate_error
from db.schema.migrations import UNRELEASED

SENT: DeliveryState = "sent"
OUTBOX: DeliveredBy = "outbox"
TARGET_ERRORS = tuple(f"SQLITE_{word}" for word in "FULL BUSY LOCKED NOMEM IOERR_WRITE IOERR_FSYNC".split())


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What was taken over. Nothing at all with a reason `why` not."""

    why: str = ""  # in a few words; empty: all of it was read
    issues: tuple[str, ...] = ()  # periods of issues sent since that the backup does not hold as such
    out: frozenset[str] = frozenset()  # periods of all issues that have begun to leave
    receipts: int = 0
    left: int = 0  # readers who left or paused since
    erased: int = 0  # readers erased or forgotten since
    takedowns: int = 0
    wishes: int = 0  # readers who changed what they get
    corrections: int = 0
    audit_lines: int = 0
    joined: int = 0  # readers who came since: these are not taken over, but can be brought


@dataclass
class _MergeContext:
    """A restored database with the replaced one attached as `was`."""

    db: Database
    data_dir: Path  # of the journal
    boot: str
    now: datetime  # UTC
    ids: dict[int, int] = field(default_factory=dict)  # numbers of reviews, theirs to ours


def merge_replaced(db: Database, old: Path, data_dir: Path, boot: str, now: datetime) -> MergeReport:
    """Take over from a database that nobody uses any more, all or nothing.

    `data_dir`: where its journal is. `boot`: the machine's run, in which no commit is lost. Nothing is taken from
    another house's database, or from one that cannot be read. Raises StoreError where it is the new one that cannot be
    written.
    """
    try:
        with _attach_replaced(db, old):
            return _merge_everything(_MergeContext(db, data_dir, boot, now))
    except sqlite3.Error as e:
        if (getattr(e, "sqlite_errorname", "") or "").startswith(TARGET_ERRORS):
            raise translate_error(e, db.file) from e
        return MergeReport(why=f"it could not be read: {e}")


@contextmanager
def _attach_replaced(db: Database, old: Path) -> Iterator[None]:
    """One transaction over both; what SQLite says comes out as it is."""
    db.execute("ATTACH ? AS was", [str(old)])
    try:
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            db.conn.execute("ROLLBACK")
            raise
        db.conn.execute("COMMIT")
    finally:
        db.execute("DETACH was")


def _merge_everything(work: _MergeContext) -> MergeReport:
    db = work.db
    if why := _find_stranger(db):
        return MergeReport(why=why)
    _merge_reviews(work)
    periods = _list_missing_issues(db)
    for period in periods:
        _copy_issue(work, period)
    notes = restore_corrections.merge_corrections(db, work.ids)
    receipts = _merge_receipts(work)
    out = db.execute("SELECT period FROM was.issues WHERE status IN ('sending', 'sent') ORDER BY period")
    _merge_marks(work)
    _merge_transactional(work)
    restore_readers.merge_moves(db, work.now)
    erased, left = restore_readers.merge_erasures(db, work.now), restore_readers.merge_departures(db)
    for merge in (restore_readers.merge_reading_lists, restore_searches.merge_searches, restore_wording.merge_fixes):
        merge(db, work.ids)
    restore_readers.keep_leavers_out(db)
    down = _merge_takedowns(work)
    _pause_edited_issues(db)
    restore_desk.take_over_accounts(db)
    restore_desk.take_over_notices(db)
    return MergeReport(
        issues=tuple(periods),
        out=frozenset(row[0] for row in out),
        receipts=receipts,
        left=left,
        erased=erased,
        takedowns=down,
        wishes=restore_readers.merge_wishes(db),
        corrections=notes,
        audit_lines=restore_desk.merge_audit_trail(db),
        joined=len(restore_readers.list_joined(db)),
    )


def bring_joined(db: Database, old: Path) -> int:
    """Bring the readers whom another database of the same house has and this one lacks; how many. All or nothing.

    Raises HouseError for another house's, StoreError where either cannot be used.
    """
    try:
        with _attach_replaced(db, old):
            if why := _find_stranger(db):
                raise HouseError("nobody can be brought from there", why, "Name a copy of this house's database.")
            return restore_readers.bring_joined(db)
    except sqlite3.Error as e:
        raise translate_error(e, db.file) from e


def _find_stranger(db: Database) -> str:
    """Why nothing is to be taken from the database that is attached; empty where it is this house's."""
    unreleased = "SELECT 1 FROM was._sqlite_migrations WHERE name IN (SELECT value FROM json_each(?))"
    if db.execute(unreleased, [json.dumps(UNRELEASED)]).fetchone():
        return "it was made before version 0.1.0"
    same = "SELECT 1 FROM was.secrets JOIN main.secrets USING (name, value) WHERE name = 'signing'"
    return "" if db.execute(same).fetchone() else "it is another installation's"


def _list_missing_issues(db: Database) -> list[str]:
    """The issues that have begun to leave there, and have not here."""
    rows = db.execute(
        """
        SELECT period FROM was.issues WHERE status IN ('sending', 'sent') AND period NOT IN (
            SELECT period FROM main.issues WHERE status IN ('sending', 'sent')
        ) ORDER BY period
        """
    )
    return [row[0] for row in rows]


def _merge_reviews(work: _MergeContext) -> None:
    """Bring the reviews that issues or alerts sent since name, or taken down since, where we have none of that key."""
    rows = work.db.execute(
        """
        SELECT r.id, (SELECT id FROM main.reviews WHERE key = r.key) AS ours,
            r.id IN (SELECT review_id FROM was.takedowns UNION SELECT review_id FROM was.issue_mentions JOIN was.issues
                     USING (period) WHERE status IN ('sending', 'sent')
                     UNION SELECT review_id FROM was.saved_search_matches WHERE mail_id IS NOT NULL
                     UNION SELECT review_id FROM was.corrections WHERE review_id IS NOT NULL) AS needed
        FROM was.reviews AS r ORDER BY r.id
        """
    ).fetchall()
    for row in rows:
        if row["ours"] is not None or row["needed"]:
            work.ids[row["id"]] = row["ours"] or _copy_review(work.db, row["id"])


def _copy_review(db: Database, theirs: int) -> int:
    ours = _copy_rows(db, "reviews", "id = ?", [theirs], id=_free_review_id(db, theirs))
    for part in ("sections", "keywords", "links", "copies", "sightings", "review_versions"):
        _copy_rows(db, part, "review_id = ?", [theirs], review_id=ours)
    _copy_rows(db, "review_events", "review_id = ? ORDER BY id", [theirs], id=None, review_id=ours)
    fulltext_index.index(db, reviews.get(db, str(ours), whole=True))
    return ours


def _free_review_id(db: Database, number: int) -> int:
    """The same number, where it is free."""
    sql = "SELECT CASE WHEN ?1 IN (SELECT id FROM reviews) THEN (SELECT MAX(id) + 1 FROM reviews) ELSE ?1 END"
    return int(db.execute(sql, [number]).fetchone()[0])


def _copy_rows(db: Database, table: str, where: str, values: list[Any], **anew: Any) -> int:
    """Copy rows of theirs, with some columns anew; the number of the last."""
    names = [row["name"] for row in db.execute(f"PRAGMA main.table_info({table})")]
    shown = ", ".join("?" if name in anew else name for name in names)
    sql = f"INSERT INTO main.{table} ({', '.join(names)}) SELECT {shown} FROM was.{table} WHERE {where}"
    return db.conn.execute(sql, [*(anew[name] for name in names if name in anew), *values]).lastrowid or 0


def _copy_issue(work: _MergeContext, period: str) -> None:
    """Bring an issue as it was frozen, in place of our draft: its reviews, messages, deliveries."""
    db = work.db
    db.execute("DELETE FROM issues WHERE period = ?", [period])
    db.execute("DELETE FROM deliveries WHERE period = ?", [period])  # of a release that was broken off
    content = json.loads(db.execute("SELECT content FROM was.issues WHERE period = ?", [period]).fetchone()[0])
    for review in (*content["reviews"], *content["withdrawn"], *(update["review"] for update in content["updated"])):
        review["id"] = work.ids.get(review["id"], review["id"])
    for correction in content["corrections"]:
        correction["review_id"] = work.ids.get(correction["review_id"])
    _copy_rows(db, "issues", "period = ?", [period], content=json.dumps(content, ensure_ascii=False))
    for table in ("delivery_counts", "issue_messages", "issue_blocks"):
        _copy_rows(db, table, "period = ?", [period])
    for table, columns in (("issue_reviews", "period, review_id, position"), ("issue_mentions", "period, review_id")):
        rows = db.execute(f"SELECT {columns} FROM was.{table} WHERE period = ? ORDER BY {columns}", [period])
        marks = ", ".join("?" for _ in columns.split(","))
        sql = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"
        db.conn.executemany(sql, [(period, work.ids[row[1]], *row[2:]) for row in rows])
    db.execute(
        """
        INSERT INTO deliveries (period, subscriber_id, token, edition, state, due_at, changed_at)
        SELECT w.period, s.id, w.token, w.edition, 'queued', w.due_at, w.changed_at
        FROM was.deliveries AS w LEFT JOIN was.subscribers AS x ON x.id = w.subscriber_id
        LEFT JOIN main.subscribers AS s ON s.key = x.key WHERE w.period = ? ORDER BY w.id
        """,
        [period],
    )
    _copy_rows(db, "issue_corrections", "issue = ?", [period])


def _merge_receipts(work: _MergeContext) -> int:
    """Take over what became of deliveries: an end there is an end here. Whom we know as sent stays so.

    What a killed sender had claimed there is unknown, but where the machine has run on and it was not begun, which the
    journal beside it knows.
    """
    db = work.db
    left = "SELECT DISTINCT period FROM was.delivery_tallies WHERE state = 'sent' AND via = 'smtp' AND count > 0"
    unknown = [row[0] for row in db.execute(left) if not journal.has_messages(work.data_dir, row[0])]
    shown = (
        "d.id AS id, d.state AS ours, d.via AS by, w.via, w.relay, w.attempts, w.first_tried_at, w.changed_at, w.reply"
    )
    without_journal = "w.period IN (SELECT value FROM json_each(?2))"
    lost = f"w.state = 'sending' AND (w.send_started = 1 OR w.claimed_boot_id <> ?1 OR {without_journal})"
    state = f"CASE WHEN {lost} THEN 'unknown' ELSE w.state END"
    rows = db.execute(
        f"""
        SELECT {shown}, {state} AS state FROM main.deliveries AS d JOIN was.deliveries AS w ON w.token = d.token
        UNION
        SELECT {shown}, {state} AS state FROM main.deliveries AS d
        JOIN main.subscribers AS s ON s.id = d.subscriber_id
        JOIN was.subscribers AS x ON x.key = s.key
        JOIN was.deliveries AS w ON w.period = d.period AND w.subscriber_id = x.id
        ORDER BY id
        """,
        [work.boot, json.dumps(unknown)],
    ).fetchall()
    ends = [row for row in rows if row["state"] in FINAL_STATES and _has_different_end(row)]
    ends.sort(key=lambda row: bool(row["state"] == SENT))  # of two that differ, that it was sent is written last
    names = "state via relay attempts first_tried_at changed_at reply".split()
    db.conn.executemany(
        f"""
        UPDATE deliveries SET ({", ".join(names)}) = (?, ?, ?, ?, ?, ?, iif(subscriber_id IS NULL, '', ?)) WHERE id = ?
        """,
        [(*(row[name] for name in names), row["id"]) for row in ends],
    )
    _finish_issues(db)
    restore_corrections.finish_mailings(db)
    return len({row["id"] for row in ends})


def _finish_issues(db: Database) -> None:
    """What was sent to its end there is sent here, and nobody waits for it any more."""
    db.execute(
        """
        UPDATE issues SET status = w.status, sent_at = w.sent_at FROM was.issues AS w
        WHERE w.period = issues.period AND issues.status = 'sending' AND w.status = 'sent'
        """
    )
    db.execute(
        """
        DELETE FROM main.deliveries WHERE state = 'queued' AND period IN (
            SELECT w.period FROM was.issues AS w JOIN main.issues USING (period)
            WHERE w.status = 'sent' AND main.issues.status = 'sent'
        )
        """  # of those who did not want it any more when it was done
    )


def _has_different_end(row: sqlite3.Row) -> bool:
    """Whether it ended there otherwise than here. What we know as sent stays so, unless it went to a file only."""
    if row["ours"] == SENT:
        return row["by"] == OUTBOX and (row["state"], row["via"]) != (SENT, OUTBOX)
    return bool(row["state"] != row["ours"])


def _merge_marks(work: _MergeContext) -> None:
    """What the timer has marked: months that were let go, skipped or asked about, and what was told as sent.

    What a person has decided since is decided, and a draft that was let go of is so here.
    """
    work.db.execute(
        """
        DELETE FROM main.issue_marks WHERE mark = 'restored'
            AND period NOT IN (SELECT period FROM was.issue_marks WHERE mark = 'restored')
            AND period IN (SELECT period FROM was.issues WHERE status IN ('sending', 'sent')
                           UNION SELECT period FROM was.issue_marks WHERE mark = 'settled')
        """
    )
    work.db.execute(
        """
        DELETE FROM main.issues WHERE status IN ('draft', 'approved')
            AND period IN (SELECT period FROM was.issue_marks WHERE mark IN ('skipped', 'discarded', 'settled'))
            AND period NOT IN (SELECT period FROM was.issues)
        """
    )
    work.db.execute(
        """
        INSERT OR IGNORE INTO issue_marks (period, mark, at, details) SELECT period, mark, at, details
        FROM was.issue_marks
        """
    )
    work.db.execute(
        "INSERT OR IGNORE INTO alerts_sent (key, at) SELECT key, at FROM was.alerts_sent WHERE key LIKE 'sent %'"
    )


def _merge_transactional(work: _MergeContext) -> None:
    """What became of transactional mail; one that is not known there any more has left, or nobody needed it."""
    work.db.execute(
        """
        UPDATE transactional_mail AS m SET reply = w.reply, state = w.state, attempts = w.attempts, due_at = w.due_at
        FROM was.transactional_mail AS w
        WHERE w.id = m.id AND w.kind = m.kind AND w.requested_at = m.requested_at
            AND m.state IN ('queued', 'sending') AND w.state <> 'sending'
        """
    )
    work.db.execute(
        """
        UPDATE transactional_mail AS m SET state = 'unknown', reply = ? WHERE state = 'queued' AND NOT EXISTS (
            SELECT 1 FROM was.transactional_mail AS w
            WHERE w.id = m.id AND w.requested_at = m.requested_at AND w.state = 'queued'
        )
        """,
        [RESTORED_REPLY],
    )


def _pause_edited_issues(db: Database) -> None:
    """What a person stopped or edited since, or took their approval from, does not go out as it was: it is paused."""
    db.execute(
        """
        UPDATE issues SET paused = 1 FROM was.issues AS w
        WHERE w.period = issues.period AND issues.status IN ('draft', 'approved') AND w.status IN ('draft', 'approved')
            AND (w.paused = 1 OR (issues.status = 'approved' AND w.status = 'draft')
                 OR w.editor_note <> issues.editor_note OR w.ordering <> issues.ordering
                 OR w.skipped_review_ids <> issues.skipped_review_ids
                 OR w.added_review_ids <> issues.added_review_ids)
        """
    )


def _merge_takedowns(work: _MergeContext) -> int:
    """What was taken down since stays down."""
    count = 0
    for row in work.db.execute("SELECT review_id, reason, at FROM was.takedowns ORDER BY review_id").fetchall():
        if takedowns.find_taken_down(work.db, [ours := work.ids[row["review_id"]]]):
            continue
        work.db.execute(
            """
            INSERT INTO takedowns (review_id, reason, at, previous_status) SELECT id, ?, ?, status FROM reviews
            WHERE id = ?
            """,
            [row["reason"], row["at"], ours],
        )
        work.db.execute("UPDATE reviews SET status = 'withdrawn' WHERE id = ?", [ours])
        work.db.execute(
            """
            INSERT INTO review_events (review_id, kind, at, details)
            SELECT ?1, kind, at, details FROM was.review_events AS w
            WHERE review_id = ?2 AND NOT EXISTS (
                SELECT 1 FROM main.review_events WHERE review_id = ?1 AND kind = w.kind AND at = w.at
            )
            """,
            [ours, row["review_id"]],
        )
        fulltext_index.unindex(work.db, ours)
        count += 1
    return count
