"""SMTP transport: pipelined delivery over kept connections.

A message costs three exchanges with the server: its envelope, the leave to send, its end. Where the server allows it
(PIPELINING, RFC 2920), the next envelope travels in the same write as the end of the message before it, so that a
message costs one round trip; it is merged while the server reads. No message's bytes leave before `mark` has written
down that they are about to, with the answers that came since. Until the end of a message is sent the server cannot have
taken it, so that it can be tried again; from then on only the server's answer tells, and without one the delivery is
unknown: nothing sends it again by itself. A process killed at any moment leaves one message in doubt for each
connection, and it is known which.
"""

import select
import socket
import ssl
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Event
from typing import TYPE_CHECKING

from core.bounce_rules import redact_reply, throttle_sign
from core.config.schema import MailSettings
from core.errors import MailRefused
from core.states import AnswerKind, DeliveryRoute
from newsletter.mail.dkim import SIGNATURE_HEADER, DkimSigner, configured_signer
from newsletter.mail.smtp_login import connect, printable_text
from newsletter.mail.smtp_reply import SmtpReply, is_sender_refusal
from newsletter.mail.transport import ConnectionLost, DeliveryAnswer, Mark, Pace, Parcel, ServerSilent, dot_stuff

if TYPE_CHECKING:
    from newsletter.oauth.mail_token import TokenSource

MAX_REPLY_BYTES, MAX_REPLY_LINES = 65_536, 100  # of one answer
END_OF_DATA = b".\r\n"
MORE_FOLLOWS = getattr(socket, "MSG_MORE", 0)  # Linux: the last packet of a text waits for what ends it


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """The mail server that takes our mail."""

    mail: MailSettings
    tokens: "TokenSource | None" = None  # where a log-in takes a token, and no password
    via: DeliveryRoute = "smtp"
    is_shared: bool = False
    one_by_one: Event = field(default_factory=Event, compare=False)  # set once PIPELINING was offered and not kept
    name: str = ""  # of the relay; empty: there is only one
    weight: int = 0  # its share of the connections beside the others'; 0: as many as it may have

    @property
    def where(self) -> str:
        """Host and port."""
        return f"{self.mail.host}:{self.mail.port}"

    def open(self, pace: Pace) -> "SmtpConnection":
        """A connection. Raises MailRefused, MailUnavailable, and HouseError for a DKIM key that cannot sign."""
        return SmtpConnection(self, pace, configured_signer(self.mail))

    def take_back(self, name: str) -> None:
        """Nothing: what a server took is gone."""


