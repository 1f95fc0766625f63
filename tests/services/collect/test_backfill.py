"""Older years' lists: baseline unless told otherwise, and resumed where they stopped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Typed
from tests.support.installation import PAGES, configure
from tests.support.loopback_site import Answer, Site

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})


def year(number: int) -> Answer:
    return Answer(200, (PAGES / str(number) / "flat.html").read_bytes())


@pytest.fixture
def site(typed: Type) -> "Site":
    routes = {
        "/robots.txt": lambda _: ROBOTS,
        "/list": lambda _: year(2018),
        "/2012": lambda _: year(2012),
        "/2013": lambda _: Answer(503),
        "/2014": lambda _: year(2014),
    }
    with Site(routes) as site:
        configure(site.url("/list"))
        text = Path("casereviews.toml").read_text()
        Path("casereviews.toml").write_text(text.replace("[fetch]", f'year_url = "{site.url("/{year}")}"\n[fetch]', 1))
        typed("init")
        yield site  # type: ignore[misc]  # a fixture


def test_what_older_lists_hold_is_known_and_no_news(typed: Type, site: Site) -> None:
    typed("scrape")

    answer = typed("scrape", "--year", "2012-2014")

    assert answer.code == 3, answer.err
    assert "nspcc-2012: 6 reviews read, 6 new" in answer.out
    assert "nspcc-2013" in answer.err
    assert all(review["baseline"] for review in json.loads(typed("reviews", "list", "--json").out))


def test_a_backfill_goes_on_where_it_stopped(typed: Type, site: Site) -> None:
    typed("scrape", "--year", "2012-2014")
    site.routes["/2013"] = lambda _: year(2013)
    asked = len(site.paths())

    answer = typed("scrape", "--year", "2012-2014")

    assert site.paths()[asked:] == ["/2013"]
    assert (answer.code, "nspcc-2012: was read already" in answer.err) == (0, True)


def test_as_news_makes_it_news(typed: Type, site: Site) -> None:
    typed("scrape", "--year", "2014", "--as-news")

    assert not any(review["baseline"] for review in json.loads(typed("reviews", "list", "--json").out))


@pytest.mark.parametrize("words", ["16", "2018-2012", "20l6", "2016-", "1900-2026"])
def test_a_wrong_year_is_a_usage_error(typed: Type, site: Site, words: str) -> None:
    assert typed("scrape", "--year", words).code == 2


def test_a_source_without_year_lists_says_what_to_set(typed: Type) -> None:
    configure("https://boards.example.org/list")
    typed("init")

    answer = typed("scrape", "--year", "2016")

    assert (answer.code, "Set its year_url" in answer.err) == (1, True)
