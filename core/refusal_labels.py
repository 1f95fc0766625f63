"""Refusal labels: what the operator says that a server's words mean, beside the reviewed table of refusals; pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from core.address_patterns import IN_TEXT
from core.errors import HouseError
from core.lazy_pattern import lazy_pattern
from core.states import RefusalMeaning

MAX_READ_CHARS = 2_000  # characters of a refusal that are read
MAX_PHRASE_CHARS = 300  # characters of a phrase that are kept
MIN_PHRASE_CHARS = 8  # of a label: shorter words stand in too many refusals
_HOST_NAME = lazy_pattern(r"\S+\.\w\S*")
_WITH_A_DIGIT = lazy_pattern(r"\S*\d\S*")
_WORD = lazy_pattern(r"[^\W\d_]+")


class RefusalLabel(NamedTuple):
    """What a phrase means wherever it stands in a refusal, identified by the phrase."""

    phrase: str  # as refusal_phrase makes them
    meaning: RefusalMeaning
    at: datetime  # UTC; when it was said


def refusal_phrase(text: str) -> str:
    """The words of a refusal in small letters, the same whomever, whatever host or number it names.

    >>> refusal_phrase("550-5.9.9 <ada@example.org>: Mailbox moth-eaten (id=f3a9)")
    'mailbox moth eaten'
    """
    words = _find_words(text)
    while len(" ".join(words)) > MAX_PHRASE_CHARS:
        words.pop()
    return " ".join(words)


def _find_words(text: str) -> list[str]:
    text = text[:MAX_READ_CHARS].lower()
    whole = text.rpartition(" ")[0] if text.endswith("…") else text  # of a text that was cut off, the last is part
    return _WORD.findall(_WITH_A_DIGIT.sub(" ", _HOST_NAME.sub(" ", IN_TEXT.sub(" ", whole))))


def find_label(labels: Iterable[RefusalLabel], text: str) -> RefusalLabel | None:
    """The label whose phrase stands in a refusal, the longest of several; None where none does."""
    words = f" {' '.join(_find_words(text))} "
    known = [label for label in labels if f" {label.phrase} " in words]
    return max(known, key=lambda label: len(label.phrase), default=None)


def parse_phrase(typed: str, refusal: str) -> str:
    """The phrase of a refusal that somebody typed; all of it where that is nothing. Raises HouseError."""
    phrase = refusal_phrase(typed) or refusal
    if len(phrase) < MIN_PHRASE_CHARS:
        fix = f"Give at least {MIN_PHRASE_CHARS} letters of what the server wrote: shorter words stand in too many."
        raise HouseError("too few words to know a refusal by", repr(phrase), fix)
    if f" {phrase} " not in f" {refusal} ":
        raise HouseError("these words are not in that refusal", repr(phrase), f"Take some of: {refusal}")
    return phrase
