"""Command password: makes the password hash for the operations pages."""

import sys

import click

MIN_LENGTH, MAX_LENGTH = 12, 1024  # characters


@click.command()
def password() -> None:
    """Make the setting that opens the operations pages. A line for casereviews.toml, from a password that several know
    and that is not kept. Better give each person an account: casereviews accounts invite.

    Asks for it twice on a terminal; else reads one line of standard input.

    Example: casereviews password
    """
    hashed = ask_password_hash()
    click.echo("Put this line under [web] in casereviews.toml:", err=True)
    click.echo(f'password_hash = "{hashed}"')


def ask_password_hash() -> str:
    """The hash of a password that is asked for. Raises HouseError for one that is too short or too long."""
    from werkzeug.security import generate_password_hash

    from core.errors import HouseError

    if sys.stdin.isatty():
        typed = click.prompt(
            f"Password, {MIN_LENGTH} characters or more", hide_input=True, confirmation_prompt="And again", err=True
        )
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if not MIN_LENGTH <= len(typed) <= MAX_LENGTH:
        which = "empty" if not typed else f"{len(typed):,} characters"
        fix = f"Take {MIN_LENGTH} characters or more: four words that do not belong together, say."
        raise HouseError("the password cannot be used", which, fix)
    return generate_password_hash(typed, "scrypt")
