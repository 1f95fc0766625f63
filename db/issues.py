"""Issues: the month's newsletters, how they were edited and what they carry."""

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from core.errors import IssueFrozen, NotFound
from core.records import Change, Issue, Link, Review, Section, Update
from db.connect import Database
from db.times import to_text


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person decided for an issue."""

    note: str = ""
    order: str = ""  # a way to sort, or numbers of reviews: "12,5,7"; empty: as configured
    skips: tuple[int, ...] = ()  # reviews left out of this issue


@dataclass(frozen=True, slots=True)
class Kept:
    """An issue as stored, with both its parts as rendered."""

    issue: Issue
    edits: Edits
    html: str
    text: str


def edits(db: Database, period: str) -> Edits:
    """How a period's issue was edited; nothing before it is first built."""
    row = db.execute("SELECT note, ordering, skips FROM issues WHERE period = ?", [period]).fetchone()
    return Edits(row[0], row[1], tuple(json.loads(row[2]))) if row else Edits()


def keep(db: Database, kept: Kept, now: datetime) -> None:
    """Store a draft in place of the one before. Raises IssueFrozen when the period's issue is no draft."""
    issue = kept.issue
    content = asdict(issue)
    for review in content["reviews"]:
        review["raw"] = ""  # the source's text stays with the review
    row = db.execute("SELECT status FROM issues WHERE period = ?", [issue.period]).fetchone()
    if row and row["status"] != "draft":
        raise IssueFrozen(
            "the issue no longer changes", f"{issue.period} is {row['status']}", "Read it with: casereviews issue show"
        )
    db.table("issues", pk="period").upsert(
        {
            "period": issue.period,
            "status": issue.status,
            "note": kept.edits.note,
            "ordering": kept.edits.order,
            "skips": json.dumps(kept.edits.skips),
            "title": issue.title,
            "intro": issue.intro,
            "hash": issue.hash,
            "content": json.dumps(content, default=_plain, ensure_ascii=False),
            "html": kept.html,
            "text": kept.text,
            "built_at": to_text(now),
        }
    )
    db.execute("DELETE FROM carried WHERE period = ?", [issue.period])
    db.conn.executemany(
        "INSERT INTO carried (period, review_id, position) VALUES (?, ?, ?)",
        [(issue.period, review.id, position) for position, review in enumerate(issue.reviews)],
    )


def reopen(db: Database, period: str) -> None:
    """Make an approved issue a draft again: its content changes, so its approval is void."""
    db.execute("UPDATE issues SET status = 'draft' WHERE period = ? AND status = 'approved'", [period])


def approve_again(db: Database, period: str) -> None:
    """Give a reopened issue its approval back: its content did not change."""
    db.execute("UPDATE issues SET status = 'approved' WHERE period = ?", [period])


def get(db: Database, period: str) -> Kept:
    """A period's issue. Raises NotFound when it was never built."""
    row = db.execute("SELECT * FROM issues WHERE period = ?", [period]).fetchone()
    if row is None:
        raise NotFound("no such issue", period, f"Make it with: casereviews issue build {period}")
    return _kept(row)


def listing(db: Database, limit: int = -1) -> list[Kept]:
    """The issues, newest period first; all of them unless limited."""
    return [_kept(row) for row in db.execute("SELECT * FROM issues ORDER BY period DESC LIMIT ?", [limit])]


def _kept(row: sqlite3.Row) -> Kept:
    issue = _issue(json.loads(row["content"]), row["status"])
    return Kept(issue, Edits(row["note"], row["ordering"], tuple(json.loads(row["skips"]))), row["html"], row["text"])


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an issue")


def _issue(content: dict[str, Any], status: str) -> Issue:
    content["reviews"] = tuple(map(_review, content["reviews"]))
    content["withdrawn"] = tuple(map(_review, content["withdrawn"]))
    content["updated"] = tuple(
        Update(_review(u["review"]), _instant(u["seen_at"]), tuple(Change(**c) for c in u["changes"]))
        for u in content["updated"]
    )
    content["last_read"] = date.fromisoformat(content["last_read"]) if content["last_read"] else None
    return Issue(**content | {"status": status})


def _review(content: dict[str, Any]) -> Review:
    content["sections"] = tuple(Section(**s | {"items": tuple(s["items"])}) for s in content["sections"])
    content["links"] = tuple(Link(**link) for link in content["links"])
    content["keywords"] = tuple(content["keywords"])
    for name in ("first_seen", "last_seen"):
        content[name] = _instant(content[name]) if content[name] else None
    return Review(**content)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
