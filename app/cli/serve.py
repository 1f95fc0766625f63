"""casereviews serve: the web pages and the timer, until they are told to stop."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

import click

from app import logs
from app.cli.front import Front

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.schedule.timer import Timer
    from app.web.running import Web
    from app.world import World
    from core.settings import Settings

    Parts = Sequence[Web | Timer]

GRACE = 8.0  # seconds to finish what is in flight
NAP = 0.25  # seconds between two looks at whether to stop
STOPS = (signal.SIGTERM, signal.SIGINT)
TOLD = (*STOPS, signal.SIGHUP)
log = logging.getLogger("casereviews")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the pages answer; 0.0.0.0 for everywhere.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--no-scheduler", is_flag=True, help="Without the timer.")
@click.option("--no-web", is_flag=True, help="Without the web pages.")
@click.pass_obj
def serve(front: Front, host: str, port: int, no_scheduler: bool, no_web: bool) -> None:
    """Serve the web pages and run the timer, which reads daily, sends monthly and catches up, until it is stopped.

    SIGTERM and Ctrl-C end it within ten seconds, after what is in flight. SIGHUP reads the configuration again: a
    mistake in it is said and changes nothing; data_dir, --host and --port wait for a restart. What it does is said on
    stderr. A second one on the same data directory exits 11; pages and timer may be two processes.

    Example: casereviews serve
    """
    from importlib.metadata import version

    from app.world import World

    if no_scheduler and no_web:
        raise click.UsageError("--no-scheduler and --no-web together leave nothing to run; leave one out.")
    world, settings, file = World(), front.settings, front.file
    front.db.close()  # it is there, and up to date; each thread opens its own
    log.setLevel(min(logging.INFO, logging.getLogger().level))
    closes = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()  # else nohup, or a service
    with _signals() as told, ExitStack() as stack:
        for name, without in (("web", no_web), ("timer", no_scheduler)):
            if not without:
                stack.enter_context(_alone(settings.data_dir, name))
        web = None if no_web else _web(world, settings, host, port)
        timer = None if no_scheduler else _timer(world, settings)
        parts: Parts = [part for part in (web, timer) if part]
        for part in parts:
            part.start()
        click.echo("\n".join(_running(web, timer, settings)))
        sys.stdout.flush()
        log.info("started: version %s, data in %s", version("casereviews"), settings.data_dir.absolute())
        for _ in _hang_ups(world, told, closes, timer):
            _reread(front, file or front.file, parts)
        log.info("told to stop")
        _end(world, parts)


def _hang_ups(world: "World", told: list[int], closes: bool, timer: "Timer | None") -> Iterator[None]:
    """Whenever the configuration is to be read again, until we are told to stop or the terminal has gone."""
    while not set(told) & set(STOPS):
        world.sleep(NAP)
        if signal.SIGHUP in told:
            told.remove(signal.SIGHUP)
            if closes and not _has_terminal():
                return  # it was closed: nobody sees us any more, nor could press Ctrl-C
            yield
        if timer:
            timer.look()


def _running(web: "Web | None", timer: "Timer | None", settings: "Settings") -> "Iterator[str]":
    """What runs, a line each."""
    if web:
        yield f"The pages answer at {web.url}; links in mail point to {settings.base_url}."
    if timer:
        yield "The timer runs."
    yield "Stop it with Ctrl-C."


def _web(world: "World", settings: "Settings", host: str, port: int) -> "Web":
    from app.web.running import Web

    return Web(world, settings, host, port)


def _timer(world: "World", settings: "Settings") -> "Timer":
    from app.schedule.timer import Timer

    return Timer(world, settings)


@contextmanager
def _alone(data_dir: "Path", name: str) -> "Iterator[None]":
    """Hold a part's lock: one process serves it on a data directory. Raises Locked."""
    from app.lock import lock
    from core.errors import Locked

    with ExitStack() as stack:
        try:
            stack.enter_context(lock(data_dir, f"serve-{name}"))
        except Locked as e:
            what = f"another casereviews serve ({name}) is at work on this data directory"
            raise Locked(what, str(data_dir.absolute()), "Stop it first, or name another --data-dir.") from e
        yield


def _reread(front: Front, file: "Path | None", parts: "Parts") -> None:
    """Take the configuration as it is now, in all parts or in none. A mistake is one line."""
    from app.rereading import fresh

    try:
        settings = fresh(front.settings, file, front.data_dir)
        taking = [part.prepared(settings) for part in parts]
    except Exception as e:  # whatever it is, what was in force goes on
        log.debug("the configuration was not taken", exc_info=True)
        click.echo(f"casereviews: the configuration was not taken, the one before stays in force: {e}", err=True)
        return
    for take in taking:
        take()
    front.settings = settings
    logs.use(settings)
    log.info("the configuration was read again and is in force")


def _end(world: "World", parts: "Parts") -> None:
    """Let all parts finish what is in flight, at the same time; what does not is left as a kill would leave it."""
    until, finished = world.clock() + GRACE, list[bool]()
    ending = [Thread(target=lambda part=part: finished.append(part.end(GRACE)), daemon=True) for part in parts]
    for one in ending:
        one.start()
    for one in ending:
        one.join(max(0.1, until + NAP - world.clock()))  # each ends by itself
    done = len(finished) == len(parts) and all(finished)
    with suppress(OSError):  # the terminal may have gone
        if done:
            click.echo("Stopped.")
        else:
            click.echo("casereviews: stopped at work; what is left goes on with the next start", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
    if not done:
        os._exit(0)  # its threads would keep us; whatever they do survives being killed


@contextmanager
def _signals() -> "Iterator[list[int]]":
    """A list of the signals that came. No lock is taken in a signal handler."""
    told: list[int] = []
    before = {number: signal.signal(number, lambda number, _: told.append(number)) for number in TOLD}
    try:
        yield told
    finally:
        for number, known in before.items():
            signal.signal(number, known)


def _has_terminal() -> bool:
    """Whether a terminal is ours: not where it was closed, and not under systemd."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
