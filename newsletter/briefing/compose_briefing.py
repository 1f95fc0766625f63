"""Team briefing: what happened in some reviews, what was learned across them, questions, sources; pure.

A briefing is one or two pages of paper, however many reviews it is of: all of them are counted, the first are told
in a line or two each, and of what was learned a share of each is quoted, in turn, until the room is used. Whatever is
quoted is the source's own words with its number; whatever is counted is certain, and what is not known is counted too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import NamedTuple

from core.clean_text import clean_text
from core.dates import month_name
from core.detail import first_sentence
from core.harm_and_age import VOCABULARY, parse_harm_and_age
from core.plurals import plural
from core.records import Review
from core.states import NATIONS, SectionKind
from core.topics import find_topic
from newsletter.issue.phrases import (
    distinct_titles,
    is_usable_link,
    join_list,
    safe_address,
    split_paragraphs,
    truncate_text,
)

MAX_TOLD = 10  # reviews that are told and quoted; the others are counted
HAPPENED_CHARS = 1_600  # characters for what happened in all of them
HAPPENED_RANGE = (120, 600)  # characters at least and at most for one
POINT_CHARS = 240  # characters of one point
LEARNING_ROOM, RECOMMENDATION_ROOM = (14, 1_600), (6, 600)  # points and their characters, at most
MAX_THEMES = 6
NOT_KNOWN = "not known"
STANDING_QUESTIONS = (
    "Which of these points do we already put into practice, and how do we know?",
    "What gets in the way here: time, knowledge, confidence, how we work together?",
    "How do we hear the people whom reviews like these are about?",
    "What will we do differently: who, what, by when?",
)


class BriefingCase(NamedTuple):
    """A review that is told, identified by its number in the briefing."""

    number: int
    title: str
    happened: str  # the source's own words; empty where they may not be passed on
    facts: str  # "2016, Serious case review"
    page: str  # the address of its record
    report: str  # the address of its report; empty where none is known to open


class BriefingPoint(NamedTuple):
    """Something learned or recommended, in the source's words, and the numbers of the cases that say so."""

    words: str
    numbers: tuple[int, ...]


class BriefingCount(NamedTuple):
    """How the reviews spread over the values of one fact."""

    name: str
    words: str  # "England (9), Wales (2), not known (3)"


@dataclass(frozen=True, slots=True)
class Briefing:
    """A team briefing, all phrased: pages and files only lay it out."""

    title: str
    about: str  # "14 case reviews, published from 2016 to 2026."
    counts: tuple[BriefingCount, ...]
    themes: tuple[str, ...]  # "Hidden men: 12 of 14"
    cases: tuple[BriefingCase, ...]
    learning: tuple[BriefingPoint, ...]
    recommendations: tuple[BriefingPoint, ...]
    questions: tuple[str, ...]
    untold: int  # reviews that are counted only
    unquoted: int  # points of the cases told that there was no room for


def compose_briefing(
    title: str, questions: Sequence[str], reviews: Sequence[Review], passed_on: Sequence[Review], base_url: str
) -> Briefing:
    """The briefing of reviews in their order; `passed_on`: the same reviews, with what may be quoted of each.

    Without questions it asks those that fit any reviews, and those that its own topics bring up.
    """
    told = passed_on[:MAX_TOLD]
    learning, more_learning = _gather_points(told, "learning", LEARNING_ROOM)
    recommendations, more_recommendations = _gather_points(told, "recommendations", RECOMMENDATION_ROOM)
    themes = count_themes(reviews)
    return Briefing(
        clean_text(title),
        _describe_span(reviews),
        _count_facts(reviews) if len(reviews) > 1 else (),
        tuple(f"{name}: {held} of {len(reviews)}" for name, held in themes if held > 1),
        _tell_cases(told, base_url),
        learning,
        recommendations,
        tuple(questions) or suggest_questions(themes, len(reviews)),
        len(reviews) - len(told),
        more_learning + more_recommendations,
    )


def suggest_questions(themes: Sequence[tuple[str, int]], count: int) -> tuple[str, ...]:
    """Questions to ask of ourselves: what the commonest topics of these reviews bring up, then what always fits."""
    asked = []
    for name, held in themes[:2]:
        where = f"is a topic of {held} of these {count} reviews" if count > 1 else "is a topic of this review"
        asked.append(f"“{name}” {where}. Where do we meet it in our own work, and how would we notice?")
    return (*asked, *STANDING_QUESTIONS)


