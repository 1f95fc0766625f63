"""Cluster recovery: what became of messages that workers were given by a coordinator that died.

The store is asked for each batch, which is taken back in the same step. What has a receipt is written down, what was
not attempted waits again, and what was attempted stays in flight while its worker's connection is alive; then it is
unknown. Late receipts of what was unknown before are honoured. While the store cannot be asked nothing is decided.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING

from core.config.schema import Settings
from core.errors import HouseError
from core.plurals import plural
from core.records import Receipt
from core.side_effects import SideEffects
from core.states import DeliveryState, MessageMark
from db.files.journal import MessageJournal
from db.mail import deliveries, dispatches
from db.mail.dispatches import DispatchedDelivery
from db.schema.connect import Database

if TYPE_CHECKING:
    from newsletter.cluster.batch_recovery import BatchRecovery

log = logging.getLogger("casereviews")
LOOK_SECONDS = 0.25  # between two looks at what is on its way
SENT: DeliveryState = "sent"
UNKNOWN: DeliveryState = "unknown"
INTERRUPTED = "interrupted: it may have been sent"


def recover_dispatched(effects: SideEffects, settings: Settings, db: Database, stop: Event) -> Counter[DeliveryState]:
    """Sort out what workers were given before; what became of it. Whoever calls holds the senders' lock.

    Waits for what is on its way, until `stop`. Raises MailUnavailable while the store cannot be asked, HouseError where
    no workers are configured any more.
    """
    batches, done = dispatches.list_batches(db), Counter[DeliveryState]()
    if not batches:
        return done
    if not settings.cluster.is_on:
        if not (count := dispatches.count_dispatched(db)):
            return done
        fix = "Set cluster.broker again until they are sorted out."
        raise HouseError("messages are with workers, and none are configured", plural(count, "message"), fix)
    from newsletter.cluster.batch_recovery import recover_batch
    from newsletter.cluster.batch_store import BatchStore, BrokerAway, unavailable
    from newsletter.cluster.cluster_key import make_key

    key = make_key(settings)
    with closing(BatchStore(settings.cluster, key.fingerprint)) as store:
        try:
            while batches:
                for batch, given in list(batches.items()):
                    found = recover_batch(store, key, batch, [one.id for one in given])
                    done += _write_down(effects, settings, db, given, found)
                    batches[batch] = [one for one in given if one.id in found.on_their_way]
                    if not batches[batch]:
                        del batches[batch]
                if batches and stop.wait(LOOK_SECONDS):
                    break
        except BrokerAway as e:
            count = dispatches.count_dispatched(db)
            log.warning("%s with workers: the broker is to say what became of them", plural(count, "message"))
            raise unavailable(store.where, e) from e
    return done


def _write_down(
    effects: SideEffects, settings: Settings, db: Database, given: Iterable[DispatchedDelivery], found: "BatchRecovery"
) -> Counter[DeliveryState]:
    """Write what is known of one batch, in the journal first where a message may leave again."""
    now, by_id = effects.now(), {one.id: one for one in given}
    done, marks = Counter[DeliveryState](), defaultdict[str, list[tuple[MessageMark, str]]](list)
    sent = {one.id: one.reply for one in found.answers if one.kind == "sent"}
    unknown = {one.id: one.reply for one in found.answers if one.kind == "unknown"}
    unknown |= dict.fromkeys(found.unknown, INTERRUPTED)
    untaken = {one.id for one in found.answers} - set(sent) - set(unknown)
    again = [number for number in (*found.untried, *untaken) if by_id[number].state == "sending"]
    for number in again:
        marks[by_id[number].period].append(("back", by_id[number].token))
    for number in sent:
        marks[by_id[number].period].append(("sent", by_id[number].token))
    for period, entries in marks.items():
        with closing(MessageJournal(settings.data_dir, period)) as journal:
            journal.write(entries)
    dispatches.queue_again(db, again)
    for number, reply in sent.items():
        if by_id[number].state == "unknown":
            done["sent"] += dispatches.honour_sent(db, [number], reply, now)
    receipts = [
        Receipt(number, state, reply, relay=by_id[number].relay)
        for state, replies in ((SENT, sent), (UNKNOWN, unknown))
        for number, reply in replies.items()
        if by_id[number].state == "sending"
    ]
    deliveries.record_receipts(db, receipts, now)
    done.update(receipt.state for receipt in receipts)
    return done
