"""Subscription forms: parsing, validation, redisplay of what a reader typed."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from app.web.form_mistake import FormMistake, words_by_field
from core.email_address import parse_address
from core.records import Subscriber
from core.states import EDITIONS, NATIONS, RESTS_OF_ISSUE, RestOfIssue
from core.subscriber_rules import (
    CONSENT_TEXTS,
    CONSENT_VERSION,
    InvalidInput,
    Preferences,
    parse_preferences,
)
from core.thesaurus import other_words, terms_by_key

FREQUENCIES = ("monthly", "matching")
UNKNOWN_ANSWER = "Choose one of the answers given"
# What a reader gets of the reviews that do not match: the answer, and what comes of it
REST_ANSWERS: dict[RestOfIssue, tuple[str, str]] = {
    "full": ("All reviews in full, mine first", "The others follow those that match."),
    "lines": ("Mine in full, the others as one line each", "Each line leads to the review on our website."),
    "none": (
        "Only mine",
        "The email says how many others there are, with a link to them. When nothing matches, it lists them, one line "
        "each.",
    ),
}
_TOPIC_SEPARATORS = re.compile(r"[;,]")
# What the forms offer: the names of the field's terms, but those that would be taken for two topics
TOPIC_NAMES = sorted(
    {term.name for term in terms_by_key().values() if not _TOPIC_SEPARATORS.search(term.name)}, key=str.casefold
)


@dataclass(frozen=True, slots=True)
class SubscriptionChoices:
    """What a reader chose, as the form holds it."""

    topics: str = ""
    nations: tuple[str, ...] = ()
    edition: str = "full"
    when: str = "monthly"
    rest: str = "lines"


class ConsentText(NamedTuple):
    """What a reader agrees to by signing up."""

    version: str
    words: str


def consent_text(version: str = "") -> ConsentText:
    """The words that are shown now; those of another version, where there is one, when a page was open for long."""
    current = version if version in CONSENT_TEXTS else CONSENT_VERSION
    return ConsentText(current, CONSENT_TEXTS[current])


def read_choices(form: MultiDict[str, str]) -> SubscriptionChoices:
    """The choices of a form that was sent; what is missing is as it is for somebody who chose nothing.

    Topics that were picked from the list stand behind those typed.
    """
    topics = [*re.split(r"[\r\n]+", form.get("topics", "")), *form.getlist("topic")]
    return SubscriptionChoices(
        "; ".join(topic for topic in topics if topic.strip()),
        tuple(form.getlist("nations")),
        form.get("edition", "full"),
        form.get("when", "monthly"),
        form.get("rest", "lines"),
    )


def choices_of(one: Subscriber) -> SubscriptionChoices:
    """The choices of a subscriber, as a form shows them."""
    return SubscriptionChoices(
        "; ".join(one.topics), one.nations, one.edition, "matching" if one.matching else "monthly", one.rest
    )


def form_values(choices: SubscriptionChoices, mistakes: list[FormMistake] | None = None) -> dict[str, object]:
    """What the template of a form needs, beside what is its own."""
    topics = printable_text(choices.topics)
    chosen = {topic.strip().casefold() for topic in _TOPIC_SEPARATORS.split(topics)}
    return {
        "choices": choices,
        "topics": topics,
        "also_found": list_other_words(topics),
        "offered": [name for name in TOPIC_NAMES if name.casefold() not in chosen],
        "nations": NATIONS,
        "rests": [(value, words, more) for value, (words, more) in REST_ANSWERS.items()],
        "mistakes": mistakes or [],
        "errors": words_by_field(mistakes or []),
    }


def describe_wishes(one: Subscriber) -> list[tuple[str, str]]:
    """What a reader asked for, where it is not what everybody gets who asks for nothing."""
    wanted = choices_of(one)
    rows = [("Topics", wanted.topics), ("Nations", ", ".join(one.nations))]
    rows += [("Reviews", REST_ANSWERS[one.rest][0])] if one.topics or one.nations else []
    rows += [("Sent", "only when something matches")] if one.matching else []
    rows += [("Edition", "short")] if one.edition == "short" else []
    return [(name, value) for name, value in rows if value]


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
    topics = _split_topics(choices.topics, before)
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
    if choices.rest not in RESTS_OF_ISSUE:
        mistakes.append(FormMistake(UNKNOWN_ANSWER, "rest-1"))
    if mistakes:
        return Preferences(), mistakes
    matching = choices.when == "matching"
    return parse_preferences(topics, ";".join(choices.nations), choices.edition, matching, choices.rest), []


def _split_topics(typed: str, before: Subscriber | None) -> str:
    """Topics parted by semicolons alone. Those a reader had, which may hold a comma, stay whole where more follow."""
    had = choices_of(before).topics if before else ""
    if before and (typed == had or typed.startswith(f"{had};")):
        return ";".join([*before.topics, *_TOPIC_SEPARATORS.split(typed[len(had) :])])
    return ";".join(_TOPIC_SEPARATORS.split(typed))


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
