"""A contender: parsing alone, timed inside its process after all imports. Arguments: which parser, file of the page.

Prints the seconds and the digest of what was read.
"""

import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.listing import Entry, digest


def _ours() -> Callable[[bytes], Iterable[Entry]]:
    from core.records import Page, Review
    from scraper.sources.nspcc_listing import parse

    def said(review: Review) -> Entry:
        return Entry(
            review.year or 0,
            review.publisher,
            review.name,
            review.catalogue,
            review.summary,
            tuple((section.label, section.text) for section in review.sections),
            review.keywords,
            tuple((link.text, link.url) for link in review.links),
        )

    address, now = "http://127.0.0.1/listing", datetime(2016, 9, 26, tzinfo=UTC)
    headers = (("content-type", "text/html; charset=utf-8"),)
    return lambda body: map(said, parse(Page(address, address, 200, headers, body, now), "nspcc").reviews)


def _bs4(builder: str) -> Callable[[bytes], Iterable[Entry]]:
    from bs4 import BeautifulSoup

    from tests.bench.naive import from_soup

    return lambda body: from_soup(BeautifulSoup(body, builder))


def _lxml() -> Callable[[bytes], Iterable[Entry]]:
    import lxml.html

    from tests.bench.naive import from_tree

    return lambda body: from_tree(lxml.html.document_fromstring(body, lxml.html.HTMLParser(encoding="utf-8")))


def main(which: str, file: str) -> None:
    """Parse the page once."""
    read = {"ours": _ours, "lxml.html": _lxml}.get(which, lambda: _bs4(which))()
    body = Path(file).read_bytes()
    began = time.perf_counter()
    found = list(read(body))
    print(time.perf_counter() - began, digest(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
