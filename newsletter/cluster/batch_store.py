"""Batch store: what became of batches, in a Redis or Valkey that keeps it on its disk.

A worker asks here before each message whether it may leave, in the one step that also writes the receipt of the message
before it. What was answered must be on the disk: the store is to write each change before it answers (`appendonly yes`
and `appendfsync always`, which is set at each connection where that may be done), so that a store that is killed and
started again knows of every attempt.

No call is tried again here: who calls decides how long to wait. A step that is asked twice is done once.
"""

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.retry import Retry

from core.config.cluster_table import ClusterSettings
from core.errors import HouseError, MailUnavailable
from newsletter.cluster import batch_scripts, host_scripts

log = logging.getLogger("casereviews")
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 10.0  # seconds that the store may take
WORKER_LEASE = 6_000  # milliseconds for which a worker's connection is taken for alive
COORDINATOR_LEASE = 2_000  # milliseconds for which messages leave without a word of the coordinator
PARCELS_SECONDS, BATCH_SECONDS = 86_400, 604_800  # a day for messages, a week for what became of them


class BrokerAway(Exception):
    """The store, or the broker, cannot be asked for now."""

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__(why)
        self.where = where  # of the broker; empty: it is the store


class BatchEvent(NamedTuple):
    """Something that happened to a batch: begun, receipt, done, down, refused."""

    number: str  # in the order of events
    kind: str
    batch: str
    fields: Mapping[str, bytes]

    @property
    def milliseconds(self) -> int:
        """When it happened, by the store's clock."""
        return int(self.number.partition("-")[0])


