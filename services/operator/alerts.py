"""Operator alerts: one mail for each change of state or failure, never a storm."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parseaddr

from core.config.schema import Settings
from core.dates import compact_utc, local_minute
from core.errors import HouseError
from core.records import Run
from core.side_effects import SideEffects
from core.states import SourceHealth
from db.collection import source_states
from db.collection.source_states import SourceState
from db.operator import alerts_sent, job_log
from db.operator.job_log import UNSENT_TASK
from db.schema.connect import Database, write_transaction
from services.collect.read_request import ReadRequest
from services.collect.source_status import source_state

log = logging.getLogger("casereviews")
STATE_PHRASES: dict[SourceHealth, str] = {
    "broken": "is broken",
    "stale": "has not been read well for too long",
    "well": "is well again",
}
RETRY_DELAY = timedelta(minutes=10)  # after a message that could not be sent: the next would hardly fare better


def alert_state_changes(effects: SideEffects, settings: Settings, db: Database, now: datetime) -> list[SourceState]:
    """Compare each source's state with the one before; log and mail what changed. Returns the changes.

    A message that cannot be sent is tried again later; the state is kept all the same.
    """
    changes = []
    for was, is_ in find_state_changes(settings, db, now):
        if was is None and is_.state == "well":
            is_ = replace(is_, told=True)  # a first read that went well is no news
        elif was and was.state == is_.state:
            is_ = replace(is_, since=was.since)
        else:
            changes.append(is_)
            level = logging.WARNING if is_.state == "stale" else logging.INFO  # the read itself has said the rest
            log.log(level, "%s %s: %s", is_.name, STATE_PHRASES[is_.state], is_.words)
        told = is_.told or mail_operator(
            effects, settings, db, f"{is_.name} {STATE_PHRASES[is_.state]}", _alert_lines(settings, is_), now
        )
        with write_transaction(db):
            source_states.save(db, replace(is_, told=told))
    return changes


def alert_after_scrape(
    effects: SideEffects, settings: Settings, db: Database, done: Sequence[Run], request: ReadRequest | None = None
) -> None:
    """Tell what a scrape has changed; nothing after a dry run, nor where a file that was named is quarantined."""
    request = request or ReadRequest()
    if done and not request.dry and not (request.file and all(run.quarantined for run in done)):
        alert_state_changes(effects, settings, db, done[0].started_at)


def find_state_changes(settings: Settings, db: Database, now: datetime) -> list[tuple[SourceState | None, SourceState]]:
    """The sources whose state is another than the one written down, or was not told: that one and the new."""
    found = []
    for source in settings.sources:
        was, is_ = source_states.get(db, source.name), source_state(settings, db, source, now)
        if is_ is not None and not (was and was.state == is_.state and was.told):
            found.append((was, is_))
    return found


def _alert_lines(settings: Settings, state: SourceState) -> list[str]:
    since = local_minute(state.since, settings.zone)
    return [
        f"The source {state.name} {STATE_PHRASES[state.state]}, since {since}.",
        "",
        state.words + ".",
        "",
        "See: casereviews status",
    ]


def alert_once(
    effects: SideEffects, settings: Settings, db: Database, key: str, subject: str, lines: Sequence[str]
) -> bool:
    """Tell the operator something that is told only once, whatever process asks; whether it was told just now.

    `key` names it. A message that cannot be sent is tried again when this is next asked for, after a rest.
    """
    if was_alerted(db, key) or not mail_operator(effects, settings, db, subject, lines, effects.now()):
        return False
    with write_transaction(db):
        alerts_sent.save(db, key, effects.now())
    return True


def was_alerted(db: Database, key: str) -> bool:
    """Whether the operator was told what has this key."""
    return alerts_sent.exists(db, key)


def reset_alert(db: Database, key: str) -> None:
    """What was told has passed: if it happens again it is told again."""
    if was_alerted(db, key):
        with write_transaction(db):
            alerts_sent.delete(db, key)


def mail_operator(
    effects: SideEffects, settings: Settings, db: Database, subject: str, lines: Sequence[str], now: datetime
) -> bool:
    """Send the operator a message dated `now`; whether they have it, or there is nobody to tell."""
    if not settings.operator:
        return True
    from newsletter.mail.operator_mail import (
        build_operator_mail,  # heavy, and seldom needed: a knock with nothing to say is quick
    )

    failed, at = job_log.get(db, UNSENT_TASK), effects.now()
    if failed and timedelta(0) <= at - failed.at < RETRY_DELAY:
        return False
    identity = f"<notice.{effects.token()}@{settings.host}>"
    local = now.astimezone(settings.zone)
    raw = build_operator_mail(
        f"casereviews: {subject}", lines, settings.mail.sender, settings.operator, identity, local
    )
    try:
        _send_or_write(settings, raw, re.sub(r"[^\w-]", "", f"notice-{compact_utc(now)}-{subject.replace(' ', '-')}"))
    except (HouseError, OSError) as e:  # a notice that cannot be sent must not stop the work
        log.error("the operator could not be told: %s", e)
        with write_transaction(db):
            job_log.save(db, UNSENT_TASK, at)
        return False
    if failed:
        with write_transaction(db):
            job_log.delete(db, UNSENT_TASK)
    return True


def _send_or_write(settings: Settings, raw: bytes, name: str) -> None:
    from newsletter.mail.smtp import send_message, write_message

    real = settings.mail.live or parseaddr(settings.operator)[1] in settings.mail.allow_list
    if settings.mail.transport == "smtp" and real:
        send_message(settings.mail, raw, settings.operator)
    else:
        write_message(settings.data_dir / "outbox", name[:200], raw)
