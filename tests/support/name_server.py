"""A small real name server on 127.0.0.1, over UDP, which knows what it is told and remembers what it was asked."""

import socketserver
import threading
from collections.abc import Mapping
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.resolver import Resolver

ROOT = {". NS": ["a.root-servers.net."]}


class NameServer:
    """`with NameServer({"example.org TXT": ['"v=spf1 -all"']}) as names: ask(names.resolver)`.

    A name that it does not know does not exist; `silent` names are never answered, "*" being all of them, and
    `broken` ones with SERVFAIL, `closed` ones with REFUSED.
    """

    def __init__(self, zone: Mapping[str, list[str]], silent: str = "", broken: str = "", closed: str = "") -> None:
        self.zone, self.silent, self.broken, self.closed = ROOT | dict(zone), silent, broken, closed
        self.asked: list[str] = []
        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def resolver(self) -> Resolver:
        """A client that asks here and nowhere else."""
        made = Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], int(self._server.server_address[1])
        return made

    def answer(self, asked: bytes) -> bytes | None:
        """What a question is answered; None: nothing."""
        query = dns.message.from_wire(asked)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        plain = name.rstrip(".") or "."
        self.asked.append(f"{plain} {kind}")
        if self.silent in (plain, "*"):
            return None
        said = dns.message.make_response(query)
        said.flags |= dns.flags.RA
        records = self.zone.get(f"{plain} {kind}")
        if plain == self.broken:
            said.set_rcode(dns.rcode.SERVFAIL)
        elif plain == self.closed:
            said.set_rcode(dns.rcode.REFUSED)
        elif records:
            said.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, records))
        elif not any(known.startswith(f"{plain} ") for known in self.zone):
            said.set_rcode(dns.rcode.NXDOMAIN)
        return said.to_wire()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, sock = self.request
                if (said := server.answer(data)) is not None:
                    sock.sendto(said, self.client_address)

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
