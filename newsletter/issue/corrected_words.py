"""Corrected words: what is said of a wording fix beside the words that it has changed; pure."""

from core.clean_text import clean_text
from core.editor_records import WordingFix
from core.published_wording import list_word_changes, section_number
from core.records import Review
from newsletter.issue.phrases import join_list, section_heading, truncate_text

MAX_CHANGES = 3  # that a sentence quotes
MAX_QUOTE_CHARS = 120  # characters of one of them
PART_NAMES = {"publisher": "the publisher", "name": "the name", "title": "the title", "summary": "the summary"}


def name_part(review: Review, part: str) -> str:
    """What people call a part of a review: "the name", "“Learning”, point 2"."""
    number = section_number(part)
    if number is None:
        return PART_NAMES[part]
    if number > len(review.sections):
        return f"section {number}"
    heading = f"“{truncate_text(section_heading(review.sections[number - 1]), 60)}”"
    item = part.partition("-item-")[2]
    return f"{heading}, point {item}" if item else heading


def fix_sentence(review: Review, fix: WordingFix, title: str) -> str:
    """ "Corrected by Case reviews in the summary: “cheild” is now “child”."; the words where they are few."""
    begin = f"Corrected by {clean_text(title)} in {name_part(review, fix.part)}"
    changes = [(clean_text(old), clean_text(new)) for old, new in list_word_changes(fix.old, fix.new)]
    if not changes or len(changes) > MAX_CHANGES or any(len(f"{old}{new}") > MAX_QUOTE_CHARS for old, new in changes):
        return f"{begin}: the collection’s own words are with the review on the web."
    return f"{begin}: {join_list([f'“{old}” is now “{new}”' for old, new in changes])}."


def fix_sentences(review: Review, title: str) -> tuple[str, ...]:
    """A sentence for each fix of a review as it is published."""
    return tuple(fix_sentence(review, fix, title) for fix in review.fixes)
