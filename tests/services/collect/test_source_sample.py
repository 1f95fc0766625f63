"""An entry beside what is read of it, for a person to compare."""

from dataclasses import replace

import pytest

from services.collect.source_sample import entry_fields
from tests.newsletter.samples import BABY


@pytest.mark.parametrize(
    ("month", "year", "words"), [(3, 2022, "March 2022"), (None, 2022, "2022"), (None, None, "none")]
)
def test_when_it_was_published_is_written_as_people_do(month: int | None, year: int | None, words: str) -> None:
    assert ("published", words) in entry_fields(replace(BABY, month=month, year=year))
