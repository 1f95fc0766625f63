"""Command tick: runs the due jobs once, for cron or systemd."""

from threading import Event, current_thread, main_thread
from typing import TYPE_CHECKING

import click

from app.cli import signals
from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.scheduler.job_context import JobContext
    from core.errors import HouseError
    from core.json_types import JobResultJson
    from core.side_effects import SideEffects


@click.command()
@dry_run_option
@json_option
@click.pass_obj
def tick(context: CliContext, dry: bool, json_: bool) -> None:
    """Do whatever is due once, then exit: for cron and systemd. Nothing due, nothing said.

    Reads the sources daily, drafts and sends the month's issue, goes on with what was interrupted. Run it every few
    minutes; where the last run is still at work it exits 11. SIGTERM and Ctrl-C end it within ten seconds, after the
    messages in flight; the next run goes on.

    Example: casereviews tick
    """
    from app.runtime.side_effects import system_effects
    from app.scheduler import tick as scheduler_tick
    from app.scheduler.job_context import JobContext

    with signals.graceful_stop() as stop:
        job_context = JobContext(_interruptible_effects(system_effects(), stop), context.settings, context.db, stop)
        if not dry:
            return _run_due_jobs(job_context, json_)
        due = scheduler_tick.describe_due(job_context)
    return print_json([{"words": words} for words in due]) if json_ else _print_lines(f"would {words}" for words in due)


def _run_due_jobs(context: "JobContext", json_: bool) -> None:
    """Do what is due, say what was done, and exit with the code of it."""
    from app.scheduler import tick as scheduler_tick
    from app.scheduler.clock_guard import refuse_doubted_clock
    from app.scheduler.timer import StopRequested

    results: list[JobResultJson] = []
    errors: list[HouseError] = []
    try:
        for result in scheduler_tick.run_all_jobs(context):
            results.append({"job": result.job, "words": result.words, "ok": result.error is None})
            if result.error:
                errors.append(result.error)
                click.echo(f"casereviews: {result.words}", err=True)
            elif not json_:
                click.echo(result.words)
    except StopRequested:
        pass  # the next run begins that job again
    refuse_doubted_clock(context.db, context.now)
    if json_:
        print_json(results)
    if context.stop.is_set():
        click.echo("casereviews: interrupted; nothing half-done was kept, and the next run goes on", err=True)
        raise click.exceptions.Exit(130)
    raise click.exceptions.Exit(_exit_code(errors, len(results)))


def _interruptible_effects(effects: "SideEffects", stop: Event) -> "SideEffects":
    """Side effects that never sleep on once it is told to stop; threads that deliver look at `stop` themselves."""
    from dataclasses import replace

    from app.scheduler.timer import StopRequested

    def sleep(seconds: float) -> None:
        if stop.wait(seconds) and current_thread() is main_thread():
            raise StopRequested

    return replace(effects, sleep=sleep)


def _print_lines(lines: "Iterable[str]") -> None:
    for line in lines:
        click.echo(line)


def _exit_code(errors: "list[HouseError]", count: int) -> int:
    """The exit code: that of a refused log-in or a quarantine first, else 1 when all failed, 3 when some did."""
    codes = {error.exit_code for error in errors}
    if not codes:
        return 0
    return next((code for code in (12, 4) if code in codes), 1 if len(errors) == count else 3)
