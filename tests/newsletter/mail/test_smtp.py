"""Handing one message to a mail server, and to the outbox."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from core.config.schema import MailSettings
from core.errors import HouseError
from newsletter.mail.outbox_files import write_message
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.transport import DeliveryAnswer, Parcel, deliver_now
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem, verified

HANG = 30.0  # seconds, after which something hangs
REPLIES = dict.fromkeys((b"MAIL", b"RCPT", b"."), b"250 ok") | {
    b"ehlo": b"250-here\r\n250 PIPELINING",
    b"DATA": b"354 go on",
    b"QUIT": b"221 bye",
}
RAW = b"From: news@example.org\r\nSubject: hello\r\n\r\n.a line that starts with a dot\r\n"
PARCEL = Parcel(1, "news@example.org", "ada@example.org", RAW, "one")


@dataclass
class Mailbox:
    """A mail server's memory."""

    taken: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, port
    controller.stop()


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_message_arrives_as_it_was_written(server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    mail = MailSettings(host="127.0.0.1", port=port, security="none")

    deliver_now(SmtpTransport(mail), lambda relay: True, PARCEL)

    (envelope,) = mailbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos, envelope.content) == ("news@example.org", ["ada@example.org"], RAW)


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_server_without_starttls_gets_nothing(server: tuple[Mailbox, int]) -> None:
    mailbox, port = server

    with pytest.raises(HouseError, match="It offers no STARTTLS"):
        deliver_now(SmtpTransport(MailSettings(host="127.0.0.1", port=port)), lambda relay: True, PARCEL)
    assert mailbox.taken == []


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_no_server_is_one_line() -> None:
    with pytest.raises(HouseError, match=r"127\.0\.0\.1:1 .*See mail.host") as raised:
        deliver_now(SmtpTransport(MailSettings(host="127.0.0.1", port=1, security="none")), lambda relay: True, PARCEL)
    assert "\n" not in str(raised.value)


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize("wire_form", [False, True], ids=["plain", "in wire form"])
def test_where_mail_is_signed_nothing_leaves_without_a_signature(server: tuple[Mailbox, int], wire_form: bool) -> None:
    mailbox, port = server
    server_settings = {"host": "127.0.0.1", "port": port, "security": "none"}
    mail = MailSettings(**server_settings, dkim_domain=DOMAIN, dkim_selector=SELECTOR, dkim_key=pem(key()))

    with nullcontext() if not wire_form else pytest.raises(ValueError, match="without the signature"):
        deliver_now(SmtpTransport(mail), lambda relay: True, replace(PARCEL, wire_form=wire_form))

    assert [verified(bytes(envelope.content or b"")) for envelope in mailbox.taken] == [True] * (not wire_form)


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_the_next_message_is_made_ready_while_the_server_reads() -> None:
    text, reading = b"x" * 70 + b"\r\n", Event()

    def hear(where: socket.socket) -> None:
        one, _ = where.accept()
        with one, one.makefile("rb") as lines:
            one.sendall(b"220 here\r\n")
            for line in lines:
                if line == text:
                    reading.set()
                if reply := REPLIES.get(line.strip()[:4]):
                    one.sendall(reply + b"\r\n")

    def parcels() -> Iterator[Parcel]:
        yield replace(PARCEL, data=RAW + text * 2_000, wire_form=True)
        made_while_reading.append(reading.wait(HANG))
        yield replace(PARCEL, id=2, wire_form=True)

    answers: list[DeliveryAnswer] = []
    made_while_reading: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as where:
        server = Thread(target=hear, args=[where], daemon=True)
        server.start()
        mail = MailSettings(host="127.0.0.1", port=where.getsockname()[1], security="none")
        with closing(SmtpTransport(mail).open(lambda relay: True)) as session:
            session.deliver(parcels(), lambda given, following: answers.extend(given) is None)
        server.join(HANG)

    assert made_while_reading == [True]
    assert [(one.id, one.kind) for one in answers] == [(1, "sent"), (2, "sent")]


def test_the_outbox_is_a_folder_of_files(tmp_path: Path) -> None:
    file = write_message(tmp_path / "outbox", "one", RAW)

    assert file.stat().st_mode & 0o777 == 0o600  # it holds an address and a reader's links
    assert (file.name, file.read_bytes()) == ("one.eml", RAW)
    assert [path.name for path in file.parent.iterdir()] == ["one.eml"]


def test_a_folder_that_retention_deletes_just_then_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, open_file = tmp_path / "outbox", os.open
    folder.mkdir()

    def meanwhile(path: str, flags: int, mode: int) -> int:
        monkeypatch.undo()
        folder.rmdir()
        return open_file(path, flags, mode)

    monkeypatch.setattr("os.open", meanwhile)

    assert write_message(folder, "one", RAW).read_bytes() == RAW
