"""What a month's issue holds and tells: what a person chose, what was edited since the last one that was sent."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.runtime import side_effects
from core.config.load import load
from db.collection import reviews, takedowns
from db.mail import issues
from db.mail.issues import IssueEdits, StoredIssue
from services.issues.build_issue import load_issue
from services.issues.issue_coverage import untold_span
from tests.conftest import Typed
from tests.newsletter.samples import full_issue, review
from tests.support.installation import configure, opened
from tests.support.loopback_site import Answer, Site

Type = Callable[..., Typed]
NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
NAMES = ("Child A", "Child B", "Child C", "Child D", "Child E")


@pytest.fixture
def house(typed: Type, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A house on 10 December 2026 that has read nothing yet."""
    monkeypatch.setattr(side_effects, "SYSTEM", replace(side_effects.SYSTEM, now=lambda: NOW))
    assert typed("init").code == 0
    configure()
    return typed


def page(*entries: str, edited: str = "") -> str:
    """A list of reviews by name, "2025 Child A" of another year than 2026; the text of one may be edited."""
    text = "".join(
        f"<h3>{year or 2026} – Westmere – {name}</h3>"
        f"<p>{f'{name} died in the summer.' if name == edited else f'Neglect of {name} over several years.'} "
        f"The sample says no more of it than that it was known to school and to health.</p>"
        f"<p>Keywords: neglect, school, {name}</p>"
        for year, name in (re.fullmatch(r"(?:(\d{4}) )?(.*)", entry).groups() for entry in entries)  # type: ignore[union-attr]
    )
    Path("page.html").write_text(f"<html><body><h2>Published</h2>{text}</body></html>", "utf-8")
    return "page.html"


def read(typed: Type, day: str, *entries: str, edited: str = "", more: tuple[str, ...] = ()) -> Typed:
    answer = typed("scrape", "nspcc", "--from-file", page(*entries, edited=edited), "--as-of", day, *more)
    assert answer.code == 0, answer.err
    return answer


def built(typed: Type, period: str, *how: str) -> tuple[list[int], str]:
    """The numbers of an issue's reviews, and its introduction."""
    answer = typed("issue", "build", period, "--json", *how)
    assert answer.code == 0, answer.err
    issue = json.loads(answer.out)
    return issue["reviews"], issue["intro"]


def text(typed: Type, period: str) -> str:
    return " ".join(typed("issue", "show", period).out.split())


# the month


def test_a_month_that_has_not_begun_is_refused_and_one_that_has_not_ended_warns(house: Type) -> None:
    read(house, "2026-11-28", *NAMES)

    for command in ("build", "preview"):
        future = house("issue", command, "2027-05")
        assert (future.code, future.err) == (
            1,
            "casereviews: the month has not begun: 2027-05. Build this month's: casereviews issue build 2026-12\n",
        )
    now = house("issue", "build", "2026-12")
    assert now.code == 0
    assert "December 2026 has not ended: what is published by its end is not in it yet" in now.err


def test_a_month_on_a_day_of_which_the_list_was_read_has_begun(house: Type) -> None:
    read(house, "2026-12-20", *NAMES)
    read(house, "2027-01-04", *NAMES)

    ended, begun = house("issue", "build", "2026-12"), house("issue", "build", "2027-01")

    assert (ended.code, begun.code) == (0, 0)
    assert "has not ended" not in ended.err
    assert "January 2027 has not ended" in begun.err


def test_a_month_that_nobody_has_read_on_is_built_by_hand_and_says_so(house: Type) -> None:
    read(house, "2026-10-01", *NAMES)
    read(house, "2026-11-20", *NAMES, "Child F")

    answer = house("issue", "build", "2026-11")

    assert answer.code == 0
    assert "nspcc was not read well since November 2026 ended (last on 20 November 2026): casereviews scrape nspcc" in (
        answer.err
    )
    assert "The NSPCC Repository was last read well on 20 November 2026." in text(house, "2026-11")


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize("way", ["--accept", "--as-read"])
def test_an_issue_that_is_blocked_names_ways_out_that_work(house: Type, way: str) -> None:
    house("subscribers", "add", "ada@example.org", "--confirmed", "--consent", "on paper")
    robots = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
    with Site(
        {"/robots.txt": lambda _: robots, "/list": lambda _: Answer(200, Path("page.html").read_bytes())}
    ) as site:
        configure(site.url("/list"))
        page(*NAMES)
        assert house("scrape", "--as-of", "2026-11-20").code == 0
        page("Quite Another", edited="Quite Another")
        assert house("scrape", "--as-of", "2026-12-01").code == 4
        blocked = house("issue", "build", "2026-11")
        assert blocked.code == 4
        (command,) = [one for one in re.findall(r"casereviews ([a-z][^;.]*[a-z])", blocked.err) if way in one]
        assert house(*command.split()).code == 0

        assert house("issue", "build", "2026-11").code == 0
        assert house("issue", "send", "2026-11").code == 0


# the first issue


def test_a_person_adds_what_was_known_and_may_take_it_out_again(house: Type) -> None:
    for day in ("2026-11-28", "2026-11-30", "2026-12-01"):
        read(house, day, *NAMES)
    assert built(house, "2026-11") == (
        [],
        "We began to read the list on 28 November 2026. From then to the end of November 2026 nothing was added to it.",
    )

    added = house("issue", "edit", "2026-11", "--add", "2", "--add", "4", "--json")
    assert json.loads(added.out)["reviews"] == [2, 4]
    assert built(house, "2026-11")[0] == [2, 4]
    assert "This issue holds two case reviews that were published to the NSPCC Repository earlier." in text(
        house, "2026-11"
    )
    assert json.loads(house("issue", "edit", "2026-11", "--no-add", "2", "--json").out)["reviews"] == [4]
    assert json.loads(house("issue", "edit", "2026-11", "--skip", "4", "--json").out)["reviews"] == []


