"""Bounces, complaints and requests to leave by mail, and what follows from them."""

import logging
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parseaddr

from app import subscribing
from app.world import World
from core.bounces import Bounce, Report, codes, ending, gravest, print_of, scrubbed, weigh
from core.errors import HouseError
from core.records import Delivery, Subscriber
from core.settings import Settings
from core.subscribers import LEFT, masked
from db import bounces, deliveries, subscribers
from db.connect import Database, trouble, write
from newsletter import mailbox
from newsletter.message import TOKEN
from newsletter.returned import EXTRA, MOST, Returned, read

log = logging.getLogger("casereviews")
SAID = {
    "hard": "a hard bounce: the mailbox is not there",
    "soft": "a soft bounce",
    "spam": "refused for what the message or its sender is, which does not count against the reader",
    "complaint": "a complaint",
    "leave": "asks to leave by mail",
}
NOT_OURS = {
    "automatic": "an automatic reply or report",
    "unread": f"a bounce in a form of its own, to be read only with: {EXTRA}",
    "other": "neither a bounce nor a complaint",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message that came back was, and what followed. Neither address nor token in clear."""

    kind: str  # hard, soft, spam, complaint, leave; empty: nothing that counts
    words: str  # in one line
    ours: bool = False  # about a message of ours, and read to the end
    email: str = ""  # masked; empty: nobody's
    period: str = ""
    status: str = ""  # that the subscription has from now on; empty: as before
    why: str = field(default="", repr=False)  # the refusing server's words, scrubbed


def returned(
    world: World, settings: Settings, db: Database, raw: bytes, recipient: str = "", dry: bool = False
) -> Outcome:
    """Read a message that came back, and do what follows from it; a dry run writes nothing.

    `recipient`: where the mail server says it was sent. Only a token of ours says whom it is about: an address
    proves nothing, anybody can write one. Reading it again changes nothing more. Raises StoreError.
    """
    said, now = read(raw, recipient), world.now()
    if _asks_to_leave(said, settings):
        return _leave(db, said, now, dry)
    with nullcontext() if dry else write(db):
        delivery = next(filter(None, (deliveries.by_token(db, token) for token in said.tokens)), None)
        if said.form == "complaint":
            return _complained(db, said, delivery, now, dry)
        if said.form != "bounce":
            ours = delivery is not None and said.form == "automatic"
            return Outcome("", f"{NOT_OURS[said.form]}; nothing changed", ours)
        if delivery is None:
            return Outcome("", "not ours: no message of ours is named in it; nothing changed")
        return _bounced(db, said, delivery, now, dry)


def refused(db: Database, delivery_id: int, reply: str, now: datetime) -> Outcome:
    """Count a refusal that the receiving server gave while a message was being sent. Raises StoreError."""
    code, enhanced = codes(reply)
    kind = weigh(code, enhanced, reply, "")
    with write(db):
        delivery = deliveries.by_id(db, delivery_id)
        one = _subscriber(db, delivery)
        if not kind or not delivery or not one:
            return Outcome("", "a refusal that says nothing of the reader; nothing changed")
        return _counted(db, one, kind, delivery, scrubbed(reply, (delivery.token, one.token)), now, False)


def poll(world: World, settings: Settings, db: Database) -> int:
    """Read what is unseen in the mailbox for bounces; how many were ours, and went to the folder of the processed.

    Other mail stays where it is, marked as seen. Nothing happens where no mailbox is set. Raises MailDown,
    MailRefused, HouseError for a folder that is not there, StoreError.
    """
    if not settings.bounces.imap_host:
        return 0
    ours = 0
    with mailbox.opened(settings.bounces) as box:
        for uid in box.unseen():
            try:
                found = returned(world, settings, db, box.read(uid, MOST))
            except HouseError:
                raise  # the mailbox or the database is in trouble, and the next message would be too
            except Exception as e:  # one message must not stop the rest
                if store := trouble(e):
                    raise store from e
                log.warning("a message in the mailbox for bounces could not be read: %s", type(e).__name__)
                found = Outcome("", "unreadable")
            log.info("bounces: %s", found.words)
            if found.ours:
                box.put_away(uid)
            else:
                box.looked_at(uid)
            ours += found.ours
    return ours


def _asks_to_leave(said: Returned, settings: Settings) -> bool:
    """Whether it is what a mail program sends to the address in List-Unsubscribe: the reader's token as subject."""
    own = parseaddr(settings.mail.unsubscribe_mailbox)[1].lower()
    return bool(own) and own in said.to and TOKEN.fullmatch(said.subject) is not None


def _leave(db: Database, said: Returned, now: datetime, dry: bool) -> Outcome:
    one = subscribers.by_token(db, said.subject)
    if one is None:
        return Outcome("", "asks to leave, but is no subscriber's token; nothing changed")
    if one.status not in LEFT:
        one = one if dry else subscribing.leave(db, one.token, now)
        return _outcome(one, "leave", "", "", "unsubscribed")
    return _outcome(one, "leave", "", "", "")


def _complained(db: Database, said: Returned, delivery: Delivery | None, now: datetime, dry: bool) -> Outcome:
    """A provider tells that a reader pressed "this is spam". Many black out all but our own links."""
    if delivery:
        one, period, print = _subscriber(db, delivery), delivery.period, print_of(delivery.token, "complaint")
    else:
        one = next(filter(None, (subscribers.by_token(db, token) for token in said.readers)), None)
        period, print = "", print_of(f"{said.ident} {one.token if one else ''}", "complaint")
    if one is None:
        return Outcome("", "a complaint that is not ours; nothing changed", delivery is not None)
    status = ending("complaint", [], now)
    bounce = Bounce(one.id, period, "complaint", now, "the reader's provider passed on a complaint", print)
    if one.status in LEFT or bounces.known(db, print):
        status = ""
    elif not dry:
        bounces.add(db, bounce)
        subscribers.change(db, replace(one, status=status, since=now))
    return _outcome(one, "complaint", period, "", status)


def _bounced(db: Database, said: Returned, delivery: Delivery, now: datetime, dry: bool) -> Outcome:
    one = _subscriber(db, delivery)
    if one is None:
        return Outcome("", "about somebody who was erased since; nothing changed", ours=True)
    kind, report = gravest(said.reports, one.mailbox)
    why = _why(report, (*said.tokens, *said.readers, one.token)) if report else ""
    if not kind:
        about = f"{masked(one.email)}, {delivery.period}"
        return Outcome("", f"{about}: a word on the way, no failure ({why}); nothing changed", ours=True)
    if one.status in LEFT:
        return _outcome(one, kind, delivery.period, why, "")
    if not dry:
        deliveries.note(db, delivery.id, f"bounced: {why}")
    return _counted(db, one, kind, delivery, why, now, dry)


def _counted(
    db: Database, one: Subscriber, kind: str, delivery: Delivery, why: str, now: datetime, dry: bool
) -> Outcome:
    """Keep a bounce, and end the subscription where it is one too many."""
    print = print_of(delivery.token, kind)
    if one.status not in ("active", "paused") or bounces.known(db, print):
        return _outcome(one, kind, delivery.period, why, "")
    softs = [*bounces.softs(db, one.id, one.since), *([now] if kind == "soft" else [])]
    status = ending(kind, softs, now)
    if not dry:
        bounces.add(db, Bounce(one.id, delivery.period, kind, now, why, print))
        if status:
            subscribers.change(db, replace(one, status=status, since=now))
    return _outcome(one, kind, delivery.period, why, status)


def _subscriber(db: Database, delivery: Delivery | None) -> Subscriber | None:
    return subscribers.by_id(db, delivery.subscriber_id) if delivery and delivery.subscriber_id else None


def _why(said: Report, tokens: Iterable[str]) -> str:
    """The refusing server's words, after the status where they do not hold it."""
    status = codes(said.status)[1]
    words = said.text if status in said.text else f"{status} {said.text}"
    return scrubbed(words or said.action, tokens)


def _outcome(one: Subscriber, kind: str, period: str, why: str, status: str) -> Outcome:
    who = ", ".join(filter(None, (masked(one.email), period)))
    if status:
        then = f"the subscription ends ({status})"
    else:
        then = f"{one.status} already, nothing changed" if one.status in LEFT else f"stays {one.status}"
    words = f"{who}: {SAID[kind]}{f' ({why})' if why else ''}; {then}"
    return Outcome(kind, words, True, masked(one.email), period, status, why)
