"""Glance: the one line that says what a review is about, of its own words and certain facts alone; pure."""

from collections.abc import Iterable
from functools import lru_cache

from core.clean_text import clean_text
from core.folding import fold_words
from core.harm_and_age import OpeningWords, parse_opening_words
from core.records import Review
from core.states import NATIONS
from core.topics import find_topic

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
    facts = [*_opening_facts(opening), *([review.nation] if review.nation in NATIONS else [])]
    topics = _new_topics(review.keywords, _known_words(opening))
    return _capital(" – ".join(filter(None, (" · ".join(facts), ", ".join(topics)))))


def glance_facts(review: Review) -> str:
    """ "Baby, 7 weeks · head injury": the beginning of the line, for where there is little room; empty: not known."""
    return "" if review.taken_down else _capital(" · ".join(_opening_facts(parse_opening_words(review.summary))))


@lru_cache(1024)  # many reviews begin alike
def _opening_facts(opening: OpeningWords) -> tuple[str, ...]:
    who = ", ".join(filter(None, (opening.person, opening.age)))
    return tuple(fact for fact in (who, ", ".join(opening.harms)) if fact)


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


@lru_cache(1024)
def _known_words(opening: OpeningWords) -> frozenset[str]:
    """The stems that say nothing new behind the first facts."""
    known = GENERAL_WORDS | _stems(" ".join(_opening_facts(opening)))
    if known & BABY_WORDS or (opening.years is not None and opening.years < 1):
        known |= BABY_WORDS
    if opening.years is not None and opening.years >= TEENAGE_YEARS:
        known |= TEENAGE_WORDS
    return known


def _new_topics(keywords: Iterable[str], known: frozenset[str]) -> list[str]:
    """The first keywords that say more than the words before them, which are known."""
    topics: list[str] = []
    for keyword, words in map(_topic_words, keywords):
        if not words <= known:
            topics.append(keyword)
            known |= words
        if len(topics) == MAX_TOPICS:
            break
    return topics


@lru_cache(4096)
def _topic_words(keyword: str) -> tuple[str, frozenset[str]]:
    """A keyword as it is shown, and its stems; none where it names no topic."""
    text = clean_text(keyword)
    return text, _stems(text) if find_topic(text) else frozenset()


def _stems(text: str) -> frozenset[str]:
    """The words without the endings of plurals: babies is baby, injuries injury, deaths death."""
    return frozenset(
        word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s") for word in fold_words(text)
    )
