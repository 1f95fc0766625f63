"""Contents of an issue: a link a review, no two alike, and the month counted, with what is not known."""

from dataclasses import replace

import pytest

from core.records import Issue
from newsletter.issue.contents import count_month, list_contents
from newsletter.issue.issue_view import review_labels
from newsletter.issue.render import render
from tests.newsletter.samples import BABY, FOUR, JOE, ROSE, TWINS, WORDING, full_issue, issue, plain, review


def rows(made: Issue, most: int | None = None) -> list[tuple[str, str]]:
    listed = list_contents(made, "https://news.example.org", review_labels(made), most)
    return [(row.link.text, row.link.url.removeprefix("https://news.example.org/issues/2016-09#")) for row in listed]


def counted(made: Issue) -> list[tuple[str, str]]:
    return [(label, plain(words)) for label, words in count_month(made)]


def test_each_review_is_a_link_to_where_it_stands_on_the_web() -> None:
    assert rows(issue(JOE, ROSE, review(9, summary="Not of the known form.", publisher="Zennor"))) == [
        ("Boy, 7 months · non-accidental head injury", "review-4"),
        ("Girl, 15 years · death", "review-3"),
        ("Zennor – Child 9", "review-9"),
    ]


def test_lines_alike_are_told_apart_by_their_titles() -> None:
    words = [text for text, _ in rows(issue(BABY, *TWINS[:2]))]

    line = "Baby girl, 10 weeks · death – sleeping behaviour"
    assert sorted(words) == [
        f"{line} (Norwell – Baby T, 2015)",
        f"{line} (Norwell – Baby T, 2016 (1 of 2))",
        f"{line} (Norwell – Baby T, 2016 (2 of 2))",
    ]


def test_long_rows_alike_are_cut_and_numbered() -> None:
    words = [text for text, _ in rows(issue(*(review(n, name=f"{'N' * 190} {n}", summary="") for n in range(3))))]

    assert len(set(words)) == 3 and all(len(text) < 180 for text in words)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_few_reviews_need_no_contents(count: int) -> None:
    made = issue(*FOUR[:count])

    assert (rows(made), count_month(made)) == ([], [])
    assert "In this issue" not in render(made, WORDING).text


def test_those_beyond_the_most_are_counted() -> None:
    made = issue(*(review(n, name=f"Child {n}") for n in range(1, 51)))

    assert rows(made, 40)[40:] == [("And 10 more", "")]
    assert len(rows(made)) == 50
    for part in (render(made, WORDING).html, render(made, WORDING).text):
        assert "And 10 more" in part


def test_the_month_is_counted_with_what_is_not_known() -> None:
    made = replace(full_issue(), subject=f"{full_issue().title} (4 new, 1 correction)")

    assert counted(made) == [
        ("This month", "4 new, 1 correction, 1 updated, 1 withdrawn"),
        ("Age in years", "Under 1 (2), 11 to 15 (1), not known (1)"),
        ("Harm", "Death (2), Injury (1), not known (1)"),
        ("Nation", "England (1), not known (3)"),
    ]


def test_a_row_of_which_nothing_is_known_is_left_out() -> None:
    made = issue(*(review(n, summary="Not of the known form.") for n in range(3)))

    assert count_month(made) == [("This month", "3 new")]


def test_what_was_taken_down_is_neither_listed_nor_counted() -> None:
    made = full_issue()
    after = replace(made, reviews=tuple(replace(one, taken_down=one.id == BABY.id) for one in made.reviews))

    assert "review-2" not in [place for _, place in rows(after)]
    assert ("Age in years", "Under 1 (1), 11 to 15 (1), not known (1)") in counted(after)
