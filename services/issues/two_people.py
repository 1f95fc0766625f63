"""Two-people rule: whoever last changed an issue's content does not approve it (newsletter.approval)."""

from core.actions import issue_action
from core.config.schema import Settings
from core.errors import HouseError
from core.states import APPROVING_ROLES
from db.mail import issues
from db.mail.issues import UNKNOWN_EDITOR
from db.operator import accounts
from db.operator.accounts import Account
from db.schema.connect import Database


def list_approvers(db: Database, editor: str = "") -> list[Account]:
    """Who may approve an issue that a person of that address was the last to change."""
    found = [one for one in accounts.listing(db) if one.active and one.role in APPROVING_ROLES]
    return [one for one in found if one.email.casefold() != editor.casefold()]


def own_change_problem(settings: Settings, db: Database, period: str, approver: str) -> str:
    """Why a person of that address may not approve an issue as it was last changed, in sentences; empty: they may.

    `approver`: empty for one whom nobody knows: at the terminal, or by the shared password.
    """
    editor = issues.get_editor(db, period)
    if settings.newsletter.approval == "one person" or not editor:
        return ""
    if editor == UNKNOWN_EDITOR:
        return (
            "Nobody knows who changed it last: at the terminal, or by the shared password. "
            "Whoever answers for the change stores it once more on its page Edit, from an account of their own."
        )
    if approver and approver.casefold() != editor.casefold():
        return ""
    others = ", ".join(one.label for one in list_approvers(db, editor)) or "nobody yet, for want of another account"
    who = "You changed it last" if approver else f"{editor} changed it last, and nobody knows who asks"
    return f"{who}: another person approves it. These may: {others}."


def refuse_own_change(settings: Settings, db: Database, period: str, approver: str) -> None:
    """Raises HouseError where a person may not approve an issue as it was last changed."""
    if problem := own_change_problem(settings, db, period, approver):
        action = issue_action(period, "See the issue")
        raise HouseError("an issue is approved by two people (newsletter.approval)", period, problem, action)
