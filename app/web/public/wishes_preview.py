"""Preview of wishes: what a reader's topics and nations would have done with the latest issue."""

from typing import NamedTuple

from app.web.context import context, site_path
from app.web.public.review_phrases import shown_review
from core.dates import period_name
from core.glance import glance_line
from core.records import Subscriber
from core.states import RestOfIssue
from core.subscriber_rules import SearchText, met_wish
from db.read import archive
from newsletter.issue.phrases import Anchor, distinct_titles
from newsletter.mail.wish_merge import describe_wish
from services.issues.build_issue import load_issue

MAX_NAMED_MATCHES = 5  # reviews that are named; the others are counted


class NamedMatch(NamedTuple):
    """A review that matches, the line that says what it is about, and the wishes that it meets."""

    link: Anchor
    about: str
    why: str  # as the mail says it


class WishesPreview(NamedTuple):
    """What would have become of the latest issue, in sentences."""

    lead: str
    matches: tuple[NamedMatch, ...]  # in the issue's order
    more: int  # that match and are not named
    after: str  # of the reviews that do not match


def preview_wishes(one: Subscriber) -> WishesPreview | None:
    """What a reader's saved wishes would have done; None where they have none, or no issue with reviews was sent.

    A review taken down since is not counted.
    """
    if not (one.topics or one.nations) or not (entries := archive.listing(context().db, 1)):
        return None
    issue = load_issue(context().db, entries[0].period).issue
    reviews = [review for review in issue.reviews if not review.taken_down]
    if not reviews:
        return None
    met = [met_wish(one.topics, one.nations, SearchText.of(review)) for review in reviews]
    matches = [
        (review, title, wishes)
        for review, title, wishes in zip(reviews, distinct_titles(reviews), met, strict=True)
        if wishes is not None
    ]
    named = tuple(
        NamedMatch(
            Anchor(title, site_path(f"/reviews/{review.id}")),
            glance_line(shown_review(review)),
            describe_wish(wishes, one.nations),
        )
        for review, title, wishes in matches[:MAX_NAMED_MATCHES]
    )
    counts = len(matches), len(reviews)
    when = f"in the issue of {period_name(issue.period)}"
    return WishesPreview(_lead(one, counts, when), named, len(matches) - len(named), _after(one.rest, counts))


def _lead(one: Subscriber, counts: tuple[int, int], when: str) -> str:
    matching, total = counts
    if matching == total:
        return f"All {total} reviews {when} match." if total > 1 else f"The only review {when} matches."
    if matching:
        place = "come to you" if one.rest == "none" else "come first"
        return f"{matching} of {total} reviews {when} would have {place}:"
    none = f"None of the {total} reviews {when} matches" if total > 1 else f"The only review {when} does not match"
    if one.matching:
        return f"{none}, so nothing would have been sent to you."
    how = "in full" if one.rest == "full" else "as one line each" if total > 1 else "as one line"
    return f"{none}. {'All' if total > 1 else 'It'} would have come {how}."


def _after(rest: RestOfIssue, counts: tuple[int, int]) -> str:
    matching, total = counts
    others = total - matching
    if not matching or not others:
        return ""
    them = f"The other {others}" if others > 1 else "The other one"
    match rest:
        case "full":
            return f"{them} would have followed in full."
        case "lines":
            return f"{them} would have followed as one line{' each' if others > 1 else ''}."
        case "none":
            return f"{them} would have been left out, with a link to {'them' if others > 1 else 'it'}."
