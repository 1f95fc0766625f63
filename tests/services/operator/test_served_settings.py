"""Served settings: that serve runs with older ones than its files have."""

import os
from pathlib import Path

from db.operator import job_log
from db.schema.connect import Database, write_transaction
from services.operator.served_settings import (
    forget_served_settings,
    list_settings_lines,
    read_file_times,
    save_served_settings,
)
from tests.support.signups import NOW, Installation


def words(house: Installation) -> list[str]:
    return [line.words for line in list_settings_lines(house.settings, house.db)]


def test_a_file_that_was_written_since_is_named_until_it_is_taken_into_use(db: Database) -> None:
    house, file = Installation(db), Path("casereviews.toml")
    files = (file, Path(".env"))
    file.write_text("a")
    save_served_settings(db, ["web", "timer"], read_file_times(files), NOW)
    found = [words(house)]
    os.utime(file, ns=(1, 1))  # also a file that was put back to an older one
    found.append(words(house))
    save_served_settings(db, ["web"], read_file_times(files), NOW)
    found.append(words(house))
    save_served_settings(db, ["timer"], read_file_times(files), NOW)
    Path(".env").touch()
    found.append(words(house))
    forget_served_settings(db, ["web", "timer"])
    found.append(words(house))

    both = "the pages and the jobs of the timer run with the settings of 23 November 2026 at 09:00, and"
    assert [[line.partition(" changed")[0] for line in lines] for lines in found] == [
        [],
        [f"{both} casereviews.toml"],
        ["the jobs of the timer run with the settings of 23 November 2026 at 09:00, and casereviews.toml"],
        [f"{both} .env"],
        [],
    ]


def test_a_timer_that_cron_has_taken_over_reads_them_anew(db: Database) -> None:
    house = Installation(db)
    save_served_settings(db, ["timer"], {"/gone": 1}, NOW)
    before = words(house)
    with write_transaction(db):
        job_log.save(db, "tick", NOW, "tick")

    assert (len(before), words(house)) == (1, [])
