"""What readers report waits until the operator has it, and no page waits with it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from db.operator import reported_errors
from services.operator import notices
from services.operator.error_reports import ErrorReport, pass_on_reports, take_error_report
from tests.support.sample_archive import NOW, Shelf, sample


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path, operator="ops@example.org")
    made.add(sample())
    return made


def take(shelf: Shelf, words: str, network: str = "192.0.2.1") -> None:
    review = shelf.db.execute("SELECT id FROM reviews").fetchone()
    take_error_report(shelf.effects, shelf.db, replace(sample(), id=review[0]), ErrorReport(words, ""), network)


def test_a_report_that_cannot_be_mailed_waits_and_is_mailed_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    take(shelf, "first")
    take(shelf, "second")
    with monkeypatch.context() as patch:
        patch.setattr(notices, "deliver_notice", refuse)
        assert pass_on_reports(shelf.effects, shelf.settings, shelf.db) == 0
    later = replace(shelf.effects, now=lambda: NOW + timedelta(days=1))

    assert reported_errors.first_waiting(shelf.db) is not None
    assert pass_on_reports(later, shelf.settings, shelf.db) == 2
    assert pass_on_reports(later, shelf.settings, shelf.db) == 0
    told = [file.read_text() for file in (shelf.settings.data_dir / "outbox").glob("*.eml")]
    assert sorted(word for words in told for word in ("first", "second") if f"\n{word}\n" in words) == [
        "first",
        "second",
    ]


def refuse(*_: object) -> None:
    raise OSError("the mail server is away")


def test_a_report_goes_with_its_review(shelf: Shelf) -> None:
    take(shelf, "words")

    shelf.db.execute("DELETE FROM reviews")

    assert reported_errors.first_waiting(shelf.db) is None
