"""Operator notices: one message to each person who is told of such things; what one cannot have yet is tried again."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING

from core.actions import Action
from core.config.schema import Settings
from core.dates import compact_utc, local_minute
from core.errors import HouseError, MailRefused, MailUnavailable
from core.redact import mask_address
from core.retry import NOTICE_RETRY
from core.side_effects import SideEffects
from core.states import APPROVING_ROLES, ROLES, DeliveryRoute, OperatorNotice
from core.subscriber_rules import envelope_key
from db.operator import accounts, waiting_notices
from db.schema.connect import Database, write_transaction

if TYPE_CHECKING:
    from newsletter.issue.render import RenderedIssue
    from newsletter.mail.transport import Parcel

log = logging.getLogger("casereviews")
MAX_NAME_LENGTH = 150  # characters of a subject in a file's name


@dataclass(frozen=True, slots=True)
class Notice:
    """What operators are told, identified by its subject and its date."""

    subject: str
    lines: tuple[str | Action, ...]
    at: datetime  # UTC; its date
    kind: OperatorNotice = "trouble"
    draft: "RenderedIssue | None" = None  # the issue that it asks about, as its readers would get it
    action: Action | None = None  # the page that puts it right


def list_recipients(settings: Settings, db: Database, kind: OperatorNotice) -> list[str]:
    """Who is told of such things, each once, as To names them: configured operators of all, accounts as they chose.

    Of an account that may not approve, no approval is asked.
    """
    may = APPROVING_ROLES if kind == "approval" else ROLES
    chosen = [one.email for one in accounts.listing(db) if one.active and kind in one.told and one.role in may]
    return _without_twins((*settings.operators, *chosen))


def _bare_address(written: str) -> str:
    """An address without the name before it."""
    from email.utils import parseaddr  # with sockets and chance: 7 ms that only a notice needs

    return parseaddr(written)[1]


def _without_twins(addresses: Iterable[str]) -> list[str]:
    """Each mailbox once, however it is written."""
    return [*{envelope_key(_bare_address(one)): one for one in reversed([*addresses])}.values()][::-1]


def deliver_notice(effects: SideEffects, settings: Settings, db: Database, notice: Notice) -> None:
    """Hand a notice to each who is told of it; what only some can have yet is kept and tried again for them.

    Where nobody is told of it, it is written to a file, addressed to the newsletter's own sender. Raises HouseError or
    OSError when nobody at all could have it: then nothing is kept.
    """
    recipients = list_recipients(settings, db, notice.kind)
    failures: list[tuple[Parcel, HouseError | OSError]] = []
    delivery = _NoticeDelivery(effects, settings, db, to_files=not recipients)
    parcels = [_make_parcel(effects, settings, notice, to) for to in recipients or [settings.mail.sender]]
    for parcel in parcels:
        if error := delivery.hand_over(parcel):
            failures.append((parcel, error))
    if len(failures) == len(parcels):
        raise failures[0][1]
    now = effects.now()
    with write_transaction(db):
        for parcel, error in failures:
            log.error("%s could not be told: %s; it is tried again", mask_address(parcel.to), error)
            waiting_notices.add(db, parcel.to, parcel.name, parcel.data, now, now + NOTICE_RETRY.delay(1))


def _make_parcel(effects: SideEffects, settings: Settings, notice: Notice, to: str) -> "Parcel":
    from newsletter.mail.operator_mail import build_operator_mail  # heavy, and seldom needed: as what sends it
    from newsletter.mail.transport import Parcel

    token, sender = effects.token(), settings.mail.sender
    identity = f"<notice.{token}@{settings.host}>"
    date = notice.at.astimezone(settings.zone)
    subject = f"casereviews: {notice.subject}"
    raw = build_operator_mail(
        subject, notice.lines, sender, to, identity, date, notice.draft, settings.base_url, notice.action
    )
    words = re.sub(r"[^\w-]", "", notice.subject.replace(" ", "-"))[:MAX_NAME_LENGTH]
    name = f"notice-{compact_utc(notice.at)}-{words}-{token[:6]}"  # of two in one second none replaces the other
    return Parcel(0, _bare_address(sender), _bare_address(to), raw, name)


class _NoticeDelivery:
    """The ways out of several notices: where the mail server itself fails, it is not asked again for each."""

    def __init__(self, effects: SideEffects, settings: Settings, db: Database, to_files: bool = False) -> None:
        from services.delivery.send_rate import SendRate

        self._settings, self._to_files = settings, to_files
        self._rate = SendRate(effects, settings.mail, db)
        self._closed: dict[DeliveryRoute, HouseError] = {}

    def hand_over(self, parcel: "Parcel") -> HouseError | OSError | None:
        """Deliver one; why it could not be, or None."""
        from newsletter.mail.transport import deliver_now, route, route_to_files

        way_out = None
        try:
            way_out = route_to_files(self._settings) if self._to_files else route(self._settings, parcel.to)
            if error := self._closed.get(way_out.via):
                return error
            deliver_now(way_out, self._rate, parcel)
        except (HouseError, OSError) as e:  # one who cannot be told must not keep it from the others
            if way_out and isinstance(e, MailRefused | MailUnavailable):
                self._closed[way_out.via] = e
            return e
        return None


def describe_waiting(settings: Settings, db: Database) -> str:
    """Which operators could not be told something that others know, in a clause; empty: none."""
    if not (since := waiting_notices.first_asked(db)):
        return ""
    whom = ", ".join(map(mask_address, waiting_notices.list_mailboxes(db)))
    return f"{whom} could not be told by email what others know, since {local_minute(since, settings.zone)}"


def send_waiting(effects: SideEffects, settings: Settings, db: Database, stop: Event | None = None) -> int:
    """Try again what one operator could not have, for three days; how many were handed over."""
    from newsletter.mail.transport import Parcel

    delivery, done = _NoticeDelivery(effects, settings, db), 0
    for one in waiting_notices.list_due(db, now := effects.now()):
        if stop and stop.is_set():
            break
        error = delivery.hand_over(
            Parcel(one.id, _bare_address(settings.mail.sender), one.mailbox, one.message, one.name)
        )
        given_up = error is not None and NOTICE_RETRY.is_exhausted(now - one.asked_at)
        if given_up:
            log.error("%s was not told, and it is not tried again: %s", mask_address(one.mailbox), error)
        with write_transaction(db):
            if error is None or given_up:
                waiting_notices.delete(db, one.id)
            else:
                waiting_notices.postpone(db, one.id, now + NOTICE_RETRY.delay(one.attempts + 1))
        done += error is None
    return done
