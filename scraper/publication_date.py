"""Publication dates: the year and the month of a date as British pages write it."""

import re

from scraper.grammar import MONTH_NAMES

DATE_PATTERN = re.compile(  # from its month: the day is not kept
    r"\b(?P<month>\d{1,2}|"
    + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTH_NAMES)
    + r"|Sept)[,.]?[ /.-](?P<year>(?:19|20)\d\d)\b",
    re.I,
)
MONTH_FIRST = re.compile(  # "March 5, 2022", as blogs write it
    r"\b(?P<month>" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTH_NAMES) + r"|Sept)\.? "
    r"\d{1,2}(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b",
    re.I,
)
ISO_DATE_PATTERN = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-\d\d")
YEAR_PATTERN = re.compile(r"\b(?P<year>(?:19|20)\d\d)\b")


def parse_year_month(words: str) -> tuple[int | None, int | None]:
    """Year and month of a date as British pages write it; None for what it does not tell.

    >>> parse_year_month("12/06/2024"), parse_year_month("3 Sept 2023"), parse_year_month("2019")
    ((2024, 6), (2023, 9), (2019, None))
    """
    found = MONTH_FIRST.search(words) or DATE_PATTERN.search(words) or ISO_DATE_PATTERN.search(words)
    if not found:
        year = YEAR_PATTERN.search(words)
        return (int(year["year"]) if year else None), None
    month = found["month"].lower()
    number = int(month) if month.isdecimal() else [name[:3] for name in MONTH_NAMES].index(month[:3]) + 1
    return int(found["year"]), number if 1 <= number <= 12 else None
