"""Trend pages: each picture with its table, its numbers as files, and what is not known beside what is."""

import csv
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from tests.support.browser import invalid
from tests.support.sample_archive import Shelf, full, sample


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return full(tmp_path_factory.mktemp("house")).client()


def soup(client: FlaskClient, path: str) -> BeautifulSoup:
    page = client.get(path).get_data(as_text=True)
    assert invalid(page) == []
    return BeautifulSoup(page, "lxml")


def table_of(picture: Tag) -> list[list[str]]:
    return [[cell.get_text() for cell in row.select("th, td")] for row in picture.select("tr")]


def csv_of(client: FlaskClient, path: str) -> list[list[str]]:
    return list(csv.reader(client.get(path).data.decode("utf-8-sig").splitlines()))


@pytest.mark.parametrize("path", ["/trends", "/trends?q=the", "/topics/neglect", "/trends?from=2026&to=2019"])
def test_every_picture_has_a_title_words_and_the_same_numbers_as_table_and_files(
    client: FlaskClient, path: str
) -> None:
    page = soup(client, path)
    pictures = page.select(".picture")

    assert [one.h2.get_text() for one in pictures][:1] == ["Reviews of each year"]  # type: ignore[union-attr]
    for picture in pictures:
        for svg in picture.select("svg"):
            title, description = (page.find(id=name) for name in str(svg["aria-labelledby"]).split())
            assert svg["role"] == "img"
            assert title in svg and title.get_text()  # type: ignore[union-attr]
            assert "from 2019 to 2026" in description.get_text()  # type: ignore[union-attr]
        head, *rows = table_of(picture)
        links = [str(a["href"]) for a in picture.select("p.small a")]
        assert len(links) == 2
        saved = csv_of(client, links[0])
        assert [row[0] for row in saved[1:]] == [row[0] for row in rows]
        assert [row[1:9] for row in saved] == [row[1:9] for row in (head, *rows)]
        assert [row[-1] for row in saved[1:]] == [row[-1] for row in rows]
        data = client.get(links[1]).get_json()
        lines = [*data["rows"], *([data["not_known"]] if data["not_known"] else []), data["all"]]
        assert sorted(str(line["counts"]) for line in lines) == sorted(str([*map(int, row[1:9])]) for row in saved[1:])
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_a_row_and_a_year_lead_to_their_reviews(client: FlaskClient) -> None:
    page = soup(client, "/trends?q=the")
    rows = [
        (str(a["href"]), row.select("td")[-1].get_text()) for row in page.select("tbody tr") for a in row.select("a")
    ]
    years = {str(a["href"]) for a in page.select("thead a")}

    assert len(rows) > 10
    for href, count in rows:
        assert soup(client, href).select_one("[role=status]").get_text().startswith(f"{count} review"), href  # type: ignore[union-attr]
    assert "/reviews?q=the&year=2019" in years


def test_what_is_not_known_is_a_row_and_a_picture_of_its_own(client: FlaskClient) -> None:
    page = soup(client, "/trends")
    harm = page.find("section", {"aria-labelledby": "by-harm"})
    assert isinstance(harm, Tag)
    row = next(row for row in table_of(harm) if row[0] == "Not known")
    looks = {bar["fill"] for bar in harm.select("li")[-1].select("rect")}

    assert int(row[-1]) > 0
    assert looks == {"url(#bar-unknown)"}
    assert f"in {44 - int(row[-1])} of 44 reviews." in harm.p.get_text()  # type: ignore[union-attr]
    assert page.select("pattern#bar-unknown, pattern#bar-plain, pattern#bar-unfinished")


def test_this_year_looks_unfinished_and_says_so(client: FlaskClient) -> None:
    page = soup(client, "/trends")

    assert "2026, which is not over" in page.select_one(".looks").get_text()  # type: ignore[union-attr]
    assert "which is not over" not in soup(client, "/trends?to=2019").get_text()


def test_the_form_shows_what_was_asked_and_filters_are_taken_away(client: FlaskClient) -> None:
    page = soup(client, "/trends?q=the&nation=wales&from=2019&to=2019")

    assert [option.get_text() for option in page.select("option[selected]")] == ["2019", "2019"]
    assert [a["href"] for a in page.select(".chosen a")] == ["/trends?q=the&from=2019&to=2019"]
    assert [(one["name"], one["value"]) for one in page.select("input[type=hidden]")] == [("nation", "wales")]


@pytest.mark.parametrize(
    "path", ["/trends?q=zzzz", "/trends?from=x&to=99999", "/trends?year=1950", "/trends?topic=%00"]
)
def test_no_address_is_an_error(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_reviews_without_a_year_are_counted_as_such(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number, year in enumerate((2016, 2017, None)):
        shelf.add(sample(f"Child {number}", year=year, keywords=("=1+1", "b")))
    client = shelf.client()
    head, row = table_of(soup(client, "/trends").select(".picture")[0])

    assert (head[-2:], row[-2:]) == (["Year not known", "All years"], ["1", "3"])
    assert "'=1+1" in [line[0] for line in csv_of(client, "/trends/topic.csv")]


def test_reviews_of_which_no_year_is_known_are_counted_in_tables(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(5):
        shelf.add(sample(f"Child {number}", year=None, keywords=("neglect",)))
    for path in ("/trends", "/trends?q=child", "/topics/neglect"):
        page = soup(shelf.client(), path)

        assert [row[1:] for row in table_of(page.select(".picture")[1])][:2] == [
            ["Year not known", "All years"],
            ["5", "5"],
        ]
        assert not page.select("svg[role=img], .looks")
    assert "The year is not known of any of them" in soup(shelf.client(), "/trends").get_text()
    assert csv_of(shelf.client(), "/trends/nation.csv")[1] == ["England", "0", "5", "5"]


def test_a_topic_of_one_review_is_drawn_and_says_no_order(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(sample("Child A", year=2026, keywords=("neglect",)))
    page = soup(shelf.client(), "/topics/neglect")

    assert page.select_one(".count").get_text() == "1 review"  # type: ignore[union-attr]
    assert page.select_one("desc").get_text() == "1 review in 2026."  # type: ignore[union-attr]
    assert [one.get_text().strip() for one in page.select(".looks li")][1:] == ["2026, which is not over"]
    assert shelf.client().get("/topics/hidden-men").status_code == 302
    assert shelf.client().get("/topics/ziggurat").status_code == 404


@pytest.mark.parametrize(
    "path", ["/trends", "/topics/neglect", "/topics/neglect/learning", "/learning.csv", "/compare?review=1&review=2"]
)
def test_a_page_is_kept_until_reviews_change(path: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shelf = full(tmp_path)
    client, cache = shelf.client(), shelf.app().extensions["casereviews.stored"]
    first = client.get(path)
    hits = cache.hits

    assert client.get(path).data == first.data
    assert cache.hits == hits + 1
    shelf.add(sample("Another", keywords=("neglect",)))
    assert path.startswith("/compare") or client.get(path).data != first.data
    assert caplog.records == []


def test_an_empty_house_has_nothing_to_count(tmp_path: Path) -> None:
    client = Shelf(tmp_path).client()

    assert "There is nothing to count yet" in soup(client, "/trends").get_text()
    assert csv_of(client, "/trends/nation.csv")[-1][0] == "All reviews"