def test_what_cannot_be_added_is_refused_in_a_line(house: Type) -> None:
    read(house, "2026-10-28", *NAMES)
    read(house, "2026-12-01", *NAMES, "Child F")
    for period in ("2026-10", "2026-11"):
        built(house, period)
    house("issue", "edit", "2026-10", "--add", "1")
    house("reviews", "withdraw", "3", "--reason", "asked by the family")

    refused = {number: house("issue", "edit", "2026-11", "--add", number) for number in ("1", "3", "6", "99")}

    assert {number: answer.code for number, answer in refused.items()} == dict.fromkeys(refused, 1)
    assert "it is in the issue of October 2026: review 1" in refused["1"].err
    assert "it was withdrawn: review 3" in refused["3"].err
    assert "casereviews issue build 2026-12" in refused["6"].err
    assert "no such review: 99" in refused["99"].err
    assert built(house, "2026-11")[0] == []


def test_an_added_review_stays_in_its_issue_alone(house: Type) -> None:
    read(house, "2026-10-28", *NAMES)
    read(house, "2026-12-01", *NAMES)
    built(house, "2026-10")
    house("issue", "edit", "2026-10", "--add", "1")
    house("subscribers", "add", "ada@example.org", "--confirmed", "--consent", "on paper")

    assert house("issue", "send", "2026-10").code == 0

    assert built(house, "2026-11")[0] == []
    assert json.loads(house("issue", "show", "2026-10", "--format", "json").out)["reviews"] == [1]


@pytest.mark.parametrize(
    ("before", "news"),
    [("2026-01-01", ["Child A", "Child B"]), ("2025-01-01", ["Child A", "Child B", "Child C"]), ("2026-02", [])],
)
def test_a_first_read_may_take_later_reviews_as_news(house: Type, before: str, news: list[str]) -> None:
    answer = read(
        house, "2026-11-28", "Child A", "Child B", "2025 Child C", "2019 Child D", more=("--baseline-before", before)
    )
    read(house, "2026-12-01", "Child A", "Child B", "2025 Child C", "2019 Child D")

    reviews, intro = built(house, "2026-11")

    assert [json.loads(house("reviews", "show", str(number), "--json").out)["name"] for number in reviews] == news
    assert intro.startswith("We began to read the list on 28 November 2026.")
    assert ("published to the NSPCC Repository earlier" in intro) == bool(news)
    assert "are known, the others news" in answer.out


def test_a_baseline_cannot_be_chosen_later_and_the_way_out_works(house: Type) -> None:
    read(house, "2026-11-28", *NAMES)

    late = house("scrape", "nspcc", "--baseline-before", "2026-01-01")

    assert late.code == 1
    assert late.err == (
        "casereviews: --baseline-before is for a source's first read: nspcc. "
        "Choose its reviews one by one: casereviews issue edit PERIOD --add ID\n"
    )


# what is told of earlier reviews


def told(typed: Type, period: str) -> tuple[list[str], list[str]]:
    """Which reviews an issue names as updated, and which as withdrawn."""
    built(typed, period)
    with closing(opened()) as db:
        issue = issues.get(db, period).issue
    return [update.review.name for update in issue.updated], [review.name for review in issue.withdrawn]


def send(typed: Type, period: str) -> None:
    answer = typed("issue", "send", period)
    assert answer.code == 0, answer.err


def test_updates_are_told_since_the_last_issue_that_was_sent_and_once(house: Type) -> None:
    house("subscribers", "add", "ada@example.org", "--confirmed", "--consent", "on paper")
    read(house, "2026-07-15", *NAMES)
    built(house, "2026-07")
    send(house, "2026-07")
    read(house, "2026-08-15", *NAMES, edited="Child A")
    read(house, "2026-10-15", *NAMES, edited="Child A")
    for day in ("2026-10-16", "2026-10-17"):
        read(house, day, *NAMES[:4], edited="Child A")
    read(house, "2026-11-02", *NAMES[:4], edited="Child A")

    assert told(house, "2026-09") == (["Child A"], [])  # of August, whose issue nobody sent
    assert told(house, "2026-10") == (["Child A"], ["Child E"])
    send(house, "2026-10")
    assert told(house, "2026-11") == ([], [])
    assert told(house, "2026-09") == ([], [])  # a later one has told it


def test_what_is_edited_after_an_early_sending_is_told_in_the_next(house: Type) -> None:
    house("subscribers", "add", "ada@example.org", "--confirmed", "--consent", "on paper")
    read(house, "2026-11-15", *NAMES)
    built(house, "2026-12")
    send(house, "2026-12")  # on the 10th
    read(house, "2026-12-20", *NAMES, edited="Child B")
    with closing(opened()) as db:
        since, until = untold_span(load(Path("casereviews.toml")), db, "2027-01")

    assert since == datetime(2026, 12, 10, 12, tzinfo=UTC)
    assert until == datetime(2027, 2, 1, tzinfo=UTC)


def test_the_second_line_in_an_inbox_stays_where_another_than_a_new_review_is_withdrawn(
    house: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = StoredIssue(full_issue(), IssueEdits(), "", "")
    monkeypatch.setattr(issues, "get", lambda *_: stored)
    with closing(opened()) as db:
        for gone, kept in ((50, stored.issue.preheader), (2, stored.issue.title)):
            monkeypatch.setattr(takedowns, "find_taken_down", lambda *_, gone=gone: {gone})
            monkeypatch.setattr(reviews, "get", lambda *_: review(2, taken_down=True))

            assert load_issue(db, "2016-09").issue.preheader == kept
