"""The NSPCC's lists: every era of labels in several markups, each field found in the source text."""

import pytest

from scraper.sources.nspcc_listing import parse
from scraper.text_lines import normalise_text
from tests.support.saved_pages import ERAS, saved, saved_names

PAGES = saved_names("nspcc-listing")


@pytest.mark.parametrize("era", ERAS)
def test_every_era_has_at_least_four_markups(era: str) -> None:
    assert len([name for name in PAGES if name.startswith(f"nspcc-listing/{era}/")]) >= 4


@pytest.mark.parametrize("name", PAGES)
def test_every_field_is_found_in_the_source_text_kept_beside_it(name: str) -> None:
    for review in parse(saved(name), "nspcc").reviews:
        text = normalise_text(review.raw)

        for part in (review.heading, review.publisher, review.name, *review.keywords):
            assert part in text
        for paragraph in review.summary.split("\n"):
            assert paragraph in text
        for section in review.sections:
            for paragraph in section.text.split("\n"):
                assert paragraph in text
            assert all(item in text for item in section.items)
