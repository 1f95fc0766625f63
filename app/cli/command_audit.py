"""Command audit: one audit trail line for each command that changes something, as each form at /ops has one.

A command that writes has --dry-run: that option notes that it was asked to write, and the root command adds the line
once it has ended well: one that fails writes nothing at all, least of all into a database that is damaged. No command
does so itself. What the timer or a mail server runs is nobody's doing.
"""

import logging
from contextlib import closing
from typing import TYPE_CHECKING

import click

from core.errors import DatabaseMissing, HouseError

if TYPE_CHECKING:
    from app.cli.cli_context import CliContext

log = logging.getLogger("casereviews")
META_KEY = "casereviews.writing"
UNAUDITED_COMMANDS = ("tick", "bounce", "export-site")  # machines run them, or they only write files of what is public
WRITES_WITH = {"sources show": "yes", "sources try": "yes", "accounts sessions": "end"}  # which else only look
UNSAID_OPTIONS = ("dry", "json_", "yes")


def note_writing(context: click.Context, _: click.Parameter, dry: bool) -> bool:
    """The callback of --dry-run: this command is to write."""
    if not dry and not context.resilient_parsing:
        context.meta[META_KEY] = context
    return dry


def note_looking() -> None:
    """The command that runs writes nothing this time."""
    click.get_current_context().meta.pop(META_KEY, None)


def record_command(root: click.Context) -> None:
    """Write the line of the command that has just done its work: who, what."""
    command = root.meta.get(META_KEY)
    if command is None or not _has_written(command):
        return
    what = describe_command(command)
    try:
        _add_line(root.obj, what)
    except DatabaseMissing:
        return
    except HouseError as e:  # what was done stays done
        log.error("the audit trail could not be written, of %s: %s", what, e)


def _has_written(command: click.Context) -> bool:
    name = _command_name(command)
    return name not in UNAUDITED_COMMANDS and bool(
        command.params.get(WRITES_WITH.get(name, ""), name not in WRITES_WITH)
    )


def _command_name(command: click.Context) -> str:
    """ "issue approve", without the program's own name."""
    return command.command_path.partition(" ")[2]


def describe_command(command: click.Context) -> str:
    """A command as it was typed, without what it was not told; addresses masked, tokens out."""
    from core.redact import redact_text

    words = [_command_name(command)]
    for parameter in command.command.params:
        value = command.params.get(parameter.name or "")
        if parameter.name in UNSAID_OPTIONS or not _was_typed(command, parameter) or value in (None, False, (), ""):
            continue
        if isinstance(parameter, click.Option):
            words.append(parameter.opts[0])
        if value is not True:
            words += map(str, value) if isinstance(value, tuple) else [str(value)]
    return redact_text(" ".join(words))


def _was_typed(command: click.Context, parameter: click.Parameter) -> bool:
    source = command.get_parameter_source(parameter.name or "")
    return source is not None and source.name in ("COMMANDLINE", "PROMPT", "ENVIRONMENT")


def _add_line(context: "CliContext", what: str) -> None:
    from app.runtime.side_effects import system_effects
    from app.runtime.terminal_user import terminal_user
    from db.operator import audit_trail
    from db.schema.connect import connect, write_transaction

    # opened anew: `restore` has put another file in its place
    with closing(connect(context.settings.database)) as db, write_transaction(db):
        audit_trail.add(db, f"terminal ({terminal_user()})", what, system_effects().now())
