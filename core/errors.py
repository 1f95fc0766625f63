"""Error tree: every error raised on purpose, with its exit code.

Each is one line for a person: what went wrong, with which thing, and what to do next. Each knows the
exit code of the command line (the contract's list).

    HouseError                1   anything foreseen
    ├── SettingsError         2   a configuration key or value is wrong
    ├── DatabaseMissing      10   there is no database here yet
    ├── LockHeld             11   another run holds the lock
    ├── NotFound              1   no review, issue or source of that name
    ├── IssueFrozen           1   the issue is being sent, or was: its content no longer changes
    ├── IssueBlocked          4   a source that the issue needs was not read well: what it holds is not known
    ├── LimitExceeded         1   more sign-ups than the caps allow
    ├── MailRefused          12   the mail server will not have us: log-in, quota, sender
    ├── MailUnavailable       1   the mail server cannot be reached, or went away
    │   └── MailSilent        1   the mail server takes messages and does not say whether it has them
    ├── StoreError            1   the database cannot be read or written
    ├── SourceError           2   a source's kind or options cannot be used
    ├── FetchError            1   an address could not be read
    │   └── RobotsRefused     1   the site's robots.txt asks us not to read it
    └── PageError             4   a page is not what we expected: quarantined, nothing written
"""

from core.actions import Action


class HouseError(Exception):
    """Something foreseen went wrong: `what` happened to `which`, and the `fix` to try next.

    `fix` names no command: what is typed stands in `action`, beside the page that does the same. As text the error
    is the terminal's line, with the command; a page and an email show `sentence` and a link.
    """

    exit_code = 1

    def __init__(self, what: str, which: str = "", fix: str = "", action: Action | None = None) -> None:
        self.what, self.which, self.fix, self.action = what, which, fix, action
        super().__init__(self._line(self.typed_fix))

    @property
    def typed_fix(self) -> str:
        """The fix as a terminal says it: with the command."""
        return f"{self.fix} {self.action.command}".strip() if self.action else self.fix

    @property
    def sentence(self) -> str:
        """What, which and the fix, without a command to type."""
        return self._line(self.fix)

    def _line(self, rest: str) -> str:
        line = f"{self.what}: {self.which}" if self.which else self.what
        stop = "" if line.endswith((".", "?", "!")) or not rest.strip() else "."
        return " ".join(f"{line}{stop} {rest}".split())


class SettingsError(HouseError):
    """A configuration key or value is wrong."""

    exit_code = 2


class DatabaseMissing(HouseError):
    """There is no database here yet."""

    exit_code = 10


class LockHeld(HouseError):
    """Another run holds the lock."""

    exit_code = 11


class NotFound(HouseError):
    """No review, issue or source of that name."""


class IssueFrozen(HouseError):
    """The issue is being sent, or was, so its content no longer changes."""


class IssueBlocked(HouseError):
    """A source that the issue needs was not read well since its month ended: what it should hold is not known."""

    exit_code = 4


class LimitExceeded(HouseError):
    """More sign-ups came than the caps allow, from one network or in all."""


class MailRefused(HouseError):
    """The mail server will not have us: it refused the log-in, the sender or more mail for now."""

    exit_code = 12


class MailUnavailable(HouseError):
    """The mail server cannot be reached, or went away; `is_permanent` where trying again would not help."""

    is_permanent = False


class MailSilent(MailUnavailable):
    """The mail server takes messages and does not say whether it has them."""


class StoreError(HouseError):
    """The database cannot be read or written."""


class SourceError(HouseError):
    """A source's kind or options cannot be used: no such kind, a broken plugin, a selector that is none."""

    exit_code = 2


class FetchError(HouseError):
    """An address could not be read."""


class RobotsRefused(FetchError):
    """The site's robots.txt asks us not to read the address (RFC 9309)."""


class PageError(HouseError):
    """A page is not what we expected: it is quarantined and changes nothing."""

    exit_code = 4
