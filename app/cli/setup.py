"""casereviews init and status."""

import os
from pathlib import Path

import click

from app.cli.front import DEFAULT, Front, as_json, dry_run, print_json


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
    from core.errors import HouseError

    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(Path(__file__).with_name("casereviews.toml").read_text("utf-8"), "utf-8")
        file.hardlink_to(aside)
    except FileExistsError:
        return False
    except OSError as e:
        raise HouseError("cannot write the configuration", f"{file}: {e.strerror}", "Make the folder writable.") from e
    finally:
        aside.unlink(missing_ok=True)
    return True


@click.command()
@as_json
@click.pass_obj
def status(front: Front, json_: bool) -> None:
    """The state in one screen; the first line says whether all is well. Exit 1 when something is overdue.

    Example: casereviews status
    """
    from app.state import state
    from app.world import World

    found = state(front.settings, front.db, World().now())
    if json_:
        print_json(found)
    else:
        click.echo(found["summary"])
        for source in found["sources"]:
            limits = source["limits"]
            click.echo(f"  {source['name']}: {source['words']}")
            share, whole = f"{limits['fewest']:.0%}", f"{limits['fewest_text']:.0%}"
            click.echo(
                f"    believed with more than {share} of the reviews it had, {whole} of them whole;"
                f" stale after {limits['stale_days']} days"
            )
        reviews, issue = found["reviews"], found["last_issue"]
        click.echo(f"  {reviews['held']} reviews held, {reviews['waiting']} waiting for an issue")
        click.echo(f"  last issue: {issue['period']} ({issue['status']})" if issue else "  no issue built yet")
        for line in found["timer"]:
            click.echo(f"  {line['words']}")
    raise click.exceptions.Exit(0 if found["ok"] else 1)
