"""Alert composer: what a claimed alert tells its reader, and what follows from an answer to it."""

from dataclasses import dataclass, field
from datetime import datetime

from core.config.schema import Settings
from core.records import Review
from core.subscriber_rules import message_tokens
from db.mail import alert_mail
from db.mail.transactional import TransactionalMail
from db.operator import secrets
from db.schema.connect import Database
from newsletter.mail.alert_message import build_alert_message
from newsletter.mail.provider_headers import provider_headers
from newsletter.mail.transport import Parcel
from services.delivery import bounce_handling
from services.delivery.parcel_making import make_return_path
from services.issues.build_issue import mail_wording
from services.readers.alerts_saved import describe_found, due_rule

READER_KINDS = ("hard", "domain", "soft")  # of refusals that are of the mailbox, and not of us


@dataclass
class AlertComposer:
    """Makes the alerts of one pass over the queue."""

    settings: Settings
    db: Database
    known: dict[int, Review] = field(default_factory=dict)  # reviews read already: thousands of alerts tell of the same
    taken: int = 0  # matches of which the alert in hand tells

    def compose(self, one: TransactionalMail, now: datetime) -> Parcel | None:
        """The alert as it goes to a transport, its matches written down as told; None where nothing is left to tell."""
        db, settings, reader = self.db, self.settings, one.subscriber
        token = message_tokens(secrets.get(db, "signing"), f"alert {one.id} {one.asked_at.isoformat()}")(reader.key)
        matches = alert_mail.take_matches(db, one.id, reader.id, token, due_rule(settings, db, now))
        self.taken = sum(map(len, matches.values()))
        if not matches:
            return None
        message = build_alert_message(
            describe_found(db, reader.id, matches, self.known),
            mail_wording(settings, db),
            to=reader.mailbox,
            token=reader.token,
            message_token=token,
            host=settings.host,
            date=now.astimezone(settings.zone),
        )
        raw = provider_headers(settings.mail.providers, token) + message
        return Parcel(one.id, make_return_path(settings)(token), reader.mailbox, raw, f"alert-{one.id}")

    def may_leave(self, parcel: Parcel) -> bool:
        """Whether nothing that an alert tells was withdrawn since it was composed, and its reader still wants it."""
        return alert_mail.may_leave(self.db, parcel.id, self.taken)

    def give_back(self, one: TransactionalMail) -> None:
        """An alert has not left: what it tells waits for the next."""
        alert_mail.give_back(self.db, one.id)

    def is_of_reader(self, one: TransactionalMail, reply: str, now: datetime) -> bool:
        """Count a refusal for its reader; whether it was of the mailbox, and nobody has to be asked about it."""
        delivery = alert_mail.find_delivery(self.db, alert_mail.get_token(self.db, one.id))
        outcome = bounce_handling.record_refusal_of(self.db, delivery, reply, now)
        return outcome.kind in READER_KINDS and not outcome.is_held
