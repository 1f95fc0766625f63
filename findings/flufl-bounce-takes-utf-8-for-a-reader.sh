#!/usr/bin/env bash
# flufl.bounce 6.0.0 (Python), by which Mailman counts failures, knows rfc822 alone of the types an address can have in
# the report of a failed delivery. RFC 6533 §3 has utf-8 besides, for any mailbox, ASCII or not, and §4
# message/global-delivery-status, in which a server that was given the mail under SMTPUTF8 may report. Of an address of
# the type utf-8 it gives nothing, nor of such a part, be the type rfc822 or not: nobody failed. And where
# Original-Recipient has utf-8, as the sender gave it, and Final-Recipient rfc822, it names two who failed, the reader
# and one whose address is utf-8. Python's email reads the fields of each.
# Seen: no address; reader@example.net and utf-8.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check flufl.bounce==6.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import email

from flufl.bounce import all_failures

REPORT = """From: MAILER-DAEMON@mail.example.net
To: news@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: text/plain

Invented.
--b
Content-Type: message/{kind}

Reporting-MTA: dns; mail.example.net

{original}Final-Recipient: {final}; reader@example.net
Action: failed
Status: 5.1.1

--b--
"""
ORIGINAL = "Original-Recipient: {}; reader@example.net\n"
CASES = {
    ("delivery-status", "", "rfc822"): {"reader@example.net"},
    ("delivery-status", ORIGINAL.format("rfc822"), "rfc822"): {"reader@example.net"},
    ("delivery-status", ORIGINAL.format("utf-8"), "rfc822"): {"reader@example.net", "utf-8"},
    ("delivery-status", "", "utf-8"): set(),
    ("global-delivery-status", "", "rfc822"): set(),
    ("global-delivery-status", ORIGINAL.format("utf-8"), "utf-8"): set(),
}


def failed(kind, original, final):
    message = email.message_from_string(REPORT.format(kind=kind, original=original, final=final))
    blocks = message.get_payload()[1].get_payload()
    fields = [field for block in blocks for field in block.as_string().splitlines()]
    assert f"Final-Recipient: {final}; reader@example.net" in fields
    temporary, permanent = all_failures(message)
    assert temporary == frozenset()
    return {address.decode() for address in permanent}


seen = {case: failed(*case) for case in CASES}
print(*seen.items(), sep="\n")
assert seen == CASES, "flufl.bounce does otherwise now"
PYTHON
