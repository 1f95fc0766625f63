"""Error reports: a reader tells the operator that a review is wrong, within rate limits."""

from dataclasses import dataclass
from datetime import timedelta

from core.config.schema import Settings
from core.errors import HouseError, LimitExceeded
from core.records import Review
from core.side_effects import SideEffects
from core.subscriber_rules import SIGNUP_COUNT_RETENTION, address_digest, network_key
from db.mail import signup_attempts as counted
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from services.operator import alerts

MAX_PER_NETWORK, MAX_PER_DAY = 5, 60  # from neighbouring addresses in a day; in all
MAX_REPORT_LENGTH = 5_000  # characters


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """What a reader says is wrong. Printing one shows no address."""

    words: str
    reply_to: str  # empty: they want no answer


def send_error_report(
    effects: SideEffects, settings: Settings, db: Database, review: Review, report: ErrorReport, network: str
) -> None:
    """Mail the operator, or write a file for them where no address of theirs is known.

    Raises LimitExceeded beyond a cap, then having told nobody, and HouseError when it could not be passed on.
    """
    _count_report(effects, db, network)
    lines = [
        f"A reader reports an error in review {review.id}:",
        f"{settings.base_url}/reviews/{review.id}",
        "",
        *report.words[:MAX_REPORT_LENGTH].splitlines(),
        "",
        f"Answer to: {report.reply_to}" if report.reply_to else "They left no address to answer to.",
    ]
    subject = f"an error in review {review.id}"
    if not alerts.mail_operator(effects, settings, db, subject, lines, effects.now(), keep=True):
        raise HouseError("the report could not be passed on", f"review {review.id}", "Try again in an hour.")


def _count_report(effects: SideEffects, db: Database, network: str) -> None:
    now = effects.now()
    mark = address_digest(secrets.get(db, "signing"), f"report {network_key(network, now.date())}")
    with write_transaction(db):
        counted.delete_until(db, now - SIGNUP_COUNT_RETENTION)
        before = counted.count_of_keys(db, "report", [mark], now - timedelta(days=1))
        if before >= MAX_PER_NETWORK or counted.count_of_kind(db, "report", now - timedelta(days=1)) >= MAX_PER_DAY:
            raise LimitExceeded("too many reports", "today", "Try again tomorrow.")
        counted.add(db, "report", mark, now)
