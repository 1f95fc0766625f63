"""Batch recovery: what became of a batch whose coordinator died, as the store knows it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from newsletter.cluster.answer_box import open_answer
from newsletter.cluster.batch_store import BatchStore
from newsletter.cluster.cluster_key import ClusterKey
from newsletter.mail.transport import DeliveryAnswer


@dataclass
class BatchRecovery:
    """What became of a batch whose coordinator died."""

    answers: list[DeliveryAnswer] = field(default_factory=list)
    untried: list[int] = field(default_factory=list)
    on_their_way: list[int] = field(default_factory=list)  # attempted by a worker that lives
    unknown: list[int] = field(default_factory=list)


def recover_batch(store: BatchStore, key: ClusterKey, batch: str, ids: Iterable[int]) -> BatchRecovery:
    """Take back a batch of a coordinator that died: what is known of its messages. Raises BrokerAway, HouseError."""
    known, found = store.take_back(batch), BatchRecovery()
    for number in ids:
        if known is None:
            found.unknown.append(number)
        elif f"r{number}" in known:
            found.answers.append(open_answer(key, batch, number, known[f"r{number}"]))
        elif f"a{number}" not in known:
            found.untried.append(number)
        elif known.get("state") == b"back" and store.is_alive(known["owner"].decode()):
            found.on_their_way.append(number)
        else:
            found.unknown.append(number)
    return found
