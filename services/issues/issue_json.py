"""JSON view of an issue, as the contract words it."""

from collections.abc import Mapping

from core.json_types import IssueJson
from core.states import DeliveryState
from db.mail.issues import StoredIssue


def issue_json(stored: StoredIssue, counts: Mapping[DeliveryState, int] | None = None) -> IssueJson:
    """An issue, with how many of its deliveries are in each state; those on their way count as queued."""
    counts = counts or {}
    return {
        "period": stored.issue.period,
        "title": stored.issue.title,
        "intro": stored.issue.intro,
        "status": stored.issue.status,
        "hash": stored.issue.hash,
        "reviews": [r.id for r in stored.issue.reviews],
        "html_bytes": len(stored.html.encode()),
        "text_bytes": len(stored.text.encode()),
        "queued": counts.get("queued", 0) + counts.get("sending", 0),
        "sent": counts.get("sent", 0),
        "refused": counts.get("refused", 0),
        "failed": counts.get("failed", 0),
        "unknown": counts.get("unknown", 0),
    }
