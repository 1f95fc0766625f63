"""What the guide of the first month says after "If you see" is seen, and with the exit code that it names."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.runtime.lock import process_lock
from tests.conftest import Typed
from tests.documents import ROOT, Prose, blocks, parts
from tests.stranger.library import Library, today
from tests.stranger.mailhost import free_ports
from tests.support.installation import configure
from tests.support.issue_sending import PERIOD, Sink, post
from tests.support.loopback_site import Answer

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
GUIDE = (ROOT / "docs" / "first-month.md").read_text("utf-8")
NOT_OURS = {"No module named ensurepip", "casereviews: command not found"}  # Python's and the shell's
UP_TO_COLON = re.compile(r"(?:`[^`]*`|[^`:])*")  # one that is not code
CODE = re.compile(r"\(exit code (\d+)\)")


def troubles() -> dict[str, int | None]:
    """What may be seen, and the exit code that the guide names with it."""
    items = [part.text for part in parts(GUIDE) if isinstance(part, Prose) and part.text.startswith("- If you see")]
    found: dict[str, int | None] = {}
    for item in items:
        code = CODE.search(item)
        for phrase in re.findall(r"`([^`]+)`", UP_TO_COLON.match(item)[0]):  # type: ignore[index]  # it always fits
            found[phrase] = int(code[1]) if code else None
    return {phrase: code for phrase, code in found.items() if phrase not in NOT_OURS}


class Someone:
    """Somebody at a terminal who is about to have a trouble; `library` is what they read."""

    def __init__(self, typed: Callable[..., Typed], library: Library, folder: Path) -> None:
        self.typed, self.library, self.folder = typed, library, folder

    def begun(self, more: str = "") -> None:
        """It is set up, and has read its source once."""
        configure(self.library.url, more)
        assert self.typed("init").code == 0
        assert self.typed("scrape").code == 0

    def mailed(self, port: int, **mail: object) -> None:
        """It is set up to send through a server on this port."""
        post(port, live=False, allow_list=["you@example.org"], **mail)
        assert self.typed("init").code == 0
        assert self.typed("issue", "build", PERIOD).code == 0

    def nothing_there(self) -> int:
        """A port that nobody answers on."""
        return free_ports(1)[0]


def old_python(one: Someone) -> Typed:
    pretends = "import sys; sys.version_info = (3, 9); exec(sys.argv[1])"
    Path("python").write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{pretends}" "$2"\n')
    Path("python").chmod(0o755)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        Path(name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(["make", "PYTHON=./python", ".venv/run"], capture_output=True, text=True, check=False)
    return Typed(done.returncode, done.stdout, done.stderr)


def twice(one: Someone) -> Typed:
    one.typed("init")
    return one.typed("init")


def no_folder(one: Someone) -> Typed:
    return one.typed("--config", "/proc/nowhere/casereviews.toml", "init")


def misspelt(one: Someone) -> Typed:
    Path("casereviews.toml").write_text('[mail]\nhots = "mail.example.org"\n')
    answer = one.typed("check")
    assert "host" in answer.out
    return answer


def unbalanced(one: Someone) -> Typed:
    Path("casereviews.toml").write_text('operator = "you@example.org\n')
    answer = one.typed("check")
    assert "line 1" in answer.out
    return answer


def loopback_links(one: Someone) -> Typed:
    Path("casereviews.toml").write_text('[mail]\ntransport = "smtp"\n')
    one.typed("init")
    return one.typed("check")


def offline(one: Someone) -> Typed:
    configure(f"http://127.0.0.1:{one.nothing_there()}/")
    one.typed("init")
    return one.typed("scrape")


def error_page(one: Someone) -> Typed:
    one.begun()
    one.library.site.routes["/list"] = lambda _: Answer(200, b"<html><title>Error</title><body>Sorry</body></html>")
    return one.typed("scrape")


def elsewhere(one: Someone) -> Typed:
    return one.typed("status")


def taken_port(one: Someone) -> Typed:
    one.typed("init")
    return one.typed("serve", "--port", one.library.url.rpartition(":")[2].partition("/")[0])


def not_confirmed(one: Someone) -> Typed:
    one.typed("init")
    one.typed("subscribers", "add", "you@example.org")
    return one.typed("subscribers", "list")


def not_allowed(one: Someone) -> Typed:
    one.mailed(one.nothing_there())
    return one.typed("issue", "test-send", PERIOD, "other@example.org")


def wrong_password(one: Someone) -> Typed:
    with Sink(one.folder, "--password", "right") as sink:
        one.mailed(sink.port, username="news", password="wrong")
        return one.typed("issue", "test-send", PERIOD, "you@example.org")


def no_server(one: Someone) -> Typed:
    one.mailed(one.nothing_there())
    return one.typed("issue", "test-send", PERIOD, "you@example.org")


def bad_row(one: Someone) -> Typed:
    one.typed("init")
    Path("readers.csv").write_text("email\nnobody\ncolleague@example.org\n")
    return one.typed("subscribers", "import", "readers.csv", "--confirmed", "--consent", "Asked.")


def at_work(one: Someone) -> Typed:
    one.begun()
    with process_lock(Path("data")):
        return one.typed("scrape")


def quarantined(one: Someone) -> Typed:
    error_page(one)
    return one.typed("issue", "build", f"{today():%Y-%m}")


def unapproved(one: Someone) -> Typed:
    one.begun('[newsletter]\npublish = "approve"\n')
    one.typed("issue", "build", PERIOD)
    return one.typed("issue", "send", PERIOD)


def changed(one: Someone) -> Typed:
    one.begun()
    period = f"{today():%Y-%m}"
    one.typed("issue", "build", period)
    one.library.month = 2
    one.typed("scrape")
    return one.typed("issue", "approve", period)


def no_mailbox(one: Someone) -> Typed:
    configure(one.library.url, f'[bounces]\nimap_host = "127.0.0.1"\nimap_port = {one.nothing_there()}\n')
    one.typed("init")
    return one.typed("bounce", "--poll")


SEEN: dict[str, Callable[[Someone], Typed]] = {
    "Python 3.11 or newer is needed": old_python,
    "kept casereviews.toml": twice,
    "cannot write the configuration": no_folder,
    "unknown key": misspelt,
    "cannot read the configuration": unbalanced,
    "links in mail would lead nowhere": loopback_links,
    "robots.txt cannot be read": offline,
    "quarantined, nothing was changed": error_page,
    "no database at data/casereviews.db": elsewhere,
    "the web pages cannot be served": taken_port,
    "Address already in use": taken_port,
    "pending": not_confirmed,
    "written to data/outbox/test-2026-11-1.eml, not mailed": not_allowed,
    "the mail server refused the log-in": wrong_password,
    "the mail server cannot be reached": no_server,
    "line 2:": bad_row,
    "another run is at work": at_work,
    "the issue waits": quarantined,
    "the issue is not approved": unapproved,
    "the issue has changed since it was built": changed,
    "the mailbox cannot be read": no_mailbox,
}


@pytest.fixture
def someone(typed: Callable[..., Typed], tmp_path: Path) -> Iterator[Someone]:
    with Library() as library:
        yield Someone(typed, library, tmp_path)


def test_all_troubles_of_the_guide_are_tried() -> None:
    assert set(troubles()) == set(SEEN)


def test_the_first_day_has_the_warnings_that_the_guide_names(typed: Callable[..., Typed]) -> None:
    typed("init")  # a file that its owner alone can read
    Path("casereviews.toml").write_text(blocks(GUIDE, "toml")[0].text, "utf-8")
    found = json.loads(typed("check", "--json").out)

    named = re.findall(r"^- `([^`]+)`: ", GUIDE.partition("Six warnings")[2].partition("\n\nOnce")[0], re.M)
    assert sorted(named) == sorted(one["about"] for one in found if one["verdict"] == "warning")
    assert [one for one in found if one["verdict"] == "failure"] == []


@pytest.mark.parametrize("phrase", list(SEEN))
def test_a_trouble_shows_as_the_guide_says(phrase: str, someone: Someone) -> None:
    answer = SEEN[phrase](someone)
    said = " ".join((answer.out + answer.err).split())

    assert phrase.replace("2026-11", PERIOD) in said
    assert answer.code == troubles().get(phrase) or troubles().get(phrase) is None
    assert "Traceback" not in said
