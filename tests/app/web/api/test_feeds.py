"""The feeds: read by a feed reader without complaint, whatever was scraped; stable, and asked about cheaply."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.dom import minidom

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from core.records import Change, Link
from db.collection import reviews
from db.schema.connect import write_transaction
from scraper.identity import heading_key
from tests.app.web.public.test_search_page import EVIL
from tests.support.sample_archive import BASE, NOW, Shelf, full, sample

FEEDS = [f"/feeds/{name}.{form}" for name in ("reviews", "issues") for form in ("atom", "json")]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return full(tmp_path)


def atom(shelf: Shelf, path: str) -> Any:
    body = shelf.client().get(path).data
    read = feedparser.parse(body)
    assert not read.bozo, read.get("bozo_exception")
    minidom.parseString(body)
    return read


def entries(shelf: Shelf, path: str) -> list[dict[str, Any]]:
    """A feed's entries as data, the same from both forms."""
    data = json.loads(shelf.client().get(path.replace(".atom", ".json")).data)
    assert data["version"] == "https://jsonfeed.org/version/1.1"
    assert data["feed_url"].startswith(BASE + path.partition(".")[0]) and data["home_page_url"].startswith(f"{BASE}/")
    read = atom(shelf, path)
    assert [(e.id, e.link, e.title) for e in read.entries] == [(i["id"], i["url"], i["title"]) for i in data["items"]]
    assert [e.updated[:19] for e in read.entries] == [i["date_modified"][:19] for i in data["items"]]
    return list(data["items"])


def test_the_newest_reviews_come_first_each_with_its_whole_text(shelf: Shelf) -> None:
    items = entries(shelf, "/feeds/reviews.atom")

    assert len(items) == 44
    assert (
        items[0]["date_published"] == "2026-10-20T00:00:00Z" and items[-1]["date_published"] == "2026-09-01T00:00:00Z"
    )
    assert items[0]["url"].startswith(f"{BASE}/reviews/")
    assert (
        "<h3>" in items[0]["content_html"]
        and items[0]["tags"]
        and items[0]["authors"] == [{"name": "NSPCC Repository"}]
    )
    read = atom(shelf, "/feeds/reviews.atom")
    assert read.feed.title == "Case reviews: reviews" and read.feed.language == "en-GB"
    assert {link.rel: link.href for link in read.feed.links} == {
        "alternate": f"{BASE}/reviews",
        "self": f"{BASE}/feeds/reviews.atom",
    }


def test_issues_come_newest_first_and_drafts_not_at_all(shelf: Shelf) -> None:
    items = entries(shelf, "/feeds/issues.atom")

    assert [item["url"] for item in items] == [f"{BASE}/issues/2026-10", f"{BASE}/issues/2026-09"]
    assert "In October 2026 five case reviews" in items[0]["content_html"]


def test_a_feed_of_a_search_holds_what_the_search_finds(shelf: Shelf) -> None:
    narrowed = entries(shelf, "/feeds/reviews.atom?q=neglect&year=2019")
    count = json.loads(shelf.client().get("/reviews.json?q=neglect&year=2019").data)["count"]

    assert 0 < len(narrowed) == count
    assert atom(shelf, "/feeds/reviews.atom?q=neglect&year=2019").feed.title == "Case reviews: neglect, 2019"
    assert len({atom(shelf, path).feed.id for path in ("/feeds/reviews.atom", "/feeds/reviews.atom?year=2019")}) == 2


def test_identities_stay_when_the_house_moves_and_the_review_is_edited(shelf: Shelf, tmp_path: Path) -> None:
    before = entries(shelf, "/feeds/reviews.atom")[0]
    number = int(before["url"].rpartition("/")[2])
    review = reviews.get(shelf.db, str(number))
    with write_transaction(shelf.db):
        reviews.save_edit(shelf.db, review, (Change("name", "x", "y"),), heading_key(review), NOW + timedelta(days=1))
    moved = Shelf(tmp_path, base_url="https://elsewhere.example.org")

    data = json.loads(moved.client().get("/feeds/reviews.json", base_url="https://elsewhere.example.org").data)
    after = next(item for item in data["items"] if item["id"] == before["id"])
    assert after["url"] == f"https://elsewhere.example.org/reviews/{number}"
    assert after["date_modified"] == "2026-11-24T09:00:00Z"
    assert after["date_published"] == before["date_published"]


@pytest.mark.parametrize("path", [*FEEDS, "/feeds/reviews.atom?topic=neglect"])
def test_asking_again_costs_nothing_until_something_changes(shelf: Shelf, path: str) -> None:
    client = shelf.client()
    first = client.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(path, headers=tag).status_code == 304
    assert client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    assert first.headers["X-Robots-Tag"] == "noindex" and "Set-Cookie" not in first.headers
    shelf.take_down(json.loads(client.get("/issues/2026-10.json").data)["reviews"][0])

    assert client.get(path, headers=tag).status_code == 200
    assert client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code in (200, 304)


def test_a_takedown_is_later_than_what_feed_readers_hold(shelf: Shelf) -> None:
    client = shelf.client()
    before = client.get("/feeds/reviews.atom").last_modified
    shelf.take_down(3)

    after = client.get("/feeds/reviews.atom", headers={"If-Modified-Since": before.strftime("%a, %d %b %Y %T GMT")})  # type: ignore[union-attr]
    assert after.status_code == 200 and after.last_modified == NOW
    assert f"{BASE}/reviews/3<" not in after.get_data(as_text=True).replace('"', "<")


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_nothing_scraped_breaks_a_feed(tmp_path: Path, evil: str) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(
        sample(
            f"Child {evil}",
            publisher=evil,
            summary=f"Death. {evil} \ufffe\ud7ff😀",
            keywords=(evil, "a"),
            links=(Link(evil, f"https://x.example.org/{evil}"),),
        ),
        datetime(2026, 10, 2, tzinfo=UTC),
    )
    shelf.issue("2026-10", note=evil)

    (item,) = entries(shelf, "/feeds/reviews.atom")
    assert (
        "<script" not in item["content_html"]
        and "<img" not in item["content_html"]
        and "<svg" not in item["content_html"]
    )
    assert len(entries(shelf, "/feeds/issues.atom")) == 1


def test_an_empty_house_has_valid_feeds(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)

    for path in ("/feeds/reviews.atom", "/feeds/issues.atom"):
        assert entries(shelf, path) == []


def test_pages_name_their_feeds(shelf: Shelf) -> None:
    for path in ("/issues", "/issues/2026-10", "/reviews", "/reviews/1", "/topics/neglect"):
        page = shelf.client().get(path).get_data(as_text=True)
        assert '<link rel="alternate" type="application/atom+xml"' in page and "application/feed+json" in page, path
