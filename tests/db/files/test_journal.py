"""The journal beside the database: what left, as hashes, whatever becomes of the last line."""

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import StoreError
from db.files import journal
from db.files.journal import MessageJournal, ReaderEvent, message_hash

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
TOKEN, OTHER = "mTokenOfOneMessage0001", "mTokenOfOneMessage0002"


def write(folder: Path, *entries: tuple[journal.MessageMark, str]) -> None:
    messages = MessageJournal(folder, "2026-10")
    messages.write(entries)
    messages.close()


def test_the_last_mark_of_a_message_counts(tmp_path: Path) -> None:
    write(tmp_path, ("begun", TOKEN), ("back", TOKEN), ("begun", OTHER))
    write(tmp_path, ("begun", TOKEN), ("sent", TOKEN))

    assert journal.read_messages(tmp_path, "2026-10") == {message_hash(TOKEN): "sent", message_hash(OTHER): "begun"}
    assert journal.read_messages(tmp_path, "2026-11") == {}


def test_what_may_leave_again_is_said_where_something_has_left(tmp_path: Path) -> None:
    journal.let_leave_again(tmp_path, "2026-10", [TOKEN])
    assert not (tmp_path / "journal").exists()
    write(tmp_path, ("begun", TOKEN), ("sent", TOKEN))

    journal.let_leave_again(tmp_path, "2026-10", [TOKEN])

    assert journal.read_messages(tmp_path, "2026-10") == {message_hash(TOKEN): "back"}


def test_the_journal_holds_hashes_only_and_is_for_its_owner(tmp_path: Path) -> None:
    write(tmp_path, ("begun", TOKEN))
    journal.write_readers(tmp_path, "unsubscribed", ["a1"], NOW)

    files = sorted((tmp_path / "journal").iterdir())

    assert [file.name for file in files] == ["2026-10.log", "readers.log"]
    assert [file.read_text() for file in files] == [
        f"begun {message_hash(TOKEN)}\n",
        "2026-11-24T18:30:00Z unsubscribed a1\n",
    ]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_line_that_is_not_whole_says_nothing_and_spoils_no_other(tmp_path: Path) -> None:
    write(tmp_path, ("begun", TOKEN))
    journal.write_readers(tmp_path, "erased", ["a1"], NOW)
    for file, piece in (("2026-10.log", "sent 12ab"), ("readers.log", "2026-11-24T18:30:00Z lef")):
        with (tmp_path / "journal" / file).open("a") as opened:
            opened.write(piece)
    write(tmp_path, ("sent", OTHER))
    journal.write_readers(tmp_path, "left", ["b2"], NOW)

    assert journal.read_messages(tmp_path, "2026-10") == {message_hash(TOKEN): "begun", message_hash(OTHER): "sent"}
    assert journal.read_readers(tmp_path) == {"a1": ReaderEvent(NOW, "erased"), "b2": ReaderEvent(NOW, "left")}


def test_a_line_that_could_not_be_written_whole_spoils_none_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages, write_all = MessageJournal(tmp_path, "2026-10"), journal._write_all

    def fill_disk(number: int, text: str) -> None:
        write_all(number, text[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full, pytest.raises(StoreError, match="cannot be used"):
        full.setattr(journal, "_write_all", fill_disk)
        messages.write([("begun", TOKEN)])
    messages.write([("begun", OTHER)])  # another connection's, once there is room

    assert journal.read_messages(tmp_path, "2026-10") == {message_hash(OTHER): "begun"}
    messages.close()


def test_journals_of_old_issues_go_and_that_of_readers_stays(tmp_path: Path) -> None:
    write(tmp_path, ("begun", TOKEN))
    journal.write_readers(tmp_path, "left", ["a1"], NOW)

    journal.delete_before(tmp_path, datetime.now(UTC) + timedelta(days=1))

    assert [file.name for file in (tmp_path / "journal").iterdir()] == ["readers.log"]


def test_a_journal_that_cannot_be_written_stops_what_would_leave(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("no folder")

    with pytest.raises(StoreError, match="the journal of what left cannot be used"):
        write(tmp_path, ("begun", TOKEN))
    write(tmp_path)  # nothing to write


def test_a_reader_leaves_though_the_journal_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "journal").write_text("no folder")

    journal.write_readers(tmp_path, "left", ["a1"], NOW)

    assert "the journal of what left cannot be used" in caplog.text
    assert isinstance(journal.find_fault(tmp_path), StoreError)


def test_a_journal_that_is_there_or_not_begun_yet_has_no_fault(tmp_path: Path) -> None:
    assert journal.find_fault(tmp_path) is None
    write(tmp_path, ("begun", TOKEN))
    assert journal.find_fault(tmp_path) is None
    (tmp_path / "journal" / "readers.log").mkdir()
    assert isinstance(journal.find_fault(tmp_path), StoreError)


def test_lines_that_somebody_else_wrote_say_nothing(tmp_path: Path) -> None:
    journal.write_readers(tmp_path, "left", ["a1"], NOW)
    with (tmp_path / "journal" / "readers.log").open("ab") as opened:
        opened.write(b"\xff\xfe\x00rubbish\n\nyesterday left b2\n2026-11-24T18:30:00Z flew c3\n")

    assert journal.read_readers(tmp_path) == {"a1": ReaderEvent(NOW, "left")}
