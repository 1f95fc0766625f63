"""Correction of an issue that was sent: written, amended with its history, taken back; what was mailed stays."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.actions import correction_action, issue_action
from core.config.schema import Settings
from core.editor_records import Correction, CorrectionVersion
from core.errors import HouseError
from core.side_effects import SideEffects
from core.states import OPEN_STATUSES
from db.mail import corrections, issues, mailings
from db.mail.issues import StoredIssue
from db.schema.connect import Database, write_transaction
from services.issues import build_issue

MAX_CORRECTION_CHARS = 2_000
MAX_REASON_CHARS = 500


@dataclass(frozen=True, slots=True)
class CorrectionChange:
    """A correction as it stands after a change."""

    correction: Correction
    unsent: int = 0  # readers who waited for the words before, and are not sent them any more


def correct_issue(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    period: str,
    words: str,
    *,
    actor: str,
    editor: str = "",
    review_id: int | None = None,
    dry: bool = False,
) -> Correction:
    """Add a correction, of the issue or of one review in it; the drafts that are to tell of it are built anew.

    `editor`: the email address of who changes those drafts by it; empty where nobody knows, at the terminal.
    Raises NotFound, and HouseError where the issue was not sent, does not name the review, or the words cannot stand,
    or stand already: the form was sent twice.
    """
    _refuse_words(correction_problem(words), period)
    with write_transaction(db, dry):
        stored = build_issue.load_issue(db, period)
        if stored.issue.status in OPEN_STATUSES:
            action = issue_action(period, "Edit it", f"Edit it: casereviews issue edit {period}")
            raise HouseError("only an issue that was sent is corrected", period, action=action)
        if review_id is not None and review_id not in correctable_reviews(stored):
            raise HouseError("the issue does not name that review", f"{review_id}, {period}", "Name one that it holds.")
        _refuse_twice(corrections.listing(db, period), words, review_id)
        number = corrections.add(db, period, words, effects.now(), actor, review_id)
        build_issue.rebuild_drafts(settings, db, effects.now(), editor=editor)
        return corrections.get(db, period, number)


def amend_correction(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    period: str,
    number: int,
    words: str,
    *,
    reason: str,
    actor: str,
    editor: str = "",
    version: int = 0,
    dry: bool = False,
) -> CorrectionChange:
    """Put other words in place of those that stand, which are kept; whoever still waits for these is not sent them.

    `version`: the one that the person has seen. Raises NotFound, and HouseError where it was taken back or has changed
    since, or words or reason cannot stand.
    """
    _refuse_words(correction_problem(words) or reason_problem(reason), f"{number} of {period}")
    with write_transaction(db, dry):
        before = _require_standing(db, period, number, version)
        if words == before.current.words:
            action = correction_action(period, number, "Look at it")
            raise HouseError("these are the words that stand", f"{number} of {period}", "Change them.", action)
        return _add_version(effects, settings, db, before, words, reason, actor, editor)


def withdraw_correction(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    period: str,
    number: int,
    *,
    reason: str,
    actor: str,
    editor: str = "",
    version: int = 0,
    dry: bool = False,
) -> CorrectionChange:
    """Take a correction back: readers see when and why, and the next issue says so if they were told of it.

    `version`: the one that the person has seen. Raises NotFound, and HouseError where it was taken back already or has
    changed since, or the reason cannot stand.
    """
    _refuse_words(reason_problem(reason), f"{number} of {period}")
    with write_transaction(db, dry):
        before = _require_standing(db, period, number, version)
        return _add_version(effects, settings, db, before, reason, "", actor, editor, withdrawn=True)


def _add_version(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    before: Correction,
    words: str,
    reason: str,
    actor: str,
    editor: str,
    withdrawn: bool = False,
) -> CorrectionChange:
    now, (period, number) = effects.now(), (before.period, before.number)
    version = CorrectionVersion(before.current.version + 1, now, words, actor, reason, withdrawn)
    corrections.add_version(db, period, number, version)
    unsent = mailings.stop_corrections(db, period, number, now)
    build_issue.rebuild_drafts(settings, db, now, editor=editor)
    return CorrectionChange(corrections.get(db, period, number), unsent)


def _require_standing(db: Database, period: str, number: int, version: int) -> Correction:
    one = corrections.get(db, period, number)
    if one.taken_down:
        raise HouseError("its review has been withdrawn", f"{number} of {period}", "Write another, of the issue.")
    if one.withdrawn:
        raise HouseError("the correction was withdrawn", f"{number} of {period}", "Write another.")
    if version and version != one.current.version:
        action = correction_action(period, number, "Look at it again")
        raise HouseError("the correction has changed since", f"{number} of {period}", action=action)
    return one


def _refuse_twice(standing: Iterable[Correction], words: str, review_id: int | None) -> None:
    for one in standing:
        if (one.current.words, one.review_id, one.withdrawn) == (words, review_id, False):
            action = correction_action(one.period, one.number, "Look at it")
            raise HouseError("this correction stands already", f"{one.number} of {one.period}", action=action)


def _refuse_words(problem: str, which: str) -> None:
    if problem:
        raise HouseError("this correction cannot stand", which, f"{problem}.")


def correction_problem(words: str) -> str:
    """What to do about words that cannot stand as a correction; empty: nothing."""
    if not words.strip():
        return "Write what was wrong and what is right"
    return f"Keep it under {MAX_CORRECTION_CHARS:,} characters" if len(words) > MAX_CORRECTION_CHARS else ""


def reason_problem(reason: str) -> str:
    """What to do about a reason that cannot stand; empty: nothing."""
    if not reason.strip():
        return "Say why"
    return f"Keep the reason under {MAX_REASON_CHARS:,} characters" if len(reason) > MAX_REASON_CHARS else ""


def correctable_reviews(stored: StoredIssue) -> dict[int, str]:
    """The reviews that an issue names, each with its title, that were not taken down since."""
    return {one.id: one.title for one in stored.issue.named if one.id and not one.taken_down}


def list_voided_approvals(settings: Settings, db: Database) -> list[str]:
    """The periods whose approval is void once the corrections change: their issue will tell of it."""
    return [period for period in issues.list_open(db) if issues.list_states(db, period)[period].status == "approved"]
