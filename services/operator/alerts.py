"""Operator alerts: one mail for each change of state or failure, never a storm."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.actions import Action, source_action
from core.config.schema import Settings
from core.dates import local_minute
from core.errors import HouseError
from core.retry import ALERT_RETRY
from core.side_effects import SideEffects
from core.states import OperatorNotice, SourceHealth
from db.collection import source_states
from db.collection.source_states import SourceState
from db.operator import alerts_sent, job_log
from db.operator.job_log import UNSENT_TASK
from db.schema.connect import Database, write_transaction
from services.collect.source_status import source_state
from services.collect.sources_due import sources_about_to_be_read

if TYPE_CHECKING:
    from newsletter.issue.render import RenderedIssue

log = logging.getLogger("casereviews")
STATE_PHRASES: dict[SourceHealth, str] = {
    "broken": "is broken",
    "frozen": "has not changed for long",
    "stale": "has not been read well for too long",
    "well": "is well again",
}


def alert_state_changes(effects: SideEffects, settings: Settings, db: Database, now: datetime) -> list[SourceState]:
    """Compare each source's state with the one before; log and mail what changed. Returns the changes.

    A message that cannot be sent is tried again later; the state is kept all the same. Raises LockHeld while another
    run tells them.
    """
    with effects.lock(settings.data_dir, "alerts"):
        return _alert_state_changes(effects, settings, db, now)


def _alert_state_changes(effects: SideEffects, settings: Settings, db: Database, now: datetime) -> list[SourceState]:
    changes = []
    for before, after in find_state_changes(settings, db, now):
        if before is None and after.state == "well":
            after = replace(after, told=True)  # a first read that went well is no news
        elif before and before.state == after.state:
            after = replace(after, since=before.since)
        else:
            changes.append(after)
            level = logging.WARNING if after.state == "stale" else logging.INFO  # the read itself has said the rest
            log.log(level, "%s %s: %s", after.name, STATE_PHRASES[after.state], after.words)
        told = after.told or mail_operator(
            effects,
            settings,
            db,
            f"{after.name} {STATE_PHRASES[after.state]}",
            _alert_lines(settings, after),
            now,
            action=after.action or source_action(after.name, f"Look at {after.name}"),
        )
        with write_transaction(db):
            source_states.save(db, replace(after, told=told))
    return changes


def find_state_changes(settings: Settings, db: Database, now: datetime) -> list[tuple[SourceState | None, SourceState]]:
    """The sources whose state is another than the one written down, or was not told: that one and the new.

    Of those about to be read nothing is said before.
    """
    changes, awaited = [], sources_about_to_be_read(settings, db, now)
    for source in settings.sources:
        if source in awaited:
            continue
        before, after = source_states.get(db, source.name), source_state(settings, db, source, now)
        if after is not None and not (before and before.state == after.state and before.told):
            changes.append((before, after))
    return changes


def _alert_lines(settings: Settings, state: SourceState) -> list[str]:
    since = local_minute(state.since, settings.zone)
    return [
        f"The source {state.name} {STATE_PHRASES[state.state]}, since {since}.",
        "",
        f"{state.words[:1].upper()}{state.words[1:]}.",
    ]


def alert_once(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    key: str,
    subject: str,
    lines: Sequence[str | Action],
    kind: OperatorNotice = "trouble",
    draft: "RenderedIssue | None" = None,
    action: Action | None = None,
) -> bool:
    """Tell the operators something that is told only once, whatever process asks; whether it was told just now.

    `key` names it, `action` is where it is put right. A message that cannot be sent is tried again when this is next
    asked for, after a rest.
    """
    if was_alerted(db, key):
        return False
    at = effects.now()
    if not mail_operator(effects, settings, db, subject, lines, at, kind=kind, draft=draft, action=action):
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
    effects: SideEffects,
    settings: Settings,
    db: Database,
    subject: str,
    lines: Sequence[str | Action],
    now: datetime,
    keep: bool = False,
    kind: OperatorNotice = "trouble",
    draft: "RenderedIssue | None" = None,
    action: Action | None = None,
) -> bool:
    """Send each operator who is told of such things a message dated `now`; whether one has it, or nobody is told.

    `action`: where it is put right; one among the lines is a link too. `keep`: where there is nobody, it is written to
    a file, addressed to the newsletter's own sender.
    """
    from services.operator import notices  # with mail, and most ticks have nothing to tell

    if not keep and not notices.list_recipients(settings, db, kind):
        return True
    failed, at = job_log.get(db, UNSENT_TASK), effects.now()
    if failed and timedelta(0) <= at - failed.at < ALERT_RETRY.delay(1):
        return False
    try:
        notice = notices.Notice(subject, tuple(lines), now, kind, draft, action)
        notices.deliver_notice(effects, settings, db, notice)
    except (HouseError, OSError) as e:  # an alert that cannot be sent must not stop the work
        log.error("the operator could not be told: %s", e)
        with write_transaction(db):
            job_log.save(db, UNSENT_TASK, at)
        return False
    if failed:
        with write_transaction(db):
            job_log.delete(db, UNSENT_TASK)
    return True
