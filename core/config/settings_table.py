"""Settings table: the base of every table of the configuration, which reads its values as it is made.

A table is a class with one annotated key a line: its type, the rules of its value within Annotated, its default value.
pydantic did this before: to import it and to make its models took eight times what an interpreter needs to start,
for every command that is typed and every tick of the timer.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self, dataclass_transform

from core.config.value_forms import MISSING, NOT_TABLE, Fault, FormError, faults_below, read_value

EXTRA_KEY = "there is no such key"


class Key(NamedTuple):
    """What a table says of one of its keys."""

    kind: Any  # the type of its value, with the rules for it
    default: Any  # MISSING where it must be set


@dataclass_transform(frozen_default=True, kw_only_default=True)
class SettingsTable:
    """A table of the configuration: frozen, and strict about its keys."""

    KEYS: ClassVar[dict[str, Key]] = {}
    given: frozenset[str]  # the keys that were set, to whatever

    def __init_subclass__(cls) -> None:
        cls.KEYS = cls.KEYS | {name: Key(kind, vars(cls)[name]) for name, kind in cls.__annotations__.items()}

    def __init__(self, **values: Any) -> None:
        """Read the values. Raises FormError with all that is wrong; defaults are right."""
        faults = [Fault((name,), value, EXTRA_KEY) for name, value in values.items() if name not in self.KEYS]
        for name, key in self.KEYS.items():
            value = values.get(name, key.default)
            try:
                same = type(value) is type(key.default) and value == key.default  # as in the file that `init` writes
                value = key.default if same else read_value(key.kind, value)
            except ValueError as e:
                faults += faults_below(name, value, e)
            if value is MISSING:
                faults.append(Fault((name,), MISSING, "is missing"))
            self.__dict__[name] = value
        self.__dict__["given"] = frozenset(values)
        faults += [Fault((name,), getattr(self, name), why) for name, why in self.contradictions()]
        if faults:
            raise FormError(faults)

    @classmethod
    def read(cls, value: object) -> Self:
        """A table as it is typed. Raises ValueError."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(NOT_TABLE)
        return cls(**value)

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The keys whose value does not go with another's, each with why."""
        yield from ()

    def replace(self, **changes: Any) -> Self:
        """The same table with other values for some keys. Raises FormError."""
        return type(self)(**{name: getattr(self, name) for name in self.given} | changes)

    def as_dict(self) -> dict[str, Any]:
        """All keys with their values; tables and secrets as they are."""
        return {name: getattr(self, name) for name in self.KEYS}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SettingsTable) and type(other) is type(self) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.KEYS if name in self.given)
        return f"{type(self).__name__}({given})"


def inner_table(kind: object) -> type[SettingsTable] | None:
    """The table of a key that is one, None for any other."""
    return kind if isinstance(kind, type) and issubclass(kind, SettingsTable) else None
