"""Copies made on the operator's pages: of the database to download, of the archive as one file or in its folder."""

import os
import signal
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest

from app.runtime.lock import process_lock
from app.web.ops import copy_pages
from app.web.site_export import MANIFEST_NAME, write_site
from db.operator import audit_trail
from db.schema.connect import Database
from services.operator import downloads
from services.operator.restore import WRITER_LOCKS
from tests.app.web.operator import Desk, sent
from tests.support.waiting import HANG
from tests.support.web_site import Visitor, texts


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = sent(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


def made(desk: Desk, who: Visitor, what: str, fields: dict[str, str] | None = None) -> str:
    """The address of the page of a copy that has been made."""
    at: str = who.press("/ops/copies", fields, action=f"/ops/copies/{what}").headers["Location"]
    desk.wait()
    return at


def kept(desk: Desk) -> list[Path]:
    """What is in the folder of downloads."""
    return list((desk.settings.data_dir / "downloads").glob("*"))


def test_a_copy_of_the_database_says_first_that_it_holds_readers_addresses(desk: Desk) -> None:
    page = texts(desk.operator().get("/ops/copies").text)

    assert "It holds readers’ addresses, and the keys of their links." in page
    assert "Write it into its folder" not in page


def test_a_copy_is_made_read_back_downloaded_once_and_deleted(desk: Desk, tmp_path: Path) -> None:
    who = desk.operator()
    at = made(desk, who, "backup")
    (file,) = kept(desk)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)]
    page = texts(who.get(at).text)
    answer = who.press(at, action=f"{at}/file")
    again = who.press("/ops/copies", action=f"{at}/file")

    assert modes == [0o600, 0o700]
    assert "The copy was made and read back well: 4 reviews, 1 issue, 3 subscribers, 3 deliveries." in page
    assert "Download it" in page
    assert answer.headers["Content-Disposition"] == 'attachment; filename="casereviews-2026-11-23T0900.db"'
    assert (answer.content_length, answer.headers["Cache-Control"]) == (len(answer.data), "no-store")
    (tmp_path / "fetched.db").write_bytes(answer.data)
    with closing(sqlite3.connect(tmp_path / "fetched.db")) as copy:
        assert copy.execute("SELECT COUNT(*) FROM subscribers").fetchone()[0] == 3
    assert (kept(desk), again.status_code) == ([], 404)
    assert desk.trail()[1:3] == [
        "downloaded casereviews-2026-11-23T0900.db",
        "made a copy of the database to download",
    ]


def test_two_clicks_make_one_copy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    going, real = Event(), copy_pages.make_backup_download
    monkeypatch.setattr(copy_pages, "make_backup_download", lambda *words: (going.wait(HANG), real(*words))[1])
    who, other = desk.operator(), desk.operator("Kim")
    first = who.press("/ops/copies", action="/ops/copies/backup")
    second = other.press("/ops/copies", action="/ops/copies/backup")
    going.set()
    desk.wait()

    assert first.headers["Location"] == second.headers["Location"]
    assert len(kept(desk)) == 1


def test_while_a_backup_is_restored_no_copy_is_made_and_the_other_way_round(desk: Desk) -> None:
    who = desk.operator()
    with process_lock(desk.settings.data_dir, "download"):
        at = made(desk, who, "backup")

    assert "another run is at work" in texts(who.get(at).text)
    assert kept(desk) == []
    assert "download" in WRITER_LOCKS


def test_a_copy_that_is_stopped_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, going, real = Event(), Event(), copy_pages.make_backup_download

    def slow(*words: object) -> object:
        asked.set()
        going.wait(HANG)
        return real(*words)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(copy_pages, "make_backup_download", slow)
    who = desk.operator()
    at = who.press("/ops/copies", action="/ops/copies/backup").headers["Location"]
    assert asked.wait(HANG)
    who.press(at, action=f"{at}/stop")
    going.set()
    desk.wait()

    assert "nothing of the copy was kept" in texts(who.get(at).text)
    assert kept(desk) == []


