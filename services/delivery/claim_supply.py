"""Claim supply: deliveries claimed for all connections of a run, the next ones before those at hand are used up.

A claim is on the disk before a message of it may leave, so that a power cut has nobody sent a second copy. Who waits
for the disk inside a commit holds up all connections. So what is claimed ahead is committed a part at a time, and one
connection waits for the disk while the others go on with what is at hand.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.records import Claim
from db.mail import deliveries
from db.schema.connect import Database, sync_log

if TYPE_CHECKING:
    from services.delivery.delivery_worker import DeliveryRun

CLAIM_BATCH = 50  # deliveries that are claimed at a time; ahead, as many for each connection
TAKE_BATCH = 5  # claimed deliveries that a connection takes at a time: so few that all come to an end together


def take_claims(run: "DeliveryRun", db: Database, keys: Sequence[str] | None, limited: bool, rate: int) -> list[Claim]:
    """The next deliveries for one connection, of a relay with a rate or 0. While it is our turn."""
    # a second's worth: what is held too long grows old
    wanted = min(CLAIM_BATCH, 1 + rate // 60) if rate else CLAIM_BATCH
    if not run.claims:
        now = run.effects.now()
        run.claims += deliveries.claim(db, run.period, run.boot, now, 1 if limited else wanted, keys)
    return [run.claims.popleft() for _ in range(min(1 if limited else TAKE_BATCH, wanted, len(run.claims)))]


def claim_ahead(run: "DeliveryRun", db: Database, keys: Sequence[str] | None) -> None:
    """Claim what comes next where little is at hand, unless another connection does. Not while it is our turn.

    Nobody takes any of it before it is on the disk. Raises StoreError.
    """
    with run.turn:
        if run.is_claiming_ahead or not 0 < len(run.claims) <= CLAIM_BATCH * run.connections // 2:
            return
        run.is_claiming_ahead = True
    claimed: list[Claim] = []
    for _ in range(run.connections):
        with run.turn:
            part = deliveries.claim(db, run.period, run.boot, run.effects.now(), CLAIM_BATCH, keys, synced=False)
        claimed += part
        if len(part) < CLAIM_BATCH:
            break
    if claimed:
        sync_log(db)
    with run.turn:
        run.claims += claimed
        run.is_claiming_ahead = False
