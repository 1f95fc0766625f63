"""Publication dates: year and month of a date as British pages write it."""

import pytest

from scraper.publication_date import parse_year_month


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("12/06/2024", (2024, 6)),
        ("12.6.2024", (2024, 6)),
        ("3 Sept 2023", (2023, 9)),
        ("1st May 2026 (amended)", (2026, 5)),
        ("January 2022", (2022, 1)),
        ("March 5, 2022", (2022, 3)),
        ("Sept. 21st 2022", (2022, 9)),
        ("Margate 2024", (2024, None)),
        ("2025-09-03T00:00:00Z", (2025, 9)),
        ("Between March and June 2020", (2020, 6)),
        ("12/13/2024", (2024, None)),
        ("2019", (2019, None)),
        ("not known", (None, None)),
        ("12/06/24", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_date_gives_its_year_and_month(words: str, expected: tuple[int | None, int | None]) -> None:
    assert parse_year_month(words) == expected
