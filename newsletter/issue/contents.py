"""Contents of an issue: "In this issue", a link a review, beside the month in counts; pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.glance import glance_line
from core.harm_and_age import VOCABULARY, parse_harm_and_age
from core.records import Issue
from core.states import NATIONS
from newsletter.issue.phrases import Anchor, number_alike, truncate_text

MIN_REVIEWS = 3  # fewer are seen at a glance as they are
MAX_ROW_CHARS = 160  # characters of a row


class ContentsRow(NamedTuple):
    """One review: its line, or its title where nothing is certain, as a link to where it stands on the web."""

    link: Anchor
    title: str
    number: int  # the review's; 0 of the row that counts the others


def list_contents(issue: Issue, base_url: str, names: Sequence[str], most: int | None) -> list[ContentsRow]:
    """A row for each of the first `most` reviews, no two alike; `names` are the reviews' own, as in `review_labels`.

    Of one that the editor put first there is none: it stands above them.
    """
    if len(issue.reviews) < MIN_REVIEWS:
        return []
    named = [
        (one, glance_line(one), name) for one, name in zip(issue.reviews, names, strict=False) if not one.taken_down
    ]
    seen = Counter(line.casefold() for _, line, _ in named[:most])
    named = named[1:] if issue.first_reason and not issue.reviews[0].taken_down else named
    words = [
        (f"{line} ({name})" if seen[line.casefold()] > 1 else line) if line else name for _, line, name in named[:most]
    ]
    rows = [
        ContentsRow(Anchor(text, f"{base_url}/issues/{issue.period}#review-{review.id}"), name, review.id)
        for text, (review, _, name) in zip(
            number_alike([truncate_text(text, MAX_ROW_CHARS) for text in words]), named, strict=False
        )
    ]
    more = len(named) - len(rows)
    return [*rows, *([ContentsRow(Anchor(f"And {more:,} more"), "", 0)] if more else [])]


def count_month(issue: Issue) -> list[tuple[str, str]]:
    """What the issue holds, then its reviews by age, harm and nation, as labels with words.

    What is certain of no review at all has no row; of some, the others are counted as not known.
    """
    reviews = [review for review in issue.reviews if not review.taken_down]
    if len(issue.reviews) < MIN_REVIEWS or not reviews:
        return []
    openings = [parse_harm_and_age(review.summary) for review in reviews]
    others = ((len(issue.updated), "updated"), (len(issue.withdrawn), "withdrawn"))
    new = issue.subject.removeprefix(issue.title).strip(" ()")  # "4 new, 1 earlier, 1 correction"
    rows = [
        ("This month", ", ".join([new, *(f"{count:,} {what}" for count, what in others if count)])),
        ("Age in years", _shares([band for band, _, _ in VOCABULARY["bands"]], ([one.band] for one in openings))),
        ("Harm", _shares(list(VOCABULARY["harms"]), (one.harms for one in openings))),
        ("Nation", _shares(NATIONS, ([one.nation or ""] for one in reviews))),
    ]
    return [(label, words) for label, words in rows if words]


def _shares(order: Sequence[str], values: Iterable[Sequence[str]]) -> str:
    """ "Under 1 (3), 11 to 15 (1), not known (2)"; empty where nothing is known."""
    own = [[value for value in some if value in order] for some in values]
    counts = Counter(value for some in own for value in some)
    unknown = own.count([])
    shown = [(value, counts[value]) for value in order if counts[value]] + [("not known", unknown)] * bool(unknown)
    return ", ".join(f"{value}\N{NO-BREAK SPACE}({count:,})" for value, count in shown) if counts else ""
