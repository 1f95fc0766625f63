"""Source kinds: what is known of each before its parser is loaded."""

from core.config.schema import Source

ADAPTER_MODULES = {  # kind in the configuration: the module that reads it
    "nspcc-listing": "scraper.sources.nspcc_listing",
    "govuk-search": "scraper.sources.govuk_panel",
    "adult-reviews": "scraper.sources.adult_reviews",
    "homicide-reviews": "scraper.sources.homicide_reviews",
    "future-deaths": "scraper.sources.future_deaths",
    "heritage": "scraper.sources.heritage",
    "feed": "scraper.sources.feed",
    "wordpress": "scraper.sources.wordpress",
    "links": "scraper.sources.link_list",
}
PAGED_KINDS = frozenset({"govuk-search", "homicide-reviews", "future-deaths", "heritage", "wordpress"})  # they follow
OPTION_KINDS = frozenset({"feed", "homicide-reviews", "links", "wordpress"})  # they have options of their own
GRAMMAR_VERSION = 8  # raise it when the reading of a page changes, so that unchanged pages are read again


def has_many_pages(source: Source) -> bool:
    """Whether a source's list has many pages. Loads no parser of our own. Raises SourceError."""
    if source.kind in ADAPTER_MODULES:
        return source.kind in PAGED_KINDS
    from scraper.adapter import load_adapter  # of another package

    return load_adapter(source).follow is not None
