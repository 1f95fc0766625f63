"""JSON view of an issue, as the contract words it."""

from collections.abc import Mapping

from core.json_types import IssueJson
from core.states import DeliveryState
from db.mail.issues import IssueSummary


def issue_json(issue: IssueSummary, counts: Mapping[DeliveryState, int] | None = None) -> IssueJson:
    """An issue, with how many of its deliveries are in each state; those on their way count as queued."""
    counts = counts or {}
    return {
        "period": issue.period,
        "title": issue.title,
        "intro": issue.intro,
        "status": issue.status,
        "hash": issue.hash,
        "reviews": list(issue.reviews),
        "html_bytes": issue.html_bytes,
        "text_bytes": issue.text_bytes,
        "queued": counts.get("queued", 0) + counts.get("sending", 0),
        "sent": counts.get("sent", 0),
        "refused": counts.get("refused", 0),
        "failed": counts.get("failed", 0),
        "unknown": counts.get("unknown", 0),
    }
