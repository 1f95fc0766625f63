"""A contender, and the limit: pipelined by hand, no receipts. Arguments: period, connections. In a house's folder."""

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from core.config.load import load
from db.schema.connect import connect
from newsletter.issue.render import render
from newsletter.mail.merge import MergeTemplate, build_merge_message
from services.issues import build_issue

Reader = tuple[str, str]  # mailbox, token
REASON = "You get this email because you asked for Case reviews and confirmed your address."


def send(port: int, stamp: MergeTemplate, readers: list[Reader], first: int) -> None:
    """Each message's end travels with the next one's envelope (RFC 2920 §3.1); every answer is read."""
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = line.makefile("rb")

    def expect(*codes: bytes) -> None:
        for code in codes:
            while (answer := answers.readline())[3:4] == b"-":
                pass
            if answer[:3] != code:
                sys.exit(f"answered {answer!r}, not {code!r}")

    expect(b"220")
    line.sendall(b"EHLO bench.example.org\r\n")
    expect(b"250")
    waiting = b""
    for number, (mailbox, token) in enumerate(readers, first):
        name = f"{number:022}"
        envelope = f"MAIL FROM:<news+{name}@example.org>\r\nRCPT TO:<{mailbox}>\r\nDATA\r\n".encode()
        line.sendall(waiting + envelope)
        expect(*([b"250"] if waiting else []), b"250", b"250", b"354")
        waiting = stamp.ready(mailbox, token, name, REASON) + b".\r\n"
    line.sendall(waiting)
    expect(b"250")
    line.sendall(b"QUIT\r\n")
    expect(b"221")


def main(period: str, connections: str) -> None:
    """Send the issue to everybody, over so many connections."""
    settings, count = load(Path("casereviews.toml")), int(connections)
    with connect(settings.database) as db:
        kept, words = build_issue.load_issue(db, period), build_issue.current_wording(settings)
        readers: list[Reader] = [tuple(row) for row in db.execute("SELECT mailbox, token FROM subscribers ORDER BY id")]
    stamp = MergeTemplate(
        build_merge_message(render(kept.issue, words), words, host="news.example.org", date=datetime.now(UTC))
    )
    share = -(-len(readers) // count)
    lines = [
        Thread(target=send, args=(settings.mail.port, stamp, readers[first : first + share], first))
        for first in range(0, len(readers), share)
    ]
    for one in lines:
        one.start()
    for one in lines:
        one.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
