"""What a list may do from one read to the next, each by typed commands: grow, empty, lose, move, fall silent, flood."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config.load import load
from db.operator import alerts_sent
from services.collect.source_status import source_state
from tests.conftest import Typed
from tests.support.installation import QUICK, configure, opened
from tests.support.saved_pages import FOLDER

Type = Callable[..., Typed]
Outcome = tuple[int, int, int, int]  # new, changed, missing; the exit code
MONTHLY = "https://learning.nspcc.org.uk/case-reviews/monthly-case-reviews-update"
TEXT = "Death of a {0}-month-old child by the sea. {1}."


def page(years: dict[int, range], end: str = "", link: str = "https://board.example.org/{0}-{1}.pdf") -> str:
    """A saved page of invented reviews, by the years and numbers they have."""
    parts = [
        f"<h3>{year} – Westmere – Child {year}-{n}</h3><p>{TEXT.format(n, own_words(year, n))}</p>"
        f"<p>Learning: hear child {n}.</p>"
        f'<p><a href="{link.format(year, n)}">Read the overview report</a></p>'
        for year, numbers in years.items()
        for n in numbers
    ]
    Path("page.html").write_text(f"<html><body><h1>Case reviews</h1>{''.join(parts)}{end}</body></html>", "utf-8")
    return "page.html"


def own_words(year: int, number: int) -> str:
    """Words that no other review has."""
    return " ".join(f"word{year}x{number}x{place}" for place in range(12))


def scrape(typed: Type, file: str, day: str, *more: str) -> Outcome:
    answer = typed("scrape", "--from-file", file, "--as-of", day, "--json", *more)
    (run,) = json.loads(answer.out)
    return run["new"], run["changed"], run["missing"], answer.code


def case(name: str) -> str:
    return str(FOLDER / "cases" / f"nspcc-{name}.html")


@pytest.mark.parametrize(
    ("reads", "outcomes"),
    [
        ([("january-empty-1", "2026-12-20"), ("january-empty-2", "2027-01-04")], [(12, 0, 0, 0), (0, 0, 0, 0)]),
        ([("year-block-gone-1", "2027-01-06"), ("year-block-gone-2", "2027-01-13")], [(42, 0, 0, 0), (1, 0, 0, 0)]),
        ([("third-gone-1", "2026-10-01"), ("third-gone-2", "2026-10-08")], [(30, 0, 0, 0), (0, 0, 0, 4)]),
        (
            [("number-corrected-1", "2026-11-01"), ("number-corrected-2", "2026-11-08")],
            [(12, 0, 0, 0), (0, 1, 0, 0)],
        ),
        ([("number-corrected-1", "2026-11-01"), ("links-moved-2", "2026-11-08")], [(12, 0, 0, 0), (0, 0, 0, 0)]),
    ],
)
def test_a_list_that_changes_as_real_ones_do(
    typed: Type, reads: list[tuple[str, str]], outcomes: list[Outcome]
) -> None:
    typed("init")

    assert [scrape(typed, case(name), day) for name, day in reads] == outcomes
    with opened() as db:
        assert db.execute("SELECT COUNT(*) FROM reviews WHERE status <> 'current'").fetchone()[0] == 0


def test_a_month_without_reviews_is_a_healthy_read_of_none(typed: Type) -> None:
    configure(MONTHLY)
    typed("init")
    scrape(typed, case("january-empty-1"), "2026-11-20")

    answer = typed("scrape", "--from-file", case("monthly-none"), "--as-of", "2026-12-02")

    assert answer.code == 0
    assert "12 no longer on a page that covers them; its page is still itself, and lists none now" in answer.out


def test_an_empty_list_is_said_once_to_the_operator_and_again_after_another(typed: Type) -> None:
    Path("casereviews.toml").write_text(f'operator = "ops@example.org"\n{QUICK}', "utf-8")
    typed("init")
    scrape(typed, case("january-empty-1"), "2026-12-20")
    told = []
    for name, day in (("2", "01-04"), ("2", "01-05"), ("1", "01-06"), ("2", "01-07")):
        scrape(typed, case(f"january-empty-{name}"), f"2027-{day}")
        with opened() as db:
            told.append(alerts_sent.exists(db, "lists none nspcc"))

    assert told == [True, True, False, True]
    assert len(list(Path("data/outbox").glob("*lists-no-review-now*"))) >= 1


def test_this_year_s_list_is_not_empty_of_a_sudden(typed: Type) -> None:
    typed("init")
    scrape(typed, case("january-empty-1"), "2026-05-20")

    assert scrape(typed, case("january-empty-2"), "2026-05-21") == (0, 0, 0, 4)
    assert scrape(typed, case("january-empty-2"), "2026-05-28") == (0, 0, 0, 0)
    assert scrape(typed, case("january-empty-1"), "2026-05-29") == (0, 0, 0, 0)  # nothing had gone, nothing is new


def test_many_that_go_are_believed_when_a_week_later_the_same_are_gone(typed: Type) -> None:
    typed("init")
    scrape(typed, page({2026: range(30)}), "2026-10-01")
    few = {2026: range(12, 30)}

    outcomes = [scrape(typed, page(few), f"2026-10-{day:02}") for day in (2, 3, 8, 9, 10)]

    assert outcomes == [(0, 0, 0, 4), (0, 0, 0, 4), (0, 0, 0, 4), (0, 0, 12, 0), (0, 0, 0, 0)]


def test_others_that_go_a_week_later_confirm_nothing(typed: Type) -> None:
    typed("init")
    scrape(typed, page({2026: range(30)}), "2026-10-01")
    scrape(typed, page({2026: range(8, 30)}), "2026-10-02")

    assert scrape(typed, page({2026: range(22)}), "2026-10-09") == (0, 0, 0, 4)
    assert scrape(typed, page({2026: range(22)}), "2026-10-16") == (0, 0, 8, 0)


def test_a_good_read_between_begins_the_week_anew(typed: Type) -> None:
    typed("init")
    every, few = {2026: range(30)}, {2026: range(8, 30)}

    outcomes = [scrape(typed, page(one), day) for one, day in (
        (every, "2026-10-01"), (few, "2026-10-02"), (every, "2026-10-05"), (few, "2026-10-09"),
    )]  # fmt: skip

    assert [code for *_, code in outcomes] == [0, 4, 0, 4]


@pytest.mark.parametrize(("lost", "code"), [(3, 0), (4, 4)])
def test_three_may_go_at_once(typed: Type, lost: int, code: int) -> None:
    typed("init")
    scrape(typed, page({2026: range(30)}), "2026-10-01")

    assert scrape(typed, page({2026: range(lost, 30)}), "2026-10-02") == (0, 0, lost if not code else 0, code)


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ({2026: range(30)}, ""),
        ({2026: range(31)}, "21 reviews are new at once, where none were before"),
        ({2026: range(10), 2013: range(3)}, ""),
        ({2026: range(10), 2013: range(2), 2015: range(2)}, "4 new reviews are of years that the source did not list"),
        ({2026: range(10), 2025: range(4)}, "did not list before (2025)"),
    ],
)
def test_a_flood_waits_for_a_person(typed: Type, years: dict[int, range], said: str) -> None:
    typed("init")
    scrape(typed, page({2026: range(10)}), "2026-05-01")

    answer = typed("scrape", "--from-file", page(years), "--as-of", "2026-05-02")

    assert (answer.code, said in answer.err) == (4 if said else 0, True)
    if said:
        way_out = answer.err.partition("right after all: casereviews ")[2].split()
        assert typed(*way_out).code == 0


def test_what_is_a_flood_grows_with_the_most_that_were_ever_new(typed: Type) -> None:
    typed("init")
    counts = (2, 14, 40, 120)

    outcomes = [scrape(typed, page({2026: range(count)}), f"2026-05-0{day}") for day, count in enumerate(counts, 1)]

    assert outcomes == [(2, 0, 0, 0), (12, 0, 0, 0), (26, 0, 0, 0), (0, 0, 0, 4)]


def test_late_ones_of_last_year_are_news_in_january(typed: Type) -> None:
    typed("init")
    scrape(typed, page({2027: range(2)}), "2027-01-08")

    assert scrape(typed, page({2027: range(2), 2026: range(5)}), "2027-01-09") == (5, 0, 0, 0)


@pytest.mark.parametrize(
    ("accept", "outcome", "updates"),
    [("cases", (1, 5, 4, 0), True), ("page", (1, 0, 0, 0), False)],
)
def test_a_person_says_whether_the_cases_have_changed_or_only_the_page(
    typed: Type, accept: str, outcome: Outcome, updates: bool
) -> None:
    typed("init")
    scrape(typed, page({2026: range(10)}), "2026-05-01")
    changed = Path(page({2026: range(4, 11)})).read_text("utf-8").replace("the sea", "a lake and a wood", 5)
    Path("page.html").write_text(changed, "utf-8")
    assert scrape(typed, "page.html", "2026-05-02")[3] == 4

    assert scrape(typed, "page.html", "2026-05-02", "--accept", accept) == outcome
    typed("scrape", "--from-file", "page.html", "--as-of", "2026-06-02")
    issue = typed("issue", "build", "2026-05", "--json")
    assert json.loads(issue.out)["reviews"] == ([11] if updates else [])
    assert ("Updated" in typed("issue", "show", "2026-05").out) is updates
    assert ("Withdrawn" in typed("issue", "show", "2026-06").out) is False


def test_most_with_other_labels_are_no_updates_and_an_edit_among_them_is(typed: Type) -> None:
    typed("init")
    scrape(typed, page({2026: range(10)}), "2026-05-01")
    words = Path("page.html").read_text("utf-8").replace("Learning:", "Learning includes:")
    Path("page.html").write_text(words.replace("a 9-month-old", "a 99-month-old"), "utf-8")

    assert scrape(typed, "page.html", "2026-05-02") == (0, 1, 0, 0)
    sections = json.loads(typed("reviews", "show", "1", "--json").out)["sections"]
    assert [section["label"] for section in sections] == ["Learning includes"]


@pytest.mark.parametrize("stray", ["Westmere – Child 2026-3", "206 – Westmere – Child 2026-3"])
def test_what_is_not_understood_is_named_and_what_it_may_be_is_not_missing(typed: Type, stray: str) -> None:
    typed("init")
    scrape(typed, page({2026: range(6)}), "2026-05-01")
    slip = Path(page({2026: range(6)})).read_text("utf-8").replace("2026 – Westmere – Child 2026-3", stray)
    Path("page.html").write_text(slip, "utf-8")

    answer = typed("scrape", "--from-file", "page.html", "--as-of", "2026-05-02", "--json")
    (run,) = json.loads(answer.out)

    assert (answer.code, run["new"], run["changed"], run["missing"]) == (0, 0, 0, 0)
    assert [one["words"] for one in run["leftovers"]] == [stray]
    assert stray in answer.err
    assert stray in json.loads(typed("status", "--json").out)["sources"][0]["words"] or run["covered"] == ["2026"]


def test_what_the_first_read_did_not_understand_is_no_news_when_it_is_put_right(typed: Type) -> None:
    typed("init")
    right = Path(page({2026: range(6)})).read_text("utf-8")
    Path("page.html").write_text(right.replace("2026 – Westmere – Child 2026-3", "Westmere – Child 2026-3"), "utf-8")
    scrape(typed, "page.html", "2026-05-01")

    assert scrape(typed, page({2026: range(7)}), "2026-05-02")[0] == 2
    assert json.loads(typed("issue", "build", "2026-05", "--json").out)["reviews"] == [7]


def additions(typed: Type, *days: str) -> None:
    """One more review on each of these days."""
    for count, day in enumerate(days, 3):
        scrape(typed, page({2026: range(count)}), day)


@pytest.mark.parametrize(("day", "frozen"), [("2026-07-09", False), ("2026-07-10", True)])
def test_a_source_is_frozen_after_three_times_its_longest_silence(typed: Type, day: str, frozen: bool) -> None:
    typed("init")
    additions(typed, "2026-04-05", "2026-04-20", "2026-05-10")
    listing = page({2026: range(5)})

    answer = typed("scrape", "--from-file", listing, "--as-of", day, "--json")

    assert (answer.code, json.loads(answer.out)[0]["frozen"]) == (0, frozen)


def test_a_frozen_source_is_said_once_and_is_all_right(typed: Type) -> None:
    Path("casereviews.toml").write_text(f'operator = "ops@example.org"\n{QUICK}', "utf-8")
    typed("init")
    additions(typed, "2026-04-05", "2026-04-20", "2026-05-10")
    for day in ("2026-08-01", "2026-08-02"):
        scrape(typed, page({2026: range(5)}), day)

    with opened() as db:
        settings = load(None)
        now = datetime(2026, 8, 2, 13, tzinfo=UTC)
        state = source_state(settings, db, settings.sources[0], now)
        db.execute("UPDATE sightings SET first_seen = '2026-05-10T23:30:00Z' WHERE first_seen LIKE '2026-05-10%'")
        by_night = source_state(settings, db, settings.sources[0], now)

    assert by_night and "has not changed since 11 May 2026" in by_night.words  # the day in London
    assert state
    assert (state.ok, state.state) == (True, "frozen")
    assert "frozen: its list has not changed since 10 May 2026" in state.words
    assert len(list(Path("data/outbox").glob("*has-not-changed-for-long*"))) == 1


def test_a_short_history_is_no_silence(typed: Type) -> None:
    typed("init")
    additions(typed, "2026-04-05", "2026-04-20")
    listing = page({2026: range(4)})

    assert not json.loads(typed("scrape", "--from-file", listing, "--as-of", "2026-11-01", "--json").out)[0]["frozen"]


@pytest.mark.parametrize(("day", "frozen"), [("2027-01-31", False), ("2027-02-01", True)])
def test_last_year_s_list_is_frozen_when_january_is_over(typed: Type, day: str, frozen: bool) -> None:
    typed("init")
    scrape(typed, page({2026: range(5)}), "2026-12-01")

    answer = typed("scrape", "--from-file", page({2026: range(5)}, "<p>x</p>"), "--as-of", day, "--json")

    assert json.loads(answer.out)[0]["frozen"] is frozen
