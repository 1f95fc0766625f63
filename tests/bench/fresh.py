"""A contender: a new connection and a fresh rendering for each message. Arguments: period, how many. In a house."""

import smtplib
import sys
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path

from core.config.load import load
from db.schema.connect import connect
from newsletter.issue.render import render
from newsletter.mail.issue_message import build_issue_message
from services.issues import build_issue


def main(period: str, most: str) -> None:
    """Send the issue to the first so many, as most scripts do."""
    settings = load(Path("casereviews.toml"))
    with connect(settings.database) as db:
        kept, words = build_issue.load_issue(db, period), build_issue.current_wording(settings)
        readers = list(db.execute("SELECT mailbox, token FROM subscribers ORDER BY id LIMIT ?", [int(most)]))
    for number, (mailbox, token) in enumerate(readers):
        raw = build_issue_message(
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
