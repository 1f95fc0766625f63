"""JSON views of records, as the contract words them: UTC ISO times, null for unknown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.dates import iso_utc
from core.records import Consent, Review, Run, Subscriber
from db.mail.issues import StoredIssue


def iso_instant(value: datetime | None) -> str | None:
    """An instant as 2016-09-20T11:00:00Z."""
    return iso_utc(value) if value else None


def review_json(r: Review) -> dict[str, Any]:
    """A review."""
    return {
        "id": r.id,
        "source": r.source,
        "key": r.key,
        "year": r.year,
        "month": r.month,
        "publisher": r.publisher or None,
        "name": r.name,
        "title": r.title,
        "summary": r.summary,
        "sections": [{"kind": s.kind, "label": s.label, "text": s.text, "items": list(s.items)} for s in r.sections],
        "keywords": list(r.keywords),
        "links": [{"text": link.text, "url": link.url, "state": link.state} for link in r.links],
        "nation": r.nation,
        "status": r.status,
        "first_seen": iso_instant(r.first_seen),
        "last_seen": iso_instant(r.last_seen),
        "baseline": r.baseline,
        "issue": r.issue,
    }


def subscriber_json(subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber, without the consent; never the token."""
    return {
        "email": subscriber.email,
        "status": subscriber.status,
        "since": iso_instant(subscriber.since),
        "topics": list(subscriber.topics),
        "nations": list(subscriber.nations),
        "edition": subscriber.edition,
    }


def consent_json(consent: Consent) -> dict[str, Any]:
    """What a subscriber agreed to, when and how."""
    return {
        "when": iso_instant(consent.when),
        "wording": consent.wording or None,
        "how": consent.how,
        "confirmed_when": iso_instant(consent.confirmed_when),
    }


def run_json(r: Run) -> dict[str, Any]:
    """What a read of a source did."""
    names = (
        "source pages seen new changed missing unchanged not_modified quarantined problems bytes requests seconds"
    ).split()
    return {name: list(r.problems) if name == "problems" else getattr(r, name) for name in names}


def issue_json(kept: StoredIssue, counts: Mapping[str, int] | None = None) -> dict[str, Any]:
    """An issue, with how many of its deliveries are in each state; those on their way count as queued."""
    counts = counts or {}
    return {
        "period": kept.issue.period,
        "title": kept.issue.title,
        "intro": kept.issue.intro,
        "status": kept.issue.status,
        "hash": kept.issue.hash,
        "reviews": [r.id for r in kept.issue.reviews],
        "html_bytes": len(kept.html.encode()),
        "text_bytes": len(kept.text.encode()),
        "queued": counts.get("queued", 0) + counts.get("sending", 0),
        **{state: counts.get(state, 0) for state in ("sent", "refused", "failed", "unknown")},
    }
