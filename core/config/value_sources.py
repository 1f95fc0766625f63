"""Configuration sources: file, .env, environment, flags, with what is wrong in each."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from core.actions import terminal_action
from core.config.schema import ENV_PREFIX, LIST_TABLES, Settings
from core.config.settings_table import SettingsTable, inner_table
from core.config.value_forms import KeyPath
from core.errors import SettingsError

COMMAND_VARIABLES = {"CASEREVIEWS_CONFIG", "CASEREVIEWS_DEBUG"}  # read by the command line, not settings
FILE_SUFFIX = "_FILE"  # at the end of a variable that names a file with the value in it
JSON_HINT = """It is JSON there: '["one@example.org"]' for a list."""
TOML_HINT = (
    'Correct it as TOML. Text stands between straight quotation marks, as "this"; true, false and numbers without.'
)


class ConfigSource(NamedTuple):
    """One place that settings come from, identified by its name."""

    name: str  # casereviews.toml, .env, environment, flag
    values: dict[str, Any]
    errors: tuple[SettingsError, ...] = ()
    variables: frozenset[str] = frozenset()  # those that are ours, in capitals

    def holds(self, path: KeyPath) -> bool:
        """Whether it says something of a key, or of the list or table that the key is in an item of."""
        return _contains_path(self.values, path)

    def named(self, path: KeyPath) -> str:
        """The place as a person looks for it: "environment CASEREVIEWS_MAIL__PORT"."""
        if self.name == "flag":
            return f"flag --{str(path[0]).replace('_', '-')}"
        names = [variable_name(path[:length]) for length in range(len(path), 0, -1)]
        variable = next((one for name in names for one in (name + FILE_SUFFIX, name) if one in self.variables), "")
        return f"{self.name} {variable}".strip()


def describe_source(place: str) -> str:
    """A place as it stands in a sentence: "the environment", "casereviews.toml"."""
    return f"the {place}" if place.startswith("environment") else place


def variable_name(path: KeyPath) -> str:
    """The variable of a key: CASEREVIEWS_MAIL__PORT. Of a list's item it is that of the list."""
    plain = [part for part in path if isinstance(part, str)]
    return (
        ENV_PREFIX + "__".join(plain[: next((n for n, part in enumerate(path) if isinstance(part, int)), None)]).upper()
    )


def read_config_sources(file: Path | None, flags: Mapping[str, Any] | None, dotenv: Path) -> list[ConfigSource]:
    """What each place says, weakest first: file, .env, environment, flag."""
    return [
        _read_file(file) if file else ConfigSource("casereviews.toml", {}),
        _read_dotenv(dotenv),
        _read_environment(os.environ, "environment"),
        ConfigSource("flag", dict(flags or {})),
    ]


def _contains_path(values: Any, path: KeyPath) -> bool:
    for part in path:
        if isinstance(part, int):
            if not isinstance(values, list | tuple):
                return True
            if part >= len(values):
                return False
            values = values[part]
        elif not isinstance(values, Mapping):
            return True  # something else stands where a table should
        elif part not in values:
            return False
        else:
            values = values[part]
    return True


def _read_file(file: Path) -> ConfigSource:
    """The configuration file; what is wrong with it as TOML is its one error."""
    import tomllib

    try:
        values = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        return ConfigSource(str(file), {}, (_explain_unreadable(file, e),))
    if isinstance(where := values.get("data_dir"), str):
        values["data_dir"] = file.parent / where  # beside the file that names it, wherever we are run
    errors = (*_read_relay_secrets(values, file.parent), *_unknown_keys(values, Settings, str(file)))
    return ConfigSource(str(file), values, errors)


def _explain_unreadable(file: Path, error: OSError | ValueError) -> SettingsError:
    what, why = "cannot read the configuration", str(error)
    match error:
        case FileNotFoundError() if not file.is_symlink():
            action = terminal_action("How it is set up", "Make one with: casereviews init")
            return SettingsError("no such configuration file", str(file), action=action)
        case FileNotFoundError():
            why, fix = "it is a link that leads nowhere", "Put back what it leads to, or take it away."
        case IsADirectoryError():
            why, fix = "it is a folder", "Put the file there that it should be."
        case OSError():
            why, fix = error.strerror or why, "Let the user who runs casereviews read it."
        case UnicodeDecodeError():
            fix = "Save it as UTF-8."
        case _:
            fix = TOML_HINT
    return SettingsError(what, f"{file}: {why}", fix)


