#!/usr/bin/env bash
# smtplib (CPython 3.11.7; 3.13.0 has the same code) sends an initial response in the AUTH line whatever its length.
# RFC 4954 §4 leaves that line under SMTP's limit (512 octets, RFC 5321 §4.5.3.1.4) and says a client MUST NOT use the
# initial response where it would be longer. An XOAUTH2 token of 600 characters, and many are longer, makes a line that
# aiosmtpd 1.4.6 refuses; and since smtplib raises SMTPAuthenticationError for it, it reads like a wrong token.
# The same token after the server's challenge (initial_response_ok=False) is let in.
# Seen: SMTPAuthenticationError 500 Command line too long; then 235 with the whole token.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aiosmtpd==1.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import smtplib
import socket
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

SASL = f"user=reader@example.org\x01auth=Bearer {'t' * 600}\x01\x01"


class Handler:
    async def auth_XOAUTH2(self, server, words):
        given = await server.challenge_auth("") if len(words) == 1 else None
        return AuthResult(success=given == SASL.encode())


def log_in(initial):
    with smtplib.SMTP("127.0.0.1", controller.port, timeout=30) as client:
        client.ehlo()
        try:
            return client.auth("XOAUTH2", lambda challenge=None: SASL, initial_response_ok=initial)
        except smtplib.SMTPAuthenticationError as error:
            return (type(error).__name__, error.smtp_code, error.smtp_error)


with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
controller = Controller(Handler(), hostname="127.0.0.1", port=port, auth_require_tls=False)
controller.start()
try:
    seen = [log_in(True), log_in(False)]
finally:
    controller.stop()
print(sys.version.split()[0], *seen)
assert seen == [
    ("SMTPAuthenticationError", 500, b"Command line too long"),
    (235, b"2.7.0 Authentication successful"),
], "a long initial response is sent otherwise now"
PYTHON
