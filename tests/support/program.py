"""What there is to document: the program's commands, options, exit codes, keys and variables, as it has them itself."""

import re
from collections.abc import Iterator
from functools import cache

import click

from app.cli import cli
from app.web.ops.access import DUTIES
from core import errors
from core.config.schema import ENV_PREFIX, LIST_TABLES, Settings
from core.config.settings_table import SettingsTable, inner_table
from core.states import ROLES
from tests.documents import ROOT

WIDTH = 100  # characters of a line of help
TOML = ROOT / "app" / "cli" / "casereviews.toml"
FROM_CLICK = {0, 2, 3, 130}  # exit codes that no error of the house carries: fine, usage, in part, interrupted
TEMPFAIL = 75  # of `bounce --tempfail` only
HEAD = "<!-- Made from the program by: python -m tests.documents -->\n"
Path = tuple[str, ...]  # the words that call a command: ("issue", "build")


@cache
def contexts() -> dict[Path, click.Context]:
    """Every command that is shown, in the order of the help; of the whole program, ()."""
    return dict(_below(click.Context(cli, info_name="casereviews", terminal_width=WIDTH, **cli.context_settings), ()))


def _below(context: click.Context, path: Path) -> Iterator[tuple[Path, click.Context]]:
    yield path, context
    if isinstance(group := context.command, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command and not command.hidden:
                below = click.Context(command, parent=context, info_name=name, terminal_width=WIDTH)
                yield from _below(below, (*path, name))


def options(path: Path) -> set[str]:
    """What the options of a command are written as: "--json"."""
    context = contexts()[path]
    named = [one for one in context.command.get_params(context) if isinstance(one, click.Option)]
    return {name for one in named for name in (*one.opts, *one.secondary_opts)}


def help_of(path: Path) -> str:
    """What `casereviews … --help` prints."""
    context = contexts()[path]
    return context.command.get_help(context).rstrip()


def exit_codes() -> set[int]:
    """Every exit code that people and programs can rely on."""
    house = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.HouseError)]
    return FROM_CLICK | {one.exit_code for one in house}


def keys(model: type[SettingsTable] = Settings, path: str = "") -> Iterator[str]:
    """Every key of the configuration: "mail.port"; those of a list of tables as "sources.url"."""
    for name, field in model.KEYS.items():
        if inner := LIST_TABLES.get(name) or inner_table(field.kind):
            yield from keys(inner, f"{path}{name}.")
        else:
            yield f"{path}{name}"


def tables() -> set[str]:
    """Every table of the configuration, and every list of tables."""
    return {key.rpartition(".")[0] for key in keys()} - {""}


def variables() -> set[str]:
    """Every variable of the environment that is read, those that name a file with the value included."""
    typed = {str(one.envvar) for one in cli.params if one.envvar}
    plain = {variable(key) for key in keys()}
    return plain | {f"{one}_FILE" for one in plain} | typed


def variable(key: str) -> str:
    """The variable of a key; of one in a list of tables, that of the whole list."""
    words = key.split(".")
    until = next((number for number, word in enumerate(words, 1) if word in LIST_TABLES), len(words))
    return ENV_PREFIX + "__".join(words[:until]).upper()


def commands_document() -> str:
    """docs/commands.md: the help of every command."""
    said = [HEAD + "# Commands\n\nWhat `casereviews COMMAND --help` says, of every command."]
    for path in contexts():
        name = " ".join(("casereviews", *path))
        said.append(f"{'#' * max(2, len(path) + 1)} {name}\n\n```console\n$ {name} --help\n{help_of(path)}\n```")
    return "\n\n".join(said) + "\n"


def configuration_document() -> str:
    """docs/configuration.md: every key as `casereviews init` writes it, and its variable."""
    said = [HEAD + CONFIGURATION.strip()]
    for table, text in tables_of(TOML.read_text("utf-8")):
        own = [key for key in keys() if key.rpartition(".")[0] == table or key.startswith(f"{table}.")]
        named = ", ".join(f"`{one}`" for one in dict.fromkeys(map(variable, own)))
        said.append(f"## {f'[{table}]' if table else 'At the top'}\n\n```toml\n{text.strip()}\n```")
        said.append(f"Variable: {named}." if named.count("`") == 2 else f"Variables: {named}.")
    return "\n\n".join(said) + "\n"


def tables_of(text: str) -> Iterator[tuple[str, str]]:
    """The tables of the commented configuration in order, with their lines; at the top, ""."""
    found = re.split(r"^(?=\[+[a-z]+\])", text, flags=re.M)
    yield "", re.sub(r"\A(#.*\n)+", "", found[0])
    for part in found[1:]:
        yield part.split("]")[0].strip("["), part


CONFIGURATION = """
# Configuration

`casereviews init` writes `casereviews.toml` with every key, its default and what it means: the same as below. It is
read from the working directory, or from where `--config FILE` says. `casereviews check --show-config` prints the value
of each key and where it comes from.

Any key may also come from the environment, or from a file `.env` in the working directory: `CASEREVIEWS_`, the table,
two underscores, the key, as `CASEREVIEWS_MAIL__PORT=2525`. With `_FILE` after the name, the value is read from the file
that is named: `CASEREVIEWS_MAIL__PASSWORD_FILE=/run/secrets/mail`. A list is written as JSON:
`CASEREVIEWS_MAIL__ALLOW_LIST='["me@example.org"]'`. A flag comes before the environment, that before `.env`, that
before the file, that before the default. A key or variable that does not exist is an error that names the nearest one.

One thing has no key: deliveries of old issues (but how many ended how), records of reads, the audit trail and
the list of what the operator was told are deleted after 400 days;
[running it](running.md#what-is-deleted-by-itself) says what of them stays.
"""


def web_document() -> str:
    """docs/web.md as it is, with the table of who may do what as the program has it."""
    rows = [["at the desk", *ROLES], ["---"] * (len(ROLES) + 1)]
    rows += [[duty.words, *("yes" if role in duty.roles else "–" for role in ROLES)] for duty in DUTIES]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    text = (ROOT / "docs" / "web.md").read_text("utf-8")
    return re.sub(r"^\| at the desk \|.*?(?=\n\n)", table, text, flags=re.S | re.M)
