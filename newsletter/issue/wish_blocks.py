"""Blocks of an issue: each review in full and as one line, ready to be put together for a reader's wishes; pure.

They are rendered once an edition, as an issue's message is, and stored beside it. A block is whole lines of a part of
the message, so that blocks stand in any order. The marks in them are filled in with what depends on the wishes alone.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from textwrap import indent
from typing import Any, NamedTuple

from core.records import Issue
from newsletter.issue.compose import list_subjects
from newsletter.issue.issue_view import CollectionView, ReviewView, review_labels
from newsletter.issue.phrases import Anchor
from newsletter.issue.render import (
    RenderedIssue,
    format_link,
    render_frame,
    render_mail,
    review_text,
    wrap_text,
)
from newsletter.issue.wording import Wording

# The marks stand in the stored frames and blocks of frozen issues: they never change.
SLOT = "THE-READERS-OWN-REVIEWS"  # in a frame, a line of its own
PREHEADER = "THE-READERS-OWN-PREHEADER"
WISH = "THE-WISH-THAT-IT-MEETS"  # in a review's block and line, in a line of its own
HEADING, SENTENCE = "HEADING-OF-THE-REVIEWS", "SENTENCE-OF-THE-REVIEWS"
_CUT = "~ block ~"  # a comment between two blocks; nothing that is shown can hold one


class ReviewLine(NamedTuple):
    """A review in one line: its title, which leads to the issue on the web, and what it is about."""

    title: Anchor
    about: str


class BlocksView(NamedTuple):
    """What the template of the blocks shows beside the reviews."""

    lines: tuple[ReviewLine, ...]
    web: str  # the issue's address
    heading: str = HEADING
    sentence: str = SENTENCE
    more: str = SENTENCE
    wish: str = WISH
    cut: str = _CUT


@dataclass(frozen=True, slots=True)
class PartBlocks:
    """The blocks of one part of a message, HTML or text."""

    heading: str  # over some of the reviews
    reviews: tuple[str, ...]  # each in full, in the issue's order
    list_start: str
    lines: tuple[str, ...]  # each review in one
    list_end: str
    more: str  # how many more there are, and where


@dataclass(frozen=True, slots=True)
class IssueBlocks:
    """The blocks of an edition, and what an inbox shows of the mail beside its subject."""

    html: PartBlocks
    text: PartBlocks
    subjects: tuple[str, ...]  # each review's words in the preheader
    frame_bytes: int  # of HTML that stand around the blocks


def render_blocks(issue: Issue, wording: Wording, *, short: bool = False) -> tuple[RenderedIssue, IssueBlocks]:
    """The frame of an edition's mail, with marks where a reader's own go, and the blocks to fill it with."""
    frame, entries = render_frame(issue, wording, SLOT, PREHEADER, short=short)
    here, names = f"{wording.base_url}/issues/{issue.period}", review_labels(issue)
    several = len(wording.collections_of(issue.reviews)) > 1
    entries = [
        entry._replace(
            meta=" · ".join(filter(None, (entry.meta, wording.collection_of(review) if several else ""))), wish=WISH
        )
        for entry, review in zip(entries, issue.reviews, strict=True)
    ]
    lines = tuple(_review_line(entry, name, here) for entry, name in zip(entries, names, strict=False))
    view = BlocksView(lines, here)
    parts = _html_blocks(view, entries, wording), _text_blocks(view, entries)
    return frame, IssueBlocks(*parts, tuple(list_subjects(issue.reviews, issue.subject)), len(frame.html.encode()))


def _review_line(entry: ReviewView, name: str, here: str) -> ReviewLine:
    return ReviewLine(Anchor(name, f"{here}#review-{entry.number}" if entry.number else ""), entry.glance or entry.meta)


def _html_blocks(view: BlocksView, entries: Sequence[ReviewView], wording: Wording) -> PartBlocks:
    collection = CollectionView(HEADING, 3, tuple(entries))
    page = render_mail("blocks.html", wording, view=view, collection=collection)
    _, heading, *blocks, more, _ = page.split(f"<!--{_CUT}-->\n")
    reviews, lines = blocks[: len(entries)], blocks[len(entries) + 1 : -1]
    return PartBlocks(heading, tuple(reviews), blocks[len(entries)], tuple(lines), blocks[-1], more)


def _text_blocks(view: BlocksView, entries: Sequence[ReviewView]) -> PartBlocks:
    """Each ends in an empty line, but for the lines, which stand close."""
    lines = tuple(
        wrap_text(line.title.text, "- ") + indent("\n" + "\n".join(_line_details(line)) + "\n", "  ")
        for line in view.lines
    )
    return PartBlocks(
        heading=f"\n{HEADING}\n\n{SENTENCE}\n\n",
        reviews=tuple(f"\n{review_text(entry)}\n\n" for entry in entries),
        list_start="",
        lines=lines,
        list_end="\n",
        more=format_link(Anchor(SENTENCE, view.web)) + "\n\n",
    )


def _line_details(line: ReviewLine) -> Iterator[str]:
    """What stands under a review's title in the text part, where its address is written out."""
    yield from filter(None, (wrap_text(line.about), WISH, line.title.url))


def blocks_to_json(blocks: IssueBlocks) -> str:
    """The blocks as they are stored with a frozen issue."""
    return json.dumps(asdict(blocks), ensure_ascii=False)


def blocks_from_json(text: str) -> IssueBlocks:
    """Stored blocks."""
    values: dict[str, Any] = json.loads(text)
    html, text_part = (
        PartBlocks(**values[part] | {name: tuple(values[part][name]) for name in ("reviews", "lines")})
        for part in ("html", "text")
    )
    return IssueBlocks(html, text_part, tuple(values["subjects"]), values["frame_bytes"])
