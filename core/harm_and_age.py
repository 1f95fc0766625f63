"""Harm and age of a review, from the first words of its summary, only where certain; pure."""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import NamedTuple

from core.lazy_pattern import lazy_pattern
from core.plurals import plural

MAX_SUMMARY_CHARS = 300  # characters of a summary that are looked at
VOCABULARY = json.loads(Path(__file__).with_name("harm_and_age.json").read_bytes())
NUMBER_WORDS = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split(),
        range(1, 17),
        strict=True,
    )
)
AGE_WORDS = ("baby", "infant", "newborn", "twin")  # of the words before a person: those that say how young
YEARS_PER_UNIT = {"day": 1 / 365, "week": 1 / 52, "month": 1 / 12, "year": 1.0}  # of each unit


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_HARM_BY_PHRASE = {words: harm for harm, phrases in VOCABULARY["harms"].items() for words in phrases}
_HARM_PATTERN = f"(?:{_alternatives(_HARM_BY_PHRASE)})"
_NUMBER_PATTERN = rf"(?P<{{}}>\d{{{{1,2}}}}|{_alternatives(NUMBER_WORDS)})"
_UNIT_PATTERN = r"(?P<{}>day|week|month|year)"
_AGE_PATTERN = rf"{_NUMBER_PATTERN.format('number')}[- ]{_UNIT_PATTERN.format('unit')}s?[- ]old"
_PERSON_PATTERN = (
    rf"(?P<before_person>(?:(?:{_alternatives(VOCABULARY['between'])}) ){{0,3}})"
    rf"(?P<person>{_alternatives(VOCABULARY['persons'])})(?![\w'’‘`´′/(–-])"
)
_AGE_ALONE_PATTERN = rf"(?=\s*[,.;]|\s*$| (?:{_alternatives(VOCABULARY['after_an_age_alone'])})\b)"
_AGE_WORDS = _alternatives([*NUMBER_WORDS, *VOCABULARY["more_ages"]])  # after an age: it is not the only one
# What is matched of an age stays matched, whatever follows: "fourteen" is never "four", nor "months" "month". Without
# a unit it is of years only where none can follow: "aged 12 hours", "aged 7 mths", "aged 2 ½ months" are not.
_AGED_PATTERN = (
    rf"(?:(?>,? aged {_NUMBER_PATTERN.format('aged')}"
    rf"(?: {_UNIT_PATTERN.format('aged_unit')}s?(?:[- ]old)?|{_AGE_ALONE_PATTERN}))"
    rf"(?![^\s.,;:]|\.\d|[,;:]? ?(?:[\d–—/&+(-]|(?:{_AGE_WORDS})\b)))?"
)
_ONLY_AGE_PATTERN = _AGE_PATTERN.replace("<number>", "<only>").replace("<unit>", "<only_unit>")
_BEFORE_PATTERN = rf"(?:(?:{_alternatives(VOCABULARY['before'])}) )?"
_ELSE = rf"{_BEFORE_PATTERN}(?:(?:{_alternatives(VOCABULARY['before_another'])}) )*"
_ANOTHER = rf"{_AGE_PATTERN}|{_PERSON_PATTERN}|(?:half-|step-?)?(?:sister|brother|sibling)\b"
_NOBODY_ELSE = re.sub(  # "and a 3-year-old boy", "with his younger brother": of two, nothing is said of one
    "[?]P<[a-z_]+>",
    "?:",
    rf"(?!(?:,? aged \S+(?: \w+)?)?(?:,? (?:{_alternatives(VOCABULARY['joins_another'])}) {_ELSE}(?:{_ANOTHER})"
    rf"|, {_ELSE}{_AGE_PATTERN}))",
)
OPENING_PATTERN = lazy_pattern(  # of a text in small letters
    rf"(?P<harms>{_HARM_PATTERN}(?:(?:, | and |, and ){_HARM_PATTERN})*) (?:of|to|on) "
    rf"{_BEFORE_PATTERN}"
    rf"(?:(?:{_AGE_PATTERN} )?{_PERSON_PATTERN}{_AGED_PATTERN}|{_ONLY_AGE_PATTERN}{_AGE_ALONE_PATTERN}){_NOBODY_ELSE}"
)
_HARM = lazy_pattern(rf"{_HARM_PATTERN}(?=, | and |$)")


