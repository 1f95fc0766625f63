"""What a change of a listing is: an edit, another link, a re-hosted copy, nothing, or another review."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Typed

Type = Callable[..., Typed]
TEXT = "Death of a 4-month-old boy in 2015 - a head injury. His mother had told the health visitor of her worries."
RECORD = "https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0=C4321"
COPY = "https://boards.example.org/reviews/child-a.pdf"


def page(*entries: tuple[str, str, str]) -> str:
    """A saved page of entries: name, text, link."""
    parts = [
        f"<h3>2016 – Anonymous – {name}</h3><p>{text}</p><p>Keywords: infants, head injuries</p>"
        + (f'<p><a href="{link}">Read the overview report</a></p>' if link else "")
        for name, text, link in entries
    ]
    Path("page.html").write_text(f"<html><body>{''.join(parts)}</body></html>", "utf-8")
    return "page.html"


@pytest.mark.parametrize(
    ("what", "entries", "counts", "fields"),
    [
        ("edited summary", [("Child A", TEXT.replace("4-month", "5-month"), RECORD)], (0, 1, 0), ["summary"]),
        ("removed link", [("Child A", TEXT, "")], (0, 1, 0), ["links"]),
        ("re-hosted copy", [("Child A", TEXT, COPY)], (0, 1, 0), ["links"]),
        ("corrected number", [("Child A", TEXT, RECORD.replace("4321", "9999"))], (0, 1, 0), ["links"]),
        ("corrected name", [("Child B", TEXT, RECORD)], (0, 1, 0), ["name"]),
        ("corrected name, re-hosted copy", [("Child B", TEXT, COPY)], (0, 1, 0), ["links"]),
        ("changed dashes", [("Child A", TEXT.replace(" - ", " – ").replace("-", "‑"), RECORD)], (0, 0, 1), []),
        ("changed spaces", [("Child\u00a0A", TEXT.replace(" ", "&nbsp; "), RECORD)], (0, 0, 1), []),
        ("record asked for otherwise", [("Child A", TEXT, f"{RECORD}&amp;Count=1")], (0, 0, 1), []),
        (
            "a second Child A",
            [("Child A", TEXT, RECORD), ("Child A", "Neglect of four siblings over many years.", "")],
            (1, 0, 1),
            [],
        ),
        (
            "a second Child A with the same words and another record",
            [("Child A", TEXT, RECORD), ("Child A", TEXT, RECORD.replace("4321", "9999"))],
            (1, 0, 1),
            [],
        ),
    ],
)
def test_each_change_is_classified_right(
    typed: Type, what: str, entries: list[tuple[str, str, str]], counts: tuple[int, int, int], fields: list[str]
) -> None:
    typed("init")
    typed("scrape", "--from-file", page(("Child A", TEXT, RECORD)), "--as-of", "2016-09-01")

    (run,) = json.loads(typed("scrape", "--from-file", page(*entries), "--as-of", "2016-09-02", "--json").out)

    assert (what, run["new"], run["changed"], run["unchanged"]) == (what, *counts)
    shown = typed("reviews", "show", "1").out
    assert [field for field in ("summary", "links", "name") if f"{field} changed" in shown] == fields
    (again,) = json.loads(typed("scrape", "--from-file", page(*entries), "--as-of", "2016-09-03", "--json").out)
    assert (again["new"], again["changed"]) == (0, 0)
