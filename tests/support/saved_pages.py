"""Saved pages as the fetcher would hand them over, each kind's in its own folder beside the expected records."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.records import Page, Review
from scraper.source_kinds import ADAPTER_MODULES

FOLDER = Path(__file__).parents[1] / "scraper" / "pages"
ERAS = ("2012", "2013", "2014", "2016", "2018", "2022", "2024", "abstracts")  # of the NSPCC's lists
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADDRESS = "https://learning.nspcc.org.uk/case-reviews/recently-published-case-reviews"
ADDRESSES = {  # folder, or the kind's above it: the address that its pages are saved from, where links need one
    "nspcc-listing": ADDRESS,
    "heritage": "https://library.example.org/HeritageScripts/Hapi.dll/retrieve2?SetID=8A7B&Offset=12",
    "govuk-search": "https://www.gov.uk/api/search.json?filter_organisations=panel&count=5&fields=title&fields=link",
    "adult-reviews": "https://nationalnetwork.org.uk/search.html",
    "homicide-reviews": "https://homicide-review.homeoffice.gov.uk/?pagination[pageNumber]=0&pagination[pageSize]=3",
    "future-deaths": "https://www.judiciary.uk/prevention-of-future-death-reports/page/2/",
    "future-deaths/report": "https://www.judiciary.uk/prevention-of-future-death-reports/sam-invented/",
}
MEDIA = {
    ".xml": "application/xml",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
}


def page(body: bytes | str, content_type: str = MEDIA[".html"], url: str = ADDRESS) -> Page:
    """A page with this body."""
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, url, 200, (("content-type", content_type),) if content_type else (), raw, NOW)


def saved(name: str, url: str = "", folder: Path = FOLDER) -> Page:
    """A saved page: "nspcc-listing/2016/flat.html"."""
    file, own = folder / name, Path(name).parent.as_posix()
    address = ADDRESSES.get(own) or ADDRESSES.get(name.split("/")[0], "https://source.example.org/list")
    return page(file.read_bytes(), MEDIA.get(file.suffix, "text/plain; charset=utf-8"), url or address)


def saved_names(kind: str, folder: Path = FOLDER) -> list[str]:
    """The saved pages of a kind that have expected records beside them: ["adult-reviews/page.html", ...].

    A kind without a page, or with a page and no records, is an error that says what to write.
    """
    beside = [file for file in sorted((folder / kind).rglob("*.*")) if "broken" not in file.parts]
    records = {file.parent for file in beside if file.name == "expected.json"}
    pages = [file for file in beside if file.parent in records and file.name != "expected.json"]
    wanted = f"tests/scraper/pages/{kind}"
    how = f"CONTRIBUTING.md tells how, under “Add a source” (kind {kind!r} of scraper/adapter.py)."
    if not any(file.name != "expected.json" for file in beside):
        raise AssertionError(f"There is no saved page: save one as {wanted}/page.html. {how}")
    if not pages:
        raise AssertionError(f"There are no expected records: write them by hand as {wanted}/expected.json. {how}")
    return [file.relative_to(folder).as_posix() for file in pages]


def registered_names() -> list[str]:
    """The saved pages of every registered kind."""
    return [name for kind in ADAPTER_MODULES if (FOLDER / kind).is_dir() for name in saved_names(kind)]


def expected(name: str) -> list[dict[str, Any]]:
    """The reviewed records of a saved page."""
    records: list[dict[str, Any]] = json.loads((FOLDER / name).with_name("expected.json").read_text("utf-8"))
    return records


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


def full_shape(review: Review) -> dict[str, Any]:
    """The same with what is derived from the words: the nation, the kind of review."""
    return shape(review) | {"nation": review.nation, "kind": review.kind}
