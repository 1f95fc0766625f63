"""Truncation levels: how a review is shortened when a mail has no room for all of it; pure."""

from typing import NamedTuple

from newsletter.issue.issue_view import ReviewView, SectionView
from newsletter.issue.phrases import Anchor, truncate_text

PARAGRAPH_COST = 40  # characters that a new paragraph costs


class TruncationLevel(NamedTuple):
    """How much of a review is shown; None is all of it."""

    items: int | None = None  # of each list; 0: no keywords, and no section but the one of `learning`
    prose: int | None = None  # characters of an item or of an unlisted section's paragraph
    summary: int | None = None  # characters
    learning: int = 0  # where `items` is 0: of the section that says what was learned; 0: not even that


TRUNCATION_LEVELS = (
    TruncationLevel(),
    TruncationLevel(items=5, prose=600),
    TruncationLevel(items=3, prose=300),
    TruncationLevel(items=0, prose=300, learning=3),
    TruncationLevel(items=0, prose=300, learning=3, summary=20_000),
    TruncationLevel(items=0, prose=300, learning=3, summary=5_000),
    TruncationLevel(items=0, prose=200, learning=2, summary=1_500),
    TruncationLevel(items=0, prose=200, learning=1, summary=500),
    TruncationLevel(items=0, prose=120, learning=1, summary=200),
    TruncationLevel(items=0, summary=200),
)
SHORT_EDITION_LEVELS = (
    TruncationLevel(items=0, prose=200, learning=2, summary=300),
    TruncationLevel(items=0, prose=120, learning=1, summary=200),
    TruncationLevel(items=0, summary=200),
)  # of the short edition


def truncate_review(whole: ReviewView, level: TruncationLevel, rest: Anchor) -> ReviewView:
    """The entry at this level; with the link to the rest when that leaves something out."""
    part = level.items != 0
    shown = whole._replace(
        summary=_truncate_paragraphs(whole.summary, level.summary),
        parts=tuple(_truncate_section(one, level) for one in whole.parts if part or (one.learning and level.learning)),
        keywords=whole.keywords if part else "",
        downloads=whole.downloads if part else whole.downloads[:2],
    )
    return whole if shown == whole else shown._replace(rest=rest)


def _truncate_section(part: SectionView, level: TruncationLevel) -> SectionView:
    most = level.learning if level.items == 0 else level.items
    items = tuple(item if level.prose is None else truncate_text(item, level.prose) for item in part.items[:most])
    more = (f"and {len(part.items) - len(items):,} more",) if len(part.items) > len(items) else ()
    lead, paragraphs = (_truncate_paragraphs(prose, level.prose) for prose in (part.lead, part.paragraphs))
    return part._replace(items=(*items, *more), paragraphs=paragraphs, lead=lead)


def _truncate_paragraphs(paragraphs: tuple[str, ...], limit: int | None) -> tuple[str, ...]:
    """The paragraphs that begin within the limit (characters), the last of them cut to it."""
    if limit is None:
        return paragraphs
    kept: list[str] = []
    for paragraph in paragraphs:
        if kept and limit < min(100, len(paragraph)):
            break
        kept.append(truncate_text(paragraph, limit))
        limit -= len(paragraph) + PARAGRAPH_COST
    return tuple(kept)
