"""Link probe: what one look at a link's address showed."""

import re
from datetime import datetime

from core.errors import FetchError, RobotsRefused
from core.link_records import Probe
from core.records import Page
from core.states import ProbeOutcome
from scraper.fetch.response_body import content_codings
from scraper.fetch.rules import HostSilent, RequestDisallowed, RequestFailed, SiteBusy

CONTENT_RANGE_TOTAL = re.compile(r"bytes \d+-\d+/(\d{1,15})")  # RFC 9110 §14.4


def probe_answer(url: str, page: Page, most: int) -> Probe:
    """The probe of an answer, whatever its status."""
    kind = page.header("content-type")
    return Probe(
        url, page.final_url, "answered", page.fetched_at, page.status, kind, _document_size(page, most), page.body
    )


def probe_failure(url: str, error: FetchError, at: datetime) -> Probe:
    """The probe of an address that gave no answer to judge."""
    cause = error.__cause__ if isinstance(error, RobotsRefused) else error
    inner = cause if isinstance(cause, FetchError) else error
    status = inner.status if isinstance(inner, RequestFailed) else 0
    why = f"{inner.what}: {inner.which}" if inner.which else inner.what
    return Probe(url, url, _probe_outcome(error, inner, status), at, status, why=why)


def _probe_outcome(error: FetchError, inner: FetchError, status: int) -> ProbeOutcome:
    if isinstance(inner, SiteBusy | HostSilent) or status == 429:
        return "busy"
    if isinstance(error, RequestDisallowed) or (
        isinstance(error, RobotsRefused) and (status or not isinstance(inner, RequestFailed))
    ):
        return "refused"
    return "failed"


def _document_size(page: Page, most: int) -> int | None:
    """The whole document's bytes, as far as the first of them tell."""
    if page.status == 206:
        total = CONTENT_RANGE_TOTAL.match(page.header("content-range").strip().lower())
        return int(total[1]) if total else None
    declared, packed = page.header("content-length"), content_codings(page.header("content-encoding"))
    if re.fullmatch("[0-9]{1,15}", declared) and not packed:
        return int(declared)
    return len(page.body) if len(page.body) < most else None
