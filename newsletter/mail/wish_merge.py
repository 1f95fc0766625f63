"""Wish merge: an issue put together for a reader's wishes, what matches first, from blocks encoded once.

For each set of wishes the blocks of the reviews are chosen and ordered (those of no known nation after those of one
asked for); only the few lines that speak of the wishes are encoded anew. What comes of it is a template, merged for
each of its readers as any other. It names or counts as many reviews as everybody's mail does, and keeps to the same
budget: where all does not fit, the last in order become a line.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from html import escape
from typing import Literal, NamedTuple

from core.clean_text import clean_text
from core.plurals import noun, plural
from core.states import Nation, RestOfIssue
from core.subscriber_rules import MetWish, SearchText, met_wish
from newsletter.issue.compose import join_subjects
from newsletter.issue.phrases import join_list
from newsletter.issue.render import MAX_HTML_BYTES, wrap_text
from newsletter.issue.wish_blocks import HEADING, SENTENCE, WISH, IssueBlocks, PartBlocks
from newsletter.mail.merge import EncodedLines, MergeTemplate, encode_lines

MAX_WISH_SETS = 1_000  # that are kept, of an edition; the others are put together again
MAX_TOPICS_NAMED = 3  # of those that a review meets
SENTENCE_BYTES = 1_000  # that the headings, their sentences and the preheader take at most
Form = Literal["full", "line", "none"]  # how a review is shown
MINE = "Matches what you asked for"
NOTHING = "Nothing matches what you asked for"
REST = "The rest of this issue"


class _ReviewBlock(NamedTuple):
    """A review's lines, cut where it is said which wish it meets."""

    before: EncodedLines
    wish: str  # that line, with the mark in it
    after: EncodedLines


class _ReviewGroup(NamedTuple):
    """Some of the reviews, under a heading."""

    heading: str
    sentence: str
    numbers: Sequence[int]  # of the reviews, from 0


class _EncodedPart:
    """The blocks of one part of a message, encoded."""

    def __init__(self, blocks: PartBlocks, *, is_html: bool) -> None:
        self.blocks, self.is_html = blocks, is_html
        self.shown: dict[Form, list[_ReviewBlock]] = {
            "full": [_cut_block(one) for one in blocks.reviews],
            "line": [_cut_block(one) for one in blocks.lines],
        }
        self.list_start, self.list_end = encode_lines(blocks.list_start), encode_lines(blocks.list_end)

    def arrange(
        self, groups: Sequence[_ReviewGroup], forms: Sequence[Form], wishes: Sequence[str], more: str
    ) -> list[EncodedLines]:
        """The lines in place of the frame's slot."""
        lines = [one for group in groups for one in self._group_lines(group, forms, wishes)]
        return [*lines, *([encode_lines(self.blocks.more.replace(SENTENCE, self._phrase(more)))] if more else [])]

    def _group_lines(self, group: _ReviewGroup, forms: Sequence[Form], wishes: Sequence[str]) -> Iterator[EncodedLines]:
        heading = escape(group.heading) if self.is_html else f"{group.heading}\n{'=' * len(group.heading)}"
        sentence = self._phrase(group.sentence)
        yield encode_lines(self.blocks.heading.replace(HEADING, heading).replace(SENTENCE, sentence))
        for number in group.numbers:
            if forms[number] == "full":
                yield from self._review_lines("full", number, wishes[number])
        listed = [number for number in group.numbers if forms[number] == "line"]
        if listed:
            yield self.list_start
            for number in listed:
                yield from self._review_lines("line", number, wishes[number])
            yield self.list_end

    def _review_lines(self, form: Form, number: int, wish: str) -> Iterator[EncodedLines]:
        block = self.shown[form][number]
        yield block.before
        if wish:
            indent = block.wish.partition(WISH)[0]
            yield encode_lines(block.wish.replace(WISH, self._phrase(wish).replace("\n", f"\n{indent}")))
        yield block.after

    def _phrase(self, words: str) -> str:
        return escape(words, quote=False) if self.is_html else wrap_text(words)


def _cut_block(text: str) -> _ReviewBlock:
    before, mark, after = text.partition(WISH)
    start, end = before.rfind("\n") + 1, after.find("\n") + 1
    return _ReviewBlock(encode_lines(before[:start]), before[start:] + mark + after[:end], encode_lines(after[end:]))


