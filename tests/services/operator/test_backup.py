"""The copies that the timer keeps."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db.collection import reading_lists
from db.collection.reading_lists import ReadingList
from db.schema.connect import write_transaction
from services.operator.backup import latest_backup
from tests.conftest import Typed
from tests.support.timed_installation import Installation, news, notices, utc

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
DATA = Path("data")
Type = Callable[..., Typed]


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house with one reader and one new review, in January 2026."""
    with news() as made:
        yield made


def test_the_timer_makes_one_copy_a_day_and_keeps_two_weeks_of_them(house: Installation) -> None:
    house.until("2026-02-12 00:00", ("06:40", "12:00"))

    kept = sorted(file.name for file in (DATA / "backups").iterdir())

    assert kept == [f"casereviews-2026-{day}.db" for day in ["01-28", "01-29", "01-30", "01-31"]] + [
        f"casereviews-2026-02-{day:02}.db" for day in range(1, 12)
    ]
    done = house.tick("2026-02-12 07:00")
    assert [words.split(",")[0] for words in done if "copied" in words] == [
        "copied the database: casereviews-2026-02-12.db"
    ]
    assert house.tick("2026-02-12 07:01") == []


def test_a_house_that_was_moved_without_its_copies_makes_one_at_once(house: Installation) -> None:
    house.tick("2026-01-13 07:00")
    shutil.rmtree(DATA / "backups")

    found = house.tick("2026-01-13 07:05"), house.tick("2026-01-13 07:10")

    assert [words.split(",")[0] for words in found[0]] == ["copied the database: casereviews-2026-01-13.db"]
    assert found[1] == []


def test_a_copy_goes_where_it_is_wanted_or_nowhere(house: Installation) -> None:
    house.configure('[backup]\nfolder = "safe/copies"\n')
    house.tick("2026-01-13 07:00")
    house.configure("[backup]\nkeep_days = 0\n")
    house.tick("2026-01-14 07:00")

    assert [file.name for file in Path("safe/copies").iterdir()] == ["casereviews-2026-01-13.db"]


def test_a_copy_by_hand_into_the_folder_of_the_daily_ones_is_the_days(house: Installation, typed: Type) -> None:
    shutil.rmtree(DATA / "backups", ignore_errors=True)
    dry = typed("backup", "data/backups", "--dry-run")
    first, again = typed("backup", "data/backups"), typed("backup", str(DATA.absolute() / "backups"))
    (copy,) = (DATA / "backups").iterdir()

    assert (dry.code, first.code, again.code) == (0, 0, 0)
    assert re.fullmatch(r"casereviews-\d{4}-\d\d-\d\d\.db", copy.name)
    assert latest_backup(DATA / "backups")


def test_only_daily_copies_are_deleted_and_the_newest_never(house: Installation) -> None:
    folder = DATA / "backups"
    folder.mkdir(exist_ok=True)
    for name in ("mine.db", "casereviews-2020-01-01.db.old", "casereviews-2020-13-01.db", "casereviews-2020-01-01.db"):
        (folder / name).write_text("")
    house.tick("2026-01-13 07:00")
    ahead = {file.name for file in folder.iterdir()}
    house.at = utc("2027-06-01 07:00")

    house.tick()

    left = {file.name for file in folder.iterdir()}
    assert "casereviews-2020-01-01.db" not in ahead
    assert {"mine.db", "casereviews-2020-01-01.db.old", "casereviews-2020-13-01.db"} < left
    assert "casereviews-2026-01-13.db" in left  # a clock that leaps is not believed yet


def test_a_copy_that_cannot_be_made_is_told_once_and_stops_nothing(house: Installation) -> None:
    shutil.rmtree(DATA / "backups")
    (DATA / "backups").write_text("no folder")

    first, second = house.tick("2026-01-13 07:00"), house.tick("2026-01-13 08:00")

    assert any(words.startswith("read nspcc") for words in first)
    assert [words for words in second if words.startswith("backup failed: the day's copy could not be kept")]
    assert notices().count("backup failed") == 1
    (DATA / "backups").unlink()
    assert house.tick("2026-01-13 09:00")[-1].startswith("copied the database")
    assert not any("failing" in line for line in house.standing())


def test_a_reading_list_is_deleted_a_year_after_its_last_change(house: Installation) -> None:
    with closing(house.db()) as db, write_transaction(db):
        for token, day in (("A" * 22, "2025-01-12"), ("B" * 22, "2025-01-14")):
            reading_lists.save(db, ReadingList(token, "Hidden men", (1,), utc(f"{day} 12:00")))

    assert "deleted 1 reading list that nobody had changed for a year" in house.tick("2026-01-13 07:00")

    with closing(house.db()) as db:
        assert [bool(reading_lists.get(db, token * 22)) for token in "AB"] == [False, True]


def test_old_messages_and_spare_copies_are_deleted_in_time(house: Installation) -> None:
    old, fresh = DATA / "outbox" / "2025-08" / "old.eml", DATA / "outbox" / "2025-12" / "fresh.eml"
    spares = [DATA / "replaced-2025-12-01T120000.db", DATA / "backups" / "before-m008_delivery.db"]
    kept = [DATA / "replaced-2026-01-01T120000.db", DATA / "backups" / "before-m010_search.db", DATA / "replaced.txt"]
    days = {"2025-08-01": [old], "2025-12-01": spares, "2025-12-24": [fresh], "2025-12-30": kept}
    for file, day in ((file, day) for day, files in days.items() for file in files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        os.utime(file, (utc(f"{day} 12:00").timestamp(),) * 2)

    done = house.tick("2026-01-13 07:00")

    assert "deleted 1 old messages from the outbox and 2 old spare copies of the database" in done
    assert not any(file.exists() for file in [old, old.parent, *spares])
    assert all(file.exists() for file in [fresh, *kept])
