"""Telling the operator: one message for each thing that happened, never a storm."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parseaddr

from app.sourcestate import source_state
from app.world import World
from core.dates import compact_utc, local_minute
from core.errors import HouseError
from core.settings import Settings
from db import chores, states
from db.connect import Database, write
from db.states import State

log = logging.getLogger("casereviews")
SAID = {"broken": "is broken", "stale": "has not been read well for too long", "well": "is well again"}
REST = timedelta(minutes=10)  # after a message that could not be sent: the next would hardly fare better
NOTICE, UNSENT = "notice", "unsent"  # tasks in the table of chores: what was told; the last message that failed


def tell(world: World, settings: Settings, db: Database, now: datetime) -> list[State]:
    """Compare each source's state with the one before; log and mail what changed. Returns the changes.

    A message that cannot be sent is tried again later; the state is kept all the same.
    """
    changes = []
    for was, is_ in news(settings, db, now):
        if was is None and is_.state == "well":
            is_ = replace(is_, told=True)  # a first read that went well is no news
        elif was and was.state == is_.state:
            is_ = replace(is_, since=was.since)
        else:
            changes.append(is_)
            level = logging.WARNING if is_.state == "stale" else logging.INFO  # the read itself has said the rest
            log.log(level, "%s %s: %s", is_.name, SAID[is_.state], is_.words)
        told = is_.told or mail(world, settings, db, f"{is_.name} {SAID[is_.state]}", _lines(settings, is_), now)
        with write(db):
            states.keep(db, replace(is_, told=told))
    return changes


def news(settings: Settings, db: Database, now: datetime) -> list[tuple[State | None, State]]:
    """The sources whose state is another than the one written down, or was not told: that one and the new."""
    found = []
    for source in settings.sources:
        was, is_ = states.get(db, source.name), source_state(settings, db, source, now)
        if is_ is not None and not (was and was.state == is_.state and was.told):
            found.append((was, is_))
    return found


def _lines(settings: Settings, state: State) -> list[str]:
    since = local_minute(state.since, settings.zone)
    return [
        f"The source {state.name} {SAID[state.state]}, since {since}.",
        "",
        state.words + ".",
        "",
        "See: casereviews status",
    ]


def once(world: World, settings: Settings, db: Database, key: str, subject: str, lines: Sequence[str]) -> bool:
    """Tell the operator something that is told only once, whatever process asks; whether it was told just now.

    `key` names it. A message that cannot be sent is tried again when this is next asked for, after a rest.
    """
    if was_told(db, key) or not mail(world, settings, db, subject, lines, world.now()):
        return False
    with write(db):
        chores.keep(db, NOTICE, key, world.now())
    return True


def was_told(db: Database, key: str) -> bool:
    """Whether the operator was told what has this key."""
    return chores.get(db, NOTICE, key) is not None


def forget(db: Database, key: str) -> None:
    """What was told has passed: if it happens again it is told again."""
    if was_told(db, key):
        with write(db):
            chores.drop(db, NOTICE, key)


def mail(world: World, settings: Settings, db: Database, subject: str, lines: Sequence[str], now: datetime) -> bool:
    """Send the operator a message dated `now`; whether they have it, or there is nobody to tell."""
    if not settings.operator:
        return True
    from newsletter.notice import notice  # heavy, and seldom needed: a knock with nothing to say is quick

    failed, at = chores.get(db, UNSENT), world.now()
    if failed and timedelta(0) <= at - failed.at < REST:
        return False
    identity = f"<notice.{world.token()}@{settings.host}>"
    local = now.astimezone(settings.zone)
    raw = notice(f"casereviews: {subject}", lines, settings.mail.sender, settings.operator, identity, local)
    try:
        _hand_over(settings, raw, re.sub(r"[^\w-]", "", f"notice-{compact_utc(now)}-{subject.replace(' ', '-')}"))
    except (HouseError, OSError) as e:  # a notice that cannot be sent must not stop the work
        log.error("the operator could not be told: %s", e)
        with write(db):
            chores.keep(db, UNSENT, "", at)
        return False
    if failed:
        with write(db):
            chores.drop(db, UNSENT)
    return True


def _hand_over(settings: Settings, raw: bytes, name: str) -> None:
    from newsletter.send import to_outbox, to_server

    real = settings.mail.live or parseaddr(settings.operator)[1] in settings.mail.allow_list
    if settings.mail.transport == "smtp" and real:
        to_server(settings.mail, raw, settings.operator)
    else:
        to_outbox(settings.data_dir / "outbox", name[:200], raw)
