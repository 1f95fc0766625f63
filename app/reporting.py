"""The verb report: a reader tells the operator that something about a review is wrong; within caps."""

from dataclasses import dataclass
from datetime import timedelta

from app import notices
from app.world import World
from core.errors import HouseError, TooMany
from core.records import Review
from core.settings import Settings
from core.subscribers import COUNTED, network_of, print_of
from db import asked as counted
from db import secrets
from db.connect import Database, write

REPORT = "report"  # what the table of what was asked calls it
PER_NETWORK, PER_DAY = 5, 60  # from neighbouring addresses in a day; in all
LONGEST = 5_000  # characters


@dataclass(frozen=True, slots=True)
class Mistaken:
    """What a reader says is wrong. Printing one shows no address."""

    words: str
    reply_to: str  # empty: they want no answer


def report(world: World, settings: Settings, db: Database, review: Review, said: Mistaken, network: str) -> None:
    """Mail the operator, or write a file for them where no address of theirs is known.

    Raises TooMany beyond a cap, then having told nobody, and HouseError when it could not be passed on.
    """
    _count(world, db, network)
    lines = [
        f"A reader reports an error in review {review.id}:",
        f"{settings.base_url}/reviews/{review.id}",
        "",
        *said.words[:LONGEST].splitlines(),
        "",
        f"Answer to: {said.reply_to}" if said.reply_to else "They left no address to answer to.",
    ]
    told = settings if settings.operator else settings.model_copy(update=_to_ourselves(settings))
    if not notices.mail(world, told, db, f"an error in review {review.id}", lines, world.now()):
        raise HouseError("the report could not be passed on", f"review {review.id}", "Try again in an hour.")


def _to_ourselves(settings: Settings) -> dict[str, object]:
    """Nobody is named to be told: the message waits in the outbox, addressed to the sender."""
    return {"operator": settings.mail.sender, "mail": settings.mail.model_copy(update={"transport": "outbox"})}


def _count(world: World, db: Database, network: str) -> None:
    now = world.now()
    mark = print_of(secrets.get(db, "signing"), f"{REPORT} {network_of(network, now.date())}")
    with write(db):
        counted.forget(db, now - COUNTED)
        here = counted.count(db, REPORT, [mark], now - timedelta(days=1))
        if here >= PER_NETWORK or counted.total(db, REPORT, now - timedelta(days=1)) >= PER_DAY:
            raise TooMany("too many reports", "today", "Try again tomorrow.")
        counted.add(db, REPORT, mark, now)
