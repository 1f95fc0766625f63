"""The benchmark's summary says what was measured, what was wanted, and what is missing."""

import pytest

from tests.bench.targets import PAGE_FRONT, READ_100, READ_304, READ_2000, TARGETS, Figure, summary


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure(READ_100, 0.45), True),
        (Figure(READ_100, 0.451), False),
        (Figure(PAGE_FRONT, 2.0), True),
        (Figure(PAGE_FRONT, 1.99), False),
    ],
)
def test_figure_meets_its_target_on_the_right_side_of_it(figure: Figure, met: bool) -> None:
    assert figure.met is met


def test_summary_has_a_line_for_each_target_of_the_tables_that_ran() -> None:
    lines = summary([Figure(READ_100, 0.4), Figure(READ_304, 0.5, "on a train")], ["reading"]).splitlines()

    assert lines[1].split("  ")[1:2] == ["read a page of 100 entries, whole process"]
    assert [line.split()[-5:] for line in lines if READ_2000.work in line] == [["not", "measured", "in", "this", "run"]]
    assert "  yes  of Scrapy's CPU" in lines[1]
    assert "  no   of Scrapy's CPU for 100 entries (on a train)" in lines[4]
    assert not any(PAGE_FRONT.work in line for line in lines)


def test_no_two_targets_share_a_row() -> None:
    assert len({target.work for target in TARGETS}) == len(TARGETS) > 30
