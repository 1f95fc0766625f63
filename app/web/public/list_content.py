"""Content of a reading list: its reviews as they may be shown now, and the briefing composed of them."""

from collections.abc import Iterable

from app.web.context import context
from app.web.public import review_phrases
from core.records import Review
from db.collection.reading_lists import ReadingList
from db.read.review_page import list_with_changes
from newsletter.briefing.compose_briefing import Briefing, compose_briefing


def whole_reviews(review_ids: Iterable[int]) -> list[Review]:
    """The reviews that are not withdrawn, whole, in the order given: to count their facts, not to be shown."""
    return [review for review, _ in list_with_changes(context().db, review_ids)]


def shown_reviews(review_ids: Iterable[int]) -> list[Review]:
    """The same as their sources let them be passed on."""
    return list(map(review_phrases.shown_review, whole_reviews(review_ids)))


def compose_of_list(one: ReadingList) -> Briefing:
    """The briefing of a list as it is now."""
    whole = whole_reviews(one.review_ids)
    passed_on = list(map(review_phrases.shown_review, whole))
    return compose_briefing(one.title, one.questions, whole, passed_on, context().settings.base_url)
