"""Before real mail goes to everybody a person at a terminal is asked, once."""

import io
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.cli.standard_streams import ClosedInput
from db.mail import issues
from db.schema.connect import connect
from tests.conftest import Typed
from tests.support import issue_sending
from tests.support.issue_sending import PERIOD

QUESTION = "Mail the issue of 2016-09 to 3 subscribers by 127.0.0.1:1? It cannot be called back"


class Terminal(io.StringIO):
    """Somebody who types one answer."""

    def isatty(self) -> bool:
        return True


def status() -> str:
    with closing(connect(Path("data/casereviews.db"))) as db:
        return issues.get(db, PERIOD).issue.status


@pytest.mark.parametrize(
    ("answer", "words", "asked", "after"),
    [
        ("n\n", (), 1, "approved"),
        ("\n", (), 1, "approved"),
        ("y\n", (), 1, "sending"),
        ("", ("--yes",), 0, "sending"),
    ],
)
def test_nothing_leaves_before_the_answer(
    typed: Callable[..., Typed],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    words: tuple[str, ...],
    asked: int,
    after: str,
) -> None:
    issue_sending.prepare(tmp_path, readers=3)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    said = typed("issue", "send", PERIOD, *words)

    assert (said.code, (said.out + said.err).count(QUESTION), status()) == (1, asked, after)
    assert ("nothing was sent" in said.err) == (after == "approved")


def test_nobody_is_asked_of_files_nor_where_nobody_types(
    typed: Callable[..., Typed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue_sending.prepare(tmp_path, readers=3)
    monkeypatch.setattr(sys, "stdin", ClosedInput())
    away = typed("issue", "send", PERIOD)  # no server listens there
    issue_sending.post(1, transport="outbox", live=False)
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    files = typed("issue", "resend-failed", PERIOD), typed("issue", "send", PERIOD)

    assert (away.code, "3 subscribers will get it" in away.err) == (1, True)
    assert "Mail the issue" not in away.out + away.err + "".join(one.out + one.err for one in files)
    assert "2016-09: 3 written to files and not mailed" in files[-1].out
