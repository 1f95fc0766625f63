"""Mail transport: the one way out for every message, through the mail server or to the outbox's files.

An issue, a confirmation, a test send and a message to the operator are all parcels. `route` says which transport a
mailbox's parcels take; `Transport.open` gives a session, which signs (DKIM) and keeps the pace; `Session.deliver`
hands the parcels over and reports each to its `Mark`. Nothing else reads `mail.transport`, `mail.live` and
`mail.allow_list`: whoever must know who gets real mail asks `read_routing` or `split_audience`.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from core.config.schema import MailSettings, Settings
from core.email_address import parse_address
from core.errors import HouseError, SettingsError
from core.states import AnswerKind, DeliveryRoute, MailReach
from core.subscriber_rules import InvalidInput, envelope_key

if TYPE_CHECKING:
    from newsletter.cluster.cluster_transport import ClusterTransport
    from newsletter.mail.dkim import DkimSigner
    from newsletter.mail.outbox_files import OutboxTransport
    from newsletter.mail.slotted_bytes import MergedMessage
    from newsletter.mail.smtp import SmtpTransport


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way, identified by its sender's number for it."""

    id: int
    return_path: str
    to: str  # the mailbox, as on the envelope
    data: bytes  # the whole message: CRLF, not signed
    name: str  # of its file, should it go to the outbox: "2026-10/TOKEN"
    wire_form: bool = False  # `data` is as DATA carries it: signed, its dots are doubled, the last one is missing
    merged: "MergedMessage | None" = None  # what `data` is to be, not joined: for workers, who join it


@dataclass(frozen=True, slots=True)
class DeliveryAnswer:
    """What became of a parcel.

    later: not taken for now; again: not taken, for no fault of the message; waits: nothing of it was asked yet, since
    the server takes no mail at all for now; unknown: it may have been taken.
    """

    id: int
    kind: AnswerKind
    reply: str
    ours: bool = False  # it is we who were turned away: as if the message had not been tried


class ConnectionLost(Exception):
    """The session is of no more use. `mark` has heard what became of whatever was under way."""


class ServerSilent(ConnectionLost):
    """The server did not answer in time."""


# Hears what became of parcels, and which one is to leave next; whether it may. Of a parcel that was written to a file
# and is reported as sent: whether the file may stay.
Mark = Callable[[list[DeliveryAnswer], Parcel | None], bool]
Pace = Callable[[str], bool]  # waits until one more message may leave by a relay; False: none may, it is time to stop


class Session(Protocol):
    """An open transport, for many parcels."""

    @property
    def takes_wire_form(self) -> bool:
        """Whether parcels may be in wire form already: it does not write them to files."""

    @property
    def takes_merged(self) -> bool:
        """Whether parcels are to be merged and no more: others join their pieces."""

    @property
    def signer(self) -> "DkimSigner | None":
        """What must have signed a parcel that comes in wire form, where mail is signed; all others it signs itself."""

    def deliver(self, parcels: Iterator[Parcel], mark: Mark, ahead: bool = True) -> None:
        """Hand parcels over until there are no more; each is marked before it leaves, and what became of it after.

        With `ahead` the next parcel may be asked for before the one before it is answered. Raises ConnectionLost when
        the session is of no more use, MailRefused when the server will not have us, StoreError for a file.
        """

    def close(self) -> None:
        """End it, politely where that is still possible."""


class Transport(Protocol):
    """A way out for mail."""

    @property
    def via(self) -> DeliveryRoute:
        """What a receipt calls it."""

    @property
    def where(self) -> str:
        """The mail server or the folder, for whoever reads an error."""

    def open(self, pace: Pace) -> Session:
        """A session that signs where DKIM is set, and waits for `pace` before each message that really leaves.

        Raises MailRefused, MailUnavailable, and HouseError for a DKIM key that cannot sign.
        """

    def take_back(self, name: str) -> None:
        """Undo what was handed over under a name, where that can be done: a file is deleted."""


class Routing(NamedTuple):
    """Who gets real mail, as the settings say it."""

    via: DeliveryRoute  # outbox: no mail leaves this machine
    is_live: bool
    listed: tuple[str, ...]  # the addresses that get real mail while it is not live, as they are written

    @property
    def reach(self) -> MailReach:
        """Who gets real mail; to all others a file is written."""
        return "nobody" if self.via == "outbox" else "everybody" if self.is_live else "listed"

    def listed_keys(self) -> frozenset[str]:
        """The mailboxes that are listed. Raises SettingsError for what is no address."""
        try:
            return _parse_keys(self.listed)
        except InvalidInput as e:
            raise SettingsError("configuration", f"mail.allow_list: {e}", "Correct the address.") from e


class AudienceShare(NamedTuple):
    """The part of an audience that has one way out."""

    way_out: Transport
    keys: tuple[str, ...] | None = None  # of these mailboxes only; None: of all
    others: bool = False  # instead, of all but these
    relays: "tuple[SmtpTransport | ClusterTransport, ...]" = ()  # where it is mailed: what it is shared over


