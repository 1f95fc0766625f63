"""Invitations: an account is made for a person, and a link mailed, good once, by which they choose a password."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr

from core.actions import Action
from core.config.schema import Settings
from core.dates import local_minute
from core.errors import HouseError
from core.side_effects import SideEffects
from core.states import OPERATOR_NOTICES, DeliveryRoute, OperatorNotice, Role
from db.operator import account_invitations, account_sessions, accounts
from db.operator.account_invitations import GOOD_FOR
from db.operator.accounts import Account
from db.schema.connect import Database, write_transaction
from services.delivery.send_rate import SendRate
from services.operator.manage_accounts import SEE_ACCOUNTS
from services.readers.subscriptions import validate_address

MAX_NAME_LENGTH = 60  # characters, as in a log-in
FIRST_NOTICES: dict[Role, tuple[OperatorNotice, ...]] = {  # what a new person is told until they choose
    "editor": (),
    "approver": ("approval",),
    "operator": ("trouble", "takedown", "delivery"),
    "owner": OPERATOR_NOTICES,
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link for one person, identified by its address. Printing one does not show it."""

    account: Account
    url: str = field(repr=False)
    good_until: datetime  # UTC


def add_account(
    effects: SideEffects, settings: Settings, db: Database, email: str, name: str, role: Role, dry: bool = False
) -> Invitation:
    """An account for a person, and the link by which they take it; nothing is mailed.

    Raises HouseError for an address that cannot be used or has an account already, and for a name that is none.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise HouseError("this name cannot be used", repr(name), f"Write one of up to {MAX_NAME_LENGTH} characters.")
    address = validate_address(email).email
    with write_transaction(db, dry):
        if accounts.find_by_email(db, address):
            action = SEE_ACCOUNTS._replace(command=f"Print one: casereviews accounts password {address}")
            raise HouseError("this person has an account already", address, "Send them a new link.", action)
        account = accounts.add(db, address, name, role, effects.now(), FIRST_NOTICES[role])
        return _make_link(effects, settings, db, account)


def make_link(effects: SideEffects, settings: Settings, db: Database, account: Account) -> Invitation:
    """A new link for a person, to choose a password by; those of before are worth nothing. Raises HouseError."""
    if account.closed_at:
        action = SEE_ACCOUNTS._replace(command=f"Type: casereviews accounts reopen {account.email}")
        raise HouseError("the account is closed", account.label, "Bring it back first.", action)
    with write_transaction(db):
        return _make_link(effects, settings, db, account)


def _make_link(effects: SideEffects, settings: Settings, db: Database, account: Account) -> Invitation:
    token, now = effects.token(), effects.now()
    account_invitations.make(db, account.id, token, now)
    return Invitation(account, f"{settings.base_url}/ops/invitation/{token}", now + GOOD_FOR)


def mail_invitation(
    effects: SideEffects, settings: Settings, db: Database, invitation: Invitation, inviter: str = ""
) -> DeliveryRoute:
    """Mail a person their link, by the way out that their address has; which it was.

    `inviter`: who asks, as pages name them. Raises HouseError when it is not taken: the link is good all the same.
    """
    from newsletter.mail.operator_mail import build_operator_mail  # heavy, and seldom needed
    from newsletter.mail.transport import Parcel, deliver_now, route

    account, sender, now = invitation.account, settings.mail.sender, effects.now()
    token, mailbox = effects.token(), validate_address(account.email).mailbox
    again = account.activated_at is not None
    subject = f"{settings.newsletter.title}: {'choose a new password' if again else 'you are invited to the desk'}"
    raw = build_operator_mail(
        subject,
        _invitation_lines(settings, invitation, inviter),
        sender,
        account.email,
        f"<invitation.{token}@{settings.host}>",
        now.astimezone(settings.zone),
        base_url=settings.base_url,
        action=Action(invitation.url.removeprefix(settings.base_url), "Choose a password"),
    )
    way_out = route(settings, mailbox)
    parcel = Parcel(0, parseaddr(sender)[1], mailbox, raw, f"invitation-{account.id}-{token[:6]}")
    deliver_now(way_out, SendRate(effects, settings.mail, db), parcel)
    return way_out.via


def _invitation_lines(settings: Settings, invitation: Invitation, inviter: str) -> list[str]:
    account, until = invitation.account, local_minute(invitation.good_until, settings.zone)
    if account.activated_at:
        asked = "sends you a link to choose a new password at the desk of"
    else:
        asked = f"invites you, as {account.role}, to the desk of"
    return [
        f"{account.name}, {inviter or 'whoever runs it'} {asked} {settings.newsletter.title}, {settings.base_url}/ops.",
        "",
        f"The address is good once, until {until}. After that, ask for another.",
        "Do not pass it on: whoever opens it first has your account.",
        "If you did not expect this, do nothing.",
    ]


def take_invitation(db: Database, token: str, password_hash: str, now: datetime) -> Account | None:
    """Use up a link: its person has chosen a password, and their other log-ins end. None where it is worth nothing."""
    with write_transaction(db):
        if not (number := account_invitations.take(db, token, now)):
            return None
        accounts.set_password_hash(db, number, password_hash, now)
        account_sessions.end_all(db, number, now)
        return accounts.get(db, number)
