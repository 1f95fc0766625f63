#!/usr/bin/env bash
# imbox 0.10.1 takes an apostrophe in the name of an attached file for a quotation mark, so what stands behind the name
# comes into it: of filename="Child's report.pdf"; size=3 it gives a name that ends in a quotation mark, a semicolon and
# size=. RFC 2183 §2 and RFC 2045 §5.1: a parameter's value is a token or a quoted string, which RFC 5322 §3.2.4 puts
# into double marks; within them, and in a token, an apostrophe is a letter like others. A text part that says it is
# inline, as it may (RFC 2183 §2.1), comes as undecoded bytes among texts that are str. A mail that is text/html alone
# is given as plain text, its tags as words. And a report whose part has no Content-Disposition, an optional field
# (RFC 2183 §2), is in no list at all. Nothing is raised.
# Seen: Child's report.pdf"; size= and ["First.", b"Second: 5 \xa3."]; plain ["<p>Invented.</p>"], html []; no
# attachment. imap-tools 1.16.0 reads each as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imbox==0.10.1 imap-tools==1.16.0
"$folder/venv/bin/python" - <<'PYTHON'
import imap_tools
from imbox.parser import parse_email

HEAD = "From: a@example.org\r\nTo: b@example.net\r\nSubject: Invented\r\nMIME-Version: 1.0\r\n"
TEXT = "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n"
REPORT = "Content-Type: application/pdf; name=report.pdf\r\nContent-Transfer-Encoding: base64\r\n"
HTML = f"{HEAD}Content-Type: text/html; charset=utf-8\r\n\r\n<p>Invented.</p>"


def mail(*parts):
    body = "".join(f"--b\r\n{part}\r\n" for part in (f"{TEXT}\r\nFirst.", *parts))
    return f'{HEAD}Content-Type: multipart/mixed; boundary="b"\r\n\r\n{body}--b--\r\n'


def report(disposition):
    return mail(f"{REPORT}{disposition}\r\nYWJj")


def read(words):
    found = parse_email(words.encode())
    return found.body["plain"], found.body["html"], [file["filename"] for file in found.attachments]


def peer(words):
    found = imap_tools.MailMessage.from_bytes(words.encode())
    return found.text, found.html, [file.filename for file in found.attachments]


MAILS = [
    report('Content-Disposition: attachment; filename="Child report.pdf"; size=3\r\n'),
    report('Content-Disposition: attachment; filename="Child\'s report.pdf"; size=3\r\n'),
    report(""),
    mail(f"{TEXT}Content-Disposition: inline\r\n\r\nSecond: 5 =A3."),
    HTML,
]
seen = [(read(words), peer(words)) for words in MAILS]
print(*seen, sep="\n")
assert seen == [
    ((["First."], [], ["Child report.pdf"]), ("First.", "", ["Child report.pdf"])),
    ((["First."], [], ["Child's report.pdf\"; size="]), ("First.", "", ["Child's report.pdf"])),
    ((["First."], [], []), ("First.", "", ["report.pdf"])),
    ((["First.", b"Second: 5 \xa3."], [], []), ("First.Second: 5 £.", "", [])),
    ((["<p>Invented.</p>"], [], []), ("", "<p>Invented.</p>", [])),
], "imbox does otherwise now"
PYTHON
