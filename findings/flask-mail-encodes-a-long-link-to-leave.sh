#!/usr/bin/env bash
# Flask-Mail 0.10.0 and redmail 0.6.0 write a link to leave that is too long for a line of 78 as encoded words,
# List-Unsubscribe: =?utf-8?q?=3Chttps=3A//…, though it is plain ASCII. They leave folding to CPython's email package
# (seen with 3.11.7), whose policies so fold whatever has no space. RFC 2047 §5 names the only places for encoded words
# (text, comments, phrases); RFC 2369 §2 has URLs in angle brackets here. A receiver that reads the field as it is finds
# no address: the reader gets no button to leave, and takes the one for spam. Django 5.2.19 and emails 1.1.3 write it
# whole.
# Seen: =?utf-8?q?=3Chttps=3A//news… of both for an address of 120 letters, <https://…> for one of 39.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    flask-mail==0.10.0 flask==3.1.3 redmail==0.6.0 django==5.2.19 emails==1.1.3
"$folder/venv/bin/python" - <<'PYTHON'
import email
import email.policy
import sys

import django.conf
import django.core.mail
import emails
import flask
import flask_mail
import redmail

SENDER, READER = "news@example.org", "reader@example.org"
LINKS = {
    "short": "<https://news.example.org/leave/abcdefgh>",
    "long": f"<https://news.example.org/leave/{'a' * 22}?proof={'b' * 60}>",
}
django.conf.settings.configure()


def with_flask_mail(fields):
    app = flask.Flask("invented")
    flask_mail.Mail(app)
    with app.app_context():
        message = flask_mail.Message("One", [READER], body="One.", sender=SENDER, extra_headers=fields)
        return message.as_bytes()


def with_redmail(fields):
    sender = redmail.EmailSender(host="localhost", port=25)
    message = sender.get_message(subject="One", sender=SENDER, receivers=[READER], text="One.", headers=fields)
    return message.as_bytes()


def with_django(fields):
    return django.core.mail.EmailMessage("One", "One.", SENDER, [READER], headers=fields).message().as_bytes()


def with_emails(fields):
    return emails.Message(subject="One", mail_from=SENDER, text="One.", headers=fields).as_string().encode()


def written(library, link):
    message = email.message_from_bytes(library({"List-Unsubscribe": link}), policy=email.policy.compat32)
    return "".join(message["List-Unsubscribe"].split())  # folded as it was sent, and not decoded


print(sys.version.split()[0])
seen = {}
for library in (with_flask_mail, with_redmail, with_django, with_emails):
    for name, link in LINKS.items():
        seen[library, name] = written(library, link)
        print(library.__name__, name, seen[library, name])
for library in (with_django, with_emails):
    assert [seen[library, name] for name in LINKS] == list(LINKS.values())
for library in (with_flask_mail, with_redmail):
    assert seen[library, "short"] == LINKS["short"]
    assert seen[library, "long"].startswith("=?utf-8?q?=3Chttps=3A//news=2E"), f"{library.__name__} does otherwise now"
PYTHON
