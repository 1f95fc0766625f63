"""Invitation pages: an owner invites people, or sends a new link; whoever opens a link chooses a password."""

from threading import Event

from flask import request, url_for
from werkzeug.security import generate_password_hash
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops import access, audit_writer
from app.web.ops.account_pages import ROLE_LABELS, password_mistakes
from app.web.ops.background_work import BackgroundWork
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.login import continue_log_in
from app.web.ops.progress_page import start_work
from app.web.ops.sessions import client_network
from core.errors import HouseError
from core.redact import mask_address
from core.states import ROLES
from db.operator import account_invitations, accounts
from db.operator.accounts import Account
from db.schema.connect import Database
from services.operator import invitations, manage_accounts
from services.operator.invitations import Invitation

INVITATION_WORK = "invitation"


@blueprint.get("/accounts/invite")
def invite() -> str:
    """Ask whom to invite, and as what."""
    return _render_invite()


@blueprint.post("/accounts/invite")
def invite_now() -> Answer | tuple[str, int]:
    """Make the account, and mail its person a link."""
    web, role = context(), next((one for one in ROLES if one == request.form.get("role")), None)
    email, name = request.form.get("email", ""), request.form.get("name", "")
    wrong = [] if role else [FormMistake("Choose a role", "role")]
    try:
        dry = role is None
        invitation = invitations.add_account(web.effects, web.settings, web.db, email, name, role or "editor", dry)
    except HouseError as e:
        wrong.insert(0, FormMistake(e.sentence, "name" if "name" in e.what else "email"))
    if wrong:
        return _render_invite(wrong), 422
    return start_mail(invitation, f"invited {invitation.account.label}, as {role}")


@blueprint.post("/accounts/<int(max=999999999999):number>/link")
def send_link(number: int) -> Answer:
    """Mail somebody a new link: the invitation has ended, or the password is forgotten."""
    web = context()
    account = manage_accounts.get_account(web.db, number)
    invitation = invitations.make_link(web.effects, web.settings, web.db, account)
    return start_mail(invitation, f"sent {account.label} a link to choose a password")


def start_mail(invitation: Invitation, audit_words: str, back: tuple[str, str] | None = None) -> Answer:
    """Mail a link, and go to the page that says what became of it."""
    effects, settings, inviter = context().effects, context().settings, access.own_account()

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        address = mask_address(invitation.account.email)
        work.set_doing(f"Mailing it to {address}")
        via = invitations.mail_invitation(effects, settings, db, invitation, inviter.name if inviter.id else "")
        if via == "smtp":
            work.add_line(f"The link was mailed to {address}. It is good once, for seven days.")
        else:
            work.add_line(
                f"Nothing was mailed: mail to {address} goes to files. The link is in the newest message of the "
                "outbox; it is good once, for seven days."
            )

    title, back = f"A link for {invitation.account.name}", back or (url_for("ops.account_list"), "Back to the accounts")
    return start_work(INVITATION_WORK, title, back, job, audit_words)[0]


def _render_invite(wrong: list[FormMistake] | None = None) -> str:
    typed = {name: request.form.get(name, "") for name in ("email", "name", "role")}
    return render_page("invite.html", "Invite somebody", wrong or (), roles=ROLE_LABELS, **typed)


@blueprint.get("/invitation/<token:token>")
def invitation(token: str) -> str | tuple[str, int]:
    """Ask who opens a link for a password."""
    if (account := _invited(token)) is None:
        return _render_over()
    return _render_choose(token, account)


@blueprint.post("/invitation/<token:token>")
def invitation_now(token: str) -> Answer | str | tuple[str, int]:
    """Take the password, and let its person in; one who has a second step is asked for it."""
    if (account := _invited(token)) is None:
        return _render_over()
    audit_writer.set_operator(f"{account.label} ({client_network()})")
    typed = request.form.get("new", "")
    if wrong := password_mistakes(typed, request.form.get("again", "")):
        audit_writer.set_action("opened a link, and chose no password yet")
        return _render_choose(token, account, wrong), 422
    taken = invitations.take_invitation(context().db, token, generate_password_hash(typed, "scrypt"), utc_now())
    if taken is None:
        return _render_over()
    audit_writer.set_action("chose a password by a link")
    return continue_log_in(taken, "/ops")


def _invited(token: str) -> Account | None:
    """Whose link it is; None where it is worth nothing."""
    number = account_invitations.find(context().db, token, utc_now())
    account = accounts.get(context().db, number) if number else None
    return account if account and not account.closed_at else None


def _render_choose(token: str, account: Account, wrong: list[FormMistake] | None = None) -> str:
    return render_page(
        "invitation.html",
        "Choose a password",
        wrong or (),
        account=account,
        role=ROLE_LABELS[account.role],
        url=url_for("ops.invitation_now", token=token),
    )


def _render_over() -> tuple[str, int]:
    """The same for every link that is worth nothing: unknown, used, replaced or too old."""
    return render_page("invitation_over.html", "This link is no longer good"), 410
