"""First owner: the account that `init` makes, so that somebody can come to the operations pages and let others in."""

import sys
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext

if TYPE_CHECKING:
    from db.schema.connect import Database


def make_owner(context: CliContext, db: "Database", email: str) -> None:
    """Make the owner's account, unless there is an account or nobody is named. Raises HouseError."""
    from app.runtime.side_effects import system_effects
    from core.errors import HouseError
    from db.operator import accounts
    from services.operator import invitations, manage_accounts

    if accounts.has_open(db):
        if email:
            fix = "Whoever has one invites others: casereviews accounts invite EMAIL --name NAME --role owner"
            raise HouseError("somebody has an account here already", email, fix)
        return
    asked = sys.stdin.isatty() and sys.stderr.isatty()
    if asked and not email:
        words = "Email address of the owner, who lets others in at /ops (empty: later)"
        email = click.prompt(words, default="", show_default=False, err=True, value_proc=_usable_address)
    if not email:
        return
    name = email.partition("@")[0]
    name = click.prompt("Their name", default=name, err=True) if asked else name
    effects, password_hash = system_effects(), ""
    if asked:
        from app.cli.password import ask_password_hash

        invitations.add_account(effects, context.settings, db, email, name, "owner", dry=True)
        password_hash = ask_password_hash()  # before anything is kept: else the next `init` would not ask again
    invitation = invitations.add_account(effects, context.settings, db, email, name, "owner")
    if password_hash:
        manage_accounts.change_password(db, invitation.account, password_hash, effects.now())
        click.echo(f"{invitation.account.label} is the owner, and logs in at {context.settings.base_url}/ops")
        return
    click.echo(f"{invitation.account.label} is the owner, and chooses a password there, once, within seven days:")
    click.echo(invitation.url)


def _usable_address(typed: str) -> str:
    """An address as it was typed, or none. Raises BadParameter, and it is asked for again."""
    from core.errors import HouseError
    from services.readers.subscriptions import validate_address

    try:
        return validate_address(typed).email if typed.strip() else ""
    except HouseError as e:
        raise click.BadParameter(str(e)) from e
