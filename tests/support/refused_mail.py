"""Deliveries of an issue that was sent, refused by their readers' mail servers."""

from datetime import datetime

from db.mail import deliveries
from db.schema.connect import Database, write_transaction
from services.delivery.bounce_handling import record_refusal
from tests.support.issue_sending import PERIOD

GONE = "550 5.1.1 <{to}>: Recipient address rejected: User unknown"


def refuse(db: Database, now: datetime, *emails: str, words: str = GONE) -> None:
    """These readers' servers refuse the issue."""
    for one in deliveries.listing(db, PERIOD):
        if one.email in emails:
            with write_transaction(db):
                db.execute("UPDATE deliveries SET state = 'refused' WHERE id = ?", [one.id])
            record_refusal(db, one.id, words.format(to=one.email), now)
