"""What readers decide for themselves, by their token: what they get, a pause, coming back; and their data."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.asjson import instant
from app.subscribing import reader
from core.records import Subscriber
from core.subscribers import CONSENTS, Wishes, letter_print
from db import asked as counted
from db import secrets, subscribers
from db.asked import LETTER
from db.connect import Database, write


def prefer(db: Database, token: str, wishes: Wishes) -> Subscriber:
    """The reader wants something else from now on, whatever their status. Raises NotFound."""
    with write(db):
        now_wanted = replace(
            reader(db, token),
            topics=wishes.topics,
            nations=wishes.nations,
            edition=wishes.edition,
            matching=wishes.matching,
        )
        subscribers.change(db, now_wanted)
        return now_wanted


def pause(db: Database, token: str, now: datetime) -> Subscriber:
    """Active becomes paused: nothing is sent until they resume. Any other status stays. Raises NotFound."""
    return _turned(db, token, "active", "paused", now)


def resume(db: Database, token: str, now: datetime) -> Subscriber:
    """Paused becomes active. Any other status stays. Raises NotFound."""
    return _turned(db, token, "paused", "active", now)


def come_back(db: Database, token: str, now: datetime) -> Subscriber:
    """Unsubscribed becomes active again, where they had confirmed. Any other status stays. Raises NotFound."""
    return _turned(db, token, "unsubscribed", "active", now)


def _turned(db: Database, token: str, before: str, after: str, now: datetime) -> Subscriber:
    with write(db):
        known = reader(db, token)
        if known.status != before or known.consent.confirmed_when is None:
            return known
        turned = replace(known, status=after, since=now)
        subscribers.change(db, turned)
        return turned


def mine(db: Database, token: str) -> dict[str, Any]:
    """All that is held of a reader, ready for JSON, but the token, which they have; changes nothing.

    Raises NotFound.
    """
    one = reader(db, token)
    held = subscribers.held(db, one.id)
    mark = letter_print(secrets.get(db, "signing"), one.key)
    return {
        "subscriber": {
            "email": one.email,
            "status": one.status,
            "since": instant(one.since),
            "topics": list(one.topics),
            "nations": list(one.nations),
            "edition": one.edition,
            "only_matching": one.matching,
        },
        "consent": {
            "when": instant(one.consent.when),
            "wording": one.consent.wording or None,
            "words": CONSENTS.get(one.consent.wording),
            "how": one.consent.how,
            "confirmed_when": instant(one.consent.confirmed_when),
        },
        "deliveries": [
            {"period": period, "state": state, "when": instant(at)} for period, state, at in held.deliveries
        ],
        "letters": [{"kind": kind, "state": state, "asked": instant(at)} for kind, state, at in held.letters],
        "bounces": [
            {"period": period, "kind": kind, "when": instant(at), "words": words}
            for period, kind, at, words in held.bounces
        ],
        "counted": [instant(at) for at in counted.times(db, LETTER, mark)],  # letters of the last day, for the cap
    }
