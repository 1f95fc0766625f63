#!/usr/bin/env bash
# IMAPClient 4.1.0: str() of an Address fails for the end of a group, which its own manual (Envelope) describes and RFC
# 3501 §7.4.2 has in each envelope of a message to a group: an address whose mailbox and host are both NIL. The group's
# beginning it shows, by its name. "undisclosed-recipients:;" is what many mail servers write where a message names
# nobody, so whoever lists to whom the messages of a mailbox are stops at the first of these.
# Seen: str() gives undisclosed-recipients, then AttributeError 'NoneType' object has no attribute 'encode'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imapclient==4.1.0
"$folder/venv/bin/python" - <<'PYTHON'
from imapclient.response_parser import parse_fetch_response

RECIPIENTS = {
    "a reader": '((NIL NIL "reader" "example.org"))',
    "undisclosed": '((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))',
    "a group": '((NIL NIL "readers" NIL)("A" NIL "reader" "example.org")(NIL NIL NIL NIL))',
}


def show(address):
    try:
        return str(address)
    except AttributeError as error:
        return f"AttributeError {error}"


seen = {}
for name, recipients in RECIPIENTS.items():
    sender = '(("News" NIL "news" "example.org"))'
    begin = '"Sat, 28 Nov 2026 08:00:00 +0000" "Case reviews"'
    envelope = f'{begin} {sender} {sender} {sender} {recipients} NIL NIL NIL "<1@example.org>"'
    told = parse_fetch_response([f"1 (UID 7 ENVELOPE ({envelope}))".encode()])
    seen[name] = [show(address) for address in told[7][b"ENVELOPE"].to]
    print(name, seen[name])
end = "AttributeError 'NoneType' object has no attribute 'encode'"
assert seen == {
    "a reader": ["reader@example.org"],
    "undisclosed": ["undisclosed-recipients", end],
    "a group": ["readers", "A <reader@example.org>", end],
}, "IMAPClient does otherwise now"
PYTHON
