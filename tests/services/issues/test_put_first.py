"""Putting one review of an issue first, as a person types it: stored with the issue, and an approval is void."""

import json
from collections.abc import Callable

import pytest

from tests.conftest import Typed
from tests.support.installation import PAGES

Type = Callable[..., Typed]
PERIOD = "2016-09"
REASON = "Supervision is about fathers."


@pytest.fixture
def house(typed: Type) -> Type:
    """A house with the draft of September 2016."""
    assert typed("init").code == 0
    for name, day in (("before", "2016-08-31"), ("after", "2016-09-20")):
        page = str(PAGES / "september" / f"{name}.html")
        assert typed("scrape", "nspcc", "--from-file", page, "--as-of", day).code == 0
    assert typed("issue", "build", PERIOD).code == 0
    return typed


def numbers(answer: Typed) -> list[int]:
    assert answer.code == 0, answer.err
    return list(json.loads(answer.out)["reviews"])


def edit(house: Type, *words: str) -> Typed:
    return house("issue", "edit", PERIOD, *words)


def status(house: Type) -> str:
    return str(json.loads(house("issue", "show", PERIOD, "--json").out)["status"])


def test_one_is_put_first_with_a_reason_and_the_approval_is_void(house: Type) -> None:
    before = numbers(house("issue", "show", PERIOD, "--json"))
    assert house("issue", "approve", PERIOD).code == 0

    after = numbers(edit(house, "--first", str(before[-1]), "--reason", f" {REASON} ", "--json"))

    assert after == [before[-1], *before[:-1]]
    assert status(house) == "draft"
    assert f"For your team this week: {REASON}" in " ".join(house("issue", "show", PERIOD).out.split())
    assert numbers(edit(house, "--note", "Hello.", "--json")) == after  # it stays when something else is edited


def test_it_is_undone_and_its_reason_changed(house: Type) -> None:
    before = numbers(house("issue", "show", PERIOD, "--json"))
    edit(house, "--first", str(before[1]), "--reason", REASON)

    edit(house, "--reason", "Another.")
    changed = house("issue", "show", PERIOD).out
    again = numbers(edit(house, "--no-first", "--json"))

    assert "Another." in changed and REASON not in changed
    assert again == before
    assert "For your team" not in house("issue", "show", PERIOD).out


def test_what_cannot_be_put_first_is_refused_in_a_line_and_nothing_is_stored(house: Type) -> None:
    first, second, *_ = before = numbers(house("issue", "show", PERIOD, "--json"))
    gone = edit(house, "--first", str(second), "--reason", REASON, "--skip", str(second))

    refused = [edit(house, "--first", "999", "--reason", "x"), gone]
    assert [answer.code for answer in refused] == [1, 1]
    assert [answer.err for answer in refused] == [
        f"casereviews: it cannot be put first: review {number} is not in the issue. Choose one that is.\n"
        for number in (999, second)
    ]
    bare = edit(house, "--first", str(first))
    assert (
        bare.err == f"casereviews: it is put first without a reason: review {first}. Say why, for those who read it.\n"
    )
    assert edit(house, "--reason", "Of none.").code == 2
    assert numbers(house("issue", "show", PERIOD, "--json")) == before


def test_it_waits_with_a_review_that_is_left_out(house: Type) -> None:
    before = numbers(house("issue", "show", PERIOD, "--json"))
    edit(house, "--first", str(before[1]), "--reason", REASON)

    assert before[1] not in numbers(edit(house, "--skip", str(before[1]), "--json"))
    assert REASON not in house("issue", "show", PERIOD).out
    assert numbers(edit(house, "--unskip", str(before[1]), "--json"))[0] == before[1]
