"""Freeze of an issue's audience: queued in short transactions, between which readers come or go.

A million deliveries in one transaction would shut out every sign-up and every leaving meanwhile, so they are queued in
batches before the issue is released: while it is a draft or approved, nothing delivers or counts them. The audience is
still that of one instant: whoever became active after the release began is in no batch, and whoever has left is sent
nothing, queued or not. Then one short transaction composes the issue once more. If it is still the one that the
audience was queued for, it is frozen; if it is another, the audience is queued anew, for its reviews decide whose
wishes are met. A release that is killed has released nothing: the next forgets what it queued. A batch writes few
pages, since all indexes go by the readers' numbers. Message tokens are in no order, and each batch would write their
whole index anew: it holds only deliveries that were claimed, for before that nothing can have left.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache

from core.records import Review
from core.side_effects import SideEffects
from core.subscriber_rules import SearchText, matches_any, message_tokens
from db.mail import audience_freeze, audiences
from db.operator import secrets
from db.schema.connect import Database, unsynced_commits, write_transaction
from db.schema.write_batches import PAUSE, write_batches

FORGET_BATCH = 10_000  # deliveries: the write lock is held for some tenths of a second


def queue_audience(effects: SideEffects, db: Database, period: str, reviews: Iterable[Review], as_of: datetime) -> None:
    """Queue an unreleased issue for all who are active at an instant, and want these reviews, in place of before.

    Broken off, it leaves what nothing delivers, and what the next release forgets.
    """
    forget_audience(effects, db, period)
    token, matches = message_tokens(secrets.get(db, "signing"), period), wishes_matcher(reviews)
    with unsynced_commits(db):
        for batch in write_batches(effects, audience_freeze.get_last_number(db)):
            with write_transaction(db):
                audience_freeze.queue_batch(db, period, batch, token, matches, as_of, effects.now())


def forget_audience(effects: SideEffects, db: Database, period: str) -> None:
    """Forget whom an issue was queued for that was not released after all."""
    while True:
        with write_transaction(db):
            forgotten = audience_freeze.forget_batch(db, period, FORGET_BATCH)
        if forgotten < FORGET_BATCH:
            return
        effects.sleep(PAUSE)


def count_interested(db: Database, reviews: Iterable[Review]) -> int:
    """How many active subscribers want an issue of these reviews."""
    matches = wishes_matcher(reviews)
    choosy = audiences.list_choosy_wishes(db)
    return audiences.count_monthly(db) + sum(count for topics, nations, count in choosy if matches(topics, nations))


def wishes_matcher(reviews: Iterable[Review]) -> Callable[[str, str], bool]:
    """Whether any of these reviews is what somebody asked for, by their topics and nations as they are stored."""
    texts = tuple(map(SearchText.of, reviews))

    @lru_cache(10_000)  # many wish for the same
    def matches(topics: str, nations: str) -> bool:
        return matches_any(tuple(json.loads(topics)), tuple(json.loads(nations)), texts)

    return matches
