"""Results by email: the search kept whole, what cannot be kept named, the reader's own list of searches."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import MultiDict

from app.web.public.saved_search_form import name_left_out, parse_day, parse_typed
from app.web.public.search_address import parse_query
from core.records import Subscriber
from core.search_words import MAX_QUERY_LENGTH
from core.source_records import SourceCheckpoint
from db.collection import sources
from db.mail import saved_searches
from db.mail.saved_searches import SavedSearch
from db.schema.connect import Database, write_transaction
from services.delivery.send_transactional import send_due
from services.readers.saved_search_wishes import MAX_SAVED_SEARCHES, SearchWish, save_wish
from tests.db.collection.test_reviews import sample, stored
from tests.support.sample_archive import NOW as SHELF_NOW
from tests.support.sample_archive import Shelf
from tests.support.signups import NOW, read
from tests.support.web_site import UNKNOWN, Site, Visitor, texts

ADDRESS = "/saved-searches?q=river&topic=neglect&topic=sleep&year=2015-2016&age=1-to-5"
WISH = SearchWish("river", (("age", "1-to-5"), ("topic", "neglect"), ("topic", "sleep"), ("year", "2015-2016")), "week")


@pytest.fixture
def site(db: Database) -> Site:
    stored(db, sample(summary="Death of a 3-year-old boy by the river.", keywords=("neglect", "sleep"), baseline=False))
    return Site(db)


def searches(site: Site, one: Subscriber) -> list[SavedSearch]:
    return saved_searches.list_of_reader(site.db, one.id)


def mailed_link(site: Site) -> str:
    """The link in the one email that is sent now, without the host."""
    before = set(site.house.outbox.glob("*.eml"))
    assert send_due(site.house.effects, site.settings, site.db) == 1
    (file,) = set(site.house.outbox.glob("*.eml")) - before
    text = read(file.read_bytes()).get_body(["plain"]).get_content()  # type: ignore[union-attr]
    return re.findall(r"https://news\.example\.org(\S+)", text)[0]


def add_one(site: Site, visitor: Visitor, one: Subscriber, search: str = "river", cadence: str = "day") -> int:
    """A search saved from the reader's own page; its number."""
    page = f"/preferences/{one.token}/searches/new"
    assert visitor.press(page, {"search": search, "cadence": cadence}).status_code == 303
    return searches(site, one)[-1].id


def test_results_lead_to_the_form_with_the_whole_search(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(sample(keywords=("neglect",)))
    page = BeautifulSoup(shelf.client().get("/reviews?topic=neglect&year=2010-2020&sort=publisher").text, "lxml")
    href = next(str(a["href"]) for a in page.find_all("a") if a.get_text() == "Email me results like this")

    assert urlsplit(href).path == "/saved-searches"
    assert urlsplit(href).query == "topic=neglect&year=2010-2020&sort=publisher"


def test_the_form_says_the_search_in_words_and_offers_its_feed(site: Site) -> None:
    page = site.visitor().get(ADDRESS)

    said = texts(page.text)
    assert "Words “river”" in said
    assert "Topic Neglect or Sleep" in said or "Topic Neglect or sleep" in said
    assert "Year 2015 to 2016" in said
    assert 'href="https://news.example.org/feeds/reviews.atom?q=river&amp;topic=neglect&amp;topic=sleep' in page.text
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("q=river&page=3", ["the page of results: “3”"]),
        ("q=river&sort=newest", ["the order of results: “Newest”"]),
        ("q=river&colour=blue", ["colour: “blue”"]),
        ("q=river&topic=neglect%00", ["Topic: “neglect”"]),
        ("q=river&year=2015&from=2016&to=2019", ["Year: “2015”"]),
        ("q=river&from=soon", ["From: “soon”"]),
        (f"q={'river ' * 40}", [f"the words after the first {MAX_QUERY_LENGTH} characters"]),
        ("q=river&topic=Neglect&year=2016-2019&page=1&sort=&from=&to=", []),
        ("&".join(f"topic=t{n}" for n in range(21)), ["Topic: “t20”"]),
    ],
)
def test_what_cannot_be_kept_is_named(site: Site, query: str, named: list[str]) -> None:
    args = MultiDict(part.split("=", 1) for part in query.replace("%00", "\0").split("&"))

    with site.app.test_request_context():
        assert name_left_out(args, parse_query(args)) == named
    page = texts(site.visitor().get(f"/saved-searches?{query}").text)
    assert ("cannot keep this" in page) is bool(named)
    assert all(words in page for words in named)


