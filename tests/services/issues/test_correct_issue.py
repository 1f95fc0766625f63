"""A sent issue is corrected by a dated note; one that may still change is not."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import HouseError, NotFound
from db.mail import corrections, issues
from db.mail.issues import IssueEdits, StoredIssue
from db.schema.connect import Database, create, write_transaction
from newsletter.issue.compose import content_hash
from services.issues import build_issue
from services.issues.correct_issue import MAX_CORRECTION_CHARS, correct_issue
from tests.newsletter.samples import PERIOD, issue
from tests.support.sample_archive import OCTOBER, full

NOW = datetime(2016, 10, 3, 9, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A database with the draft of one month."""
    with closing(create(tmp_path / "casereviews.db")) as db:
        with write_transaction(db):
            issues.save_rebuilt(db, StoredIssue(issue(), IssueEdits(), "", ""), NOW)
        yield db


def send(db: Database) -> None:
    with write_transaction(db):
        issues.freeze(db, PERIOD, NOW, "{}")
        issues.mark_sent(db, PERIOD, NOW)


def notes(db: Database) -> list[tuple[datetime, str]]:
    return [(note.at, note.words) for note in corrections.listing(db, PERIOD)]


@pytest.mark.parametrize("words", ["The year was 2015.", "x" * MAX_CORRECTION_CHARS])
def test_a_sent_issue_gets_a_dated_note(db: Database, words: str) -> None:
    send(db)

    correct_issue(db, PERIOD, words, NOW)

    assert notes(db) == [(NOW, words)]


def test_notes_are_counted_from_an_instant_up_to_another(db: Database) -> None:
    send(db)
    correct_issue(db, PERIOD, "The year was 2015.", NOW)
    later = NOW + timedelta(seconds=1)

    spans = [(NOW, later), (NOW - timedelta(days=9), NOW), (later, later + timedelta(days=9))]

    assert [corrections.count(db, *span) for span in spans] == [1, 0, 0]


def test_the_next_issue_counts_it(tmp_path: Path) -> None:
    shelf = full(tmp_path)  # October 2026 was sent, November is a draft
    correct_issue(shelf.db, "2026-10", "The year was 2015.", OCTOBER + timedelta(days=20))

    november = build_issue.compose_draft(shelf.settings, shelf.db, "2026-11").issue

    assert november.corrected == 1
    assert november.hash != content_hash(replace(november, corrected=0))


@pytest.mark.parametrize(
    ("words", "fix"), [("", "Write what was wrong"), ("x" * (MAX_CORRECTION_CHARS + 1), "Keep it under 2,000")]
)
def test_words_that_cannot_stand_are_refused(db: Database, words: str, fix: str) -> None:
    send(db)

    with pytest.raises(HouseError, match=fix):
        correct_issue(db, PERIOD, words, NOW)

    assert notes(db) == []


def test_a_draft_is_edited_and_not_corrected(db: Database) -> None:
    with pytest.raises(HouseError, match="only an issue that was sent"):
        correct_issue(db, PERIOD, "The year was 2015.", NOW)

    assert notes(db) == []


def test_a_month_without_an_issue_has_no_correction(db: Database) -> None:
    with pytest.raises(NotFound):
        correct_issue(db, "2016-10", "The year was 2015.", NOW)
