"""A house whose September issue is about to be sent, its sender as a process, and the mail server it sends to."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from app.cli import run_command
from core.records import Delivery
from core.states import DELIVERY_STATES
from db.files import journal
from db.mail import deliveries
from db.schema.connect import connect
from tests.bench import listing
from tests.support.copies import copied
from tests.support.processes import COMMAND, ROOT, Popen
from tests.support.smtp_sink import Accepted
from tests.support.waiting import HANG, until

PERIOD = "2016-09"
RELAYS = ("north", "south", "west")
LINE = 172  # bytes of a line in the record of a sink, about


def prepare(folder: Path, readers: int, reviews: int = 1) -> None:
    """Make a house in a folder: so many readers, and an issue with so many reviews, approved."""
    copied(folder, f"prepared-{readers}-{reviews}", lambda: _prepare(readers, reviews))


def _prepare(readers: int, reviews: int) -> None:
    """Make it in the working folder."""
    said = [replace(entry, links=()) for entry in listing.entries(reviews + 1)]
    post(1)
    Path("before.html").write_bytes(listing.page(said[:1]))
    Path("after.html").write_bytes(listing.page(said))
    Path("readers.csv").write_text("email\n" + "".join(f"reader{n}@example.org\n" for n in range(readers)))
    for words in (
        "init",
        "scrape nspcc --from-file before.html --as-of 2016-08-31",
        "scrape nspcc --from-file after.html --as-of 2016-09-20 --accept",  # more are new at once than ever
        "subscribers import readers.csv --confirmed --consent Asked",
        f"issue build {PERIOD}",
        f"issue approve {PERIOD}",
    ):
        assert run_command(words.split()) == 0, words


def post(port: int, more: str = "", **mail: Any) -> None:
    """Write the working folder's configuration: mail goes to a server on this port."""
    settings = {
        "transport": "smtp",
        "sender": "Case reviews <news@example.org>",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "connections": 4,
        "live": True,
        "timeout": 120.0,
    } | mail
    _write_settings(more, _table("[mail]", settings))


def post_by(*relays: dict[str, Any], more: str = "", **mail: Any) -> None:
    """Write the working folder's configuration: mail goes by these relays, called north, south and so on."""
    shared = {"transport": "smtp", "sender": "Case reviews <news@example.org>", "live": True, "timeout": 120.0}
    own = {"host": "127.0.0.1", "security": "none"}
    tables = [
        _table("[[mail.relays]]", {"name": name, **own, **relay}) for name, relay in zip(RELAYS, relays, strict=False)
    ]
    _write_settings(more, _table("[mail]", shared | mail) + "".join(tables))


def _table(head: str, values: dict[str, Any]) -> str:
    shown = (f"{name} = {str(one).lower() if one in (True, False) else repr(one)}" for name, one in values.items())
    return "\n".join([head, *shown, ""])


def _write_settings(more: str, tables: str) -> None:
    text = f'data_dir = "data"\nbase_url = "https://news.example.org"\n{more}{tables}'
    Path("casereviews.toml").write_text(text, "utf-8")


def listed(*states: str) -> list[Delivery]:
    """The deliveries of the issue in the working folder's house, of these states or all."""
    with closing(connect(Path("data/casereviews.db"))) as db:
        return deliveries.listing(db, PERIOD, states or DELIVERY_STATES)


def begun() -> int:
    """How many deliveries have been begun and have no answer: unknown, should the sender be killed now."""
    marks = journal.read_messages(Path("data"), PERIOD)
    with closing(connect(Path("data/casereviews.db"))) as db:
        rows = db.execute("SELECT token, send_started FROM deliveries WHERE state = 'sending'").fetchall()
    known = [marks.get(journal.message_hash(row["token"])) or ("begun" if row["send_started"] else "") for row in rows]
    return known.count("begun")


def everyone_once(deliveries: list[Delivery], accepted: list[Accepted]) -> None:
    """Who was sent an issue has one copy; of whom nobody knows, one or none; all others none; nobody has two."""
    copies = Counter(taken.recipient for taken in accepted)
    assert [who for who, count in copies.items() if count > 1] == []
    wrong = [
        (one.email, one.state, copies[one.email])
        for one in deliveries
        if one.state != "unknown" and copies[one.email] != (one.state == "sent")
    ]
    assert wrong == []
    assert not set(copies) - {one.email for one in deliveries}
    names = {one.email: f"<{PERIOD}.{one.token}@news.example.org>" for one in deliveries}
    assert all(taken.message_id == names[taken.recipient] for taken in accepted)


class Sender:
    """`casereviews issue send` as a process group of its own, in the working folder."""

    def __init__(self, *words: str) -> None:
        command = [str(COMMAND), "issue", "send", PERIOD, *words]
        with Path("sender.log").open("wb") as log:
            self._process = Popen(command, stdout=log, stderr=log, start_new_session=True)

    @property
    def code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        os.killpg(self._process.pid, number)

    def kill_after(self, seconds: float) -> None:
        """Let it run so much longer, then end it at once: SIGKILL."""
        time.sleep(seconds)
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self, seconds: float = HANG) -> int:
        """Wait for its end; its exit code."""
        return self._process.wait(seconds)

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait for something while it runs."""
        until(lambda: condition() or self.code is not None, self.said)
        assert self.code is None, self.said()

    def said(self) -> str:
        """All it has said."""
        return Path("sender.log").read_text("utf-8", "replace")


class Sink:
    """A sink process for a test: `with Sink(folder, "--fault", "rcpt:drop=0.1") as sink: sink.port`."""

    def __init__(self, folder: Path, *words: str, port: int = 0) -> None:
        self.record = folder / "accepted"
        self.record.touch()
        self.port = port
        self._words = words

    def accepted(self) -> list[Accepted]:
        """All that was taken so far, by this sink and those before it that had the same folder."""
        lines = self.record.read_text("utf-8").splitlines()
        return [Accepted(float(at), *words) for at, *words in (line.split("\t") for line in lines)]

    def faults(self) -> Counter[str]:
        """How often each fault happened: "rcpt:drop"."""
        file = Path(f"{self.record}.faults")
        return Counter(line.replace("\t", ":") for line in file.read_text("utf-8").splitlines())

    def wait_for(self, messages: int, sender: Sender) -> bool:
        """Wait until about so many more messages were taken; False when the sender ended before."""
        size, until = self.record.stat().st_size + messages * LINE - LINE // 2, time.monotonic() + HANG
        while self.record.stat().st_size < size:
            if sender.code is not None:
                return False
            assert time.monotonic() < until, f"nothing is sent any more: {sender.said()}"
            time.sleep(0.0005)
        return True

    def __enter__(self) -> Self:
        command = [
            sys.executable,
            "-m",
            "tests.support.smtp_sink",
            "--record",
            str(self.record),
            "--port",
            str(self.port),
        ]
        self._process = Popen([*command, *self._words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
