"""The verb post: letters about a subscription leave the queue, each at most once."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parseaddr

from app import issuing
from app.delivering import allowed
from app.world import World
from core.dates import compact_utc
from core.errors import HouseError
from core.records import Receipt, Subscriber
from core.settings import Settings
from core.subscribers import mask_in, masked
from db import post
from db.connect import Database
from db.post import Post
from newsletter.confirmation import Kind, confirmation
from newsletter.send import Answer, Dropped, Line, Parcel, to_outbox
from newsletter.signing import signer
from newsletter.stamp import dotted

log = logging.getLogger("casereviews")
LEASE = timedelta(hours=1)  # a letter in hand for longer was dropped by a killed process
INTERVALS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))  # after each try; the last recurs
GIVEN_UP = timedelta(days=1)  # after it was asked for
TRIES = 20  # at most: of one asked for while the clock was ahead, nobody knows how long ago that was
WRITTEN = "written to the outbox"
FITTING: dict[Kind, tuple[str, ...]] = {"confirm": ("pending",), "known": ("active", "paused")}


def post_due(world: World, settings: Settings, db: Database) -> int:
    """Send the letters that are due, or write them to the outbox; how many left.

    Any number of processes may do so at once: each letter is claimed, durably, before its bytes leave, and one that
    a killed process held is never sent again, since it may have arrived. One that is not taken for now is tried
    again for a day. Never raises for the mail server: what it said is logged, and kept with the letter. Raises
    SettingsError for an allow_list that is none.
    """
    return _Run(world, settings, db).go() if post.due(db, world.now()) else 0


class _Run:
    """One pass over the queue."""

    def __init__(self, world: World, settings: Settings, db: Database) -> None:
        self.world, self.settings, self.db = world, settings, db
        self.wording = issuing.wording(settings)
        self.host = settings.host
        self.allowed = set(allowed(settings))
        self.sign: Callable[[bytes], bytes] | None = None
        self.line: Line | None = None
        self.held: dict[int, Post] = {}
        self.left = 0

    def go(self) -> int:
        try:
            for one in self._letters():
                if not self._handled(one):
                    break
        finally:
            self._hang_up()
        return self.left

    def _letters(self) -> Iterator[Post]:
        """What is due, claimed one by one, without what has been overtaken: a sign-up confirmed meanwhile."""
        while one := post.claim(self.db, self.world.now(), self.world.now() + LEASE):
            if one.subscriber.status in FITTING[_kind(one)]:
                yield one
            else:
                post.drop(self.db, one.id)

    def _handled(self, one: Post) -> bool:
        """One letter's way; whether to go on with the next."""
        try:
            raw = self._written(one)
            if not self._for_real(one.subscriber):
                return self._to_file(one, raw)
            self._over_the_line(one, raw)
        except Dropped:
            self._hang_up()  # the next letter gets a new connection
        except (HouseError, OSError) as e:  # a letter that cannot be made or left anywhere must not stop the caller
            log.error("an email about a subscription could not be sent: %s", mask_in(str(e), _addresses(one)))
            self._note(one, "again", str(e))
            return False
        return True

    def _written(self, one: Post) -> bytes:
        reader, now = one.subscriber, self.world.now()
        return confirmation(
            _kind(one),
            self.wording,
            to=reader.mailbox,
            token=reader.token,
            identity=f"{one.kind}-{one.id}.{compact_utc(one.asked_at)}",
            host=self.host,
            date=now.astimezone(self.settings.zone),
            paused=reader.status == "paused",
        )

    def _for_real(self, reader: Subscriber) -> bool:
        mail = self.settings.mail
        return mail.transport == "smtp" and (mail.live or reader.key in self.allowed)

    def _to_file(self, one: Post, raw: bytes) -> bool:
        file = to_outbox(self.settings.data_dir / "outbox", f"{one.kind}-{one.id}", raw)
        self.left += 1
        if not self._note(one, "sent", WRITTEN):
            file.unlink(missing_ok=True)  # erased meanwhile: nothing with the address stays
        return True

    def _over_the_line(self, one: Post, raw: bytes) -> None:
        """Raises Dropped when the connection is of no more use, MailDown and MailRefused."""
        mail = self.settings.mail
        if self.sign is None:
            key = mail.dkim_key.get_secret_value()
            self.sign = signer(mail.dkim_domain, mail.dkim_selector, key) if mail.dkim_domain else bytes
        data = dotted(self.sign(raw))
        self.line = self.line or Line(mail)
        self.held = {one.id: one}
        parcel = Parcel(one.id, parseaddr(mail.sender)[1], one.subscriber.mailbox, data)
        self.line.deliver(iter([parcel]), self._mark, ahead=False)

    def _hang_up(self) -> None:
        if self.line:
            self.line.close()
        self.line = None

    def _mark(self, answers: list[Answer], parcel: Parcel | None) -> bool:
        for answer in answers:
            self._note(self.held[answer.id], answer.kind, answer.reply)
            self.left += answer.kind == "sent"
        return True

    def _note(self, one: Post, kind: str, reply: str) -> bool:
        """Write what became of a letter; False when its reader was erased meanwhile."""
        now, state, due_at = self.world.now(), kind, None
        if kind in ("again", "later", "waits"):
            late = now - one.asked_at >= GIVEN_UP or one.attempts >= TRIES
            state = "failed" if late else "queued"
            due_at = now + INTERVALS[min(one.attempts, len(INTERVALS)) - 1]
        words = mask_in(reply, _addresses(one))
        if state in ("refused", "failed", "unknown"):
            log.warning("the email to %s is %s: %s", masked(one.subscriber.email), state, words)
        return post.finish(self.db, Receipt(one.id, state, words, due_at), now)


def _kind(one: Post) -> Kind:
    return "confirm" if one.kind == "confirm" else "known"


def _addresses(one: Post) -> tuple[str, str]:
    return one.subscriber.email, one.subscriber.mailbox
