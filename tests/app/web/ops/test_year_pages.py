"""Lists of older years are read from the operator's pages: looked at first, stopped, gone on with."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from core.config.schema import FetchSettings, Source
from db.collection import reviews, runs
from db.schema.connect import Database
from tests.app.web.operator import Desk, approved
from tests.support.installation import PAGES
from tests.support.loopback_site import Answer, Request, Site
from tests.support.waiting import HANG
from tests.support.web_site import texts

ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
ASKED = {"source": "nspcc", "years": "2012-2014"}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = approved(tmp_path)
    yield opened
    opened.close()


def desk_of(db: Database, site: Site) -> Desk:
    """A desk whose source has lists of older years, on this machine."""
    source = Source(name="nspcc", url=site.url("/list"), year_url=site.url("/{year}"))
    return Desk(db, sources=(source,), fetch=FetchSettings(spacing=0, walk_spacing=0, retries=0, backoff=0))


def year(number: int) -> Answer:
    return Answer(200, (PAGES / str(number) / "flat.html").read_bytes(), {"Content-Type": "text/html"})


def routes() -> dict[str, object]:
    return {"/robots.txt": lambda _: ROBOTS} | {
        f"/{number}": lambda _, number=number: year(number) for number in (2012, 2013, 2014)
    }


def test_which_lists_are_read_at_which_pace_is_shown_first(db: Database) -> None:
    source = Source(name="nspcc", url="https://example.org/list", year_url="https://example.org/{year}")
    desk = Desk(db, sources=(source,))
    page = texts(desk.operator().press("/ops/years", ASKED).text)

    assert "To read nspcc-2012, nspcc-2013, nspcc-2014" in page
    assert "Pace one request every 1 second, slower" in page
    assert "About how long less than a minute" in page
    assert desk.trail()[0] == "looked at reading older years of nspcc"


@pytest.mark.parametrize("years", ["", "12", "2014-2012", "1800-2016"])
def test_what_are_no_years_is_said_at_the_field(db: Database, years: str) -> None:
    source = Source(name="nspcc", url="https://example.org/list", year_url="https://example.org/{year}")
    answer = Desk(db, sources=(source,)).operator().press("/ops/years", {"source": "nspcc", "years": years})

    assert answer.status_code == 422
    assert 'href="#years"' in answer.text
    assert f'value="{years}"' in answer.text


def test_a_source_without_lists_of_years_is_not_offered(db: Database) -> None:
    desk = Desk(db, sources=(Source(name="other", url="https://example.org/list"),))

    assert "No source here has lists of older years" in texts(desk.operator().get("/ops/years").text)


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_older_years_are_read_as_known_and_those_read_already_are_left_out(db: Database) -> None:
    before = reviews.count_unissued(db)
    with Site(routes()) as site:  # type: ignore[arg-type]  # routes of lambdas
        desk = desk_of(db, site)
        who = desk.operator()
        answer = who.press("/ops/years", ASKED | {"sure": "yes"})
        desk.wait()
        page = texts(who.get(answer.headers["Location"]).text)
        again = texts(who.press("/ops/years", ASKED | {"sure": "yes"}).text)

    assert "Done. nspcc-2012: 6 reviews read, 6 new" in page
    assert "nspcc-2014" in page
    assert reviews.count_unissued(db) == before
    assert "All of these were read already" in again
    assert desk.trail()[1] == "read older years of nspcc: 2012-2014"


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_older_years_are_stopped_after_a_whole_list_and_gone_on_with(db: Database) -> None:
    asked, going = Event(), Event()

    def slow(_: Request) -> Answer:
        asked.set()
        going.wait(HANG)
        return year(2012)

    with Site(routes() | {"/2012": slow}) as site:  # type: ignore[arg-type]  # routes of lambdas
        desk = desk_of(db, site)
        who = desk.operator()
        at = who.press("/ops/years", ASKED | {"sure": "yes"}).headers["Location"]
        assert asked.wait(HANG)
        doing = who.get(f"{at}.json").json
        second = who.press("/ops", action="/ops/scrape")
        who.press(at, action=f"{at}/stop")
        going.set()
        desk.wait()
        page = who.get(at).text
        done = [runs.latest(db, f"nspcc-{number}", good=True) is not None for number in (2012, 2013, 2014)]
        who.press("/ops/years", ASKED | {"sure": "yes"})
        desk.wait()
        asked_for = [path for path in site.paths() if path != "/robots.txt"]

    assert doing
    assert doing["doing"] == "Reading nspcc-2012: 0 of 3 lists"
    assert second.headers["Location"] == at
    assert "1 of 3 lists read; the others wait." in texts(page)
    assert 'href="/ops/years?source=nspcc&amp;years=2012-2014"' in page
    assert done == [True, False, False]
    assert asked_for == ["/2012", "/2013", "/2014"]
