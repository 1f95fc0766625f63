"""Glance: the one line that says what a review is about, of its own words and certain facts alone; pure."""

from core.folding import fold_words
from core.harm_and_age import parse_opening_words
from core.records import Review
from core.topics import slugify
from newsletter.issue.phrases import clean_text

MAX_TOPICS = 2  # keywords that the line names
GENERAL_WORDS = frozenset({"child", "children", "review"})  # of keywords; alone they say nothing new


def glance_line(review: Review) -> str:
    """ "Baby, 7 weeks · head injury · England – hidden fathers, bruising"; what is not known is left out."""
    if review.taken_down:
        return ""
    opening = parse_opening_words(review.summary)
    who = ", ".join(filter(None, (opening.person, opening.age)))
    harm = ", ".join(opening.harms)
    facts = " · ".join(filter(None, (who, harm, review.nation)))
    topics = ", ".join(_new_topics(review, f"{who} {harm}"))
    line = " – ".join(filter(None, (facts, topics)))
    return line[:1].upper() + line[1:]


def _new_topics(review: Review, before: str) -> list[str]:
    """The first keywords that say more than the words before them."""
    known = GENERAL_WORDS | _stems(before)
    topics: list[str] = []
    for keyword in map(clean_text, review.keywords):
        if slugify(keyword) and not (words := _stems(keyword)) <= known:
            topics.append(keyword)
            known |= words
        if len(topics) == MAX_TOPICS:
            break
    return topics


def _stems(text: str) -> frozenset[str]:
    """The words without the endings of plurals: babies is baby, injuries injury, deaths death."""
    return frozenset(
        word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s") for word in fold_words(text)
    )
