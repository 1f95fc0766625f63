"""Scrape alerts: what a read of sources has shown, told to the operators once."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from core.actions import source_action, terminal_action
from core.config.schema import Settings
from core.dates import iso_utc
from core.errors import LockHeld
from core.side_effects import SideEffects
from core.source_records import Run
from db.collection import sign_offs, takedowns
from db.schema.connect import Database
from services.collect.operator_requests import describe_count, describe_missing_sign_off, describe_question
from services.collect.read_request import ReadRequest
from services.operator import alerts

SIGN_OFF_WAIT = timedelta(days=1)  # whoever has just read a source for the first time is told on the spot
HELD_ENTRIES = "entries that look like a withdrawn review are held back"


def alert_after_scrape(
    effects: SideEffects, settings: Settings, db: Database, done: Sequence[Run], request: ReadRequest | None = None
) -> None:
    """Tell what a scrape has changed; nothing after a dry run, nor where a file that was named is quarantined."""
    request = request or ReadRequest()
    if not done or request.dry or (request.file and all(run.quarantined and not run.lost for run in done)):
        return
    with suppress(LockHeld):  # another run compares them just now
        alerts.alert_state_changes(effects, settings, db, done[0].started_at)
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
        alerts.alert_once(
            effects, settings, db, key, subject, lines, action=source_action(run.source, f"Look at {run.source}")
        )


def _alert_empty_list(effects: SideEffects, settings: Settings, db: Database, run: Run) -> None:
    """Say once that a list is empty now, though its page is still itself."""
    key = f"lists none {run.source}"
    if run.seen:
        alerts.reset_alert(db, key)
    elif not (run.failed or run.quarantined or run.paused):
        lines = [
            f"The page of {run.source} is still itself, and lists no review now, as at the start of a year.",
            "",
            "Nothing is taken as missing or withdrawn.",
        ]
        action = source_action(run.source, f"Look at {run.source}")
        alerts.alert_once(effects, settings, db, key, f"{run.source} lists no review now", lines, action=action)


def _alert_new_address(effects: SideEffects, settings: Settings, db: Database, run: Run) -> None:
    """Say once that a source's site names another address for good."""
    if run.moved_to:
        lines = [f"The site of {run.source} says that its address has changed for good. Set its url to:", run.moved_to]
        key, action = f"moved {run.source} {run.moved_to}", terminal_action("How the configuration is changed")
        alerts.alert_once(effects, settings, db, key, f"{run.source} has moved", lines, action=action)


def _alert_missing_sign_offs(effects: SideEffects, settings: Settings, db: Database, now: datetime) -> None:
    """Remind of what nobody has looked at for a day, once."""
    for source in settings.sources:
        asked, notice = sign_offs.get(db, source.name), describe_missing_sign_off(db, source)
        if asked and notice and now - asked.asked_at >= SIGN_OFF_WAIT:
            key = f"sign-off {source.name} {iso_utc(asked.asked_at)}"
            subject = f"look whether {source.name} is read rightly"
            alerts.alert_once(effects, settings, db, key, subject, [f"{notice.words}."], action=notice.action)


def _alert_takedown_questions(effects: SideEffects, settings: Settings, db: Database) -> None:
    """Ask what the entries are that look like a withdrawn review; once, and again when there is another."""
    if questions := takedowns.list_questions(db):
        lines = [f"{describe_question(one)}." for one in questions]
        key = f"{HELD_ENTRIES} {max(one.id for one in questions)}"
        sources = {one.source for one in questions}
        asked = describe_count(len(questions), sources.pop() if len(sources) == 1 else "")
        lines += ["", f"{asked.words}."]
        alerts.alert_once(effects, settings, db, key, HELD_ENTRIES, lines, kind="takedown", action=asked.action)
