"""Answers to held bounces: bring readers back (it was us), or end their subscriptions (it was them)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from core.bounce_rules import Bounce, status_after_bounce
from core.dates import ALERT_RUN_PREFIX
from core.errors import HouseError
from core.records import Subscriber
from core.redact import mask_address
from core.states import LEFT_STATUSES
from db.mail import alert_mail, audiences, bounce_holds, bounces, issue_marks, mailings, subscribers
from db.mail.bounces import BounceSelection
from db.schema.connect import Database, write_transaction
from services.delivery.record_bounce import end_by_bounce, prior_status
from services.readers.subscriptions import validate_address

OWN_WILL_FIX = "They can subscribe again themselves."


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What an answer did."""

    changed: int = 0  # readers who were brought back, or whose subscription ended
    released: int = 0  # readers of whom was asked, and is no more
    requeued: dict[str, int] = field(default_factory=dict)  # by issue, to how many it goes once more


def select_address(db: Database, text: str) -> BounceSelection:
    """The bounces of one reader. Raises HouseError for what is no address or nobody's, or who has left."""
    address = validate_address(text)
    reader = subscribers.get(db, address.key)
    if reader is None:
        raise HouseError("nobody has subscribed with this address", mask_address(address.email))
    if reader.status in LEFT_STATUSES:
        raise HouseError("this reader left by their own will", mask_address(reader.email), OWN_WILL_FIX)
    return BounceSelection(key=address.key)


def restore_readers(db: Database, which: BounceSelection, now: datetime, dry: bool = False) -> AnswerResult:
    """It was us: who bounced is subscribed again, what is held says nothing any more, and is sent once more.

    Never those who left or complained.
    """
    with write_transaction(db, dry):
        meant = bounces.select(db, which)
        restored = subscribers.take_up_again(db, [one for one in meant if one.ended], now)
        if which.key and not restored and (reader := subscribers.get(db, which.key)) and reader.status == "bounced":
            restored = subscribers.take_up_again(db, [_any_bounce(reader, now)], now)
        asked = {one.subscriber_id for one in meant if one.standing == "held"}
        again = {*asked, *restored, *(one.subscriber_id for one in meant if one.kind == "spam")}
        bounces.set_standing(db, meant, "void")
        requeued = _send_again(db, [one for one in meant if one.subscriber_id in again], now)
        bounce_holds.close_settled(db, "us", now)
    return AnswerResult(len(restored), len(asked), requeued)


def _any_bounce(reader: Subscriber, now: datetime) -> Bounce:
    """The bounce that ended a subscription of which none is kept."""
    return Bounce(reader.id, "", "hard", now, "", "")


def _send_again(db: Database, meant: Iterable[Bounce], now: datetime) -> dict[str, int]:
    """Queue for them what was refused or came back; not what waits for a person's word after a restore, nor a
    correction in words that do not stand any more.

    What alerts were to tell waits for the readers' next alerts.
    """
    readers, undecided = defaultdict[str, set[int]](set), issue_marks.listing(db, "restored")
    for one in meant:
        readers[one.period].add(one.subscriber_id)
    for run in [period for period in readers if period.startswith(ALERT_RUN_PREFIX)]:
        alert_mail.give_back_refused(db, run, readers.pop(run))
    counts = {
        period: audiences.requeue_refused(db, period, ids, now)
        for period, ids in sorted(readers.items())
        if period not in undecided and mailings.may_go_on(db, period)
    }
    for period in (period for period, count in counts.items() if count):
        mailings.mark_sending(db, period)
    return {period: count for period, count in counts.items() if count}


def end_readers(db: Database, which: BounceSelection, now: datetime, dry: bool = False) -> AnswerResult:
    """It was them: what is held counts. It ends a subscription, unless it was passing or about our message."""
    ended = 0
    with write_transaction(db, dry):
        held = [one for one in bounces.select(db, which) if one.standing == "held"]
        bounces.set_standing(db, held, "counted")
        for one in held:
            reader = subscribers.get_by_id(db, one.subscriber_id)
            if reader is None or not prior_status(reader) or one.kind == "spam":
                continue
            counted = bounces.list_counted(db, reader.id, reader.since)
            if one.kind != "soft" or status_after_bounce("soft", counted, now):
                end_by_bounce(db, reader, one, now)
                ended += 1
        bounce_holds.close_settled(db, "them", now)
    return AnswerResult(ended, len({one.subscriber_id for one in held}))
