"""Telling the operator: one message for each change of a source's state, never a storm."""

import logging
import re
from dataclasses import replace
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from app.state import source_state
from app.world import World
from core.errors import HouseError
from core.settings import Settings
from db import states
from db.connect import Database, write
from db.states import State
from newsletter.notice import notice
from newsletter.send import to_outbox, to_server

log = logging.getLogger("casereviews")
SAID = {"broken": "is broken", "stale": "has not been read well for too long", "well": "is well again"}


def tell(world: World, settings: Settings, db: Database, now: datetime) -> list[State]:
    """Compare each source's state with the one before; log and mail what changed. Returns the changes.

    A message that cannot be sent is tried again at the next call; the state is kept all the same.
    """
    changes = []
    for source in settings.sources:
        was, is_ = states.get(db, source.name), source_state(settings, db, source, now)
        if is_ is None or (was and was.state == is_.state and was.told):
            continue
        if was is None and is_.state == "well":
            is_ = replace(is_, told=True)  # a first read that went well is no news
        elif was and was.state == is_.state:
            is_ = replace(is_, since=was.since)
        else:
            changes.append(is_)
            level = logging.WARNING if is_.state == "stale" else logging.INFO  # the read itself has said the rest
            log.log(level, "%s %s: %s", is_.name, SAID[is_.state], is_.words)
        told = is_.told or _mailed(world, settings, is_, now)
        with write(db):
            states.keep(db, replace(is_, told=told))
    return changes


def _mailed(world: World, settings: Settings, state: State, now: datetime) -> bool:
    """Whether the operator has the message, or there is none to tell."""
    if not settings.operator:
        return True
    mail = settings.mail
    host = urlsplit(settings.base_url).hostname or "localhost"
    lines = [
        f"The source {state.name} {SAID[state.state]}, since {state.since.astimezone(settings.zone):%d %B %Y %H:%M}.",
        "",
        state.words + ".",
        "",
        "See: casereviews status",
    ]
    local = now.astimezone(settings.zone)
    identity = f"<notice.{world.token()}@{host}>"
    raw = notice(
        f"casereviews: {state.name} {SAID[state.state]}", lines, mail.sender, settings.operator, identity, local
    )
    try:
        if mail.transport == "smtp" and (mail.live or parseaddr(settings.operator)[1] in mail.allow_list):
            to_server(mail, raw, settings.operator)
        else:
            name = re.sub(r"[^\w-]", "", f"notice-{now:%Y%m%dT%H%M%S}-{state.name}-{state.state}")
            to_outbox(settings.data_dir / "outbox", name, raw)
    except (HouseError, OSError) as e:  # a notice that cannot be sent must not stop the reading
        log.error("the operator could not be told: %s", e)
        return False
    return True
