"""Configuration loading: flag over environment over .env over file over default."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from core.actions import terminal_action
from core.config.schema import LIST_TABLES, Settings
from core.config.value_sources import (
    ConfigSource,
    KeyPath,
    describe_source,
    read_config_sources,
    setting_keys,
    table_model,
)
from core.errors import SettingsError
from core.redact import REDACTION_MARK

NEXT_STEP = terminal_action("How the configuration is changed", "Correct it, then run: casereviews check")
DOTENV_FILE = Path(".env")
PATTERN_HINTS = {  # what a pattern of core.config.schema asks for, in words
    "name": "write it in small letters, digits and dashes, as nspcc-2",
    "url": "write it as https://learning.nspcc.org.uk/case-reviews",
    "title": "write it in one line",
    "imap_folder": "write it in plain letters",
    "imap_processed": "write it in plain letters",
}
WRONG_TYPE_HINTS = {  # the beginnings of pydantic's names for what is of the wrong kind
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
    "path_type": 'write text, in quotation marks: "…"',
    "string_type": 'write text, in quotation marks: "…"',
    "tuple_type": "write a list: [ … ]",
    "date": "write a day as 2026-11-23",
    "model": "write a table: [name] and its keys below",
}
EXTRA_KEY_ERROR = "extra_forbidden"  # pydantic's name for a key that there is not
MAX_SHOWN_CHARS = 80  # characters of a wrong value that are shown


@dataclass(frozen=True, slots=True)
class ConfigResult:
    """What all places say together: the settings, or everything that is wrong with them."""

    places: tuple[ConfigSource, ...]  # weakest first
    errors: tuple[SettingsError, ...]
    settings: Settings | None  # None where there is any error


@dataclass(frozen=True, slots=True)
class SettingValue:
    """One key as it is set, identified by its name."""

    key: str  # mail.port, sources[1].name
    value: Any  # as JSON has it; a secret is "(hidden)", or "" when it is not set
    origin: str  # "casereviews.toml", "environment CASEREVIEWS_MAIL__PORT", ".env …", "flag --data-dir", "default"

    def __str__(self) -> str:
        value = "(not set)" if self.value is None else json.dumps(self.value, ensure_ascii=False)
        return f"{self.key} = {value}"


def load(file: Path | None, flags: Mapping[str, Any] | None = None, dotenv: Path = DOTENV_FILE) -> Settings:
    """The settings of this run; `file` None means that there is none.

    Raises SettingsError naming the key, the value and the nearest right key.
    """
    return require_settings(read_config(file, flags, dotenv))


def require_settings(found: ConfigResult) -> Settings:
    """The settings, where nothing is wrong. Raises the first SettingsError, which says how many more there are."""
    if found.settings is None:
        first, *more = found.errors
        if not more:
            raise first
        also_command = f"{len(more)} more {'is' if len(more) == 1 else 'are'} wrong; see all: casereviews check"
        command = f"{first.action.command} {also_command}" if first.action else also_command
        raise SettingsError(first.what, first.which, first.fix, terminal_action(NEXT_STEP.words, command))
    return found.settings


def read_config(file: Path | None, flags: Mapping[str, Any] | None = None, dotenv: Path = DOTENV_FILE) -> ConfigResult:
    """Everything that is configured, and everything that is wrong with it. Raises nothing."""
    found = tuple(read_config_sources(file, flags, dotenv))
    merged: dict[str, Any] = {}
    for place in found:
        _merge_values(merged, place.values)
    errors = [error for place in found for error in place.errors]
    settings = None
    try:
        settings = Settings(**merged)
    except ValidationError as e:
        errors += _explain_errors(e, found, named=bool(errors))
    return ConfigResult(found, tuple(errors), None if errors else settings)


def list_settings(found: ConfigResult) -> list[SettingValue]:
    """Every key with its value and where that comes from. Only of what has no errors."""
    assert found.settings is not None
    return list(_walk_settings(found.settings, (), found.places))


def _walk_settings(part: BaseModel, above: KeyPath, where: tuple[ConfigSource, ...]) -> Iterator[SettingValue]:
    for name in type(part).model_fields:
        value, key = getattr(part, name), (*above, name)
        if isinstance(value, BaseModel):
            yield from _walk_settings(value, key, where)
        elif name in LIST_TABLES:
            for number, item in enumerate(value):
                yield from _walk_settings(item, (*key, number), where)
        else:
            yield SettingValue(_format_key(key), _json_value(value), _find_origin(key, where))


def _json_value(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return REDACTION_MARK if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _format_key(key: KeyPath) -> str:
    """A key as a person writes it: mail.port, sources[1].name."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


