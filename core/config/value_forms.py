"""Value forms: a value of the configuration read as the type of its key, or why it is none.

Within Annotated a type has rules: each takes a value of the type, and returns it as it is kept, or raises ValueError.
Texts of the environment are read as numbers, too: each reader takes what TOML, JSON and a variable may hold.
"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

KeyPath = tuple[str | int, ...]  # ("mail", "port"), ("sources", 0, "url")
NOT_TEXT = 'write text, in quotation marks: "…"'
NOT_FINITE = "it should be a finite number"
NOT_LIST = "write a list: [ … ]"
NOT_TABLE = "write a table: [name] and its keys below"
MISSING: Any = object()  # the default value of a key that must be set
TRUE_WORDS, FALSE_WORDS = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")


class Fault(NamedTuple):
    """What is wrong with one key, identified by its path."""

    path: KeyPath
    value: Any  # what stands there; MISSING: nothing
    why: str


class FormError(ValueError):
    """Something within a table or a list is wrong: its faults, in order."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{'.'.join(map(str, path))}: {why}" for path, _, why in faults))


class SecretStr:
    """A text that is shown nowhere by itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def read(cls, value: object) -> "SecretStr":
        """A secret as it is typed. Raises ValueError."""
        return value if isinstance(value, cls) else cls(_read_text(value))

    def get_secret_value(self) -> str:
        """The text."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretStr) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"SecretStr({'**********' if self._text else ''!r})"


def read_value(kind: Any, value: Any) -> Any:
    """A value as a key of this type holds it. Raises ValueError, which is a FormError where the fault is within."""
    if reader := READERS.get(kind):
        return reader(value)
    form, parts = get_origin(kind), get_args(kind)
    if form is Annotated:
        value = read_value(parts[0], value)
        for rule in parts[1:]:
            value = rule(value)
        return value
    if form is Literal:
        return _read_choice(parts, value)
    if form in (Union, UnionType):
        return _read_union(parts, value)
    return _read_list(parts[0], value) if form is tuple else kind.read(value)  # a table, or a secret


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(NOT_TEXT)
    return value


def _read_int(value: object) -> int:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(NOT_FINITE)
    try:
        number: Any = float(value) if isinstance(value, str) and "." in value else value
        whole = int(number)
        if isinstance(number, str) or whole == number:
            return whole
    except (TypeError, ValueError, OverflowError):
        pass  # said below
    raise ValueError("write a whole number")


def _read_float(value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        number = None
    if number is None:
        raise ValueError("write a number")
    if not math.isfinite(number):
        raise ValueError(NOT_FINITE)
    return number


def _read_bool(value: object) -> bool:
    word = str(int(value) if isinstance(value, int | float) and value in (0, 1) else value).lower()
    if isinstance(value, str | int | float) and word in TRUE_WORDS + FALSE_WORDS:
        return word in TRUE_WORDS
    raise ValueError("write true or false")


def _read_date(value: object) -> date:
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    try:
        if isinstance(value, str) and len(value) == len("2026-11-23"):
            return date.fromisoformat(value)
    except ValueError:
        pass  # said below
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("write a day as 2026-11-23")


def _read_path(value: object) -> Path:
    return value if isinstance(value, Path) else Path(_read_text(value))


READERS: dict[Any, Callable[[Any], Any]] = {
    str: _read_text,
    int: _read_int,
    float: _read_float,
    bool: _read_bool,
    date: _read_date,
    Path: _read_path,
}


def _read_choice(choices: tuple[Any, ...], value: object) -> Any:
    """One of a closed set, or which of it was probably meant."""
    for one in choices:
        if type(one) is type(value) and one == value:
            return one
    from difflib import get_close_matches

    *firsts, last = map(repr, choices)
    why = f"it should be {', '.join(firsts)} or {last}" if firsts else f"it should be {last}"
    near = get_close_matches(str(value).lower(), [one for one in choices if isinstance(one, str)], 1)
    raise ValueError(f"{why}; did you mean {near[0]!r}?" if near else why)


def _read_union(kinds: tuple[Any, ...], value: object) -> Any:
    """The first of the forms that it has; what is wrong with it in each where it has none."""
    if value is None and NoneType in kinds:
        return None
    why: dict[str, None] = {}
    for kind in kinds:
        if kind is not NoneType:
            try:
                return read_value(kind, value)
            except FormError as e:
                why.update(dict.fromkeys(fault.why for fault in e.faults))
            except ValueError as e:
                why[str(e)] = None
    raise ValueError("; or ".join(why))


def _read_list(kind: Any, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(NOT_LIST)
    items, faults = [], list[Fault]()
    for number, item in enumerate(value):
        try:
            items.append(read_value(kind, item))
        except ValueError as e:
            faults += faults_below(number, item, e)
    if faults:
        raise FormError(faults)
    return tuple(items)


def faults_below(part: str | int, value: object, error: ValueError) -> list[Fault]:
    """What is wrong with a key or an item, as seen from the table or list that it is in."""
    if isinstance(error, FormError):
        return [Fault((part, *path), inner, why) for path, inner, why in error.faults]
    return [Fault((part,), value, str(error))]


def limits(
    least: float | None = None, most: float | None = None, *, above: float | None = None
) -> Callable[[float], float]:
    """The rule that a number is within limits."""

    def checked(value: float) -> float:
        if most is not None and value > most:
            raise ValueError(f"it should be less than or equal to {most:g}")
        if least is not None and value < least:
            raise ValueError(f"it should be greater than or equal to {least:g}")
        if above is not None and value <= above:
            raise ValueError(f"it should be greater than {above:g}")
        return value

    return checked


def length(least: int = 0, most: int | None = None, of: str = "character") -> Callable[[Any], Any]:
    """The rule that a text or list is neither too short nor too long."""

    def checked(value: Any) -> Any:
        for wrong, word, number in (
            (len(value) < least, "least", least),
            (most is not None and len(value) > most, "most", most),
        ):
            if wrong:
                raise ValueError(f"it should have at {word} {number} {of}{'' if number == 1 else 's'}")
        return value

    return checked


def pattern(expression: str, hint: str = "") -> Callable[[str], str]:
    """The rule that a text looks so: `hint` says how, in words. A $ at the end is the end of the text."""

    def checked(value: str) -> str:
        if not re.search(re.sub(r"\$$", r"\\Z", expression), value):  # compiled with the first value that is not ours
            raise ValueError(hint or f"String should match pattern '{expression}'")
        return value

    return checked


one_line = pattern(r"^[^\r\n]*$", "write it in one line")
