"""Answer box: what a worker tells of a message or its relay, encrypted: servers repeat addresses."""

import json

from core.errors import HouseError, MailRefused, MailUnavailable
from newsletter.cluster.cluster_key import ClusterKey
from newsletter.mail.transport import DeliveryAnswer


def seal_answer(key: ClusterKey, batch: str, answer: DeliveryAnswer) -> bytes:
    """An answer for the coordinator alone."""
    said = json.dumps([answer.kind, answer.reply, answer.ours])
    return key.seal(said.encode(), f"{batch} {answer.id}")


def open_answer(key: ClusterKey, batch: str, number: int, sealed: bytes) -> DeliveryAnswer:
    """What `seal_answer` was given. Raises HouseError."""
    kind, reply, ours = json.loads(key.unseal(sealed, f"{batch} {number}"))
    return DeliveryAnswer(number, kind, reply, ours)


def seal_trouble(key: ClusterKey, batch: str, error: HouseError, is_let_in: bool) -> bytes:
    """Why a worker cannot use the relay; `is_let_in`: which had taken its log-in."""
    lasting = isinstance(error, MailUnavailable) and error.is_permanent
    said = json.dumps([isinstance(error, MailRefused), lasting, is_let_in, error.what, error.which, error.fix])
    return key.seal(said.encode(), f"{batch} trouble")


def open_trouble(key: ClusterKey, batch: str, sealed: bytes, worker: str) -> tuple[MailRefused | MailUnavailable, bool]:
    """What `seal_trouble` was given, with the worker's name. Raises HouseError."""
    refused, lasting, is_let_in, what, which, fix = json.loads(key.unseal(sealed, f"{batch} trouble"))
    which = f"{which}, from {worker}"
    if refused:
        return MailRefused(what, which, fix), is_let_in
    down = MailUnavailable(what, which, fix)
    down.is_permanent = lasting
    return down, is_let_in
