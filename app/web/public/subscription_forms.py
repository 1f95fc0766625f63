"""Subscription forms: parsing, validation, redisplay of what a reader typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from core.email_address import parse_address
from core.records import Subscriber
from core.states import EDITIONS, NATIONS
from core.subscriber_rules import (
    CONSENT_TEXTS,
    CONSENT_VERSION,
    InvalidInput,
    Preferences,
    parse_preferences,
)

FREQUENCIES = ("monthly", "matching")
UNKNOWN_ANSWER = "Choose one of the answers given"
_TOPIC_SEPARATORS = re.compile(r"[;,\r\n]")


class Mistake(NamedTuple):
    """What is wrong in a form: the field to go to, and what to do there."""

    field: str  # the id of an input
    words: str


@dataclass(frozen=True, slots=True)
class SubscriptionChoices:
    """What a reader chose, as the form holds it."""

    topics: str = ""
    nations: tuple[str, ...] = ()
    edition: str = "full"
    when: str = "monthly"


class ConsentText(NamedTuple):
    """What a reader agrees to by signing up."""

    version: str
    words: str


def consent_text(version: str = "") -> ConsentText:
    """The words that are shown now; those of another version, where there is one, when a page was open for long."""
    current = version if version in CONSENT_TEXTS else CONSENT_VERSION
    return ConsentText(current, CONSENT_TEXTS[current])


def read_choices(form: MultiDict[str, str]) -> SubscriptionChoices:
    """The choices of a form that was sent; what is missing is as it is for somebody who chose nothing."""
    return SubscriptionChoices(
        form.get("topics", ""), tuple(form.getlist("nations")), form.get("edition", "full"), form.get("when", "monthly")
    )


def choices_of(one: Subscriber) -> SubscriptionChoices:
    """The choices of a subscriber, as a form shows them."""
    return SubscriptionChoices(
        "; ".join(one.topics), one.nations, one.edition, "matching" if one.matching else "monthly"
    )


def printable_text(text: str) -> str:
    """What was typed, fit to be shown again: no control characters, which no page may hold."""
    return "".join(char for char in text if char.isprintable())


def parse_choices(choices: SubscriptionChoices, before: Subscriber | None = None) -> tuple[Preferences, list[Mistake]]:
    """What the choices mean, with what is wrong in them. Topics that nobody touched stay as they were before."""
    topics = ";".join(_TOPIC_SEPARATORS.split(choices.topics))
    if before and choices.topics == choices_of(before).topics:
        topics = ";".join(before.topics)
    mistakes = []
    try:
        parse_preferences(topics)
    except InvalidInput as e:
        mistakes.append(Mistake("topics", f"Change your topics: {e}"))
    if not set(choices.nations) <= set(NATIONS):
        mistakes.append(Mistake("nation-1", UNKNOWN_ANSWER))
    if choices.edition not in EDITIONS:
        mistakes.append(Mistake("edition-1", UNKNOWN_ANSWER))
    if choices.when not in FREQUENCIES:
        mistakes.append(Mistake("when-1", UNKNOWN_ANSWER))
    if mistakes:
        return Preferences(), mistakes
    return parse_preferences(topics, ";".join(choices.nations), choices.edition, choices.when == "matching"), []


def check_address(text: str) -> list[Mistake]:
    """Why an address cannot be used; nothing when it can."""
    if not text.strip():
        return [Mistake("email", "Enter your email address")]
    try:
        parse_address(text)
    except InvalidInput as e:
        return [
            Mistake("email", f"Enter an email address like name@example.org. What you typed {_reason_clause(str(e))}.")
        ]
    return []


def words_by_field(mistakes: Sequence[Mistake]) -> dict[str, str]:
    """The words to show at each field."""
    return {mistake.field: mistake.words for mistake in mistakes}


def _reason_clause(why: str) -> str:
    """A reason as the end of a sentence that begins "What you typed"."""
    if why[:1].isupper():
        return f"is not one: {why[:1].lower()}{why[1:]}"
    return f"is {why}" if why.startswith("longer") else why
