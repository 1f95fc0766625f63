"""Source parser for the NSPCC's lists of published case reviews."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.folding import one_line
from core.records import Page, PageReading, Review
from core.source_records import Leftover
from scraper import entries, entry_parser, leftovers
from scraper.adapter import Adapter
from scraper.empty_list import lists_none, says_none
from scraper.identity import add_identity, heading_key
from scraper.line_builder import TextLine
from scraper.plausibility import NEXT_YEAR
from scraper.result_count import MAX_PLAIN_CHARS, stated_total
from scraper.text_lines import extract_lines


def parse(page: Page, source: str) -> PageReading:
    """Every review on the page, in its order; the same entry listed twice counts once.

    Empty when the page has no review headings: nothing found is for the caller to doubt.
    """
    lines = extract_lines(page)
    found = leftovers.part_entries(entries.split_entries(lines))
    leftovers.doubt_years(found, (page.fetched_at + NEXT_YEAR).year)
    labelled = any(entry_parser.has_keyword_label(entry) for entry in found)
    read = [(entry, entry_parser.parse_entry(entry, source, labelled)) for entry in found]
    reviews, notices = _merge_duplicates(review for entry, review in read if not entry.doubts)
    short = (line.text for line in lines if len(line.text) <= MAX_PLAIN_CHARS)
    total = stated_total(text for text in short if " of " in text)  # "45 results" may be of a search
    return PageReading(
        reviews=tuple(reviews),
        waiting=tuple(review for entry, review in read if entry.doubts),
        leftovers=(*(one for entry in found for one in (*entry.doubts, *entry.after)), *notices),
        total=total if total and total > len(found) else None,
        lists_none=not found and _is_empty(page, lines),
    )


def _is_empty(page: Page, lines: Sequence[TextLine]) -> bool:
    """Whether a page without entries is a list that is empty, as far as it can be known: a script may fill it."""
    if not lists_none(lines, page.fetched_at.date()):
        return False
    from scraper.script_list import script_list_sign  # few lists are empty

    return not script_list_sign(page, says_none(lines))


def _merge_duplicates(reviews: Iterable[Review]) -> tuple[list[Review], list[Leftover]]:
    """Each review once, and what is to be told of it: copies of the same words share their links.

    Of copies of one record in different words the first counts; a number that two records have is trusted for neither.
    """
    kept: dict[str, list[Review]] = {}
    records: set[tuple[str, str]] = set()
    notices = []
    for review in reviews:
        record = (review.catalogue, heading_key(review))
        twins = kept.setdefault(review.fingerprint, [])
        one = (n for n, t in enumerate(twins) if not t.catalogue or review.catalogue in ("", t.catalogue))
        if (twin := next(one, None)) is not None:
            links = {link.url: link for link in (*twins[twin].links, *review.links)}
            twins[twin] = add_identity(replace(twins[twin], links=tuple(links.values())))
        elif not review.catalogue or record not in records:
            twins.append(review)
        else:
            notices.append(Leftover(one_line(review.heading), "listed twice in different words; the first is read"))
        records.add(record)
    merged = [review for twins in kept.values() for review in twins]
    shared = {number for number, times in Counter(r.catalogue for r in merged if r.catalogue).items() if times > 1}
    for number in sorted(shared):
        headings = "; ".join(one_line(review.heading) for review in merged if review.catalogue == number)
        notices.append(Leftover(headings, f"one catalogue number ({number}) for different reviews, trusted for none"))
    return [replace(r, catalogue="", key=f"f-{r.fingerprint[:16]}") if r.catalogue in shared else r for r in merged], (
        notices
    )


ADAPTER = Adapter(parse, yearly=True)
