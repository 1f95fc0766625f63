"""The hosts of a link check: many loopback addresses, each of which remembers when it was asked. Argument: how many.

Prints its port; each answer takes 50 ms. /report of 127.0.0.1 says how politely the others were asked.
"""

import asyncio
import json
import sys
from collections import defaultdict
from itertools import pairwise
from time import monotonic

ANSWER_SECONDS = 0.05
PDF = b"%PDF-1.7\n" + bytes(2000)


class Hosts:
    """What each host was asked, from when to when, by the server's own clock."""

    def __init__(self) -> None:
        self.turns: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer request after request of a connection."""
        host = writer.get_extra_info("sockname")[0]
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                came, path = monotonic(), head.split()[1]
                if path == b"/report":
                    status, body = "200 OK", json.dumps(self.report()).encode()
                else:
                    await asyncio.sleep(ANSWER_SECONDS)
                    status, body = ("404 Not Found", b"none") if path == b"/robots.txt" else ("200 OK", PDF)
                if path != b"/report":  # noted before who asked can know: that a machine is busy adds nothing
                    self.turns[host].append((came, monotonic()))
                kind = "application/pdf" if body is PDF else "text/plain"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n".encode())
                writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def report(self) -> dict[str, float]:
        """How many were asked how often, the shortest pause of any, and how many at once."""
        gaps = [later[0] - earlier[1] for turns in self.turns.values() for earlier, later in pairwise(sorted(turns))]
        changes = [(at, change) for turns in self.turns.values() for a, z in turns for at, change in ((a, 1), (z, -1))]
        at_once = most = 0
        for _, change in sorted(changes):
            at_once += change
            most = max(most, at_once)
        requests = sum(map(len, self.turns.values()))
        return {"hosts": len(self.turns), "requests": requests, "gap": min(gaps, default=0.0), "at_once": most}


async def main(count: str) -> None:
    """Serve until the end of the process."""
    hosts = Hosts()
    addresses = [f"127.0.{n // 250}.{n % 250 + 1}" for n in range(int(count) + 1)]
    first = await asyncio.start_server(hosts.serve, addresses[0], 0)
    port = first.sockets[0].getsockname()[1]
    await asyncio.start_server(hosts.serve, addresses[1:], port)
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
