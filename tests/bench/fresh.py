"""A contender: a new connection and a fresh rendering for each message. Arguments: period, how many. In a house."""

import smtplib
import sys
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path

from app import issuing
from core.configuration import load
from db.connect import connect
from newsletter.message import message
from newsletter.render import render


def main(period: str, most: str) -> None:
    """Send the issue to the first so many, as most scripts do."""
    settings = load(Path("casereviews.toml"))
    with connect(settings.database) as db:
        kept, words = issuing.stored(settings, db, period), issuing.wording(settings)
        readers = list(db.execute("SELECT mailbox, token FROM subscribers ORDER BY id LIMIT ?", [int(most)]))
    for number, (mailbox, token) in enumerate(readers):
        raw = message(
            render(kept.issue, words),
            words,
            to=mailbox,
            token=token,
            message_token=f"{number:022}",
            host="news.example.org",
            date=datetime.now(UTC),
        )
        with smtplib.SMTP(settings.mail.host, settings.mail.port) as server:
            server.sendmail(parseaddr(words.sender)[1], [mailbox], raw)


if __name__ == "__main__":
    main(*sys.argv[1:])
