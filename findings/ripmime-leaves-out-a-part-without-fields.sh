#!/usr/bin/env bash
# ripmime 1.4.0.10 (Debian's 1.4.0.10.debian.1-3+b1; it calls itself 1.4.0.9), which takes a mail apart into files,
# leaves out the words of a part that begins with its empty line, and says nothing; upstream's 1.4.1.0 does so too. RFC
# 2046 §5.1: no fields are required in a part, and one without any begins with a blank line and is plain text in
# US-ASCII; the RFC's own example (§5.1.1) has such a part. It also puts a line break behind each part of text that is
# not encoded, but the one before a boundary belongs to the boundary (§5.1.1). So a table in CSV has a row more, which
# is empty, and neither its size nor its hash are those of what was sent. Python's email reads each part as it is.
# Seen: no word of the first part, "Second.\n" for "Second.", and "year,count\n2019,5\n\n".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 ripmime=1.4.0.10.debian.1-3+b1
dpkg-deb --extract ripmime_*.deb "$folder"
"${PYTHON:-python3}" - <<'PYTHON'
import email
import pathlib
import subprocess

TABLE = "year,count\n2019,5\n"
MAIL = f"""From: a@example.org
Subject: Invented
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b

First.

Of it too.
--b
Content-Type: text/plain

Second.
--b
Content-Type: text/csv; name=table.csv
Content-Disposition: attachment; filename=table.csv

{TABLE}
--b--
"""

message = email.message_from_string(MAIL)
assert [(part.get_content_type(), part.get_payload()) for part in message.get_payload()] == [
    ("text/plain", "First.\n\nOf it too."),
    ("text/plain", "Second."),
    ("text/csv", TABLE),
]
pathlib.Path("message.eml").write_text(MAIL)
parts = pathlib.Path("parts")
parts.mkdir()
subprocess.run(["usr/bin/ripmime", "-i", "message.eml", "-d", "parts"], check=True)
seen = {file.name: file.read_text() for file in sorted(parts.iterdir())}
version = subprocess.run(["usr/bin/ripmime", "-V"], capture_output=True, text=True).stdout.split(" ")[0]
print(version, *seen.items(), sep="\n")
assert version == "v1.4.0.9"
assert sorted(words for words in seen.values() if words) == ["Second.\n", f"{TABLE}\n"], "ripmime does otherwise now"
assert seen["table.csv"] == f"{TABLE}\n"
PYTHON
