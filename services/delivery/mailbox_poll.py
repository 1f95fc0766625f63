"""Mailbox poll: reads the IMAP mailbox for bounces, every message once, whether or not somebody has opened it."""

import logging
from dataclasses import dataclass, replace

from core.config.schema import Settings
from core.errors import HouseError
from core.side_effects import SideEffects
from db.mail import mailbox_positions
from db.mail.mailbox_positions import MailboxPosition
from db.schema.connect import Database, as_store_error, write_transaction
from newsletter.inbound import imap
from newsletter.inbound.bounce_parser import MAX_MESSAGE_BYTES
from newsletter.oauth.mail_token import bounce_tokens
from services.delivery import machine_guard
from services.delivery.bounce_handling import BounceOutcome, handle_message

log = logging.getLogger("casereviews")
MAX_REFUSED = 100  # messages that are asked for again, where the server does not hand them over


@dataclass(frozen=True, slots=True)
class MailboxVisit:
    """What one visit to the mailbox for bounces did, in messages."""

    processed: int = 0  # ours, in the folder of the processed now
    left: int = 0  # ours and read, which the server did not move
    refused: int = 0  # which the server did not hand over
    why: str = ""  # the first of its refusals

    def add_refusal(self, why: Exception, left: int = 0, refused: int = 0) -> "MailboxVisit":
        """The same, and one message more that the server did not move, or not hand over."""
        return replace(self, left=self.left + left, refused=self.refused + refused, why=self.why or str(why))


def poll_mailbox(effects: SideEffects, settings: Settings, db: Database) -> MailboxVisit:
    """Read what has come to the mailbox for bounces since the last visit; ours goes to the folder of the processed.

    Other mail stays where and as it is. One message that cannot be read or moved does not stop the rest. Nothing
    happens where no mailbox is set. Raises MailUnavailable, MailRefused, HouseError for a folder that is not there
    or on another machine than before, StoreError.
    """
    if not settings.bounces.imap_host:
        return MailboxVisit()
    machine_guard.refuse_away(effects, settings, db)
    visit = MailboxVisit()
    with imap.open_mailbox(settings.bounces, bounce_tokens(settings)) as box:
        position = _find_position(settings, db, box)
        for uid in (*position.refused_uids, *box.list_after(position.last_uid)):
            others = tuple(one for one in position.refused_uids if one != uid)
            try:
                raw = box.read(uid, MAX_MESSAGE_BYTES)
            except imap.CommandRefused as e:
                visit, others = visit.add_refusal(e, refused=1), (*others, uid)[-MAX_REFUSED:]
            else:
                visit = _handle_one(effects, settings, db, box, uid, raw, visit)
            position = replace(position, last_uid=max(uid, position.last_uid), refused_uids=others)
            with write_transaction(db):
                mailbox_positions.save(db, position)
    if visit.why:
        log.warning("bounces: %d not handed over, %d not moved: %s", visit.refused, visit.left, visit.why)
    return visit


def _find_position(settings: Settings, db: Database, box: imap.ImapMailbox) -> MailboxPosition:
    """Where the last visit ended; the beginning where there was none, or the server numbers the messages anew."""
    bounces = settings.bounces
    mailbox = f"{bounces.imap_username} {bounces.imap_host}:{bounces.imap_port} {bounces.imap_folder}"
    known = mailbox_positions.get(db, mailbox)
    if known and known.uid_validity == box.uid_validity and (known.last_uid < box.uid_next or not box.uid_next):
        return known
    return MailboxPosition(mailbox, box.uid_validity)


def _handle_one(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    box: imap.ImapMailbox,
    uid: int,
    raw: bytes,
    sum_: MailboxVisit,
) -> MailboxVisit:
    try:
        outcome = handle_message(effects, settings, db, raw)
    except HouseError:
        raise  # the database is in trouble, and the next message would be too
    except Exception as e:  # one message must not stop the rest
        if store := as_store_error(e):
            raise store from e
        log.warning("a message in the mailbox for bounces could not be read: %s", type(e).__name__)
        outcome = BounceOutcome("", "unreadable")
    log.info("bounces: %s", outcome.words)
    if not outcome.ours:
        return sum_
    try:
        box.move_to_processed(uid)
    except imap.CommandRefused as e:
        return sum_.add_refusal(e, left=1)
    return replace(sum_, processed=sum_.processed + 1)
