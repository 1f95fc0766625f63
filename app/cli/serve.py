"""Command serve: runs the web server with the timer until a stop signal."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext
from app.runtime import logging_setup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.scheduler.timer import Timer
    from app.web.replica.replica_runner import ReplicaRunner
    from app.web.runner import WebRunner
    from core.config.schema import Settings
    from core.side_effects import LockName, SideEffects
    from services.operator.served_settings import FileTimes

    Parts = Sequence[WebRunner | ReplicaRunner | Timer]
    SettingsSaver = Callable[[FileTimes | None], None]

GRACE_SECONDS = 8.0  # seconds to finish what is in flight
POLL_SECONDS = 0.25  # seconds between two looks at whether to stop
SERVED_THRESHOLDS = (2_000, 5, 5)  # of the garbage collector: what a page leaves behind is not held for long
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
HANDLED_SIGNALS = (*STOP_SIGNALS, signal.SIGHUP)
log = logging.getLogger("casereviews")


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where the pages answer; :: for everywhere, 0.0.0.0 for IPv4 alone.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--no-scheduler", is_flag=True, help="Without the timer.")
@click.option("--no-web", is_flag=True, help="Without the web pages.")
@click.option(
    "--replica",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    help="Only the reading pages, from a copy of the database that is kept up to date elsewhere; by default the one "
    "in --data-dir. Nothing is written.",
)
@click.pass_obj
def serve(context: CliContext, host: str, port: int, no_scheduler: bool, no_web: bool, replica: str | None) -> None:
    """Serve the web pages and run the timer, until stopped. It reads daily, sends monthly and catches up.

    SIGTERM and Ctrl-C end it within ten seconds, after what is in flight. SIGHUP reads the configuration again: a
    mistake in it is said and changes nothing; data_dir, --host and --port wait for a restart. What it does is said on
    stderr. A second one on the same data directory exits 11; pages and timer may be two processes.

    Example: casereviews serve
    """
    if no_web and (no_scheduler or replica is not None):
        other = "--no-scheduler" if no_scheduler else "--replica"
        raise click.UsageError(f"{other} and --no-web together leave nothing to run; leave one out.")
    if replica is None:
        _serve_original(context, host, port, no_scheduler, no_web)
    else:
        _serve_replica(context, Path(replica) if replica else context.settings.database, host, port)


def _serve_original(context: CliContext, host: str, port: int, no_scheduler: bool, no_web: bool) -> None:
    from importlib.metadata import version

    from app.runtime.side_effects import system_effects
    from services.operator.served_settings import read_file_times

    times = read_file_times(context.config_files)
    effects, settings, file = system_effects(), context.settings, context.file
    context.db.close()  # it is there, and up to date; each thread opens its own
    log.setLevel(min(logging.INFO, logging.getLogger().level))
    closes = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()  # else nohup, or a service
    with _record_signals() as received, ExitStack() as stack:
        locks: list[LockName] = [*(() if no_web else ("serve-web",)), *(() if no_scheduler else ("serve-timer",))]
        for name in locks:
            stack.enter_context(_lock_part(settings.data_dir, name))
        _make_workers_key(settings)
        web, timer = _create_parts(effects, settings, host, port, no_web, no_scheduler)
        parts: Parts = [part for part in (web, timer) if part]
        save = _served_settings_saver(effects, settings, no_web, no_scheduler)
        save(times)
        start_parts(parts)
        click.echo("\n".join(_describe_parts(web, timer, settings)))
        if not any(file.exists() for file in context.config_files):
            log.warning("there is no casereviews.toml here: what no environment variable sets is the default")
        sys.stdout.flush()
        log.info("started: version %s, data in %s", version("casereviews"), settings.data_dir.absolute())
        for _ in _wait_for_reloads(effects, received, closes, timer):
            _reload_config(context, file or context.file, parts, save)
        log.info("told to stop")

        def forget_settings(_: float) -> bool:  # it may wait for another writer for longer than there is time
            save(None)
            return True

        _stop_parts(effects, [*(part.end for part in parts), forget_settings])


def _serve_replica(context: CliContext, copy: Path, host: str, port: int) -> None:
    """Serve the pages of a copy until told to stop. No lock is taken and nothing written: any number may."""
    from importlib.metadata import version

    from app.runtime.side_effects import system_effects
    from app.web.replica.replica_runner import ReplicaRunner

    effects, settings, file = system_effects(), context.settings, context.file
    log.setLevel(min(logging.INFO, logging.getLogger().level))
    closes = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()
    with _record_signals() as received:
        replica = ReplicaRunner(effects, settings, copy.absolute(), host, port)
        replica.start()
        click.echo(f"The pages answer at {replica.url}, from the copy {copy}; the site itself is {settings.base_url}.")
        click.echo("Stop it with Ctrl-C.")
        sys.stdout.flush()
        log.info("started: version %s, a replica of %s", version("casereviews"), copy.absolute())
        for _ in _wait_for_reloads(effects, received, closes, None):
            _reload_config(context, file or context.file, [replica], lambda times: None)
        log.info("told to stop")
        _stop_parts(effects, [replica.end])


def _wait_for_reloads(
    effects: "SideEffects", received: list[int], closes: bool, timer: "Timer | None"
) -> Iterator[None]:
    """Whenever the configuration is to be read again, until we are told to stop or the terminal has gone.

    From then on the timer begins nothing more.
    """
    while not set(received) & set(STOP_SIGNALS):
        effects.sleep(POLL_SECONDS)
        if signal.SIGHUP in received:
            received.remove(signal.SIGHUP)
            if closes and not _has_terminal():
                break  # it was closed: nobody sees us any more, nor could press Ctrl-C
            yield
        if timer:
            timer.look()
    if timer:
        timer.halt()


def _describe_parts(web: "WebRunner | None", timer: "Timer | None", settings: "Settings") -> "Iterator[str]":
    """What runs, a line each."""
    if web:
        yield f"The pages answer at {web.url}; links in mail point to {settings.base_url}."
    if timer:
        yield "The timer runs."
    yield "Stop it with Ctrl-C."


def _create_parts(
    effects: "SideEffects", settings: "Settings", host: str, port: int, no_web: bool, no_scheduler: bool
) -> "tuple[WebRunner | None, Timer | None]":
    """The pages and the timer, as far as they are wanted; each is heavy to import."""
    web = timer = None
    if not no_web:
        from app.web.runner import WebRunner

        web = WebRunner(effects, settings, host, port)
    if not no_scheduler:
        from app.scheduler.timer import Timer

        timer = Timer(effects, settings)
    return web, timer


def start_parts(parts: "Parts") -> None:
    """Let the parts work. What is loaded stays: the collector looks through the rest alone, and so more often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SERVED_THRESHOLDS)
    for part in parts:
        part.start()


