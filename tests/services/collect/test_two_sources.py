"""A second source's first read hides no news of the first, nor the first's of the second."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.read.review_page import get_record
from db.schema.connect import connect
from tests.conftest import Typed

Type = Callable[..., Typed]
TEXT = "Death of a 4-month-old boy in May 2015 from a head injury. No agency knew of all the family's addresses."
OLD = "<h3>2016 – Westmere – Child W</h3><p>Neglect of four siblings over many years.</p><p>Keywords: neglect</p>"
NUMBER = '<p><a href="https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0=C4321">Read it</a></p>'
REPORT = '<p><a href="https://boards.example.org/d.pdf">Read the report</a></p>'
FIRST_DAY = date(2016, 6, 1)
SOURCES = """
[[sources]]
name = "first"
url = "https://first.example.org/list"

[[sources]]
name = "second"
url = "https://second.example.org/list"
"""


def entry(heading: str = "2016 – Suffolk – Baby D", text: str = TEXT, link: str = "") -> str:
    return f"<h3>{heading}</h3><p>{text}</p><p>Keywords: infants</p>{link}"


WORDINGS = {
    "the same words": (entry(), entry()),
    "one number": (entry(link=NUMBER), entry(text="A boy died of an injury.", link=NUMBER)),
    "one report": (entry(link=REPORT), entry("2016 – Suffolk – Baby Daniel", "A boy died of an injury.", REPORT)),
    "close words": (entry(), entry(text=TEXT.replace("4-month-old", "5-month-old"))),
}


@pytest.fixture
def house(typed: Type) -> Type:
    Path("casereviews.toml").write_text(SOURCES)
    typed("init")
    return typed


def read(typed: Type, source: str, day: date, *entries: str) -> dict[str, object]:
    Path("page.html").write_text(f"<html><body>{''.join(entries)}</body></html>", "utf-8")
    answer = typed("scrape", source, "--from-file", "page.html", "--as-of", f"{day}", "--json")
    assert answer.code == 0, answer.err
    (run,) = json.loads(answer.out)
    return dict(run)


def known(typed: Type) -> dict[str, tuple[bool, str]]:
    """Each review by its publisher: whether it is no news, and the day it was first seen."""
    listed = json.loads(typed("reviews", "list", "--json").out)
    return {one["publisher"]: (one["baseline"], one["first_seen"][:10]) for one in listed}


def test_a_report_that_two_sources_link_to_is_remembered_from_both(house: Type) -> None:
    read(house, "first", FIRST_DAY, OLD)
    read(house, "second", FIRST_DAY, OLD)
    read(house, "first", FIRST_DAY + timedelta(days=1), OLD, entry(link=NUMBER))
    read(house, "second", FIRST_DAY + timedelta(days=2), OLD, entry(link=REPORT))

    with closing(connect(Path("data/casereviews.db"))) as db:
        record = get_record(db, 2)

    assert record
    assert [link.text for link in record.review.links] == ["Read it"]
    assert [(one.source, one.link.url) for one in record.copies] == [("second", "https://boards.example.org/d.pdf")]


@pytest.mark.parametrize("wording", WORDINGS.values(), ids=WORDINGS)
@pytest.mark.parametrize("days", [0, 300])
@pytest.mark.parametrize(("old", "new"), [("first", "second"), ("second", "first")])
def test_what_another_first_read_had_is_news_where_it_is_listed_anew(
    house: Type, old: str, new: str, days: int, wording: tuple[str, str]
) -> None:
    there, here = wording
    read(house, old, FIRST_DAY, OLD)
    read(house, new, FIRST_DAY + timedelta(days=1), OLD, there)
    assert known(house)["Suffolk"][0]

    day = FIRST_DAY + timedelta(days=1 + days)
    run = read(house, old, day, OLD, here)

    assert run["new"] == 0
    assert known(house) == {"Westmere": (True, f"{FIRST_DAY}"), "Suffolk": (False, f"{day}")}


@pytest.mark.parametrize("wording", WORDINGS.values(), ids=WORDINGS)
def test_what_is_news_of_one_stays_so_in_the_other_s_first_read(house: Type, wording: tuple[str, str]) -> None:
    read(house, "first", FIRST_DAY, OLD)
    read(house, "first", FIRST_DAY + timedelta(days=1), OLD, wording[0])

    read(house, "second", FIRST_DAY + timedelta(days=2), OLD, wording[1])

    assert known(house)["Suffolk"] == (False, f"{FIRST_DAY + timedelta(days=1)}")


def test_a_flood_of_what_another_first_read_had_waits_for_a_person(house: Type) -> None:
    flood = [entry(f"2016 – Suffolk – Baby {n}", f"{TEXT} The {n}th of a file.") for n in range(30)]
    read(house, "first", FIRST_DAY, OLD)
    read(house, "second", FIRST_DAY, OLD, *flood)
    Path("page.html").write_text(f"<html><body>{OLD}{''.join(flood)}</body></html>", "utf-8")

    answer = house("scrape", "first", "--from-file", "page.html", "--as-of", f"{FIRST_DAY + timedelta(days=1)}")

    assert (answer.code, "30 reviews are new at once" in answer.err) == (4, True)
    assert all(one["baseline"] for one in json.loads(house("reviews", "list", "--json").out))


def test_what_both_first_reads_had_is_no_news_whatever_comes_after(house: Type) -> None:
    for day in range(3):
        for source in ("first", "second"):
            read(house, source, FIRST_DAY + timedelta(days=day), OLD, entry(text=f"{TEXT} {day}"))

    assert known(house) == {"Westmere": (True, f"{FIRST_DAY}"), "Suffolk": (True, f"{FIRST_DAY}")}


def test_what_a_source_had_itself_is_no_news_when_it_comes_back(house: Type) -> None:
    read(house, "second", FIRST_DAY, OLD, entry())
    read(house, "first", FIRST_DAY, OLD, entry())
    for day in (1, 2):
        read(house, "first", FIRST_DAY + timedelta(days=day), OLD)

    read(house, "first", FIRST_DAY + timedelta(days=3), OLD, entry())

    assert known(house)["Suffolk"][0]


def test_the_news_is_in_the_issue_of_the_month_in_which_it_was_listed(house: Type) -> None:
    read(house, "first", FIRST_DAY, OLD)
    read(house, "second", FIRST_DAY + timedelta(days=1), OLD, entry())
    read(house, "first", FIRST_DAY + timedelta(days=40), OLD, entry())

    for period in ("2016-06", "2016-07"):
        house("issue", "build", period)

    carried = [json.loads(house("issue", "show", p, "--format", "json").out)["reviews"] for p in ("2016-06", "2016-07")]
    assert carried == [[], [2]]


@pytest.mark.parametrize("wording", WORDINGS.values(), ids=WORDINGS)
def test_what_was_taken_down_stays_so_in_another_source_s_first_read(house: Type, wording: tuple[str, str]) -> None:
    read(house, "first", FIRST_DAY, OLD, wording[0])
    house("reviews", "withdraw", "2", "--reason", "A court order.")

    run = read(house, "second", FIRST_DAY, OLD, wording[1])

    assert (run["new"], list(known(house))) == (0, ["Westmere"])
    asked = [one["source"] for one in json.loads(house("reviews", "questions", "--json").out)]
    assert asked == ([] if wording[0] == wording[1] else ["second"])
