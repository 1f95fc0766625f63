"""Issues of the newsletter: edits, stored content, lifecycle from draft to sent."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.actions import issue_action
from core.errors import IssueFrozen, NotFound
from core.issue_lifecycle import IssueState
from core.states import IssueStatus
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

if TYPE_CHECKING:
    from core.records import Issue

UNKNOWN_EDITOR = "somebody"  # who changed an issue at the terminal, or by the shared password


@dataclass(frozen=True, slots=True)
class IssueEdits:
    """What a person decided for an issue."""

    note: str = ""
    order: str = ""  # a way to sort, or numbers of reviews: "12,5,7"; empty: as configured
    skips: tuple[int, ...] = ()  # reviews left out of this issue
    adds: tuple[int, ...] = ()  # reviews that were known already, and are in it all the same
    as_read: bool = False  # it waits for no source: it goes with what was read
    first: int | None = None  # the review that is put first, above the others
    first_reason: str = ""  # why, in the editor's own words


@dataclass(frozen=True, slots=True)
class StoredIssue:
    """An issue as stored, with both its parts as rendered."""

    issue: "Issue"
    edits: IssueEdits
    html: str
    text: str
    wording: str = ""  # JSON: all that it says beside its content, frozen with it; empty: not frozen

    @property
    def summary(self) -> "IssueSummary":
        """The issue as a list shows it."""
        issue, sizes = self.issue, (len(self.html.encode()), len(self.text.encode()))
        numbers = tuple(review.id for review in issue.reviews)
        return IssueSummary(issue.period, issue.title, issue.intro, issue.status, issue.hash, numbers, *sizes)


@dataclass(frozen=True, slots=True)
class IssueSummary:
    """An issue as a list shows it, identified by its period."""

    period: str
    title: str
    intro: str
    status: IssueStatus
    hash: str
    reviews: tuple[int, ...]  # their numbers, in order
    html_bytes: int
    text_bytes: int


def get_edits(db: Database, period: str) -> IssueEdits:
    """How a period's issue was edited; nothing before it is first built."""
    row = db.execute(
        """
        SELECT editor_note, ordering, skipped_review_ids, added_review_ids, as_read, first_review_id, first_reason
        FROM issues WHERE period = ?
        """,
        [period],
    ).fetchone()
    return _edits_from_row(row) if row else IssueEdits()


def get_editor(db: Database, period: str) -> str:
    """The email address of who last changed an issue's content, or UNKNOWN_EDITOR; empty: nobody did."""
    row = db.execute("SELECT edited_by FROM issues WHERE period = ?", [period]).fetchone()
    return str(row[0]) if row else ""


def set_editor(db: Database, period: str, email: str) -> None:
    """Write down who changed an issue's content just now; empty: somebody whom nobody knows."""
    db.execute("UPDATE issues SET edited_by = ? WHERE period = ?", [email or UNKNOWN_EDITOR, period])


def _edits_from_row(row: sqlite3.Row) -> IssueEdits:
    skips, adds = (tuple(json.loads(row[name])) for name in ("skipped_review_ids", "added_review_ids"))
    first, reason = row["first_review_id"], row["first_reason"]
    return IssueEdits(row["editor_note"], row["ordering"], skips, adds, bool(row["as_read"]), first, reason)


def _require_draft(db: Database, period: str) -> None:
    row = db.execute("SELECT status FROM issues WHERE period = ?", [period]).fetchone()
    if row and row["status"] != "draft":
        action = issue_action(period, "See the issue", f"See: casereviews issue show {period}")
        raise IssueFrozen("the issue no longer changes", f"{period} is {row['status']}", action=action)


