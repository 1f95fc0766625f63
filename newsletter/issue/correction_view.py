"""Correction view: what readers are told of a correction, in the next issue, in mail of its own, on the web; pure."""

from datetime import tzinfo
from typing import NamedTuple

from core.clean_text import clean_text
from core.dates import day_name, local_date, period_name
from core.editor_records import Correction
from newsletter.issue import markdown
from newsletter.issue.phrases import Anchor

CAUTION = "It may speak of abuse, neglect and death."  # of one about a review
EARLIER_HEADING = "Corrections to earlier issues"
TAKEN_DOWN_WORDS = "It was about a review that has been withdrawn since, and says nothing any more."


class CorrectionView(NamedTuple):
    """One correction as shown: what it is of, when, in which words, and where it stands on the web."""

    heading: str  # "Issue of September 2016: Suffolk – Baby D"
    dated: str  # "Corrected on 3 October 2016, amended on 5 October 2016."
    html: str  # safe: of our own Markdown
    text: str
    link: Anchor
    withdrawn: bool = False


def build_correction_view(one: Correction, base_url: str, zone: tzinfo, site: str | None = None) -> CorrectionView:
    """What is said of a correction; of one that was taken back only that and why.

    `site`: what stands before the paths of our own pages, where that is not `base_url`.
    """
    words = TAKEN_DOWN_WORDS if one.taken_down else one.current.words
    of = f"Issue of {period_name(one.period)}"
    return CorrectionView(
        heading=f"{of}: {clean_text(one.about)}" if one.about else of,
        dated=_dated_sentence(one, zone),
        html=markdown.to_html(words, base_url),
        text=markdown.to_text(words, base_url),
        link=Anchor(
            f"See it beside the issue of {period_name(one.period)}",
            f"{base_url if site is None else site}/issues/{one.period}#correction-{one.number}",
        ),
        withdrawn=one.withdrawn,
    )


def _dated_sentence(one: Correction, zone: tzinfo) -> str:
    made = f"Corrected on {day_name(local_date(one.at, zone))}"
    if one.amended_at is None:
        return f"{made}."
    day = day_name(local_date(one.amended_at, zone))
    return f"{made}; this correction was withdrawn on {day}." if one.withdrawn else f"{made}, amended on {day}."
