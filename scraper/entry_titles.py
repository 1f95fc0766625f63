"""Entry titles: the title of an entry on a line of it, parted from what stands beside it; pure."""

import re

from scraper.document_links import is_generic
from scraper.entries import TOGGLE_TEXT
from scraper.line_builder import REQUEST, REQUEST_WORDS, TextLine
from scraper.title_dates import cut_labelled_date, line_date

MAX_TITLE_REST = 60  # characters that a title's line may go on with; longer, they are prose
BADGE = re.compile(r"\W*(?:new|updated|latest)\W*", re.I)
BESIDE_TITLE = " –—-|,:;()[]>"  # signs between a title and what stands beside it
REQUEST_TAIL = re.compile(
    rf"(?:\s+[–—-]|\s*[:,|(])\s*(?P<words>[^–—:,|(]{{0,60}}\b{REQUEST_WORDS}[^–—:,|(]{{0,60}})$", re.I
)


def split_title(line: TextLine) -> tuple[str, TextLine, str]:
    """The title on a line, the line, and what stands beside it: prose, a date of publication, how to ask for a report.

    A title as published holds its date where that is inside its link or its emphasis: it stays.
    """
    for words in (line.lead, *(link.text for link in line.links)):
        before, found, after = line.text.partition(words) if words and not is_generic(words) else ("", "", "")
        is_prose = not before and len(after) > MAX_TITLE_REST
        badge = BADGE.fullmatch(before)
        beside = (after if badge else f"{before}{after}").strip(BESIDE_TITLE)
        if found and (is_prose or (badge and not beside) or line_date(beside)[0]):
            return words.rstrip(" :–—-"), line, beside
    is_toggle = line.marked or (line.links_only and not line.links)  # links that lead nowhere open what is below
    text, date = TOGGLE_TEXT.sub("", line.text) if is_toggle else line.text, ""
    for link in line.links:
        if link.text and is_generic(link.text) and text.casefold() != link.text.casefold():
            head, _, tail = text.rpartition(link.text)
            if line_date(tail.strip(BESIDE_TITLE))[0]:  # "Child A: LCSPR – link – January 2023"
                tail, date = "", tail.strip(BESIDE_TITLE)
            text = f"{head.rstrip()} {tail.lstrip()}".strip()
    asked = REQUEST_TAIL.search(text, max(0, len(text) - MAX_TITLE_REST * 3)) if REQUEST.search(text) else None
    if asked and asked.start():
        return text[: asked.start()].rstrip(BESIDE_TITLE), line, asked["words"].rstrip(BESIDE_TITLE)
    text, labelled = cut_labelled_date(re.sub(r"(?:\s*[–—|-]\s+){2,}", " – ", text))
    return text.strip(" –—-|/:,>("), line, date or labelled
