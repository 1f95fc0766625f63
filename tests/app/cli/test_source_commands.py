"""The sources as the command line shows them."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Typed

Type = Callable[..., Typed]
TEXT = "Death of a 4-month-old boy in 2015 from a head injury. His mother had told the health visitor of her worries."


def page(*entries: str) -> str:
    """A saved page of entries: a heading's words after the year, a bar, the text."""
    parts = [f"<h3>{heading}</h3><p>{text}</p>" for heading, _, text in (entry.partition(" | ") for entry in entries)]
    Path("page.html").write_text(f"<html><body>{''.join(parts)}</body></html>", "utf-8")
    return "page.html"


def test_a_source_is_listed_with_its_state_and_coverage(typed: Type) -> None:
    typed("init")
    before = json.loads(typed("sources", "list", "--json").out)
    typed("scrape", "--from-file", page(f"2016 – Suffolk – Baby D | {TEXT}"), "--as-of", "2016-08-31")

    (after,) = json.loads(typed("sources", "list", "--json").out)

    assert [(one["state"], one["covered"], one["baseline_at"]) for one in before] == [(None, [], None)]
    assert (after["name"], after["reviews"], after["covered"]) == ("nspcc", 1, ["2016"])
    assert after["baseline_at"] == "2016-08-31T11:00:00Z"
    assert "read since 2016-08-31; lists 1 reviews of 2016" in typed("sources", "list").out
