#!/usr/bin/env bash
# smtp-server 3.21.6 (npm; by Nodemailer's authors), which maildev too receives mail with, refuses an address with a
# space, an "@" or a ">" in its name, of who sends as of who is to receive. RFC 5321 §4.1.2: the name before the last
# "@" may be a quoted string, and in quotation marks these signs are like any other. It answers 501, a fault that is for
# good, so the mail comes back, and the application, whose part it is by its page (onRcptTo) to take an address or not,
# is not asked. A mark that is quoted itself, "a\"b"@example.org, it takes. aiosmtpd 1.4.6 (Python) takes them all.
# Seen: 501 Error: Bad recipient address syntax for three, Bad sender address syntax for one; 250 of aiosmtpd.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" smtp-server@3.21.6
cat >server.mjs <<'JS'
import { SMTPServer } from "smtp-server";

const server = new SMTPServer({ authOptional: true, disabledCommands: ["AUTH", "STARTTLS"] });
server.listen(0, "127.0.0.1", () => console.log(server.server.address().port));
process.stdin.on("end", () => process.exit()).resume();
JS
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aiosmtpd==1.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import smtplib
import socket
import subprocess

from aiosmtpd.controller import Controller

ADDRESSES = ['"nora vale"@example.org', '"nora@home"@example.org', '"a>b"@example.org', r'"a\"b"@example.org']


def ask(port):
    with smtplib.SMTP("127.0.0.1", port, "client.example.org", timeout=30) as client:
        client.ehlo()
        sender = client.docmd(f"MAIL FROM:<{ADDRESSES[0]}>")
        client.rset()
        client.docmd("MAIL FROM:<nora@example.org>")
        return [(code, text.decode()) for code, text in (sender, *(client.docmd(f"RCPT TO:<{a}>") for a in ADDRESSES))]


with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
controller = Controller(object(), hostname="127.0.0.1", port=port)
controller.start()
other = ask(port)
controller.stop()
with subprocess.Popen(["node", "server.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
    seen = ask(int(server.stdout.readline()))
    server.stdin.close()
print(*zip(["sender", *ADDRESSES], seen, other), sep="\n")
assert {code for code, _ in other} == {250}
refused = (501, "Error: Bad recipient address syntax")
sender = (501, "Error: Bad sender address syntax")
assert seen == [sender, refused, refused, refused, (250, "Accepted")], "smtp-server does otherwise now"
PYTHON
