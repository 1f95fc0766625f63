"""casereviews init."""

import os
from contextlib import suppress
from pathlib import Path

import click

from app.cli.front import DEFAULT, Front, dry_run


@click.command()
@dry_run
@click.pass_obj
def init(front: Front, dry: bool) -> None:
    """Write a commented casereviews.toml, make the database and its secrets. What is there already is kept.

    Example: casereviews init
    """
    from app.world import World
    from db import secrets
    from db.connect import create, write

    file = front.config or DEFAULT
    made = not file.exists() if dry else _write_configuration(file)
    click.echo(f"{'wrote' if made else 'kept'} {file}{' (dry run)' if dry else ''}")
    if not dry:
        front.config = file
        db = create(front.settings.database)
        with write(db):
            secrets.make(db, "signing", World().token())
        db.close()
    click.echo(f"database {front.settings.database if not dry or not made else 'data/casereviews.db'}")
    click.echo("Next: casereviews scrape")


def _write_configuration(file: Path) -> bool:
    """Write the commented defaults unless there is a file: whole or not at all, whoever else does so meanwhile."""
    from core.disk import remedy
    from core.errors import HouseError

    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.touch(mode=0o600)  # passwords may come to stand in it
        aside.write_text(Path(__file__).with_name("casereviews.toml").read_text("utf-8"), "utf-8")
        file.hardlink_to(aside)
    except OSError as e:
        if isinstance(e, FileExistsError) and file.is_file():
            return False
        raise HouseError("cannot write the configuration", f"{file}: {e.strerror}", remedy(e)) from e
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
    return True
