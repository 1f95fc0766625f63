"""Commands accounts: who may come to the operations pages, as what, and how they get in."""

from typing import TYPE_CHECKING, Any

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json
from app.cli.terminal_output import print_list
from core.actions import Action
from core.dates import iso_utc, local_minute
from core.errors import NotFound
from core.plurals import plural
from core.states import ROLES, Role

if TYPE_CHECKING:
    from db.operator.accounts import Account

SEE_ACCOUNTS = Action("/ops/accounts", "See the accounts", "See them: casereviews accounts list")


@click.group()
def accounts() -> None:
    """Who may come to the operations pages. Invite people, change what they may do, let them in again.

    Example: casereviews accounts list
    """


def _find_account(context: CliContext, email: str) -> "Account":
    from db.operator import accounts as stored

    if account := stored.find_by_email(context.db, email):
        return account
    raise NotFound("no such account", email, "Correct the address.", SEE_ACCOUNTS)


def _account_json(account: "Account") -> dict[str, Any]:
    return {
        "email": account.email,
        "name": account.name,
        "role": account.role,
        "standing": _standing(account),
        "second_factor": bool(account.totp_secret),
        "told": list(account.told),
        "invited_at": iso_utc(account.invited_at),
    }


def _standing(account: "Account") -> str:
    return "closed" if account.closed_at else "active" if account.activated_at else "invited"


@accounts.command("list")
@json_option
@click.pass_obj
def list_accounts(context: CliContext, json_: bool) -> None:
    """List everybody's account. With the role, whether it was taken, whether it has a second step.

    Example: casereviews accounts list --json
    """
    from db.operator import accounts as stored

    found = stored.listing(context.db)
    if json_:
        return print_json([_account_json(one) for one in found])
    print_list(
        found,
        ("Email address", "Name", "Role", "Account", "Second step"),
        lambda one: (one.email, one.name, one.role, _standing(one), "yes" if one.totp_secret else "no"),
        lambda one: f"{one.label}: {one.role}, {_standing(one)}{', second step' if one.totp_secret else ''}",
    )
    if not found:
        click.echo("nobody has an account. Invite the first: casereviews accounts invite EMAIL --role owner", err=True)
    return None


@accounts.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="As the audit trail names them.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they are to do.")
@dry_run_option
@json_option
@click.pass_obj
def invite_person(context: CliContext, email: str, name: str, role: Role, dry: bool, json_: bool) -> None:
    """Invite somebody by email. They get a link, good once and for seven days, to choose a password.

    Where nothing is mailed, since mail goes to files, the link is printed.

    Example: casereviews accounts invite a@example.org --name Anna --role editor
    """
    from app.runtime.side_effects import system_effects
    from services.operator import invitations

    effects, settings = system_effects(), context.settings
    invitation = invitations.add_account(effects, settings, context.db, email, name, role, dry)
    via = "" if dry else invitations.mail_invitation(effects, settings, context.db, invitation)
    if json_:
        return print_json(
            {"email": invitation.account.email, "role": role, "mailed": via == "smtp"}
            | ({} if dry or via == "smtp" else {"url": invitation.url})
        )
    if dry:
        click.echo(f"would invite {invitation.account.label}, as {role}")
    elif via == "smtp":
        click.echo(f"invited {invitation.account.label}, as {role}: the link was mailed")
    else:
        click.echo(f"invited {invitation.account.label}, as {role}: mail goes to files, so pass the link on yourself")
        click.echo(invitation.url)
    return None


@accounts.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@dry_run_option
@json_option
@click.pass_obj
def change_role(context: CliContext, email: str, role: Role, dry: bool, json_: bool) -> None:
    """Give somebody another role. It counts from their next page on. One owner always stays.

    Example: casereviews accounts role anna@example.org approver
    """
    from services.operator import manage_accounts

    account = _find_account(context, email)
    changed = account if dry else manage_accounts.change_role(context.db, account.id, role)
    if json_:
        return print_json(_account_json(changed))
    return click.echo(f"{account.label} {'would be' if dry else 'is'} {role} now")


