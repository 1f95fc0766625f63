"""A mail server that takes everything, notes what it took, and fails as it is told: a process of its own.

python -m tests.support.smtp_sink --record FILE [--fault "rcpt:450 4.2.1 Busy=0.1"] …: prints its port, then serves
until it is ended. tests/support/issue_sending.py runs it for a test.
"""

import argparse
import asyncio
import hashlib
import logging
import os
import re
import ssl
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session, TLSSetupException

MESSAGE_ID = re.compile(rb"^Message-ID: *(?:\r\n )?([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
SLOW = 0.05  # seconds
STAGES = ("greet", "mail", "rcpt", "data", "text", "dot")


class Accepted(NamedTuple):
    """A message that the sink took, written down before it says so."""

    at: float  # Unix seconds
    recipient: str
    message_id: str
    sha256: str  # of the content, dots taken out again
    sender: str  # the return path


@dataclass(frozen=True, slots=True)
class Fault:
    """How often what goes wrong at which stage of a message: "dot:drop=0.1".

    `act` is slow, drop or stall; after the final dot also keep-drop and keep-stall, the message being taken all
    the same; or else the reply. A reply of 421 ends the connection. `late` before a reply to rcpt: DATA is answered
    with 354 although nobody is left to send to.
    """

    stage: str  # greet: on connecting; text: amid the message; dot: after its end
    act: str
    rate: float  # of the messages that come to this stage, 0 to 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "stage:act=rate"."""
        stage, _, rest = text.partition(":")
        act, _, rate = rest.rpartition("=")
        if stage not in STAGES or not act:
            raise ValueError(f"{text!r}: write stage:act=rate; stages: {', '.join(STAGES)}")
        return cls(stage, act, float(rate))


class Server:
    """What all sessions share: the record, the faults, the count of what came. Its `handle_…` are aiosmtpd's hooks."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        self.taken, self.faults = (
            os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            for name in (asked.record, f"{asked.record}.faults")
        )
        self.tries: Counter[str] = Counter()
        self.faulted: Counter[str] = Counter()
        self.sessions = 0

    async def fault(self, stage: str, who: str = "") -> str:
        """What goes wrong now at a stage, or nothing; being slow is done with here."""
        if (act := self._drawn(stage, who)) != "slow":
            return act
        await asyncio.sleep(SLOW)
        return ""

    def _drawn(self, stage: str, who: str) -> str:
        """The n-th try for somebody fares the same in every run."""
        faults = [fault for fault in self.asked.fault if fault.stage == stage]
        if not faults or (who and not self.asked.to.search(who)) or self.faulted[who] >= self.asked.times:
            return ""
        self.tries[f"{stage} {who}"] += 1
        left = Random(f"{self.asked.seed} {stage} {who} {self.tries[f'{stage} {who}']}").random()
        for fault in faults:
            left -= fault.rate
            if left < 0:
                self.faulted[who] += 1
                self._note(self.faults, stage, fault.act)
                return str(fault.act)
        return ""

    def keep(self, envelope: Envelope) -> None:
        """Write down that a message was taken, in one piece."""
        content = envelope.content or b""
        assert isinstance(content, bytes)
        found = MESSAGE_ID.search(content)
        message_id = found[1].decode() if found else ""
        digest, at = hashlib.sha256(content).hexdigest(), f"{time.time():.6f}"
        self._note(self.taken, at, ",".join(envelope.rcpt_tos), message_id, digest, envelope.mail_from or "")

    def _note(self, file: int, *words: str) -> None:
        os.write(file, ("\t".join(words) + "\n").encode())

    async def handle_EHLO(
        self, server: "Talk", session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce PIPELINING, unless told not to."""
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self.asked.pipelining else []), *responses[1:]]

    async def handle_MAIL(
        self, server: "Talk", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender."""
        if act := await self.fault("mail"):
            return await server.fail(act)
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: "Talk", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        if act := await self.fault("rcpt", address):
            server.late = act.startswith("late ")
            return await server.fail(act.removeprefix("late "))
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: "Talk", session: Session, envelope: Envelope) -> str:
        """Take a message."""
        act = await self.fault("dot", envelope.rcpt_tos[0])
        if not act or act.startswith("keep-"):
            self.keep(envelope)
        return await server.fail(act.removeprefix("keep-")) if act else "250 2.0.0 Ok"


class Talk(SMTP):
    """One session. aiosmtpd's, which reads line by line and so understands pipelined commands too."""

    late = False  # whether DATA is answered with 354 without a recipient

    def __init__(self, shared: Server, **how: Any) -> None:
        super().__init__(shared, hostname="sink.example.org", ident="ESMTP", enable_SMTPUTF8=False, **how)
        self.shared = shared

    async def fail(self, act: str) -> str:
        """Do what a fault says; the reply when it is one."""
        assert self.transport is not None
        if act == "drop":
            self.transport.abort()  # type: ignore[attr-defined]  # a stream's transport can
        if act in {"drop", "stall"}:
            await asyncio.Event().wait()  # until the connection ends, which ends us
        if act.startswith("421"):
            await self.push(act)
            self.transport.close()
            await asyncio.Event().wait()
        return act

    def eof_received(self) -> bool | None:
        """Read on to the end of what came before the client went, as real servers do; aiosmtpd would stop here."""
        if self.session is not None and self.session.ssl is not None:
            return super().eof_received()
        return asyncio.StreamReaderProtocol.eof_received(self)

    async def handle_exception(self, error: Exception) -> str:
        """The client has gone, and all that it sent is read."""
        if not isinstance(error, asyncio.IncompleteReadError | ConnectionError | TLSSetupException):
            print(f"sink: {error!r}", file=sys.stderr, flush=True)
        return await self.fail("drop")

    async def _handle_client(self) -> None:
        shared = self.shared
        shared.sessions += 1
        try:
            act = (
                "421 4.7.0 Too many connections"
                if 0 < shared.asked.most < shared.sessions
                else await shared.fault("greet")
            )
            if act:
                await self.push(await self.fail(act))
            await super()._handle_client()
        except (AssertionError, ConnectionError):
            pass  # the client went amid an answer, or there was no agreement on TLS
        finally:
            shared.sessions -= 1

    async def smtp_MAIL(self, arg: str | None) -> None:
        """As aiosmtpd; first see that nobody talks ahead who must not."""
        if not await self._talked_ahead():
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        """As aiosmtpd; first see that nobody talks ahead who must not."""
        if not await self._talked_ahead():
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        """As aiosmtpd, unless the text is to be cut short, or asked for in vain."""
        assert self.envelope is not None
        if await self._talked_ahead():
            return
        if not self.envelope.rcpt_tos and self.late:
            await self._take_in_vain()
        elif not self.envelope.rcpt_tos:
            await self.push("554 5.5.1 No valid recipients")
        elif act := await self.shared.fault("data", self.envelope.rcpt_tos[0]):
            await self.push(await self.fail(act))
        elif act := await self.shared.fault("text", self.envelope.rcpt_tos[0]):
            await self.push("354 Go ahead")
            for _ in range(10):
                await self._reader.readuntil(b"\r\n")
            await self.fail(act)
        else:
            await super().smtp_DATA(arg or "")
            return
        self.envelope = self._create_envelope()

    async def _take_in_vain(self) -> None:
        """Ask for a text though nobody is to have it. One that holds more than its end is written down."""
        self.late = False
        await self.push("354 Go ahead")
        text = b""
        while not text.endswith(b"\r\n.\r\n") and text != b".\r\n":
            text += await self._reader.readuntil(b"\r\n")
        assert self.envelope is not None
        if text != b".\r\n":
            self.envelope.content, self.envelope.rcpt_tos = text, ["nobody"]
            self.shared.keep(self.envelope)
        await self.push("554 5.5.1 No valid recipients")

    async def _talked_ahead(self) -> bool:
        """Whether a command followed before its time; then the session is over, as with Exim and postscreen."""
        ahead: bytearray = self._reader._buffer  # type: ignore[attr-defined]  # there is no other way to see it
        if ahead and self.shared.asked.loses_pipelined:
            self.shared._note(self.shared.faults, "pipelined", "lost")
            ahead.clear()
        if ahead and not self.shared.asked.pipelining:
            await self.push("554 5.5.0 SMTP synchronization error")
            assert self.transport is not None
            self.transport.abort()  # type: ignore[attr-defined]
            return True
        return False


def _asked(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.smtp_sink", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: one that is free")
    parser.add_argument(
        "--record",
        required=True,
        help="a line is added to this file for each message taken; to FILE.faults for each fault",
    )
    parser.add_argument("--fault", action="append", default=[], type=Fault.parse, metavar="STAGE:ACT=RATE")
    parser.add_argument("--seed", default="2016", help="another one fails others")
    parser.add_argument("--times", type=float, default=float("inf"), help="faults for one recipient at most")
    parser.add_argument("--to", type=re.compile, default=re.compile(""), help="recipients whose messages may fail")
    parser.add_argument("--most", type=int, default=0, help="connections at once; 0: any number")
    parser.add_argument("--no-pipelining", dest="pipelining", action="store_false")
    parser.add_argument("--loses-pipelined", action="store_true", help="PIPELINING is announced and not kept")
    parser.add_argument("--certificate", help="PEM with certificate and key: STARTTLS is required then")
    parser.add_argument("--tls", action="store_true", help="TLS from the first byte instead")
    parser.add_argument("--password", help="log-in is offered, and this password taken")
    return parser.parse_args(words)


async def _serve(asked: argparse.Namespace) -> None:
    context = None
    if asked.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(asked.certificate)
    shared, wrapped = Server(asked), context if asked.tls else None
    how: dict[str, Any] = {} if asked.tls else {"tls_context": context, "require_starttls": bool(context)}
    if asked.password:

        def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
            return AuthResult(success=data.password.decode() == asked.password, handled=False)

        how |= {"authenticator": check, "auth_require_tls": False}
    else:
        how["auth_exclude_mechanism"] = ["LOGIN", "PLAIN"]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Talk(shared, loop=loop, **how), "127.0.0.1", asked.port, ssl=wrapped)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(_serve(_asked()))