@contextmanager
def _lock_part(data_dir: "Path", name: "LockName") -> "Iterator[None]":
    """Hold a part's lock: one process serves it on a data directory. Raises LockHeld."""
    from app.runtime.lock import process_lock
    from core.errors import LockHeld

    with ExitStack() as stack:
        try:
            stack.enter_context(process_lock(data_dir, name))
        except LockHeld as e:
            what = f"another casereviews serve ({name.removeprefix('serve-')}) is at work on this data directory"
            raise LockHeld(what, str(data_dir.absolute()), "Stop it first, or name another --data-dir.") from e
        yield


def _make_workers_key(settings: "Settings") -> None:
    """Make the key that workers beside us wait for, where there is none yet."""
    if settings.cluster.is_on:
        from core.errors import HouseError
        from newsletter.cluster.cluster_key import make_key

        with suppress(HouseError):  # a full disk, say: whoever needs the key says so
            make_key(settings)


def _served_settings_saver(
    effects: "SideEffects", settings: "Settings", no_web: bool, no_scheduler: bool
) -> "SettingsSaver":
    """What writes down which settings the parts run with, for `status` to compare; None: they run no more."""
    from contextlib import closing

    from db.schema.connect import connect
    from services.operator.served_settings import ServedPart, forget_served_settings, save_served_settings

    parts: list[ServedPart] = [*(() if no_web else ("web",)), *(() if no_scheduler else ("timer",))]

    def save(times: "FileTimes | None") -> None:
        try:
            with closing(connect(settings.database)) as db:
                if times is None:
                    forget_served_settings(db, parts)
                else:
                    save_served_settings(db, parts, times, effects.now())
        except Exception:  # a full disk, say: pages are shown all the same, and status says what is wrong
            log.debug("the settings in force could not be written down", exc_info=True)

    return save


def _reload_config(context: CliContext, file: "Path | None", parts: "Parts", save: "SettingsSaver") -> None:
    """Take the configuration as it is now, in all parts or in none. A mistake is one line."""
    from services.operator.reload_config import reload_settings
    from services.operator.served_settings import read_file_times

    times = read_file_times(context.config_files)
    try:
        settings = reload_settings(context.settings, file, context.data_dir)
        reloads = [part.prepare_reload(settings) for part in parts]
    except Exception as e:  # whatever it is, what was in force goes on
        log.debug("the configuration was not taken", exc_info=True)
        click.echo(f"casereviews: the configuration was not taken, the one before stays in force: {e}", err=True)
        return
    for reload in reloads:
        reload()
    gc.unfreeze()  # the application before is looked through again, and goes
    context.settings = settings
    logging_setup.configure_logging(settings)
    save(times)
    log.info("the configuration was read again and is in force")


def _stop_parts(effects: "SideEffects", ends: "Sequence[Callable[[float], bool]]") -> None:
    """Let all parts finish what is in flight, at the same time; what does not is left as a kill would leave it."""
    until, finished = effects.clock() + GRACE_SECONDS, list[bool]()
    threads = [Thread(target=lambda end=end: finished.append(end(GRACE_SECONDS)), daemon=True) for end in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.1, until + POLL_SECONDS - effects.clock()))  # each ends by itself
    all_ended = len(finished) == len(ends) and all(finished)
    with suppress(OSError):  # the terminal may have gone
        if all_ended:
            click.echo("Stopped.")
        else:
            click.echo("casereviews: stopped at work; what is left goes on with the next start", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
    if not all_ended:
        os._exit(0)  # its threads would keep us; whatever they do survives being killed


@contextmanager
def _record_signals() -> "Iterator[list[int]]":
    """A list of the signals that came. No lock is taken in a signal handler."""
    received: list[int] = []
    before = {number: signal.signal(number, lambda number, _: received.append(number)) for number in HANDLED_SIGNALS}
    try:
        yield received
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _has_terminal() -> bool:
    """Whether a terminal is ours: not where it was closed, and not under systemd."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
