"""Account pages: one's own account with its log-ins and password; the owner's list of everybody's."""

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.security import generate_password_hash
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops import access, sessions
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.ops_phrases import format_count
from app.web.ops.password_check import NOT_YOURS, check_own_password
from core.states import ROLES, Role
from db.operator import account_sessions, accounts
from db.operator.accounts import Account
from db.schema.connect import write_transaction
from services.operator import invitations, manage_accounts

MIN_LENGTH, MAX_LENGTH = 12, 1024  # characters of a password
ROLE_LABELS: dict[Role, str] = {
    "editor": "Editor: edits issues",
    "approver": "Approver: edits, approves and sends issues",
    "operator": "Operator: sources, readers, delivery",
    "owner": "Owner: everything, and the accounts",
}


@blueprint.get("/account")
def account() -> str:
    """Who one is here, what one may do, where one is logged in."""
    own = access.own_account()
    return render_page(
        "account.html",
        "Your account",
        duties=[duty.words for duty in access.DUTIES if own.role in duty.roles],
        others=[(duty.words, access.roles_words(duty.roles)) for duty in access.DUTIES if own.role not in duty.roles],
        log_ins=sessions.list_sessions(own),
        current=g.ops_visit.session.id,
        role=ROLE_LABELS[own.role],
    )


@blueprint.post("/account/log-ins/<int(max=999999999999):number>/end")
def end_session(number: int) -> Answer:
    """End one log-in of one's own."""
    with write_transaction(context().db):
        ended = account_sessions.end(context().db, number, access.own_account().id, utc_now())
    if not ended:
        abort(404)
    set_action("ended a log-in of their own")
    if number == g.ops_visit.session.id:
        return redirect(url_for("ops.login"), 303)
    flash("That log-in has ended.")
    return redirect(url_for("ops.account"), 303)


@blueprint.post("/account/log-ins/end-others")
def end_other_sessions() -> Answer:
    """End all log-ins of one's own but this one."""
    with write_transaction(context().db):
        count = account_sessions.end_all(context().db, access.own_account().id, utc_now(), but=g.ops_visit.session.id)
    words = format_count(count, "other log-in")
    set_action(f"ended {words} of their own" if count else "had no other log-in to end")
    flash(f"{words.capitalize()} ended.")
    return redirect(url_for("ops.account"), 303)


@blueprint.get("/account/password")
def password() -> str:
    """Ask for the password of before and another."""
    _refuse_shared()
    return _render_password()


@blueprint.post("/account/password")
def password_now() -> Answer | tuple[str, int]:
    """Take another password: all other log-ins of the account end. The first one is chosen by a link in the mail."""
    _refuse_shared()
    own, typed = access.own_account(), request.form.get("new", "")
    if not own.password_hash:  # whoever found the desk open may not open it for good
        return _mail_link(own)
    wrong = []
    if not check_own_password(own, request.form.get("current", "")):
        wrong.append(FormMistake(NOT_YOURS, "current"))
    wrong += password_mistakes(typed, request.form.get("again", ""))
    if wrong:
        return _render_password(wrong), 422
    count = manage_accounts.change_password(
        context().db, own, generate_password_hash(typed, "scrypt"), utc_now(), g.ops_visit.session.id
    )
    set_action("changed their password")
    flash(f"Your password is changed. {format_count(count, 'other log-in').capitalize()} ended.")
    return redirect(url_for("ops.account"), 303)


def _mail_link(own: Account) -> Answer:
    from app.web.ops.invitation_pages import start_mail  # it needs these pages itself

    web = context()
    link = invitations.make_link(web.effects, web.settings, web.db, own)
    back = url_for("ops.account"), "Back to your account"
    return start_mail(link, "asked for a link to choose their first password", back)


def password_mistakes(typed: str, again: str) -> list[FormMistake]:
    """What is wrong with a password that somebody chooses, typed twice in the fields "new" and "again"."""
    if not MIN_LENGTH <= len(typed) <= MAX_LENGTH:
        words = f"Take {MIN_LENGTH} characters or more: four words that do not belong together, say"
        return [FormMistake(words, "new")]
    return [] if typed == again else [FormMistake("This is not the same password as above", "again")]


def _refuse_shared() -> None:
    """Who knows the shared password has no account of their own."""
    if not access.own_account().id:
        abort(404)


def _render_password(wrong: list[FormMistake] | None = None) -> str:
    first = not access.own_account().password_hash
    return render_page(
        "password.html", "Choose a password" if first else "Change your password", wrong or (), first=first
    )


@blueprint.get("/accounts")
def account_list() -> str:
    """Everybody's account, for an owner."""
    return render_page(
        "accounts.html",
        "Accounts",
        people=[(one, _standing_words(one)) for one in accounts.listing(context().db)],
        roles=ROLE_LABELS,
        duties=[(duty.words, access.roles_words(duty.roles)) for duty in access.DUTIES],
    )


def _standing_words(one: Account) -> str:
    if one.closed_at:
        return "closed"
    if not one.activated_at:
        return "invited, and has not taken the invitation yet"
    count = len(account_sessions.listing(context().db, one.id, utc_now()))
    return f"logged in at {format_count(count, 'place')}" if count else "not logged in now"


@blueprint.post("/accounts/<int(max=999999999999):number>/role")
def change_role(number: int) -> Answer:
    """Give somebody another role."""
    role = next((one for one in ROLES if one == request.form.get("role")), None) or abort(400)
    changed = manage_accounts.change_role(context().db, number, role)
    set_action(f"made {changed.label} {role}")
    flash(f"{changed.name} is {access.roles_words([role])} from the next page on.")
    return redirect(url_for("ops.account_list"), 303)


@blueprint.post("/accounts/<int(max=999999999999):number>/close")
def close_account(number: int) -> Answer:
    """Let somebody in no more."""
    closed = manage_accounts.close_account(context().db, number, utc_now())
    set_action(f"closed the account of {closed.label}")
    flash(f"The account of {closed.name} is closed, and their log-ins have ended.")
    return redirect(url_for("ops.account_list"), 303)


@blueprint.post("/accounts/<int(max=999999999999):number>/reopen")
def reopen_account(number: int) -> Answer:
    """Let somebody in again."""
    back = manage_accounts.reopen_account(context().db, number)
    set_action(f"brought back the account of {back.label}")
    flash(f"{back.name} may come in again, by the password of before.")
    return redirect(url_for("ops.account_list"), 303)
