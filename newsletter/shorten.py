"""How an entry gives way, level by level, when a mail has no room for all of it."""

from typing import NamedTuple

from newsletter.letter import Entry, Part
from newsletter.words import Anchor, cut

PARAGRAPH = 40  # characters that a new paragraph costs


class Level(NamedTuple):
    """How much of a review is shown; None is all of it."""

    items: int | None = None  # of each list; 0: no sections and no keywords at all
    prose: int | None = None  # characters of an item or of an unlisted section's paragraph
    summary: int | None = None  # characters


LEVELS = (
    Level(),
    Level(items=5, prose=600),
    Level(items=3, prose=300),
    Level(items=0),
    Level(items=0, summary=20_000),
    Level(items=0, summary=5_000),
    Level(items=0, summary=1_500),
    Level(items=0, summary=500),
    Level(items=0, summary=200),
)
SHORT = (Level(items=0, summary=300), Level(items=0, summary=200))  # of the short edition


def shortened(whole: Entry, level: Level, rest: Anchor) -> Entry:
    """The entry at this level; with the link to the rest when that leaves something out."""
    part = level.items != 0
    shown = whole._replace(
        summary=_within(whole.summary, level.summary),
        parts=tuple(_shorter(part, level) for part in whole.parts) if part else (),
        keywords=whole.keywords if part else "",
        downloads=whole.downloads if part else whole.downloads[:2],
    )
    return whole if shown == whole else shown._replace(rest=rest)


def _shorter(part: Part, level: Level) -> Part:
    items = tuple(item if level.prose is None else cut(item, level.prose) for item in part.items[: level.items])
    more = (f"and {len(part.items) - len(items):,} more",) if len(part.items) > len(items) else ()
    return part._replace(items=(*items, *more), paragraphs=_within(part.paragraphs, level.prose))


def _within(paragraphs: tuple[str, ...], limit: int | None) -> tuple[str, ...]:
    """The paragraphs that begin within the limit (characters), the last of them cut to it."""
    if limit is None:
        return paragraphs
    kept: list[str] = []
    for paragraph in paragraphs:
        if kept and limit < min(100, len(paragraph)):
            break
        kept.append(cut(paragraph, limit))
        limit -= len(paragraph) + PARAGRAPH
        if limit <= 0:
            break
    return tuple(kept)