def read_routing(mail: MailSettings) -> Routing:
    """Who gets real mail."""
    return Routing(mail.transport, mail.live, mail.allow_list)


def describe_servers(mail: MailSettings) -> str:
    """Host and port of each server that mail leaves through."""
    return ", ".join(f"{one.mail.host}:{one.mail.port}" for one in mail.relay_list)


def route(settings: Settings, mailbox: str) -> Transport:
    """The way out for what goes to a mailbox, written as on an envelope. Raises SettingsError."""
    routing = read_routing(settings.mail)
    listed = routing.reach == "listed" and envelope_key(mailbox) in routing.listed_keys()
    return _smtp(settings) if listed or routing.reach == "everybody" else route_to_files(settings)


def route_to_files(settings: Settings) -> "OutboxTransport":
    """The way out for what is not to be mailed, whatever the settings say."""
    from newsletter.mail.outbox_files import OutboxTransport

    return OutboxTransport(settings.data_dir / "outbox")


def split_audience(settings: Settings) -> list[AudienceShare]:
    """An audience by its ways out, in the order they are gone. Raises SettingsError."""
    routing = read_routing(settings.mail)
    if routing.reach == "nobody":
        return [AudienceShare(route_to_files(settings))]
    if routing.reach == "everybody":
        return [AudienceShare(_smtp(settings), relays=_by_workers(settings))]
    keys = tuple(sorted(routing.listed_keys()))
    return [
        AudienceShare(_smtp(settings), keys, relays=_by_workers(settings)),
        AudienceShare(route_to_files(settings), keys, others=True),
    ]


def check_usable(mail: MailSettings) -> None:
    """Raises SettingsError for an allow_list, HouseError for a DKIM key or name, that mail could not leave with."""
    from newsletter.mail.dkim import configured_signer

    read_routing(mail).listed_keys()
    for relay in mail.relay_list:
        try:
            configured_signer(relay.mail)
        except HouseError as e:
            if relay.name:
                raise HouseError(e.what, f"{e.which} of relay {relay.name}", e.fix, e.action) from e
            raise


def deliver_now(transport: Transport, pace: Pace, parcel: Parcel) -> None:
    """Hand one message over at once. Raises MailRefused, MailUnavailable, HouseError when it is not taken."""
    answers: list[DeliveryAnswer] = []

    def note(given: list[DeliveryAnswer], following: Parcel | None) -> bool:
        answers.extend(given)
        return True

    with closing(transport.open(pace)) as session, suppress(ConnectionLost):  # then the answer says why
        session.deliver(iter([parcel]), note, ahead=False)
    if len(answers) != 1 or answers[0].kind != "sent":
        from core.bounce_rules import redact_reply

        why = redact_reply(" ".join(one.reply for one in answers), addresses=[parcel.to]) or "stopped before it left"
        raise HouseError("the mail server did not take it", f"{transport.where} ({why})", "See [mail].")


def double_dots(data: bytes) -> bytes:
    """Bytes of a message, not its first ones, with every dot that begins a line doubled."""
    return data.replace(b"\r\n.", b"\r\n..")


def dot_stuff(raw: bytes) -> bytes:
    """The message as DATA carries it: a dot that begins a line is doubled (RFC 5321 §4.5.2); without the last dot."""
    stuffed = double_dots(raw)
    return (b"." + stuffed if stuffed.startswith(b".") else stuffed) + (b"" if raw.endswith(b"\r\n") else b"\r\n")


def _smtp(settings: Settings) -> Transport:
    """The mail server, or the first of the relays that works."""
    first, *others = _relays(settings)
    if not others:
        return first
    from newsletter.mail.relay_fallback import RelayFallback

    return RelayFallback((first, *others))


def _by_workers(settings: Settings) -> "tuple[SmtpTransport | ClusterTransport, ...]":
    """The relays of a whole list; through workers, where there are some."""
    relays = _relays(settings)
    if not settings.cluster.is_on:
        return relays
    from newsletter.cluster.cluster_transport import ClusterTransport

    return tuple(ClusterTransport(relay, settings) for relay in relays)


def _relays(settings: Settings) -> "tuple[SmtpTransport, ...]":
    from newsletter.mail.smtp import SmtpTransport  # heavy, and not needed where nothing is to be sent

    relays = settings.mail.relay_list
    if not any(one.mail.auth == "oauth" for one in relays):
        return tuple(SmtpTransport(one.mail, name=one.name, weight=one.weight) for one in relays)
    from newsletter.oauth.mail_token import sending_tokens

    return tuple(
        SmtpTransport(one.mail, sending_tokens(settings, one.mail), name=one.name, weight=one.weight) for one in relays
    )


@lru_cache(maxsize=8)
def _parse_keys(listed: tuple[str, ...]) -> frozenset[str]:
    return frozenset(parse_address(one).key for one in listed)
