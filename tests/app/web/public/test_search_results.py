"""The search page: its address is its state, its counts are links, and whatever is typed is only ever text."""

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.web.public import search_address
from app.web.public.search_page import subscribe_address
from core.config.schema import Source
from db.collection import reviews
from db.read.search import SearchQuery, SearchResult
from tests.db.read.test_search import TYPED
from tests.support.browser import invalid
from tests.support.sample_archive import Shelf, full, sample


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return full(tmp_path)


def soup(client: FlaskClient, path: str) -> BeautifulSoup:
    answer = client.get(path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, path
    assert invalid(page) == []
    return BeautifulSoup(page, "lxml")


def found(page: BeautifulSoup) -> list[str]:
    return [a["href"] for a in page.select(".results h2 a")]  # type: ignore[misc]  # one address each


def test_it_says_how_many_were_found_in_words_and_in_the_title(shelf: Shelf) -> None:
    page = soup(shelf.client(), "/reviews?q=neglect")

    count = len(found(page))
    assert page.select_one("[role=status]").get_text() == f"{count} reviews with “neglect”"  # type: ignore[union-attr]
    assert page.title.get_text() == f"“neglect”: {count} reviews – Search reviews – Case reviews"  # type: ignore[union-attr]
    assert {mark.get_text().lower() for mark in page.select("mark")} <= {"neglect", "neglected", "neglecting"}
    assert page.select_one("#q")["value"] == "neglect"  # type: ignore[index]


def test_every_count_is_a_link_that_finds_so_many(shelf: Shelf) -> None:
    client = shelf.client()
    page = soup(client, "/reviews?q=health")
    links = [(a["href"], int(a.find_next("span", class_="held").contents[0])) for a in page.select(".narrow li a")]  # type: ignore[union-attr,arg-type]

    assert len(links) > 15
    for href, count in links:
        narrowed = soup(client, str(href))
        assert narrowed.select_one("[role=status]").get_text().startswith(f"{count} review")  # type: ignore[union-attr]
        assert narrowed.select(".chosen a")


def test_each_filter_can_be_taken_away_by_itself_or_all_at_once(shelf: Shelf) -> None:
    client = shelf.client()
    page = soup(client, "/reviews?q=the&year=2019&nation=wales")

    assert [" ".join(a.get_text().split()) for a in page.select(".chosen a")] == [
        "Remove the filter Year: 2019 ×",
        "Remove the filter Nation: Wales ×",
        "Remove all filters",
    ]
    hrefs = [a["href"] for a in page.select(".chosen a")]
    assert hrefs == ["/reviews?q=the&nation=wales", "/reviews?q=the&year=2019", "/reviews?q=the"]
    hidden = [(field["name"], field["value"]) for field in page.select(".seek input[type=hidden]")]
    assert hidden == [("year", "2019"), ("nation", "wales")]  # a new word keeps the filters


def test_results_are_sorted_as_asked_and_leafed_through(shelf: Shelf) -> None:
    client = shelf.client()
    everything: list[str] = []
    for number in (1, 2, 3):
        page = soup(client, f"/reviews?page={number}")
        everything += found(page)
    count = int(page.select_one("[role=status]").get_text().split()[0])  # type: ignore[union-attr]

    assert len(everything) == len(set(everything)) == count == 44
    assert [a.get_text() for a in page.select(".pages a")] == ["Previous", "Page 1", "Page 2", "Page 3"]
    assert page.select_one(".pages [aria-current=page]")["href"] == "/reviews?page=3"  # type: ignore[index]
    titles = [a.get_text() for a in soup(client, "/reviews?sort=publisher").select(".results h2 a")]
    assert titles == sorted(titles, key=lambda title: re.sub(r"\d+", lambda d: d[0].zfill(8), title.casefold()))


@pytest.mark.parametrize("path", ["/reviews?page=99", "/reviews?q=neglect&page=10000"])
def test_a_page_too_far_leads_back_to_the_first(shelf: Shelf, path: str) -> None:
    page = soup(shelf.client(), path)

    assert found(page) == []
    assert "There are not so many pages" in page.get_text()


def test_nothing_found_says_what_to_try(shelf: Shelf) -> None:
    client = shelf.client()
    page = soup(client, "/reviews?q=neglect&year=1950")
    assert "No reviews with “neglect”" in page.get_text()
    assert "Remove the filter: without it" in " ".join(page.select_one(".panel").get_text().split())  # type: ignore[union-attr]

    assert "Check the spelling" in soup(client, "/reviews?q=xyzzy").get_text()
    assert "holds no letter or digit" in soup(client, "/reviews?q=***").get_text()
    assert "The first" not in soup(client, "/reviews").get_text()


def test_where_no_review_has_the_word_those_that_begin_with_it_are_offered(shelf: Shelf) -> None:
    shelf.add(sample("Child B", summary="Bruising of a child."))
    page = shelf.client().get("/reviews?q=brui").text

    assert '<a href="/reviews?q=brui%2A">all words beginning with “brui”</a>? 2 reviews are found.' in page
    found = shelf.client().get("/reviews?q=brui%2A").text
    assert "Child B" in found and "Did you mean" not in found and "when=matching" not in found
    assert "Did you mean" not in shelf.client().get("/reviews?q=zzzz").text


def hidden_men(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for name, year, text in (
        ("Typed", 2016, "Neglect of a boy. Hidden men."),
        ("Other", 2019, "Unseen men and two children."),
        ("Neither", 2022, "Neglect of a child; see C0042."),
    ):
        shelf.add(sample(name, summary=text, year=year, keywords=(), sections=(), links=(), publisher="St Helens"))
    return shelf


def test_other_words_that_are_searched_are_named_and_can_be_left_out(tmp_path: Path) -> None:
    client = hidden_men(tmp_path).client()
    page = soup(client, "/reviews?q=hidden+men&year=2016&year=2019")

    assert found(page) == ["/reviews/1", "/reviews/2"]  # the words typed come first
    also = " ".join(page.select_one("#also").get_text().split())  # type: ignore[union-attr]
    assert also.startswith("Also searched: ") and "unseen men; father figures. Search only the words typed" in also
    only = str(page.select_one("#also a")["href"])  # type: ignore[index]
    assert parse_qs(urlsplit(only).query) == {"q": ['"hidden" "men"'], "year": ["2016", "2019"]}
    assert found(soup(client, only)) == ["/reviews/1"]
    assert soup(client, only).select_one("#also") is None
    for path in ("/trends?q=hidden+men", "/learning?q=hidden+men"):
        assert "Also searched: hidden fathers; " in soup(client, path).get_text()
        assert "Also searched" not in soup(client, path.replace("hidden+men", "neglect")).get_text()
    related = [(a.get_text(), a["href"]) for a in page.select(".see-also a")]
    assert ("Professional curiosity", "/reviews?q=Professional+curiosity") in related
    assert not soup(client, "/reviews?q=children").select("#also, .see-also")


def test_a_word_that_no_review_has_is_put_right(tmp_path: Path) -> None:
    client = hidden_men(tmp_path).client()
    link = soup(client, "/reviews?q=neglekt&year=2016").select_one(".panel a[href*=neglect]")

    assert link and (link.get_text(), link["href"]) == ("neglect", "/reviews?q=neglect")
    assert "? 2 reviews are found." in soup(client, "/reviews?q=neglekt").select_one(".panel").get_text()  # type: ignore[union-attr]
    data = client.get("/reviews.json?q=neglekt").get_json()
    assert (data["count"], data["did_you_mean"]) == (0, "neglect")
    assert "Did you mean" not in soup(client, "/reviews?q=xyzzyx").get_text()


def test_years_are_a_range_typed_among_the_words_or_in_two_fields(tmp_path: Path) -> None:
    client = hidden_men(tmp_path).client()
    for path in ("/reviews?q=children+2018..2022", "/reviews?q=children&year=2016&from=2018&to=2022"):
        page = soup(client, path)

        assert found(page) == ["/reviews/3", "/reviews/2"] or sorted(found(page)) == ["/reviews/2", "/reviews/3"]
        assert [" ".join(a.get_text().split()) for a in page.select(".chosen a")] == [
            "Remove the filter Year: 2018 to 2022 ×"
        ]
        assert page.select_one("#q")["value"] == "children"  # type: ignore[index]
        fields = {field["name"]: field["value"] for field in page.select(".years input")}
        assert fields == {"q": "children", "from": "2018", "to": "2022"}
        assert "/reviews?q=children&year=2022" in [a["href"] for a in page.select(".narrow a")]  # in place of the range
    for path in ("/reviews?year=2022-2018", "/reviews?year=2018..2022", "/reviews?from=2022&to=2018"):
        assert sorted(found(soup(client, path))) == ["/reviews/2", "/reviews/3"]
    for path in ("/reviews?from=x&to=%00", "/reviews?from=&to=", "/reviews?from=99999"):
        assert len(found(soup(client, path))) == 3


def test_words_that_are_too_many_are_named(tmp_path: Path) -> None:
    page = soup(hidden_men(tmp_path).client(), f"/reviews?q={'neglect+' * 20}hidden+men")

    assert found(page)
    assert "Left out: hidden men" in page.select_one(".notes").get_text()  # type: ignore[union-attr]


def test_values_of_filters_are_folded_as_on_the_command_line(tmp_path: Path) -> None:
    client = hidden_men(tmp_path).client()

    for path in ("/reviews?publisher=ST.+HELENS", "/reviews?nation=ENGLAND&publisher=st-helens"):
        page = soup(client, path)
        assert len(found(page)) == 3, path
        assert "publisher=st-helens" in str(page.select_one("link[type='application/json']")["href"])  # type: ignore[index]


@pytest.mark.parametrize("typed", ["child", "children", "hidden men", "neglect -boy", "hidden OR see", "-boy", "c0042"])
def test_page_data_feed_and_command_line_find_the_same(tmp_path: Path, typed: str) -> None:
    shelf = hidden_men(tmp_path)
    client, query = shelf.client(), urlencode({"q": typed})
    page = sorted(found(soup(client, f"/reviews?{query}")))
    data = client.get(f"/reviews.json?{query}").get_json()
    feed = client.get(f"/feeds/reviews.json?{query}").get_json()
    command = reviews.search(shelf.db, typed)

    assert page
    assert sorted(f"/reviews/{one['id']}" for one in data["reviews"]) == page
    assert sorted(urlsplit(one["url"]).path for one in feed["items"]) == page
    assert sorted(f"/reviews/{review.id}" for review, _ in command) == page


def test_an_empty_house_has_a_search_page(tmp_path: Path) -> None:
    page = soup(Shelf(tmp_path).client(), "/reviews")

    assert "No reviews" in page.get_text()


@pytest.mark.parametrize(
    "typed", [*TYPED, "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"], ids=ascii
)
def test_whatever_is_typed_is_only_text(shelf: Shelf, typed: str) -> None:
    client = shelf.client()
    text = typed.encode("utf-8", "replace").decode()
    for query in (
        {"q": text},
        {"q": "neglect", "year": text, "topic": text},
        {"sort": text, "page": text},
        {text[:50]: text},
    ):
        path = f"/reviews?{urlencode(query)}"
        page = soup(client, path)
        assert not page.select("script, img, [onerror]")
        assert client.get(path.replace("?", ".json?")).status_code == 200
        assert client.get(path.replace("/reviews?", "/feeds/reviews.atom?")).status_code == 200


@pytest.mark.parametrize(
    "raw", ["%00", "%ff%fe", "%ed%a0%80", "%", "%zz", "q", "&&&", "q=a&q=b", "q[]=1", "q=%E2%80%AE"]
)
def test_no_address_is_an_error(shelf: Shelf, raw: str) -> None:
    for path in (f"/reviews?q={raw}", f"/reviews?{raw}", f"/reviews?year={raw}&page={raw}"):
        assert shelf.client().get(path).status_code == 200


def test_the_same_search_has_one_address() -> None:
    query = SearchQuery("safe sleep", (("year", "2016"), ("nation", "wales")), "publisher", 3)

    assert search_address.build_address(query) == "/reviews?q=safe+sleep&year=2016&nation=wales&sort=publisher&page=3"
    assert search_address.build_address(SearchQuery()) == "/reviews"


@pytest.mark.parametrize(
    ("count", "page", "shown"),
    [
        (0, 1, []),
        (20, 1, []),
        (21, 1, [1, 2]),
        (100, 3, [1, 2, 3, 4, 5]),
        (2000, 50, [1, 0, 49, 50, 51, 0, 100]),
        (140, 4, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_pages_around_this_one_are_shown(count: int, page: int, shown: list[int]) -> None:
    assert search_address.page_numbers(count, page) == shown


def test_results_like_these_lead_to_a_subscription_filled_in(shelf: Shelf) -> None:
    page = soup(shelf.client(), "/reviews?q=home&topic=neglect&nation=wales")
    href = next(
        str(a["href"]) for a in page.find_all("a") if a.get_text() == "subscribe to the newsletter with these topics"
    )

    assert urlsplit(href).path == "/subscribe"
    assert parse_qs(urlsplit(href).query) == {"topics": ["Neglect; home"], "nations": ["Wales"], "when": ["matching"]}
    form = soup(shelf.client(), href)
    assert form.select_one("#topics").get_text().strip() == "Neglect; home"  # type: ignore[union-attr]
    assert {"matching", "Wales", "full"} <= {box["value"] for box in form.select("input[checked]")}
    assert form.select("details[open]")


@pytest.mark.parametrize(
    ("typed", "topics"),
    [
        ("safe sleep", "safe sleep"),
        ("fire OR sleep", "fire; sleep"),
        ("a fire OR b", ""),
        ("-a fire", ""),
        ("a*", "a*"),
    ],
)
def test_words_become_topics_as_far_as_a_subscription_can_say_them(tmp_path: Path, typed: str, topics: str) -> None:
    with Shelf(tmp_path).app().test_request_context():
        href = subscribe_address(SearchQuery(typed), SearchResult(0, (), {}, 0, {}))

    assert parse_qs(urlsplit(href).query).get("topics", [""]) == [topics]


def test_the_data_holds_the_whole_search(shelf: Shelf) -> None:
    data = json.loads(shelf.client().get("/reviews.json?q=neglect&year=2019&sort=newest").data)

    assert (data["query"], data["filters"], data["sort"], data["page"]) == ("neglect", {"year": ["2019"]}, "newest", 1)
    assert (
        data["count"]
        == len(data["reviews"])
        == next(c["count"] for c in data["facets"]["year"] if c["value"] == "2019")
    )
    assert {"id", "key", "sections", "links", "status", "issue"} <= data["reviews"][0].keys()


def test_a_change_is_seen_at_once_and_nothing_else_is_rendered_again(shelf: Shelf) -> None:
    client = shelf.client()
    first = client.get("/reviews?q=neglect")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/reviews?q=neglect", headers=tag).status_code == 304
    assert client.get("/reviews?q=other", headers=tag).status_code == 200
    added = shelf.add(sample("New", summary="Neglect of a boy.", year=2026))

    answer = client.get("/reviews?q=neglect", headers=tag)
    assert answer.status_code == 200
    assert f'href="/reviews/{added.id}"' in answer.get_data(as_text=True)
    shelf.take_down(added.id)
    assert f'href="/reviews/{added.id}"' not in client.get("/reviews?q=neglect", headers=tag).get_data(as_text=True)


def test_its_feeds_are_those_of_the_search(shelf: Shelf) -> None:
    page = soup(shelf.client(), "/reviews?q=neglect&year=2019&page=2&sort=publisher")
    alternates = {link["type"]: unescape(str(link["href"])) for link in page.select("link[rel=alternate]")}

    assert alternates["application/atom+xml"] == "/feeds/reviews.atom?q=neglect&year=2019"
    assert alternates["application/feed+json"] == "/feeds/reviews.json?q=neglect&year=2019"
    assert alternates["application/json"] == "/reviews.json?q=neglect&year=2019&sort=publisher&page=2"


def test_topics_are_listed_by_letter_and_lead_to_their_reviews(shelf: Shelf) -> None:
    client = shelf.client()
    page = soup(client, "/topics")
    links = [(str(a["href"]), a.get_text()) for a in page.select(".topics a")]

    assert ("/topics/neglect", "Neglect") in links
    for href, name in links[:25]:
        topic = soup(client, href)
        assert topic.select_one("h1").get_text() == name  # type: ignore[union-attr]
        assert found(topic)
        assert json.loads(client.get(f"{href}.json").data)["count"] == len(found(topic))
    letters = [str(a["href"]) for a in page.select(".letters a")]
    everywhere = [str(a["href"]) for href in letters for a in soup(client, href).select(".topics a")]
    assert sorted(everywhere) == sorted(
        f"/topics/{one['topic']}" for one in json.loads(client.get("/topics.json").data)
    )


@pytest.mark.parametrize(
    "path",
    [
        "/topics/nothing-like-it",
        "/topics/Nothing",
        "/topics/a-z/q",
        "/topics/a-z/é",
        "/topics/%3Cb%3E",
        "/topics/x.json",
    ],
)
def test_a_topic_that_no_review_has_is_not_found(shelf: Shelf, path: str) -> None:
    assert shelf.client().get(path).status_code == 404


@pytest.mark.parametrize("name", ["Neglect", "NEGLECT", "child-neglect", "Child%20neglect"])
def test_another_spelling_of_a_topic_leads_to_it(shelf: Shelf, name: str) -> None:
    answer = shelf.client().get(f"/topics/{name}")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/topics/neglect")


def test_a_topic_names_other_words_for_it_and_terms_beside_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name, word in (("A", "hidden men"), ("B", "fathers"), ("C", "father figures")):
        shelf.add(sample(name, summary="x", keywords=(word,), sections=(), links=()))
    page = soup(shelf.client(), "/topics/hidden-men")

    assert len(found(page)) == 1  # other words for it are no spelling of the topic
    search = next(str(a["href"]) for a in page.find_all("a") if a.get_text() == "Search for all of them")
    assert search == "/reviews?q=Hidden+men"
    assert len(found(soup(shelf.client(), search))) == 2
    beside = {a.get_text(): a["href"] for a in page.select(".see-also a")}
    assert beside["Fathers"] == "/topics/fathers"
    assert beside["Professional curiosity"] == "/reviews?q=Professional+curiosity"
    assert shelf.client().get("/topics/invisible-fathers").headers["Location"] == "/reviews?q=invisible+fathers"


def test_spellings_of_one_topic_are_found_together_and_stay_as_published(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name, word in (("A", "child neglect"), ("B", "Neglect."), ("C", "dental neglect")):
        shelf.add(sample(name, keywords=(word,), links=()))
    page = soup(shelf.client(), "/topics/neglect")

    assert page.select_one(".count").get_text() == "2 reviews, the newest first"  # type: ignore[union-attr]
    assert "child neglect" in soup(shelf.client(), "/reviews/1").select_one(".tags").get_text()  # type: ignore[union-attr]
    assert soup(shelf.client(), "/reviews/2").select_one(".tags a")["href"] == "/topics/neglect"  # type: ignore[index]
    assert shelf.client().get("/topics/neglect?page=2").status_code == 200


def test_sources_of_one_collection_are_one_to_readers(tmp_path: Path) -> None:
    sources = (
        Source(name="nspcc", url="https://a.example.org/"),
        Source(name="panel", url="https://b.example.org/", collection="The Panel"),
    )
    shelf = Shelf(tmp_path, sources=sources)
    for number, source in enumerate(("nspcc", "nspcc-2016", "nspcc-2016", "panel")):
        shelf.add(sample(f"Child {number}", source=source, links=()))
    client = shelf.client()
    page = soup(client, "/reviews")
    shown = [(str(a["href"]), a.get_text()) for a in page.select(".narrow section[aria-labelledby=by-source] a")]

    assert shown == [
        ("/reviews?source=nspcc-repository", "NSPCC Repository"),
        ("/reviews?source=the-panel", "The Panel"),
    ]
    narrowed = soup(client, "/reviews?source=nspcc-repository")
    assert len(found(narrowed)) == 3
    assert "Collection: NSPCC Repository" in narrowed.select_one(".chosen").get_text()  # type: ignore[union-attr]
    assert len(client.get("/feeds/reviews.json?source=the-panel").get_json()["items"]) == 1
    data = client.get("/reviews.json?source=the-panel&source=nspcc-repository").get_json()
    assert data["count"] == 4
    assert data["facets"]["source"][0] == {"value": "nspcc-repository", "label": "NSPCC Repository", "count": 3}
    assert found(soup(client, "/reviews?source=nspcc-2016")) == []
