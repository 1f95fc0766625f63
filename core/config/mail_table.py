"""Mail table: how mail leaves, through one mail server or several relays."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from core.address_patterns import PLAIN
from core.config.fetch_table import TimeLimit
from core.config.oauth_table import LoginMethod
from core.config.settings_table import SettingsTable
from core.config.source_table import DaysOrNone, PlainAddress
from core.config.value_forms import MISSING, SecretStr, length, limits, pattern
from core.states import DeliveryRoute, MailProvider

HOST_NAME = r"[^\s/@:\[\]]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"  # a name, or a number of IPv4 or IPv6
HELO_NAME = r"(?=.{1,255}\Z)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Za-z.:]+\]"  # RFC 5321 §4.1.1.1


def check_address(value: str) -> str:
    """An address of our own, with or without a name before it, or nothing; the name quoted where RFC 5322 wants it.

    Raises ValueError.
    """
    found = re.fullmatch(r'\s*(?:("(?:[^"\\\x00-\x1f]|\\.)*"|[^<>\x00-\x1f]*?)\s*<([^<>\s]+)>|([^<>\s]+))\s*', value)
    if value and (found is None or not PLAIN.fullmatch(found[2] or found[3])):
        raise ValueError("write an address as news@example.org, or as Case reviews <news@example.org>")
    if not found or not found[1]:
        return value
    name = re.sub(r"\\(.)", r"\1", found[1][1:-1]) if re.fullmatch(r'".*"', found[1]) else found[1]
    if re.search(r'[][\\()<>@,:;".]', name):  # its specials (§3.2.3)
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{found[2]}>"


def check_host(value: str) -> str:
    """The name or number of a mail server. Raises ValueError."""
    if value and not re.fullmatch(HOST_NAME, value):
        raise ValueError("write the name of the server alone, as smtp.example.org: its port has a key of its own")
    return value


def _check_helo_name(value: str) -> str:
    if value and not re.fullmatch(HELO_NAME, value):
        raise ValueError("write a name of this machine's, as mail.example.org, or its number as [192.0.2.7]")
    return value


def _check_sender(value: str) -> str:
    if not value:
        raise ValueError("mail needs a sender, as Case reviews <news@example.org>")
    return check_address(value)


Port = Annotated[int, limits(1, 65_535)]
Address = Annotated[str, check_address]  # with or without a name before it
Security = Literal["starttls", "tls", "none"]
Rate = Annotated[int, limits(0)]
Connections = Annotated[int, limits(1, 64)]
HostName = Annotated[str, length(1), check_host]
RelayName = Annotated[str, pattern(r"^[a-z0-9][a-z0-9-]*$", "write it in small letters, digits and dashes, as relay-2")]


class RelaySettings(SettingsTable):
    """A mail server that mail leaves through beside others, identified by name."""

    name: RelayName = MISSING
    weight: Annotated[int, limits(0, 1_000)] = 0  # its share of the connections; 0: as many as it may have
    provider: MailProvider | Literal[""] = ""  # whose server it is; mail.provider when empty
    host: HostName = MISSING
    port: Port = 25
    security: Security = "starttls"
    auth: LoginMethod = "password"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""  # that holds it, beside the file that names it: a list has no variable for each key
    rate_per_minute: Rate = 0
    connections: Connections = 4
    dkim_domain: str = ""  # these: mail.dkim_* when empty
    dkim_selector: str = ""
    dkim_key: SecretStr = SecretStr("")
    dkim_key_file: str = ""


OWN_KEYS = "host port security auth username password rate_per_minute connections".split()  # each relay's own
SHARED_KEYS = "provider dkim_domain dkim_selector dkim_key".split()  # each relay's, or else all relays'


class MailRelay(NamedTuple):
    """A mail server with all that is set for mail that leaves through it, identified by name."""

    name: str  # empty: the only one there is
    weight: int  # 0: as many as it may have connections
    mail: "MailSettings"


def _check_relay_names(value: tuple[RelaySettings, ...]) -> tuple[RelaySettings, ...]:
    names = [relay.name for relay in value]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two relays have the same name: {twice[0]}")
    return value


class MailSettings(SettingsTable):
    """How mail leaves."""

    transport: DeliveryRoute = "outbox"
    provider: MailProvider | Literal[""] = ""  # whose server it is: its own headers are set, with its tracking off
    sender: Annotated[str, _check_sender] = "Case reviews <news@localhost>"
    reply_to: Address = ""
    host: HostName = "localhost"
    port: Port = 25
    security: Security = "starttls"
    helo_name: Annotated[str, _check_helo_name] = (
        ""  # what we call ourselves in EHLO; what the machine calls itself when empty
    )
    auth: LoginMethod = "password"  # oauth: with a token that [oauth] says how to get
    username: str = ""
    password: SecretStr = SecretStr("")
    rate_per_minute: Rate = 0
    connections: Connections = 4
    timeout: TimeLimit = 600.0  # seconds for an answer: the longest of RFC 5321 §4.5.3.2
    allow_list: tuple[str, ...] = ()
    live: bool = False
    outbox_days: DaysOrNone = 90  # messages written to files are deleted after so long; 0: never
    bounce_address: PlainAddress = ""  # where bounces come back to, with +TOKEN before the @; the sender's when empty
    recipient_delimiter: Literal["+", "-"] = "+"  # what parts TOKEN from the mailbox there, and when a reader leaves
    unsubscribe_mailbox: PlainAddress = ""  # for List-Unsubscribe by mail, only when a program reads it
    dkim_domain: str = ""  # signs with DKIM when set, with the key in dkim_key
    dkim_selector: str = "casereviews"
    dkim_key: SecretStr = SecretStr("")  # PEM, RSA
    relays: Annotated[tuple[RelaySettings, ...], _check_relay_names] = ()  # in place of the one server above

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A server beside a list of relays: nobody could tell which is meant."""
        both = [key for key in OWN_KEYS if self.relays and getattr(self, key) != self.KEYS[key].default]
        if both:
            others = f", as has mail.{', mail.'.join(both[1:])}" if both[1:] else ""
            yield both[0], f"each relay of [[mail.relays]] has its own: take this out of [mail]{others}"

    @cached_property
    def relay_list(self) -> tuple[MailRelay, ...]:
        """The relays in the order they are written; the one server, without a name, where there are none."""
        return tuple(self._relay(one) for one in self.relays) or (MailRelay("", 0, self),)

    @property
    def providers(self) -> tuple[MailProvider, ...]:
        """Whose servers mail leaves through, as far as it is said."""
        return tuple(dict.fromkeys(one.mail.provider for one in self.relay_list if one.mail.provider))

    def find_relay(self, name: str) -> "MailSettings":
        """What is set for mail that leaves through a relay. Raises StopIteration for a name that none has."""
        return next(one.mail for one in self.relay_list if one.name == name)

    def _relay(self, relay: RelaySettings) -> MailRelay:
        own: dict[str, Any] = {key: getattr(relay, key) for key in OWN_KEYS}
        shared = {key: getattr(relay, key) or getattr(self, key) for key in SHARED_KEYS}
        if not relay.dkim_key.get_secret_value():
            shared["dkim_key"] = self.dkim_key
        return MailRelay(relay.name, relay.weight, self.replace(**own, **shared, relays=()))