def save_draft(db: Database, kept: StoredIssue, now: datetime) -> None:
    """Store a draft in place of the one before. Raises IssueFrozen when the period's issue is no draft."""
    from db.mail import corrections, issue_content

    issue = kept.issue
    _require_draft(db, issue.period)
    row = {
        "period": issue.period,
        "status": issue.status,
        "editor_note": kept.edits.note,
        "ordering": kept.edits.order,
        "skipped_review_ids": json.dumps(kept.edits.skips),
        "added_review_ids": json.dumps(kept.edits.adds),
        "as_read": int(kept.edits.as_read),
        "first_review_id": kept.edits.first,
        "first_reason": kept.edits.first_reason,
        "title": issue.title,
        "intro": issue.intro,
        "content_hash": issue.hash,
        "content": issue_content.issue_to_json(issue),
        "html": kept.html,
        "text": kept.text,
        "built_at": to_text(now),
    }
    db.upsert("issues", row, "period")
    db.execute("DELETE FROM issue_reviews WHERE period = ?", [issue.period])
    db.conn.executemany(
        "INSERT INTO issue_reviews (period, review_id, position) VALUES (?, ?, ?)",
        [(issue.period, review.id, position) for position, review in enumerate(issue.reviews)],
    )
    about = {one.review_id for one in issue.corrections if one.review_id is not None}
    db.execute("DELETE FROM issue_mentions WHERE period = ?", [issue.period])
    db.conn.executemany(
        "INSERT INTO issue_mentions (period, review_id) VALUES (?, ?)",
        [(issue.period, number) for number in sorted({review.id for review in issue.named} | about)],
    )
    corrections.save_told(db, issue.period, issue.corrections)


def save_rebuilt(db: Database, kept: StoredIssue, now: datetime) -> None:
    """Store an issue that is not frozen in place of the one before; an approval of other content is void."""
    db.execute("UPDATE issues SET status = 'draft' WHERE period = ? AND status = 'approved'", [kept.issue.period])
    save_draft(db, kept, now)
    db.execute(
        """
        UPDATE issues SET status = 'approved' WHERE period = ? AND approved_hash = content_hash AND approved_hash <> ''
        """,
        [kept.issue.period],
    )
    db.execute("UPDATE issues SET approved_hash = '' WHERE period = ? AND status = 'draft'", [kept.issue.period])


def approve(db: Database, period: str) -> None:
    """A person approves a draft as it is stored: that content, and no other."""
    db.execute(
        "UPDATE issues SET status = 'approved', approved_hash = content_hash WHERE period = ? AND status = 'draft'",
        [period],
    )


def freeze(db: Database, period: str, now: datetime, wording: str) -> None:
    """The issue no longer changes: it is being sent, in its `wording` (JSON)."""
    db.execute(
        "UPDATE issues SET status = 'sending', frozen_at = ?, wording = ? WHERE period = ?",
        [to_text(now), wording, period],
    )


def save_parts(db: Database, period: str, html: str, text: str) -> None:
    """Store the full edition's two parts as a takedown has left them."""
    db.execute("UPDATE issues SET html = ?, text = ? WHERE period = ?", [html, text, period])


def mark_sent(db: Database, period: str, now: datetime) -> None:
    """Nothing is left to send of an issue."""
    db.execute(
        "UPDATE issues SET status = 'sent', sent_at = ? WHERE period = ? AND status = 'sending'", [to_text(now), period]
    )


def mark_sending(db: Database, period: str) -> None:
    """Some of an issue that was sent is to be sent again."""
    db.execute("UPDATE issues SET status = 'sending' WHERE period = ? AND status = 'sent'", [period])


def get_frozen_at(db: Database, period: str) -> datetime | None:
    """When an issue was frozen; None: it is not."""
    row = db.execute("SELECT frozen_at FROM issues WHERE period = ?", [period]).fetchone()
    return to_instant(row[0]) if row and row[0] else None


def list_frozen(db: Database) -> dict[str, datetime]:
    """When each issue was frozen that is being sent or was, by its period; oldest period first."""
    rows = db.execute("SELECT period, frozen_at FROM issues WHERE status IN ('sending', 'sent') ORDER BY period")
    return {row[0]: to_instant(row[1]) for row in rows}


