"""Subscription forms: parsing, validation, redisplay of what a reader typed."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from app.web.form_mistake import FormMistake
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
from core.thesaurus import other_words

FREQUENCIES = ("monthly", "matching")
UNKNOWN_ANSWER = "Choose one of the answers given"
_TOPIC_SEPARATORS = re.compile(r"[;,\r\n]")


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


def list_other_words(topics: str) -> list[tuple[str, str]]:
    """The topics that other words are looked for too, each with these."""
    typed = [" ".join(printable_text(topic).split()) for topic in _TOPIC_SEPARATORS.split(topics)]
    each = {topic.casefold(): topic for topic in reversed(typed)}.values()
    return [(topic, "; ".join(others)) for topic in reversed(each) if (others := other_words(topic))]


def parse_choices(
    choices: SubscriptionChoices, before: Subscriber | None = None
) -> tuple[Preferences, list[FormMistake]]:
    """What the choices mean, with what is wrong in them. Topics that nobody touched stay as they were before."""
    topics = ";".join(_TOPIC_SEPARATORS.split(choices.topics))
    if before and choices.topics == choices_of(before).topics:
        topics = ";".join(before.topics)
    mistakes = []
    try:
        parse_preferences(topics)
    except InvalidInput as e:
        mistakes.append(FormMistake(f"Change your topics: {e}", "topics"))
    if not set(choices.nations) <= set(NATIONS):
        mistakes.append(FormMistake(UNKNOWN_ANSWER, "nation-1"))
    if choices.edition not in EDITIONS:
        mistakes.append(FormMistake(UNKNOWN_ANSWER, "edition-1"))
    if choices.when not in FREQUENCIES:
        mistakes.append(FormMistake(UNKNOWN_ANSWER, "when-1"))
    if mistakes:
        return Preferences(), mistakes
    return parse_preferences(topics, ";".join(choices.nations), choices.edition, choices.when == "matching"), []


def check_address(text: str) -> list[FormMistake]:
    """Why an address cannot be used; nothing when it can."""
    if not text.strip():
        return [FormMistake("Enter your email address", "email")]
    try:
        parse_address(text)
    except InvalidInput as e:
        return [
            FormMistake(
                f"Enter an email address like name@example.org. What you typed {_reason_clause(str(e))}.", "email"
            )
        ]
    return []


def _reason_clause(why: str) -> str:
    """A reason as the end of a sentence that begins "What you typed"."""
    if why[:1].isupper():
        return f"is not one: {why[:1].lower()}{why[1:]}"
    return f"is {why}" if why.startswith("longer") else why
