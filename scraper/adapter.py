"""Source adapters: what each kind of source offers, looked up by kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module

from core.config.schema import Source
from core.records import Page, PageReading

HTML_MEDIA = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
ADAPTER_MODULES = {  # kind in the configuration: the module that reads it
    "nspcc-listing": "scraper.sources.nspcc_listing",
    "govuk-search": "scraper.sources.govuk_panel",
    "adult-reviews": "scraper.sources.adult_reviews",
    "homicide-reviews": "scraper.sources.homicide_reviews",
    "future-deaths": "scraper.sources.future_deaths",
    "heritage": "scraper.sources.heritage",
}


@dataclass(frozen=True, slots=True)
class Adapter:
    """One kind of source. All its functions are pure."""

    parse: Callable[[Page, str], PageReading]  # page, source's name
    follow: Callable[[Page], tuple[str, ...]] | None = None  # the addresses to read after a page; None: one page is all
    media: frozenset[str] = HTML_MEDIA  # what its pages are
    needs: frozenset[str] = field(default=frozenset({"publisher", "text"}))  # what most of its reviews have
    lists_all: bool = True  # absence from a full read means that a review has gone
    # of a source of many pages
    entry_key: Callable[[str], str] | None = None  # the key of the entry at an address; empty where a list is there
    changed_since: Callable[[str, datetime], str] | None = None  # a list's address, for what is new or edited since
    past_end_status: int = 0  # HTTP: what an address past the last page answers; 0: there is none such


def load_adapter(source: Source | str) -> Adapter:
    """The adapter of a source, made for its options; of a kind alone, for none.

    Its module has an ADAPTER, or a `make_adapter` where the kind has options of its own.
    """
    if isinstance(source, str):
        source = Source(name="source", kind=source, url="https://source.example.org/")
    module = import_module(ADAPTER_MODULES[source.kind])
    adapter: Adapter = module.make_adapter(source) if hasattr(module, "make_adapter") else module.ADAPTER
    return adapter
