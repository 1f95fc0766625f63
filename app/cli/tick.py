"""casereviews tick: what is due, once."""

from threading import Event, current_thread, main_thread
from typing import TYPE_CHECKING

import click

from app.cli import signals
from app.cli.front import Front, as_json, dry_run, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.schedule.house import House
    from app.world import World
    from core.errors import HouseError


@click.command()
@dry_run
@as_json
@click.pass_obj
def tick(front: Front, dry: bool, json_: bool) -> None:
    """Do whatever is due once, then exit: for cron and systemd. Nothing due, nothing said.

    Reads the sources daily, drafts and sends the month's issue, goes on with what was interrupted. Run it every few
    minutes; where the last run is still at work it exits 11. SIGTERM and Ctrl-C end it within ten seconds, after the
    messages in flight; the next run goes on.

    Example: casereviews tick
    """
    from app.schedule import knocking
    from app.schedule.house import House
    from app.world import World

    with signals.gently() as stop:
        house = House(_awake(World(), stop), front.settings, front.db, stop)
        if not dry:
            return _everything(house, json_)
        due = knocking.due(house)
    return print_json([{"words": words} for words in due]) if json_ else _say(f"would {words}" for words in due)


def _everything(house: "House", json_: bool) -> None:
    """Do what is due, say what was done, and exit with the code of it."""
    from app.schedule import knocking
    from app.schedule.timer import Stopping

    found: list[dict[str, str | bool]] = []
    errors: list[HouseError] = []
    try:
        for done in knocking.everything(house):
            found.append({"chore": done.chore, "words": done.words, "ok": done.error is None})
            if done.error:
                errors.append(done.error)
                click.echo(f"casereviews: {done.words}", err=True)
            elif not json_:
                click.echo(done.words)
    except Stopping:
        pass  # the next run begins that chore again
    if json_:
        print_json(found)
    if house.stop.is_set():
        click.echo("casereviews: interrupted; nothing half-done was kept, and the next run goes on", err=True)
        raise click.exceptions.Exit(130)
    raise click.exceptions.Exit(_code(errors, len(found)))


def _awake(world: "World", stop: Event) -> "World":
    """The world of a run that is not asleep when it is told to stop. Threads that deliver look at `stop` themselves."""
    from dataclasses import replace

    from app.schedule.timer import Stopping

    def sleep(seconds: float) -> None:
        if stop.wait(seconds) and current_thread() is main_thread():
            raise Stopping

    return replace(world, sleep=sleep)


def _say(lines: "Iterable[str]") -> None:
    for line in lines:
        click.echo(line)


def _code(errors: "list[HouseError]", count: int) -> int:
    """The exit code: that of a refused log-in or a quarantine first, else 1 when all failed, 3 when some did."""
    codes = {error.exit_code for error in errors}
    if not codes:
        return 0
    return next((code for code in (12, 4) if code in codes), 1 if len(errors) == count else 3)
