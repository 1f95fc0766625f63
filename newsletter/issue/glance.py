"""Glance: the one line that says what a review is about, of its own words and certain facts alone; pure."""

from collections.abc import Iterable
from functools import lru_cache

from core.folding import fold_words
from core.harm_and_age import OpeningWords, parse_opening_words
from core.records import Review
from core.states import NATIONS
from core.topics import find_topic
from newsletter.issue.phrases import clean_text

MAX_TOPICS = 2  # keywords that the line names
GENERAL_WORDS = frozenset({"child", "children", "review"})  # of keywords; alone they say nothing new
BABY_WORDS = frozenset({"baby", "infant", "newborn"})  # of keywords; they say nothing new of one under a year
TEENAGE_WORDS = frozenset({"adolescent", "adolescence", "teenager", "young", "person", "people"})
TEENAGE_YEARS = 13.0  # of age


def glance_line(review: Review) -> str:
    """ "Baby, 7 weeks · head injury · England – hidden fathers, bruising"; what is not known is left out."""
    if review.taken_down:
        return ""
    opening = parse_opening_words(review.summary)
    told = _opening_facts(opening)
    facts = [*told, *([review.nation] if review.nation in NATIONS else [])]
    topics = _new_topics(review.keywords, opening, GENERAL_WORDS | _stems(" ".join(told)))
    return _capital(" – ".join(filter(None, (" · ".join(facts), ", ".join(topics)))))


def glance_facts(review: Review) -> str:
    """ "Baby, 7 weeks · head injury": the beginning of the line, for where there is little room; empty: not known."""
    return "" if review.taken_down else _capital(" · ".join(_opening_facts(parse_opening_words(review.summary))))


def _opening_facts(opening: OpeningWords) -> list[str]:
    who = ", ".join(filter(None, (opening.person, opening.age)))
    return [fact for fact in (who, ", ".join(opening.harms)) if fact]


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def _new_topics(keywords: Iterable[str], opening: OpeningWords, known: frozenset[str]) -> list[str]:
    """The first keywords that say more than the words before them, which are known."""
    if known & BABY_WORDS or (opening.years is not None and opening.years < 1):
        known |= BABY_WORDS
    if opening.years is not None and opening.years >= TEENAGE_YEARS:
        known |= TEENAGE_WORDS
    topics: list[str] = []
    for keyword in map(clean_text, keywords):
        if find_topic(keyword) and not (words := _stems(keyword)) <= known:
            topics.append(keyword)
            known |= words
        if len(topics) == MAX_TOPICS:
            break
    return topics


@lru_cache(4096)
def _stems(text: str) -> frozenset[str]:
    """The words without the endings of plurals: babies is baby, injuries injury, deaths death."""
    return frozenset(
        word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s") for word in fold_words(text)
    )
