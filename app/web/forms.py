"""What a person typed into the forms of a subscription: read, checked, and shown again as it was typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from app.addresses import address
from core.records import Subscriber
from core.subscribers import CONSENT_VERSION, CONSENTS, EDITIONS, NATIONS, Refused, Wishes, wishes

WHEN = ("monthly", "matching")
UNKNOWN = "Choose one of the answers given"
_APART = re.compile(r"[;,\r\n]")


class Mistake(NamedTuple):
    """What is wrong in a form: the field to go to, and what to do there."""

    field: str  # the id of an input
    words: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader chose, as the form holds it."""

    topics: str = ""
    nations: tuple[str, ...] = ()
    edition: str = "full"
    when: str = "monthly"


class Consent(NamedTuple):
    """What a reader agrees to by signing up."""

    version: str
    words: str


def consent(version: str = "") -> Consent:
    """The words that are shown now; those of another version, where there is one, when a page was open for long."""
    known = version if version in CONSENTS else CONSENT_VERSION
    return Consent(known, CONSENTS[known])


def typed(form: MultiDict[str, str]) -> Choices:
    """The choices of a form that was sent; what is missing is as it is for somebody who chose nothing."""
    return Choices(
        form.get("topics", ""), tuple(form.getlist("nations")), form.get("edition", "full"), form.get("when", "monthly")
    )


def shown(one: Subscriber) -> Choices:
    """The choices of a subscriber, as a form shows them."""
    return Choices("; ".join(one.topics), one.nations, one.edition, "matching" if one.matching else "monthly")


def visible(text: str) -> str:
    """What was typed, fit to be shown again: no control characters, which no page may hold."""
    return "".join(char for char in text if char.isprintable())


def wished(choices: Choices, before: Subscriber | None = None) -> tuple[Wishes, list[Mistake]]:
    """What the choices mean, with what is wrong in them. Topics that nobody touched stay as they were before."""
    topics = ";".join(_APART.split(choices.topics))
    if before and choices.topics == shown(before).topics:
        topics = ";".join(before.topics)
    mistakes = []
    try:
        wishes(topics)
    except Refused as e:
        mistakes.append(Mistake("topics", f"Change your topics: {e}"))
    if not set(choices.nations) <= set(NATIONS):
        mistakes.append(Mistake("nation-1", UNKNOWN))
    if choices.edition not in EDITIONS:
        mistakes.append(Mistake("edition-1", UNKNOWN))
    if choices.when not in WHEN:
        mistakes.append(Mistake("when-1", UNKNOWN))
    if mistakes:
        return Wishes(), mistakes
    return wishes(topics, ";".join(choices.nations), choices.edition, choices.when == "matching"), []


def address_mistakes(text: str) -> list[Mistake]:
    """Why an address cannot be used; nothing when it can."""
    if not text.strip():
        return [Mistake("email", "Enter your email address")]
    try:
        address(text)
    except Refused as e:
        return [Mistake("email", f"Enter an email address like name@example.org. What you typed {_sentence(str(e))}.")]
    return []


def by_field(mistakes: Sequence[Mistake]) -> dict[str, str]:
    """The words to show at each field."""
    return {mistake.field: mistake.words for mistake in mistakes}


def _sentence(why: str) -> str:
    """A reason as the end of a sentence that begins "What you typed"."""
    if why[:1].isupper():
        return f"is not one: {why[:1].lower()}{why[1:]}"
    return f"is {why}" if why.startswith("longer") else why
