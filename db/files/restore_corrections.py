"""Restored corrections: what was corrected, amended and mailed since a backup is taken from the replaced database.

Both databases are of one house, and one is the other's past, unless somebody wrote in each: then a number may name two
corrections, and that of the replaced one gets the next that is free.
"""

import sqlite3
from collections.abc import Mapping

from core.dates import correction_run
from db.schema.connect import Database


def merge_corrections(db: Database, review_ids: Mapping[int, int]) -> int:
    """Bring corrections, versions and mailings of issues that we have; how many versions.

    `review_ids`: numbers of reviews, theirs to ours. Deliveries come as if they waited: what became of them is
    another step's.
    """
    count = 0
    rows = db.execute(
        """
        SELECT c.*, v.at FROM was.corrections AS c JOIN was.correction_versions AS v USING (period, number)
        JOIN main.issues USING (period) WHERE v.version = 1 ORDER BY c.period, c.number
        """
    )
    for row in rows.fetchall():
        number = _place(db, row, review_ids)
        count += db.conn.execute(
            """
            INSERT OR IGNORE INTO main.correction_versions
                (period, number, version, at, words, actor, reason, withdrawn)
            SELECT period, ?, version, at, words, actor, reason, withdrawn FROM was.correction_versions
            WHERE period = ? AND number = ?
            """,
            [number, row["period"], row["number"]],
        ).rowcount
        _bring_mailings(db, row["period"], row["number"], number)
    return count


def _place(db: Database, row: sqlite3.Row, review_ids: Mapping[int, int]) -> int:
    """The number that a correction of theirs has here: its own, where it is the same or none has it."""
    same = db.execute(
        """
        SELECT number FROM main.correction_versions WHERE period = ? AND version = 1 AND at = ?
        ORDER BY number = ? DESC
        """,
        [row["period"], row["at"], row["number"]],
    ).fetchone()
    if same:
        return int(same[0])
    sql = """
        SELECT CASE WHEN ?1 IN (SELECT number FROM main.corrections WHERE period = ?2)
            THEN (SELECT MAX(number) + 1 FROM main.corrections WHERE period = ?2) ELSE ?1 END
        """
    number = int(db.execute(sql, [row["number"], row["period"]]).fetchone()[0])
    values = [row["period"], number, review_ids.get(row["review_id"])]
    db.execute("INSERT INTO main.corrections (period, number, review_id) VALUES (?, ?, ?)", values)
    return number


def _bring_mailings(db: Database, period: str, theirs: int, ours: int) -> None:
    """Bring the mailings that we have not, with their deliveries."""
    rows = db.execute(
        "SELECT run, version FROM was.correction_mailings WHERE period = ? AND number = ? ORDER BY version",
        [period, theirs],
    )
    for row in rows.fetchall():
        run = correction_run(period, ours, row["version"])
        if db.execute("SELECT 1 FROM main.correction_mailings WHERE run = ?", [run]).fetchone():
            continue
        db.execute(
            """
            INSERT INTO main.correction_mailings
                (run, period, number, version, status, asked_at, actor, sent_at, wording, message)
            SELECT ?, period, ?, version, status, asked_at, actor, sent_at, wording, message
            FROM was.correction_mailings WHERE run = ?
            """,
            [run, ours, row["run"]],
        )
        db.execute(
            """
            INSERT INTO main.deliveries (period, subscriber_id, token, edition, state, due_at, changed_at)
            SELECT ?, s.id, w.token, w.edition, 'queued', w.due_at, w.changed_at
            FROM was.deliveries AS w LEFT JOIN was.subscribers AS x ON x.id = w.subscriber_id
            LEFT JOIN main.subscribers AS s ON s.key = x.key WHERE w.period = ? ORDER BY w.id
            """,
            [run, row["run"]],
        )


def finish_mailings(db: Database) -> None:
    """What was mailed to its end there, or stopped, is so here, and nobody waits for it any more."""
    db.execute(
        """
        UPDATE correction_mailings SET status = w.status, sent_at = w.sent_at FROM was.correction_mailings AS w
        WHERE w.run = correction_mailings.run AND correction_mailings.status = 'sending' AND w.status <> 'sending'
        """
    )
    db.execute(
        """
        DELETE FROM main.deliveries WHERE state = 'queued'
            AND period IN (SELECT run FROM main.correction_mailings WHERE status <> 'sending')
        """
    )
