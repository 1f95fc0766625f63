"""Errors: one line for the terminal, a sentence with a link for a page."""

import pytest

from core.actions import issue_action, source_action
from core.errors import HouseError, NotFound


@pytest.mark.parametrize(
    ("error", "terminal", "sentence"),
    [
        (HouseError("it failed"), "it failed", "it failed"),
        (HouseError("what?", "", "Do it."), "what? Do it.", "what? Do it."),
        (HouseError("it failed", "nspcc", "Do it."), "it failed: nspcc. Do it.", "it failed: nspcc. Do it."),
        (
            NotFound("no such issue", "2026-10", action=issue_action("2026-10", "Build it", "Make it with: x build")),
            "no such issue: 2026-10. Make it with: x build",
            "no such issue: 2026-10",
        ),
        (
            HouseError("it is held", "a", "Wait.", source_action("a", "Look at a", "Or: x")),
            "it is held: a. Wait. Or: x",
            "it is held: a. Wait.",
        ),
        (HouseError("it is held", "a", "", source_action("a", "Look at a")), "it is held: a", "it is held: a"),
    ],
)
def test_an_error_names_a_command_in_the_terminal_alone(error: HouseError, terminal: str, sentence: str) -> None:
    assert (str(error), error.sentence) == (terminal, sentence)


def test_the_route_of_an_action_is_a_path() -> None:
    assert source_action("a b", "Look").route == "/ops/sources/a%20b"
