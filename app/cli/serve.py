"""casereviews tick and serve: the timer, and the web pages."""

import logging
import os
import signal
import sys
from threading import Thread
from typing import TYPE_CHECKING

import click

from app.cli.front import Front, as_json, dry_run, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.schedule.timer import Timer
    from app.web.running import Web
    from app.world import World
    from core.errors import HouseError
    from core.settings import Settings

GRACE = 8.5  # seconds to finish what is in flight
NAP = 0.5  # seconds between two looks at whether to stop


@click.command()
@dry_run
@as_json
@click.pass_obj
def tick(front: Front, dry: bool, json_: bool) -> None:
    """Do whatever is due once, then exit: for cron and systemd. Nothing due, nothing said.

    Reads the sources daily, drafts and sends the month's issue, goes on with what was interrupted. Run it every few
    minutes; where the last run is still at work it exits 11.

    Example: casereviews tick
    """
    from threading import Event

    from app.schedule import knocking
    from app.schedule.house import House
    from app.world import World

    house = House(World(), front.settings, front.db, Event())
    if dry:
        due = knocking.due(house)
        return print_json([{"words": words} for words in due]) if json_ else _say(f"would {words}" for words in due)
    found: list[dict[str, str | bool]] = []
    errors: list[HouseError] = []
    for done in knocking.everything(house):
        found.append({"chore": done.chore, "words": done.words, "ok": done.error is None})
        if done.error:
            errors.append(done.error)
            click.echo(f"casereviews: {done.words}", err=True)
        elif not json_:
            click.echo(done.words)
    if json_:
        print_json(found)
    raise click.exceptions.Exit(_code(errors, len(found)))


def _say(lines: "Iterable[str]") -> None:
    for line in lines:
        click.echo(line)


def _code(errors: "list[HouseError]", count: int) -> int:
    """The exit code: that of a refused log-in or a quarantine first, else 1 when all failed, 3 when some did."""
    codes = {error.exit_code for error in errors}
    if not codes:
        return 0
    return next((code for code in (12, 4) if code in codes), 1 if len(errors) == count else 3)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the pages answer; 0.0.0.0 for everywhere.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--no-scheduler", is_flag=True, help="Without the timer.")
@click.option("--no-web", is_flag=True, help="Without the web pages.")
@click.pass_obj
def serve(front: Front, host: str, port: int, no_scheduler: bool, no_web: bool) -> None:
    """Serve the web pages and run the timer, which reads daily, sends monthly and catches up, until it is stopped.

    SIGTERM and Ctrl-C end it within ten seconds, after what is in flight. What it does is said on stderr.

    Example: casereviews serve
    """
    from app.world import World

    if no_scheduler and no_web:
        raise click.UsageError("--no-scheduler and --no-web together leave nothing to run; leave one out.")
    world, settings = World(), front.settings
    front.db.close()  # it is there, and up to date; each thread opens its own
    logging.getLogger("casereviews").setLevel(min(logging.INFO, logging.getLogger().level))
    stopped = _signals()
    web = None if no_web else _web(world, settings, host, port)
    timer = None if no_scheduler else _timer(world, settings)
    if web:
        web.start()
        click.echo(f"The pages answer at {web.url}; links in mail point to {settings.base_url}.")
    if timer:
        timer.start()
        click.echo("The timer runs.")
    click.echo("Stop it with Ctrl-C.")
    sys.stdout.flush()
    while not stopped:
        world.sleep(NAP)
        if timer:
            timer.look()
    if not _end([part for part in (web, timer) if part]):
        click.echo("casereviews: stopped at work; what is left goes on with the next start", err=True)
        sys.stderr.flush()
        os._exit(0)  # its threads would keep us; whatever they do survives being killed
    click.echo("Stopped.")


def _web(world: "World", settings: "Settings", host: str, port: int) -> "Web":
    from app.web.running import Web

    return Web(world, settings, host, port)


def _timer(world: "World", settings: "Settings") -> "Timer":
    from app.schedule.timer import Timer

    return Timer(world, settings)


def _end(parts: "Sequence[Web | Timer]") -> bool:
    """Let all parts finish what is in flight, at the same time; whether they did."""
    finished: list[bool] = []
    ending = [Thread(target=lambda part=part: finished.append(part.end(GRACE)), daemon=True) for part in parts]
    for one in ending:
        one.start()
    for one in ending:
        one.join(GRACE + NAP)  # each ends by itself
    return len(finished) == len(parts) and all(finished)


def _signals() -> "list[int]":
    """A list that is no longer empty once we were told to stop. No lock is taken in a signal handler."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    return told
