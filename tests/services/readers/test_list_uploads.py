"""Uploaded lists of readers: kept for a while, tried, imported once, deleted."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from stat import S_IMODE

import pytest

from core.errors import HouseError, NotFound
from db.mail import subscribers
from db.schema.connect import Database
from services.operator.retention import delete_old_files
from services.readers.list_uploads import (
    UPLOAD_RETENTION,
    UploadedList,
    discard_upload,
    find_upload,
    import_upload,
    keep_upload,
    list_uploads,
    preview_upload,
    save_upload,
    try_upload,
)
from services.readers.subscriptions import end_subscription
from tests.support.signups import Installation

FILE = b"Email Address,Interests\nada@example.org,neglect\nbea@example.org,\nnobody,\n"


def silent(rows: int, percent: int) -> None:
    """Nobody looks."""


@pytest.fixture
def house(db: Database) -> Installation:
    return Installation(db)


@pytest.fixture
def upload(house: Installation) -> UploadedList:
    kept = keep_upload(house.effects, house.settings.data_dir, "../members.csv", "Sam", BytesIO(FILE))
    return replace(kept, consent="Members' form.")


def files(house: Installation) -> list[str]:
    return sorted(file.suffix for file in (house.settings.data_dir / "imports").iterdir())


def test_an_upload_is_for_its_owners_eyes_only(house: Installation, upload: UploadedList) -> None:
    folder = house.settings.data_dir / "imports"

    assert [S_IMODE(file.stat().st_mode) for file in (folder, *folder.iterdir())] == [0o700, 0o600, 0o600]
    assert (upload.name, upload.size) == ("members.csv", len(FILE))
    assert preview_upload(house.settings.data_dir, upload).header == ("Email Address", "Interests")
    assert [one.id for one in list_uploads(house.settings.data_dir)] == [upload.id]


@pytest.mark.parametrize("file", [b"PK\x03\x04 a workbook", b",".join([b"a"] * 300)])
def test_nothing_is_kept_of_what_is_no_list(house: Installation, file: bytes) -> None:
    with pytest.raises(HouseError):
        keep_upload(house.effects, house.settings.data_dir, "list.xlsx", "Sam", BytesIO(file))

    assert files(house) == []


def test_a_trial_counts_and_adds_nobody(house: Installation, upload: UploadedList) -> None:
    house.sign_up("bea@example.org")
    end_subscription(house.db, house.one("bea@example.org").token, house.clock.now)
    before = subscribers.counts(house.db)

    tried = try_upload(house.effects, house.db, house.settings.data_dir, upload, silent)

    assert tried.result
    assert (tried.result.added, tried.result.known, tried.result.refused) == (1, 1, 1)
    assert dict(tried.result.statuses) == {"unsubscribed": 1}
    assert find_upload(house.settings.data_dir, upload.id) == tried
    assert subscribers.counts(house.db) == before


def test_what_cannot_be_tried_is_remembered_with_the_reason(house: Installation, upload: UploadedList) -> None:
    asked = replace(upload, roles={"Email Address": "ignore"})

    with pytest.raises(HouseError, match="no column called email"):
        try_upload(house.effects, house.db, house.settings.data_dir, asked, silent)

    assert "no column called email" in find_upload(house.settings.data_dir, upload.id).trouble


def test_an_import_is_done_once_and_its_file_is_deleted(house: Installation, upload: UploadedList) -> None:
    data_dir = house.settings.data_dir
    save_upload(data_dir, replace(upload, roles={"Interests": "topics"}))

    first = import_upload(house.effects, house.db, data_dir, upload, silent)
    again = import_upload(house.effects, house.db, data_dir, upload, silent)

    assert first == again
    assert first.result
    assert first.result.added == 2
    assert (house.one("ada@example.org").topics, files(house)) == (("neglect",), [".json"])
    assert list_uploads(data_dir) == []
    with pytest.raises(NotFound, match=r"the file is not here any more: members\.csv"):
        preview_upload(data_dir, first)


def test_an_import_that_is_broken_off_adds_nobody_and_can_be_done_again(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.readers.import_readers.PROGRESS_STEP", 2)
    data_dir, told = house.settings.data_dir, list[tuple[int, int]]()
    kept = keep_upload(house.effects, data_dir, "members.csv", "Sam", BytesIO(FILE))

    def stop(rows: int, percent: int) -> None:
        told.append((rows, percent))
        raise HouseError("stopped")

    with pytest.raises(HouseError, match="stopped"):
        import_upload(house.effects, house.db, data_dir, kept, stop)
    assert (told, subscribers.counts(house.db)) == ([(2, 100)], {})

    done = import_upload(house.effects, house.db, data_dir, kept, silent)

    assert done.result
    assert done.result.added == 2


def throw_away(house: Installation, upload: UploadedList) -> None:
    discard_upload(house.settings.data_dir, upload.id)


def forget(house: Installation, upload: UploadedList) -> None:
    now = house.clock.now
    for file in (house.settings.data_dir / "imports").iterdir():
        os.utime(file, (now.timestamp(), now.timestamp()))
    delete_old_files(house.settings, now + UPLOAD_RETENTION - timedelta(minutes=1))
    assert files(house) == [".csv", ".json"]
    delete_old_files(house.settings, now + UPLOAD_RETENTION + timedelta(minutes=1))


@pytest.mark.parametrize("end", [throw_away, forget])
def test_nothing_is_left_of_what_is_thrown_away_or_old(
    house: Installation, upload: UploadedList, end: Callable[[Installation, UploadedList], None]
) -> None:
    end(house, upload)

    assert not [*Path(house.settings.data_dir, "imports").glob("*")]
    with pytest.raises(NotFound, match="no such list waits here"):
        find_upload(house.settings.data_dir, upload.id)


def test_an_address_leads_nowhere_else(house: Installation, upload: UploadedList) -> None:
    with pytest.raises(NotFound):
        find_upload(house.settings.data_dir, "../../etc/passwd")
