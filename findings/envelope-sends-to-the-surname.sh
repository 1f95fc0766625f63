#!/usr/bin/env bash
# envelope 2.5.0 (Python) sends what is for "Vale, Nora" <nora@example.net> to the address Vale, and to no other, and says
# that it was sent. RFC 5322 §3.4 and §3.2.5: a display name is words, and one with a comma stands in quotation marks
# (§3.2.4), as offices write it, surname first. It reads the name and the address, but writes both without the marks, in
# the header as in RCPT, and there the comma ends an address. A semicolon in a name it makes a comma, so "Vale; reviews"
# is lost too; Reply-To: "Vale, Nora" <...> and From are written alike, and of a mail that was loaded the same comes out.
# A full stop, an apostrophe or an accent do no harm.
# Seen: RCPT Vale; Vale and b@example.net for two readers; "To: Vale, Nora <nora@example.net>". Python's smtplib sends
# the same fields, written by its email package, to those who are named.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check envelope==2.5.0 aiosmtpd==1.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import email.message
import smtplib
import socket

from aiosmtpd.controller import Controller
from envelope import Envelope

LISTS = [
    ["Nora Vale <nora@example.net>"],
    ['"N. O\'Vale" <nora@example.net>'],
    ['"Vale, Nora" <nora@example.net>'],
    ['"Vale; reviews" <nora@example.net>'],
    ['"Vale, Nora" <nora@example.net>', "b@example.net"],
]


class Server:
    async def handle_DATA(self, server, session, envelope):
        received.append(envelope.rcpt_tos)
        return "250 OK"


received = []
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
controller = Controller(Server(), hostname="127.0.0.1", port=port)
controller.start()
seen = []
try:
    for to in LISTS:
        mail = Envelope().from_("news@example.org").to(to).subject("Invented").message("Invented.")
        names = [(reader.name, reader.address) for reader in mail.to()]
        assert mail.smtp("127.0.0.1", port).send(True)
        seen.append((names, str(mail.as_message()["To"]), sorted(received.pop())))
        peer = email.message.EmailMessage()
        peer["From"], peer["To"], peer["Subject"] = "news@example.org", ", ".join(to), "Invented"
        peer.set_content("Invented.")
        with smtplib.SMTP("127.0.0.1", port) as server:
            server.send_message(peer)
        assert received.pop() == ["nora@example.net", "b@example.net"][: len(to)]
finally:
    controller.stop()
loaded = Envelope.load('From: n@example.org\nReply-To: "Vale, Nora" <nora@example.net>\nSubject: Invented\n\nInvented.\n')
reply = str(loaded.as_message()["Reply-To"])
print(*seen, reply, sep="\n")
assert seen == [
    ([("Nora Vale", "nora@example.net")], "Nora Vale <nora@example.net>", ["nora@example.net"]),
    ([("N. O'Vale", "nora@example.net")], '"N. O\'Vale" <nora@example.net>', ["nora@example.net"]),
    ([("Vale, Nora", "nora@example.net")], "Vale, Nora <nora@example.net>", ["Vale"]),
    ([("Vale, reviews", "nora@example.net")], "Vale, reviews <nora@example.net>", ["Vale"]),
    (
        [("Vale, Nora", "nora@example.net"), ("", "b@example.net")],
        "Vale, Nora <nora@example.net>, b@example.net",
        ["Vale", "b@example.net"],
    ),
], "envelope does otherwise now"
assert reply == "Vale, Nora <nora@example.net>", "envelope does otherwise now"
PYTHON
