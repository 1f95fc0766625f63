#!/usr/bin/env bash
# segno 1.6.6, which writes QR codes: make_email with a body, but no subject and no copy, puts it behind the address
# with "&": the code mailto:a@example.org&body=Stop opens a message to a@example.org&body=Stop. RFC 6068 §2 divides the
# addresses from the fields with "?". It also writes an address as it is, where §2 has "%", "&" and "?" of an address
# percent-encoded (§6.1 shows all three), and a line break of the body as %0A, for which §5 says %0D%0A. Who scans the
# code writes to nobody, and once it is printed it stays so.
# Seen, by Python's own urlsplit: the address "a@example.org&body=Stop" and no field; of unlikely?address@example.com
# and of a copy to Mike&family@example.org, addresses of §6.1, "unlikely" and "Mike" alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check segno==1.6.6
"$folder/venv/bin/python" - <<'PYTHON'
import urllib.parse

from segno.helpers import make_email, make_make_email_data

CASES = {
    "subject": {"to": "a@example.org", "subject": "Leave"},
    "both": {"to": "a@example.org", "subject": "Leave", "body": "Stop"},
    "body": {"to": "a@example.org", "body": "Stop"},
    "copy and body": {"to": "a@example.org", "cc": "b@example.org", "body": "Stop"},
    "percent": {"to": "gorby%kremvax@example.com"},
    "question mark": {"to": "unlikely?address@example.com"},
    "ampersand": {"to": "a@example.org", "cc": "Mike&family@example.org"},
    "two lines": {"to": "a@example.org", "subject": "", "body": "Stop\nplease"},
}


def divide(uri):
    parts = urllib.parse.urlsplit(uri)
    return urllib.parse.unquote(parts.path), urllib.parse.parse_qs(parts.query, keep_blank_values=True)


written = {name: make_make_email_data(**given) for name, given in CASES.items()}
for name, uri in written.items():
    assert make_email(**CASES[name]).designator
    print(f"{name:14}", uri, *divide(uri))
assert divide(written["subject"]) == ("a@example.org", {"subject": ["Leave"]})
assert divide(written["both"]) == ("a@example.org", {"subject": ["Leave"], "body": ["Stop"]})
assert divide(written["copy and body"]) == ("a@example.org", {"cc": ["b@example.org"], "body": ["Stop"]})
assert divide(written["body"]) == ("a@example.org&body=Stop", {}), "segno does otherwise now"
assert written["percent"] == "mailto:gorby%kremvax@example.com", "segno does otherwise now"
assert divide(written["question mark"])[0] == "unlikely", "segno does otherwise now"
assert divide(written["ampersand"])[1] == {"cc": ["Mike"], "family@example.org": [""]}, "segno does otherwise now"
assert written["two lines"].endswith("body=Stop%0Aplease"), "segno does otherwise now"
PYTHON
