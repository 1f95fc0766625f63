"""`issue correct`: written, shown, amended, withdrawn, mailed from a terminal."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from db.schema.connect import connect
from tests.app.cli.test_send_asks import Terminal
from tests.conftest import Typed
from tests.support.issue_sending import PERIOD, post
from tests.support.web_site import publish

Type = Callable[..., Typed]


@pytest.fixture(autouse=True)
def house(tmp_path: Path) -> None:
    publish(tmp_path)


def shown(typed: Type, *words: str) -> dict[str, object]:
    said = typed("issue", "correct", PERIOD, *words, "--json")
    assert said.code == 0, said
    found = json.loads(said.out)
    assert isinstance(found, dict)
    return found


def test_the_life_of_a_correction(typed: Type) -> None:
    made = shown(typed, "--words", "The year was 2015.")
    assert (made["number"], made["words"], made["withdrawn"], made["mailings"]) == (1, "The year was 2015.", False, [])

    mailed = shown(typed, "--number", "1", "--mail")
    (mailing,) = mailed["mailings"]  # type: ignore[misc]  # a list
    assert mailing["run"] == f"{PERIOD}-correction-1.1"
    assert (mailing["status"], mailing["deliveries"]["sent"]) == ("sent", 2)

    shown(typed, "--amend", "1", "--words", "The year was 2014.", "--reason", "a slip")
    gone = shown(typed, "--withdraw", "1", "--reason", "It was right.")
    assert [one["words"] for one in gone["versions"]] == [  # type: ignore[attr-defined]  # a list
        "The year was 2015.",
        "The year was 2014.",
        "It was right.",
    ]
    listed = typed("issue", "correct", PERIOD)
    assert listed.code == 0 and "It was right." in listed.out


def test_dry_runs_write_and_mail_nothing(typed: Type) -> None:
    assert shown(typed, "--words", "The year was 2015.", "--dry-run")["number"] == 1
    assert typed("issue", "correct", PERIOD, "--json").out.strip() == "[]"
    shown(typed, "--words", "The year was 2015.")

    plan = shown(typed, "--number", "1", "--mail", "--dry-run")

    assert plan["audience"] == 2
    assert shown(typed, "--number", "1")["mailings"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("--amend", "1"),
        ("--mail",),
        ("--number", "1", "--words", "x"),
        ("--number", "1", "--withdraw", "1"),
        ("--review", "1"),
    ],
)
def test_options_that_say_nothing_together_are_refused(typed: Type, words: tuple[str, ...]) -> None:
    assert typed("issue", "correct", PERIOD, *words).code == 2


def test_what_was_mailed_is_sent_again_by_its_run(typed: Type) -> None:
    typed("issue", "correct", PERIOD, "--words", "The year was 2015.", "--mail")

    said = typed("issue", "resend-failed", f"{PERIOD}-correction-1.1", "--written")

    assert said.code == 0
    assert "2 subscribers will be sent it again" in said.err


@pytest.mark.parametrize(("answer", "mailings"), [("n\n", 0), ("y\n", 1)])
def test_a_person_is_asked_once_before_real_mail_goes_out(
    typed: Type, monkeypatch: pytest.MonkeyPatch, answer: str, mailings: int
) -> None:
    shown(typed, "--words", "The year was 2015.")
    with closing(connect(Path("data/casereviews.db"))) as db:
        db.execute("UPDATE deliveries SET via = 'smtp'")
    post(1, live=True)  # no server listens there
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    said = typed("issue", "correct", PERIOD, "--number", "1", "--mail")

    assert said.code == 1
    assert said.err.count("Mail correction 1 of 2016-09 to 2 subscribers by 127.0.0.1:1?") == 1
    assert len(shown(typed, "--number", "1")["mailings"]) == mailings  # type: ignore[arg-type]  # a list
