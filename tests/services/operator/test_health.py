"""Is it all right? What `status`, /healthz and /ops answer from, each trouble by itself."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.scheduler import tick
from app.scheduler.job_context import JobContext as TimersHouse
from core.config.schema import BackupSettings, Settings, SupportSettings
from core.source_records import Run
from db.collection import runs
from db.operator import job_failures, job_log
from db.schema.connect import Database, connect, write_transaction
from services.operator.backup import latest_backup
from services.operator.health import MEGABYTE, assess_health, disk_space_line
from tests.conftest import Typed
from tests.support.installation import PAGES, configure
from tests.support.issue_sending import prepare
from tests.support.signups import NOW, Installation
from tests.support.timed_installation import utc


@pytest.fixture
def house(db: Database) -> Installation:
    """A house that was read well today, whose timer ticked just now, and has a copy of today."""
    made = Installation(db)
    with write_transaction(db):
        runs.add(db, Run("nspcc", NOW - timedelta(hours=2), pages=1, seen=4))
        job_log.save(db, "tick", NOW, "tick")
    copied(made.settings, NOW)
    return made


def copied(settings: Settings, day: datetime) -> Path:
    """A daily copy of that day."""
    settings.backups.mkdir(exist_ok=True)
    file = settings.backups / f"casereviews-{day:%Y-%m-%d}.db"
    file.write_bytes(b"x" * 2_000_000)
    return file


def ill(house: Installation) -> list[tuple[str, str]]:
    """What is not all right: about what, and the words that everybody may read."""
    return [(line.about, line.brief) for line in assess_health(house.settings, house.db, house.clock.now).troubles]


def words(house: Installation, about: str) -> str:
    (line,) = [one for one in assess_health(house.settings, house.db, house.clock.now).lines if one.about == about]
    return line.words


def test_a_house_that_is_well_has_no_troubles(house: Installation) -> None:
    assert ill(house) == []


def test_a_source_whose_first_read_failed_was_not_read_yet_and_a_later_failure_says_nothing(
    house: Installation,
) -> None:
    def cautions() -> list[str]:
        lines = assess_health(house.settings, house.db, house.clock.now).cautions
        return [line.caution for line in lines if line.about == "nspcc"]

    runs.add(house.db, Run("nspcc", NOW - timedelta(hours=1), problems=("answered 404",), failed=True))
    assert cautions() == []
    house.db.execute("DELETE FROM runs WHERE failed = 0")
    assert cautions() == ["nspcc was not read yet"]


# The timer


@pytest.mark.parametrize(
    ("who", "minutes", "found"),
    [
        ("tick", 59, []),
        ("tick", 61, [("timer", "does not run")]),
        ("", 59, []),  # of a version that did not say who
        ("serve", 4, []),
        ("serve", 6, [("timer", "does not run")]),
    ],
)
def test_the_timer_is_dead_after_an_hour_that_of_serve_after_five_minutes(
    house: Installation, who: str, minutes: int, found: list[tuple[str, str]]
) -> None:
    with write_transaction(house.db):
        job_log.save(house.db, "tick", NOW - timedelta(minutes=minutes), who)

    assert ill(house) == found


def test_a_timer_at_long_work_lives_as_long_as_it_beats_but_not_for_ever(house: Installation) -> None:
    with write_transaction(house.db):
        job_log.save(house.db, "tick", NOW, "serve")
    found = []
    for hours in (1, 11, 13):
        house.clock.now = NOW + timedelta(hours=hours)
        list(tick.record_heartbeat(TimersHouse(house.effects, house.settings, house.db, None)))  # type: ignore[arg-type]
        house.clock.move(minutes=2)
        found.append(ill(house))

    assert found == [[], [], [("timer", "is stuck")]]
    assert "the timer is at one and the same work since" in words(house, "timer")


@pytest.mark.parametrize(("minutes", "found"), [(50, []), (61, [("timer", "does not run")])])
def test_a_tick_that_delivers_for_hours_is_at_work(
    typed: Callable[..., Typed], tmp_path: Path, minutes: int, found: list[tuple[str, str]]
) -> None:
    prepare(tmp_path, readers=3)
    with closing(connect(tmp_path / "data" / "casereviews.db")) as db:
        house = Installation(db)
        assert typed("issue", "send", "2016-09").code == 1  # no server listens there
        with write_transaction(db):
            job_log.save(db, "tick", NOW - timedelta(hours=13), "tick")
            db.execute("UPDATE deliveries SET changed_at = ?", [f"{NOW - timedelta(minutes=minutes):%FT%TZ}"])

        assert [one for one in ill(house) if one[0] == "timer"] == found


def test_a_tick_says_whose_it_is(house: Installation) -> None:
    for patient, who in ((True, "serve"), (False, "tick")):
        stopped = TimersHouse(house.effects, house.settings, house.db, _Set())  # type: ignore[arg-type]
        list(tick.run_scheduled(stopped, patient))
        ticked = job_log.get(house.db, "tick")
        assert ticked
        assert ticked.details == who


class _Set:
    """It is time to end, so that no chore is done."""

    def is_set(self) -> bool:
        return True


def test_a_chore_that_fails_is_named_without_its_words(house: Installation) -> None:
    with write_transaction(house.db):
        job_failures.save(house.db, "emails", NOW, "no route to 10.0.0.1")

    assert ill(house) == [("emails", "fails")]


# Letters, deliveries


@pytest.mark.parametrize(
    ("state", "minutes", "count"), [("queued", 59, 0), ("queued", 61, 1), ("sending", 61, 1), ("sent", 999, 0)]
)
def test_letters_that_wait_too_long_or_are_stuck_in_hand_are_a_trouble(
    house: Installation, state: str, minutes: int, count: int
) -> None:
    house.sign_up("ada@example.org")
    house.db.execute("UPDATE transactional_mail SET state = ?", [state])
    house.clock.move(minutes=minutes)
    with write_transaction(house.db):
        job_log.save(house.db, "tick", house.clock.now, "tick")

    assert len(ill(house)) == count
    if count:
        assert words(house, "emails").startswith("1 email about subscriptions should have left on 23 November 2026")


def test_a_letter_that_a_server_keeps_putting_off_is_no_trouble_of_ours(house: Installation) -> None:
    house.sign_up("ada@dead.example.org")
    house.db.execute("UPDATE transactional_mail SET due_at = '2026-11-23T13:00:00Z', attempts = 5")
    house.clock.move(hours=3)
    with write_transaction(house.db):
        job_log.save(house.db, "tick", house.clock.now, "tick")

    assert ill(house) == []


@pytest.mark.parametrize(
    ("states", "found"),
    [
        (("sent", "refused", "unknown"), []),
        (("refused", "refused", "unknown"), [("outcome", "the last issue reached nobody")]),
    ],
)
def test_who_the_last_issue_did_not_reach_is_told_and_a_trouble_only_when_it_was_everybody(
    typed: Callable[..., Typed], tmp_path: Path, states: tuple[str, ...], found: list[tuple[str, str]]
) -> None:
    prepare(tmp_path, readers=3)
    with closing(connect(tmp_path / "data" / "casereviews.db")) as db:
        house = Installation(db)
        assert typed("issue", "send", "2016-09").code == 1  # no server listens there
        for number, state in enumerate(states, 1):
            db.execute("UPDATE deliveries SET state = ? WHERE id = ?", [state, number])
        db.execute("UPDATE issues SET status = 'sent', sent_at = '2026-11-23T00:00:00Z'")

        assert [one for one in ill(house) if one[0] == "outcome"] == found
        assert words(house, "outcome").startswith("the issue of September 2016 was sent: ")


# The disk, the copies, the clock


@pytest.mark.parametrize(
    ("free", "held", "well"),
    [
        (501 * MEGABYTE, MEGABYTE, True),
        (499 * MEGABYTE, MEGABYTE, False),
        (2100 * MEGABYTE, 1000 * MEGABYTE, True),
        (1900 * MEGABYTE, 1000 * MEGABYTE, False),
    ],
)
def test_the_disk_needs_room_for_two_more_of_the_database(free: int, held: int, well: bool) -> None:
    assert disk_space_line(free, held).ok is well


def test_a_small_disk_is_a_trouble_with_figures(house: Installation, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", small], capture_output=True).returncode:
        pytest.skip("no leave to mount a file system")
    try:
        house.settings = house.settings.replace(data_dir=small)
        copied(house.settings, NOW)

        assert ill(house) == [("disk", "is nearly full")]
        assert words(house, "disk").startswith("6.4 MB are free on the disk, and the database takes 0.0 MB; free some")
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize(("days", "brief"), [(3, ""), (4, "is too old")])
def test_the_newest_copy_may_be_three_days_old(house: Installation, days: int, brief: str) -> None:
    for file in house.settings.backups.iterdir():
        file.unlink()
    copied(house.settings, NOW - timedelta(days=20))
    copied(house.settings, NOW - timedelta(days=days))
    (house.settings.backups / "casereviews-2026-02-31.db").touch()  # no day
    (house.settings.backups / "casereviews-2999-01-01.db.part").touch()

    assert ill(house) == ([("backup", brief)] if brief else [])
    assert "of " + ("20" if days == 3 else "19") + " November 2026, 2.0 MB" in words(house, "backup")


def test_no_copy_at_all_is_a_trouble_once_the_timer_had_time_to_make_one(house: Installation) -> None:
    for file in house.settings.backups.iterdir():
        file.unlink()
    found = [ill(house)]
    house.db.execute("UPDATE runs SET started_at = '2026-11-10T00:00:00Z'")
    runs.add(house.db, Run("nspcc", NOW, pages=1, seen=4))
    found.append(ill(house))
    job_log.delete(house.db, "tick")
    found.append(ill(house))
    job_log.save(house.db, "tick", NOW)
    house.settings = house.settings.replace(backup=BackupSettings(keep_days=0))
    found.append(ill(house))

    assert found == [[], [("backup", "is missing")], [], []]
    assert latest_backup(house.settings.backups) is None


def test_a_clock_that_was_put_back_is_said_for_a_week(house: Installation) -> None:
    house.clock.move(days=-30)
    before = ill(house)
    list(tick.run_scheduled(TimersHouse(house.effects, house.settings, house.db, _Set())))  # type: ignore[arg-type]
    after = ill(house)
    house.clock.move(days=8)
    job_log.save(house.db, "tick", house.clock.now, "tick")

    assert ("clock", "is behind") in before
    assert ("clock", "was put back") in after
    assert not [one for one in ill(house) if one[0] == "clock"]


def test_support_lines_unchecked_for_a_year_are_told_and_no_trouble(house: Installation) -> None:
    house.settings = house.settings.replace(support=SupportSettings(checked=utc("2025-11-22 00:00").date()))

    assert ill(house) == []
    assert "were last checked 366 days ago" in words(house, "support")


def test_the_age_of_support_lines_is_that_of_the_site_s_own_days(house: Installation) -> None:
    house.settings = house.settings.replace(support=SupportSettings(checked=utc("2025-06-30 00:00").date()))
    house.clock.now = utc("2026-06-30 23:30")  # 1 July in London

    assert "were last checked 366 days ago" in words(house, "support")


# The command


@pytest.fixture
def read(typed: Callable[..., Typed]) -> Iterator[Callable[..., Typed]]:
    configure()
    typed("init")
    typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"))
    return typed


def test_status_names_the_first_trouble_and_how_many_more_there_are(read: Callable[..., Typed]) -> None:
    with closing(connect(Path("data/casereviews.db"))) as db, write_transaction(db):
        for name in ("emails", "link checks", "delivery"):
            job_failures.save(db, name, utc("2026-01-01 09:00"), "no route")
        job_log.save(db, "tick", utc("2026-01-01 09:00"))

    answer = read("status")

    assert answer.code == 1
    first, *rest = answer.out.splitlines()
    assert first.startswith("Not all is well: the timer last ran on 1 January 2026 at 09:00; start it: casereviews ")
    assert first.endswith("; and 3 more.")
    assert [line[:20] for line in rest if line.startswith("!")] == [
        "! the timer last ran",
        "! delivery: failing ",
        "! emails: failing si",
        "! link checks: faili",
    ]


def test_status_as_json_keeps_its_keys_and_has_every_line(read: Callable[..., Typed]) -> None:
    found = json.loads(read("status", "--json").out)

    assert " ".join(found) == "ok summary cautions sources reviews last_issue timer health sending"
    assert [list(one) for one in found["health"]] == [["about", "ok", "words"]] * len(found["health"])
    assert {"nspcc", "emails", "disk", "backup"} <= {one["about"] for one in found["health"]}


def test_status_works_where_nothing_can_be_written_and_says_so(read: Callable[..., Typed]) -> None:
    if os.getuid() != 0:
        Path("data").chmod(0o555)
    elif subprocess.run(["mount", "--bind", "data", "data"], capture_output=True).returncode:
        pytest.skip("no leave to mount a file system")
    else:
        subprocess.run(["mount", "-o", "remount,ro,bind", "data"], check=True)
    try:
        answer = read("status")
    finally:
        _ = subprocess.run(["umount", "data"], check=True) if os.getuid() == 0 else Path("data").chmod(0o755)

    assert (answer.code, answer.err) == (1, "")
    assert answer.out.startswith("Not all is well: the database cannot be")
