"""The demonstration: offline, twice in a row, and unable to send."""

import email.policy
import json
import subprocess
import sys
from email.parser import BytesParser
from pathlib import Path

import pytest

from app.demo.collection import collection

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from app.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_reads_two_months_builds_the_issue_and_writes_it() -> None:
    for folder in ("one", "two"):
        answer = demo("--data-dir", folder, "demo", "--once", "--no-browser")

        assert (answer.returncode, answer.stderr) == (0, "")
        assert "(6 new)" in answer.stdout
        assert "0 new, 0 changed (1 request)" in answer.stdout
        assert "not changed" in answer.stdout
        (page,) = Path(folder).glob("*.html")
        assert "six case reviews were published" in page.read_text("utf-8")
        messages = [
            BytesParser(policy=email.policy.default).parsebytes(m.read_bytes()) for m in Path(folder).glob("outbox/*")
        ]
        assert sorted(str(message["To"]) for message in messages) == [
            "ada@example.org",
            "ben@example.org",
            "cleo@example.org",
        ]


def test_it_refuses_a_folder_with_something_in_it() -> None:
    Path("mine").mkdir()
    Path("mine/diary.txt").write_text("dear")

    answer = demo("--data-dir", "mine", "demo", "--once", "--no-browser")

    assert answer.returncode == 1
    assert answer.stderr.startswith("casereviews: the demonstration wants an empty folder: mine.")


def test_the_invented_collection_is_large_and_says_that_it_is_invented() -> None:
    samples = collection()

    assert len(samples.past) + len(samples.current) >= 40
    file = Path(sys.modules["app.demo.collection"].__file__ or "").with_name("collection.json")
    assert "invented" in json.dumps(json.loads(file.read_text("utf-8")))[:400].lower()
