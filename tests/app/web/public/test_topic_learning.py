"""Gathered learning: every point of every review once, in its words, with its review; filtered by what is certain."""

import csv
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.web.public.topic_learning import PAGE_REVIEWS, list_points, mark_words
from core.config.schema import NewsletterSettings
from core.records import Section
from tests.support.browser import invalid
from tests.support.sample_archive import Shelf, sample

LEARNING = Section("learning", "Learning", "Professionals should: ask; listen. Both matter.", ("ask", "listen"))
ADVICE = Section("recommendations", "Recommendations", "share what is known.")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for number, (year, place) in enumerate(((2014, "Suffolk"), (2016, "Cardiff"), (2018, "Suffolk"), (2020, "Leeds"))):
        sections = (LEARNING, ADVICE, Section("background", "Background", "A family moved.")) if number < 3 else ()
        shelf.add(sample(f"Child {number}", year=year, publisher=place, sections=sections))
    return shelf


def soup(client: FlaskClient, path: str) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert invalid(page) == []
    return BeautifulSoup(page, "lxml")


def points(page: BeautifulSoup) -> list[tuple[str, str]]:
    return [(li.p.get_text(), str(li.a["href"])) for li in page.select(".points > li")]  # type: ignore[union-attr,index]


def test_points_are_the_sections_own_words_with_nothing_lost() -> None:
    found = [(point.kind, point.lead, point.text) for point in list_points(sample(sections=(LEARNING, ADVICE)))]

    assert found == [
        ("learning", "Professionals should:", "ask"),
        ("learning", "Professionals should:", "listen"),
        ("learning", "", "Both matter."),
        ("recommendations", "", "share what is known."),
    ]


def test_a_topic_gathers_all_points_of_its_reviews_each_with_its_source(shelf: Shelf) -> None:
    client = shelf.client()
    link = soup(client, "/topics/neglect").select_one("nav[aria-label=Neglect] a")
    page = soup(client, str(link["href"]))  # type: ignore[index]

    assert len(points(page)) == 12
    assert points(page)[:2] == [
        ("Professionals should: ask", "/reviews/3"),
        ("Professionals should: listen", "/reviews/3"),
    ]
    assert "Suffolk – Child 2" in page.select_one(".points .meta").get_text()  # type: ignore[union-attr]
    assert "4 reviews; 12 points on this page" in page.select_one("[role=status]").get_text()  # type: ignore[union-attr]
    assert "1 review of this page gives none to this list." in page.get_text()
    assert "A family moved" not in page.get_text()


@pytest.mark.parametrize(
    ("path", "numbers", "count"),
    [
        ("/topics/neglect/learning?from=2016&to=2018", {2, 3}, 8),
        ("/topics/neglect/learning?from=2018&to=2016", {2, 3}, 8),
        ("/topics/neglect/learning?what=recommendations", {1, 2, 3}, 3),
        ("/topics/neglect/learning?nation=wales&age=&harm=", {2}, 4),
        ("/topics/neglect/learning?from=1950&to=1951", set(), 0),
        ("/learning?q=%22Child+1%22", {2}, 4),
        ("/learning?q=listened", {1, 2, 3}, 12),
        ("/learning?q=listened&in=point", {1, 2, 3}, 3),
        ("/learning?q=caravan&in=point", set(), 0),
        ("/learning?in=point&topic=neglect", {1, 2, 3}, 12),
        ("/learning?topic=travellers&what=learning&from=2018", {3}, 3),
        ("/topics/neglect/learning?topic=zzzz", {1, 2, 3}, 12),
    ],
)
def test_the_list_is_filtered_and_its_files_alike(shelf: Shelf, path: str, numbers: set[int], count: int) -> None:
    client = shelf.client()
    page = soup(client, path)
    files = [str(link["href"]) for link in page.select("link[rel=alternate]")]
    rows = list(csv.reader(client.get(files[0]).data.decode("utf-8-sig").splitlines()))[1:]
    data = client.get(files[1]).get_json()

    assert {int(href.rpartition("/")[2]) for _, href in points(page)} == numbers
    assert [text for text, _ in points(page)] == [row[1] for row in rows]
    assert [row[4] for row in rows] == [one["url"] for one in data]
    assert len(data) == count


