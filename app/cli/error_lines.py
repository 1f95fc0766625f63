"""Error lines: what went wrong as one line on stderr, with the exit code of it."""

import click

from app.cli.cli_context import CliContext
from core.disk_advice import suggest_fix
from core.errors import HouseError


def report_error(error: Exception, typed: list[str]) -> int:
    """Say what went wrong with a command; `typed`: its words. The exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else _command_path(typed)
        message = error.format_message()
        return report_line(f"{message}{'' if message.endswith(('.', '?')) else '.'} See: {where} --help", 2)
    if isinstance(error, click.ClickException):
        return report_line(error.format_message(), 1)
    if isinstance(error, UnicodeEncodeError):
        return report_line("something typed is not text. Write it in UTF-8.", 2)
    _print_traceback()
    if isinstance(error, HouseError):
        return report_line(str(error), error.exit_code)
    if isinstance(error, OSError):
        what = f"{error.strerror or error}: {error.filename or 'output'}"
        return report_line(f"{what}. {suggest_fix(error)}", 1)
    if type(error).__module__ == "sqlite3":
        from db.schema.connect import translate_error

        return report_line(str(translate_error(error, CliContext.database)), 1)
    again = f"casereviews --debug {' '.join(typed)}"
    return report_line(f"unexpected error: {type(error).__name__}: {error}. Run it again with: {again}", 1)


def _command_path(typed: list[str]) -> str:
    """The command that was typed: click says none where an option lacks its value."""
    from app.cli import cli

    command: click.Command = cli
    context = click.Context(cli, info_name="casereviews")
    for word in typed:
        if isinstance(command, click.Group) and (inner := command.get_command(context, word)):
            context, command = click.Context(inner, context, word), inner
    return context.command_path


def report_line(message: str, code: int) -> int:
    """One line for a person; the exit code again."""
    click.echo(f"casereviews: {' '.join(message.split())}", err=True)
    return code


def _print_traceback() -> None:
    """The traceback of what was raised, under --debug: the exit code stays what it is without."""
    if CliContext.show_tracebacks:
        import traceback

        from app.runtime import logging_setup

        click.echo(logging_setup.redact_lines(traceback.format_exc()), err=True)
