"""Feeds and WordPress sites as sources: new is news, what falls off is not missing, none is a healthy read."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Typed
from tests.support.loopback_site import Answer, Request, Site

Type = Callable[..., Typed]
pytestmark = pytest.mark.loopback
PER_PAGE = 2


class Reviews:
    """A site's items, the newest first, as a feed and as WordPress answers of two a page."""

    def __init__(self) -> None:
        self.titles = ["Child C SPR", "Child B SPR", "Child A SPR"]

    def feed(self, asked: Request) -> Answer:
        items = "".join(
            f"<item><title>{title}</title><link>https://n.example.org/{title[6]}</link></item>" for title in self.titles
        )
        body = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
        return Answer(200, body.encode(), {"Content-Type": "application/rss+xml"})

    def links(self, asked: Request) -> Answer:
        items = "".join(f"<li>{title}</li>" for title in self.titles)
        return Answer(200, f"<html><body><ul>{items}</ul></body></html>".encode(), {"Content-Type": "text/html"})

    def wordpress(self, asked: Request) -> Answer:
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        start = (int(query.get("page", "1")) - 1) * PER_PAGE
        if start and start >= len(self.titles):
            return Answer(400, b'{"code": "rest_post_invalid_page_number", "message": "too far"}')
        items = [
            {"id": ord(title[6]), "title": {"rendered": title}, "link": f"https://n.example.org/{title[6]}"}
            for title in self.titles[start : start + PER_PAGE]
        ]
        pages = -(-len(self.titles) // PER_PAGE)
        headers = {
            "X-WP-Total": str(len(self.titles)),
            "X-WP-TotalPages": str(pages),
            "Content-Type": "application/json",
        }
        return Answer(200, json.dumps(items).encode(), headers)


@pytest.fixture
def reviews() -> Reviews:
    return Reviews()


@pytest.fixture
def site(reviews: Reviews, socket_enabled: None) -> Iterator[Site]:
    with Site({"/feed": reviews.feed, "/posts": reviews.wordpress, "/list": reviews.links}) as site:
        yield site


def counts(typed: Type, day: str) -> dict[str, Any]:
    """What a read of that day did."""
    (run,) = json.loads(typed("scrape", "north", "--as-of", day, "--json").out)
    return {name: run[name] for name in ("seen", "new", "changed", "missing", "quarantined")}


def configure(kind: str, url: str, *more: str) -> None:
    lines = ["[[sources]]", 'name = "north"', f'kind = "{kind}"', f'url = "{url}"', 'publisher = "North"', *more]
    Path("casereviews.toml").write_text("\n".join([*lines, "[fetch]", "spacing = 0.0", ""]))


@pytest.mark.parametrize(
    ("kind", "path"), [("feed", "/feed"), ("wordpress", f"/posts?per_page={PER_PAGE}&orderby=date&order=desc")]
)
def test_what_is_new_is_news_and_what_falls_off_is_not_missing(
    typed: Type, site: Site, reviews: Reviews, kind: str, path: str
) -> None:
    configure(kind, site.url(path))
    typed("init")
    first = counts(typed, "2026-10-01")
    reviews.titles = ["Child E SPR", "Child D SPR", "Child C SPR"]

    second = counts(typed, "2026-10-02")
    third = counts(typed, "2026-10-03")

    assert first == {"seen": 3, "new": 3, "changed": 0, "missing": 0, "quarantined": 0}
    assert (second["new"], second["changed"], second["missing"], second["quarantined"]) == (2, 0, 0, 0)
    assert (third["new"], third["missing"], third["quarantined"]) == (0, 0, 0)
    listed = json.loads(typed("reviews", "list", "--json").out)
    assert {(one["publisher"], one["status"]) for one in listed} == {("North", "current")}
    assert {one["title"] for one in listed if not one["baseline"]} == {"North – Child E SPR", "North – Child D SPR"}


@pytest.mark.parametrize("kind", ["feed", "wordpress"])
def test_a_source_that_lists_none_is_read_well(typed: Type, site: Site, reviews: Reviews, kind: str) -> None:
    configure(kind, site.url("/feed" if kind == "feed" else f"/posts?per_page={PER_PAGE}"), 'only = "review|SPR"')
    typed("init")
    reviews.titles = ["Safer sleep week"]
    first = counts(typed, "2026-10-01")
    reviews.titles = ["Child B SPR", "Safer sleep week"]

    second = counts(typed, "2026-10-02")

    assert (first["seen"], first["quarantined"]) == (0, 0)
    assert (second["seen"], second["new"], second["quarantined"]) == (1, 1, 0)
    (review,) = json.loads(typed("reviews", "list", "--json").out)
    assert not review["baseline"]  # it was not there at the first read


def test_an_entry_of_a_list_may_be_retitled_get_a_document_or_another(
    typed: Type, site: Site, reviews: Reviews
) -> None:
    configure("links", site.url("/list"), 'item = "li"')
    typed("init")
    a, b, c = (f'<a href="/file/{name}">report</a>' for name in "abc")
    reviews.titles = [f"Child A SPR {a}", f"Child B SPR {b}", f"Child C SPR {c}"]
    counts(typed, "2026-10-01")
    other, more = '<a href="/file/c2">report</a>', '<a href="/file/b0">summary</a>'
    reviews.titles = [f"Amara SPR {a}", f"Child B SPR {more} {b}", f"Child C SPR {other}"]

    second = counts(typed, "2026-10-02")
    reviews.titles = ['Child D SPR <a href="/file/d">report</a>']
    third = counts(typed, "2026-10-03")
    reviews.titles = ['Child B SPR <a href="/file/other">report</a>']
    fourth = counts(typed, "2026-10-04")

    assert (second["new"], second["changed"], second["missing"]) == (0, 3, 0)
    assert (third["new"], third["changed"], third["missing"]) == (1, 0, 0)
    assert (fourth["new"], fourth["changed"]) == (
        1,
        0,
    )  # another child of that name: what left the list stays as it was
