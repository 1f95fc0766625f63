"""Fresh proof: a link mailed to the reader, who sees their data or deletes it by that alone.

The token in a newsletter's links opens what does no harm: whoever was sent the mail by a colleague has it, too. What
belongs to nobody else asks for a second token, that of an email to the reader's own mailbox. It is made from the
number of that email, which is never used again, so nothing is stored for it. Saved searches and new addresses are
confirmed by such links, too.
"""

import hmac
from datetime import datetime

from core.records import Subscriber
from core.retention_times import MOVE_RETENTION, PROOF_RETENTION
from core.states import MAILABLE_STATUSES, LinkKind, ProofKind
from core.subscriber_rules import MAX_PROOF_EMAILS, proof_token
from db.mail import transactional
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from services.readers.subscriptions import find_by_token


def request_proof(db: Database, token: str, kind: ProofKind, now: datetime) -> bool:
    """Queue the email with the link; False for a reader whose mailbox is not written to any more, or is new.

    After a few of a kind in a day no further one comes: those that came are good. Raises NotFound.
    """
    with write_transaction(db):
        subscriber = find_by_token(db, token)
        if subscriber.status not in MAILABLE_STATUSES or has_moved(db, subscriber, now):
            return False
        recent = transactional.list_times(db, kind, subscriber.id, now - PROOF_RETENTION)
        transactional.enqueue(db, kind, subscriber.id, now, len(recent) < MAX_PROOF_EMAILS)
    return True


def find_by_proof(db: Database, token: str, kind: ProofKind, proof: str, now: datetime) -> Subscriber | None:
    """Whose email's link this is, for a day; None for any other. Raises NotFound for a token that is nobody's."""
    subscriber = find_by_token(db, token)
    return subscriber if find_letter(db, subscriber, kind, proof, now - PROOF_RETENTION) else None


def find_letter(db: Database, subscriber: Subscriber, kind: LinkKind, proof: str, since: datetime) -> int:
    """The number of the email of a reader's, asked for later than that, whose link this is; 0 where none is."""
    secret = secrets.get(db, "signing")
    for number, asked_at in transactional.list_times(db, kind, subscriber.id, since):
        good = proof_token(secret, kind, number, asked_at, subscriber.key)
        if hmac.compare_digest(good.encode(), proof.encode()):
            return number
    return 0


def has_moved(db: Database, subscriber: Subscriber, now: datetime) -> bool:
    """Whether a subscription's address is so new that the old one can take it back: till then it proves nothing."""
    return bool(transactional.list_times(db, "moved", subscriber.id, now - MOVE_RETENTION))
