"""Opening the database: many at once, fresh, too new, damaged."""

import multiprocessing
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from core.errors import DatabaseMissing, StoreError
from db.collection import reviews
from db.schema.connect import Database, as_store_error, connect, create, optimize, write_transaction
from tests.support.processes import Popen
from tests.support.waiting import HANG

SPAWN = multiprocessing.get_context("spawn")


def _create_together(files: list[Path], barrier: Barrier) -> None:
    try:
        for file in files:
            barrier.wait(HANG)
            create(file).close()
    except BaseException:
        barrier.abort()  # nobody waits for us
        raise


def test_four_processes_open_a_fresh_database_at_once_without_an_error(tmp_path: Path) -> None:
    files, barrier = [tmp_path / str(turn) / "casereviews.db" for turn in range(8)], SPAWN.Barrier(4)
    processes = [SPAWN.Process(target=_create_together, args=(files, barrier)) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 4
    for file in files:
        with closing(connect(file)) as db:
            assert db.execute("SELECT COUNT(*) FROM reviews").fetchone()[0] == 0


def _count_up(file: Path, times: int) -> None:
    with closing(connect(file)) as db:
        for _ in range(times):
            with write_transaction(db):
                value = int(db.execute("SELECT value FROM secrets WHERE name = 'count'").fetchone()[0])
                db.execute("UPDATE secrets SET value = ? WHERE name = 'count'", [str(value + 1)])


def test_no_write_is_lost_when_processes_read_and_then_write(tmp_path: Path, db: Database) -> None:
    db.execute("INSERT INTO secrets (name, value) VALUES ('count', '0')")
    file = tmp_path / "casereviews.db"
    processes = [SPAWN.Process(target=_count_up, args=(file, 50)) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 4
    assert db.execute("SELECT value FROM secrets").fetchone()[0] == "200"


def test_a_write_that_fails_leaves_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), write_transaction(db):
        db.execute("INSERT INTO secrets (name, value) VALUES ('a', 'b')")
        _ = 1 / 0

    assert db.execute("SELECT COUNT(*) FROM secrets").fetchone()[0] == 0


def test_each_connection_waits_and_checks_foreign_keys_and_writes_ahead(db: Database) -> None:
    pragmas = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("busy_timeout", "foreign_keys", "journal_mode")]

    assert pragmas == [30_000, 1, "wal"]


def test_no_database_means_not_set_up(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match="casereviews init"):
        connect(tmp_path / "casereviews.db")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path, db: Database) -> None:
    db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('casereviews', 'm999_later', '2030')"
    )

    with pytest.raises(StoreError, match=r"newer version.*m999_later"):
        connect(tmp_path / "casereviews.db")


def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "casereviews.db"
    file.write_bytes(b"this is no database, but long enough to look at" * 50)

    with pytest.raises(
        StoreError, match=r"is damaged: .*casereviews\.db: file is not a database\. Restore a backup with"
    ):
        connect(file)
    assert file.read_bytes().startswith(b"this is no database")


def test_a_file_of_no_bytes_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "casereviews.db").touch()

    with pytest.raises(DatabaseMissing):
        connect(tmp_path / "casereviews.db")


def test_sqlite_checks_the_file_as_sound(db: Database) -> None:
    assert isinstance(db.conn, sqlite3.Connection)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "casereviews.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE notes (words TEXT)")
    before = file.read_bytes()

    for opening in (connect, create):
        with pytest.raises(StoreError, match="this is another program's database"):
            opening(file)
    assert file.read_bytes() == before


def test_a_commit_that_fails_leaves_no_transaction_open(db: Database) -> None:
    with pytest.raises(StoreError), write_transaction(db):
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("INSERT INTO sections (review_id, position, kind, label, text, items) VALUES (9, 1, '', '', '', '')")

    with write_transaction(db):
        db.execute("INSERT INTO secrets (name, value) VALUES ('a', 'b')")
    assert db.execute("SELECT COUNT(*) FROM secrets").fetchone()[0] == 1


def test_what_can_only_be_read_says_why_it_cannot_be_written(tmp_path: Path, db: Database) -> None:
    why = StoreError("the disk is full", "here", "Free some space.")
    db.read_only_reason = why

    with pytest.raises(StoreError, match=r"the disk is full: here\. Free some space\."), write_transaction(db):
        pass
    assert as_store_error(why) is why
    assert as_store_error(ValueError("none of SQLite's")) is None


def test_a_look_does_not_wait_for_a_long_write(db: Database) -> None:
    with write_transaction(db), closing(connect(db.file, reading=True)) as other:  # whoever waits in vain gets an error
        count = reviews.count(other)

    assert (count, other.read_only_reason) == (0, None)


# as one who was killed while he wrote SQLite's index of the log, and one who puts it right
RECOVER = """
import fcntl, os, sys
index = os.open(f"{sys.argv[1]}-shm", os.O_RDWR)
os.pwrite(index, bytes([255]) * 136, 0)
fcntl.lockf(index, fcntl.LOCK_EX, 3, 120)
print("recovering", flush=True)
sys.stdin.read()
"""


def test_who_opens_while_the_log_is_recovered_can_write_afterwards(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", RECOVER, str(db.file)]
    with Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "recovering\n"
        monkeypatch.setattr("db.schema.connect.READING_TIMEOUT", 0.0)
        monkeypatch.setattr("db.schema.connect._refuse_foreign_database", lambda _: other.communicate())
        with closing(connect(db.file, reading=True)) as opened, write_transaction(opened):
            reason = opened.read_only_reason

    assert reason is None


def test_looking_at_the_tables_waits_for_who_writes(db: Database) -> None:
    asked = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"
    before = db.execute(asked).fetchone()[0]

    with closing(connect(db.file, shared=True)) as other, ThreadPoolExecutor(1) as elsewhere:
        other.execute("BEGIN IMMEDIATE")
        db.conn.set_trace_callback(lambda sql: elsewhere.submit(other.execute, "ROLLBACK") if "BEGIN" in sql else None)
        optimize(db)

    assert (before, db.execute(asked).fetchone()[0]) == (0, 1)
