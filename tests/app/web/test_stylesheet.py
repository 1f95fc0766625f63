"""What media queries change: by night colours alone, on narrow pages anything but colours. So two looks show all."""

import re
from collections.abc import Iterator

import pytest

from tests.documents import ROOT

SHEETS = [ROOT / "templates" / name for name in ("web/style.css", "email/kept.css")]
COLOURED = re.compile(r"color|background|#[0-9a-f]{3,8}\b|var\(--")


def blocks(sheet: str) -> Iterator[tuple[str, list[str]]]:
    """The media queries of a stylesheet, with the declarations in each."""
    for begin in re.finditer(r"@media ([^{]+)\{", sheet):
        depth, end = 1, begin.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(sheet[end], 0)
            end += 1
        inside = re.findall(r"[;{]\s*([\w-]+: [^;{}]+)", sheet[begin.end() : end])
        yield begin[1].strip(), inside


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda file: file.name)
def test_only_the_night_changes_colours_and_it_changes_nothing_else(sheet: object) -> None:
    text = re.sub(r"\{\{.*?\}\}", "#000000", sheet.read_text("utf-8"))  # type: ignore[attr-defined]
    found = list(blocks(text))
    night = [one for query, inside in found if "prefers-color-scheme" in query for one in inside]
    widths = [one for query, inside in found if "width" in query for one in inside]

    assert len(night) > 10
    assert widths
    assert [one for one in night if not COLOURED.search(one)] == []
    assert [one for one in widths if COLOURED.search(one)] == []


def test_what_is_hidden_is_not_shown_by_a_rule_of_its_own() -> None:
    assert "\n[hidden] { display: none !important }\n" in SHEETS[0].read_text("utf-8")
