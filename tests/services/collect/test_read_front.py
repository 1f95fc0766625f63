"""Long lists: their front tells what is new at two requests a day, and now and then all their pages are walked."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from app.runtime.lock import process_lock
from core.config.load import load
from db.schema.connect import connect, write_transaction
from services.collect.source_status import source_state
from services.issues import issue_coverage
from services.operator.status import system_status
from tests.bench.month import DAYS, SMALL, read_month
from tests.support.loopback_site import Site
from tests.support.sister_sites import SOURCES, SisterSites, configure_sisters, read_day

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
FIRST = datetime(2026, 6, 1, 7, tzinfo=UTC)
PAGED = ("catalogue", "panel", "homicides", "deaths")


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def stored(what: str) -> list[str]:
    """The keys of reviews of which something holds."""
    with closing(connect(load(Path("casereviews.toml")).database)) as db:
        return [row[0] for row in db.execute(f"SELECT key FROM reviews WHERE {what} ORDER BY key")]


@pytest.fixture
def world() -> Iterator[SisterSites]:
    """The library of homicide reviews alone, of three pages, walked through once."""
    world = SisterSites(SMALL | {"deaths": 3, "catalogue": 1})
    with world.served() as sites:
        configure_sisters({"homicides": sites["homicides"]}, {})
        read_day(day(0))
        world.sites["homicides"].requests.clear()
        yield world


def asked(site: Site) -> list[str]:
    """Which pages of the library were asked for since the last time."""
    pages = [path.split("=")[1][0] for path in site.paths() if "?" in path]
    site.requests.clear()
    return pages


def test_a_month_of_six_sources_costs_two_requests_a_day_each_and_misses_no_news() -> None:
    month = read_month(SMALL)

    unchanged = {name: sorted(days)[: DAYS - 3] for name, days in month.days.items()}  # but for news and a walk
    assert {name: max(days) for name, days in unchanged.items()} == dict.fromkeys(SOURCES, 2)
    assert sum(map(sum, month.days.values())) <= 6 * DAYS * 2 + 10, str(month)
    assert (month.news, month.first["deaths"]) == (3, 3)


def test_a_page_of_what_is_known_ends_the_front(world: SisterSites) -> None:
    read_day(day(1))
    quiet = asked(world.sites["homicides"])
    world.add("homicides")
    read_day(day(2))

    assert (quiet, asked(world.sites["homicides"])) == (["0"], ["0", "1"])
    assert stored("baseline = 0") == [f"{31:024x}"]


def test_a_total_that_has_grown_leads_on_until_what_is_new_is_found(world: SisterSites) -> None:
    world.oldest_first = True
    read_day(day(1))
    quiet = asked(world.sites["homicides"])
    world.add("homicides")
    read_day(day(2))
    found = asked(world.sites["homicides"])
    read_day(day(3))

    assert (quiet, found, asked(world.sites["homicides"])) == (["0"], ["0", "1", "2", "3"], ["0"])
    assert stored("baseline = 0") == [f"{31:024x}"]


def test_a_total_that_has_shrunk_has_all_pages_walked_and_a_week_later_again(world: SisterSites) -> None:
    world.counts["homicides"] -= 1
    told = [read_day(day(number)) for number in range(1, 10)]

    walked = [number for number, words in enumerate(told, 1) if len(words) > 1]
    assert walked == [1, 8]
    assert "1 missing" in told[0][1]
    assert stored("status = 'withdrawn'") == [f"{30:024x}"]


def test_what_we_took_down_ourselves_is_no_news_in_a_front(world: SisterSites) -> None:
    with closing(connect(load(Path("casereviews.toml")).database)) as db, write_transaction(db):
        (number,) = db.execute("SELECT id FROM reviews WHERE key = ?", [f"{30:024x}"]).fetchone()
        db.execute("UPDATE sightings SET fingerprint = 'of an earlier wording' WHERE review_id = ?", [number])
        db.execute("INSERT INTO takedowns VALUES (?, 'asked to', '2026-06-01T00:00:00Z', 'current')", [number])

    read_day(day(1))

    assert asked(world.sites["homicides"]) == ["0"]


def test_a_walk_leaves_the_other_jobs_their_locks_and_is_gone_on_with(world: SisterSites) -> None:
    data_dir = load(Path("casereviews.toml")).data_dir
    world.counts["homicides"] -= 1
    with process_lock(data_dir, "walk"):  # another tick is at it
        front = read_day(day(1))
    with process_lock(data_dir):  # sources are being read
        with pytest.raises(Exception, match="another run is at work"):
            read_day(day(2) - timedelta(hours=2))
        walked = asked(world.sites["homicides"])
    front_again, *walk_stored = read_day(day(2) - timedelta(hours=1))

    assert (len(front), walked) == (1, ["0", "0", "1", "2"])
    assert "0 missing" in front_again
    assert ["1 missing" in words for words in walk_stored] == [True]
    assert asked(world.sites["homicides"]) == ["0"]


def test_a_walk_that_is_not_believed_is_made_again_after_a_week_and_meanwhile_the_front_is_read(
    world: SisterSites,
) -> None:
    world.counts["homicides"] -= 12
    told = [read_day(day(number)) for number in range(1, 8)]
    before = stored("status <> 'current'")
    with closing(connect(load(Path("casereviews.toml")).database)) as db:
        settings = load(Path("casereviews.toml"))
        state = source_state(settings, db, settings.sources[0], day(7))
        told_of = system_status(settings, db, day(7))["sources"][0]["quarantined"]
        holds_up = issue_coverage.quarantined_sources(settings, db)
    _, again = read_day(day(8))

    assert [number for number, words in enumerate(told, 1) if len(words) > 1] == [1]
    assert "is quarantined" in told[0][1]
    assert before == []
    assert state
    assert (state.state, "12 of 30 reviews" in state.words) == ("broken", True)
    assert (told_of, holds_up) == (True, ["homicides"])
    assert "12 missing" in again


def test_a_list_that_has_moved_is_found_again_by_a_walk() -> None:
    with SisterSites(SMALL).served() as sites:
        configure_sisters({"deaths": sites["deaths"]}, {})
        read_day(day(0))
        with closing(connect(load(Path("casereviews.toml")).database)) as db, write_transaction(db):
            db.execute("UPDATE sources SET list_url = replace(list_url, '/pfd?', '/gone?')")
        told = [read_day(day(1) + timedelta(hours=hours)) for hours in (0, 2)]
        told.append(read_day(day(2)))

    assert "answered 404" in told[0][0]
    assert [words[0].partition(":")[0] for words in told[1:]] == ["read deaths"] * 2


def test_a_walk_pauses_after_its_time_and_goes_on_with_the_next_tick(
    world: SisterSites, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_day(day(7))
    world.counts["homicides"] -= 1
    read_day(day(8), walk=False)
    world.sites["homicides"].requests.clear()
    monkeypatch.setattr("app.scheduler.walk_jobs.WALK_SECONDS", 20.0)
    ticks = [read_day(day(9), clock=count(step=3.0).__next__) for _ in range(9)]

    assert asked(world.sites["homicides"]) == ["0", "0", "1", "2"]
    told = [words for words in ticks if words]
    assert len(told) == 2
    assert "1 missing" in told[1][0]
    assert ticks.index(told[1]) >= 2


def test_what_other_pages_left_over_is_named_still_when_the_front_alone_is_read(world: SisterSites) -> None:
    settings = load(Path("casereviews.toml"))
    with closing(connect(settings.database)) as db:
        with write_transaction(db):
            db.execute("""UPDATE runs SET leftovers = '[["Leeds – Child Q", "not understood"]]'""")
        read_day(day(1))
        read_day(day(2))
        state = source_state(settings, db, settings.sources[0], day(2))

    assert asked(world.sites["homicides"]) == ["0", "0"]
    assert state
    assert "not understood: 'Leeds – Child Q'" in state.words
