"""How far something is, in words."""

import pytest

from core.progress_words import describe_duration, describe_progress, describe_rate


@pytest.mark.parametrize(
    ("done", "total", "seconds", "words"),
    [
        (0, 400, 0, "0 of 400 links"),
        (1, 400, 1, "1 of 400 links"),
        (120, 400, 240, "120 of 400 links, 30 a minute, about 9 minutes left"),
        (400, 400, 800, "400 of 400 links, 30 a minute"),
        (1, 1, 9, "1 of 1 link, 7 a minute"),
        (1_200, 0, 100, "1,200 links, 12 a second"),
        (0, 0, 100, "no links"),
    ],
)
def test_progress_is_done_of_total_with_its_rate_and_how_long_it_takes(
    done: int, total: int, seconds: float, words: str
) -> None:
    assert describe_progress(done, total, seconds, "link") == words


def test_of_a_total_that_grows_nobody_says_how_long_it_takes() -> None:
    assert describe_progress(50, 90, 10, "file", least=True) == "50 of at least 90 files, 5 a second"


@pytest.mark.parametrize(("rate", "words"), [(1, "1 a second"), (0.5, "30 a minute"), (0.001, "4 an hour")])
def test_a_rate_is_told_in_the_unit_that_fits(rate: float, words: str) -> None:
    assert describe_rate(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a minute"), (60, "1 minute"), (5_000, "83 minutes"), (7_200, "2 hours"), (200_000, "2 days")],
)
def test_a_duration_is_told_as_people_tell_it(seconds: float, words: str) -> None:
    assert describe_duration(seconds) == words