@accounts.command("close")
@click.argument("email")
@dry_run_option
@json_option
@click.pass_obj
def close_account(context: CliContext, email: str, dry: bool, json_: bool) -> None:
    """Let somebody in no more. Their log-ins and links end at once. One owner always stays.

    Example: casereviews accounts close anna@example.org
    """
    from app.runtime.side_effects import system_effects
    from services.operator import manage_accounts

    account = _find_account(context, email)
    if not dry:
        manage_accounts.close_account(context.db, account.id, system_effects().now())
    if json_:
        return print_json(_account_json(account if dry else _find_account(context, email)))
    return click.echo(f"the account of {account.label} {'would be' if dry else 'is'} closed")


@accounts.command("reopen")
@click.argument("email")
@dry_run_option
@json_option
@click.pass_obj
def reopen_account(context: CliContext, email: str, dry: bool, json_: bool) -> None:
    """Let somebody in again whose account was closed.

    Example: casereviews accounts reopen anna@example.org
    """
    from services.operator import manage_accounts

    account = _find_account(context, email)
    back = account if dry else manage_accounts.reopen_account(context.db, account.id)
    if json_:
        return print_json(_account_json(back))
    return click.echo(f"the account of {account.label} {'would be' if dry else 'is'} open")


@accounts.command("password")
@click.argument("email")
@dry_run_option
@json_option
@click.pass_obj
def make_link(context: CliContext, email: str, dry: bool, json_: bool) -> None:
    """Print a link to choose a new password. It is good once and for seven days; nobody is mailed.

    It is the way back in for an owner who has forgotten theirs.

    Example: casereviews accounts password anna@example.org
    """
    from app.runtime.side_effects import system_effects
    from services.operator import invitations

    account = _find_account(context, email)
    if dry:
        if json_:
            return print_json({"email": account.email, "url": None})
        return click.echo(f"would make a link for {account.label}")
    invitation = invitations.make_link(system_effects(), context.settings, context.db, account)
    if json_:
        return print_json({"email": account.email, "url": invitation.url})
    until = local_minute(invitation.good_until, context.settings.zone)
    click.echo(f"{account.label} chooses a password there, once, until {until}:", err=True)
    return click.echo(invitation.url)


@accounts.command("sessions")
@click.argument("email")
@click.option("--end", is_flag=True, help="End them all.")
@dry_run_option
@json_option
@click.pass_obj
def show_sessions(context: CliContext, email: str, end: bool, dry: bool, json_: bool) -> None:
    """Show where somebody is logged in, or end all of it.

    Example: casereviews accounts sessions anna@example.org --end
    """
    from app.runtime.side_effects import system_effects
    from db.operator import account_sessions
    from db.schema.connect import write_transaction

    account, now, zone = _find_account(context, email), system_effects().now(), context.settings.zone
    found = account_sessions.listing(context.db, account.id, now)
    if end and not dry:
        with write_transaction(context.db):
            account_sessions.end_all(context.db, account.id, now)
    if json_:
        return print_json(
            [
                {"client": one.client, "began_at": iso_utc(one.began_at), "seen_at": iso_utc(one.seen_at)}
                for one in found
            ]
        )
    print_list(
        found,
        ("By", "Since", "Last seen"),
        lambda one: (one.client, local_minute(one.began_at, zone), local_minute(one.seen_at, zone)),
        lambda one: (
            f"{one.client}: since {local_minute(one.began_at, zone)}, last seen {local_minute(one.seen_at, zone)}"
        ),
    )
    if end:
        click.echo(f"{plural(len(found), 'log-in')} {'would be' if dry else 'is' if len(found) == 1 else 'are'} ended")
    elif not found:
        click.echo(f"{account.label} is not logged in", err=True)
    return None


@accounts.command("reset-second-factor")
@click.argument("email")
@dry_run_option
@json_option
@click.pass_obj
def reset_second_factor(context: CliContext, email: str, dry: bool, json_: bool) -> None:
    """Take somebody's second step away. Their phone and recovery codes are lost, say; their log-ins end.

    Example: casereviews accounts reset-second-factor anna@example.org
    """
    from app.runtime.side_effects import system_effects
    from services.operator import second_factor

    account = _find_account(context, email)
    if not dry:
        second_factor.take_away(context.db, account, system_effects().now())
    if json_:
        return print_json(_account_json(account if dry else _find_account(context, email)))
    return click.echo(f"{account.label} {'would log' if dry else 'logs'} in by the password alone")
