"""Plausibility check: why a read is not to be believed; pure."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.folding import one_line
from core.plurals import noun, plural
from core.records import Page, PageReading, Review
from core.sizes import MAX_PAGE_BYTES
from core.source_records import Leftover
from scraper.adapter import HTML_MEDIA
from scraper.covered_years import covered_years, max_lost
from scraper.page_kind import recognize_page
from scraper.page_text import decode_body, media_type
from scraper.reconcile import Reconciliation

TRUNCATED_PAGE = "the page is cut off before its end"
MIN_HISTORY = 4  # reviews: with fewer there is no history to speak of
MAX_NEW = 20  # reviews that may be new in one read, as a month added at once; MAX_NEW_TIMES the most before, if more
MAX_NEW_TIMES = 3
NEW_YEAR = timedelta(days=90)  # how long into a year reviews of the year before are late ones
NEXT_YEAR = timedelta(days=14)  # how long before a year its list may begin
MAX_CHANGED_SHARE = 0.8  # of the reviews known before: so many edits in one read are the page's doing, not the cases'


@dataclass(frozen=True, slots=True)
class PlausibilityLimits:
    """What a source must keep to."""

    fewest: float = 0.5  # share of the reviews shown before: a read that shows no more is not believed
    fewest_text: float = 0.5  # share of the entries that must have what the kind needs
    needs: frozenset[str] = frozenset({"publisher", "text"})  # among publisher, text, year, link
    media: frozenset[str] = HTML_MEDIA


FIELD_CHECKS: dict[str, Callable[[Review], bool]] = {
    "publisher": lambda review: bool(review.publisher),
    "text": lambda review: bool(review.summary or review.sections),
    "year": lambda review: review.year is not None,
    "link": lambda review: bool(review.links),
}


def check_page(page: Page, limits: PlausibilityLimits = PlausibilityLimits()) -> list[str]:
    """Why the bytes cannot be what the source serves, known before they are parsed."""
    body = page.body.lstrip()
    content_type = page.header("content-type")
    kind = media_type(content_type)
    if not body:
        return ["the page is empty"]
    if len(page.body) > MAX_PAGE_BYTES:  # from a file: what is fetched is never so big
        return [f"the page has more than {MAX_PAGE_BYTES:,} bytes"]
    if body.startswith(b"%PDF"):
        return [f"the page is a PDF, not {_format_media(limits)}"]
    if b"\0" in body[:1000] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["the page is not text"]
    if kind and kind not in limits.media:
        return [f"the page is {kind}, not {_format_media(limits)}{_guess_page_kind(page)}"]
    is_html = kind in HTML_MEDIA or not (kind or body.startswith((b"[", b"{")))
    if is_html and limits.media >= HTML_MEDIA and _is_truncated(decode_body(page.body, content_type)):
        return [TRUNCATED_PAGE]
    return []


def _is_truncated(text: str) -> bool:
    """Whether a document that began does not end; a fragment need only end with a whole tag or sentence."""
    began = re.search(r"<(html|body)[\s>]", text, re.I)
    if began:
        return not re.search(r"</(html|body)\s*>", text[-4096:], re.I)
    return text.rfind("<") > text.rfind(">")


def _format_media(limits: PlausibilityLimits) -> str:
    return "HTML" if limits.media == HTML_MEDIA else " or ".join(sorted(limits.media))


def check_reviews(
    page: Page,
    reviews: Sequence[Review],
    today: date,
    before: Collection[Review] = (),
    limits: PlausibilityLimits = PlausibilityLimits(),
) -> list[str]:
    """Why the reviews read from a page are not to be believed.

    `before`: the reviews that this source showed at its last good read.
    """
    if not reviews:
        return [f"no review headings were found{_guess_page_kind(page)}"]
    found = []
    this_year = (today + NEXT_YEAR).year
    if late := {review.year for review in reviews if review.year and review.year > this_year}:
        found.append(f"a review is dated in the future ({max(late)})")
    for need in sorted(limits.needs):
        if sum(map(FIELD_CHECKS[need], reviews)) < limits.fewest_text * len(reviews):
            found.append(f"most entries have a heading and no {need}")
    years = covered_years(list(before), reviews)
    expected = [review for review in before if review.year in years]
    if len(expected) >= MIN_HISTORY:
        found += _compare_reads(reviews, expected, limits)
    return found


def _compare_reads(reviews: Sequence[Review], before: Sequence[Review], limits: PlausibilityLimits) -> list[str]:
    """Complaints of a read beside the one before, where both cover the same years."""
    found = []
    if len(reviews) <= limits.fewest * len(before):
        listed = f"{plural(len(reviews), 'review')} {noun(len(reviews), 'is', 'are')}"
        found.append(f"only {listed} listed where {len(before)} were before")
    now, then = sum(map(_has_labels, reviews)), sum(map(_has_labels, before))
    if then >= len(before) / 2 and now / len(reviews) < then / len(before) / 2:
        found.append(f"only {now} of {len(reviews)} entries have a known label where {then} of {len(before)} had")
    if _text_length(reviews) / len(reviews) < _text_length(before) / len(before) / 2:
        found.append("the entries have less than half the text that they had")
    return found


def _has_labels(review: Review) -> bool:
    return bool(review.sections or review.keywords)


def _text_length(reviews: Sequence[Review]) -> int:
    return sum(len(review.summary) + sum(len(section.text) for section in review.sections) for review in reviews)


def check_changes(
    decisions: Reconciliation, shown: int, limits: PlausibilityLimits = PlausibilityLimits()
) -> list[str]:
    """Why the changes a read would make are not to be believed.

    `shown`: how many reviews of its years were listed before; 0 where a page need not list them again.
    """
    known = decisions.unchanged + len(decisions.changed)
    if shown >= MIN_HISTORY and not known and decisions.new:
        return [f"none of the {shown} reviews listed before is on the page"]
    if len(decisions.changed) >= MIN_HISTORY and len(decisions.changed) >= MAX_CHANGED_SHARE * known:
        return [f"{len(decisions.changed)} of {known} reviews changed at once"]
    empty = sum(not FIELD_CHECKS["text"](review) for review in decisions.new)
    if "text" in limits.needs and empty > 1 and empty * 2 >= len(decisions.new):
        return [f"{empty} of {len(decisions.new)} new reviews have a heading and no text"]
    return []


def hold_future(reading: PageReading, today: date) -> PageReading:
    """The reading, in which a few reviews dated in the future are named and wait; of many the page is to be doubted."""
    latest = (today + NEXT_YEAR).year
    late = [review for review in reading.reviews if (review.year or 0) > latest]
    if not late or len(late) * 4 >= len(reading.reviews):
        return reading
    named = [Leftover(one_line(review.title), f"dated in the future ({review.year})") for review in late]
    return replace(
        reading,
        reviews=tuple(review for review in reading.reviews if review not in late),
        waiting=(*reading.waiting, *late),
        leftovers=(*reading.leftovers, *named),
    )


def check_waiting(waiting: int, read: int) -> list[str]:
    """Why a page is not believed of which more entries wait than are read: its shape has changed, not a heading."""
    return [f"{waiting} of {waiting + read} entries are not understood"] if waiting > read else []


def check_losses(lost: int, shown: int) -> list[str]:
    """Why so many reviews, of those shown before that the page still covers, are not believed to have gone."""
    return [f"{lost} of {shown} reviews listed before are not on the page"] if lost > max_lost(shown) else []


def check_total(total: int | None, arrived: int) -> list[str]:
    """Why a source is not believed to be read to its end: it says itself how many it lists."""
    if total is None or arrived >= total:
        return []
    return [f"{arrived} of {total} entries arrived: the source says itself how many it lists"]


def check_additions(new: Sequence[Review], shown: Collection[Review], most: int, today: date) -> list[str]:
    """Why so many reviews are not believed to be news.

    `shown`: the reviews that the source showed before. `most`: the most that were ever new in one read.
    """
    if len(new) > max(MAX_NEW, MAX_NEW_TIMES * most):
        before = f"there were {most} at most" if most else "none were before"
        return [f"{len(new)} reviews are new at once, where {before}"]
    first = min({(today - NEW_YEAR).year, *(review.year for review in shown if review.year)})
    old = [review.year for review in new if review.year and review.year < first]
    if len(old) > max_lost(len(shown)):
        years = str(min(old)) if min(old) == max(old) else f"{min(old)} to {max(old)}"
        return [f"{len(old)} new reviews are of years that the source did not list before ({years})"]
    return []


def _guess_page_kind(page: Page) -> str:
    from scraper.script_list import recognize_script_list  # few pages have no entries

    kind = recognize_page(page) or recognize_script_list(page)
    return f"; it looks like {kind}" if kind else ""