def test_the_archive_is_packed_into_one_file_without_readers(desk: Desk) -> None:
    who = desk.operator()
    at = made(desk, who, "site", {"into": "zip"})
    answer = who.press(at, action=f"{at}/file")

    with zipfile.ZipFile(BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        names = {name.partition("/")[2] for name in packed.namelist()}
        everything = b"".join(packed.read(name) for name in packed.namelist())
    assert {"index.html", "issues/2016-09.html", MANIFEST_NAME} <= names
    assert b"reader1@example.org" not in everything
    assert kept(desk) == []
    assert desk.trail()[0] == "downloaded casereviews-archive-2026-11-23.zip"


def test_the_archive_is_written_into_its_folder_where_one_is_configured(db: Database) -> None:
    folder = db.file.parent.parent / "site"
    desk = Desk(db, export_folder="site")
    who = desk.operator()
    at = made(desk, who, "site", {"into": "folder"})

    assert f"in {folder}" in texts(who.get(at).text)
    assert (folder / "index.html").is_file()
    assert kept(desk) == []


def test_without_a_configured_folder_none_is_written_into(desk: Desk) -> None:
    assert desk.operator().press("/ops/copies", {"into": "folder"}, action="/ops/copies/site").status_code == 400


def killed(work: str, desk: Desk) -> None:
    """Make a copy in a process that is killed while it does."""
    effects, settings = desk.house.effects, desk.settings
    child = os.fork()
    if child == 0:
        try:
            if work == "backup":
                downloads.make_backup_download(effects, settings, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            folder = downloads.prepare_folder(settings, effects.now())
            source = settings.data_dir / "outbox"
            downloads.pack_folder(source, folder / "a.zip", "a", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # it forks, and the child only dies
@pytest.mark.parametrize("work", ["backup", "pack"])
def test_killed_half_way_no_copy_is_there_and_what_is_left_is_deleted(desk: Desk, work: str) -> None:
    killed(work, desk)
    left = kept(desk)

    assert left
    assert all(file.name.startswith(".") and ".part" in file.name for file in left)
    for file in left:
        old = desk.house.clock.now.timestamp() - 7200
        os.utime(file, (old, old))
    who = desk.operator()
    at = made(desk, who, "backup")
    assert "read back well" in texts(who.get(at).text)
    assert not set(kept(desk)) & set(left)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # it forks, and the child only dies
def test_an_export_that_was_killed_leaves_the_folder_as_it_was(db: Database) -> None:
    folder = db.file.parent.parent / "site"
    desk = Desk(db, export_folder="site")
    who = desk.operator()
    made(desk, who, "site", {"into": "folder"})
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    child = os.fork()
    if child == 0:
        try:
            write_site(desk.house.effects, desk.settings, db, folder, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
    left = list(folder.parent.glob(".site.*"))
    assert left
    for one in left:
        old = desk.house.clock.now.timestamp() - 7200
        os.utime(one, (old, old))

    at = made(desk, who, "site", {"into": "folder"})

    assert f"in {folder}" in texts(who.get(at).text)
    assert list(folder.parent.glob(".site.*")) == []


def test_what_nobody_has_fetched_is_deleted_after_an_hour(desk: Desk) -> None:
    made(desk, desk.operator(), "backup")
    (file,) = kept(desk)
    made_at = desk.house.clock.now
    os.utime(file, (made_at.timestamp(), made_at.timestamp()))

    assert downloads.delete_old_downloads(desk.settings, made_at + timedelta(minutes=59)) == 0
    assert downloads.delete_old_downloads(desk.settings, made_at + timedelta(minutes=61)) == 1
    assert kept(desk) == []


def test_who_downloaded_stands_in_the_trail(desk: Desk) -> None:
    who = desk.operator("Kim")
    at = made(desk, who, "backup")
    assert who.press(at, action=f"{at}/file").data

    newest = audit_trail.listing(desk.db)[0]
    assert newest.what.startswith("downloaded casereviews-")
    assert "Kim" in newest.who
