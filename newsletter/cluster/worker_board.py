"""Worker board: where workers sign in to the store every few seconds, for whoever looks."""

from typing import NamedTuple

from core.config.cluster_table import ClusterSettings
from newsletter.cluster.batch_store import ANSWER_SECONDS, BATCH_SECONDS, CONNECT_SECONDS, BatchStore

WORKER_SECONDS = 86_400  # for which a worker that is not heard of any more is remembered
MOST_WORKERS, MOST_BATCHES = 50, 1_000  # that are looked at

# A worker is there, at this time of the store's own clock; how much it has done, by queues, beside what it said.
# KEYS: worker, times of all workers. ARGV: its name, what it says of itself, seconds for which a silent one is known.
SIGN_IN = """
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'about', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], time[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', time[1] - ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return redis.call('HGETALL', KEYS[1])
"""

# The workers heard of last, each with its name, seconds since then, and what is known of it.
# KEYS: times of all workers. ARGV: what their keys begin with, how many.
LIST_WORKERS = """
local now, found = redis.call('TIME')[1], {}
local heard = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[2] - 1, 'WITHSCORES')
for i = 1, #heard, 2 do
  found[#found + 1] = {heard[i], now - heard[i + 1], redis.call('HGETALL', ARGV[1] .. heard[i])}
end
return found
"""

# The batches of a queue that wait or are being done, each with its name, its time left in milliseconds, its owner.
# Those that the store has lost are looked for no more. KEYS: the queue. ARGV: what their keys begin with, how many.
LIST_BATCHES = """
local found = {}
for _, name in ipairs(redis.call('SRANDMEMBER', KEYS[1], ARGV[2])) do
  local state, owner = unpack(redis.call('HMGET', ARGV[1] .. name, 'state', 'owner'))
  if not state then
    redis.call('SREM', KEYS[1], name)
  elseif state == 'new' or state == 'begun' then
    found[#found + 1] = {name, redis.call('PTTL', ARGV[1] .. name), owner or ''}
  end
end
return found
"""


class WorkerPresence(NamedTuple):
    """What a worker has said last, identified by its name."""

    name: str
    about: str  # JSON
    silent: int  # seconds since it was heard of
    done: dict[str, int]  # messages, or addresses, by queues


class OpenBatch(NamedTuple):
    """A batch that is handed out and not done, identified by its name."""

    name: str
    age: float  # seconds
    owner: str  # the worker's connection that has begun it; empty: none yet


class WorkerBoard(BatchStore):
    """The store of one installation, for who signs in and who looks."""

    def __init__(
        self,
        cluster: ClusterSettings,
        fingerprint: str,
        patience: tuple[float, float] = (CONNECT_SECONDS, ANSWER_SECONDS),
    ) -> None:
        super().__init__(cluster, fingerprint, patience=patience)
        scripts = {"SIGN_IN": SIGN_IN, "LIST_WORKERS": LIST_WORKERS, "LIST_BATCHES": LIST_BATCHES}
        self._scripts |= {name: self._client.register_script(script) for name, script in scripts.items()}

    def sign_in(self, worker: str, about: str) -> dict[str, int]:
        """A worker is there, and says this of itself; how much it has done, by queues."""
        found = self._run("SIGN_IN", [self._key("w", worker), self._key("w", "")], [worker, about, WORKER_SECONDS])
        return _count_done(_named(found))

    def list_workers(self) -> list[WorkerPresence]:
        """The workers of the last day, by name; of very many those heard of last."""
        found = self._run("LIST_WORKERS", [self._key("w", "")], [self._key("w", ""), MOST_WORKERS])
        known = [(name.decode(), int(silent), _named(said)) for name, silent, said in found]
        return sorted(
            WorkerPresence(name, said.get("about", b"{}").decode(), max(0, silent), _count_done(said))
            for name, silent, said in known
        )

    def list_batches(self, queue: str) -> list[OpenBatch]:
        """The batches of a queue that wait or are being done; of very many, some."""
        found = self._run("LIST_BATCHES", [self._key("q", queue)], [self._key("b", ""), MOST_BATCHES])
        return [OpenBatch(name.decode(), BATCH_SECONDS - left / 1_000, owner.decode()) for name, left, owner in found]


def _named(said: list[bytes]) -> dict[str, bytes]:
    return {name.decode(): value for name, value in zip(said[::2], said[1::2], strict=True)}


def _count_done(said: dict[str, bytes]) -> dict[str, int]:
    return {name: int(value) for name, value in said.items() if name != "about"}
