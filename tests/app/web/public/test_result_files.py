"""Results as files: a table that no spreadsheet runs, citations for reference managers, nothing of what is gone."""

import csv
from io import StringIO
from pathlib import Path

import pytest
import rispy  # type: ignore[import-untyped]  # it has no types

from tests.support.sample_archive import BASE, Shelf, sample


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def get(shelf: Shelf, path: str, code: int = 200) -> str:
    answer = shelf.client().get(path, base_url=BASE)
    assert answer.status_code == code
    return answer.text


def table(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file, by the names of its columns."""
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def test_a_search_is_a_table_of_what_is_certain(shelf: Shelf) -> None:
    shelf.add(sample("Baby D", month=9))
    shelf.add(sample("Other", publisher="", year=None, summary="A thematic review.", keywords=(), links=()))

    baby, other = table(get(shelf, "/reviews.csv?sort=publisher"))[::-1]
    (only,) = table(get(shelf, "/reviews.csv?q=baby&page=7"))

    assert only == baby
    assert {name: value for name, value in baby.items() if name not in ("collection", "first seen by us")} == {
        "number": "1",
        "title": "Suffolk – Baby D",
        "published by": "Suffolk",
        "name": "Baby D",
        "year": "2016",
        "month": "9",
        "nation": "England",
        "kind": "Serious case review",
        "age": "1 to 5",
        "harm": "Neglect",
        "topics": "Neglect; Travellers",
        "catalogue number": "",
        "record": f"{BASE}/reviews/1",
        "report": "https://library.example.org/BabyD",
        "report link": "unchecked",
    }
    assert [other[name] for name in ("published by", "year", "age", "harm", "topics", "report")] == [""] * 6


@pytest.mark.parametrize("name", ["=1+1", "+44", "-1", "@SUM(A1)", "'=1", "\t=1", "＝1+1"])
def test_no_cell_is_a_formula(shelf: Shelf, name: str) -> None:
    shelf.add(sample(name, publisher=name, keywords=(name,)))

    rows = list(csv.reader(StringIO(get(shelf, "/reviews.csv").removeprefix("\ufeff"))))

    assert [cell for cell in rows[1] if cell.lstrip().startswith(tuple("=+-@＝"))] == []


def test_a_search_and_a_record_are_citations(shelf: Shelf) -> None:
    shelf.add(sample("Baby D"))
    shelf.add(sample("Baby E"))

    assert [one["title"] for one in rispy.loads(get(shelf, "/reviews.ris?q=baby"))] == ["Baby D", "Baby E"]
    assert [one["title"] for one in rispy.loads(get(shelf, "/reviews/2.ris"))] == ["Baby E"]
    assert get(shelf, "/reviews.bib").count("@techreport{") == 2
    assert get(shelf, "/reviews/1.bib").startswith("@techreport{casereview1,")


def test_what_is_withdrawn_is_in_no_file(shelf: Shelf) -> None:
    shelf.add(sample("Baby D"))
    shelf.gone(1)

    assert len(table(get(shelf, "/reviews.csv"))) == 0
    get(shelf, "/reviews/1.ris", 410)
    get(shelf, "/reviews/1.bib", 410)


def test_the_pages_lead_to_the_files_of_the_same_search(shelf: Shelf) -> None:
    shelf.add(sample("Baby D"))

    assert '"/reviews.csv?q=baby&amp;topic=neglect"' in get(shelf, "/reviews?q=baby&topic=neglect")
    assert '"/reviews.ris?topic=neglect"' in get(shelf, "/topics/neglect")
