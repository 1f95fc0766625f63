"""The commands that bring readers back, or end their subscriptions, and what `status` and the notice say."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from app.runtime.side_effects import system_effects
from app.scheduler.job_context import JobContext
from app.scheduler.mail_jobs import QUESTION_JOB, REPORT_JOB
from core.config.schema import Settings
from db.mail import deliveries, subscribers
from db.schema.connect import Database, connect
from services.operator.metrics import collect_metrics
from services.readers.subscriptions import end_subscription
from tests.conftest import Typed
from tests.support.issue_sending import PERIOD
from tests.support.refused_mail import refuse
from tests.support.web_site import publish

Type = Callable[..., Typed]
READERS = [f"reader{number}@example.org" for number in range(3)]
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A house in the working folder, whose issue was sent to three readers of one domain."""
    publish(tmp_path, 3, 1)
    with closing(connect(tmp_path / "data" / "casereviews.db")) as opened:
        yield opened


def counts(db: Database) -> dict[str, int]:
    return dict(subscribers.counts(db))


def test_status_asks_and_both_answers_are_typed(db: Database, typed: Type) -> None:
    refuse(db, NOW, *READERS)
    said = typed("status").out
    assert "3 of 3 readers at example.org were refused in the same words with the issue of September 2016" in said
    assert "them: casereviews subscribers end --run 2016-09 --domain example.org" in said

    words = ("subscribers", "end", "--run", PERIOD, "--domain", "example.org")
    dry, done = typed(*words, "--dry-run"), typed(*words)

    assert dry.out == "3 subscriptions would end; of 3 readers it was asked whether it is them or us\n"
    assert done.out == "3 subscriptions ended; of 3 readers it was asked whether it is them or us\n"
    assert counts(db) == {"bounced": 3}
    assert "\n  3 subscriptions ended with the issue of September 2016: 3 at example.org" in typed("status").out


@pytest.mark.parametrize(
    ("words", "restored"),
    [
        (("--run", PERIOD), 3),
        (("--run", "2016-10"), 0),
        (("--domain", "EXAMPLE.org"), 3),
        (("--domain", "example.com"), 0),
        (("--reply", "user UNKNOWN"), 3),
        (("--reply", "%"), 0),
        (("--run", PERIOD, "--domain", "example.com"), 0),
        (("Reader1@example.org",), 1),
    ],
)
def test_readers_are_brought_back_by_what_they_have_in_common(
    db: Database, typed: Type, words: tuple[str, ...], restored: int
) -> None:
    refuse(db, NOW, *READERS)
    typed("subscribers", "end", "--run", PERIOD)
    before = counts(db)

    dry = json.loads(typed("subscribers", "restore", *words, "--dry-run", "--json").out)
    assert counts(db) == before
    said = json.loads(typed("subscribers", "restore", *words, "--json").out)

    again = {PERIOD: restored} if restored else {}
    assert said == dry == {"restored": restored, "released": 0, "sent_again": again}
    assert counts(db).get("active", 0) == restored
    assert len([one for one in deliveries.listing(db, PERIOD) if one.state == "queued" and not one.reply]) == restored


def test_who_left_or_complained_is_never_brought_back(db: Database, typed: Type) -> None:
    refuse(db, NOW, *READERS)
    typed("subscribers", "end", "--run", PERIOD)
    left = next(one for one in subscribers.listing(db) if one.email == READERS[0])
    end_subscription(db, left.token, NOW)

    typed("subscribers", "restore", "--run", PERIOD)
    said = typed("subscribers", "restore", READERS[0])

    assert counts(db) == {"active": 2, "unsubscribed": 1}
    assert (said.code, "left by their own will" in said.err) == (1, True)


@pytest.mark.parametrize("command", ["restore", "end"])
@pytest.mark.parametrize(
    ("words", "code"),
    [((), 2), (("a@example.org", "--run", PERIOD), 2), (("nobody@example.org",), 1), (("x",), 1), (("--run", "x"), 2)],
)
def test_it_must_be_said_who_is_meant(
    db: Database, typed: Type, command: str, words: tuple[str, ...], code: int
) -> None:
    assert typed("subscribers", command, *words).code == code


def test_the_operator_is_asked_once_and_told_how_many_were_ended(db: Database, typed: Type) -> None:
    settings = Settings(data_dir=db.file.parent, operator="desk@example.org")
    context = JobContext(system_effects(now=lambda: NOW), settings, db, Event())
    refuse(db, NOW, *READERS[:2])
    assert not list(QUESTION_JOB.due(context))
    refuse(db, NOW, READERS[2])

    (asked,) = QUESTION_JOB.do(context)
    assert "3 of 3 readers at example.org" in str(asked)
    assert not list(QUESTION_JOB.due(context))
    typed("subscribers", "end", "--run", PERIOD)
    db.execute("UPDATE issues SET status = 'sent', sent_at = ?", [f"{NOW:%Y-%m-%dT%H:%M:%SZ}"])
    assert list(REPORT_JOB.do(context))

    mails = sorted(file.read_text() for file in (db.file.parent / "outbox").glob("notice-*"))
    assert f"Say whose fault it is:\n{settings.base_url}/ops/bounces\n" in mails[0]
    assert any("3 subscriptions ended with the issue of September 2016" in " ".join(mail.split()) for mail in mails)
    shown = {one.name: one.values for one in collect_metrics(settings, db, NOW)}
    assert shown["subscriptions_ended"] == (((PERIOD, "hard"), 3.0),)
    assert shown["bounces_held"] == (((), 0.0),)
