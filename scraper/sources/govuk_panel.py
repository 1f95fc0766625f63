"""Source parser for the GOV.UK search API: the Child Safeguarding Practice Review Panel."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from core.errors import PageError
from core.records import Link, Page, PageReading, Review
from scraper.adapter import Adapter
from scraper.identity import add_identity, address_key, key_reviews
from scraper.page_text import decode_body, normalise_text

SITE_URL = "https://www.gov.uk"  # the API's links are relative to it
PANEL_NAME = "Child Safeguarding Practice Review Panel"
REVIEW_TYPES = frozenset({"independent_report", "research"})  # of documents; the rest is news
TYPE_FIELDS = ("content_store_document_type", "document_type", "elasticsearch_type")  # the first that tells
UNTELLING_TYPES = frozenset({"", "edition"})  # of every document
NO_REVIEW_PATH = re.compile(r"/government/(?!publications/)\w+/")  # /government/news/…, …/people/…, …/statistics/…
TIMESTAMP_PATTERN = re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])-\d\d")  # 2026-03-12T09:30:00Z


def parse(page: Page, source: str) -> PageReading:
    """Every review and report in the answer, newest first as the API gives them; empty when it is no answer of the API.

    News, people, registers and statistics are none. Raises PageError when the API refuses the question (unknown
    parameters are answered 422 with an `error`), and when the results end before the total that it states.
    """
    answer = _parse_answer(page)
    if refusal := _clean_text(answer.get("error")):
        raise PageError("the GOV.UK search refused the question", refusal[:200], "Check the source's address.")
    results, start, total = _result_list(answer), answer.get("start", 0), answer.get("total")
    if not results and isinstance(start, int) and isinstance(total, int) and start < total:
        raise PageError("the results end early", f"{start} of {total} came", "Read the source again later.")
    reviews = (_build_review(result, source) for result in results if _is_review(result))
    keyed = ((review, address_key(review.links[0].url) if review.links else "") for review in reviews if review.name)
    listed = key_reviews(keyed)
    return PageReading(listed, lists_none=bool(results) and not listed)


def follow(page: Page) -> tuple[str, ...]:
    """The address of the next results, by `start`, until `total` is reached."""
    answer = _parse_answer(page)
    start, total, count = answer.get("start", 0), answer.get("total"), len(_result_list(answer))
    if not count or not isinstance(start, int) or not isinstance(total, int) or start + count >= total:
        return ()
    url = urlsplit(page.final_url)
    asked = [(name, value) for name, value in parse_qsl(url.query, keep_blank_values=True) if name != "start"]
    return (url._replace(query=urlencode([*asked, ("start", start + count)])).geturl(),)


def _parse_answer(page: Page) -> dict[str, Any]:
    try:
        answer = json.loads(decode_body(page.body, page.header("content-type")))
    except (ValueError, RecursionError):  # not JSON, or nested without end
        return {}
    return answer if isinstance(answer, dict) else {}


def _result_list(answer: dict[str, Any]) -> list[dict[str, Any]]:
    results = answer.get("results")
    return [result for result in results if isinstance(result, dict)] if isinstance(results, list) else []


def _is_review(result: dict[str, Any]) -> bool:
    """Whether a document is a review or a report: by its type, or where no type tells by where it stands."""
    types = [_clean_text(result.get(name)) for name in TYPE_FIELDS]
    kind = next((kind for kind in types if kind not in UNTELLING_TYPES), "")
    return kind in REVIEW_TYPES if kind else not NO_REVIEW_PATH.match(_clean_text(result.get("link")))


def _build_review(result: dict[str, Any], source: str) -> Review:
    title, description = _clean_text(result.get("title")), _clean_text(result.get("description"))
    stamp = _clean_text(result.get("public_timestamp"))
    day = TIMESTAMP_PATTERN.match(stamp)
    url = _result_address(_clean_text(result.get("link")))
    return add_identity(
        Review(
            source=source,
            publisher=PANEL_NAME,
            name=title,
            year=int(day[1]) if day else None,
            month=int(day[2]) if day else None,
            title=f"{PANEL_NAME} – {title}",
            summary=description,
            links=(Link(title, url),) if url else (),
            heading=title,
            raw="\n".join(filter(None, (title, description, stamp))),
            nation="England",  # the panel's remit: Children and Social Work Act 2017 s. 12
        )
    )


def _clean_text(value: object) -> str:
    """A string of the answer in normal form; half a pair of surrogates, which JSON can spell, becomes "?"."""
    return normalise_text(value.encode(errors="replace").decode()) if isinstance(value, str) else ""


def _result_address(link: str) -> str:
    """Where a result is, absolute; empty for what is not on the web."""
    try:
        url = urljoin(SITE_URL, link.replace(" ", "%20")) if link else ""
    except ValueError:  # an address no browser could read
        return ""
    return url if url.lower().startswith(("http://", "https://")) else ""


ADAPTER = Adapter(
    parse,
    follow,
    media=frozenset({"application/json"}),
    needs=frozenset({"publisher", "text", "year", "link"}),
)
