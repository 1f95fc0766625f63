"""Resolving a restored issue: one that went out before a backup was restored is not sent again."""

from typing import Literal

from core.actions import issue_action
from core.config.schema import Settings
from core.dates import period_name
from core.errors import HouseError
from core.side_effects import SideEffects
from core.states import FROZEN_STATUSES, IssueStatus
from db.files import restore_doubt
from db.mail import corrections, deliveries, issue_marks, issues
from db.mail.issues import StoredIssue
from db.operator import alerts_sent
from db.schema.connect import Database, write_transaction
from services.issues import build_issue, frozen_issue, issue_coverage

REASSEMBLED_NOTE = "This issue was put together again from a backup: what was mailed may have held more."


def settle_issue(effects: SideEffects, settings: Settings, db: Database, period: str, dry: bool = False) -> int:
    """A person says that a month's issue went out: nobody is mailed; how many may have had it and have no receipt.

    Its reviews are no news again. An issue that is not in the backup is put together from what is, and says so on the
    web; one of which nothing is left is left out. Raises HouseError where there is nothing to decide, IssueBlocked,
    and LockHeld while something is being sent.
    """
    if issue_marks.get(db, period, "restored") is None:
        action = issue_action(period, "See the issue", "See: casereviews status")
        raise HouseError("there is nothing to decide", f"the issue of {period_name(period)}", action=action)
    status = issue_status(db, period)
    if status not in FROZEN_STATUSES:
        issue_coverage.refuse_awaited(settings, db, period, issues.get_edits(db, period), by_hand=True)
    if dry:
        return deliveries.count_waiting(db, period)[0]
    with effects.lock(settings.data_dir, "delivery"), write_transaction(db):
        now, count = effects.now(), 0
        if status not in FROZEN_STATUSES:
            _reassemble_issue(effects, settings, db, period)
        count = restore_doubt.mark_issue_unknown(db, period, now)
        issues.mark_sent(db, period, now)
        build_issue.rebuild_drafts(settings, db, now, after=period)
        alerts_sent.save(db, f"sent {period}", now)  # the operator knows it, and said so
        issue_marks.delete(db, period, "restored")
    return count


def issue_status(db: Database, period: str) -> Literal[IssueStatus, ""]:
    """The status of a month's issue; empty where there is none."""
    state = issues.list_states(db, since=period).get(period)
    return state.status if state else ""


def _reassemble_issue(effects: SideEffects, settings: Settings, db: Database, period: str) -> None:
    """Freeze what the backup has of an issue; a month of which it has nothing is marked as done with."""
    draft: StoredIssue = build_issue.compose_draft(settings, db, period)
    now = effects.now()
    deliveries.delete_queued(db, period)  # by a release that the backup has half of
    if not draft.issue.reviews:
        issues.revoke_approval(db, period)
        issues.delete_draft(db, period)
        issue_marks.save(db, period, "settled", now)
        return
    issues.save_rebuilt(db, draft, now)
    frozen_issue.freeze_issue(settings, db, draft, now)
    number = corrections.add(db, period, REASSEMBLED_NOTE, now)
    corrections.add_told(db, period, corrections.get(db, period, number))  # no reader has got what would be wrong


def clear_question(db: Database, period: str) -> None:
    """A person sends an issue: what a restored backup left to decide is decided."""
    if issue_marks.get(db, period, "restored"):
        with write_transaction(db):
            issue_marks.delete(db, period, "restored")
