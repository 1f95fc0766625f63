#!/usr/bin/env bash
# dkimpy 1.1.8 signs List-Unsubscribe by itself, but not List-Unsubscribe-Post. RFC 8058 §4 wants both under the DKIM
# signature: a newsletter signed with dkimpy's defaults verifies, and has no one-click unsubscribe at receivers that
# hold to the RFC.
# Seen: h=from : to : subject : date : message-id : list-unsubscribe : from
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dkimpy==1.1.8 cryptography==45.0.7
"$folder/venv/bin/python" - <<'PYTHON'
import re

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(65537, 2048)
pem = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
message = (
    b"From: news@example.org\r\nTo: reader@example.org\r\nSubject: Case reviews\r\n"
    b"Date: Sat, 28 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n"
    b"List-Unsubscribe: <https://example.org/unsubscribe/1>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nHello.\r\n"
)
signature = dkim.sign(message, b"key", b"example.org", pem)
signed = [name.strip().decode() for name in re.search(rb"h=([^;]*);", signature)[1].split(b":")]
print("h=" + " : ".join(signed))
assert signed == ["from", "to", "subject", "date", "message-id", "list-unsubscribe", "from"], "dkimpy does otherwise now"
PYTHON
