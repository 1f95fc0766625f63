"""A source's own example: today's reading of the kept page is compared with what was seen."""

import json
from pathlib import Path

import pytest

from core.config.schema import Source
from core.errors import HouseError
from scraper.adapter import load_adapter
from services.collect.source_example import compare_example, example_folder, keep_example
from tests.support.saved_pages import page

SOURCE = Source(name="north", kind="links", url="https://north.example.org/reviews", item="li", publisher="North")
PAGE = page("<li><a href='/a.pdf'>Child Ä</a> (March 2024)</li><li><a href='/b.pdf'>Child B</a></li>", url=SOURCE.url)


def keep(folder: Path) -> None:
    keep_example(folder, SOURCE, PAGE, load_adapter(SOURCE).parse(PAGE, SOURCE.name))


def test_the_same_reading_has_no_differences_and_no_example_none_to_have(tmp_path: Path) -> None:
    before = compare_example(tmp_path, SOURCE)
    keep(tmp_path)

    assert (before, compare_example(tmp_path, SOURCE)) == (None, [])


def test_each_difference_is_a_line(tmp_path: Path) -> None:
    keep(tmp_path)
    file = example_folder(tmp_path, "north") / "expected.json"
    known = json.loads(file.read_text("utf-8"))
    known["reviews"][0] |= {"year": 2023}
    known["reviews"][1] |= {"heading": "Child C"}
    file.write_text(json.dumps(known))

    assert compare_example(tmp_path, SOURCE) == [
        "not read any more: Child C",
        "read now: Child B",
        "Child Ä: year was 2023, is 2024",
    ]


def test_an_option_that_reads_the_page_otherwise_shows(tmp_path: Path) -> None:
    keep(tmp_path)

    assert compare_example(tmp_path, SOURCE.replace(only="B")) == ["not read any more: Child Ä"]


def test_a_damaged_example_is_one_line(tmp_path: Path) -> None:
    keep(tmp_path)
    (example_folder(tmp_path, "north") / "expected.json").write_text("{")

    with pytest.raises(
        HouseError, match=r"^cannot read the example: .*\. Delete it, then try https://north\S+ again\.$"
    ):
        compare_example(tmp_path, SOURCE)
