"""Sending JSON: how mail is being sent just now, by workers, queues, relays, paces of providers; null: unknown."""

from typing import Literal, TypedDict

from core.json_types import Instant

BrokerState = Literal["answers", "silent"]
WorkerState = Literal["at work", "idle", "silent", "stopped"]


class BrokerJson(TypedDict):
    """What workers get their work from."""

    where: str  # host and port
    state: BrokerState
    why: str  # of silence


class WorkerJson(TypedDict):
    """A worker, identified by its name."""

    name: str
    version: str
    state: WorkerState
    since: Instant  # when it started
    heard_at: Instant  # last
    connections: int
    queues: list[str]
    batches: int  # in hand
    messages: int  # in hand, of batches of mail
    per_minute: dict[str, float]  # messages, or addresses, lately, by queues; none: it cannot be told yet
    done: dict[str, int]  # messages, or addresses, of the batches that it finished, by queues


class QueueJson(TypedDict):
    """A queue of batches, identified by its name."""

    name: str
    waiting: int  # batches that no worker has begun
    in_hand: int  # batches
    oldest_at: Instant | None  # when the one that waits longest was handed out; null: none waits


class RelayJson(TypedDict):
    """What a mail server does of the run that is being sent, or was sent last. Identified by its name."""

    name: str  # empty: the only one
    where: str  # host and port
    sent: int
    sending: int  # on their way
    deferred: int  # put off, and tried again
    refused: int
    failed: int  # put off for a day
    unknown: int
    next_try_at: Instant | None  # of the first that it put off
    fault: str  # why nothing goes by it, in the server's words or ours; empty: it takes mail
    fault_since: Instant | None
    blocked_until: Instant | None  # when the timer tries it again; null: with the next delivery, or it is well
    limit: int | None  # messages a minute that the configuration allows; null: any number
    pace: float | None  # messages a minute, where it asked for a slower pace; null: no limit of its own
    pace_words: str  # its words, when it asked for it


class ProviderPaceJson(TypedDict):
    """The pace of a large mailbox provider's readers by a relay, where it asked for a slower one."""

    relay: str
    provider: str
    pace: float  # messages a minute
    words: str  # the server's
    at: Instant  # when it was so


class SendingJson(TypedDict):
    """How mail is being sent."""

    run: str | None  # that the relays' counts are of; null: nothing was sent yet
    broker: BrokerJson | None  # null: there are no workers
    with_workers: int  # messages, as the database knows
    workers: list[WorkerJson] | None  # null: the broker does not say
    queues: list[QueueJson] | None  # likewise
    relays: list[RelayJson]  # none: mail goes to files
    providers: list[ProviderPaceJson]
