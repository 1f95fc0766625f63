"""Operator alerts: one mail for each change of state or failure, never a storm."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.actions import Action, source_action, terminal_action
from core.config.schema import Settings
from core.dates import iso_utc, local_minute
from core.errors import HouseError, LockHeld
from core.records import Run
from core.retry import ALERT_RETRY
from core.side_effects import SideEffects
from core.states import OperatorNotice, SourceHealth
from db.collection import sign_offs, source_states, takedowns
from db.collection.source_states import SourceState
from db.operator import alerts_sent, job_log
from db.operator.job_log import UNSENT_TASK
from db.schema.connect import Database, write_transaction
from services.collect.operator_requests import describe_count, describe_missing_sign_off, describe_question
from services.collect.read_request import ReadRequest
from services.collect.source_status import source_state
from services.collect.sources_due import sources_about_to_be_read
from services.operator.notices import Notice, deliver_notice, list_recipients

if TYPE_CHECKING:
    from newsletter.issue.render import RenderedIssue

log = logging.getLogger("casereviews")
SIGN_OFF_WAIT = timedelta(days=1)  # whoever has just read a source for the first time is told on the spot
HELD_ENTRIES = "entries that look like a withdrawn review are held back"
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


def alert_after_scrape(
    effects: SideEffects, settings: Settings, db: Database, done: Sequence[Run], request: ReadRequest | None = None
) -> None:
    """Tell what a scrape has changed; nothing after a dry run, nor where a file that was named is quarantined."""
    request = request or ReadRequest()
    if not done or request.dry or (request.file and all(run.quarantined and not run.lost for run in done)):
        return
    with suppress(LockHeld):  # another run compares them just now
        alert_state_changes(effects, settings, db, done[0].started_at)
    for run in done:
        _alert_leftovers(effects, settings, db, run)
        _alert_empty_list(effects, settings, db, run)
        _alert_new_address(effects, settings, db, run)
    _alert_takedown_questions(effects, settings, db)
    _alert_missing_sign_offs(effects, settings, db, done[0].started_at)


def _alert_leftovers(effects: SideEffects, settings: Settings, db: Database, run: Run) -> None:
    """Name the words of a page that are no entry for certain, once for each set of them."""
    if run.leftovers:
        words = "\n".join(sorted(one.words for one in run.leftovers))
        lines = [
            f"On the page of {run.source}, this could not be given to one review for certain:",
            "",
            *(f"{one.why}: {one.words}" for one in run.leftovers),
            "",
            "What it touches is left as it was until the page is put right; the rest of the page was read.",
        ]
        import hashlib  # with OpenSSL, 3 ms

        key = f"leftovers {run.source} {hashlib.sha256(words.encode()).hexdigest()[:16]}"
        subject = f"{run.source}: not all of its page was understood"
        alert_once(
            effects, settings, db, key, subject, lines, action=source_action(run.source, f"Look at {run.source}")
        )


def _alert_empty_list(effects: SideEffects, settings: Settings, db: Database, run: Run) -> None:
    """Say once that a list is empty now, though its page is still itself."""
    key = f"lists none {run.source}"
    if run.seen:
        reset_alert(db, key)
    elif not (run.failed or run.quarantined or run.paused):
        lines = [
            f"The page of {run.source} is still itself, and lists no review now, as at the start of a year.",
            "",
            "Nothing is taken as missing or withdrawn.",
        ]
        action = source_action(run.source, f"Look at {run.source}")
        alert_once(effects, settings, db, key, f"{run.source} lists no review now", lines, action=action)


def _alert_new_address(effects: SideEffects, settings: Settings, db: Database, run: Run) -> None:
    """Say once that a source's site names another address for good."""
    if run.moved_to:
        lines = [f"The site of {run.source} says that its address has changed for good. Set its url to:", run.moved_to]
        key, action = f"moved {run.source} {run.moved_to}", terminal_action("How the configuration is changed")
        alert_once(effects, settings, db, key, f"{run.source} has moved", lines, action=action)


def _alert_missing_sign_offs(effects: SideEffects, settings: Settings, db: Database, now: datetime) -> None:
    """Remind of what nobody has looked at for a day, once."""
    for source in settings.sources:
        asked, notice = sign_offs.get(db, source.name), describe_missing_sign_off(db, source)
        if asked and notice and now - asked.asked_at >= SIGN_OFF_WAIT:
            key = f"sign-off {source.name} {iso_utc(asked.asked_at)}"
            subject = f"look whether {source.name} is read rightly"
            alert_once(effects, settings, db, key, subject, [f"{notice.words}."], action=notice.action)


def _alert_takedown_questions(effects: SideEffects, settings: Settings, db: Database) -> None:
    """Ask what the entries are that look like a withdrawn review; once, and again when there is another."""
    if questions := takedowns.list_questions(db):
        lines = [f"{describe_question(one)}." for one in questions]
        key = f"{HELD_ENTRIES} {max(one.id for one in questions)}"
        sources = {one.source for one in questions}
        asked = describe_count(len(questions), sources.pop() if len(sources) == 1 else "")
        lines += ["", f"{asked.words}."]
        alert_once(effects, settings, db, key, HELD_ENTRIES, lines, kind="takedown", action=asked.action)


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
    if not keep and not list_recipients(settings, db, kind):
        return True
    failed, at = job_log.get(db, UNSENT_TASK), effects.now()
    if failed and timedelta(0) <= at - failed.at < ALERT_RETRY.delay(1):
        return False
    try:
        deliver_notice(effects, settings, db, Notice(subject, tuple(lines), now, kind, draft, action))
    except (HouseError, OSError) as e:  # an alert that cannot be sent must not stop the work
        log.error("the operator could not be told: %s", e)
        with write_transaction(db):
            job_log.save(db, UNSENT_TASK, at)
        return False
    if failed:
        with write_transaction(db):
            job_log.delete(db, UNSENT_TASK)
    return True
