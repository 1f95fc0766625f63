"""Where settings come from: flag over environment over .env over file over default; read once."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from core.errors import SettingsError
from core.places import Key, Place, in_words, keys, places, table_of
from core.settings import LISTED, Settings

FIX = "Correct it, then run: casereviews check"
DOTENV = Path(".env")
FORMS = {  # what a pattern of core.settings asks for, in words
    "name": "write it in small letters, digits and dashes, as nspcc-2",
    "url": "write it as https://learning.nspcc.org.uk/case-reviews",
    "title": "write it in one line",
    "imap_folder": "write it in plain letters",
    "imap_processed": "write it in plain letters",
}
KINDS = {  # the beginnings of pydantic's names for what is of the wrong kind
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
    "path_type": 'write text, in quotation marks: "…"',
    "string_type": 'write text, in quotation marks: "…"',
    "tuple_type": "write a list: [ … ]",
    "date": "write a day as 2026-11-23",
    "model": "write a table: [name] and its keys below",
}
UNKNOWN = "extra_forbidden"  # pydantic's name for a key that there is not
LONG = 80  # characters of a wrong value that are shown


@dataclass(frozen=True, slots=True)
class Configured:
    """What all places say together: the settings, or everything that is wrong with them."""

    places: tuple[Place, ...]  # weakest first
    errors: tuple[SettingsError, ...]
    settings: Settings | None  # None where there is any error


@dataclass(frozen=True, slots=True)
class Shown:
    """One key as it is set, identified by its name."""

    key: str  # mail.port, sources[1].name
    value: Any  # as JSON has it; a secret is "(hidden)", or "" when it is not set
    origin: str  # "casereviews.toml", "environment CASEREVIEWS_MAIL__PORT", ".env …", "flag --data-dir", "default"

    def __str__(self) -> str:
        value = "(not set)" if self.value is None else json.dumps(self.value, ensure_ascii=False)
        return f"{self.key} = {value}"


def load(file: Path | None, flags: Mapping[str, Any] | None = None, dotenv: Path = DOTENV) -> Settings:
    """The settings of this run; `file` None means that there is none.

    Raises SettingsError naming the key, the value and the nearest right key.
    """
    return settled(look(file, flags, dotenv))


def settled(found: Configured) -> Settings:
    """The settings, where nothing is wrong. Raises the first SettingsError, which says how many more there are."""
    if found.settings is None:
        first, *more = found.errors
        also = f"{len(more)} more {'is' if len(more) == 1 else 'are'} wrong; see all: casereviews check" if more else ""
        raise SettingsError(first.what, first.which, f"{first.fix} {also}".strip())
    return found.settings


def look(file: Path | None, flags: Mapping[str, Any] | None = None, dotenv: Path = DOTENV) -> Configured:
    """Everything that is configured, and everything that is wrong with it. Raises nothing."""
    found = tuple(places(file, flags, dotenv))
    merged: dict[str, Any] = {}
    for place in found:
        _lay_over(merged, place.values)
    errors = [error for place in found for error in place.errors]
    settings = None
    try:
        settings = Settings(**merged)
    except ValidationError as e:
        errors += _explained(e, found, named=bool(errors))
    return Configured(found, tuple(errors), None if errors else settings)


def shown(found: Configured) -> list[Shown]:
    """Every key with its value and where that comes from. Only of what has no errors."""
    assert found.settings is not None
    return list(_shown(found.settings, (), found.places))


def _shown(part: BaseModel, above: Key, where: tuple[Place, ...]) -> Iterator[Shown]:
    for name in type(part).model_fields:
        value, key = getattr(part, name), (*above, name)
        if isinstance(value, BaseModel):
            yield from _shown(value, key, where)
        elif name in LISTED:
            for number, item in enumerate(value):
                yield from _shown(item, (*key, number), where)
        else:
            yield Shown(_written(key), _plain(value), _origin(key, where))


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return "(hidden)" if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _written(key: Key) -> str:
    """A key as a person writes it: mail.port, sources[1].name."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


def _origin(key: Key, where: tuple[Place, ...]) -> str:
    return next((place.named(key) for place in reversed(where) if place.holds(key)), "default")


def _lay_over(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict):
            if not isinstance(under.get(key), dict):
                under[key] = {}
            _lay_over(under[key], value)
        else:
            under[key] = value


def _explained(error: ValidationError, where: tuple[Place, ...], named: bool) -> list[SettingsError]:
    """One error for each key whose value is wrong; unknown keys are `named` already."""
    wrong: dict[Key, list[ErrorDetails]] = {}
    for one in error.errors(include_url=False):
        wrong.setdefault(_known_part(one["loc"]), []).append(one)
    outer = {key[:length] for key in wrong for length in range(len(key))}  # what is wrong within says it better
    said = {key: [one for one in ones if not (named and one["type"] == UNKNOWN)] for key, ones in wrong.items()}
    return [_wrong(key, ones, where) for key, ones in said.items() if ones and key not in outer]


def _wrong(key: Key, said: list[ErrorDetails], where: tuple[Place, ...]) -> SettingsError:
    """The complaints of one key as "key = value in PLACE: why"."""
    name, place = _written(key), _origin(key, where)
    if said[0]["type"] == "missing":
        return SettingsError("configuration", f"{name} is missing in {in_words(_origin(key[:-1], where))}", FIX)
    value = said[0]["input"]
    shown = "(hidden)" if _is_secret(key) else repr(str(value) if isinstance(value, Path) else value)
    shown = shown if len(shown) <= LONG else f"{shown[:LONG]}…"
    why = "; or ".join(dict.fromkeys(_reason(one, key) for one in said))
    return SettingsError("configuration", f"{name} = {shown} in {in_words(place)}: {why}", FIX)


def _reason(error: ErrorDetails, key: Key) -> str:
    """Why a value is wrong, in words, with the nearest right one."""
    if error["type"] == "string_pattern_mismatch":
        return FORMS.get(str(key[-1]), error["msg"])
    if kind := next((words for begin, words in KINDS.items() if error["type"].startswith(begin)), ""):
        return kind
    said = error["msg"].removeprefix("Value error, ").replace("Input should be", "it should be")
    if error["type"] == "literal_error":
        near = difflib.get_close_matches(str(error["input"]).lower(), re.findall(r"'([^']*)'", said), 1)
        return f"{said}; did you mean {near[0]!r}?" if near else said
    return said.replace("Tuple", "it").replace("String", "it").partition(" after validation")[0]


def _known_part(loc: Key) -> Key:
    """The key in pydantic's place of an error, which may go on into the forms that a value may have."""
    model: type[BaseModel] | None = Settings
    for length, part in enumerate(loc):
        if isinstance(part, int):
            continue
        if model is None or part not in model.model_fields:
            return loc[:length] if length else loc
        model = LISTED.get(part) or table_of(model.model_fields[part].annotation)
    return loc


def _is_secret(key: Key) -> bool:
    """Whether a value is not to be shown: a secret, or something in place of a table that may hold one."""
    plain = tuple(part for part in key if isinstance(part, str))
    return any(path[: len(plain)] == plain and _secret(path) for path in keys())


def _secret(path: tuple[str, ...]) -> bool:
    model: type[BaseModel] | None = Settings
    for part in path[:-1]:
        model = table_of(model.model_fields[part].annotation) if model else None
    annotation = model.model_fields[path[-1]].annotation if model else None
    return annotation is SecretStr or SecretStr in get_args(annotation)
