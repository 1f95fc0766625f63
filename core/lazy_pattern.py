"""Lazy pattern: a regular expression that is compiled with the first text that it looks at."""

import re
from typing import Any, cast

METHODS = ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")


class _LazyPattern:
    """Stands for a compiled pattern until a method of it is asked for; from then on it has the pattern's own."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._flags)
        self.__dict__.update({one: getattr(compiled, one) for one in METHODS})
        return getattr(compiled, name)


def lazy_pattern(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern that a module has at hand without its being compiled: most commands look at no text with it."""
    return cast("re.Pattern[str]", _LazyPattern(pattern, flags))
