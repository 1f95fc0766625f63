"""Corrections: notes on issues that were sent, each with all its versions, and which issue tells of which."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from core.actions import issue_action
from core.editor_records import Correction, CorrectionVersion
from core.errors import NotFound
from db.collection import takedowns
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

_SELECT = """
    SELECT c.period, c.number, c.review_id, v.version, v.at, v.words, v.actor, v.reason, v.withdrawn,
        r.publisher, r.name, r.title
    FROM corrections AS c JOIN correction_versions AS v USING (period, number)
    LEFT JOIN reviews AS r ON r.id = c.review_id
"""


def add(db: Database, period: str, words: str, now: datetime, actor: str = "", review_id: int | None = None) -> int:
    """Add a correction to an issue that was sent; its number there."""
    row = db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM corrections WHERE period = ?", [period]).fetchone()
    values = [period, number := int(row[0]), review_id]
    db.execute("INSERT INTO corrections (period, number, review_id) VALUES (?, ?, ?)", values)
    add_version(db, period, number, CorrectionVersion(1, now, words, actor))
    return number


def add_version(db: Database, period: str, number: int, one: CorrectionVersion) -> None:
    """Put other words in the place of those that stand; these are kept."""
    db.execute(
        """
        INSERT INTO correction_versions (period, number, version, at, words, actor, reason, withdrawn)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [period, number, one.version, to_text(one.at), one.words, one.actor, one.reason, int(one.withdrawn)],
    )


def get(db: Database, period: str, number: int) -> Correction:
    """A correction with all its versions. Raises NotFound."""
    rows = db.execute(f"{_SELECT} WHERE c.period = ? AND c.number = ? ORDER BY v.version", [period, number])
    for one in _corrections_from_rows(db, rows.fetchall()):
        return one
    action = issue_action(period, "Look at those that it has", f"See: casereviews issue correct {period}")
    raise NotFound("no such correction", f"{number} of {period}", action=action)


def listing(db: Database, period: str) -> list[Correction]:
    """The corrections of an issue, oldest first."""
    rows = db.execute(f"{_SELECT} WHERE c.period = ? ORDER BY c.number, v.version", [period])
    return _corrections_from_rows(db, rows.fetchall())


def list_newest(db: Database, limit: int) -> list[Correction]:
    """Those that were last made or amended, of all issues, newest first."""
    rows = db.execute(
        f"""
        {_SELECT} JOIN (
            SELECT period, number, MAX(at) AS changed_at FROM correction_versions GROUP BY period, number
            ORDER BY changed_at DESC, period DESC, number DESC LIMIT ?
        ) AS n USING (period, number) ORDER BY n.changed_at DESC, c.period DESC, c.number DESC, v.version
        """,
        [limit],
    )
    return _corrections_from_rows(db, rows.fetchall())


def list_untold(db: Database, period: str) -> list[Correction]:
    """Those that the issue of a period is to tell of: no other issue has, in the words that stand. Oldest first.

    One that was taken back is told of only where readers were told of it. What an earlier draft tells is not untold.
    """
    rows = db.execute(
        f"""
        {_SELECT} JOIN (SELECT period, number, MAX(version) AS last FROM correction_versions GROUP BY period, number)
            AS n USING (period, number)
        WHERE NOT EXISTS (
            SELECT 1 FROM issue_corrections AS t JOIN issues AS i ON i.period = t.issue
            WHERE t.period = c.period AND t.number = c.number AND t.version = n.last AND t.issue <> ?1
                AND (i.status IN ('sending', 'sent') OR t.issue < ?1)
        ) ORDER BY c.period, c.number, v.version
        """,
        [period],
    )
    found = _corrections_from_rows(db, rows.fetchall())
    return [one for one in found if not one.taken_down and (not one.withdrawn or was_told(db, one.period, one.number))]


def was_told(db: Database, period: str, number: int) -> bool:
    """Whether an issue that was sent, or mail of its own, has told readers of a correction."""
    row = db.execute(
        """
        SELECT EXISTS (
            SELECT 1 FROM issue_corrections AS t JOIN issues AS i ON i.period = t.issue
            WHERE t.period = ?1 AND t.number = ?2 AND i.status IN ('sending', 'sent') AND t.issue <> ?1
        ) OR EXISTS (SELECT 1 FROM correction_mailings WHERE period = ?1 AND number = ?2)
        """,
        [period, number],
    ).fetchone()
    return bool(row[0])


def list_telling(db: Database, period: str, number: int) -> list[str]:
    """The periods of the issues that tell of a correction, drafts too, oldest first."""
    rows = db.execute(
        "SELECT issue FROM issue_corrections WHERE period = ?1 AND number = ?2 AND issue <> ?1 ORDER BY issue",
        [period, number],
    )
    return [row[0] for row in rows]


def save_told(db: Database, issue: str, told: Iterable[Correction]) -> None:
    """Which corrections an issue tells of, in which version, in place of those before."""
    db.execute("DELETE FROM issue_corrections WHERE issue = ?", [issue])
    db.conn.executemany(
        "INSERT INTO issue_corrections (issue, period, number, version) VALUES (?, ?, ?, ?)",
        [(issue, one.period, one.number, one.current.version) for one in told],
    )


def add_told(db: Database, issue: str, one: Correction) -> None:
    """An issue tells of one more correction: the next need not."""
    values = [issue, one.period, one.number, one.current.version]
    db.execute("INSERT INTO issue_corrections (issue, period, number, version) VALUES (?, ?, ?, ?)", values)


def hide_taken_down(db: Database, told: Sequence[Correction]) -> tuple[Correction, ...]:
    """The corrections as they may be shown now: one about a review that is down says nothing of it."""
    down = takedowns.find_taken_down(db, [one.review_id for one in told if one.review_id is not None])
    return tuple(_without_words(one) if one.review_id in down else one for one in told)


def _without_words(one: Correction) -> Correction:
    versions = tuple(replace(version, words="", reason="") for version in one.versions)
    return replace(one, versions=versions, about="", taken_down=True)


def _corrections_from_rows(db: Database, rows: Sequence[sqlite3.Row]) -> list[Correction]:
    found: dict[tuple[str, int], Correction] = {}
    for row in rows:
        key = (row["period"], row["number"])
        own = ("version", "words", "actor", "reason")
        version = CorrectionVersion(
            at=to_instant(row["at"]), withdrawn=bool(row["withdrawn"]), **{name: row[name] for name in own}
        )
        if key in found:
            found[key] = replace(found[key], versions=(*found[key].versions, version))
        else:
            parts = [row["publisher"], row["name"]] if row["review_id"] else []
            about = " – ".join(filter(None, parts)) or row["title"] or ""
            found[key] = Correction(*key, (version,), row["review_id"], about)
    return list(hide_taken_down(db, list(found.values())))
