"""Which years a source still covers, after each way that a list may shrink, grow or begin anew."""

import pytest

from core.records import Review
from scraper.covered_years import covered_years, format_years

Blocks = dict[int | None, int]  # how many entries of each year


def of_years(blocks: Blocks) -> list[Review]:
    return [Review("nspcc", "", f"Child {n}", year) for year, count in blocks.items() for n in range(count)]


@pytest.mark.parametrize(
    ("before", "read", "covered"),
    [
        ({}, {}, set()),
        ({}, {2016: 1}, set()),
        ({2016: 5}, {2016: 2}, {2016}),  # of the newest year's list all is missed
        ({2016: 5}, {}, set()),  # it lists none: January
        ({2016: 40}, {2017: 1}, set()),  # a new year's list
        ({2016: 40}, {2017: 3, 2016: 2}, set()),  # and late ones
        ({2016: 3}, {2017: 1, 2016: 1}, set()),
        ({2016: 3}, {2017: 1, 2016: 2}, {2016}),  # both lists side by side
        ({2016: 40, 2017: 2}, {2017: 3}, {2017}),  # last year's block leaves while few of this year's exist
        ({2016: 40, 2017: 2}, {2017: 3, 2016: 2}, {2017}),  # but for late ones
        ({2016: 40, 2017: 2}, {2017: 3, 2016: 30}, {2016, 2017}),  # a fourth of it is no block
        ({2016: 2, 2017: 9}, {2017: 9}, {2017}),  # the late ones leave
        ({2014: 8, 2015: 8, 2016: 8}, {2016: 8, 2015: 8}, {2015, 2016}),  # the oldest block leaves
        ({2014: 8, 2015: 8, 2016: 8}, {2016: 8}, {2016}),
        ({2014: 8, 2015: 8, 2016: 8}, {2016: 8, 2014: 8}, {2014, 2015, 2016}),  # a hole in the middle is no block
        ({2014: 8, 2015: 8, 2016: 8}, {2016: 8, 2015: 3}, {2015, 2016}),  # cut off in the middle of a block
        ({2016: 8, 2017: 8}, {2016: 8}, {2016, 2017}),  # the newest goes: a block never leaves first
        ({None: 2}, {2016: 1}, {None}),
        ({2016: 1}, {None: 1}, {2016}),
    ],
)
def test_a_block_that_leaves_is_covered_no_longer(before: Blocks, read: Blocks, covered: set[int | None]) -> None:
    assert covered_years(of_years(before), of_years(read)) == covered


def test_a_catalogue_has_no_blocks_that_leave() -> None:
    before, read = of_years({1945: 1, 2016: 9}), of_years({2016: 9})

    assert covered_years(before, read, every_year=True) == {1945, 2016}
    assert covered_years(before, [], every_year=True) == set()


def test_late_ones_of_a_block_that_left_are_no_coverage_of_their_year() -> None:
    before, read = of_years({2016: 40}), of_years({2017: 3, 2016: 2, None: 1})

    assert format_years(read, before, covered_years(before, read)) == ("2017",)
    assert format_years(read, [], set()) == ("2016", "2017")
