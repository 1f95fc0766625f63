"""JSON view of an issue, as the contract words it."""

from collections.abc import Mapping
from typing import Any

from db.mail.issues import StoredIssue


def issue_json(stored: StoredIssue, counts: Mapping[str, int] | None = None) -> dict[str, Any]:
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
        **{state: counts.get(state, 0) for state in ("sent", "refused", "failed", "unknown")},
    }
