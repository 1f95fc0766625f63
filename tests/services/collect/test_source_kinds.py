"""Every kind of source through the command line: read, resumed, merged, quarantined, grouped in an issue."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import Typed
from tests.support import catalogue_site
from tests.support.installation import QUICK, opened, rows
from tests.support.loopback_site import Answer, Request, Site
from tests.support.processes import Popen
from tests.support.saved_pages import FOLDER

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
MARKUP = (
    "<h3>2016 – Westmere – {name}</h3><p>Death of {name}.</p><p><a href='/search2?searchTerm0={number}'>Report</a></p>"
)


def configure(*sources: tuple[str, str, str, str]) -> None:
    """A configuration of these sources: name, kind, address, collection."""
    tables = (
        f'[[sources]]\nname = "{name}"\nkind = "{kind}"\nurl = "{url}"\ncollection = "{collection}"\n'
        for name, kind, url, collection in sources
    )
    Path("casereviews.toml").write_text("".join(tables) + QUICK, "utf-8")


def scraped(typed: Type, *words: str) -> dict[str, object]:
    answer = typed("scrape", *words, "--json")
    found: dict[str, object] = json.loads(answer.out)[0]
    return found | {"code": answer.code}


class TestTheCatalogue:
    def test_killed_and_limited_it_is_read_to_its_end_and_stored_once(self, typed: Type) -> None:
        catalogue = catalogue_site.Catalogue(catalogue_site.numbers(60), hold={25})
        with Site(catalogue.routes) as site:
            configure(("catalogue", "heritage", site.url(catalogue_site.START), ""))
            typed("init")
            command = [sys.executable, "-c", "from app.cli import main; main()", "scrape"]
            with Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                assert catalogue.held.wait(20)
                process.kill()
            paused = scraped(typed, "--limit", "10")
            said = typed("status").out
            with opened() as db:
                held = rows(db)["reviews"]
            ended = scraped(typed)

            assert sum(catalogue.asked.values()) == 60 + 1  # the one in flight was asked for again
        assert (paused["code"], paused["pages"], paused["seen"], held) == (0, 10, 0, 0)
        assert "being read: 10 pages" in said
        assert (ended["code"], ended["pages"], ended["new"]) == (0, 60 - 24 - 10, 60)

    def test_its_records_are_the_listings_reviews_by_their_number(self, typed: Type) -> None:
        numbers = catalogue_site.numbers(6)
        listing = "".join(MARKUP.format(name=f"Child {n}", number=n) for n in numbers[:4])
        routes = catalogue_site.Catalogue(numbers).routes | {
            "/list": lambda _: Answer(200, f"<html><body>{listing}</body></html>".encode())
        }
        with Site(routes) as site:
            start = site.url(catalogue_site.START)
            configure(("nspcc", "nspcc-listing", site.url("/list"), ""), ("catalogue", "heritage", start, ""))
            typed("init")
            first, second = json.loads(typed("scrape", "--json").out)
            again = json.loads(typed("scrape", "--as-of", "2026-11-30", "--json").out)

        assert (first["new"], second["new"], second["changed"], second["unchanged"]) == (4, 2, 0, 4)
        assert [(run["new"], run["changed"]) for run in again] == [(0, 0), (0, 0)]
        assert {r["publisher"] for r in json.loads(typed("reviews", "list", "--source", "nspcc", "--json").out)} == {
            "Westmere"
        }

    def test_a_page_that_is_no_record_stops_it_and_is_told(self, typed: Type) -> None:
        catalogue = catalogue_site.Catalogue(catalogue_site.numbers(12))
        catalogue.broken[7] = "<h1>Something went wrong</h1>"
        with Site(catalogue.routes) as site:
            configure(("catalogue", "heritage", site.url(catalogue_site.START), ""))
            typed("init")
            bad = typed("scrape")
            blocked = typed("issue", "build", "2026-03")
            catalogue.broken.clear()
            good = scraped(typed)

        assert (bad.code, blocked.code) == (4, 4)
        assert "page 7 is no record" in bad.err
        assert (good["code"], good["new"]) == (0, 12)

    def test_a_record_that_is_listed_twice_is_no_walk_that_ended_early(self, typed: Type) -> None:
        catalogue = catalogue_site.Catalogue([*catalogue_site.numbers(119), "C1001"])
        catalogue.counted = True
        with Site(catalogue.routes) as site:
            configure(("catalogue", "heritage", site.url(catalogue_site.START), ""))
            typed("init")
            run = scraped(typed)

        assert (run["code"], run["new"], run["missing"]) == (0, 119, 0)
        assert "119 of 120 entries arrived" in str(run["problems"])

    def test_a_dry_run_leaves_nothing(self, typed: Type) -> None:
        with Site(catalogue_site.Catalogue(catalogue_site.numbers(5)).routes) as site:
            configure(("catalogue", "heritage", site.url(catalogue_site.START), ""))
            typed("init")
            with opened() as db:
                before = rows(db)

            assert scraped(typed, "--dry-run")["new"] == 5

        with opened() as db:
            assert rows(db) == before


SERVED = {  # kind: its page, what it is, the address it is asked at
    "govuk-search": ("page.json", "application/json", "/api/search.json?count=5"),
    "adult-reviews": ("page.html", "text/html", "/search.html"),
    "homicide-reviews": ("page.html", "text/html", "/?pagination[pageNumber]=0&pagination[pageSize]=3"),
    "future-deaths": ("page.html", "text/html", "/prevention-of-future-death-reports/page/2/"),
}


def only(kind: str, name: str) -> Answer:
    """A sister's page as the last of its kind: what it leads to is not there."""
    body = (FOLDER / kind / name).read_bytes()
    media = "application/json" if name.endswith(".json") else "text/html; charset=utf-8"
    return Answer(200, body, {"Content-Type": media})