class BatchStore:
    """The store of one installation, over connections of its own, for the batches of one queue."""

    def __init__(
        self,
        cluster: ClusterSettings,
        fingerprint: str,
        queue: str = "deliver",
        patience: tuple[float, float] = (CONNECT_SECONDS, ANSWER_SECONDS),
    ) -> None:
        self.where, self._prefix, self._queue = cluster.where, f"casereviews:{fingerprint}:", queue
        self._client: Any = redis.Redis.from_url(  # untyped: its answers may be awaitable, say its types
            cluster.store_address,
            socket_connect_timeout=patience[0],
            socket_timeout=patience[1],
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # the newer one has other shapes of answers
            redis_connect_func=_write_at_once,
        )
        texts = {**vars(batch_scripts), **vars(host_scripts)}
        names = "BEGIN STEP FINISH TAKE_BACK HOLD SLOT TAKE_PLACE TAKE_HOST LEAVE_HOST PUT_OFF_HOST".split()
        self._scripts: Any = {name: self._client.register_script(texts[name]) for name in names}
        self._steps: Any = None  # a connection for steps alone: what the client does beside costs more than these

    def close(self) -> None:
        """End its connections."""
        if self._steps:
            self._steps.disconnect()
        self._client.close()

    def check_durable(self) -> None:
        """Raises HouseError where what it is told would be lost, MailUnavailable where it cannot be asked."""
        try:
            self._client.ping()
            kept = self._client.info("persistence").get("aof_enabled")
        except RedisError as e:
            raise unavailable(self.where, e) from e
        if not kept:
            fix = "Start it with: appendonly yes, appendfsync always."
            raise HouseError("the broker keeps nothing on its disk, so that no mail can leave by it", self.where, fix)

    # The coordinator's

    def put(self, batch: str, sealed: bytes, texts: Sequence[str] = ()) -> list[str]:
        """Keep a batch that nobody begins yet: nobody is told of it. Which of its texts are not here."""
        with _translated(), self._client.pipeline(transaction=True) as together:
            together.set(self._key("p", batch), sealed, ex=PARCELS_SECONDS)
            together.hsetnx(self._key("b", batch), "state", "new")  # a request that was delayed changes nothing
            together.expire(self._key("b", batch), BATCH_SECONDS)
            together.sadd(self._key("q", self._queue), batch)
            together.expire(self._key("q", self._queue), BATCH_SECONDS)
            for text in texts:
                together.expire(self._key("t", text), PARCELS_SECONDS)
            found = together.execute()[5:]
        return [text for text, is_here in zip(texts, found, strict=True) if not is_here]

    def put_text(self, text: str, sealed: bytes) -> None:
        """Keep a text that the messages of many batches share."""
        with _translated():
            self._client.set(self._key("t", text), sealed, ex=PARCELS_SECONDS)

    def renew(self, session: str) -> None:
        """The coordinator is alive: messages may leave."""
        with _translated(), self._client.pipeline(transaction=False) as together:
            together.set(self._key("c", session), "1", px=COORDINATOR_LEASE)
            together.expire(self._key("s", session), BATCH_SECONDS)
            together.execute()

    def suspend(self, session: str) -> None:
        """No message leaves any more."""
        with _translated():
            self._client.delete(self._key("c", session))

    def hold(self, batch: str, ids: Iterable[int]) -> None:
        """These messages must not leave."""
        self._run("HOLD", [self._key("b", batch)], list(ids))

    def read_events(self, session: str, after: str, wait: float) -> list[BatchEvent]:
        """What happened after an event; waits so many seconds for something."""
        with _translated():
            found = self._client.xread({self._key("s", session): after}, count=1_000, block=int(wait * 1_000))
        return [_event(number, fields) for _, entries in found or [] for number, fields in entries]

    def forget_events(self, session: str, before: str) -> None:
        """Delete the events before one: they are written down elsewhere."""
        with _translated():
            self._client.xtrim(self._key("s", session), minid=before, approximate=False)

    def take_back(self, batch: str) -> dict[str, bytes] | None:
        """From now on nothing of a batch is begun; all that is known of it, None where it is gone."""
        found = self._run("TAKE_BACK", [self._key("b", batch), self._key("p", batch)], [])
        return {name.decode(): value for name, value in zip(found[::2], found[1::2], strict=True)} or None

    def look(self, batch: str) -> dict[str, bytes]:
        """What is known of a batch; nothing where it is gone."""
        with _translated():
            return {name.decode(): value for name, value in self._client.hgetall(self._key("b", batch)).items()}

    def is_alive(self, owner: str) -> bool:
        """Whether a worker's connection was heard of lately."""
        with _translated():
            return bool(self._client.exists(self._key("l", owner)))

    def drop(self, *batches: str) -> None:
        """Forget batches of which everything is written down elsewhere."""
        if batches:
            with _translated(), self._client.pipeline(transaction=False) as together:
                together.delete(*(self._key(kind, batch) for batch in batches for kind in "bp"))
                together.srem(self._key("q", self._queue), *batches)
                together.execute()

    def drop_texts(self, texts: Iterable[str]) -> None:
        """Forget texts that no batch has any more."""
        if keys := [self._key("t", text) for text in texts]:
            with _translated():
                self._client.delete(*keys)

    # The worker's

    def begin(self, batch: str, owner: str, worker: str) -> str:
        """Take a batch: "go", or why it is not ours."""
        keys = [self._key("b", batch), self._key("l", owner), self._key("s", session_of(batch))]
        return self._word("BEGIN", keys, [owner, WORKER_LEASE, batch, worker])

    def parcels(self, batch: str) -> bytes | None:
        """What was put, None where it is gone."""
        with _translated():
            found: bytes | None = self._client.get(self._key("p", batch))
        return found

    def text(self, name: str) -> bytes | None:
        """A text that messages share, None where it is gone."""
        with _translated():
            found: bytes | None = self._client.get(self._key("t", name))
        return found

    def step(
        self, batch: str, owner: str, attempt: str, following: int | None, receipts: Sequence[tuple[int, bytes]]
    ) -> str:
        """Write receipts; whether the next may leave: "go", "held", "seen", "back", "gone", "orphan".

        By one thread at a time.
        """
        session, script = session_of(batch), self._scripts["STEP"]
        keys = [self._key("b", batch), self._key("s", session), self._key("c", session)]
        values: list[Any] = [owner, batch, attempt, "" if following is None else following]
        values += [part for receipt in receipts for part in receipt]
        with _translated():
            try:
                return self._step("EVALSHA", script.sha, len(keys), *keys, *values)
            except (NoScriptError, redis.ConnectionError):  # it was started anew, or hung up on who was silent for long
                return self._step("EVAL", script.script, len(keys), *keys, *values)

    def _step(self, *words: Any) -> str:
        self._steps = self._steps or self._client.connection_pool.make_connection()
        self._steps.send_command(*words)
        return str(self._steps.read_response().decode())

    def finish(self, batch: str, owner: str, worker: str = "", done: int = 0) -> None:
        """All of a batch that could be done is done: so much of it, by this worker."""
        keys = [self._key("b", batch), self._key("p", batch), self._key("s", session_of(batch)), self._key("w", worker)]
        self._run("FINISH", keys, [owner, batch, self._queue, done])

    def tell(self, batch: str, kind: str, **fields: str | bytes) -> None:
        """Tell the coordinator of a batch something."""
        with _translated():
            self._client.xadd(self._key("s", session_of(batch)), {"kind": kind, "batch": batch, **fields})

    def has_coordinator(self, batch: str) -> bool:
        """Whether messages of a batch may leave."""
        with _translated():
            return bool(self._client.exists(self._key("c", session_of(batch))))

    def keep_alive(self, owner: str) -> None:
        """A worker's connection is alive."""
        with _translated():
            self._client.set(self._key("l", owner), "1", px=WORKER_LEASE)

    def take_slot(self, relay: str, rate: float) -> float:
        """The next slot of a relay's pace: seconds until then."""
        return float(self._run("SLOT", [self._key("r", relay)], [rate])) / 1_000

    def take_place(self, relay: str, owner: str, most: int) -> bool:
        """Take a place for an open connection to a relay, or keep it; whether there is one of so many over all workers.

        Where there is none, those who have one and do not use it are told that it is wanted.
        """
        keys = [self._key("o", relay), self._key("w", relay)]
        return bool(self._run("TAKE_PLACE", keys, [owner, most, WORKER_LEASE]))

    def is_place_wanted(self, relay: str) -> bool:
        """Whether another worker waits for a place."""
        with _translated():
            return bool(self._client.exists(self._key("w", relay)))

    def leave_place(self, relay: str, owner: str) -> None:
        """The connection is closed."""
        with _translated():
            self._client.zrem(self._key("o", relay), owner)

    def take_host(
        self, host: str, owner: str, longest: float, spacing: float, delay: float | None = None
    ) -> tuple[int, float]:
        """Take a host for a request of so many seconds at most: the turn's number, or 0 and seconds to ask again after.

        It is asked `spacing` seconds after its last answer, or as many as the `delay` that its robots.txt is known to
        say. The turn lapses when the owner is not heard of any more.
        """
        keys = [self._key("h", host), self._key("l", owner)]
        values = [_milliseconds(longest), _milliseconds(spacing), "" if delay is None else _milliseconds(delay)]
        turn, wait = self._run("TAKE_HOST", keys, values)
        return int(turn), int(wait) / 1_000

    def leave_host(self, host: str, turn: int) -> None:
        """The host has answered; nothing where the turn has lapsed meanwhile."""
        self._run("LEAVE_HOST", [self._key("h", host)], [turn])

    def put_off_host(self, host: str, seconds: float) -> None:
        """Nobody asks the host for so many seconds."""
        self._run("PUT_OFF_HOST", [self._key("h", host)], [_milliseconds(seconds)])

    def _key(self, kind: str, name: str) -> str:
        return f"{self._prefix}{kind}:{name}"

    def _run(self, script: str, keys: list[str], values: list[Any]) -> Any:
        with _translated():
            return self._scripts[script](keys=keys, args=values)

    def _word(self, script: str, keys: list[str], values: list[Any]) -> str:
        return str(self._run(script, keys, values).decode())


