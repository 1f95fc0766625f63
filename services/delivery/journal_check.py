"""Journal check: what the journal knows and the database has forgotten is taken over before anything is sent.

The database forgets what it was last told when its log is deleted by hand or an older copy takes its place. Then the
journal beside it (`db/files/journal.py`) knows better: who left gets nothing, and what left is not sent again.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from core.plurals import plural
from core.states import ENDED_STATUSES, SubscriberStatus
from core.subscriber_rules import address_digest
from db.files import journal
from db.files.journal import ReaderEvent
from db.mail import delivery_retention, left_messages, mailings, subscribers, suppressions
from db.operator import audit_trail, secrets
from db.schema.connect import Database, write_transaction

log = logging.getLogger("casereviews")
SENT_REPLY = "taken by the mail server, as the journal says"
UNKNOWN_REPLY = "interrupted: it may have been sent"
ACTOR = "journal"  # in the audit trail


class ForgottenEvents(NamedTuple):
    """How much the journal knew that the database did not."""

    readers: int = 0  # who left, paused or were erased
    messages: int = 0  # that left


def take_over_journal(db: Database, data_dir: Path, now: datetime) -> ForgottenEvents:
    """Compare the journal with the database, and write down what this has forgotten. Raises StoreError.

    Whoever calls holds the senders' lock.
    """
    readers = _take_over_readers(db, data_dir, now)
    messages = sum(_take_over_messages(db, data_dir, period, now) for period in mailings.list_sending(db))
    lines = [f"{plural(readers, 'reader')} had left"] if readers else []
    lines += [f"{plural(messages, 'message')} had gone out"] if messages else []
    if lines:
        words = f"{' and '.join(lines)}: the journal knew of it and the database did not"
        log.warning("%s", words)
        with write_transaction(db):
            audit_trail.add(db, ACTOR, words, now)
    return ForgottenEvents(readers, messages)


def _take_over_messages(db: Database, data_dir: Path, period: str, now: datetime) -> int:
    """What the server took is sent; what was begun and has no answer there either is unknown."""
    known = journal.read_messages(data_dir, period)
    if not known:
        return 0
    sent, unknown = [], []
    for number, token in left_messages.list_waiting(db, period):
        mark = known.get(journal.message_hash(token))
        if mark == "sent":
            sent.append(number)
        elif mark == "begun":
            unknown.append(number)
    with write_transaction(db):
        left_messages.mark_left(db, sent, "sent", SENT_REPLY, now)
        left_messages.mark_left(db, unknown, "unknown", UNKNOWN_REPLY, now)
    return len(sent) + len(unknown)


def _take_over_readers(db: Database, data_dir: Path, now: datetime) -> int:
    """Who left, paused or was erased after what the database knows of them last."""
    known = {digest: event for digest, event in journal.read_readers(data_dir).items() if event.mark != "active"}
    secret, ended, erased = secrets.get(db, "signing"), [], []
    for digest, at in _list_known_ends(db, secret, known):
        if digest in known and at >= known[digest].at:
            del known[digest]
    if not known:  # mostly: then nobody else has to be looked at
        return 0
    present = ((number, known.get(address_digest(secret, key))) for number, key in subscribers.list_keys(db))
    for number, event in [(number, event) for number, event in present if event]:
        one = subscribers.get_by_id(db, number)
        if one is None or event.at <= one.since:
            continue
        if event.mark == "erased":
            erased.append(one.id)
        elif (status := _status_after(event)) in ENDED_STATUSES or one.status == "active":
            ended.append(replace(one, status=status, since=event.at))
    with write_transaction(db):
        for subscriber in ended:
            subscribers.update(db, subscriber)
        delivery_retention.detach_subscribers(db, erased)
        subscribers.delete(db, erased, now)
    return len(ended) + len(erased)


def _list_known_ends(db: Database, secret: str, events: Iterable[str]) -> Iterator[tuple[str, datetime]]:
    """What the database knows of these readers' ends: the keyed hash of each mailbox, and when."""
    yield from suppressions.list_times(db, events)
    yield from ((address_digest(secret, key), at) for key, at in subscribers.list_away(db))


def _status_after(event: ReaderEvent) -> SubscriberStatus:
    return "unsubscribed" if event.mark == "left" or event.mark == "erased" else event.mark
