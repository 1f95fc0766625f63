"""Year range: "2016-2019" as a value to narrow by, as people type it among words, and in words."""

from collections.abc import Iterable

from core.lazy_pattern import lazy_pattern

MAX_YEARS = 100  # that are read at once
FIRST_YEAR, LAST_YEAR = 1900, 2100  # a number outside is no year
_VALUE = lazy_pattern("([0-9]{4})?-([0-9]{4})?")
_DOTS, _YEAR = r"(?:\.\.\.?|…)", "([0-9]{4})"
_TYPED = lazy_pattern(rf"(?<!\S)(?:{_YEAR}\s?(?:{_DOTS}|[-–])\s?{_YEAR}|{_YEAR}{_DOTS}|{_DOTS}{_YEAR})(?!\S)")


def year_range(value: str) -> range | None:
    """The years of "2016-2019", of "2016-" or of "-2019", which are open at one end; else None."""
    found = _VALUE.fullmatch(value)
    if found is None or not any(found.groups()):
        return None
    years = range(int(found[1] or FIRST_YEAR), int(found[2] or LAST_YEAR) + 1)
    return years if years and years[0] >= FIRST_YEAR and years[-1] <= LAST_YEAR else None


def range_value(first: str, last: str) -> str:
    """The value for years as they are typed in two fields, either of which may be empty; empty where it is no year."""
    first, last = (year.strip() for year in (first, last))
    if first and last and first > last:
        first, last = last, first
    if year_range(f"{first}-{last}") is None:
        return ""
    return first if first == last else f"{first}-{last}"


def parse_range(text: str) -> str:
    """The value for a whole text that is a range, in whichever form: "2019-2016", "2016..", "2016–2019"; else empty."""
    rest, value = take_years(text.strip())
    first, dash, last = text.partition("-")
    return value if not rest else range_value(first, last) if dash else ""


def range_label(value: str) -> str:
    """A range in words: "2016 to 2019", "from 2016", "to 2019"."""
    first, _, last = value.partition("-")
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"to {last}"


def take_years(text: str) -> tuple[str, str]:
    """What somebody typed without the first range of years in it ("2016..2019", "2016-2019"), and the range's value."""
    for found in _TYPED.finditer(text):
        first, last = found[1] or found[3] or "", found[2] or found[4] or ""
        value = range_value(first, last)
        if value and text[: found.start()].count('"') % 2 == 0:  # within quotes it is words
            return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split()), value
    return text, ""


def parse_years(words: Iterable[str]) -> list[int]:
    """The years of "2016" and "2013-2018", each once, in order. Raises ValueError."""
    years: set[int] = set()
    for word in words:
        first, dash, last = word.partition("-")
        if not all(len(part) == 4 and part.isascii() and part.isdigit() for part in (first, last if dash else first)):
            raise ValueError(f"{word!r}; write 2016 or 2013-2018.")
        years |= set(range(int(first), int(last or first) + 1))
    if not years or len(years) > MAX_YEARS:
        raise ValueError(f"write the earlier year first, and at most {MAX_YEARS} of them.")
    return sorted(years)
