"""The order that an editor gives an issue's reviews: positions typed, one moved."""

import pytest

from services.issues.order_reviews import Move, move_review, place_reviews


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ({}, [1, 2, 3, 4]),
        ({4: 1}, [4, 1, 2, 3]),
        ({1: 4}, [2, 3, 4, 1]),
        ({1: 3}, [2, 3, 1, 4]),
        ({1: 2, 3: 1}, [3, 1, 2, 4]),
        ({1: 4, 2: 3, 3: 2, 4: 1}, [4, 3, 2, 1]),
    ],
)
def test_a_review_stands_where_it_is_put_and_the_others_around_it(places: dict[int, int], order: list[int]) -> None:
    assert place_reviews([1, 2, 3, 4], places) == order


@pytest.mark.parametrize(
    ("number", "move", "order"),
    [
        (2, "up", [2, 1, 3]),
        (2, "down", [1, 3, 2]),
        (3, "first", [3, 1, 2]),
        (1, "up", [1, 2, 3]),
        (3, "down", [1, 2, 3]),
        (1, "first", [1, 2, 3]),
    ],
)
def test_a_review_is_moved(number: int, move: Move, order: list[int]) -> None:
    assert move_review([1, 2, 3], number, move) == order
