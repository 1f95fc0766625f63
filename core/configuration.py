"""Where settings come from: flag over environment over .env over file over default; read once."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource
from pydantic_settings import SettingsError as PydanticSettingsError

from core.errors import SettingsError
from core.settings import LISTED, PREFIX, Settings

COMMAND_ONLY = {"CASEREVIEWS_CONFIG", "CASEREVIEWS_DEBUG"}  # read by the command line, not settings


def load(file: Path | None, flags: Mapping[str, Any] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """The settings of this run; `file` None means that there is none.

    Raises SettingsError naming the key, the value and the nearest right key.
    """
    merged: dict[str, Any] = {}
    for place, values in origins(file, flags, dotenv).items():
        _lay_over(merged, values)
        _refuse_unknown(values, Settings, place)
    try:
        return Settings(**merged)
    except ValidationError as e:
        raise SettingsError("configuration", _first(e), "Correct it, then run: casereviews status") from e


def origins(
    file: Path | None, flags: Mapping[str, Any] | None = None, dotenv: Path = Path(".env")
) -> dict[str, dict[str, Any]]:
    """What each place says, weakest first: file, .env, environment, flag. Raises SettingsError."""
    try:
        return {
            str(file): _from_file(file) if file else {},
            str(dotenv): _from_environment(_Dotenv(Settings, env_file=dotenv)),
            "environment": _from_environment(EnvSettingsSource(Settings)),
            "flag": dict(flags or {}),
        }
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError("cannot read", f"{dotenv}: {e}", "Make it readable UTF-8, or take it away.") from e


class _Dotenv(DotEnvSettingsSource):
    """The .env file without the lines that are not ours: it serves other programs too."""

    def __call__(self) -> dict[str, Any]:
        self.env_vars = {name: value for name, value in self.env_vars.items() if name.upper().startswith(PREFIX)}
        return {name: value for name, value in super().__call__().items() if name in Settings.model_fields}


def _from_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError as e:
        raise SettingsError("no such configuration file", str(file), "Make one with: casereviews init") from e
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise SettingsError("cannot read the configuration", f"{file}: {e}", "Correct it as TOML.") from e
    if isinstance(where := values.get("data_dir"), str):
        values["data_dir"] = file.parent / where  # beside the file that names it, wherever we are run
    return values


def _from_environment(source: EnvSettingsSource) -> dict[str, Any]:
    """The variables of one environment, nested; `…_FILE` names a file that holds the value."""
    try:
        values = source()
    except PydanticSettingsError as e:
        text = getattr(e.__cause__, "doc", None)  # of the JSONDecodeError
        name = next((name.upper() for name, value in source.env_vars.items() if text and value == text), str(e))
        fix = """It is JSON there: '["one@example.org"]' for a list."""
        raise SettingsError("a variable is not as it should be", name, fix) from e
    for variable in source.env_vars:
        name = variable.upper()
        if not name.startswith(PREFIX) or name in COMMAND_ONLY:
            continue
        path = name.removeprefix(PREFIX).lower().split("__")
        if path[-1].endswith("_file"):
            _from_secret_file(values, path, name, source.env_vars[variable] or "")
        elif path[0] not in Settings.model_fields:
            near = difflib.get_close_matches(path[0], Settings.model_fields, 1)
            raise SettingsError(
                "unknown variable", name, _did_you_mean(PREFIX + "__".join([*near, *path[1:]]).upper() if near else "")
            )
    return values


def _from_secret_file(values: dict[str, Any], path: list[str], name: str, file: str) -> None:
    table = values
    for part in path[:-1]:
        table = table.setdefault(part, {})
    table.pop(path[-1], None)
    try:
        table[path[-1].removesuffix("_file")] = Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError("cannot read the secret", f"{name}={file}", "Name a file that can be read.") from e


def _lay_over(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict):
            _lay_over(under[key], value)
        else:
            under[key] = value


def _refuse_unknown(values: Mapping[str, Any], model: type[BaseModel], place: str, path: str = "") -> None:
    for key, value in values.items():
        field = model.model_fields.get(key)
        if field is None:
            near = difflib.get_close_matches(key, model.model_fields, 1)
            raise SettingsError("unknown key", f"{path}{key} in {place}", _did_you_mean(near[0] if near else ""))
        if isinstance(value, dict) and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            _refuse_unknown(value, field.annotation, place, f"{path}{key}.")
        elif key in LISTED and isinstance(value, list):
            for number, table in enumerate(value, 1):
                if isinstance(table, dict):
                    _refuse_unknown(table, LISTED[key], place, f"{path}{key}[{number}].")


def _did_you_mean(near: str) -> str:
    return f"Did you mean {near}?" if near else "Take it out; README.md lists the keys."


def _first(error: ValidationError) -> str:
    """The first complaint as "key = value: why"."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    shown = "(hidden)" if "password" in key or "dkim_key" in key else repr(first.get("input"))
    said = first["msg"].removeprefix("Value error, ").replace("valid tuple", "list").replace("Tuple", "List")
    return f"{key} = {shown}: {re.sub('valid dictionary or instance of .*', 'table', said)}"
