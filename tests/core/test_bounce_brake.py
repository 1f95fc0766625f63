"""How many readers one issue or one domain may lose before the operator is asked."""

import pytest

from core.bounce_brake import is_most_of_domain, is_too_many


@pytest.mark.parametrize(
    ("ends", "audience", "asked"),
    [
        (3, 4, False),
        (4, 4, True),
        (3, 3, True),
        (2, 2, True),
        (1, 1, False),
        (3, 100, False),
        (4, 150, True),
        (4, 200, False),
        (40, 2_000, False),
        (41, 2_000, True),
    ],
)
def test_an_issue_ends_three_or_two_in_a_hundred_unasked(ends: int, audience: int, asked: bool) -> None:
    assert is_too_many(ends, audience) is asked


@pytest.mark.parametrize(
    ("alike", "audience", "most"),
    [(1, 1, False), (2, 2, False), (3, 3, True), (3, 6, True), (3, 7, False), (10, 12, True), (400, 801, False)],
)
def test_half_of_a_domain_and_three_at_least_are_most_of_it(alike: int, audience: int, most: bool) -> None:
    assert is_most_of_domain(alike, audience) is most
