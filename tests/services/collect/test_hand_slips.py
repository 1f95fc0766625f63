"""A heading typed wrongly, from page to command: it is named, nothing goes missing, and a page of slips is held."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Typed
from tests.support.installation import configure
from tests.support.loopback_site import Answer, Site

Type = Callable[..., Typed]
RIGHT = [f"2026 – Westmere – Child {n}" for n in "ABCDE"]


def scrape(typed: Type, headings: list[str], day: str, *more: str) -> tuple[int, dict[str, int], str]:
    """Reads a page of these entries: the exit code, the run, what was said."""
    Path("page.html").write_text(listing(headings), "utf-8")
    answer = typed("scrape", "--from-file", "page.html", "--as-of", day, "--json", *more)
    return answer.code, json.loads(answer.out)[0], answer.err


def listing(headings: list[str]) -> str:
    """A page of entries with these headings."""
    entries = "".join(
        f"<p>{heading}</p><p>Death of a child of {n} months.</p><p>Learning includes: drift{n}; and delay{n}.</p>"
        f'<p><a href="https://library.nspcc.org.uk/search2?searchTerm0=C700{n}">Read the overview report</a></p>'
        for n, heading in enumerate(headings)
    )
    return f"<html><body><h1>Case reviews</h1>{entries}</body></html>"


def test_a_slip_is_named_and_what_it_was_is_there_still(typed: Type) -> None:
    typed("init")
    scrape(typed, RIGHT, "2026-11-01")

    for slip in ("Westmere – Child C", "206 – Westmere – Child C", "2062 – Westmere – Child C"):
        code, run, said = scrape(typed, [*RIGHT[:2], slip, *RIGHT[3:]], "2026-11-08")

        assert (code, run["seen"], run["new"], run["changed"], run["missing"]) == (0, 4, 0, 0, 0)
        assert f"'{slip}'" in said
    listed = json.loads(typed("reviews", "list", "--json").out)
    assert [review["status"] for review in listed] == ["current"] * 5
    assert all(len(review["links"]) == 1 for review in listed)


def test_a_page_of_slips_is_held_and_the_way_out_works(typed: Type) -> None:
    typed("init")
    scrape(typed, RIGHT, "2026-11-01")
    slips = [heading.removeprefix("2026 – ") for heading in RIGHT]

    code, run, said = scrape(typed, slips, "2026-11-08")

    assert (code, run["missing"]) == (4, 0)
    assert "5 of 5 entries are not understood" in said
    code, run, _ = scrape(typed, slips, "2026-11-08", "--accept")
    assert (code, run["seen"], run["missing"]) == (0, 0, 0)
    code, run, _ = scrape(typed, RIGHT, "2026-11-09")
    assert (code, run["unchanged"]) == (0, 5)


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_status_names_what_is_not_understood_however_the_last_read_went(typed: Type) -> None:
    slip, headers = "Leeds – Child Q", {"ETag": '"1"'}
    good = Answer(200, listing([*RIGHT, slip]).encode(), headers)
    doubted = Answer(200, listing([RIGHT[0], "Leeds – Child R"]).encode())
    answers = [good, Answer(304, headers=headers), Answer(404), Answer(404), doubted, Answer(404)]
    shown = []
    with Site({"/robots.txt": lambda _: Answer(404), "/list": lambda _: answers.pop(0)}) as site:
        configure(site.url("/list"))
        typed("init")
        while answers:
            typed("scrape")
            shown.append(typed("status").out)

    assert [f"not understood: '{slip}'" in out for out in shown] == [True] * 4 + [False] * 2
    assert ["not understood: 'Leeds – Child R'" in out for out in shown] == [False] * 4 + [True] * 2


def test_status_names_twenty_of_many(typed: Type) -> None:
    typed("init")
    scrape(typed, [f"206 – Westmere – Child {n}" for n in "ABCDEFGHIJKLMNOPQRSTUVW"], "2026-11-01", "--accept")

    assert "Child T' and 3 more" in typed("status").out


@pytest.mark.parametrize(
    ("last", "missing"), [("Westmere is a town of the north of England.", 1), ("Westmere – Child E", 0), ("Child E", 0)]
)
def test_a_sentence_at_the_pages_end_keeps_no_review_that_has_gone(typed: Type, last: str, missing: int) -> None:
    typed("init")
    scrape(typed, RIGHT, "2026-11-01")
    Path("page.html").write_text(listing(RIGHT[:4]).replace("</body>", f"<p>{last}</p></body>"), "utf-8")

    answer = typed("scrape", "--from-file", "page.html", "--as-of", "2026-11-08", "--json")

    assert json.loads(answer.out)[0]["missing"] == missing
    assert last in answer.err
