"""The command line: translates, never decides."""

import sys

try:
    from collections.abc import Iterator
    from contextlib import contextmanager
    from importlib import import_module
    from typing import Any

    import click

    from app.cli import signals, streams
    from app.cli.front import Front
    from app.cli.manual import MANUAL
    from core.disk import remedy
    from core.errors import HouseError
except KeyboardInterrupt:  # Ctrl-C while we are being loaded
    sys.exit(130)

COMMANDS = {  # name: where it lives; imported only when asked for
    "demo": "app.cli.demo",
    "init": "app.cli.setup",
    "check": "app.cli.check",
    "scrape": "app.cli.scrape",
    "reviews": "app.cli.reviews",
    "issue": "app.cli.issue",
    "subscribers": "app.cli.subscribers",
    "bounce": "app.cli.bounce",
    "tick": "app.cli.tick",
    "serve": "app.cli.serve",
    "password": "app.cli.password",
    "export-site": "app.cli.exportsite",
    "status": "app.cli.status",
    "backup": "app.cli.backup",
    "restore": "app.cli.backup",
    "completion": "app.cli.completion",
}


class Commands(click.Group):
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
            from app.cli.manual import meant

            ctx.fail(f"No such command {args[0]!r}.{meant(args[0], COMMANDS, self._inside(ctx))}")
        return super().resolve_command(ctx, args)

    def _inside(self, ctx: click.Context) -> list[str]:
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
        with _interruptible():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        with _interruptible():
            return super().invoke(ctx)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C becomes Abort here: left to click, an empty line would come before ours."""
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            click.echo(err=True)  # after the ^C
        raise click.Abort from None


@click.group(
    cls=Commands,
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
    ctx.obj = Front(config, data_dir, verbose, debug)
    ctx.call_on_close(ctx.obj.close)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the contract's code; an error is one line on stderr."""
    try:
        streams.whole()
        signals.orderly()
        code = _run(sys.argv[1:] if args is None else args)
        signals.over()
    except KeyboardInterrupt:  # before there was anything to interrupt, or after
        code = 130
    sys.exit(code)


def _run(args: list[str]) -> int:
    try:
        code = cli.main(args, prog_name="casereviews", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as e:
        click.echo(e.ctx.get_help() if e.ctx else "", err=True)
        return 2
    except click.UsageError as e:
        where = e.ctx.command_path if e.ctx else "casereviews"
        return _say(f"{e.format_message()} See: {where} --help", 2)
    except click.ClickException as e:
        return _say(e.format_message(), 1)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted; nothing half-done was kept", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nobody is left to tell
        return 1
    except HouseError as e:
        _show_where()
        return _say(str(e), e.exit_code)
    except UnicodeEncodeError:
        return _say("something typed is not text. Write it in UTF-8.", 2)
    except OSError as e:
        _show_where()
        return _say(f"{e.strerror or e}: {e.filename or 'output'}. {remedy(e)}", 1)
    except Exception as e:
        _show_where()
        if type(e).__module__ == "sqlite3":
            from db.connect import explained

            return _say(str(explained(e, Front.database)), 1)
        what = f"{type(e).__name__}: {e}"
        return _say(f"unexpected error: {what}. Run it again with: casereviews --debug {' '.join(args)}", 1)


def _show_where() -> None:
    """The traceback of what was raised, under --debug: the exit code stays what it is without."""
    if Front.debugging:
        import traceback

        from app import logs

        click.echo(logs.discreetly(traceback.format_exc()), err=True)


def _say(message: str, code: int) -> int:
    click.echo(f"casereviews: {' '.join(message.split())}", err=True)
    return code
