"""What a look at a link's address showed, from its answer or from its failure."""

import re
from datetime import datetime

from core.errors import FetchError, RobotsRefused
from core.records import Page, Probe
from scraper.fetch.rules import Busy, Failed, Unasked

TOTAL = re.compile(r"bytes \d+-\d+/(\d{1,15})")  # RFC 9110 §14.4


def seen(url: str, page: Page, most: int) -> Probe:
    """The probe of an answer, whatever its status."""
    kind = page.header("content-type")
    return Probe(url, page.final_url, "answered", page.fetched_at, page.status, kind, _size(page, most), page.body)


def unseen(url: str, error: FetchError, at: datetime) -> Probe:
    """The probe of an address that gave no answer to judge."""
    cause = error.__cause__ if isinstance(error, RobotsRefused) else error
    inner = cause if isinstance(cause, FetchError) else error
    status = inner.status if isinstance(inner, Failed) else 0
    why = f"{inner.what}: {inner.which}" if inner.which else inner.what
    return Probe(url, url, _outcome(error, inner, status), at, status, why=why)


def _outcome(error: FetchError, inner: FetchError, status: int) -> str:
    if isinstance(error, Busy) or status == 429:
        return "busy"
    if isinstance(error, Unasked) or (isinstance(error, RobotsRefused) and (status or not isinstance(inner, Failed))):
        return "refused"
    return "failed"


def _size(page: Page, most: int) -> int | None:
    """The whole document's bytes, as far as the first of them tell."""
    if page.status == 206:
        total = TOTAL.match(page.header("content-range").strip().lower())
        return int(total[1]) if total else None
    declared, packed = page.header("content-length"), page.header("content-encoding").lower()
    if re.fullmatch("[0-9]{1,15}", declared) and packed in {"", "identity"}:
        return int(declared)
    return len(page.body) if len(page.body) < most else None
