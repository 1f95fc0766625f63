"""The collection's site on this machine: the sample listing, which grows when a month passes."""

from datetime import date, datetime

from app.demo.listing_pages import render_listing, reviews_in_month
from app.demo.sample_reviews import sample_collection
from tests.support.loopback_site import Answer, Request, Site
from tests.support.timed_installation import LONDON, PDF, ROBOTS

REPORTS = "/HeritageScripts/Hapi.dll/search2"


def today() -> date:
    """The day in the zone that months are counted in."""
    return datetime.now(LONDON).date()


class Library:
    """`with Library() as library:` a site with the sample listing at `library.url`, of `library.month` 1 or 2."""

    def __init__(self) -> None:
        self.month = 1
        self.site = Site({"/robots.txt": lambda _: ROBOTS, "/list": self._list, REPORTS: lambda _: PDF})

    @property
    def url(self) -> str:
        """Where the listing is."""
        return self.site.url("/list")

    def _list(self, _: Request) -> Answer:
        year = today().year
        page = render_listing(reviews_in_month(sample_collection().current, self.month, year), "2025", year)
        return Answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def __enter__(self) -> "Library":
        self.site.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.site.__exit__(*error)
