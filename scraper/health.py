"""Is this read believable? Complaints in words, empty when it is; pure."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date

from core.records import Page, Review
from scraper.lines import decode

FEWEST = 0.5  # of what the source showed before, in the years the page covers
ENOUGH_TEXT = 0.5  # of the entries have a summary or a section
LOOKS_LIKE = (  # what a page without reviews says of itself; matched against its text
    (
        "a bot check",
        re.compile(
            r"captcha|human\b.{0,20}\bverif|verif.{0,20}\bhuman|not a robot|unusual traffic"
            r"|checking (that )?your? (browser|are)",
            re.I,
        ),
    ),
    ("a log-in page", re.compile(r"<input[^>]+type\s*=\s*[\"']?password|\b(log|sign)[ -]?in to\b", re.I)),
    (
        "an error page",
        re.compile(
            r"page (was )?not found|can(no|['’])t (be )?f(ind|ound)|something (went|has gone) wrong"
            r"|\b(404|500|502|503)\b|temporarily unavailable|server error|maintenance|access denied|error",
            re.I,
        ),
    ),
)


def page_complaints(page: Page) -> list[str]:
    """Why the bytes cannot be a listing, known before they are parsed."""
    body = page.body.strip()
    kind = page.header("content-type").partition(";")[0].strip().lower()
    if not body:
        return ["the page is empty"]
    if body.startswith(b"%PDF"):
        return ["the page is a PDF, not HTML"]
    if b"\0" in body[:1000] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["the page is not text"]
    if kind and kind not in {"text/html", "application/xhtml+xml", "text/plain"}:
        return [f"the page is {kind}, not HTML"]
    if _truncated(decode(page.body, kind)):
        return ["the page is cut off before its end"]
    return []


def _truncated(text: str) -> bool:
    """Whether a document that began does not end; a fragment need only end with a whole tag or sentence."""
    began = re.search(r"<(html|body)[\s>]", text, re.I)
    if began:
        return not re.search(r"</(html|body)\s*>", text[-4096:], re.I)
    return text.rfind("<") > text.rfind(">")


def complaints(page: Page, reviews: Sequence[Review], today: date, before: Collection[Review] = ()) -> list[str]:
    """Why the reviews read from a page are not to be believed.

    `before`: the reviews that this source showed at its last good read.
    """
    if not reviews:
        return [f"no review headings were found{_looks_like(page)}"]
    found = []
    if late := {review.year for review in reviews if review.year and review.year > today.year}:
        found.append(f"a review is dated in the future ({max(late)})")
    if twice := _numbers_twice(reviews):
        found.append(f"different reviews have the same catalogue number ({', '.join(sorted(twice))})")
    if sum(bool(review.summary or review.sections) for review in reviews) < ENOUGH_TEXT * len(reviews):
        found.append("most entries have a heading and no text")
    years = {review.year for review in reviews}
    expected = sum(review.year in years for review in before)
    if expected >= 4 and len(reviews) < FEWEST * expected:
        found.append(f"only {len(reviews)} reviews are listed where {expected} were before")
    return found


def _numbers_twice(reviews: Sequence[Review]) -> set[str]:
    return {number for number, times in Counter(r.catalogue for r in reviews if r.catalogue).items() if times > 1}


def _looks_like(page: Page) -> str:
    text = decode(page.body, page.header("content-type"))[:200_000]
    return next((f"; it looks like {what}" for what, sign in LOOKS_LIKE if sign.search(text)), "")