def session_of(batch: str) -> str:
    """The coordinator's session that made a batch."""
    return batch.partition(".")[0]


def unavailable(where: str, error: Exception) -> MailUnavailable:
    """The broker cannot be reached, as an error for a person; at once, not after some tries."""
    fix = "Nothing is lost: what workers have in hand is sorted out once it answers. See [cluster]."
    which = getattr(error, "where", "") or where
    down = MailUnavailable("the broker of the workers cannot be reached", f"{which} ({error})", fix)
    down.is_permanent = True
    return down


def _milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1_000)


class _translated:
    """Errors of the client as ours."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RedisError | OSError):
            raise BrokerAway(str(error)) from error


def _write_at_once(connection: Any) -> None:
    """Greet, and have the store write each change before it answers, where that may be set."""
    connection.on_connect()
    connection.send_command("CONFIG", "SET", "appendfsync", "always")
    try:
        connection.read_response()
    except ResponseError as e:
        if "LOADING" in str(e):
            raise
        log.debug("the store does not let itself be told to write at once: %s", e)


def _event(number: bytes, fields: Mapping[bytes, bytes]) -> BatchEvent:
    named = {name.decode(): value for name, value in fields.items()}
    return BatchEvent(number.decode(), named["kind"].decode(), named["batch"].decode(), named)
