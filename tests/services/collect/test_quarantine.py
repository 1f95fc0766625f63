"""What a quarantine survives, and what lifts it; what a first read is; what a takedown holds against."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Typed
from tests.support.installation import PAGES, configure, opened
from tests.support.loopback_site import Answer, Site

Type = Callable[..., Typed]
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
GOOD = (PAGES / "2016" / "headings.html").read_bytes()
TEXT = "Death of a 4-month-old boy in 2015 from a head injury at home, in a town by the sea."


def page(*entries: tuple[int, str, str], file: str = "page.html") -> str:
    """A saved page of entries: year, name, text."""
    parts = (f"<h3>{year} – Westmere – {name}</h3><p>{text}</p>" for year, name, text in entries)
    Path(file).write_text(f"<html><body>{''.join(parts)}</body></html>", "utf-8")
    return file


def scraped(typed: Type, *words: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(typed("scrape", *words, "--json").out)[0]
    return found


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_failed_read_does_not_lift_a_quarantine(typed: Type) -> None:
    captcha = Answer(200, (PAGES / "broken" / "captcha.html").read_bytes())
    answers = [Answer(200, GOOD), captcha, Answer(404), Answer(404), Answer(200, GOOD)]
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: answers.pop(0)}) as site:
        configure(site.url("/list"))
        typed("init")
        codes = []
        for _ in range(5):
            typed("scrape")
            codes.append(typed("status").code)

    assert codes == [0, 1, 1, 1, 0]


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_accept_takes_the_page_that_is_there_where_none_is_quarantined(typed: Type) -> None:
    answers = [Answer(200, GOOD), Answer(200, (PAGES / "september" / "before.html").read_bytes())]
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: answers.pop(0)}) as site:
        configure(site.url("/list"))
        typed("init")
        typed("scrape")

        answer = typed("scrape", "--accept", "nspcc")

    assert (answer.code, "accepted although only 3 reviews" in answer.err) == (0, True)


def test_a_monthly_page_may_be_overwritten_and_says_nothing_of_what_it_listed(typed: Type) -> None:
    configure("https://list.example.org/monthly", "")
    typed("init")
    typed("scrape", "--from-file", page(*((2026, f"Child {n}", TEXT) for n in "ABCDEF")), "--as-of", "2026-02-01")

    run = scraped(typed, "--from-file", page(*((2026, f"Baby {n}", TEXT) for n in "ABCDEF")), "--as-of", "2026-03-01")

    assert (run["quarantined"], run["new"], run["missing"]) == (0, 6, 0)


def test_in_january_a_late_entry_of_last_year_withdraws_nobody(typed: Type) -> None:
    typed("init")
    last_year = [(2025, f"Child {n}", TEXT) for n in range(40)]
    typed("scrape", "--from-file", page(*last_year), "--as-of", "2025-12-20")
    january = page((2026, "Child X", TEXT), (2026, "Child Y", TEXT), last_year[3])

    runs = [scraped(typed, "--from-file", january, "--as-of", f"2026-01-0{day}") for day in (5, 6, 7)]

    assert [(run["quarantined"], run["missing"]) for run in runs] == [(0, 0)] * 3
    typed("issue", "build", "2026-01")
    assert "Withdrawn" not in typed("issue", "show", "2026-01").out


@pytest.mark.parametrize(
    "rewritten", ["Wholly other words, as a court had ordered.", TEXT + " Names were changed in this summary."]
)
def test_a_review_taken_down_does_not_come_back_as_news_when_it_is_rewritten(typed: Type, rewritten: str) -> None:
    typed("init")
    other = (2026, "Child B", "Neglect of a girl.")
    typed("scrape", "--from-file", page((2026, "Child A", TEXT), other), "--as-of", "2026-03-01")
    typed("reviews", "withdraw", "1", "--reason", "A court order.")

    answer = typed("scrape", "--from-file", page((2026, "Child A", rewritten), other), "--as-of", "2026-03-02")

    assert (answer.code, " 0 new" in answer.out) == (0, True)
    assert "Child A" not in typed("reviews", "list").out
    with opened() as db:
        assert db.execute("SELECT COUNT(*) FROM reviews").fetchone()[0] == 2


def test_a_restored_review_is_compared_with_its_source_again(typed: Type) -> None:
    typed("init")
    edited = TEXT.replace("4-month", "5-month")
    typed("scrape", "--from-file", page((2026, "Child A", TEXT)), "--as-of", "2026-03-01")
    typed("reviews", "withdraw", "1", "--reason", "x")
    again = page((2026, "Child A", edited))
    typed("scrape", "--from-file", again, "--as-of", "2026-03-02")
    typed("reviews", "restore", "1")

    run = scraped(typed, "--from-file", again, "--as-of", "2026-03-03")

    assert run["changed"] == 1
    assert json.loads(typed("reviews", "show", "1", "--json").out)["summary"] == edited


def test_a_review_is_in_one_draft_only(typed: Type) -> None:
    typed("init")
    typed("scrape", "--from-file", page((2026, "Old", TEXT)), "--as-of", "2026-02-01")
    typed("scrape", "--from-file", page((2026, "Old", TEXT), (2026, "New", "Neglect.")), "--as-of", "2026-02-02")
    typed("issue", "build", "2026-03")

    typed("issue", "build", "2026-02")

    drafts = {issue["period"]: issue["reviews"] for issue in json.loads(typed("issue", "list", "--json").out)}
    assert drafts == {"2026-02": [2], "2026-03": []}


def test_an_edit_that_was_undone_is_told_to_nobody(typed: Type) -> None:
    typed("init")
    for day, text in enumerate((TEXT, TEXT.replace("4", "5"), TEXT), 1):
        typed("scrape", "--from-file", page((2026, "Child A", text)), "--as-of", f"2026-03-0{day}")
    typed("issue", "build", "2026-03")

    assert "Updated" not in typed("issue", "show", "2026-03").out


def test_a_parser_that_fails_is_a_quarantine(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    typed("init")
    monkeypatch.setattr("scraper.sources.nspcc_listing.entries.split_entries", broken)

    answer = typed("scrape", "--from-file", page((2026, "Child A", TEXT)))

    assert answer.code == 4
    assert "the page could not be read (ZeroDivisionError: oh)" in answer.err


def test_a_line_of_another_programs_environment_is_left_alone(typed: Type) -> None:
    Path(".env").write_text("TZ=Europe/London\nCOMPOSE_PROJECT_NAME=x\nCASEREVIEWS_NEWSLETTER__TITLE=Ours\n")
    typed("init")

    typed("issue", "build", "2026-03")

    assert typed("issue", "show", "2026-03").out.startswith("Ours: March 2026")


def test_a_dry_build_waits_like_a_real_one(typed: Type) -> None:
    typed("init")
    with opened() as db:
        db.execute(
            """
            INSERT INTO runs VALUES (
                1, 'nspcc', '2026-03-01T00:00:00Z', 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, '[]', 0, 0, 0, 0, '[]', '[]', '[]')
            """
        )

    assert typed("issue", "build", "2026-03", "--dry-run").code == 4