def test_a_stranger_saves_a_search_from_the_results_by_one_email(site: Site) -> None:
    visitor = site.visitor()

    asked = visitor.press(ADDRESS, {"email": "reader@example.org", "cadence": "week"})
    assert (asked.status_code, asked.location) == (303, "/saved-searches/check-your-email")
    assert visitor.get(asked.location).status_code == 200
    link = mailed_link(site)
    page = visitor.get(link)
    assert "Year 2015 to 2016" in texts(page.text)
    assert "subscribes you" in page.text
    assert site.house.one("reader@example.org").status == "pending"
    done = visitor.press(link)

    one = site.house.one("reader@example.org")
    (search,) = searches(site, one)
    assert (one.status, search.words, search.filters, search.cadence) == ("active", "river", WISH.filters, "week")
    assert "Your search is saved" in visitor.get(done.location).text


def test_the_answer_is_the_same_for_a_reader_and_for_a_stranger(site: Site) -> None:
    site.subscriber()
    fields = [{"email": f"{name}@example.org", "cadence": "day"} for name in ("reader", "stranger")]

    known, unknown = (site.visitor().press(ADDRESS, one) for one in fields)

    assert (known.status_code, known.location, known.text) == (unknown.status_code, unknown.location, unknown.text)
    assert site.house.letters() == [("search", "queued"), ("search", "queued")]


