"""Configuration sources: file, .env, environment, flags, with what is wrong in each."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import BaseModel
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as PydanticSettingsError

from core.actions import terminal_action
from core.config.schema import ENV_PREFIX, LIST_TABLES, Settings
from core.errors import SettingsError

COMMAND_VARIABLES = {"CASEREVIEWS_CONFIG", "CASEREVIEWS_DEBUG"}  # read by the command line, not settings
FILE_SUFFIX = "_FILE"  # at the end of a variable that names a file with the value in it
JSON_HINT = """It is JSON there: '["one@example.org"]' for a list."""
KeyPath = tuple[str | int, ...]  # ("mail", "port"), ("sources", 0, "url")


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """One place that settings come from, identified by its name."""

    name: str  # casereviews.toml, .env, environment, flag
    values: dict[str, Any]
    errors: tuple[SettingsError, ...] = ()
    variables: frozenset[str] = field(default_factory=frozenset)  # those that are ours, in capitals

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
        _read_environment(EnvSettingsSource(Settings), "environment"),
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
    try:
        values = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        action = terminal_action("How it is set up", "Make one with: casereviews init")
        missing = SettingsError("no such configuration file", str(file), action=action)
        return ConfigSource(str(file), {}, (missing,))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else str(e)
        fix = "Correct it as TOML." if isinstance(e, tomllib.TOMLDecodeError) else "Make it readable UTF-8."
        return ConfigSource(str(file), {}, (SettingsError("cannot read the configuration", f"{file}: {why}", fix),))
    if isinstance(where := values.get("data_dir"), str):
        values["data_dir"] = file.parent / where  # beside the file that names it, wherever we are run
    return ConfigSource(str(file), values, tuple(_unknown_keys(values, Settings, str(file))))


def _read_dotenv(file: Path) -> ConfigSource:
    """The variables of .env, to the letter: a `${` in a password is no other variable's value."""
    try:
        lines = list(parse_stream(StringIO(file.read_text("utf-8-sig")))) if file.is_file() else []
    except (OSError, UnicodeDecodeError) as e:
        fix = "Make it readable UTF-8, or take it away."
        return ConfigSource(str(file), {}, (SettingsError("cannot read", f"{file}: {e}", fix),))
    source = EnvSettingsSource(Settings)
    source.env_vars = {line.key: line.value for line in lines if line.key}
    place = _read_environment(source, str(file))
    bad = [line.original.line for line in lines if line.error and ENV_PREFIX in line.original.string]
    fix = r"Put the value in single quotes, with \' for each such quote within it."
    return replace(
        place, errors=(*place.errors, *(SettingsError("cannot read", f"{file}, line {n}", fix) for n in bad))
    )


def _read_environment(source: EnvSettingsSource, place: str) -> ConfigSource:
    """The variables of one environment, nested; other programs' are passed over."""
    said = {name.upper(): value or "" for name, value in source.env_vars.items()}
    ours = {name: text for name, text in said.items() if name.startswith(ENV_PREFIX) and name not in COMMAND_VARIABLES}
    errors = [_unknown_variable(name, place) for name in ours if not _is_known_variable(name)]
    ours = {name: text for name, text in ours.items() if _is_known_variable(name)}
    files = {name: text for name, text in ours.items() if name not in known_variables()}
    values, wrong = _parse_variables(
        source, {name.lower(): text for name, text in ours.items() if name not in files}, place
    )
    for name, file in files.items():
        wrong += _read_secret_file(values, name, file)
    unknown = _unknown_keys(values, Settings, place)
    return ConfigSource(place, values, (*errors, *wrong, *unknown), frozenset(ours))


def _parse_variables(
    source: EnvSettingsSource, variables: dict[str, str], place: str
) -> tuple[dict[str, Any], list[SettingsError]]:
    """The values of the variables, without those that are no JSON where it must be; and an error for each of them."""
    errors: list[SettingsError] = []
    while True:
        source.env_vars = variables
        try:
            values = EnvSettingsSource.__call__(source)  # not that of .env, which adds what it does not know
            return {key: value for key, value in values.items() if key in Settings.model_fields}, errors
        except PydanticSettingsError as e:
            text = getattr(e.__cause__, "doc", None)  # of the JSONDecodeError
            bad = next((name for name, value in variables.items() if value == text), "")
            errors.append(
                SettingsError(
                    "a variable is not as it should be", f"{bad.upper() or e} in {describe_source(place)}", JSON_HINT
                )
            )
            if not bad:
                return {}, errors
            variables = {name: value for name, value in variables.items() if name != bad}


def _read_secret_file(values: dict[str, Any], name: str, file: str) -> list[SettingsError]:
    *tables, key = name.removeprefix(ENV_PREFIX).removesuffix(FILE_SUFFIX).lower().split("__")
    try:
        text = Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is no text"
        which = f"{name}={file} ({why})"
        return [SettingsError("cannot read the secret", which, "Name a file that can be read.")]
    for part in tables:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            return []  # what stands there is an error of its own
    values[key] = text
    return []


def _unknown_keys(
    values: Mapping[str, Any], model: type[BaseModel], place: str, path: str = ""
) -> Iterator[SettingsError]:
    """An error for each key that there is not, at whatever depth."""
    for key, value in values.items():
        field = model.model_fields.get(key)
        if field is None:
            fix = _did_you_mean(_nearest_key(key, model))
            yield SettingsError("unknown key", f"{path}{key} in {describe_source(place)}", fix)
        elif isinstance(value, dict) and (inner := table_model(field.annotation)):
            yield from _unknown_keys(value, inner, place, f"{path}{key}.")
        elif key in LIST_TABLES and isinstance(value, list):
            for number, table in enumerate(value, 1):
                if isinstance(table, dict):
                    yield from _unknown_keys(table, LIST_TABLES[key], place, f"{path}{key}[{number}].")


def table_model(annotation: object) -> type[BaseModel] | None:
    """The model of a key that is a table, None for any other."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _nearest_key(key: str, model: type[BaseModel]) -> str:
    """The key that was meant: one of the same name in another table, or a near one of the same table."""
    elsewhere = next((".".join(path) for path in setting_keys() if path[-1] == key), "")
    near = difflib.get_close_matches(key, model.model_fields, 1)
    return elsewhere if elsewhere and (model is Settings or not near) else near[0] if near else ""


def _unknown_variable(name: str, place: str) -> SettingsError:
    end = name.removeprefix(ENV_PREFIX).rpartition("__")[2]
    near = [one for one in sorted(known_variables()) if one.endswith(f"__{end}") or one == ENV_PREFIX + end]
    near = near if len(near) == 1 else difflib.get_close_matches(name, sorted(known_variables()), 1)
    where = "" if place == "environment" else f" in {place}"
    return SettingsError("unknown variable", f"{name}{where}", _did_you_mean(near[0] if near else ""))


def _did_you_mean(near: str) -> str:
    return f"Did you mean {near}?" if near else "Take it out; docs/configuration.md lists the keys."


@cache
def setting_keys() -> tuple[tuple[str, ...], ...]:
    """Every key that holds a value or a list, in order: ("data_dir",), …, ("mail", "port"), …"""
    return tuple(_walk_keys(Settings, ()))


def _walk_keys(model: type[BaseModel], above: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for name, one in model.model_fields.items():
        if inner := table_model(one.annotation):
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