def _find_origin(key: KeyPath, where: tuple[ConfigSource, ...]) -> str:
    return next((place.named(key) for place in reversed(where) if place.holds(key)), "default")


def _merge_values(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict):
            if not isinstance(under.get(key), dict):
                under[key] = {}
            _merge_values(under[key], value)
        else:
            under[key] = value


def _explain_errors(error: ValidationError, where: tuple[ConfigSource, ...], named: bool) -> list[SettingsError]:
    """One error for each key whose value is wrong; unknown keys are `named` already."""
    wrong: dict[KeyPath, list[ErrorDetails]] = {}
    for one in error.errors(include_url=False):
        wrong.setdefault(_known_prefix(one["loc"]), []).append(one)
    outer = {key[:length] for key in wrong for length in range(len(key))}  # what is wrong within says it better
    said = {key: [one for one in ones if not (named and one["type"] == EXTRA_KEY_ERROR)] for key, ones in wrong.items()}
    return [_explain_key(key, ones, where) for key, ones in said.items() if ones and key not in outer]


def _explain_key(key: KeyPath, said: list[ErrorDetails], where: tuple[ConfigSource, ...]) -> SettingsError:
    """The complaints of one key as "key = value in PLACE: why"."""
    name, place = _format_key(key), _find_origin(key, where)
    if said[0]["type"] == "missing":
        return SettingsError(
            "configuration", f"{name} is missing in {describe_source(_find_origin(key[:-1], where))}", action=NEXT_STEP
        )
    value = said[0]["input"]
    shown = REDACTION_MARK if _holds_secret(key) else repr(str(value) if isinstance(value, Path) else value)
    shown = shown if len(shown) <= MAX_SHOWN_CHARS else f"{shown[:MAX_SHOWN_CHARS]}…"
    why = "; or ".join(dict.fromkeys(_explain_reason(one, key) for one in said))
    return SettingsError("configuration", f"{name} = {shown} in {describe_source(place)}: {why}", action=NEXT_STEP)


def _explain_reason(error: ErrorDetails, key: KeyPath) -> str:
    """Why a value is wrong, in words, with the nearest right one."""
    if error["type"] == "string_pattern_mismatch":
        return PATTERN_HINTS.get(str(key[-1]), error["msg"])
    if kind := next((words for begin, words in WRONG_TYPE_HINTS.items() if error["type"].startswith(begin)), ""):
        return kind
    said = error["msg"].removeprefix("Value error, ").replace("Input should be", "it should be")
    if error["type"] == "literal_error":
        near = difflib.get_close_matches(str(error["input"]).lower(), re.findall(r"'([^']*)'", said), 1)
        return f"{said}; did you mean {near[0]!r}?" if near else said
    return said.replace("Tuple", "it").replace("String", "it").partition(" after validation")[0]


def _known_prefix(loc: KeyPath) -> KeyPath:
    """The key in pydantic's place of an error, which may go on into the forms that a value may have."""
    model: type[BaseModel] | None = Settings
    for length, part in enumerate(loc):
        if isinstance(part, int):
            continue
        if model is None or part not in model.model_fields:
            return loc[:length] if length else loc
        model = LIST_TABLES.get(part) or table_model(model.model_fields[part].annotation)
    return loc


def _holds_secret(key: KeyPath) -> bool:
    """Whether a value is not to be shown: a secret, or something in place of a table that may hold one."""
    plain = tuple(part for part in key if isinstance(part, str))
    return any(path[: len(plain)] == plain and _is_secret_field(path) for path in setting_keys())


def _is_secret_field(path: tuple[str, ...]) -> bool:
    model: type[BaseModel] | None = Settings
    for part in path[:-1]:
        model = table_model(model.model_fields[part].annotation) if model else None
    annotation = model.model_fields[path[-1]].annotation if model else None
    return annotation is SecretStr or SecretStr in get_args(annotation)
