"""Takedowns: reviews that our own operator withdrew, with the entries held back because they look like one."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from core.actions import Action
from core.errors import NotFound
from core.states import TakedownAnswer
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


class Takedown(NamedTuple):
    """A review that is down, identified by its number."""

    review_id: int
    reason: str
    at: datetime  # UTC


class TakedownQuestion(NamedTuple):
    """An entry that looks like a review that is down, and waits for the operator's word. Identified by its number."""

    source: str
    digest: str  # of all that the source shows of the entry
    review_id: int  # of the review that is down
    likeness: str  # "the same link"
    position: int  # of the entry in the read, from 1
    entries: int  # in the read
    asked_at: datetime  # UTC
    id: int = 0  # 0: not stored yet


def add(db: Database, number: int, reason: str, now: datetime) -> bool:
    """Take a review down; False when it was down already. What it was before is kept for `lift`."""
    done = db.execute(
        """
        INSERT INTO takedowns (review_id, reason, at, previous_status) SELECT id, ?, ?, status FROM reviews WHERE id = ?
        ON CONFLICT (review_id) DO NOTHING
        """,
        [reason, to_text(now), number],
    ).rowcount
    db.execute("UPDATE reviews SET status = 'withdrawn' WHERE id = ?", [number])
    return done > 0


def lift(db: Database, number: int) -> bool:
    """Undo a takedown; False when there was none."""
    row = db.execute("SELECT previous_status FROM takedowns WHERE review_id = ?", [number]).fetchone()
    if row is None:
        return False
    db.execute("DELETE FROM takedowns WHERE review_id = ?", [number])
    db.execute("UPDATE reviews SET status = ? WHERE id = ?", [row["previous_status"], number])
    return True


def find_taken_down(db: Database, ids: Iterable[int]) -> set[int]:
    """Which of these reviews are taken down."""
    rows = db.execute(
        """
        SELECT review_id FROM takedowns WHERE review_id IN (SELECT value FROM json_each(?)) ORDER BY review_id
        """,
        [json.dumps(list(ids))],
    )
    return {row[0] for row in rows}


def list_ids(db: Database) -> list[int]:
    """The numbers of every review that is down."""
    return [row[0] for row in db.execute("SELECT review_id FROM takedowns ORDER BY review_id")]


def listing(db: Database, ids: Iterable[int] | None = None) -> list[Takedown]:
    """What is down and why, the last first; `ids`: of these reviews only."""
    rows = db.execute(
        """
        SELECT review_id, reason, at FROM takedowns
        WHERE ?1 IS NULL OR review_id IN (SELECT value FROM json_each(?1)) ORDER BY at DESC, review_id
        """,
        [None if ids is None else json.dumps(list(ids))],
    )
    return [Takedown(row["review_id"], row["reason"], to_instant(row["at"])) for row in rows]


def ask(db: Database, source: str, questions: Sequence[TakedownQuestion]) -> None:
    """Store what a read of a source has to ask. An older question about the same review gives way."""
    db.execute(
        """
        DELETE FROM takedown_questions
        WHERE source = ? AND answer IS NULL AND review_id IN (SELECT value FROM json_each(?))
            AND digest NOT IN (SELECT value FROM json_each(?))
        """,
        [source, json.dumps([q.review_id for q in questions]), json.dumps([q.digest for q in questions])],
    )
    db.conn.executemany(
        """
        INSERT INTO takedown_questions (source, digest, review_id, likeness, position, entries, asked_at)
        SELECT ?1, ?2, review_id, ?4, ?5, ?6, ?7 FROM takedowns WHERE review_id = ?3
        ON CONFLICT (source, digest) DO UPDATE SET position = excluded.position, entries = excluded.entries
        """,
        [(q.source, q.digest, q.review_id, q.likeness, q.position, q.entries, to_text(q.asked_at)) for q in questions],
    )


def list_questions(db: Database, source: str = "") -> list[TakedownQuestion]:
    """The entries that wait for an answer, of one source or all, the first asked about first."""
    rows = db.execute(
        """
        SELECT source, digest, review_id, likeness, position, entries, asked_at, id FROM takedown_questions
        WHERE answer IS NULL AND ? IN ('', source) ORDER BY id
        """,
        [source],
    )
    return [
        TakedownQuestion(
            **{name: row[name] for name in "source digest review_id likeness position entries id".split()},
            asked_at=to_instant(row["asked_at"]),
        )
        for row in rows
    ]


def get_question(db: Database, number: int) -> TakedownQuestion:
    """The entry that waits for an answer under a number. Raises NotFound."""
    question = next((one for one in list_questions(db) if one.id == number), None)
    if question is None:
        action = Action("/ops/sources", "See the sources", "List them with: casereviews reviews questions")
        raise NotFound("no entry is held back", f"{number}", action=action)
    return question


def answer(db: Database, number: int, what: TakedownAnswer) -> None:
    """Store what an entry is."""
    db.execute("UPDATE takedown_questions SET answer = ? WHERE id = ?", [what, number])


def list_answers(db: Database, what: TakedownAnswer) -> frozenset[str]:
    """The digests of entries that the operator said this of."""
    rows = db.execute("SELECT digest FROM takedown_questions WHERE answer = ? ORDER BY digest", [what])
    return frozenset(row[0] for row in rows)
