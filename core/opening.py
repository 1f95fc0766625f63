"""What a review's first words say for certain of harm and age; nothing where they are not of a form known well."""

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import NamedTuple

READ = 300  # characters of a summary that are looked at
DATA = json.loads(files("core").joinpath("opening.json").read_bytes())
NUMBERS = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split(),
        range(1, 17),
        strict=True,
    )
)
YEARS = {"day": 1 / 365, "week": 1 / 52, "month": 1 / 12, "year": 1.0}  # of each unit


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_HARMS = {words: harm for harm, phrases in DATA["harms"].items() for words in phrases}
_HARM = f"(?:{_any(_HARMS)})"
_NUMBER = rf"(?P<{{}}>\d{{{{1,2}}}}|{_any(NUMBERS)})"
_UNIT = r"(?P<{}>day|week|month|year)"
_AGE = rf"{_NUMBER.format('number')}[- ]{_UNIT.format('unit')}s?[- ]old"
_PERSON = rf"(?:(?:{_any(DATA['between'])}) ){{0,3}}(?:{_any(DATA['persons'])})(?![\w'’-])"
_ALONE = rf"(?=\s*[,.;]|\s*$| (?:{_any(DATA['after_an_age_alone'])})\b)"
_AGED = rf"(?:,? aged {_NUMBER.format('aged')}(?: {_UNIT.format('aged_unit')}s?)?(?! ?(?:and|to|or|-|–|,? ?\d)))?"
OPENING = re.compile(
    rf"(?P<harms>{_HARM}(?:(?:, | and |, and ){_HARM})*) (?:of|to|on) (?:(?:{_any(DATA['before'])}) )?"
    rf"(?:(?:{_AGE} )?{_PERSON}{_AGED}|{_AGE.replace('<number>', '<only>').replace('<unit>', '<only_unit>')}{_ALONE})",
    re.IGNORECASE,
)
_PARTS = re.compile(r", and | and |, ")


class Opening(NamedTuple):
    """What is certain; empty where nothing is."""

    harms: tuple[str, ...] = ()  # "Death", "Neglect"
    band: str = ""  # "Under 1", "16 to 17"


def opening(summary: str) -> Opening:
    """What the first words of a summary say: "Death of a 12-week-old baby boy" is a death, under 1."""
    found = OPENING.match(" ".join(summary[:READ].split()))
    if found is None:
        return Opening()
    harms = tuple(dict.fromkeys(_HARMS[words.lower()] for words in _split(found["harms"])))
    for number, unit in (("number", "unit"), ("only", "only_unit"), ("aged", "aged_unit")):
        if found[number]:
            return Opening(harms, _band(found[number], found[unit] or "year"))
    return Opening(harms)


def _split(words: str) -> list[str]:
    """The harms named; a phrase of the list that itself holds "and" stays whole."""
    return [words] if words.lower() in _HARMS else _PARTS.split(words)


def _band(number: str, unit: str) -> str:
    years = (int(number) if number.isdigit() else NUMBERS[number.lower()]) * YEARS[unit.lower()]
    return next((name for name, first, until in DATA["bands"] if first <= years + 1e-9 < until), "")
