"""Counts with their nouns."""

import pytest

from core.plurals import noun, plural


@pytest.mark.parametrize(
    ("count", "one", "many", "words"),
    [
        (0, "reader", "", "0 readers"),
        (1, "reader", "", "1 reader"),
        (2, "reader", "", "2 readers"),
        (1, "delivery", "deliveries", "1 delivery"),
        (3, "delivery", "deliveries", "3 deliveries"),
        (1234, "reader", "", "1234 readers"),
        (-1, "day", "", "-1 days"),
    ],
)
def test_a_count_stands_with_its_noun(count: int, one: str, many: str, words: str) -> None:
    assert plural(count, one, many) == words


def test_none_is_said_as_the_place_says_it() -> None:
    assert plural(0, "warning", none="no") == "no warnings"
    assert plural(0, "review", none="No") == "No reviews"
    assert plural(2, "review", none="No") == "2 reviews"


def test_thousands_are_parted_where_the_place_parts_them() -> None:
    assert plural(1_234_567, "reader", thousands=",") == "1,234,567 readers"
    assert plural(999, "reader", thousands=",") == "999 readers"


def test_a_noun_alone_goes_with_a_number_in_words() -> None:
    assert noun(1, "case review") == "case review"
    assert noun(0, "case review") == "case reviews"
    assert noun(7, "review waits", "reviews wait") == "reviews wait"
