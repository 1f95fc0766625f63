"""casereviews scrape: what it writes, what it refuses, what it says."""

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.records import Page
from db.collection import pages
from scraper.sources.nspcc_listing import parse
from tests.conftest import Typed
from tests.support.installation import PAGES, configure, dump, opened, rows
from tests.support.loopback_site import Answer, Request, Site
from tests.support.processes import Popen, run
from tests.support.waiting import HANG

Type = Callable[..., Typed]
loopback = [pytest.mark.loopback, pytest.mark.enable_socket]
LIST = (PAGES / "2016" / "headings.html").read_bytes()
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("error.html", "it looks like an error page"),
        ("login.html", "it looks like a log-in page"),
        ("captcha.html", "it looks like a bot check"),
        ("empty.html", "the page is empty"),
        ("blank.html", "no review headings were found"),
        ("truncated.html", "the page is cut off before its end"),
        ("report.pdf", "the page is a PDF"),
        ("future.html", "dated in the future"),
    ],
)
@pytest.mark.parametrize("read_before", [False, True])
def test_a_page_that_is_not_a_listing_exits_4_and_writes_nothing(
    typed: Type, name: str, words: str, read_before: bool
) -> None:
    typed("init")
    if read_before:
        typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"), "--as-of", "2026-01-02")
    with opened() as db:
        before = dump(db)

    answer = typed("scrape", "nspcc", "--from-file", str(PAGES / "broken" / name))

    with opened() as db:
        assert dump(db) == before
    assert (answer.code, answer.out) == (4, "")
    assert words in answer.err
    assert answer.err.count("\n") == 1


def test_a_quarantined_read_can_be_accepted_by_a_person(typed: Type) -> None:
    typed("init")
    few = str(PAGES / "september" / "before.html")
    typed("scrape", "--from-file", str(PAGES / "september" / "after.html"), "--as-of", "2016-09-20")
    assert typed("scrape", "--from-file", few, "--as-of", "2016-09-21").code == 4

    accepted = typed("scrape", "--from-file", few, "--as-of", "2016-09-21", "--accept")

    assert accepted.code == 0
    assert "3 reviews read, 0 new, 0 changed, 4 missing" in accepted.out


@pytest.mark.parametrize("name", ["blank.html", "empty.html", "captcha.html", "report.pdf"])
def test_a_read_of_nothing_is_accepted_as_one_and_is_no_baseline(typed: Type, name: str) -> None:
    typed("init")

    empty = typed("scrape", "--from-file", str(PAGES / "broken" / name), "--accept")
    listed = typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"))

    assert (empty.code, "accepted although" in empty.err) == (0, True)
    assert "6 new" in listed.out and "known from now on" in listed.out


@pytest.mark.parametrize("name", sorted(file.name for file in (PAGES / "broken").iterdir()))
def test_every_quarantine_names_a_way_out_that_works(typed: Type, name: str) -> None:
    typed("init")
    typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"), "--as-of", "2026-11-01")
    doubted = typed("scrape", "--from-file", str(PAGES / "broken" / name), "--as-of", "2026-11-02")

    way_out = shlex.split(doubted.err.partition("right after all: casereviews ")[2])

    assert (doubted.code, typed(*way_out).code) == (4, 0)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(typed: Type) -> None:
    typed("init")
    with opened() as db:
        before = dump(db)

    answer = typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"), "--dry-run", "--json")

    with opened() as db:
        assert dump(db) == before
    assert json.loads(answer.out)[0]["new"] == 6


def test_the_same_reviews_in_another_markup_are_no_change(typed: Type) -> None:
    typed("init")
    typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"), "--as-of", "2026-01-02")
    with opened() as db:
        before = rows(db)

    for day, name in enumerate(("headings", "strong", "accordion", "onep", "table", "divs"), 3):
        page = str(PAGES / "2016" / f"{name}.html")
        (run,) = json.loads(typed("scrape", "--from-file", page, "--as-of", f"2026-01-0{day}", "--json").out)
        assert (run["seen"], run["new"], run["changed"], run["missing"], run["unchanged"]) == (6, 0, 0, 0, 6)

    with opened() as db:
        after = rows(db)
    assert {name for name in after if after[name] != before[name]} <= {"runs", "pages", "alerts_sent", "audit_trail"}


