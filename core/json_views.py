"""JSON views of records, as the contract words them: UTC ISO times, null for unknown."""

from typing import Any

from core.dates import iso_utc_or_none
from core.records import Consent, Review, Run, Subscriber


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
        "first_seen": iso_utc_or_none(r.first_seen),
        "last_seen": iso_utc_or_none(r.last_seen),
        "baseline": r.baseline,
        "issue": r.issue,
    }


def subscriber_json(subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber, without the consent; never the token."""
    return {
        "email": subscriber.email,
        "status": subscriber.status,
        "since": iso_utc_or_none(subscriber.since),
        "topics": list(subscriber.topics),
        "nations": list(subscriber.nations),
        "edition": subscriber.edition,
    }


def consent_json(consent: Consent) -> dict[str, Any]:
    """What a subscriber agreed to, when and how."""
    return {
        "when": iso_utc_or_none(consent.when),
        "wording": consent.wording or None,
        "how": consent.how,
        "confirmed_when": iso_utc_or_none(consent.confirmed_when),
    }


def run_json(r: Run) -> dict[str, Any]:
    """What a read of a source did."""
    names = (
        "source pages seen new changed missing unchanged not_modified quarantined problems bytes requests seconds"
    ).split()
    return {name: list(r.problems) if name == "problems" else getattr(r, name) for name in names}