def test_the_form_keeps_what_was_asked(shelf: Shelf) -> None:
    page = soup(shelf.client(), "/learning?q=caravan&topic=neglect&from=2016&what=learning&nation=wales")

    chosen = {str(one.find_parent("select")["name"]): one.get_text() for one in page.select("option[selected]")}  # type: ignore[index]
    assert (chosen["from"], chosen["what"], chosen["nation"]) == ("2016", "Learning", "Wales (1)")
    assert [(one["name"], one["value"]) for one in page.select("input[type=hidden]")] == [("topic", "neglect")]
    assert page.select_one("#q")["value"] == "caravan"  # type: ignore[index]
    assert [(" ".join(a.get_text().split()), a["href"]) for a in page.select(".chosen a")] == [
        ("Remove the filter Topic: Neglect ×", "/learning?q=caravan&nation=wales&what=learning&from=2016")
    ]


def test_what_the_form_has_no_field_for_is_named(shelf: Shelf) -> None:
    page = soup(shelf.client(), "/topics/neglect/learning?nation=wales&nation=england&year=2016&from=1950")

    assert [option.get_text() for option in page.select("option[selected]")][-3:] == ["1950", "Any", "Any"]
    assert not page.select("[name=nation]:not([type=hidden])")
    assert [field["value"] for field in page.select("input[type=hidden]")] == ["wales", "england"]
    assert [a.get_text().split(": ")[1] for a in page.select(".chosen a")] == ["Wales ×", "England ×"]
    assert len({href for _, href in points(page)}) == 3  # the years of the form stand in place of the other


def test_words_are_marked_as_they_stand_in_the_points(shelf: Shelf) -> None:
    page = soup(shelf.client(), "/learning?q=listening")

    assert [mark.get_text() for mark in page.select(".points mark")] == ["listen"] * 3


@pytest.mark.parametrize(
    ("text", "words", "pieces"),
    [
        ("A bruise, bruising.", {"bruise", "bruising"}, ["A ", "*bruise", ", ", "*bruising", "."]),
        ("Safe sleep; asleep", {"safe sleep", "sleep"}, ["*Safe sleep", "; asleep"]),
        ("C++ (all)", {"c++"}, ["*C++", " (all)"]),
        ("nothing", (), ["nothing"]),
    ],
)
def test_whole_words_are_marked(text: str, words: set[str], pieces: list[str]) -> None:
    assert [f"{'*' * piece.marked}{piece.text}" for piece in mark_words(text, words)] == pieces


def test_long_lists_are_leafed_through_with_their_filters(shelf: Shelf) -> None:
    for number in range(PAGE_REVIEWS + 1):
        shelf.add(sample(f"More {number}", year=2019))
    client = shelf.client()
    first = soup(client, "/topics/neglect/learning?from=2019&to=2019")
    following = [str(a["href"]) for a in first.select(".pages a[rel=next]")]

    assert following == ["/topics/neglect/learning?from=2019&to=2019&page=2"]
    seen = {href for page in (first, soup(client, following[0])) for _, href in points(page)}
    assert len(seen) == PAGE_REVIEWS + 1


@pytest.mark.parametrize("path", ["/topics/zzzz/learning", "/topics/Neglect/learning", "/topics/zzzz/learning.csv"])
def test_a_topic_that_no_review_has_is_not_found(shelf: Shelf, path: str) -> None:
    assert shelf.client().get(path).status_code == 404


def test_no_point_of_a_collection_that_lets_headings_only_be_passed_on(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, newsletter=NewsletterSettings(detail="heading"))
    shelf.add(sample(sections=(LEARNING, ADVICE)))
    client = shelf.client()

    assert points(soup(client, "/topics/neglect/learning")) == []
    assert client.get("/learning.json").get_json() == []


def test_nothing_of_a_review_that_was_taken_down(shelf: Shelf) -> None:
    shelf.take_down(1)
    shelf.gone(2)

    assert {href for _, href in points(soup(shelf.client(), "/topics/neglect/learning"))} == {"/reviews/3"}
