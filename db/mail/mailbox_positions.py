"""Positions in mail folders: up to which message each has been read."""

import json
from dataclasses import dataclass

from db.schema.connect import Database


@dataclass(frozen=True, slots=True)
class MailboxPosition:
    """How far a mail folder is read, identified by its name."""

    mailbox: str  # log-in, host and folder
    uid_validity: int  # while it is the same, a UID names the same message (RFC 3501 §2.3.1.1)
    last_uid: int = 0  # of the last message that was read; 0: none yet
    refused_uids: tuple[int, ...] = ()  # of messages that the server did not hand over; they are asked for again


def get(db: Database, mailbox: str) -> MailboxPosition | None:
    """The position in a folder; None where it has never been read."""
    row = db.execute(
        "SELECT uid_validity, last_uid, refused_uids FROM mailbox_positions WHERE mailbox = ?", [mailbox]
    ).fetchone()
    if row is None:
        return None
    return MailboxPosition(mailbox, row["uid_validity"], row["last_uid"], tuple(json.loads(row["refused_uids"])))


def save(db: Database, position: MailboxPosition) -> None:
    """Store the position in a folder, in place of the one before."""
    db.execute(
        """
        INSERT INTO mailbox_positions (mailbox, uid_validity, last_uid, refused_uids) VALUES (?, ?, ?, ?)
        ON CONFLICT (mailbox) DO UPDATE SET
            uid_validity = excluded.uid_validity, last_uid = excluded.last_uid, refused_uids = excluded.refused_uids
        """,
        [position.mailbox, position.uid_validity, position.last_uid, json.dumps(position.refused_uids)],
    )
