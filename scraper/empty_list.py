"""Empty list: whether a page is still a list of case reviews and lists none now; pure.

In January a year's list begins anew, and a month may have none. Such a page has its own heading and introduction and
says that there is nothing, or is headed by a year or month that has only just begun. A page that is silent without
either may as well be broken.
"""

import re
from collections.abc import Sequence
from datetime import date

from core.dates import MONTHS
from core.lazy_pattern import lazy_pattern
from scraper.line_builder import TextLine

LIST_HEADING = lazy_pattern(r"\bcase reviews?\b|\breviews? (published|added)\b", re.I)
NONE_WORDS = lazy_pattern(
    r"\b(no|0|not any) (\w+ ){0,4}(reviews?|reports?|summaries|records|entries|updates|additions)"
    r"(\.?$|\b.{0,60}\b(published|added|available|listed|show|currently|moment|present|yet|far|month|year|collection)\b)"
    r"|\b(nothing|none)\b.{0,40}\b(published|added|available|listed|show)\b"
    r"|\b(not|n['’]t) (add|publish|list|receive)(ed|d)? (any|new)\b|\bthere (are|were|have been) none\b|^nil\b"
    r"|\bnot yet (been )?(published|added|listed)\b"
    r"|(\bnot|n['’]t) (been )?(published|added|listed)\b.{0,40}\b(any|yet|this (month|year)|so far)\b"
    r"|\bwill (be (published|added|listed|shown|available)|appear)\b.{0,60}\b(when|once|after|as soon|as they|here)\b"
    r"|\bcheck back\b|\bcoming soon\b",
    re.I,
)
FAULT_WORDS = lazy_pattern(  # of an error, a bot check, a log-in, a page that moved or needs its scripts
    r"\b(error|javascript|captcha|robot|redirect\w*|maintenance|unavailable|forbidden|denied|verify\w*|not found)\b"
    r"|\b(went|gone) wrong\b|\btry again\b|\bjust a moment\b|\b(log|sign) ?in to\b|\bmoved to\b"
    r"|\bloading\b|\bplease wait\b|\btime(d)?[ -]?out\b|\bsession (has )?expired\b|\btoo many requests\b|\brate limit"
    r"|\bblocked\b|\bunder construction\b|\bbeen a problem\b|\btechnical (difficult|problem|issue)|\boffline\b"
    r"|\binterruption\b|\bbeing (updated|migrated|rebuilt|checked)\b|\bare (updat|migrat|rebuild|check)ing\b"
    r"|\bnot available in your\b|\bmatch(es|ed|ing)? (your|the|these) (\w+ )?(filters?|search|criteria|selection)\b"
    r"|\bno \w+( \w+)? could be\b"
    r"|\{\{|\[object\b|^(undefined|null)$"  # what a script left unfilled
    r"|\b(has|have|is|are|been) (now )?(been )?moved\b|\bnew (address|home|website|site|location)\b"
    r"|\b(can ?not|can['’]t|could ?n[o'’]t|unable to|failed to) (be )?(find|found|load|show|display|retriev|reach)",
    re.I,
)
OTHER_TOPIC = lazy_pattern(r"cookie|consent|©|registered charity", re.I)
FEWEST_WORDS = 8  # of an introduction
FIRST_MONTHS = 3  # of a year in which its list may still be empty


def lists_none(lines: Sequence[TextLine], today: date) -> bool:
    """Whether these lines of a page without entries are those of a list that is empty. `today`: the day of the read."""
    headings = [line.text for line in lines if line.level and LIST_HEADING.search(line.text)]
    prose = [line.text for line in lines if not line.level and not line.links_only]
    said = [line.text for line in lines if not line.links_only and not OTHER_TOPIC.search(line.text)]
    introduced = any(
        len(text.split()) >= FEWEST_WORDS and not OTHER_TOPIC.search(text) and not NONE_WORDS.search(text)
        for text in prose
    )
    if not headings or not introduced or any(map(FAULT_WORDS.search, said)):
        return False
    return says_none(lines) or any(_has_just_begun(heading, today) for heading in headings)


def says_none(lines: Sequence[TextLine]) -> bool:
    """Whether lines of a page say that nothing is listed."""
    return any(NONE_WORDS.search(line.text) for line in lines if not line.level and not line.links_only)


def _has_just_begun(heading: str, today: date) -> bool:
    """Whether a heading names a year or month that may well have no entry yet."""
    year = re.search(r"\b(19|20)\d\d\b", heading)
    if not year or int(year[0]) not in (today.year, today.year - 1):
        return False
    month = next((n for n, name in enumerate(MONTHS, 1) if re.search(rf"\b{name}\b", heading, re.I)), None)
    if month is None:
        return int(year[0]) == today.year and today.month <= FIRST_MONTHS
    return 0 <= (today.year - int(year[0])) * 12 + today.month - month <= 1
