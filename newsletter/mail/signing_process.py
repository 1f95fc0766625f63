"""Signing process: DKIM signatures of a long list's messages, made ahead in a process of their own.

Python runs one thread at a time, and a signature takes longer than all else of a message. So where the list is long a
second process signs: each connection asks it for the signatures of a few messages by a pipe of its own. Where they are
not there in a moment it sends others, which it signs itself: so nobody waits long, and where a signature takes long (a
key of 4,096 bits) all processors sign. The constant parts of a template go over once, of a message its reader's own
alone. The process ends with its pipes, and hears no signal: so whoever ends, by whatever signal, leaves none behind,
and one that is told to stop finishes what is in flight. Where it is not there, not yet or no more, each connection
signs all.
"""

import gc
import logging
import pickle
import select
import signal
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from core.errors import HouseError
from newsletter.mail.canonical_form import CanonicalForm, Unsigned
from newsletter.mail.dkim import make_signer

log = logging.getLogger("casereviews")
MAX_FORMS = 50  # canonical forms that are at hand for one pipe
PATIENCE = 5  # seconds in which nothing moves amid a request or an answer, after which the process is given up
MOMENT = 10  # milliseconds that a connection waits for signatures before it makes others itself
MAX_READ = 65_536  # bytes that one call reads
SigningKey = tuple[str, str, str]  # domain, selector, PEM
_LENGTH = struct.Struct("=I")


class SigningPipe:
    """A connection's way to the signing process: for one thread, and one key. It awaits one answer at most."""

    def __init__(self, end: socket.socket, key: SigningKey) -> None:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            end.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", PATIENCE, 0))
        self._end, self._places = end, dict[CanonicalForm, int]()
        self._is_asked = self._is_gone = False
        self._poll = select.poll()
        self._poll.register(end, select.POLLIN)
        self._send(key)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited, and not there in a moment."""
        return self._is_asked and not self._poll.poll(MOMENT)

    def ask(self, messages: Sequence[Unsigned]) -> bool:
        """Have messages signed; whether somebody does: the process may be gone, not have begun, or be busy."""
        if self._is_asked:
            if not self._poll.poll(0):
                return False
            self.take()  # that it has begun; or what nobody waits for any more
        if len(self._places) + len(messages) > MAX_FORMS:
            self._places.clear()
        first_new = len(self._places)
        new = [form for form in dict.fromkeys(one.form for one in messages) if form not in self._places]
        self._places.update((form, first_new + n) for n, form in enumerate(new))
        return self._send((first_new, new, [(self._places[one.form], one.merged.own) for one in messages]))

    def take(self) -> list[bytes]:
        """The signatures that were asked for last, in order; none where the process has ended."""
        self._is_asked = False
        with self._watched():
            return list(_receive(self._end))
        return []

    def _send(self, what: object) -> bool:
        if not self._is_gone:
            with self._watched():
                _send(self._end, what)
                self._is_asked = True
        return self._is_asked

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError) as e:
            log.warning("the process that signs has ended (%s): this connection signs its own messages", e)
            self._is_gone = True


@contextmanager
def open_pipes(count: int) -> Iterator[deque[socket.socket]]:
    """So many pipes to a new process, which ends with the block; none where it cannot be started."""
    near, far, process = list[socket.socket](), list[socket.socket](), None
    try:
        for _ in range(count):
            for ends, end in zip((near, far), socket.socketpair(), strict=True):
                ends.append(end)
        process = _start_process([end.fileno() for end in far])
    except OSError as e:
        log.warning("no process that signs can be started (%s): each connection signs its own messages", e)
    for end in far if process else near + far:
        end.close()
    try:
        yield deque(near if process else ())
    finally:
        for end in near:
            end.close()
        if process:
            process.kill()  # it has nothing to finish
            process.wait()


def _start_process(ends: Sequence[int]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", __name__, *map(str, ends)]
    none = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - this module, and numbers
        command, stdin=none, stdout=none, pass_fds=ends, process_group=0
    )


def sign_for(ends: Sequence[socket.socket]) -> None:
    """Sign what is asked for until the last pipe is closed."""
    with DefaultSelector() as selector:
        for end in ends:
            selector.register(end, EVENT_READ, _answers(end))
        while selector.get_map():
            for key, _ in selector.select():
                try:
                    next(key.data)
                except (OSError, EOFError, HouseError):  # whoever opens the connection says what is wrong with the key
                    selector.unregister(key.fileobj)


def _answers(end: socket.socket) -> Iterator[None]:
    """Answer what is asked by one pipe, one question a step; the first is the key."""
    signer, forms = make_signer(*_receive(end)), list[CanonicalForm]()
    _send(end, [])
    while True:
        yield
        first_new, new, messages = _receive(end)
        forms[first_new:] = new
        _send(end, [forms[place].sign(own, signer) for place, own in messages])


def _send(end: socket.socket, what: object) -> None:
    data = pickle.dumps(what)
    end.sendall(_LENGTH.pack(len(data)) + data)


def _receive(end: socket.socket) -> Any:
    """What comes next, mostly read by one call. Raises OSError and EOFError once the other end is gone."""
    read = b""
    while len(read) < _LENGTH.size or len(read) - _LENGTH.size < _LENGTH.unpack_from(read)[0]:
        if not (more := end.recv(MAX_READ)):
            raise EOFError("closed")
        read += more
    return pickle.loads(read[_LENGTH.size :])  # noqa: S301 - of our own other half


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    gc.disable()  # nothing here refers to itself
    sign_for([socket.socket(fileno=int(number)) for number in sys.argv[1:]])
