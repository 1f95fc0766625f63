"""A mail server whose policy a test writes, and readers of several domains for it to refuse."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from app.cli import run_command
from tests.support.smtp_sink import MESSAGE_ID, Accepted


class Relay:
    """A mail server that refuses whom it is told to, and remembers whom it was asked for and what it took."""

    def __init__(self) -> None:
        self.refuse: Callable[[str], str] = lambda address: ""
        self.asked: list[str] = []
        self.taken: list[Accepted] = []

    async def handle_EHLO(self, server: Any, session: Any, envelope: Envelope, host: str, said: list[str]) -> list[str]:
        session.host_name = host
        return [said[0], "250-PIPELINING", *said[1:]]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        self.asked.append(address)
        if refusal := self.refuse(address):
            return refusal.format(to=address, n=len(self.asked))
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        found = MESSAGE_ID.search(envelope.content)
        assert found
        self.taken.append(Accepted(time.time(), envelope.rcpt_tos[0], found[1].decode(), "", ""))
        return "250 2.0.0 Ok"


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(relay: Relay) -> Iterator[int]:
    port = unused_port()
    controller = Controller(relay, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def readers(*counts: int) -> list[str]:
    """So many readers of a first domain, of a second and so on, in this order."""
    domains = [(chr(97 + which), count) for which, count in enumerate(counts)]
    emails = [f"{letter}{n:03}@{letter}.example.org" for letter, count in domains for n in range(count)]  # as sorted
    Path("more.csv").write_text("\n".join(["email", *emails]))
    assert run_command("subscribers import more.csv --confirmed --consent Asked".split()) == 0
    return emails


def at(*domains: str) -> Callable[[str], bool]:
    """Whether an address is of one of these domains."""
    return lambda address: address.partition("@")[2][0] in domains
