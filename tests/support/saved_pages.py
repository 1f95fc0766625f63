"""Saved pages as the fetcher would hand them over."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.records import Page, Review

FOLDER = Path(__file__).parents[1] / "scraper" / "pages"
ERAS = ("2012", "2013", "2014", "2016", "2018", "2022", "2024", "abstracts")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADDRESS = "https://learning.nspcc.org.uk/case-reviews/recently-published-case-reviews"


def page(body: bytes | str, content_type: str = "text/html; charset=utf-8", url: str = ADDRESS) -> Page:
    """A page with this body."""
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, url, 200, (("content-type", content_type),) if content_type else (), raw, NOW)


def saved(name: str) -> Page:
    """A saved page: "2016/flat.html"."""
    return page((FOLDER / name).read_bytes())


def expected(era: str) -> list[dict[str, Any]]:
    """The reviewed records of an era's pages."""
    found: list[dict[str, Any]] = json.loads((FOLDER / era / "expected.json").read_text("utf-8"))
    return found


def shape(review: Review) -> dict[str, Any]:
    """A review in the form of the expected records."""
    names = "heading year month publisher name title summary catalogue".split()
    return {name: getattr(review, name) for name in names} | {
        "sections": [
            {"kind": s.kind, "label": s.label, "text": s.text, "items": list(s.items)} for s in review.sections
        ],
        "keywords": list(review.keywords),
        "links": [{"text": link.text, "url": link.url} for link in review.links],
    }
