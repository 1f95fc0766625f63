"""Compare page: the same parts of two to four reviews beside one another; what is not known says so."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from core.records import Section
from tests.support.browser import invalid
from tests.support.sample_archive import Shelf, sample


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for number, topics in enumerate((("neglect", "bruises"), ("child neglect", "gangs"), ("neglect",), (), ("gangs",))):
        shelf.add(sample(f"Child {number}", keywords=topics, links=()))
    plain = Section("background", "Background", "A family moved.")
    shelf.add(sample("Unclear", year=None, publisher="", summary="Considers a case.", sections=(plain,), keywords=()))
    return shelf


def soup(client: FlaskClient, path: str) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert invalid(page) == []
    return BeautifulSoup(page, "lxml")


def test_each_part_stands_under_the_name_of_its_review(shelf: Shelf) -> None:
    page = soup(shelf.client(), "/compare?review=1&review=2&review=6")
    names = ["Suffolk – Child 0", "Suffolk – Child 1", "Unclear"]

    assert [h2.get_text() for h2 in page.select(".compared h2")] == [
        "What is known",
        "What happened",
        "Background",
        "Learning",
        "Topics",
        "The report",
    ]
    for section in page.select(".compared"):
        assert [h3.get_text() for h3 in section.select("h3")] == names
    background = page.select(".compared")[2].select(".beside > div")
    assert ["A family moved." in one.get_text() for one in background] == [False, False, True]
    assert "Nothing in the collection’s own words." in background[0].get_text()


def test_only_what_is_certain_is_said(shelf: Shelf) -> None:
    facts = soup(shelf.client(), "/compare?review=1&review=6").select(".compared")[0].select(".beside > div")
    told = [{row.dt.get_text(): row.dd.get_text() for row in one.select("dl > div")} for one in facts]  # type: ignore[union-attr]

    assert told[0] == {
        "Published": "2016",
        "Published by": "Suffolk",
        "Nation": "England",
        "Kind of review": "Serious case review",
        "Age of the child": "1 to 5",
        "Harm": "Neglect",
    }
    assert set(told[1].values()) == {"Not known for certain"}


def test_topics_that_all_have_are_named_however_they_are_spelt(shelf: Shelf) -> None:
    client = shelf.client()

    assert soup(client, "/compare?review=1&review=2").select_one(".shared").get_text().endswith(": Neglect")  # type: ignore[union-attr]
    assert soup(client, "/compare?review=1&review=5").select_one(".shared").get_text().endswith(": none")  # type: ignore[union-attr]


def test_each_review_can_be_taken_out_and_others_added(shelf: Shelf) -> None:
    client = shelf.client()
    one = soup(client, str(soup(client, "/reviews/1").select_one(".also a")["href"]))  # type: ignore[index]
    offered = [str(a["href"]) for a in one.select(".lines a")]

    assert not one.select(".compared")
    assert offered == ["/compare?review=1&review=2", "/compare?review=1&review=3"]
    assert one.select(".lines a + br + .quiet")  # below the name, which may end with the year
    two = soup(client, offered[0])
    assert [a["href"] for a in two.select(".chosen a")] == ["/compare?review=2", "/compare?review=1"]
    searched = soup(client, "/compare?review=1&q=caravan")
    assert {a["href"] for a in searched.select(".lines a")} == {f"/compare?review=1&review={n}" for n in (2, 3, 4, 5)}
    assert [one["value"] for one in searched.select("input[type=hidden]")] == ["1"]


def test_more_than_four_and_those_that_are_gone_are_named(shelf: Shelf) -> None:
    shelf.take_down(4)
    page = soup(shelf.client(), "/compare?review=1&review=2&review=3&review=4&review=5&review=6&review=6&review=99")

    assert [note.get_text() for note in page.select(".notes")] == [
        "Reviews 4 and 99 are not here, or withdrawn.",
        "Only 4 fit beside one another: 1 review left out.",
    ]
    assert len(page.select(".chosen li")) == 4
    assert not page.select("form")


@pytest.mark.parametrize("path", ["/compare", "/compare?review=x&review=-1", "/compare?q=zzzz"])
def test_without_reviews_it_asks_for_one(shelf: Shelf, path: str) -> None:
    page = soup(shelf.client(), path)

    assert "Choose a first one." in page.get_text()
    assert page.select("form input[type=search]")


def test_a_review_taken_down_leaves_the_kept_page_at_once(shelf: Shelf) -> None:
    client = shelf.client()
    assert "Child 1" in client.get("/compare?review=1&review=2").text
    shelf.take_down(2)

    assert "Child 1" not in client.get("/compare?review=1&review=2").text


def test_ticked_results_are_compared_and_a_topics_learning_leads_to_its_briefing(shelf: Shelf) -> None:
    client = shelf.client()
    page = soup(client, "/topics/neglect")
    button = page.select_one("#gather button[formaction]")
    ticks = [f"review={box['value']}" for box in page.select("input[type=checkbox][form=gather]")]

    assert len(ticks) == 3
    compared = soup(client, f"{button['formaction']}?topic=neglect&{'&'.join(ticks)}")  # type: ignore[index]
    assert len(compared.select(".beside-3")) == len(compared.select(".compared"))
    gather = soup(client, "/topics/neglect/learning?from=2016").select_one("a[href*='/lists/new']")
    assert len(soup(client, str(gather["href"])).select("input[name=review][checked]")) == 3  # type: ignore[index]
