#!/usr/bin/env bash
# mblaze 1.1 (Debian's 1.1-1), mail for the shell: mshow finds no part of a multipart message whose boundary lines have
# a space or a tab at their end. RFC 2046 §5.1.1: such padding may be added on the way, and receivers MUST be able to
# handle it. Where each line has one, mshow shows an empty message and extracts nothing (-x); where one line alone has
# it, the part behind it is shown as the end of the one before, a PDF as base64 in the words. A newsletter so looks
# empty, a delivery that failed has no report, and nothing is said.
# Seen: parts 1, text/plain and application/pdf of a message; of the same with one padded line 1 and text/plain, with
# three 1 alone. Python's email reads both files in each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 mblaze=1.1-1
dpkg-deb --extract mblaze_*.deb "$folder"
"${PYTHON:-python3}" - <<'PYTHON'
import email
import os
import pathlib
import re
import subprocess

FIRST, SECOND = "Content-Type: text/plain\n\nInvented.\n", "Content-Type: application/pdf; name=a.pdf\n\nInvented.\n"


def message(*pads):
    begin, between, end = (f"--b{pad}\n" for pad in pads)
    head = 'From: a@example.org\nSubject: Invented\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    return f"{head}{begin}{FIRST}{between}{SECOND}{end.replace('--b', '--b--')}"


def parts(words):
    file = pathlib.Path("message.eml").resolve()
    file.write_text(words)
    mshow = [f"{pathlib.Path.cwd()}/usr/bin/mshow", "-t", str(file)]
    listed = subprocess.run(mshow, capture_output=True, text=True, check=True, env={**os.environ, "HOME": "."}).stdout
    assert [part.get_content_type() for part in email.message_from_string(words).get_payload()] == both
    return re.findall(r"\d: (\S+) size", listed)


both = ["text/plain", "application/pdf"]
seen = {pads: parts(message(*pads)) for pads in [("", "", ""), ("", " ", ""), (" ", " ", " "), ("\t", "\t", "\t")]}
print(*seen.items(), sep="\n")
assert list(seen.values()) == [
    ["multipart/mixed", *both],
    ["multipart/mixed", "text/plain"],
    ["multipart/mixed"],
    ["multipart/mixed"],
], "mblaze does otherwise now"
PYTHON
