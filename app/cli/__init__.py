"""Command line: the click entry point, which imports a command's module when it is asked for."""

import os
import sys
from types import TracebackType


def _exit_quietly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C before `main` is at work, or after: no traceback, and the code that shells know."""
    if issubclass(kind, KeyboardInterrupt):
        os._exit(130)
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _exit_quietly  # before all that takes time to load

from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402

from app.cli import command_audit, signals, standard_streams  # noqa: E402
from app.cli.cli_context import CliContext  # noqa: E402
from app.cli.help_text import MANUAL  # noqa: E402
from core.disk_advice import suggest_fix  # noqa: E402
from core.errors import HouseError  # noqa: E402

COMMANDS = {  # name: where it lives; imported only when asked for
    "demo": "app.cli.demo_command",
    "init": "app.cli.init",
    "check": "app.cli.check_command",
    "scrape": "app.cli.scrape_command",
    "sources": "app.cli.source_commands",
    "reviews": "app.cli.review_commands",
    "issue": "app.cli.issue_commands",
    "subscribers": "app.cli.subscriber_commands",
    "bounce": "app.cli.bounce_command",
    "refusals": "app.cli.refusal_commands",
    "mail": "app.cli.mail_commands",
    "tick": "app.cli.tick_command",
    "serve": "app.cli.serve",
    "password": "app.cli.password",
    "accounts": "app.cli.account_commands",
    "export-site": "app.cli.export_site",
    "status": "app.cli.status_command",
    "backup": "app.cli.backup_commands",
    "restore": "app.cli.backup_commands",
    "completion": "app.cli.completion",
}


DONE_CODES = (0, 3)  # done, and done in part


class LazyGroup(click.Group):
    """Finds a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        module = COMMANDS.get(cmd_name)
        command = getattr(import_module(module), cmd_name.replace("-", "_")) if module else None
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was typed, or what was probably meant."""
        if self.get_command(ctx, args[0]) is None and args[0][:1].isalpha() and not ctx.resilient_parsing:
            from app.cli.help_text import suggest_command

            ctx.fail(f"No such command {args[0]!r}.{suggest_command(args[0], COMMANDS, self._subcommands(ctx))}")
        return super().resolve_command(ctx, args)

    def _subcommands(self, ctx: click.Context) -> list[str]:
        """The commands of the groups: "issue build"."""
        groups = {name: self.get_command(ctx, name) for name in COMMANDS}
        return [
            f"{name} {one}"
            for name, group in groups.items()
            if isinstance(group, click.Group)
            for one in group.commands
        ]

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read what was typed."""
        with _abort_on_interrupt():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and write down who did what where it changed something."""
        with _abort_on_interrupt():
            try:
                result = super().invoke(ctx)
            except click.exceptions.Exit as e:
                if e.exit_code in DONE_CODES:
                    command_audit.record_command(ctx)
                raise
            command_audit.record_command(ctx)
            return result


@contextmanager
def _abort_on_interrupt() -> Iterator[None]:
    """Ctrl-C becomes Abort here: left to click, an empty line would come before ours."""
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            click.echo(err=True)  # after the ^C
        raise click.Abort from None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=MANUAL,
)
@click.option("--config", type=click.Path(dir_okay=False), envvar="CASEREVIEWS_CONFIG", help="Configuration file.")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Where the database, outbox and pages are.")
@click.option("--debug", is_flag=True, envvar="CASEREVIEWS_DEBUG", help="Show tracebacks and every log line.")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
@click.version_option(package_name="casereviews", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: str | None, data_dir: str | None, debug: bool, verbose: bool) -> None:
    """New child safeguarding case reviews, read from the national collection and mailed once a month.

    Example: casereviews demo
    """
    ctx.obj = CliContext(config, data_dir, verbose, debug)
    ctx.call_on_close(ctx.obj.close)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the contract's code; an error is one line on stderr."""
    try:
        standard_streams.open_closed_streams()
        signals.install_handlers()
        code = run_command(sys.argv[1:] if args is None else args)
        signals.restore_defaults()
    except KeyboardInterrupt:  # before there was anything to interrupt, or after
        code = 130
    sys.exit(code)


def run_command(args: list[str]) -> int:
    """Run a command; the exit code of it. What it says holds no escape of a page that it read."""
    with standard_streams.guard_output():
        return _run_guarded(args)


def _run_guarded(args: list[str]) -> int:
    try:
        code = cli.main(args, prog_name="casereviews", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as e:
        click.echo(e.ctx.get_help() if e.ctx else "", err=True)
        return 2
    except click.UsageError as e:
        where = e.ctx.command_path if e.ctx else "casereviews"
        return _report_error(f"{e.format_message()} See: {where} --help", 2)
    except click.ClickException as e:
        return _report_error(e.format_message(), 1)
    except (click.Abort, KeyboardInterrupt):
        return _report_error("interrupted; nothing half-done was kept", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, as `head` does when it has enough
        return 0
    except HouseError as e:
        _print_traceback()
        return _report_error(str(e), e.exit_code)
    except UnicodeEncodeError:
        return _report_error("something typed is not text. Write it in UTF-8.", 2)
    except OSError as e:
        _print_traceback()
        return _report_error(f"{e.strerror or e}: {e.filename or 'output'}. {suggest_fix(e)}", 1)
    except Exception as e:
        _print_traceback()
        if type(e).__module__ == "sqlite3":
            from db.schema.connect import translate_error

            return _report_error(str(translate_error(e, CliContext.database)), 1)
        what = f"{type(e).__name__}: {e}"
        return _report_error(f"unexpected error: {what}. Run it again with: casereviews --debug {' '.join(args)}", 1)


def _print_traceback() -> None:
    """The traceback of what was raised, under --debug: the exit code stays what it is without."""
    if CliContext.show_tracebacks:
        import traceback

        from app.runtime import logging_setup

        click.echo(logging_setup.redact_lines(traceback.format_exc()), err=True)


def _report_error(message: str, code: int) -> int:
    click.echo(f"casereviews: {' '.join(message.split())}", err=True)
    return code
