"""Action: what a person does about a message, as a page of the desk and as a command."""

from typing import NamedTuple
from urllib.parse import quote

TERMINAL_ONLY = "/ops/terminal"  # the page that says what is done on the machine itself, and why
WAY_OUT = "/ops/due"  # the page that says what is due, what fails and how mail leaves, and does it now


class Action(NamedTuple):
    """One thing to do. A page shows `words` as a link to `route`, an email its full address, a terminal `command`."""

    route: str  # of a page below the site's own address: "/ops/sources/nspcc"
    words: str  # the link's: "Look at nspcc"
    command: str = ""  # the terminal's words: "See: casereviews sources show nspcc"; empty: it has none


def source_action(name: str, words: str, command: str = "") -> Action:
    """On the page of a source, where it is read, looked at and believed."""
    return Action(f"/ops/sources/{quote(name)}", words, command)


def issue_action(period: str, words: str, command: str = "") -> Action:
    """On the page of an issue, where it is built, approved, sent, paused and settled."""
    return Action(f"/ops/issues/{quote(period)}", words, command)


def queue_action(period: str, words: str, command: str = "") -> Action:
    """On the page of an issue's deliveries, where what was refused is sent again."""
    return Action(f"/ops/queue/{quote(period)}", words, command)


def correction_action(period: str, number: int, words: str) -> Action:
    """On the page of a correction, where it is amended, mailed, withdrawn."""
    command = f"See: casereviews issue correct {period} --number {number}"
    return Action(f"/ops/issues/{quote(period)}/corrections/{number}", words, command)


def terminal_action(words: str, command: str = "") -> Action:
    """Where no page can do it: on the page that says what to do at the machine itself."""
    return Action(TERMINAL_ONLY, words, command)


TRY_AGAIN = Action(WAY_OUT, "Try again now")
INSTALL_LIBRARY = terminal_action("How it is installed", "Run, in the folder of its sources: make install")


def review_action(number: int, words: str, command: str = "") -> Action:
    """On the page of a review, where it is worded otherwise, taken down and shown again."""
    return Action(f"/ops/reviews/{number}", words, command)


class Advice(NamedTuple):
    """Something that a person is told or asked, in a clause without a stop, and what they do about it."""

    words: str
    action: Action | None = None

    def typed(self, joint: str = "; ") -> str:
        """As a terminal says it: with the command, after the `joint`."""
        return typed_words(self.words, self.action, joint)


def typed_words(words: str, action: Action | None, joint: str = "; ") -> str:
    """Words as a terminal says them: with the command, where there is one."""
    return f"{words}{joint}{action.command}" if action and action.command else words
