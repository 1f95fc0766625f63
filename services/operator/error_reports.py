"""Error reports: a reader tells the operator that a review is wrong, within rate limits."""

from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from core.actions import review_action
from core.config.schema import Settings
from core.errors import LimitExceeded
from core.records import Review
from core.retention_times import SIGNUP_COUNT_RETENTION
from core.side_effects import SideEffects
from core.subscriber_rules import address_digest, network_key
from db.mail import signup_attempts as counted
from db.operator import reported_errors, secrets
from db.operator.reported_errors import StoredReport
from db.schema.connect import Database, write_transaction
from services.operator import alerts

MAX_PER_NETWORK, MAX_PER_DAY = 5, 60  # from neighbouring addresses in a day; in all
MAX_REPORT_LENGTH = 5_000  # characters


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """What a reader says is wrong. Printing one shows no address."""

    words: str
    reply_to: str  # empty: they want no answer


def take_error_report(effects: SideEffects, db: Database, review: Review, report: ErrorReport, network: str) -> None:
    """Store a report for the operator; it is mailed by `pass_on_reports`, so that no reader waits for a mail server.

    Raises LimitExceeded beyond a cap, then having stored nothing.
    """
    now = effects.now()
    mark = address_digest(secrets.get(db, "signing"), f"report {network_key(network, now.date())}")
    with write_transaction(db):
        counted.delete_until(db, now - SIGNUP_COUNT_RETENTION)
        before = counted.count_of_keys(db, "report", [mark], now - timedelta(days=1))
        if before >= MAX_PER_NETWORK or counted.count_of_kind(db, "report", now - timedelta(days=1)) >= MAX_PER_DAY:
            raise LimitExceeded("too many reports", "today", "Try again tomorrow.")
        counted.add(db, "report", mark, now)
        reported_errors.add(db, review.id, report.words[:MAX_REPORT_LENGTH], report.reply_to)


def pass_on_reports(effects: SideEffects, settings: Settings, db: Database, stop: Event | None = None) -> int:
    """Mail the operator what waits, or write a file for them where no address of theirs is known; how many.

    What cannot be passed on now waits for a later call.
    """
    done = 0
    with effects.lock(settings.data_dir, "alerts"):
        while not (stop and stop.is_set()) and (one := reported_errors.first_waiting(db)):
            subject, now = f"an error in review {one.review_id}", effects.now()
            action = review_action(one.review_id, "Look at the review, or take it down")
            if not alerts.mail_operator(
                effects, settings, db, subject, _lines(settings, one), now, keep=True, action=action
            ):
                break
            with write_transaction(db):
                reported_errors.delete(db, one.id)
            done += 1
    return done


def _lines(settings: Settings, report: StoredReport) -> list[str]:
    return [
        f"A reader reports an error in review {report.review_id}:",
        f"{settings.base_url}/reviews/{report.review_id}",
        "",
        *report.words.splitlines(),
        "",
        f"Answer to: {report.reply_to}" if report.reply_to else "They left no address to answer to.",
    ]
