"""Published wording: what an editor has put right in a review's words stands in their place, part by part; pure.

The collection's own text stays as it was read. A fix is made against the words that a part has: while it has them, the
new ones are published in their place. Once the collection has edited them its own are published again, and a person
says what becomes of the fix: `carry_over` puts the same right in the new words where it can.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.editor_records import WordingFix
from core.lazy_pattern import lazy_pattern
from core.records import Review, Section
from core.section_text import around_items

_SECTION_PART = lazy_pattern(r"section-(\d+)(?:-(before|after)|-item-(\d+))?", re.ASCII)


def list_parts(review: Review) -> dict[str, str]:
    """The parts of a review that can be put right, with their words, in the order that they are read."""
    named = review.publisher or review.name
    parts = {"publisher": review.publisher, "name": review.name, "title": "" if named else review.title}
    parts["summary"] = review.summary
    for at, section in enumerate(review.sections, 1):
        before, after = around_items(section)
        parts[f"section-{at}-before"] = before
        parts |= {f"section-{at}-item-{n}": item for n, item in enumerate(section.items, 1)}
        parts[f"section-{at}-after" if section.items else f"section-{at}"] = after
    return {part: words for part, words in parts.items() if words.strip()}


def section_number(part: str) -> int | None:
    """Which section a part is of, from 1; None: of none."""
    found = _SECTION_PART.fullmatch(part)
    return int(found[1]) if found else None


def apply_fixes(review: Review, fixes: Iterable[WordingFix]) -> Review:
    """The review as it is published: with each fix of words that it still has, which it names beside them."""
    if not (fixes := tuple(fixes)) and not review.fixes:  # as nearly all are: no need to look for parts
        return review
    parts = list_parts(review)
    own = tuple(fix for fix in fixes if parts.get(fix.part) == fix.old)
    for fix in own:
        review = _apply_fix(review, fix)
    return replace(review, fixes=own)


def _apply_fix(review: Review, fix: WordingFix) -> Review:
    if found := _SECTION_PART.fullmatch(fix.part):
        at = int(found[1]) - 1
        section = _fix_section(review.sections[at], fix, found[2] or "", int(found[3] or 0))
        return replace(review, sections=(*review.sections[:at], section, *review.sections[at + 1 :]))
    match fix.part:
        case "summary":
            return replace(review, summary=fix.new)
        case "title":
            return replace(review, title=fix.new)
        case "name":
            fixed = replace(review, name=fix.new)
        case _:
            fixed = replace(review, publisher=fix.new)
    return replace(fixed, title=_joined_title(fixed)) if review.title == _joined_title(review) else fixed


def _joined_title(review: Review) -> str:
    return " – ".join(filter(None, (review.publisher, review.name)))


def _fix_section(section: Section, fix: WordingFix, side: str, number: int) -> Section:
    """The section with new words for its text, what stands before or after its list, or one of the list's items."""
    if number:
        at = _find_item(section, number - 1)
        items = (*section.items[: number - 1], fix.new, *section.items[number:])
    else:
        at = section.text.rfind(fix.old) if side == "after" else section.text.find(fix.old)
        items = section.items
    text = section.text if at < 0 else section.text[:at] + fix.new + section.text[at + len(fix.old) :]
    return replace(section, text=text, items=items)


def _find_item(section: Section, number: int) -> int:
    """Where an item begins in the section's text; -1: the text has it in other words."""
    flat, end, at = section.text.replace("\n", " "), 0, -1
    for item in section.items[: number + 1]:
        at = flat.find(item, end)
        end = at + len(item) if at >= 0 else end
    return at


def list_word_changes(old: str, new: str, around: int = 0) -> list[tuple[str, str]]:
    """The words that went and those that came, each time with so many words around; one side is never empty alone."""
    before, after, changes = old.split(), new.split(), list[tuple[str, str]]()
    from difflib import SequenceMatcher

    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        wide = max(around, 1 if a == b or c == d else 0)
        start = min(wide, a, c)
        end = min(wide if around or not start else 0, len(before) - b, len(after) - d)
        changes.append((_join(before, a - start, b + end), _join(after, c - start, d + end)))
    return changes


def _join(words: Sequence[str], start: int, end: int) -> str:
    return " ".join(words[start:end])


def carry_over(fix: WordingFix, words: str) -> str:
    """Other words of the collection's with the same put right in them; empty where it is not there for certain."""
    wide, narrow = (list_word_changes(fix.old, fix.new, around) for around in (1, 0))
    for changes in zip(wide, narrow, strict=True):
        for old, new in changes:
            pattern = r"\s+".join(map(re.escape, old.split()))
            places = list(re.finditer(rf"(?<!\S){pattern}(?!\S)", words))
            if len(places) == 1:
                words = words[: places[0].start()] + new + words[places[0].end() :]
                break
        else:
            return ""
    return words
