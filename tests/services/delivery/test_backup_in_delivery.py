"""A backup taken amid a delivery to four thousand readers, put back elsewhere, and the delivery gone on with there."""

import json
import shutil
from collections import Counter
from contextlib import chdir, closing
from pathlib import Path

import pytest

from db.schema.connect import connect
from tests.conftest import Typed
from tests.support.issue_sending import PERIOD, Sender, Sink, everyone_once, listed, post, prepare
from tests.support.processes import COMMAND, run

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 4_000
EARLY = 600  # messages that have left when the backup is taken


def ran(*words: str) -> Typed:
    """A command as a process of its own, in the working folder."""
    done = run([str(COMMAND), *words], capture_output=True, text=True)
    return Typed(done.returncode, done.stdout, done.stderr)


def recorded() -> dict[str, list[str]]:
    """The readers of the working folder's issue, by the state of their delivery."""
    found: dict[str, list[str]] = {}
    for one in listed():
        found.setdefault(one.state, []).append(one.email)
    return found


def test_a_delivery_that_goes_on_from_a_backup_sends_nobody_twice_who_is_recorded(tmp_path: Path) -> None:
    prepare(tmp_path, READERS)
    with Sink(tmp_path, "--fault", "dot:slow=0.1") as sink:  # so that a backup takes less, however busy the machine
        post(sink.port)
        sender = Sender()
        assert sink.wait_for(EARLY, sender)
        before = len(sink.accepted())
        made = ran("backup", "copy.db", "--json")
        after = len(sink.accepted())
        assert sender.code is None, "the delivery was over before the backup"
        first_code = sender.wait()
        first = sink.accepted()
        everyone_once(listed(), first)

        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        shutil.copy("copy.db", elsewhere)
        with chdir(elsewhere):
            post(sink.port)
            restored = ran("restore", "copy.db", "--json")
            held, asked = recorded(), ran("issue", "send", PERIOD)
            assert ran("init", "--here").code == 0
            refused = ran("issue", "resend-failed", PERIOD)
            again = Sender()
            again_code = again.wait()
            second, end = sink.accepted()[len(first) :], recorded()
            with closing(connect(Path("data/casereviews.db"))) as db:
                checks = [db.execute(f"PRAGMA {name}").fetchall() for name in ("integrity_check", "foreign_key_check")]

    figures = {state: len(emails) for state, emails in held.items()}
    assert (first_code, len(first), made.code, made.err) == (0, READERS, 0, "")
    assert json.loads(made.out)["rows"]["deliveries"] == json.loads(restored.out)["rows"]["deliveries"] == READERS
    assert [[tuple(row) for row in rows] for rows in checks] == [[("ok",)], []]
    assert before - 200 <= len(held["sent"]) <= after  # a receipt is written just after its message has left
    assert after > before, "nobody was sent it while the backup was taken"
    assert sum(figures.values()) == READERS
    assert set(held) == {"sent", "unknown", "queued"}
    assert json.loads(restored.out)["undecided"] == [PERIOD]
    assert (refused.code, "is not known" in refused.err) == (1, True)
    assert (asked.code, "was at home on another machine or in another folder" in asked.err) == (1, True)
    copies = Counter(taken.recipient for taken in second)
    assert not set(copies) & {*held["sent"], *held["unknown"]}
    assert copies == Counter(held["queued"])
    assert (again_code, sorted(end)) == (3, ["sent", "unknown"])
    assert sorted(end["unknown"]) == sorted(held["unknown"])
