"""Relay connections: those of one thread of a worker, kept open from batch to batch, one to each relay.

Where a relay of several may have so many connections and no more, all workers share these: each takes a place in the
store before it connects, and leaves it when it hangs up. Who has a place without using it hangs up once it is wanted.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from threading import Event
from time import monotonic
from typing import Protocol, TypeVar

from core.config.schema import MailSettings
from newsletter.cluster.batch_store import BatchStore, BrokerAway
from newsletter.cluster.parcel_codec import ParcelBatch
from newsletter.mail.smtp import SmtpConnection, SmtpTransport
from newsletter.mail.transport import Pace
from newsletter.oauth.mail_token import TokenSource

T = TypeVar("T")
IDLE_SECONDS = 20.0  # after which a connection to a relay is not used again
LOOK_SECONDS = 0.25  # between two tries to get a place


class GivenToken(TokenSource):
    """The token that the coordinator had for the relay."""

    def __init__(self, given: str) -> None:
        object.__setattr__(self, "given", given)

    def token(self, refused: str = "", anew: bool = False) -> str:
        """The one there is."""
        return str(self.__dict__["given"])


class Ask(Protocol):
    """Asks the store until it answers."""

    def __call__(self, question: Callable[[], T]) -> T:
        """What it answers in the end."""


@dataclass
class OpenConnection:
    """A connection to a relay, and what it was logged in with."""

    connection: SmtpConnection
    mail: MailSettings
    token: str
    used_at: float  # of the process's clock

    @property
    def is_old(self) -> bool:
        """Whether it was not used for so long that the relay may have hung up."""
        return monotonic() - self.used_at > IDLE_SECONDS


class RelayConnections:
    """`connect(batch, …)`, then `close(server)`. One thread at a time, but for `keep_places`."""

    def __init__(self, store: BatchStore, owner: str, ask: Ask) -> None:
        self._store, self._owner, self._ask = store, owner, ask
        self._open: dict[str, OpenConnection] = {}
        self._places: dict[str, int] = {}  # that are ours, and of how many

    def connect(self, work: ParcelBatch, pace: Pace, may_wait: Callable[[], bool]) -> SmtpConnection | None:
        """The open connection, where it was used lately; else a new one. None: `may_wait` ended the wait for a place.

        Places at other relays are left: while this one is slow, another worker may want them. Raises MailRefused,
        MailUnavailable.
        """
        server = server_of(work.mail)
        for other in [one for one in self._places if one != server]:
            self.close(other)
        known = self._open.get(server)
        if known and ((known.mail, known.token) != (work.mail, work.token) or known.is_old):
            self.close(server)
            known = None
        if not known:
            while work.most and not self._ask(lambda: self._store.take_place(server, self._owner, work.most)):
                if not may_wait():
                    return None
                Event().wait(LOOK_SECONDS)
            if work.most:
                self._places[server] = work.most
            tokens = GivenToken(work.token) if work.token else None
            try:
                connection = SmtpTransport(work.mail, tokens).open(pace)
            except BaseException:
                self.close(server)
                raise
            self._open[server] = known = OpenConnection(connection, work.mail, work.token, monotonic())
        return known.connection

    def close(self, server: str) -> None:
        """Hang up, where there is a connection, and leave its place."""
        if known := self._open.pop(server, None):
            known.connection.close()
        if self._places.pop(server, 0):
            self._ask(lambda: self._store.leave_place(server, self._owner))

    def note_use(self, server: str) -> None:
        """It was used until now."""
        if known := self._open.get(server):
            known.used_at = monotonic()

    def close_all(self) -> None:
        """Hang up everywhere, whether the store hears of it or not."""
        for known in self._open.values():
            known.connection.close()
        for server in self._places:
            with suppress(BrokerAway):
                self._store.leave_place(server, self._owner)
        self._open, self._places = {}, {}

    def close_unused(self) -> None:
        """Hang up where nothing was sent for long, and where another worker waits for the place. Raises BrokerAway."""
        for server, known in list(self._open.items()):
            if known.is_old or (server in self._places and self._store.is_place_wanted(server)):
                self.close(server)

    def keep_places(self) -> None:
        """Say that the places are taken. Raises BrokerAway."""
        for server, most in list(self._places.items()):
            self._store.take_place(server, self._owner, most)


def server_of(mail: MailSettings) -> str:
    """What a relay's limits are counted by: nobody's name in clear."""
    return sha256(f"{mail.host}:{mail.port}:{mail.username}".encode()).hexdigest()
