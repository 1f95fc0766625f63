"""A copy of the database: one instant of it, whole or not at all, while others write."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import HouseError, StoreError
from db.files import backup
from db.schema.connect import Database, connect, write_transaction
from tests.support.processes import Popen

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
PAIRS = """
import sys
from pathlib import Path
from db.schema.connect import connect, write_transaction
db = connect(Path(sys.argv[1]))
print("on", flush=True)
for number in range(1_000_000):
    with write_transaction(db):  # both rows, or neither
        db.execute("INSERT INTO signup_attempts (kind, keyed_hash, at) VALUES ('address', 'pair', '2026')")
        db.execute("INSERT INTO audit_trail (at, actor, action) VALUES ('2026', 'pair', '')")
"""


def rows(file: Path, table: str) -> int:
    with closing(sqlite3.connect(file)) as db:
        return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def filled(db: Database, count: int = 2_000) -> Path:
    """A database of some megabytes."""
    with write_transaction(db):
        db.conn.executemany(
            "INSERT INTO audit_trail (at, actor, action) VALUES ('2026', ?, ?)",
            ((str(n), "x" * 1_000) for n in range(count)),
        )
    return db.file


def test_a_copy_holds_every_row_in_one_file_for_its_owner_only(tmp_path: Path, db: Database) -> None:
    file = tmp_path / "copy.db"

    made = backup.copy_database(filled(db), file, NOW)

    assert (made.rows["audit_trail"], made.bytes) == (2_000, file.stat().st_size)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.glob("*copy*")) == ["copy.db"]
    with closing(connect(file)) as copied:
        said = copied.execute("SELECT made_at FROM backup_stamp").fetchone()[0]
        copied.execute("DELETE FROM backup_stamp")
        assert list(copied.conn.iterdump()) == list(db.conn.iterdump())
    assert said == "2026-11-24T18:30:00Z"


def test_a_copy_made_while_another_process_writes_is_of_one_instant(tmp_path: Path, db: Database) -> None:
    filled(db)
    writer = Popen([sys.executable, "-c", PAIRS, str(db.file)], stdout=subprocess.PIPE)
    try:
        assert writer.stdout
        writer.stdout.readline()
        for turn in range(5):
            before = rows(db.file, "signup_attempts")
            made = backup.copy_database(db.file, tmp_path / f"{turn}.db", NOW)
            after = rows(db.file, "signup_attempts")

            count = made.rows["signup_attempts"]
            assert made.rows["audit_trail"] - 2_000 == count == rows(made.file, "signup_attempts")
            assert before <= count <= after
        assert after > 0
    finally:
        writer.kill()
        writer.communicate()


def test_a_writer_does_not_wait_for_a_copy(tmp_path: Path, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(db)
    monkeypatch.setattr(backup, "PAGES_PER_STEP", 1)
    reading, wrote = threading.Event(), threading.Event()
    sound = backup.check_integrity

    def slowly(file: Path) -> str:
        reading.set()
        assert wrote.wait(10)
        return sound(file)

    monkeypatch.setattr(backup, "check_integrity", slowly)
    copying = threading.Thread(target=backup.copy_database, args=(db.file, tmp_path / "copy.db", NOW))
    copying.start()
    assert reading.wait(10)
    with write_transaction(db):
        db.execute("INSERT INTO signup_attempts (kind, keyed_hash, at) VALUES ('address', 'late', '2026')")
    wrote.set()
    copying.join()

    assert rows(tmp_path / "copy.db", "signup_attempts") == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("there.db", "there is a file already: .*there.db. Name another, or replace it with: --replace"),
        ("missing/copy.db", "no such folder: .*missing. Make it"),
        ("casereviews.db", "that is the database itself"),
        ("folder", "there is a file already"),
        ("casereviews.db-journal", "that name is the database's own"),
        ("casereviews.db-wal", "that name is the database's own"),
        ("used.db", "somebody uses that file as a database: .*there is used.db-wal"),
    ],
)
def test_a_copy_is_refused_where_it_would_do_harm(tmp_path: Path, db: Database, name: str, said: str) -> None:
    (tmp_path / "there.db").write_text("kept")
    (tmp_path / "used.db-wal").write_text("a log of another database")
    (tmp_path / "folder").mkdir()

    with pytest.raises(HouseError, match=said):
        backup.copy_database(db.file, tmp_path / name, NOW)

    assert (tmp_path / "there.db").read_text() == "kept"


def test_replacing_takes_a_files_place_but_never_the_databases(tmp_path: Path, db: Database) -> None:
    there = tmp_path / "there.db"
    there.touch()
    settings = tmp_path / "casereviews.toml"
    settings.write_text("[mail]")

    backup.copy_database(db.file, there, NOW, replace=True)
    backup.copy_database(db.file, there, NOW, replace=True)

    assert there.read_bytes().startswith(b"SQLite format 3")
    with pytest.raises(HouseError, match=r"the file to replace is no copy: .*casereviews\.toml\. Name another"):
        backup.copy_database(db.file, settings, NOW, replace=True)
    with pytest.raises(HouseError, match="the database itself"):
        backup.copy_database(db.file, db.file, NOW, replace=True)
    with pytest.raises(HouseError, match="that name is the database's own"):
        backup.copy_database(db.file, Path(f"{db.file}-wal"), NOW, replace=True)


def test_a_copy_that_is_not_sound_is_not_kept(tmp_path: Path, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pour = backup._copy_pages

    def badly(source: Path, aside: Path, progress: object) -> dict[str, int]:
        found = pour(source, aside, lambda done, total: None)
        with aside.open("r+b") as file:
            file.seek(8 * 4096)
            file.write(os.urandom(4096 * 20))
        return found

    filled(db)
    monkeypatch.setattr(backup, "_copy_pages", badly)

    with pytest.raises(StoreError, match=r"copy.db"):
        backup.copy_database(db.file, tmp_path / "copy.db", NOW)
    assert [one.name for one in tmp_path.glob("*copy*")] == []


def test_a_copy_that_lacks_a_row_is_not_kept(tmp_path: Path, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pour = backup._copy_pages
    monkeypatch.setattr(backup, "_copy_pages", lambda *words: pour(*words) | {"audit_trail": 1})

    with pytest.raises(StoreError, match="it holds other rows than the database"):
        backup.copy_database(db.file, tmp_path / "copy.db", NOW)
    assert [one.name for one in tmp_path.glob("*copy*")] == []


def test_rows_that_refer_to_nothing_are_found(tmp_path: Path, db: Database) -> None:
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("INSERT INTO corrections (period, number) VALUES ('2026-10', 1)")

    with pytest.raises(StoreError, match="rows refer to others that are not there: 1, the first in corrections"):
        backup.copy_database(db.file, tmp_path / "copy.db", NOW)


def test_a_full_disk_leaves_no_half_copy_and_the_database_unharmed(tmp_path: Path, db: Database) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with pytest.raises(StoreError, match=r"the copy could not be made: .*full.* Free some space there") as raised:
            backup.copy_database(filled(db), small / "copy.db", NOW)

        assert "\n" not in str(raised.value)
        assert list(small.iterdir()) == []
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    finally:
        subprocess.run(["umount", small], check=True)


def test_what_a_killed_copying_left_a_day_ago_goes_with_the_next_copy(db: Database, tmp_path: Path) -> None:
    names = (".old.db.17.part", ".old.db.17.part-journal", ".young.db.18.part", ".other.part", ".other.9.part.txt")
    for name in names:
        (tmp_path / name).write_bytes(b"")
        if "young" not in name:
            os.utime(tmp_path / name, (0, 0))

    backup.copy_database(db.file, tmp_path / "copy.db", NOW)

    assert [name for name in names if (tmp_path / name).exists()] == list(names[2:])


def test_what_only_has_the_name_of_a_copy_s_remains_stays_and_stops_no_copy(db: Database, tmp_path: Path) -> None:
    download, folder, killed = (tmp_path / f".{name}.17.part" for name in ("film.mp4", "folder", "old.db"))
    download.write_bytes(b"%PDF-1.7 of somebody else")
    folder.mkdir()
    killed.write_bytes(bytes(4_096) + b"readers")
    for one in (download, folder, killed):
        os.utime(one, (0, 0))

    backup.copy_database(db.file, tmp_path / "copy.db", NOW)

    assert [one.exists() for one in (download, folder, killed)] == [True, True, False]
