"""Configuration loading: flag over environment over .env over file over default."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from core.actions import terminal_action
from core.config.schema import LIST_TABLES, Settings
from core.config.settings_table import EXTRA_KEY, SettingsTable, inner_table
from core.config.value_forms import MISSING, Fault, FormError, KeyPath, SecretStr
from core.config.value_sources import ConfigSource, describe_source, read_config_sources
from core.errors import SettingsError
from core.redact import REDACTION_MARK

NEXT_STEP = terminal_action("How the configuration is changed", "Correct it, then run: casereviews check")
DOTENV_FILE = Path(".env")
MAX_SHOWN_CHARS = 80  # characters of a wrong value that are shown


class ConfigResult(NamedTuple):
    """What all places say together: the settings, or everything that is wrong with them."""

    places: tuple[ConfigSource, ...]  # weakest first
    errors: tuple[SettingsError, ...]
    settings: Settings | None  # None where there is any error


class SettingValue(NamedTuple):
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
    except FormError as e:  # unknown keys are named already, each with the place that it stands in
        errors += [_explain_fault(fault, found) for fault in e.faults if fault.why != EXTRA_KEY]
    return ConfigResult(found, tuple(errors), None if errors else settings)


def list_settings(found: ConfigResult) -> list[SettingValue]:
    """Every key with its value and where that comes from. Only of what has no errors."""
    assert found.settings is not None
    return list(_walk_settings(found.settings, (), found.places))


def _walk_settings(part: SettingsTable, above: KeyPath, where: tuple[ConfigSource, ...]) -> Iterator[SettingValue]:
    for name in part.KEYS:
        value, key = getattr(part, name), (*above, name)
        if isinstance(value, SettingsTable):
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


def _explain_fault(fault: Fault, where: tuple[ConfigSource, ...]) -> SettingsError:
    """What is wrong with one key as "key = value in PLACE: why"."""
    key, value, why = fault
    name, place = _format_key(key), _find_origin(key, where)
    if value is MISSING:
        which = f"{name} {why} in {describe_source(_find_origin(key[:-1], where))}"
        return SettingsError("configuration", which, action=NEXT_STEP)
    shown = REDACTION_MARK if _holds_secret(key) else repr(str(value) if isinstance(value, Path) else value)
    if is_long := len(shown) > MAX_SHOWN_CHARS:
        shown = f"{shown[:MAX_SHOWN_CHARS]}…"
    named = name if is_long and key[-1] in LIST_TABLES else f"{name} = {shown}"  # tables are no value to show
    return SettingsError("configuration", f"{named} in {describe_source(place)}: {why}", action=NEXT_STEP)


def _holds_secret(key: KeyPath) -> bool:
    """Whether a value is not to be shown: a secret, or something in place of a table that may hold one."""
    plain = tuple(part for part in key if isinstance(part, str))
    return any(path[: len(plain)] == plain for path in _secret_keys(Settings))


def _secret_keys(table: type[SettingsTable]) -> Iterator[tuple[str, ...]]:
    for name, key in table.KEYS.items():
        if inner := inner_table(key.kind) or LIST_TABLES.get(name):
            yield from ((name, *path) for path in _secret_keys(inner))
        elif key.kind is SecretStr or SecretStr in get_args(key.kind):
            yield (name,)
