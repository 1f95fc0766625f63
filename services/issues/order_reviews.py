"""Order of an issue's reviews as an editor sets it: positions typed, one moved up, down or to the front; pure."""

from collections.abc import Mapping, Sequence
from typing import Literal, assert_never, get_args

Move = Literal["up", "down", "first"]
MOVES: tuple[Move, ...] = get_args(Move)


def place_reviews(shown: Sequence[int], places: Mapping[int, int]) -> list[int]:
    """The reviews with some of them at other places, from 1, and the rest in their order around those.

    No two may be given one place, nor any a place past the last.
    """
    taken = {place: number for number, place in places.items()}
    rest = iter([number for number in shown if number not in places])
    return [taken[place] if place in taken else next(rest) for place in range(1, len({*shown, *places}) + 1)]


def move_review(shown: Sequence[int], number: int, move: Move) -> list[int]:
    """The reviews with one of them moved; at the end where it goes it stays."""
    others, at = [one for one in shown if one != number], shown.index(number)
    match move:
        case "up":
            to = max(at - 1, 0)
        case "down":
            to = at + 1
        case "first":
            to = 0
        case never:
            assert_never(never)
    return [*others[:to], number, *others[to:]]