class WishMerge:
    """The templates of an edition's readers who have wishes, by these."""

    def __init__(self, frame: MergeTemplate, blocks: IssueBlocks, texts: Sequence[SearchText | None]) -> None:
        """`texts`: what of each review is searched, in the issue's order; None of one that matches nobody's wishes."""
        self._frame, self._blocks, self._texts = frame, blocks, texts
        self._bytes: dict[Form, list[int]] = {
            "full": [len(one.encode()) for one in blocks.html.reviews],
            "line": [len(one.encode()) for one in blocks.html.lines],
            "none": [0] * len(texts),
        }
        html = blocks.html
        around = 2 * len(f"{html.heading}{html.list_start}{html.list_end}".encode()) + len(html.more.encode())
        self._room = MAX_HTML_BYTES - blocks.frame_bytes - around - SENTENCE_BYTES
        self.template = lru_cache(MAX_WISH_SETS)(self._make_template)

    def _make_template(self, topics: tuple[str, ...], nations: tuple[Nation, ...], rest: RestOfIssue) -> MergeTemplate:
        met = [met_wish(topics, nations, text) if text else None for text in self._texts]
        wishes = [describe_wish(one, nations) if one else "" for one in met]
        mine = sorted((number for number, one in enumerate(met) if one), key=lambda number: met[number] == MetWish())
        others = [number for number, one in enumerate(met) if not one]
        forms = self._fit(mine, others, rest if mine else "lines" if rest == "none" else rest, wishes)
        groups, hidden = _group_reviews(mine, others, forms), forms.count("none")
        more = f"{plural(hidden, 'more case review')}: read {noun(hidden, 'it', 'them')} on the web" if hidden else ""
        text, html = (part.arrange(groups, forms, wishes, more) for part in self._parts)
        preheader = join_subjects([self._blocks.subjects[number] for number in (*mine, *others)])
        return self._frame.place(text, html, preheader)

    @cached_property
    def _parts(self) -> tuple[_EncodedPart, _EncodedPart]:
        """The text and the HTML, encoded once somebody has wishes."""
        return _EncodedPart(self._blocks.text, is_html=False), _EncodedPart(self._blocks.html, is_html=True)

    def _fit(self, mine: list[int], others: list[int], rest: RestOfIssue, wishes: Sequence[str]) -> list[Form]:
        """How each review is shown: as asked for, the last in order shorter until all fit."""
        forms: list[Form] = ["line" if rest == "lines" else rest] * len(self._texts)
        for number in mine:
            forms[number] = "full"
        size = sum(self._bytes[form][number] for number, form in enumerate(forms))
        size += sum(len(escape(wish).encode()) for wish in wishes)
        shorter: tuple[tuple[list[int], Form, Form], ...] = (
            (others, "full", "line"),
            (mine, "full", "line"),
            (others, "line", "none"),
            (mine, "line", "none"),
        )
        for numbers, form, next_form in shorter:
            for number in reversed(numbers):
                if size > self._room and forms[number] == form:
                    size += self._bytes[next_form][number] - self._bytes[form][number]
                    forms[number] = next_form
        return forms


def describe_wish(met: MetWish, nations: Sequence[Nation]) -> str:
    """Which wish of a reader's a review meets, in their own words."""
    named = [clean_text(topic) for topic in met.topics]
    if len(named) > MAX_TOPICS_NAMED:
        named = [*named[:MAX_TOPICS_NAMED], f"{len(named) - MAX_TOPICS_NAMED} more"]
    if met.nation:
        named.append(met.nation)
    if named:
        return f"You asked for: {'; '.join(named)}"
    return f"You asked for {join_list(nations, 'or')}; the nation of this review is not known" if nations else ""


def _group_reviews(mine: list[int], others: list[int], forms: Sequence[Form]) -> list[_ReviewGroup]:
    """What matches, then the rest; a heading says how many there are of each."""
    total, match = len(forms), noun(len(mine), "matches", "match")
    here = f"of the {plural(total, 'case review')} in this issue"
    if not mine:
        none = f"None {here} matches." if total > 1 else "The one case review in this issue does not match."
        return [_ReviewGroup(NOTHING, none, others)]
    if not others:
        every = f"All {here} match." if total > 1 else "The one case review in this issue matches."
        return [_ReviewGroup(MINE, every, mine)]
    shown = [forms[number] for number in others if forms[number] != "none"]
    other, follow, are = ("one", "follows", "is") if len(others) == 1 else (f"{len(others):,}", "follow", "are")
    where = [*([follow] if shown else []), *([f"{are} on the web"] if len(shown) < len(others) else [])]
    found = _ReviewGroup(MINE, f"{len(mine):,} {here} {match}; the other {other} {' or '.join(where)}.", mine)
    in_full = "line" not in shown
    how = "In full, in the order of the issue." if in_full else "Each title leads to the review in full, on the web."
    return [found, _ReviewGroup(REST, how, others)] if shown else [found]