def test_an_unknown_source_is_named(typed: Type) -> None:
    typed("init")

    answer = typed("scrape", "nspc")

    assert (answer.code, answer.err) == (1, "casereviews: no such source: nspc. The configuration has: nspcc\n")


def test_reading_before_init_says_what_to_do(typed: Type) -> None:
    answer = typed("scrape")

    assert answer.code == 10
    assert "casereviews init" in answer.err


class TestOverTheNetwork:
    """Against a real server on loopback."""

    pytestmark = loopback

    def test_an_unchanged_source_costs_one_request_and_writes_only_the_run(self, typed: Type) -> None:
        def listing(request: Request) -> Answer:
            if request.headers.get("if-none-match") == '"one"':
                return Answer(304)
            return Answer(200, LIST, {"ETag": '"one"', "Content-Type": "text/html; charset=utf-8"})

        with Site({"/robots.txt": lambda _: ROBOTS, "/list": listing}) as site:
            configure(site.url("/list"))
            typed("init")
            (first,) = json.loads(typed("scrape", "--json").out)
            with opened() as db:
                before, held = rows(db), dump(db)
            (again,) = json.loads(typed("scrape", "--json").out)

            assert site.paths() == ["/robots.txt", "/list", "/list"]
        assert (first["requests"], first["new"], first["not_modified"]) == (2, 6, 0)
        assert (again["requests"], again["new"], again["not_modified"], again["bytes"]) == (1, 0, 1, 0)
        with opened() as db:
            added = {name: before[name] + 1 for name in ("runs", "audit_trail")}  # and who typed it
            assert rows(db) == before | added
            kept = tuple(f'INSERT INTO "{name}"' for name in added)
            assert [line for line in dump(db) if line not in held and not line.startswith(kept)] == []

    def test_after_a_week_the_page_is_read_in_full_whatever_the_validators_say(self, typed: Type) -> None:
        def listing(request: Request) -> Answer:
            return Answer(304) if "if-none-match" in request.headers else Answer(200, LIST, {"ETag": '"one"'})

        with Site({"/robots.txt": lambda _: ROBOTS, "/list": listing}) as site:
            configure(site.url("/list"))
            typed("init")
            days = ("2026-03-01", "2026-03-07", "2026-03-08", "2026-03-09")
            runs = [json.loads(typed("scrape", "--as-of", day, "--json").out)[0] for day in days]

        assert [run["not_modified"] for run in runs] == [0, 1, 0, 1]
        assert [run["unchanged"] for run in runs] == [0, 6, 6, 6]

    def test_a_page_of_the_network_is_read_as_of_the_day_that_is_said(self, typed: Type) -> None:
        body = (PAGES.parent / "cases" / "nspcc-year-block-gone-1.html").read_bytes()
        with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(200, body)}) as site:
            configure(site.url("/list"))
            typed("init")
            (run,) = json.loads(typed("scrape", "--as-of", "2027-01-06", "--json").out)

        assert (run["seen"], run["leftovers"]) == (42, [])

    def test_every_page_read_is_kept_so_that_its_reading_can_be_played_again(self, typed: Type) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8"}
        with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(200, LIST, headers)}) as site:
            configure(site.url("/list"))
            typed("init")
            typed("scrape")
            address = site.url("/list")

        with opened() as db:
            (kept,) = pages.iterate_good(db, Path("data/pages"), "nspcc")
        assert isinstance(kept, Page)
        assert (kept.url, kept.body, kept.header("content-type")) == (address, LIST, headers["Content-Type"])
        assert len(parse(kept, "nspcc").reviews) == 6

    @pytest.mark.parametrize("claimed", ["iso-8859-1", "utf-8", "no-such-charset"])
    @pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
    def test_a_wrong_charset_does_not_spoil_a_name(self, typed: Type, claimed: str, encoding: str) -> None:
        body = "<html><body><h3>2016 – Westmere – “Zoë”</h3><p>Death of Zoë.</p></body></html>".encode(encoding)
        answer = Answer(200, body, {"Content-Type": f"text/html; charset={claimed}"})
        with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: answer}) as site:
            configure(site.url("/list"))
            typed("init")
            typed("scrape")

        (review,) = json.loads(typed("reviews", "list", "--json").out)
        assert (review["title"], review["summary"]) == ("Westmere – “Zoë”", "Death of Zoë.")

    def test_a_page_that_changed_shape_is_kept_with_its_reason_and_shown_in_status(self, typed: Type) -> None:
        bodies = [LIST, (PAGES / "broken" / "captcha.html").read_bytes(), LIST]
        routes = {"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(200, bodies.pop(0))}
        with Site(routes) as site:
            configure(site.url("/list"))
            typed("init")
            typed("scrape")
            with opened() as db:
                before = rows(db)
            bad, said = typed("scrape"), typed("status")
            with opened() as db:
                after = rows(db)
            good, well = typed("scrape"), typed("status")

        assert (bad.code, said.code, good.code, well.code) == (4, 1, 0, 0)
        assert {name for name in after if after[name] != before[name]} == {"runs", "pages"}
        assert "quarantined" in said.out.splitlines()[0]
        assert well.out.startswith("Nothing is wrong, but the timer has never run; nobody is mailed")

    def test_one_source_down_does_not_stop_the_others(self, typed: Type) -> None:
        with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(200, LIST)}) as site:
            down = f'[[sources]]\nname = "down"\nurl = "{site.url("/gone")}"\n'
            configure(site.url("/list"), down)
            typed("init")

            answer = typed("scrape")

        assert answer.code == 3
        assert "6 reviews read, 6 new" in answer.out
        assert "down: " in answer.err
        assert "404" in answer.err

    def test_two_at_once_one_works_and_the_other_says_so(self, typed: Type) -> None:
        entered, go = threading.Event(), threading.Event()

        def slow(_: Request) -> Answer:
            entered.set()
            go.wait(HANG)
            return Answer(200, LIST)

        with Site({"/robots.txt": lambda _: ROBOTS, "/list": slow}) as site:
            configure(site.url("/list"), "")
            typed("init")
            command = [sys.executable, "-c", "from app.cli import main; main()", "scrape"]
            first = Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert entered.wait(HANG)
            second = run(command, capture_output=True, text=True, timeout=HANG)
            go.set()
            out, err = first.communicate(timeout=HANG)

        assert (second.returncode, second.stdout) == (11, "")
        assert second.stderr.startswith("casereviews: another run is at work")
        assert (first.returncode, err) == (0, b"")
        assert b"6 reviews read" in out

    def test_a_run_killed_while_it_reads_leaves_the_house_usable(self, typed: Type) -> None:
        entered = threading.Event()

        def stall(request: Request) -> Answer:
            entered.set()
            request.closing.wait(10)
            return Answer(200, LIST)

        with Site({"/robots.txt": lambda _: ROBOTS, "/list": stall}) as site:
            configure(site.url("/list"))
            typed("init")
            command = [sys.executable, "-c", "from app.cli import main; main()", "scrape"]
            killed = Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            assert entered.wait(HANG)
            killed.kill()
            killed.wait()
            site.routes["/list"] = lambda _: Answer(200, LIST)

            assert typed("scrape").code == 0

    def test_a_site_that_asks_us_to_stay_away_is_not_asked_again_until_then(self, typed: Type) -> None:
        routes = {"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(503, b"", {"Retry-After": "7200"})}
        with Site(routes) as site:
            configure(site.url("/list"))
            typed("init")

            answers = [typed("scrape") for _ in range(2)]

            assert site.paths() == ["/robots.txt", "/list"]
        assert [answer.code for answer in answers] == [1, 1]
        assert "stay away until" in answers[1].err
