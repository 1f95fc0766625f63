"""Title dates: the date of publication that stands at the end of a title, or by itself on a line; pure.

A date is taken where it can be nothing else: behind a word of publishing ("published 17th March 2022"), or parted from
the words before it by a dash, a comma or brackets. "The death of a child in March 2019" is no date of publication.
"""

import re

from scraper.grammar import MONTH_NAMES
from scraper.publication_date import parse_year_month

_MONTH = r"(?:" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTH_NAMES) + r"|Sept)\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d\d"
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?"
DATE = (
    rf"(?:{_WEEKDAY}(?:{_DAY} (?:of )?)?{_MONTH},? {_YEAR}|{_MONTH} {_DAY},? {_YEAR}"
    rf"|(?:\d{{1,2}}[/.-])?\d{{1,2}}[/.-]{_YEAR}|{_YEAR}-\d\d-\d\d)"
)
_LABEL_WORDS = (
    r"(?:(?:date (?:of )?)?(?:publication|publish(?:ed)?|upload(?:ed)?|added|posted|issued|released)(?: date| on| in)?"
    r"|date)"
)
_LABEL = rf"{_LABEL_WORDS}\s*[:–-]?\s*"
DATE_LINE = re.compile(rf"[(\[]?(?:{_LABEL})?(?P<date>{DATE}|{_YEAR})[)\].]*", re.I)
DATE_TAIL = re.compile(
    rf"(?:[\s,|–—(\[-]*\b{_LABEL}(?:{DATE}|{_YEAR})"
    rf"|(?P<bare>(?:\s[–—-]|[–—,|:])\s*(?:{DATE}|{_YEAR}))|\s*[(\[]\s*(?:{DATE}|{_YEAR}))\s*[)\].]*$",
    re.I,
)
SPAN_START = re.compile(rf"\b(?:{_YEAR}|(?P<month>{_MONTH}))$", re.I)  # "2016" of "2016–2019", and "April"
LABELLED_TAIL = re.compile(rf"[\s,|–—(-]+\b(?P<date>{_LABEL_WORDS}\s*:\s*(?:{DATE}|{_YEAR}))[)\s.]*$", re.I)
DATE_HEAD = re.compile(  # no span: "2016-2019", "2016–17"
    rf"(?:{_LABEL})?(?P<date>{DATE}|{_YEAR})\s*(?:[–—-](?!\d\d\b|\s*(?:{DATE}|{_YEAR}))|[:|])\s*(?=\S)", re.I
)
DATE_SENTENCE = re.compile(
    rf"\b(?:published|publication date)(?: on| in)?[ :]+(?P<date>{DATE}|{_YEAR})\b(?![/–-]\d)", re.I
)
MAX_TAIL_CHARS = 160  # characters at a title's end that are looked at
UPDATED = re.compile(r"\b(?:updated|reviewed|modified)\b", re.I)


def split_date(title: str) -> tuple[str, int | None, int | None]:
    """A title without the date of publication at its end or beginning, and that date's year and month.

    >>> split_date("Child X – SPR published 17th March 2022"), split_date("Review of a death in March 2019")
    (('Child X – SPR', 2022, 3), ('Review of a death in March 2019', None, None))
    """
    found = DATE_TAIL.search(title, max(0, len(title) - MAX_TAIL_CHARS))
    rest = title[: found.start()].rstrip(" –—-,|:(") if found else ""
    if found and found["bare"] and _is_span(rest, found["bare"]):
        return title, None, None
    if found and rest and not UPDATED.search(title, max(0, found.start() - 20)):
        return rest, *parse_year_month(title[found.start() :])
    if head := DATE_HEAD.match(title):
        return title[head.end() :], *parse_year_month(head["date"])
    return title, None, None


def _is_span(before: str, date: str) -> bool:
    """Whether a date is the end of the time that a title is about, whose beginning stands before it."""
    start = SPAN_START.search(before)
    return start is not None and (not start["month"] or parse_year_month(date)[1] is not None)


def cut_labelled_date(title: str) -> tuple[str, str]:
    """A title without a label of publication and its date ("Published: March 2024"), no part of it; and these.

    >>> cut_labelled_date("Child X Published: March 2022"), cut_labelled_date("Child X published in March 2022")
    (('Child X', 'Published: March 2022'), ('Child X published in March 2022', ''))
    """
    found = LABELLED_TAIL.search(title, max(0, len(title) - MAX_TAIL_CHARS))
    return (title[: found.start()], found["date"]) if found and found.start() else (title, "")


def line_date(line: str) -> tuple[int | None, int | None]:
    """Year and month of a line that is a date of publication and nothing else; None for any other."""
    found = DATE_LINE.fullmatch(line.strip())
    return parse_year_month(found["date"]) if found else (None, None)


def sentence_date(line: str) -> tuple[int | None, int | None]:
    """Year and month of a line that says when something was published; None for any other."""
    found = DATE_SENTENCE.search(line)
    return parse_year_month(found["date"]) if found else (None, None)
