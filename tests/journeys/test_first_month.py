"""A stranger's first month, typed from docs/first-month.md alone, with Debian's own Postfix and Dovecot."""

import os
import re
import shutil
import subprocess
import time
import tomllib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.documents import ROOT, Block, Prose, parts
from tests.stranger import mutt
from tests.stranger.browser import Browser
from tests.stranger.editor import change, flat
from tests.stranger.library import Library, today
from tests.stranger.mailhost import MailHost, free_ports, missing
from tests.stranger.terminal import Left, Terminal
from tests.support.processes import COMMAND

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
GUIDE = ROOT / "docs" / "first-month.md"
PASSWORDS = {
    "news": "the password of the mail account",
    "bounces": "the password of the second mailbox",
    "you": "a password",
    "colleague": "a password",
}
AT_WORK = 11  # the exit code for it
PATIENCE = 600  # seconds
PAGES = "https://news.example.org"
DOES = re.compile(r"\*\*(In .*?:|A month passes\.)\*\*")
REAL_INSTALL = bool(os.environ.get("REHEARSAL_INSTALL"))  # minutes, and the network: set it to have it all for real


class Stranger:
    """Somebody who does what the guide says, in an empty home."""

    def __init__(self, home: Path, host: MailHost, library: Library) -> None:
        self.home, self.host, self.library = home, host, library
        (self.port,) = free_ports(1)
        self.browser = Browser(PAGES, f"http://127.0.0.1:{self.port}")
        self.terminal = Terminal(home, {"HOME": str(home), "SSL_CERT_FILE": str(host.authority)})
        self.second: Left | None = None
        self.issue = EmailMessage()
        # All that a rehearsal on one machine has otherwise than the guide: as written there, as it is here.
        self.instead = {
            "2026-11": f"{today():%Y-%m}",
            "November 2026": f"{today():%B %Y}",
            "http://127.0.0.1:8765": f"http://127.0.0.1:{self.port}",
            "casereviews serve": f"casereviews serve --port {self.port}",
            "make install": "make install" if REAL_INSTALL else "make --dry-run install",
            "casereviews password": "echo four quiet words | casereviews password",
        }
        self.settings: dict[str, Any] = {  # keys that the guide does not name, or with what no loopback server can have
            "sources.url": library.url,
            "fetch.spacing": 0,
            "mail.host": "localhost",
            "mail.port": host.smtp_port,
            "bounces.imap_host": "localhost",
            "bounces.imap_port": host.imap_port,
        }

    def here(self, text: str) -> str:
        """What the guide says, as it is here."""
        for written, ours in self.instead.items():
            text = text.replace(written, ours)
        return text

    def follow(self, part: Block | Prose) -> None:
        """Do what a part of the guide says."""
        if isinstance(part, Prose):
            if DOES.match(part.text):
                (act,) = [act for words, act in DONE_BY_HAND.items() if part.text.startswith(words)]
                act(self)
        elif part.language == "console":
            self._type(part)
        elif part.language == "toml":
            self._set(dict(flat(tomllib.loads(part.text))))
        elif part.language == "csv":
            self._home("readers.csv").write_text(part.text)
        else:
            raise AssertionError(f"line {part.line}: nobody knows what to do with {part.language!r}")

    def _type(self, block: Block) -> None:
        """Type a block's commands; each answers as shown."""
        for typed in block.typed():
            shown = tuple(map(self.here, typed.shown))
            typed = type(typed)(self.here(typed.command), shown, typed.line)
            if typed.command.startswith("casereviews serve"):
                self.second = self.terminal.leave(typed.command, next(line for line in reversed(shown) if line != "…"))
                said, code = self.second.said(), 0
            else:
                said, code = self._patiently(typed.command)
            assert code == 0, f"line {typed.line}: {typed.command}: exit code {code}: {said}"
            if wrong := typed.differs(said):
                raise AssertionError(wrong)
            if typed.command.endswith("init"):
                self._set(self.settings)

    def _patiently(self, command: str) -> tuple[str, int]:
        """Type a command; again while the timer is at work, as the guide says: it may do it meanwhile."""
        until, before = time.monotonic() + PATIENCE, ""
        while True:
            said, code = self.terminal.type(command)
            if code != AT_WORK or time.monotonic() > until:
                return before + (said.replace("2026-11: was sent to everybody already\n", "") if before else said), code
            before = "".join(line for line in said.splitlines(keepends=True) if not line.startswith("casereviews: "))
            time.sleep(0.5)

    def _set(self, values: dict[str, Any]) -> None:
        """Change keys in casereviews.toml; those that are otherwise here, to what they are here."""
        change(self._home("casereviews.toml"), {key: self.settings.get(key, value) for key, value in values.items()})

    def _home(self, name: str) -> Path:
        return self.home / "newsletter" / name

    def subscribe(self) -> None:
        """Fill in the form of the front page."""
        self.browser.open(f"{PAGES}/")
        assert self.browser.press("Subscribe", email="you@example.org") == "Check your email"

    def confirm(self) -> None:
        """Follow the letter's link, and press its button."""
        letter = self.host.wait_for("you", "Confirm your subscription")
        self.browser.open(_link(letter, f"{PAGES}/confirm/"))
        assert self.browser.press("Confirm my subscription") == "You are subscribed"

    def tested(self) -> None:
        """A test message came, from the sender that was set, and not as spam."""
        mail = self.host.wait_for("you", f"Test: Case reviews: {self.instead['November 2026']}")
        assert mail["From"] == "Case reviews <news@example.org>"

    def restart(self) -> None:
        """Press Ctrl-C in the second terminal, and type the same again."""
        assert self.second
        assert self.second.stop() == 0
        assert "Traceback" not in self.second.said()
        self.second = self.terminal.leave(self.here("casereviews serve"), "Stop it with Ctrl-C.")

    def wait_a_month(self) -> None:
        """The list grows."""
        self.library.month = 2

    def read(self) -> None:
        """The issue is in both mailboxes, once; mutt opens it; the page of it has the same reviews."""
        subject = f"Case reviews: {self.instead['November 2026']} ("
        self.issue = self.host.wait_for("you", subject)
        other = self.host.wait_for("colleague", subject)
        for who in ("you", "colleague"):
            assert [mail["Subject"] for mail in self.host.mail(who)].count(other["Subject"]) == 1
        assert other["Subject"] == self.issue["Subject"]
        assert _text(self.issue).count("training day") == 1
        headings = re.findall(r"^\S.* – .*$", _text(self.issue), re.M)
        assert headings
        assert self.browser.open(_link(self.issue, f"{PAGES}/issues/"))
        assert not mutt.installed() or mutt.shows(
            self.host.maildir("you"), subject, "Our training day is on 12 January."
        )

    def leave(self) -> None:
        """One click, as a mail provider does it; a second one does no harm."""
        address = str(self.issue["List-Unsubscribe"]).strip("<>")
        assert self.issue["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        answers = [self.browser.one_click(address) for _ in range(2)]
        assert [(one.status_code, list(one.cookies)) for one in answers] == [(200, [])] * 2
        self.host.wait_for("bounces", "Undelivered")  # it comes by itself; the guide goes on with it

    def close(self) -> None:
        """Press Ctrl-C in the second terminal, and close both."""
        self.browser.close()
        try:
            if self.second:
                assert self.second.stop() == 0
                assert "Traceback" not in self.second.said()
                assert "you@" not in self.second.said()
        finally:
            self.terminal.__exit__()


DONE_BY_HAND: dict[str, Callable[[Stranger], None]] = {  # how a paragraph of the guide begins: who does it here
    "**In the browser:** open `https://news.example.org`, fill in": Stranger.subscribe,
    '**In your mail:** there is an email, "Confirm your subscription"': Stranger.confirm,
    '**In your mail:** there is "Test: Case reviews': Stranger.tested,
    "**In the second terminal:** press Ctrl-C": Stranger.restart,
    "**A month passes.**": Stranger.wait_a_month,
    "**In your mail:** the first issue": Stranger.read,
    "**In your mail:** press *Unsubscribe*": Stranger.leave,
}


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())


def _link(mail: EmailMessage, begins: str) -> str:
    """The first address in a mail's text that begins so."""
    found = re.search(re.escape(begins) + r"\S+", _text(mail))
    assert found, _text(mail)
    return found[0]


def checked_out(home: Path) -> None:
    """The sources as a newcomer has them, in ~/casereviews; installed already unless it is to be done for real."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listing.splitlines():
        (home / "casereviews" / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, home / "casereviews" / name)
    if not REAL_INSTALL:
        (home / "casereviews" / ".venv").mkdir()
        (home / "casereviews" / ".venv" / "bin").symlink_to(COMMAND.parent)


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_stranger_who_types_the_guide_has_sent_an_issue_by_its_end(tmp_path: Path) -> None:
    checked_out(tmp_path)
    with Library() as library, MailHost(PASSWORDS) as host:
        stranger = Stranger(tmp_path, host, library)
        try:
            for part in parts(GUIDE.read_text("utf-8")):
                stranger.follow(part)
        finally:
            stranger.close()
    guide = GUIDE.read_text("utf-8")

    assert [words for words in DONE_BY_HAND if words not in guide.replace("\n", " ")] == []
    assert host.folder.exists() is False
