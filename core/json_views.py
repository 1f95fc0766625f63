"""JSON views of records, as the contract words them: UTC ISO times, null for unknown."""

from core.dates import iso_utc, iso_utc_or_none
from core.json_types import (
    ConsentJson,
    CorrectedReviewJson,
    LinkCheckJson,
    ReviewJson,
    RunJson,
    SubscriberJson,
    SubscriptionJson,
    WordingFixJson,
)
from core.link_records import LinkCheck
from core.records import Consent, Review, Subscriber
from core.source_records import Run


def review_json(r: Review) -> ReviewJson:
    """A review; where its wording was corrected for publication, with what was."""
    view: ReviewJson = {
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
    if not r.fixes:
        return view
    fixes: list[WordingFixJson] = [
        {"part": fix.part, "collection_words": fix.old, "words": fix.new, "why": fix.why, "at": iso_utc(fix.at)}
        for fix in r.fixes
    ]
    corrected: CorrectedReviewJson = {**view, "wording_fixes": fixes}
    return corrected


def link_json(checked: LinkCheck) -> LinkCheckJson:
    """A link's check."""
    return {
        "url": checked.url,
        "state": checked.state,
        "status": checked.status or None,
        "media": checked.media or None,
        "size": checked.size,
        "pages": checked.pages,
        "why": checked.why or None,
        "checked_at": iso_utc_or_none(checked.checked_at),
        "reviews": list(checked.reviews),
    }


def subscription_json(subscriber: Subscriber) -> SubscriptionJson:
    """A subscription without the consent; never the token."""
    return {
        "email": subscriber.email,
        "status": subscriber.status,
        "since": iso_utc(subscriber.since),
        "topics": list(subscriber.topics),
        "nations": list(subscriber.nations),
        "edition": subscriber.edition,
    }


def consent_json(consent: Consent) -> ConsentJson:
    """What a subscriber agreed to, when and how."""
    return {
        "when": iso_utc(consent.when),
        "wording": consent.wording or None,
        "how": consent.how,
        "confirmed_when": iso_utc_or_none(consent.confirmed_when),
    }


def subscriber_json(subscriber: Subscriber) -> SubscriberJson:
    """A subscriber with the consent; never the token."""
    return {**subscription_json(subscriber), "consent": consent_json(subscriber.consent)}


def run_json(r: Run) -> RunJson:
    """What a read of a source did."""
    return {
        "source": r.source,
        "pages": r.pages,
        "seen": r.seen,
        "new": r.new,
        "changed": r.changed,
        "missing": r.missing,
        "unchanged": r.unchanged,
        "not_modified": r.not_modified,
        "quarantined": r.quarantined,
        "frozen": r.frozen,
        "covered": list(r.covered),
        "leftovers": [{"words": one.words, "why": one.why} for one in r.leftovers],
        "problems": list(r.problems),
        "bytes": r.bytes,
        "requests": r.requests,
        "seconds": r.seconds,
    }
