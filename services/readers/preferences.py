"""Subscriber preferences by token: wishes, pause, resume, resubscribing, data export."""

from dataclasses import replace
from datetime import datetime

from core.dates import iso_utc, iso_utc_or_none
from core.json_types import OwnEmailJson, PersonalDataJson
from core.json_views import consent_json, subscription_json
from core.records import Subscriber
from core.states import SubscriberStatus
from core.subscriber_rules import CONSENT_TEXTS, Preferences, rate_limit_digest
from db.mail import leave_requests, saved_searches, subscribers
from db.mail import signup_attempts as counted
from db.mail.signup_attempts import BY_ADDRESS
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from services.readers.subscriptions import find_by_token


def set_preferences(db: Database, token: str, wishes: Preferences, now: datetime) -> Subscriber:
    """The reader wants something else from now on, whatever their status. Raises NotFound."""
    with write_transaction(db):
        changed = replace(
            find_by_token(db, token),
            topics=wishes.topics,
            nations=wishes.nations,
            edition=wishes.edition,
            matching=wishes.matching,
            rest=wishes.rest,
            wishes_since=now,
        )
        subscribers.update(db, changed)
        return changed


def pause(db: Database, token: str, now: datetime) -> Subscriber:
    """Active becomes paused: nothing is sent until they resume. Any other status stays. Raises NotFound."""
    return _change_status(db, token, "active", "paused", now)


def resume(db: Database, token: str, now: datetime) -> Subscriber:
    """Paused becomes active. Any other status stays. Raises NotFound."""
    return _change_status(db, token, "paused", "active", now)


def resubscribe(db: Database, token: str, now: datetime) -> Subscriber:
    """Unsubscribed becomes active again, where they had confirmed. Any other status stays. Raises NotFound."""
    return _change_status(db, token, "unsubscribed", "active", now)


def _change_status(
    db: Database, token: str, before: SubscriberStatus, after: SubscriberStatus, now: datetime
) -> Subscriber:
    with write_transaction(db):
        subscriber = find_by_token(db, token)
        if subscriber.status != before or subscriber.consent.confirmed_when is None:
            return subscriber
        changed = replace(subscriber, status=after, since=now)
        subscribers.update(db, changed)
        return changed


def export_personal_data(db: Database, token: str) -> PersonalDataJson:
    """All that is held of a reader, ready for JSON, but the token, which they have; changes nothing.

    Raises NotFound.
    """
    subscriber = find_by_token(db, token)
    history = subscribers.get_history(db, subscriber.id)
    mark = rate_limit_digest(secrets.get(db, "signing"), subscriber.key)
    return {
        "subscriber": {
            **subscription_json(subscriber),
            "only_matching": subscriber.matching,
            "rest_of_issue": subscriber.rest,
            "wishes_since": iso_utc_or_none(subscriber.wishes_since),
        },
        "consent": {**consent_json(subscriber.consent), "words": CONSENT_TEXTS.get(subscriber.consent.wording)},
        "deliveries": [
            {"period": period, "state": state, "when": iso_utc(at)} for period, state, at in history.deliveries
        ],
        "emails": [OwnEmailJson(kind=k, state=s, asked=iso_utc(at), details=d) for k, s, at, d in history.emails],
        "bounces": [
            {"period": period, "kind": kind, "when": iso_utc(at), "words": words}
            for period, kind, at, words in history.bounces
        ],
        "leave_requests": [iso_utc(at) for at in leave_requests.list_times(db, subscriber.id)],
        "saved_searches": [
            {
                "words": one.words,
                "filters": [list(pair) for pair in one.filters],
                "how_often": one.cadence,
                "saved": iso_utc(one.saved_at),
                "paused_until": one.paused_until.isoformat() if one.paused_until else None,
                "found": saved_searches.list_found(db, one.id),
            }
            for one in saved_searches.list_of_reader(db, subscriber.id)
        ],
        "counted": [iso_utc(at) for at in counted.attempt_times(db, BY_ADDRESS, mark)],
    }
