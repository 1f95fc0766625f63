"""Stored paces: what relays were found to take, from one run to the next.

What was slowed is written down while it changes, so that it can be looked at, and once more at a run's end. The next
run begins with it, at the pace to which it goes back once the server takes mail again, and not more slowly than a
message a second: who is still too quick is told so at once. After some hours without a run it is forgotten.
"""

from collections.abc import Iterator
from datetime import datetime

from core.retry import PACE_MEMORY
from db.mail import relay_paces
from db.mail.relay_paces import StoredPace
from db.schema.connect import Database
from services.delivery.relay_state import RelayPaces, RelayState

LEAST_RATE = 1.0  # messages a second, at which a run begins
WORTH_KEEPING = 1.25  # by how much a pace has changed that is written down during a run


def recall_paces(db: Database, relay: str, now: datetime) -> RelayPaces:
    """The paces that a run begins with, by a relay's name."""
    return RelayPaces.begin(now, [one for one in relay_paces.list_since(db, now - PACE_MEMORY) if one.relay == relay])


def store_paces(db: Database, relay: RelayState, now: datetime, is_over: bool = False) -> None:
    """Write down the paces of a relay, where they have changed much; at the end of a run in any case."""
    slowed, before = list(_list_slowed(relay, now)), relay.paces.stored
    rates = {one.provider: one.rate for one in slowed}
    if not (rates or before):  # as nearly always
        return
    if is_over or before.keys() != rates.keys() or any(_differs(before[name], rate) for name, rate in rates.items()):
        relay_paces.replace(db, relay.name, slowed, now - PACE_MEMORY)
        relay.paces.stored = rates


def _differs(before: float, rate: float) -> bool:
    return max(before, rate) > WORTH_KEEPING * min(before, rate)


def _list_slowed(relay: RelayState, now: datetime) -> Iterator[StoredPace]:
    providers = {name: one.pace for name, one in relay.paces.providers.items()}
    for provider, pace in {"": relay.paces.relay, **providers}.items():
        if pace.rate is not None:
            resumed = pace.halved if pace.signs else pace.rate
            yield StoredPace(relay.name, provider, pace.rate, max(LEAST_RATE, resumed), pace.words, now)