def list_sending(db: Database) -> list[str]:
    """The periods of the issues that are being sent, oldest first."""
    return [row[0] for row in db.execute("SELECT period FROM issues WHERE status = 'sending' ORDER BY period")]


def set_paused(db: Database, period: str, paused: bool) -> None:
    """Keep the timer from sending an issue, or let it."""
    db.execute("UPDATE issues SET paused = ? WHERE period = ?", [int(paused), period])


def is_paused(db: Database, period: str) -> bool:
    """Whether the timer is kept from sending an issue."""
    row = db.execute("SELECT paused FROM issues WHERE period = ?", [period]).fetchone()
    return bool(row and row[0])


def get(db: Database, period: str) -> StoredIssue:
    """A period's issue. Raises NotFound when it was never built."""
    row = db.execute("SELECT * FROM issues WHERE period = ?", [period]).fetchone()
    if row is None:
        action = issue_action(period, "Build it", f"Make it with: casereviews issue build {period}")
        raise NotFound("no such issue", period, action=action)
    return _stored_issue_from_row(row)


def listing(db: Database) -> list[IssueSummary]:
    """The issues, newest period first."""
    numbers: dict[str, list[int]] = {}
    for row in db.execute("SELECT period, review_id FROM issue_reviews ORDER BY period, position"):
        numbers.setdefault(row["period"], []).append(row["review_id"])
    rows = db.execute(
        """
        SELECT period, title, intro, status, content_hash AS hash, html_bytes, text_bytes FROM issues
        ORDER BY period DESC
        """
    )
    return [IssueSummary(**dict(row), reviews=tuple(numbers.get(row["period"], ()))) for row in rows]


def list_open(db: Database, after: str = "") -> dict[str, str]:
    """The issues that may still change, of periods `after` one or all, oldest first; the hash of each by its period."""
    rows = db.execute(
        "SELECT period, content_hash FROM issues WHERE status IN ('draft', 'approved') AND period > ? ORDER BY period",
        [after],
    )
    return dict(tuple(row) for row in rows)


def list_mentioning(db: Database, review_id: int) -> list[str]:
    """The periods of the issues that name a review, oldest first."""
    rows = db.execute("SELECT period FROM issue_mentions WHERE review_id = ? ORDER BY period", [review_id])
    return [row[0] for row in rows]


def _stored_issue_from_row(row: sqlite3.Row) -> StoredIssue:
    from db.mail.issue_content import issue_from_json  # with the records of the mail, 18 ms, and a tick reads no issue

    issue = issue_from_json(row["content"], row["status"])
    return StoredIssue(issue, _edits_from_row(row), row["html"], row["text"], row["wording"])


def list_states(db: Database, since: str = "") -> dict[str, IssueState]:
    """How far each issue has come, by period, from the period `since` on."""
    rows = db.execute(
        "SELECT period, status, paused, drafted_at, sent_at FROM issues WHERE period >= ? ORDER BY period", [since]
    )
    return {row["period"]: _state_from_row(row) for row in rows}


def _state_from_row(row: sqlite3.Row) -> IssueState:
    drafted, sent_ = (to_instant(row[name]) if row[name] else None for name in ("drafted_at", "sent_at"))
    return IssueState(row["period"], row["status"], bool(row["paused"]), drafted, sent_)


def mark_drafted(db: Database, period: str, now: datetime) -> None:
    """The timer has drafted an issue: its hold begins."""
    db.execute("UPDATE issues SET drafted_at = ? WHERE period = ?", [to_text(now), period])


def revoke_approval(db: Database, period: str) -> None:
    """An approval no longer counts, because the issue's time has passed."""
    db.execute(
        "UPDATE issues SET status = 'draft', approved_hash = '' WHERE period = ? AND status = 'approved'", [period]
    )


def delete_draft(db: Database, period: str) -> None:
    """Delete a draft, so that its reviews wait for an issue again. What is approved or frozen stays."""
    db.execute("DELETE FROM issues WHERE period = ? AND status = 'draft'", [period])