def _read_dotenv(file: Path) -> ConfigSource:
    """The variables of .env, to the letter: a `${` in a password is no other variable's value."""
    if not file.is_file():
        return ConfigSource(str(file), {})
    from io import StringIO

    from dotenv.parser import parse_stream

    try:
        lines = list(parse_stream(StringIO(file.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as e:
        fix = "Make it readable UTF-8, or take it away."
        return ConfigSource(str(file), {}, (SettingsError("cannot read", f"{file}: {e}", fix),))
    place = _read_environment({line.key: line.value for line in lines if line.key}, str(file))
    bad = [line.original.line for line in lines if line.error and ENV_PREFIX in line.original.string]
    fix = r"Put the value in single quotes, with \' for each such quote within it."
    return place._replace(
        errors=(*place.errors, *(SettingsError("cannot read", f"{file}, line {n}", fix) for n in bad))
    )


def _read_environment(variables: Mapping[str, str | None], place: str) -> ConfigSource:
    """The variables of one environment, nested; other programs' are passed over."""
    said = {name.upper(): value or "" for name, value in variables.items()}
    ours = {name: text for name, text in said.items() if name.startswith(ENV_PREFIX) and name not in COMMAND_VARIABLES}
    if not ours:
        return ConfigSource(place, {})
    errors = [_unknown_variable(name, place) for name in ours if not _is_known_variable(name)]
    ours = {name: text for name, text in ours.items() if _is_known_variable(name)}
    values: dict[str, Any] = {}
    for name, text in sorted(ours.items(), key=_variable_order):  # a table before its keys
        wrong = (_read_secret_file if name not in known_variables() else _read_variable)(values, name, text, place)
        errors += [wrong] if wrong else []
    errors += [*_read_relay_secrets(values, Path()), *_unknown_keys(values, Settings, place)]
    return ConfigSource(place, values, tuple(errors), frozenset(ours))


def _variable_order(variable: tuple[str, str]) -> tuple[bool, int]:
    name, _ = variable
    return name not in known_variables(), name.count("__")


def _read_variable(values: dict[str, Any], name: str, text: str, place: str) -> SettingsError | None:
    """Put the value of a variable where it belongs; the error where it is no JSON and must be."""
    path = name.removeprefix(ENV_PREFIX).lower().split("__")
    value: Any = text
    if form := _json_form(path):
        try:
            value = json.loads(text)
        except ValueError:
            if form == "required" and (text or len(path) == 1):
                return SettingsError(
                    "a variable is not as it should be", f"{name} in {describe_source(place)}", JSON_HINT
                )
    if value is not None or len(path) > 1:  # a table that is null is none
        _set_value(values, path, value)
    return None


def _json_form(path: list[str]) -> Literal["", "allowed", "required"]:
    """Whether the variable of a key is JSON: of a list or table it is, where the key may be one it can be."""
    table: type[SettingsTable] = Settings
    for part in path[:-1]:
        table = inner_table(table.KEYS[part].kind) or table
    kind = table.KEYS[path[-1]].kind
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if inner_table(kind) or get_origin(kind) is tuple:
        return "required"
    return "allowed" if any(get_origin(one) is tuple for one in get_args(kind)) else ""


def _set_value(values: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a value within its tables; not where something else stands, which is an error of its own."""
    for part in path[:-1]:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            return
    values[path[-1]] = value


def _read_secret_file(values: dict[str, Any], name: str, file: str, place: str) -> SettingsError | None:
    """Put what a file holds where it belongs; the error where it cannot be read."""
    text = _read_secret(Path(file), f"{name}={file}")
    if isinstance(text, SettingsError):
        return text
    _set_value(values, name.removeprefix(ENV_PREFIX).removesuffix(FILE_SUFFIX).lower().split("__"), text)
    return None


def _read_secret(file: Path, named: str) -> str | SettingsError:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is no text"
        return SettingsError("cannot read the secret", f"{named} ({why})", "Name a file that can be read.")


def _read_relay_secrets(values: Mapping[str, Any], folder: Path) -> Iterator[SettingsError]:
    """Put what the files hold that relays name (password_file) where it belongs; an error where one cannot be read."""
    mail = values.get("mail")
    relays = mail.get("relays") if isinstance(mail, dict) else None
    for number, relay in enumerate(relays if isinstance(relays, list) else (), 1):
        for key in ("password", "dkim_key"):
            name = key + FILE_SUFFIX.lower()
            file = relay.get(name) if isinstance(relay, dict) else None
            if not file or not isinstance(file, str):
                continue
            named = f"mail.relays[{number}].{name}={file}"
            text = _read_secret(folder / file, named)
            if relay.get(key):
                yield SettingsError("a secret is set twice", f"{named}, and {key} beside it", "Take one of them out.")
            elif isinstance(text, SettingsError):
                yield text
            else:
                relay[key] = text


def _unknown_keys(
    values: Mapping[str, Any], model: type[SettingsTable], place: str, path: str = ""
) -> Iterator[SettingsError]:
    """An error for each key that there is not, at whatever depth."""
    for key, value in values.items():
        known = model.KEYS.get(key)
        if known is None:
            fix = _did_you_mean(_nearest_key(key, model))
            yield SettingsError("unknown key", f"{path}{key} in {describe_source(place)}", fix)
        elif isinstance(value, dict) and (inner := inner_table(known.kind)):
            yield from _unknown_keys(value, inner, place, f"{path}{key}.")
        elif key in LIST_TABLES and isinstance(value, list):
            for number, table in enumerate(value, 1):
                if isinstance(table, dict):
                    yield from _unknown_keys(table, LIST_TABLES[key], place, f"{path}{key}[{number}].")


def _nearest_key(key: str, model: type[SettingsTable]) -> str:
    """The key that was meant: one of the same name in another table, or a near one of the same table."""
    elsewhere = next((".".join(path) for path in setting_keys() if path[-1] == key), "")
    from difflib import get_close_matches

    near = get_close_matches(key, model.KEYS, 1)
    return elsewhere if elsewhere and (model is Settings or not near) else near[0] if near else ""


def _unknown_variable(name: str, place: str) -> SettingsError:
    from difflib import get_close_matches

    end = name.removeprefix(ENV_PREFIX).rpartition("__")[2]
    near = [one for one in sorted(known_variables()) if one.endswith(f"__{end}") or one == ENV_PREFIX + end]
    near = near if len(near) == 1 else get_close_matches(name, sorted(known_variables()), 1)
    where = "" if place == "environment" else f" in {place}"
    return SettingsError("unknown variable", f"{name}{where}", _did_you_mean(near[0] if near else ""))


def _did_you_mean(near: str) -> str:
    return f"Did you mean {near}?" if near else "Take it out; docs/configuration.md lists the keys."


@cache
def setting_keys() -> tuple[tuple[str, ...], ...]:
    """Every key that holds a value or a list, in order: ("data_dir",), …, ("mail", "port"), …"""
    return tuple(_walk_keys(Settings, ()))


def _walk_keys(model: type[SettingsTable], above: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for name, one in model.KEYS.items():
        if inner := inner_table(one.kind):
            yield from _walk_keys(inner, (*above, name))
        else:
            yield (*above, name)


@cache
def known_variables() -> frozenset[str]:
    """Every variable there is: one a key, and one a table, which is JSON."""
    return frozenset(variable_name(path[:length]) for path in setting_keys() for length in range(1, len(path) + 1))


def _is_known_variable(name: str) -> bool:
    return name in known_variables() or (
        name.endswith(FILE_SUFFIX) and name.removesuffix(FILE_SUFFIX) in known_variables()
    )