class SmtpConnection:
    """One open connection to the mail server, for many messages. Raises MailRefused, MailUnavailable when it opens."""

    takes_wire_form = True
    takes_merged = False

    def __init__(self, way_out: SmtpTransport, pace: Pace, signer: DkimSigner | None) -> None:
        mail = way_out.mail
        self._server = connect(mail, way_out.tokens)
        self._pace, self._relay, self.signer, self._paced = pace, way_out.name, signer, mail.rate_per_minute > 0
        assert self._server.sock is not None
        self._sock: socket.socket = self._server.sock
        _limit_waiting(self._sock, mail.timeout)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._more_follows = 0 if isinstance(self._sock, ssl.SSLSocket) else MORE_FOLLOWS  # TLS has records of its own
        self._poll = select.poll()
        self._poll.register(self._sock, select.POLLIN)
        self._unread = b""
        self._where = f"{mail.host}:{mail.port}"
        self._offers_pipelining, self._one_by_one = self._server.has_extn("pipelining"), way_out.one_by_one  # RFC 2920
        self._together = False  # whether the envelope on its way was sent in one piece
        self._steps: list[bytes] = []  # the commands of the envelope on its way
        self._open = False  # a transaction that the next envelope must reset
        self._ended: Exception | None = None  # why no more can be sent

    def close(self) -> None:
        """Hang up, politely where that is still possible."""
        try:
            if self._ended is None:
                self._sock.settimeout(2.0)
                self._write(b"QUIT\r\n")
                self._reply()
        except ConnectionLost:
            pass  # it is closed all the same
        finally:
            self._server.close()

    def deliver(self, parcels: Iterator[Parcel], mark: Mark, ahead: bool = True) -> None:
        """Send parcels until there are no more; each is marked before its bytes leave.

        With `ahead`, where the server allows it and nobody waits for the pace, the next envelope travels with the end
        of a message: one round trip a message. Raises ConnectionLost when the connection is of no more use,
        MailRefused when the server will not have us; `mark` has heard of whatever was under way.
        """
        answers: list[DeliveryAnswer] = []
        ahead, parcels = ahead and self._pipelining and not self._paced, self._prepare(parcels)
        parcel = next(parcels, None)
        self._ask(parcel)
        while parcel:
            following = None
            answer = self._read_answers(parcel)
            if answer is None:
                if not mark(answers, parcel):  # it may not leave as it is, and nothing else takes a DATA back
                    self._ended = ConnectionLost("a message was held back at the last moment")
                    raise self._ended
                answers = []
                answer, following = self._send_data(parcel, parcels if ahead and self._pipelining else iter(()))
            answers.append(answer)
            if self._ended or not ahead or answer.kind != "sent":  # many in a row may mean that it is us
                mark(answers, None)
                answers = []
            if self._ended:
                raise self._ended
            if following is None:
                following = next(parcels, None)
                self._ask(following)
            parcel = following
        if answers:
            mark(answers, None)

    def _prepare(self, parcels: Iterator[Parcel]) -> Iterator[Parcel]:
        """Parcels signed and in wire form, at the pace that is allowed."""
        for parcel in parcels:
            if not self._pace(self._relay):
                return
            if not parcel.wire_form:
                data = self.signer(parcel.data) if self.signer else parcel.data
                parcel = replace(parcel, data=dot_stuff(data), wire_form=True)
            if self.signer and not parcel.data.startswith(SIGNATURE_HEADER):
                raise ValueError("a message without the signature that it should have")  # must never leave
            yield parcel

    def _envelope(self, parcel: Parcel) -> bytes:
        """The commands of an envelope, to be sent together where the server lets us."""
        self._steps = [b"RSET"] if self._open else []
        self._steps += [
            b"MAIL FROM:<" + parcel.return_path.encode("ascii") + b">",
            b"RCPT TO:<" + parcel.to.encode("ascii") + b">",
            b"DATA",
        ]
        self._open = False
        return b"\r\n".join(self._steps) + b"\r\n"

    @property
    def _pipelining(self) -> bool:
        """Whether several commands may be sent at once."""
        return self._offers_pipelining and not self._one_by_one.is_set()

    def _ask(self, parcel: Parcel | None) -> None:
        if parcel:
            envelope, self._together = self._envelope(parcel), self._pipelining
            try:
                if self._together:
                    self._write(envelope)
            except ConnectionLost:
                pass  # reading the answer will say so

    def _read_answers(self, parcel: Parcel) -> DeliveryAnswer | None:
        """The answers to the envelope that was sent; None: send the message."""
        refused, heard = None, False  # heard: it has said whether it takes mail of ours
        try:
            for step in self._steps:
                if not self._together:
                    self._write(step + b"\r\n")
                reply = self._reply()
                heard = heard or step != b"RSET"
                if step == b"RSET" or (reply.code == 354 if step == b"DATA" else 200 <= reply.code < 300):
                    continue
                refused = refused or self._answer(parcel, reply, step)
                if self._ended or not self._together:
                    break
            if refused and not self._ended:
                self._open = reply.code != 354
                if not self._open:  # it takes a message for nobody: an empty one (RFC 2920 §3.1)
                    self._write(END_OF_DATA)
                    self._reply()
        except ConnectionLost as e:
            self._ended = e
            ours = self._stop_pipelining(e) or not heard
            return refused or DeliveryAnswer(parcel.id, "again", str(e), ours=ours)
        return refused

    def _stop_pipelining(self, error: ConnectionLost) -> bool:
        """Whether PIPELINING was offered and perhaps not kept: from now on each command waits for its answer."""
        if not (self._together and isinstance(error, ServerSilent)):
            return False
        self._one_by_one.set()
        return True

    def _send_data(self, parcel: Parcel, parcels: Iterator[Parcel]) -> tuple[DeliveryAnswer, Parcel | None]:
        """Send the message's bytes, then its end, with the envelope of the next; what the server made of it.

        Until the end is sent it cannot have been taken; once it may have been, only an answer tells. The next is made
        ready while the server reads this one.
        """
        kind: AnswerKind = "again"
        following: Parcel | None = None
        try:
            self._write(parcel.data, self._more_follows)
            following = next(parcels, None)
            if self._has_early_reply():
                reply = self._reply()
                self._ended = ConnectionLost(f"the server broke in: {reply}")
                return self._answer(parcel, reply, b"data"), following
            kind = "unknown"
            self._write(END_OF_DATA + (self._envelope(following) if following else b""))
            reply = self._reply()
        except ConnectionLost as e:
            self._ended = e
            if following:
                self._stop_pipelining(e)
            return DeliveryAnswer(parcel.id, kind, str(e)), following
        if 200 <= reply.code < 300:  # RFC 5321 §4.2.1: the first digit tells
            return DeliveryAnswer(parcel.id, "sent", str(reply)), following
        if not 400 <= reply.code < 600:
            self._ended = ConnectionLost(f"no answer to a message: {reply}")
            return DeliveryAnswer(parcel.id, "unknown", str(reply)), following
        return self._answer(parcel, reply, b"data"), following

    def _answer(self, parcel: Parcel, reply: SmtpReply, step: bytes) -> DeliveryAnswer:
        """A refusal: of the message, of its reader for now or for good, or of us."""
        if is_sender_refusal(reply, step):
            fix = "Nothing is lost: correct it, or wait."
            why = redact_reply(str(reply), addresses=[parcel.to])
            self._ended = MailRefused("the mail server will not take our mail", f"{self._where} ({why})", fix)
            return DeliveryAnswer(parcel.id, "again", str(reply), ours=True)
        if reply.code < 500 and step.startswith(b"MAIL"):  # its disk is full, say, or we were too quick
            if reply.code == 421 or throttle_sign(str(reply)) != "pace":
                self._ended = ConnectionLost(str(reply))
            return DeliveryAnswer(parcel.id, "waits", str(reply))
        if reply.code == 421:  # RFC 5321 §3.8: it closes the connection
            self._ended = ConnectionLost(str(reply))
            return DeliveryAnswer(parcel.id, "again", str(reply))
        return DeliveryAnswer(parcel.id, "refused" if reply.code >= 500 else "later", str(reply))

    def _write(self, data: bytes, flags: int = 0) -> None:
        try:
            self._sock.sendall(data, flags)
        except OSError as e:
            raise _connection_loss(e) from e

    def _reply(self) -> SmtpReply:
        lines: list[str] = []
        while True:
            while b"\n" not in self._unread:
                self._read()
            line, _, self._unread = self._unread.partition(b"\n")
            reply = _parse_line(line)
            if line[3:4] != b"-":
                return SmtpReply(reply.code, " ".join(filter(None, [*lines, reply.text]))) if lines else reply
            if len(lines) >= MAX_REPLY_LINES:
                raise ConnectionLost(f"not an answer: {printable_text(line)[:80]}")
            lines.append(reply.text)

    def _read(self) -> None:
        try:
            more = self._sock.recv(MAX_REPLY_BYTES)
        except OSError as e:
            raise _connection_loss(e) from e
        if not more:
            raise ConnectionLost("the server closed the connection")
        self._unread += more
        if len(self._unread) > MAX_REPLY_BYTES:
            raise ConnectionLost("an answer without end")

    def _has_early_reply(self) -> bool:
        """Whether the server says something, or has gone, before we have ended."""
        if self._unread or not self._poll.poll(0):
            return bool(self._unread)
        patience = self._sock.gettimeout()
        self._sock.settimeout(0)
        try:
            self._unread += self._sock.recv(MAX_REPLY_BYTES)
            return True
        except (BlockingIOError, ssl.SSLWantReadError):
            return False  # a message of TLS itself
        except OSError as e:
            raise _connection_loss(e) from e
        finally:
            self._sock.settimeout(patience)


@lru_cache(64)  # a server says the same of nearly every message
def _parse_line(line: bytes) -> SmtpReply:
    if not line[:3].isdigit():
        raise ConnectionLost(f"not an answer: {printable_text(line)[:80]}")
    return SmtpReply(int(line[:3]), printable_text(line[4:].rstrip(b"\r")))


def _limit_waiting(sock: socket.socket, seconds: float) -> None:
    """Have reads and writes end after so long; without TLS by the system, as Python would ask it twice each time."""
    if isinstance(sock, ssl.SSLSocket):
        sock.settimeout(seconds)
        return
    sock.settimeout(None)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(seconds), max(1, int(seconds % 1 * 1e6))))


def _connection_loss(error: OSError) -> ConnectionLost:
    if isinstance(error, TimeoutError | BlockingIOError):  # by Python's measure, or the system's
        return ServerSilent("no answer in time")
    return ConnectionLost(f"connection lost: {printable_text(str(error))}")