@pytest.mark.parametrize(
    ("address", "fields", "said"),
    [
        (ADDRESS, {"email": "reader", "cadence": "day"}, "Enter an email address like name@example.org"),
        (ADDRESS, {"email": "reader@example.org", "cadence": "hourly"}, "Choose one of the answers given"),
        ("/saved-searches?q=...", {"email": "reader@example.org", "cadence": "day"}, "no letter or digit"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_saved(site: Site, address: str, fields: dict[str, str], said: str) -> None:
    answer = site.visitor().press(address, fields)

    assert answer.status_code == 400
    assert said in texts(answer.text)
    assert site.house.letters() == []


def test_a_search_without_words_and_filters_is_the_newsletter(site: Site) -> None:
    page = site.visitor().get("/saved-searches?page=2")

    assert "A search needs words or filters" in texts(page.text)
    assert "<form" not in page.text


def test_a_link_that_is_late_or_not_whole_says_so(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()

    page = visitor.get(f"/preferences/{one.token}/searches/confirm/{UNKNOWN}")

    assert (page.status_code, "Search again" in page.text) == (404, True)
    assert visitor.get(f"/preferences/{UNKNOWN}/searches/confirm/{UNKNOWN}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "words", "filters"),
    [
        ("safe sleep", "safe sleep", ()),
        ("neglect 2016..2019", "neglect", (("year", "2016-2019"),)),
        ("https://news.example.org/reviews?q=river&topic=neglect&page=2", "river", (("topic", "neglect"),)),
        ("/reviews?topic=neglect", "", (("topic", "neglect"),)),
        ("https://news.example.org/reviews", "", ()),
        ("https://[", "", ()),
        ("father/mother", "father/mother", ()),
    ],
)
def test_a_reader_types_words_or_an_address(
    site: Site, typed: str, words: str, filters: tuple[tuple[str, str], ...]
) -> None:
    with site.app.test_request_context():
        query, left_out = parse_typed(typed)

    assert (query.words, query.filters) == (words, filters)
    assert left_out == (["the page of results: “2”"] if "page" in typed else [])


def test_a_reader_saves_changes_and_deletes_a_search_on_their_own_page(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    number = add_one(site, visitor, one, f"https://news.example.org{ADDRESS.replace('saved-searches', 'reviews')}")
    assert searches(site, one)[0].filters == WISH.filters
    page = f"/preferences/{one.token}/searches/{number}"

    changed = visitor.press(page, {"search": "fire", "keep": ["topic=neglect", "age=1-to-5"], "cadence": "month"})

    (search,) = searches(site, one)
    assert changed.status_code == 303
    assert (search.id, search.words, search.filters) == (number, "fire", (("age", "1-to-5"), ("topic", "neglect")))
    assert "“fire”; Topic: Neglect" in texts(visitor.get(f"/preferences/{one.token}").text)
    visitor.press(page, {}, f"{page}/delete")
    assert searches(site, one) == []
    assert visitor.get(page).status_code == 404


def test_a_search_rests_until_a_day(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    page = f"/preferences/{one.token}/searches/{add_one(site, visitor, one)}"

    wrong = visitor.press(page, {"until": "yesterday"}, f"{page}/pause")
    visitor.press(page, {"until": "2026-12-31"}, f"{page}/pause")

    assert (wrong.status_code, "Enter a day within a year" in texts(wrong.text)) == (400, True)
    assert "Paused until 31 December 2026" in texts(visitor.get(f"/preferences/{one.token}").text)
    visitor.press(page, {"resume": "yes"}, f"{page}/pause")
    assert searches(site, one)[0].paused_until is None


@pytest.mark.parametrize(
    ("typed", "good"), [("2026-11-24", True), ("2027-11-23", True), ("2026-11-23", False), ("2028-01-01", False)]
)
def test_a_day_is_to_come_and_within_a_year(typed: str, good: bool) -> None:
    assert (parse_day(typed, NOW.date()) is not None) is good


def test_nobody_sees_or_changes_another_readers_search(site: Site) -> None:
    one, other, visitor = site.subscriber(), site.subscriber("other"), site.visitor()
    number = add_one(site, visitor, one)
    hidden = visitor.token("/subscribe")

    page = f"/preferences/{other.token}/searches/{number}"
    assert visitor.get(page).status_code == 404
    for end in ("", "/pause", "/delete"):
        fields = {"csrf_token": hidden, "search": "x", "cadence": "day", "resume": "yes"}
        assert visitor.post(f"{page}{end}", fields).status_code == 404
    assert [search.words for search in searches(site, one)] == ["river"]


def test_too_many_or_the_same_twice_is_said(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    for n in range(MAX_SAVED_SEARCHES):
        save_wish(site.db, one.token, SearchWish(f"river{n}", (), "day"), NOW)
    page = f"/preferences/{one.token}/searches"

    more = visitor.press(f"{page}/new", {"search": "fire", "cadence": "day"})
    same = visitor.press(f"{page}/{searches(site, one)[0].id}", {"search": "river1", "cadence": "day"})

    assert (more.status_code, "you have 20 saved searches" in texts(more.text)) == (400, True)
    assert (same.status_code, "you have saved this search already" in texts(same.text)) == (400, True)


def test_the_list_says_what_each_would_have_brought(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    site = Site(shelf.db, sources=shelf.settings.sources)
    site.house.clock.now = SHELF_NOW
    for number, (days, past) in enumerate(((10, False), (90, False), (100, False), (5, True)), 1):
        review = sample(f"Child {number}", summary="By the river.", baseline=past)
        shelf.add(review, SHELF_NOW - timedelta(days=days))
    one = site.subscriber()
    save_wish(site.db, one.token, SearchWish("river", (), "day"), SHELF_NOW)
    save_wish(site.db, one.token, SearchWish("fire", (), "day"), SHELF_NOW)

    page = f"/preferences/{one.token}"
    assert "would have brought" not in site.visitor().get(page).text  # nothing was read yet: it is not known
    _read_first(shelf.db, SHELF_NOW - timedelta(days=300))
    said = texts(site.visitor().get(page).text)
    assert "In the last three months, it would have brought you 2 reviews." in said
    assert "In the last three months, it would have brought you no reviews." in said
    _read_first(shelf.db, SHELF_NOW - timedelta(days=20))
    assert "when we began to look, it would have brought you 1 review." in texts(site.visitor().get(page).text)


def _read_first(db: Database, at: datetime) -> None:
    with write_transaction(db):
        sources.save(db, SourceCheckpoint("nspcc", "https://learning.example.org/reviews", baseline_at=at))


def test_the_feed_of_a_search_is_asked_for_again_only_when_it_changed(site: Site) -> None:
    client = site.visitor()
    address = ADDRESS.replace("/saved-searches", "/feeds/reviews.atom")

    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    stored(site.db, sample("Child B", keywords=("sleep",), baseline=False))
    after = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, after.status_code) == (200, 304, 200)
    assert first.text.count("<entry>") == 1
