"""Sections: what stands around their lists."""

import pytest

from core.records import Section
from core.section_text import around_items


@pytest.mark.parametrize(
    ("text", "items", "around"),
    [
        ("a one; b two; and c three.", ("a one", "b two", "c three"), ("", "")),
        ("a; b; and c.\nMore.\nStill more.", ("a", "b", "c"), ("", "More.\nStill more.")),
        ("Makes these: a; and b. More.", ("a", "b"), ("Makes these:", "More.")),
        ("No list at all.", (), ("", "No list at all.")),
        (
            "Makes recommendations about training: training; and supervision.",
            ("training", "supervision"),
            ("Makes recommendations about training:", ""),
        ),
        ("a; and the sand; b and c.", ("a", "and the sand", "b and c"), ("", "")),
        ("one\ntwo.\nthree", ("one", "two", "three"), ("", "")),  # a list of the markup
        ("a; b", ("x", "y"), ("", "a; b")),  # of another text: nothing is left out
    ],
)
def test_a_section_knows_what_stands_around_its_items(
    text: str, items: tuple[str, ...], around: tuple[str, str]
) -> None:
    assert around_items(Section("learning", "Learning", text, items)) == around
