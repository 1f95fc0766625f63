"""Claim supply: deliveries claimed for all connections of a run, the next ones before those at hand are used up.

A claim is on the disk before a message of it may leave, so that a power cut has nobody sent a second copy. Who claims
many, or waits for the disk inside a commit, holds up all connections. So what comes next is claimed ahead, a few at a
time as others are taken, and one connection waits for the disk while the others go on with what is at hand.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.records import Claim
from db.mail import deliveries
from db.schema.connect import Database, sync_log

if TYPE_CHECKING:
    from services.delivery.delivery_worker import DeliveryRun

CLAIM_BATCH = 50  # deliveries that are claimed at a time for each connection, where none is at hand
CLAIM_PART = 25  # that are claimed at a time ahead
TAKE_BATCH = 5  # claimed deliveries that a connection takes at a time: so few that all come to an end together


def take_claims(run: "DeliveryRun", db: Database, keys: Sequence[str] | None, limited: bool, rate: int) -> list[Claim]:
    """The next deliveries for one connection, of a relay with a rate or 0. While it is our turn."""
    # a second's worth: what is held too long grows old
    wanted = min(CLAIM_BATCH, 1 + rate // 60) if rate else CLAIM_BATCH
    if not run.claims:
        now = run.effects.now()
        claimed = deliveries.claim(db, run.period, run.boot, now, 1 if limited else wanted, keys)
        run.claims += [*run.claims_ahead, *claimed]  # the log is on the disk with all that stands in it
        run.claims_ahead.clear()
    return [run.claims.popleft() for _ in range(min(1 if limited else TAKE_BATCH, wanted, len(run.claims)))]


def claim_ahead(run: "DeliveryRun", db: Database, keys: Sequence[str] | None) -> None:
    """Claim a few more where less is at hand than the connections may hold. Not while it is our turn.

    Nobody takes any of them before they are on the disk. Raises StoreError.
    """
    with run.turn:
        if run.is_syncing or len(run.claims) + len(run.claims_ahead) > CLAIM_BATCH * run.connections:
            return
        part = deliveries.claim(db, run.period, run.boot, run.effects.now(), CLAIM_PART, keys, synced=False)
        run.claims_ahead += part
        if not run.claims_ahead or (len(part) == CLAIM_PART and len(run.claims_ahead) < len(run.claims)):
            return
        synced, run.claims_ahead, run.is_syncing = run.claims_ahead, [], True
    sync_log(db)
    with run.turn:
        run.claims += synced
        run.is_syncing = False