@pytest.mark.parametrize("kind", SERVED)
def test_a_sister_source_is_read_and_a_broken_page_changes_nothing(typed: Type, kind: str) -> None:
    name, _, path = SERVED[kind]
    pages = [only(kind, name)]

    def start(request: Request) -> Answer:
        return pages[0] if unquote(request.path) == path else Answer(404)

    with Site({"/robots.txt": lambda _: ROBOTS, path.partition("?")[0]: start}) as site:
        configure((kind, kind, site.url(path), ""))
        typed("init")
        text = (FOLDER / kind / name).read_text("utf-8").replace("https://www.judiciary.uk", site.url("").rstrip("/"))
        Path(name).write_text(text, "utf-8")
        assert typed("scrape", "--from-file", name, "--as-of", "2026-11-01").code == 0
        with opened() as db:
            before = rows(db)
        for broken in sorted((FOLDER / kind / "broken").iterdir()):
            pages[0] = only(kind, f"broken/{broken.name}")
            answer = typed("scrape", "--as-of", "2026-11-02")

            assert (broken.name, answer.code) == (broken.name, 4), answer.err
            assert answer.err.count("\n") == 1

    with opened() as db:
        after = rows(db)
    expected = json.loads((FOLDER / kind / "expected.json").read_text("utf-8"))
    assert before["reviews"] == len(expected)
    kept = {"runs", "pages", "crawls", "crawl_steps", "robots_txt", "alerts_sent"}
    assert {table for table in after if after[table] != before[table]} <= kept


def test_an_issue_of_two_collections_is_grouped(typed: Type) -> None:
    entry = "<h3>2026 – Westmere – Child {0}</h3><p>Death of child {0}.</p>"
    adults = (FOLDER / "adult-reviews" / "page.html").read_text("utf-8")
    Path("one.html").write_text(f"<html><body>{entry.format('A')}</body></html>")
    Path("two.html").write_text(f"<html><body>{entry.format('A')}{entry.format('B')}</body></html>")
    rest, found = adults.rpartition("<tr")[0], adults.rpartition("<tr")[1:]
    Path("fewer.html").write_text(rest + adults[adults.rindex("</tr>") + 5 :])
    Path("adults.html").write_text(rest + "".join(found))
    configure(
        ("nspcc", "nspcc-listing", "https://list.example.org/", ""),
        ("adults", "adult-reviews", "https://adults.example.org/", "Adults’ library"),
    )
    typed("init")
    for file, source, day in (
        ("one", "nspcc", "2026-10-31"),
        ("fewer", "adults", "2026-10-31"),
        ("two", "nspcc", "2026-11-02"),
        ("adults", "adults", "2026-11-02"),
    ):
        answer = typed("scrape", source, "--from-file", f"{file}.html", "--as-of", day)
        assert answer.code == 0, answer.err

    typed("issue", "build", "2026-11")
    text = " ".join(typed("issue", "show", "2026-11").out.split())

    assert "two case reviews were published: one to the NSPCC Repository and one to the Adults’ library" in text