def count_themes(reviews: Iterable[Review]) -> list[tuple[str, int]]:
    """The topics that the reviews' keywords name, and how many reviews have each, the commonest first."""
    named = [{topic.name for word in review.keywords if (topic := find_topic(word))} for review in reviews]
    counted = Counter(chain.from_iterable(named))
    return sorted(((clean_text(name), held) for name, held in counted.items()), key=lambda one: (-one[1], one[0]))[
        :MAX_THEMES
    ]


def _describe_span(reviews: Sequence[Review]) -> str:
    years = sorted({review.year for review in reviews if review.year})
    when = f" from {years[0]} to {years[-1]}" if len(years) > 1 else f" in {years[0]}" if years else ""
    undated = sum(not review.year for review in reviews) if years else 0
    rest = f"; the year of {undated} is not known" if undated else ""
    return f"{plural(len(reviews), 'case review')}{', published' if years else ''}{when}{rest}."


def _count_facts(reviews: Sequence[Review]) -> tuple[BriefingCount, ...]:
    certain = [parse_harm_and_age(review.summary) for review in reviews]
    bands = [name for name, _, _ in VOCABULARY["bands"]]
    harms = Counter(chain.from_iterable(one.harms or (NOT_KNOWN,) for one in certain))
    counted = [
        ("Nation", Counter(review.nation or NOT_KNOWN for review in reviews), list(NATIONS)),
        ("Age", Counter(one.band or NOT_KNOWN for one in certain), bands),
        ("Harm", harms, sorted(harms, key=lambda name: (-harms[name], name))),
    ]
    return tuple(BriefingCount(name, _spread(values, order)) for name, values, order in counted)


def _spread(values: Counter[str], order: Iterable[str]) -> str:
    names = [*(name for name in order if values[name] and name != NOT_KNOWN), *([NOT_KNOWN] * bool(values[NOT_KNOWN]))]
    return ", ".join(f"{name} ({values[name]})" for name in names)


def _tell_cases(reviews: Sequence[Review], base_url: str) -> tuple[BriefingCase, ...]:
    least, most = HAPPENED_RANGE
    room = min(max(HAPPENED_CHARS // max(len(reviews), 1), least), most)
    return tuple(
        BriefingCase(
            number,
            title,
            truncate_text(clean_text(first_sentence(review.summary)), room),
            ", ".join(filter(None, [_published(review), clean_text(review.kind or "")])),
            f"{base_url}/reviews/{review.id}",
            next((safe_address(link) for link in review.links if is_usable_link(link)), ""),
        )
        for number, (review, title) in enumerate(zip(reviews, distinct_titles(reviews), strict=True), 1)
    )


def _published(review: Review) -> str:
    month = month_name(review.month) if review.year and review.month and 1 <= review.month <= 12 else ""
    return " ".join(filter(None, [month, str(review.year or "")]))


def _gather_points(
    reviews: Sequence[Review], kind: SectionKind, room: tuple[int, int]
) -> tuple[tuple[BriefingPoint, ...], int]:
    """Points of every review in turn, those in the same words once, as many as there is room for; how many more."""
    queues = [[(words, number) for words in _list_points(review, kind)] for number, review in enumerate(reviews, 1)]
    wordings, numbers = dict[str, str](), dict[str, set[int]]()
    for words, number in filter(None, chain.from_iterable(zip_longest(*queues))):
        key = words.casefold().rstrip(" .")
        wordings.setdefault(key, words)
        numbers.setdefault(key, set()).add(number)
    points, (most, chars) = list[BriefingPoint](), room
    for key in sorted(wordings, key=lambda key: -len(numbers[key])):  # what several reviews say stands first
        chars -= len(wordings[key])
        if len(points) == most or chars < 0:
            break
        points.append(BriefingPoint(wordings[key], tuple(sorted(numbers[key]))))
    return tuple(points), len(wordings) - len(points)


def _list_points(review: Review, kind: SectionKind) -> list[str]:
    """What the review's sections of a kind say: their lists' entries, else their paragraphs."""
    sections = [section for section in review.sections if section.kind == kind]
    texts = chain.from_iterable(section.items or split_paragraphs(section.text) for section in sections)
    return [truncate_text(words, POINT_CHARS) for text in texts if (words := clean_text(text))]


def source_numbers(numbers: Sequence[int]) -> str:
    """The sources of a point as they are named behind it: "1, 3 and 4"."""
    return join_list([str(number) for number in numbers])