class HarmAndAge(NamedTuple):
    """What is certain; empty where nothing is."""

    harms: tuple[str, ...] = ()  # "Death", "Neglect"
    band: str = ""  # "Under 1", "16 to 17"


class OpeningWords(NamedTuple):
    """What is certain, as published; empty where nothing is."""

    person: str = ""  # "baby boy"
    age: str = ""  # "12 weeks"
    years: float | None = None  # of that age
    harms: tuple[str, ...] = ()  # "head injury"


def parse_harm_and_age(summary: str) -> HarmAndAge:
    """What the first words of a summary say: "Death of a 12-week-old baby boy" is a death, under 1."""
    found = _match_opening(summary)
    if found is None:
        return HarmAndAge()
    harms = tuple(dict.fromkeys(_HARM_BY_PHRASE[words] for words in _split_harms(found["harms"])))
    number, unit = _age_words(found)
    return HarmAndAge(harms, _age_band(number, unit) if number else "")


def parse_opening_words(summary: str) -> OpeningWords:
    """What the first words say in their own words: "baby boy", "12 weeks", "death"; empty where nothing is certain."""
    found = _match_opening(summary)
    if found is None:
        return OpeningWords()
    return _opening_words(found["harms"], found["before_person"] or "", found["person"] or "", *_age_words(found))


@lru_cache(1024)  # many reviews begin alike
def _opening_words(harms: str, before_person: str, person: str, number: str, unit: str) -> OpeningWords:
    young = [word for word in before_person.split() if word in AGE_WORDS]
    return OpeningWords(
        person=" ".join([*young, person]).strip(),
        age=plural(_number(number), unit) if number else "",
        years=_number(number) * YEARS_PER_UNIT[unit] if number else None,
        harms=tuple(dict.fromkeys(_split_harms(harms))),
    )


def age_in_years(summary: str) -> float:
    """What the first words say, a baby of no certain age as one of just under a year; infinite where they say nothing.

    For sorting: two of an age are equal.
    """
    opening = parse_opening_words(summary)
    if opening.years is not None:
        return opening.years
    return 0.99 if re.search(r"\b(bab(y|ies)|newborns?)\b", opening.person) else inf


def _match_opening(summary: str) -> re.Match[str] | None:
    text = summary[:MAX_SUMMARY_CHARS]
    if "  " in text or not text.isprintable():  # of all white space only a space is printable
        text = " ".join(text.split())
    text = text.replace("‐", "-").replace("‑", "-")  # the hyphen's own sign, and that at which no line breaks
    return OPENING_PATTERN.match(text.strip().lower())  # in small letters: half the time of a match that ignores case


def _age_words(found: re.Match[str]) -> tuple[str, str]:
    """The number and unit of an age as published; both empty where none is."""
    for number, unit in (("number", "unit"), ("only", "only_unit"), ("aged", "aged_unit")):
        if found[number]:
            return found[number], found[unit] or "year"
    return "", ""


def _number(words: str) -> int:
    return int(words) if words.isdigit() else NUMBER_WORDS[words]


def _split_harms(words: str) -> list[str]:
    """The harms named, each a phrase of the list: one that itself holds "and" stays whole."""
    return _HARM.findall(words)


def _age_band(number: str, unit: str) -> str:
    years = _number(number) * YEARS_PER_UNIT[unit]
    return next((name for name, first, until in VOCABULARY["bands"] if first <= years + 1e-9 < until), "")
