"""Command init: writes the commented configuration file, makes the database with its secrets."""

from contextlib import closing
from pathlib import Path

import click

from app.cli.cli_context import DEFAULT_FILE, CliContext, dry_run_option
from app.cli.first_owner import make_owner


@click.command()
@click.option("--here", is_flag=True, help="Say that the database has moved to this machine and folder.")
@click.option("--owner", metavar="EMAIL", default="", help="Make an account for the owner of the operations pages.")
@dry_run_option
@click.pass_obj
def init(context: CliContext, here: bool, owner: str, dry: bool) -> None:
    """Write casereviews.toml, make the database and its secrets. Every key is there with its default; what is there
    already is kept.

    Beside the database it puts drafts of the site's pages (about, contact, privacy, accessibility) to be filled in.

    A database that was at home on another machine, or in another folder, mails nobody until you say with --here that
    it has moved for good: its twin there would mail everybody, too.

    The owner lets others in at /ops. On a terminal you are asked for their address and password, while there is no
    account; with --owner elsewhere a link is printed, good once and for seven days, by which they choose a password.

    Example: casereviews init --owner anna@example.org
    """
    from app.runtime.side_effects import system_effects
    from app.web.site.site_pages import write_drafts
    from db.operator import secrets
    from db.schema.connect import create, write_transaction
    from services.delivery.machine_guard import move_in

    file = context.config or DEFAULT_FILE
    is_new = not file.exists() if dry else _write_config_file(file)
    click.echo(f"{'wrote' if is_new else 'kept'} {file}{' (dry run)' if dry else ''}")
    if not dry:
        context.config = file
        with closing(create(context.settings.database)) as db:
            with write_transaction(db):
                secrets.add_if_missing(db, "signing", system_effects().token())
            if here:
                move_in(system_effects(), context.settings, db)
            make_owner(context, db, owner)
        if pages := write_drafts(context.settings):
            click.echo(
                f"wrote {context.settings.site_pages}: {', '.join(page.name for page in pages)}, to be filled in"
            )
    click.echo(f"database {context.settings.database if not dry or not is_new else 'data/casereviews.db'}")
    if here:
        click.echo(f"its home {'would be' if dry else 'is'} here from now on")
    click.echo("Next: casereviews scrape")


def _write_config_file(file: Path) -> bool:
    """Write the commented defaults unless there is a file: whole or not at all, whoever else does so meanwhile."""
    from core.disk_advice import suggest_fix
    from core.errors import HouseError
    from core.new_file import write_new_file

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        is_new = write_new_file(file, Path(__file__).with_name("casereviews.toml").read_bytes())
    except OSError as e:
        raise HouseError("cannot write the configuration", f"{file}: {e.strerror}", suggest_fix(e)) from e
    if not is_new and not file.is_file():
        raise HouseError("cannot write the configuration", f"{file}: something else has that name", "Name another.")
    return is_new
