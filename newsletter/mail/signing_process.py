"""Signing process: DKIM signatures of a long list's messages, made ahead and beside the process that sends them.

Python runs one thread at a time, and a signature takes longer than all else of a message. So where the list is long a
second process signs: each connection asks it for the signatures of a few messages by a pipe of its own, and takes them
after it has sent the few before. The constant parts of a template go over once, of a message its reader's own alone.
The process ends with its pipes, and hears no signal: so whoever ends, by whatever signal, leaves none behind, and one
that is told to stop finishes what is in flight. Where it is not there, not yet or no more, each connection signs its
own messages.
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
from typing import Any, NamedTuple

from newsletter.mail.canonical_form import CanonicalForm, Unsigned
from newsletter.mail.dkim import DkimSigner, make_signer

log = logging.getLogger("casereviews")
MAX_FORMS = 50  # canonical forms that are at hand for one pipe
PATIENCE = 30  # seconds without an answer, after which the process is given up
MAX_READ = 65_536  # bytes that one call reads
SigningKey = tuple[str, str, str]  # domain, selector, PEM
_LENGTH = struct.Struct("=I")


class SigningRequest(NamedTuple):
    """What is asked for, by number; and the forms among it that are new to the process, from one place on."""

    number: int
    first_new: int
    new: list[CanonicalForm]
    messages: list[tuple[int, tuple[bytes, ...]]]  # the place of a form, and a reader's own


class ObjectPipe:
    """Objects over one end of a socket pair: each begins with its length, and is mostly read by one call.

    Raises OSError and EOFError once the other end is gone.
    """

    def __init__(self, end: socket.socket) -> None:
        self.end, self._read = end, bytearray()

    def send(self, what: object) -> None:
        """Send it whole."""
        data = pickle.dumps(what)
        self.end.sendall(_LENGTH.pack(len(data)) + data)

    def receive(self) -> Any:
        """The next one, once it is here."""
        while not self.is_whole:
            if not (more := self.end.recv(MAX_READ)):
                raise EOFError("closed")
            self._read += more
        end = self._length
        data = bytes(self._read[_LENGTH.size : end])
        del self._read[:end]
        return pickle.loads(data)  # noqa: S301 - of our own other half

    @property
    def is_whole(self) -> bool:
        """Whether the next one was read already."""
        return len(self._read) >= _LENGTH.size and len(self._read) >= self._length

    @property
    def _length(self) -> int:
        return _LENGTH.size + int(_LENGTH.unpack_from(self._read)[0])


class SigningPipe:
    """A connection's way to the signing process: for one thread, and one key."""

    def __init__(self, end: socket.socket, key: SigningKey) -> None:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            end.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", PATIENCE, 0))
        self._pipe, self._places, self._asked = ObjectPipe(end), dict[CanonicalForm, int](), 0
        self._is_ready = self._is_gone = False
        self._poll = select.poll()
        self._poll.register(end, select.POLLIN)
        self._send(key)

    def ask(self, messages: Sequence[Unsigned]) -> int:
        """Have messages signed; the number by which to take the signatures. 0: nobody is there to sign them."""
        if not self._is_ready and self._poll.poll(0):
            self._is_ready = bool(self._receive())
        if self._is_gone or not self._is_ready:
            return 0
        if len(self._places) + len(messages) > MAX_FORMS:
            self._places.clear()
        first_new = len(self._places)
        new = [form for form in dict.fromkeys(one.form for one in messages) if form not in self._places]
        self._places.update((form, first_new + n) for n, form in enumerate(new))
        self._asked += 1
        asked = [(self._places[one.form], one.merged.own) for one in messages]
        self._send(SigningRequest(self._asked, first_new, new, asked))
        return self._asked

    def take(self, number: int) -> list[bytes]:
        """The signatures, in order; none where the process has ended. What was asked for before is passed over."""
        while number and (answer := self._receive()):
            if answer[0] == number:
                return list(answer[1])
        return []

    def _send(self, what: object) -> None:
        with self._watched():
            self._pipe.send(what)

    def _receive(self) -> Any:
        """What comes next; None once the process is gone."""
        with self._watched():
            return None if self._is_gone else self._pipe.receive()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError) as e:
            if not self._is_gone:
                log.warning("the process that signs has ended (%s): this connection signs its own messages", e)
            self._is_gone = True


@contextmanager
def open_pipes(count: int) -> Iterator[deque[socket.socket]]:
    """So many pipes to a new process, which ends with the block; none where it cannot be started."""
    pairs = [socket.socketpair() for _ in range(count)]
    process = _start_process([far.fileno() for _, far in pairs])
    for _, far in pairs:
        far.close()
    try:
        yield deque(near for near, _ in pairs if process)
    finally:
        for near, _ in pairs:
            near.close()
        if process:
            _await_end(process)


def _start_process(ends: Sequence[int]) -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-P", "-m", __name__, *map(str, ends)]
    try:
        return subprocess.Popen(  # noqa: S603 - this module, and numbers
            command, stdin=subprocess.DEVNULL, pass_fds=ends, process_group=0
        )
    except OSError as e:
        log.warning("no process that signs can be started (%s): each connection signs its own messages", e)
        return None


def _await_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def sign_for(ends: Sequence[socket.socket]) -> None:
    """Sign what is asked for until the last pipe is closed."""
    with DefaultSelector() as selector:
        for end in ends:
            pipe = ObjectPipe(end)
            pipe.send(True)
            selector.register(end, EVENT_READ, (pipe, _Signatory()))
        while selector.get_map():
            for key, _ in selector.select():
                pipe, signatory = key.data
                try:
                    signatory.answer(pipe)
                    while pipe.is_whole:
                        signatory.answer(pipe)
                except (OSError, EOFError):
                    selector.unregister(key.fileobj)


class _Signatory:
    """What signs for one pipe."""

    def __init__(self) -> None:
        self._signer: DkimSigner | None = None
        self._forms: list[CanonicalForm] = []

    def answer(self, pipe: ObjectPipe) -> None:
        """Answer what comes next; the first is the key."""
        if not self._signer:
            self._signer = make_signer(*pipe.receive())
            return
        number, first_new, new, messages = pipe.receive()
        self._forms[first_new:] = new
        pipe.send((number, [self._forms[place].sign(own, self._signer) for place, own in messages]))


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    gc.disable()  # nothing here refers to itself
    sign_for([socket.socket(fileno=int(number)) for number in sys.argv[1:]])
