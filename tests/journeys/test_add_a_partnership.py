"""docs/add-a-partnership.md, walked through: what it shows is what the program says."""

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Typed
from tests.documents import ROOT, Block, parts

DOCUMENT = ROOT / "docs" / "add-a-partnership.md"
ADDRESS = "https://www.northshire-scp.example.org/case-reviews"
PAGE = """<html><head><title>Case reviews | Northshire Safeguarding Children Partnership</title></head><body><main><ul>
<li>Child Wren: LCSPR – <a href="/files/wren.pdf">link</a> – January 2023</li>
<li>Baby Lark: LCSPR – <a href="/files/lark.pdf">report</a>, <a href="/files/lark-briefing.pdf">briefing</a> – March
2022</li>
<li>Family Rook: SCR – <a href="/files/rook.pdf">link</a> – November 2021</li></ul></main></body></html>"""


def test_a_newcomer_adds_a_partnership_as_the_document_says(typed: Callable[..., Typed]) -> None:
    blocks = [part for part in parts(DOCUMENT.read_text("utf-8")) if isinstance(part, Block)]
    tried, shown, added = (block.text.splitlines() for block in blocks)
    typed("init")
    Path("page.html").write_text(PAGE, "utf-8")

    def type_line(line: str) -> Typed:
        return typed(*line.removeprefix("casereviews ").split(), "--from-file", "page.html")

    first, written, read = type_line(tried[0]), type_line(added[0]), type_line(added[1])

    assert first.out.strip().splitlines() == shown
    assert "added to casereviews.toml; the page is kept in data/sources/northshire-scp." in written.err
    assert read.out.startswith("northshire-scp: 3 reviews read, 3 new")
    assert typed("sources", "replay", "northshire-scp").out.endswith("nothing would differ\n")
    assert [line for line in added if ADDRESS in line] == [added[0]]
