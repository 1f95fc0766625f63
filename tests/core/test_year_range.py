"""Year range: as people type it, as a value, in words."""

import pytest

from core.year_range import parse_range, range_label, range_value, take_years, year_range


@pytest.mark.parametrize(
    ("typed", "rest", "value"),
    [
        ("neglect 2016..2019", "neglect", "2016-2019"),
        ("2016-2019", "", "2016-2019"),
        ("2016 – 2019 fire", "fire", "2016-2019"),
        ("fire 2019...2016 night", "fire night", "2016-2019"),
        ("2016.. fire", "fire", "2016-"),
        ("fire …2014", "fire", "-2014"),
        ("2016..2016", "", "2016"),
        ('"from 2016-2019 on"', '"from 2016-2019 on"', ""),
        ('"a" 2016-2019', '"a"', "2016-2019"),
        ("1234-5678", "1234-5678", ""),
        ("2016-17", "2016-17", ""),
        ("2016", "2016", ""),
        ("x2016-2019", "x2016-2019", ""),
        ("", "", ""),
    ],
)
def test_a_range_is_taken_out_of_what_is_typed(typed: str, rest: str, value: str) -> None:
    assert take_years(typed) == (rest, value)


@pytest.mark.parametrize(
    ("first", "last", "value"),
    [
        ("2016", "2019", "2016-2019"),
        (" 2019 ", "2016", "2016-2019"),
        ("2016", "", "2016-"),
        ("", "2019", "-2019"),
        ("2016", "2016", "2016"),
        ("", "", ""),
        ("16", "2019", ""),
        ("<b>", "2019", ""),
        ("٢٠١٦", "2019", ""),
        ("1899", "", ""),
        ("", "2101", ""),
    ],
)
def test_two_fields_make_a_value(first: str, last: str, value: str) -> None:
    assert range_value(first, last) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2016-2019", "2016-2019"),
        ("2019-2016", "2016-2019"),
        (" 2016–2019 ", "2016-2019"),
        ("2016..", "2016-"),
        ("..2016", "-2016"),
        ("2016-", "2016-"),
        ("-2016", "-2016"),
        ("2016-2016", "2016"),
        ("2016", ""),
        ("x 2016-2019", ""),
        ("1066-1200", ""),
        ("-", ""),
        ("", ""),
    ],
)
def test_a_range_is_known_however_it_is_typed(text: str, value: str) -> None:
    assert parse_range(text) == value


def test_a_value_is_its_years_and_reads_as_words() -> None:
    assert year_range("2016-2018") == range(2016, 2019)
    assert year_range("2016-") == range(2016, 2101)
    assert year_range("-1902") == range(1900, 1903)
    assert [year_range(value) for value in ("2016", "-", "2018-2016", "1800-1900", "x")] == [None] * 5
    assert [*map(range_label, ("2016-2018", "2016-", "-2018"))] == ["2016 to 2018", "from 2016", "to 2018"]
