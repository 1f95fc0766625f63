"""Detail: how much of a review is passed on, as its collection allows; pure."""

import re
from dataclasses import replace

from core.config.schema import Settings
from core.records import Issue, Review
from core.states import Detail

SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")
HEADING_PARTS = ("publisher", "name", "title")  # of a review's wording fixes: those that its heading shows
ABBREVIATION = re.compile(r"(\b(Mr|Mrs|Ms|Dr|St|No|nos?|vs?|approx|e\.g|i\.e)|\b[A-Z])\.$")


def source_detail(settings: Settings, source: str) -> Detail:
    """What is passed on of a source's reviews; a year's list of a source ("nspcc-2016") is as the source."""
    own = {one.name: one.detail for one in settings.sources}
    name = source if source in own else re.sub(r"-\d{4}$", "", source)
    return own.get(name) or settings.newsletter.detail


def limit_detail(review: Review, detail: Detail) -> Review:
    """The review as it may be passed on: all of it, its first sentence, or its heading, each with its links."""
    if detail == "full":
        return review
    summary = first_sentence(review.summary) if detail == "first sentence" else ""
    fixes = tuple(fix for fix in review.fixes if fix.part in HEADING_PARTS)
    return replace(review, summary=summary, sections=(), keywords=(), raw="", fixes=fixes)


def limit_review(settings: Settings, review: Review) -> Review:
    """The review as its source lets it be passed on."""
    return limit_detail(review, source_detail(settings, review.source))


def limit_issue(settings: Settings, issue: Issue) -> Issue:
    """The issue with its reviews as they may be passed on now, which may be less than when it was sent."""
    return replace(
        issue,
        reviews=tuple(limit_review(settings, review) for review in issue.reviews),
        withdrawn=tuple(limit_review(settings, review) for review in issue.withdrawn),
        updated=tuple(replace(one, review=limit_review(settings, one.review)) for one in issue.updated),
    )


def first_sentence(text: str) -> str:
    """The first sentence of a summary; its first paragraph where that has only one."""
    paragraph = text.strip().partition("\n")[0]
    for end in SENTENCE_END.finditer(paragraph):
        sentence = paragraph[: end.start()]
        if not ABBREVIATION.search(sentence):
            return sentence + paragraph[end.start() : end.end()].rstrip()
    return paragraph
