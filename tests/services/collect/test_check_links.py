"""casereviews reviews check-links: what it asks, what it writes, what it says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from app.cli.check_links_command import check_links, summarize_links
from app.runtime.side_effects import system_effects
from core.config.load import load
from core.config.schema import Settings
from core.link_records import LinkCheck
from core.records import Link, Review
from core.side_effects import SideEffects
from db.collection import links, reviews
from db.schema.connect import Database, write_transaction
from scraper.identity import add_identity, heading_key
from services.collect.check_links import check_addresses
from tests.conftest import Typed
from tests.support.installation import configure, dump, opened
from tests.support.loopback_site import Answer, Site

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

Type = Callable[..., Typed]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PDF = Answer(200, b"%PDF-1.7\n<</Linearized 1/L 60/N 24>>" + bytes(24), {"Content-Type": "application/pdf"})


@dataclass
class Days:
    """A world whose days pass when told to, and that never waits."""

    at: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def effects(self) -> SideEffects:
        return system_effects(now=lambda: self.at, sleep=self.slept.append)

    def pass_(self, days: float) -> None:
        self.at += timedelta(days=days)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def settings(site: Site) -> Settings:
    configure(site.url("/list"))
    return load(Path("casereviews.toml"))


def stored(db: Database, name: str, *urls: str) -> int:
    made = add_identity(Review("nspcc", "Westmere", name, 2016, links=tuple(Link("Read", url) for url in urls)))
    with write_transaction(db):
        added = reviews.add(db, made, heading_key(made), NOW)
        links.apply_known_checks(db, [added.id])
    return added.id


def states(found: list[LinkCheck]) -> list[str]:
    return [checked.state for checked in found]


def test_links_are_looked_at_once_a_month_and_those_that_failed_sooner(db: Database) -> None:
    days = Days()
    with Site({"/good.pdf": lambda _: PDF, "/bad.pdf": lambda _: Answer(500)}) as site:
        stored(db, "Child A", site.url("/bad.pdf"), site.url("/good.pdf"))
        runs = []
        for _ in range(31):
            found = check_addresses(days.effects(), settings(site), db)
            runs.append({checked.url.rpartition("/")[2]: checked.state for checked in found})
            days.pass_(1)

    asked = {day: run for day, run in enumerate(runs) if run}
    assert asked == {
        0: {"bad.pdf": "unchecked", "good.pdf": "live"},
        1: {"bad.pdf": "unchecked"},
        2: {"bad.pdf": "unreached"},
        9: {"bad.pdf": "unreached"},
        16: {"bad.pdf": "unreached"},
        23: {"bad.pdf": "unreached"},
        30: {"bad.pdf": "unreached", "good.pdf": "live"},
    }


def test_a_run_asks_no_more_than_its_limit_and_the_next_goes_on(db: Database) -> None:
    days = Days()
    with Site() as site:
        stored(db, "Child A", *(site.url(f"/{n}.pdf") for n in range(5)))
        runs = [check_addresses(days.effects(), settings(site), db, limit=2) for _ in range(4)]

        assert [len(run) for run in runs] == [2, 2, 1, 0]
        assert site.paths().count("/robots.txt") == 3
        assert len(check_addresses(days.effects(), settings(site), db, every=True, limit=None)) == 5


def test_an_address_that_two_reviews_share_is_asked_once(db: Database) -> None:
    with Site({"/a.pdf": lambda _: PDF}) as site:
        one, two = stored(db, "Child A", site.url("/a.pdf")), stored(db, "Child B", site.url("/a.pdf"))
        (found,) = check_addresses(Days().effects(), settings(site), db)

        assert site.paths() == ["/robots.txt", "/a.pdf"]
        known = Link("Read", site.url("/a.pdf"), "live", "application/pdf", 60, 24)
    assert found.reviews == (one, two)
    assert [reviews.get(db, str(number)).links for number in (one, two)] == [(known,)] * 2


def test_before_an_issue_is_frozen_its_links_are_looked_at_unless_they_were_today(db: Database) -> None:
    days = Days()
    with Site({"/a.pdf": lambda _: PDF}) as site:
        one = stored(db, "Child A", site.url("/a.pdf"))
        stored(db, "Child B", site.url("/b.pdf"))
        runs = []
        for passed in (0.0, 0.5, 0.5):
            days.pass_(passed)
            runs.append(states(check_addresses(days.effects(), settings(site), db, ids=[one])))

    assert runs == [["live"], [], ["live"]]


def test_a_run_that_is_killed_loses_nothing_of_what_it_saw(db: Database) -> None:
    def interrupt(checked: LinkCheck) -> None:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(checked)

    seen: list[LinkCheck] = []
    with Site({"/1.pdf": lambda _: PDF}) as site:
        stored(db, "Child A", *(site.url(f"/{n}.pdf") for n in range(4)))
        with pytest.raises(KeyboardInterrupt):
            check_addresses(Days().effects(), settings(site), db, progress=interrupt)

        assert [links.get(db, site.url(f"/{n}.pdf")).state for n in range(3)] == ["dead", "live", "dead"]
        assert site.paths()[:4] == ["/robots.txt", "/0.pdf", "/1.pdf", "/2.pdf"]


def test_nothing_of_a_document_or_of_its_hosts_robots_is_kept(db: Database) -> None:
    marked = Answer(200, b"%PDF-1.7 the-report-itself", {"Content-Type": "application/pdf"})
    robots = Answer(200, b"User-agent: *\n# the-robots-themselves\n", {"Content-Type": "text/plain"})
    with Site({"/a.pdf": lambda _: marked, "/robots.txt": lambda _: robots}) as site:
        stored(db, "Child A", site.url("/a.pdf"))
        check_addresses(Days().effects(), settings(site), db)

    assert "-itself" not in "".join(dump(db))
    assert "-themselves" not in "".join(dump(db))
    assert not list(Path().rglob("*.gz"))


def test_our_own_machine_is_asked_only_where_a_source_is_on_it(db: Database) -> None:
    with Site({"/a.pdf": lambda _: PDF}) as site:
        stored(db, "Child A", site.url("/a.pdf"))
        (found,) = check_addresses(Days().effects(), Settings(), db)

        assert site.connections == 0
    assert found.state == "unreached"
    assert "private network" in found.why


# as typed


@pytest.fixture
def typed_links(typed: Type, monkeypatch: pytest.MonkeyPatch) -> Type:
    """`casereviews reviews check-links`, whether or not it is in its group yet."""
    from app.cli.review_commands import reviews as group

    monkeypatch.setitem(group.commands, "check-links", check_links)
    return lambda *words: typed("reviews", "check-links", *words)


def house(typed: Type, site: Site) -> int:
    """A configured house with one review that has a report and a link that is gone."""
    configure(site.url("/list"))
    typed("init")
    with opened() as db:
        return stored(db, "Child A", site.url("/a.pdf"), site.url("/gone.pdf"))


def test_json_has_every_field_with_null_for_unknown(typed: Type, typed_links: Type) -> None:
    with Site({"/a.pdf": lambda _: PDF}) as site:
        number = house(typed, site)
        answer = typed_links("--json")
        found = json.loads(answer.out)
        again = typed_links("--json")

    assert (answer.code, answer.err) == (0, "")
    assert [row.pop("checked_at")[:2] for row in found] == ["20", "20"]
    assert found == [
        {
            "url": site.url("/a.pdf"),
            "state": "live",
            "status": 200,
            "media": "application/pdf",
            "size": 60,
            "pages": 24,
            "why": None,
            "reviews": [number],
        },
        {
            "url": site.url("/gone.pdf"),
            "state": "dead",
            "status": 404,
            "media": None,
            "size": None,
            "pages": None,
            "why": "answered 404, not found",
            "reviews": [number],
        },
    ]
    assert json.loads(again.out) == []


def test_each_link_is_a_line_and_the_count_goes_beside_it(typed: Type, typed_links: Type) -> None:
    with Site({"/a.pdf": lambda _: PDF}) as site:
        house(typed, site)
        answer = typed_links("--limit", "50")

    assert answer.out.splitlines() == [
        f"live       {site.url('/a.pdf')}  (application/pdf, 60 bytes, 24 pages)",
        f"dead       {site.url('/gone.pdf')}  (answered 404, not found)",
    ]
    assert answer.err == "2 links looked at: 1 live, 1 dead\n"


def test_a_dry_run_asks_and_writes_nothing(typed: Type, typed_links: Type) -> None:
    with Site({"/a.pdf": lambda _: PDF}) as site:
        house(typed, site)
        with opened() as db:
            before = dump(db)
        answer = typed_links("--dry-run")

    with opened() as db:
        assert dump(db) == before
    assert answer.err.endswith("(dry run)\n")


def test_all_asks_again_what_was_asked_today(typed: Type, typed_links: Type) -> None:
    with Site({"/a.pdf": lambda _: PDF}) as site:
        house(typed, site)
        runs = [
            len(json.loads(typed_links("--json", *words).out)) for words in ((), ("--all",), ("--all", "--limit", "1"))
        ]

    assert runs == [2, 2, 1]


def test_another_run_at_work_is_said(typed: Type, typed_links: Type) -> None:
    from app.runtime.lock import process_lock

    with Site({"/a.pdf": lambda _: PDF}) as site:
        house(typed, site)
        with process_lock(Path("data")):
            answer = typed_links()

        assert site.requests == []
    assert answer.code == 11


def test_help_teaches_with_an_example() -> None:
    said = check_links.get_help(click.Context(check_links))

    assert "Example: casereviews reviews check-links --limit 50" in said


@pytest.mark.parametrize(
    ("found", "words"),
    [([], "no link is due"), ([LinkCheck("a", "live")], "1 link looked at: 1 live")],
)
def test_the_count_is_worded_properly(found: list[LinkCheck], words: str) -> None:
    assert summarize_links(found) == words
