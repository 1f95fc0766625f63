"""A small real IMAP server on 127.0.0.1 with one mailbox, which remembers what it was asked."""

import re
import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

USER, PASSWORD = "bounces", 'geheim "ß"'


@dataclass
class Letter:
    """A message in a folder, identified by its UID."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


class Postbox:
    """`with Postbox([b"Subject: hello", …]) as box: poll(… box.port …)`; then look into `box.folders`.

    `extensions`: what it offers beyond RFC 3501; `greeting`: before the log-in, if less. `prefix`: what all folders but
    INBOX begin with. `spoil`: may answer a command, given its name, without doing it; an empty answer hangs up, None
    leaves it alone.
    """

    def __init__(
        self,
        letters: list[bytes],
        extensions: str = "AUTH=PLAIN MOVE UIDPLUS",
        tls: ssl.SSLContext | None = None,
        spoil: Callable[[str], bytes | None] = lambda command: None,
        greeting: str | None = None,
        prefix: str = "",
    ) -> None:
        self.folders = {"INBOX": [Letter(number, raw) for number, raw in enumerate(letters, 5)]}
        self.next_uid = 5 + len(letters)
        self.extensions, self.spoil, self.prefix = extensions, spoil, prefix
        self.greeting = extensions if greeting is None else greeting
        self.uid_validity: int | None = 1_700_000_000  # None: it tells neither this nor the next UID
        self.commands: list[str] = []
        self.lock = threading.Lock()
        self._server = _Server(self, tls)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self._server.server_address[1])

    def deliver(self, raw: bytes, *flags: str) -> None:
        """A message comes in; `flags`: what somebody has made of it already."""
        self.folders["INBOX"].append(Letter(self.next_uid, raw, set(flags)))
        self.next_uid += 1

    def unseen(self, folder: str = "INBOX") -> list[bytes]:
        """The messages of a folder that nobody has read."""
        return [letter.raw for letter in self.folders[folder] if r"\Seen" not in letter.flags]

    def kept(self, folder: str = "INBOX") -> list[bytes]:
        """The messages of a folder that are not about to go."""
        return [letter.raw for letter in self.folders.get(folder, []) if r"\Deleted" not in letter.flags]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False  # so that closing joins them

    def __init__(self, box: Postbox, tls: ssl.SSLContext | None) -> None:
        self.box, self.tls = box, tls
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> Any:
        connection, address = super().get_request()
        if self.tls:  # the handshake is left to the connection's own thread
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may hang up, or not like our certificate: nothing to print."""


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    timeout = 600  # seconds

    def handle(self) -> None:
        self.folder, self.offered, box = "", self.server.box.greeting, self.server.box
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().decode("ascii").strip():
            tag, _, asked = line.partition(" ")
            with box.lock:
                box.commands.append(asked)
            words = re.findall(r'"(?:[^"\\]|\\.)*"|\([^)]*\)|\S+', asked)
            command = " ".join(words[:2]) if words[0] == "UID" else words[0]
            answer = box.spoil(command)
            if answer is None:
                answer = self.answer(command, words[len(command.split()) :])
            if not answer:
                return
            self.wfile.write(answer.replace(b"TAG ", tag.encode() + b" "))
            if command == "LOGOUT":
                return

    def answer(self, command: str, words: list[str]) -> bytes:
        with self.server.box.lock:
            said = getattr(self, f"_{command.lower().replace(' ', '_')}")(words)
        return said if isinstance(said, bytes) else b"TAG OK done\r\n"

    def _capability(self, words: list[str]) -> bytes:
        return f"* CAPABILITY IMAP4rev1 {self.offered}\r\nTAG OK done\r\n".encode()

    def _authenticate(self, words: list[str]) -> bytes | None:
        self.wfile.write(b"+ \r\n")
        given = b64decode(self.rfile.readline()).decode()
        return self._logged_in(given == f"\0{USER}\0{PASSWORD}")

    def _login(self, words: list[str]) -> bytes | None:
        return self._logged_in(words == [f'"{USER}"', '"plain"'])

    def _logged_in(self, right: bool) -> bytes | None:
        self.offered = self.server.box.extensions if right else self.offered
        return None if right else b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n"

    def _namespace(self, words: list[str]) -> bytes:
        return f'* NAMESPACE (("{self.server.box.prefix}" ".")) NIL NIL\r\nTAG OK done\r\n'.encode()

    def _list(self, words: list[str]) -> bytes:
        return b'* LIST (\\Noselect) "." ""\r\nTAG OK done\r\n'

    def _status(self, words: list[str]) -> bytes | None:
        return None if self._name(words[0]) in self.server.box.folders else b"TAG NO no such folder\r\n"

    def _select(self, words: list[str]) -> bytes:
        self.folder, box = self._name(words[0]), self.server.box
        if self.folder not in box.folders:
            return b"TAG NO no such folder\r\n"
        uids = [letter.uid for letter in self._here()]
        told = f"* {len(uids)} EXISTS\r\n"
        if box.uid_validity is not None:
            told += f"* OK [UIDVALIDITY {box.uid_validity}] all\r\n* OK [UIDNEXT {box.next_uid}] next\r\n"
        return f"{told}TAG OK done\r\n".encode()

    def _create(self, words: list[str]) -> bytes | None:
        name = self._name(words[0])
        if name in self.server.box.folders:
            return b"TAG NO Mailbox already exists\r\n"
        if not name.startswith(self.server.box.prefix):
            return b"TAG NO no such namespace\r\n"
        self.server.box.folders[name] = []
        return None

    def _uid_search(self, words: list[str]) -> bytes:
        assert words[0] == "UID", "whether somebody has opened it is no matter"
        first, last = words[1].split(":")
        uids = [letter.uid for letter in self._here()]
        here = [uid for uid in uids if int(first) <= uid and (last == "*" or uid <= int(last))]
        found = " ".join(map(str, here or (uids[-1:] if last == "*" else [])))
        return f"* SEARCH {found}\r\nTAG OK done\r\n".encode()

    def _uid_fetch(self, words: list[str]) -> bytes | None:
        wanted = re.fullmatch(r"\(BODY\.PEEK\[\]<0\.(\d+)>\)", words[1])
        assert wanted, "anything else would mark it as seen, or take all of it"
        for letter in self._named(words[0]):
            raw = letter.raw[: int(wanted[1])]
            head = f"* 1 FETCH (UID {letter.uid} BODY[]<0> {{{len(raw)}}}\r\n".encode()
            return head + raw + b")\r\nTAG OK done\r\n"
        return None

    def _uid_store(self, words: list[str]) -> None:
        for letter in self._named(words[0]):
            letter.flags |= set(words[2].strip("()").split())

    def _uid_copy(self, words: list[str]) -> bytes | None:
        if self._name(words[1]) not in self.server.box.folders:
            return b"TAG NO [TRYCREATE] no such folder\r\n"
        copies = [Letter(one.uid, one.raw, set(one.flags)) for one in self._named(words[0])]
        self.server.box.folders[self._name(words[1])] += copies
        return None

    def _uid_move(self, words: list[str]) -> bytes | None:
        if refused := self._uid_copy(words):
            return refused
        self.server.box.folders[self.folder] = [one for one in self._here() if str(one.uid) != words[0]]
        return None

    def _uid_expunge(self, words: list[str]) -> None:
        gone = [one for one in self._named(words[0]) if r"\Deleted" in one.flags]
        self.server.box.folders[self.folder] = [one for one in self._here() if one not in gone]

    def _logout(self, words: list[str]) -> bytes:
        return b"* BYE\r\nTAG OK done\r\n"

    def _here(self) -> list[Letter]:
        return self.server.box.folders[self.folder]

    def _named(self, uid: str) -> list[Letter]:
        return [one for one in self._here() if str(one.uid) == uid]

    def _name(self, quoted: str) -> str:
        assert quoted[0] == quoted[-1] == '"', "a folder's name may hold spaces"
        return re.sub(r"\\(.)", r"\1", quoted[1:-1])
