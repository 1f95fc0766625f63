"""Upgrades: a database one migration behind is brought up to date; one from before 0.1.0 is refused."""

import csv
import gzip
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from core.errors import StoreError
from db.files import backup
from db.mail import subscribers
from db.schema import migrations, tables
from db.schema.connect import connect, create
from tests.conftest import Typed
from tests.support.later_schema import LATER, TODAY, know_one_more

Type = Callable[..., Typed]
UNRELEASED = Path(__file__).parents[1] / "schemas" / "before_0_1_0.db.gz"  # of the last schema before the first version
EXPORTED = UNRELEASED.with_name("before_0_1_0.csv")  # what its own version printed: casereviews subscribers export
REFUSED = r"made before version 0\.1\.0: .*subscribers export > readers\.csv.*subscribers import readers\.csv"


@pytest.fixture
def house(typed: Type) -> Path:
    """A database of today's schema with a reader in it."""
    assert typed("init").code == 0
    assert typed("subscribers", "add", "ada@example.org", "--confirmed", "--consent", "paper").code == 0
    return Path("data/casereviews.db").absolute()


@pytest.fixture
def later(house: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, once the program knows one migration more."""
    know_one_more(monkeypatch)
    return house


def unreleased(file: Path) -> Path:
    """A database made before the first version, with two readers, in a file of its own."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.decompress(UNRELEASED.read_bytes()))
    return file


def last(file: Path) -> str:
    """The last migration that a database has had."""
    with closing(sqlite3.connect(file)) as db:
        return str(db.execute("SELECT MAX(name) FROM _sqlite_migrations").fetchone()[0])


def dump(file: Path) -> list[str]:
    """All that is in a database."""
    with closing(sqlite3.connect(file)) as db:
        return list(db.iterdump())


def test_who_changes_the_first_schema_gives_its_step_another_name() -> None:
    """Else a database made before the change would be taken for one of today's."""
    text = "\n".join(tables.statements())

    assert (migrations.STEPS[0].__name__, sha256(text.encode()).hexdigest()[:16]) == (
        "m001_schema_with_report_pages",
        "176c51abd814dcfb",
    )


@pytest.mark.parametrize("step", migrations.UNRELEASED)
def test_every_schema_from_before_the_first_version_is_refused_in_one_line(house: Path, typed: Type, step: str) -> None:
    with closing(sqlite3.connect(house)) as db, db:
        db.execute("UPDATE _sqlite_migrations SET name = ?", [step])

    refused = typed("status")

    (line,) = refused.err.splitlines()
    assert refused.code == 1
    assert line.startswith("casereviews: the database was made before version 0.1.0: ")


def test_an_earlier_database_is_brought_up_to_date_and_sound(later: Path) -> None:
    with closing(connect(later)) as db:
        people = [one.email for one in subscribers.listing(db)]
        checks = [db.execute(f"PRAGMA {name}").fetchall() for name in ("integrity_check", "foreign_key_check")]

    assert [[tuple(row) for row in rows] for rows in checks] == [[("ok",)], []]
    assert (last(later), people) == (LATER, ["ada@example.org"])


def test_a_copy_is_made_before_the_first_migration(later: Path) -> None:
    before = dump(later)

    connect(later).close()

    (copy,) = (later.parent / "backups").iterdir()
    assert copy.name == f"before-{LATER}.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert (last(copy), dump(copy)) == (TODAY, before)


def test_a_fresh_database_and_one_that_is_up_to_date_are_not_copied(tmp_path: Path) -> None:
    create(tmp_path / "casereviews.db").close()
    connect(tmp_path / "casereviews.db").close()

    assert not (tmp_path / "backups").exists()


def test_a_later_upgrade_copies_what_is_there_then(later: Path) -> None:
    first = later.read_bytes()
    connect(later).close()
    later.write_bytes(first)
    with closing(sqlite3.connect(later)) as db, db:
        db.execute("UPDATE subscribers SET email = 'cleo@example.org'")

    connect(later).close()

    with closing(sqlite3.connect(later.parent / "backups" / f"before-{LATER}.db")) as db:
        assert [row[0] for row in db.execute("SELECT email FROM subscribers ORDER BY id")] == ["cleo@example.org"]


def test_without_a_copy_nothing_is_migrated(later: Path) -> None:
    (later.parent / "backups").write_text("no folder")

    with pytest.raises(StoreError, match=r"was not brought up to date: .*no copy of it .* Free \d+ MB there") as raised:
        connect(later)

    assert "\n" not in str(raised.value)
    assert last(later) == TODAY


def test_an_earlier_database_works_from_the_command_line(later: Path, typed: Type) -> None:
    listed = json.loads(typed("subscribers", "list", "--json").out)

    assert len(listed) == 1
    assert last(later) == LATER


def test_the_way_back_is_to_restore_the_copy(later: Path, typed: Type) -> None:
    assert typed("issue", "list").code == 0

    answer = typed("restore", f"data/backups/before-{LATER}.db")

    assert answer.code == 0
    assert f"Brought up to date: {LATER}" in answer.out  # an older version would leave it as it is
    assert last(later) == LATER


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(later: Path) -> None:
    with closing(sqlite3.connect(later)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('casereviews', 'm9999', '2030')"
        )

    with pytest.raises(StoreError, match="made by a newer version"):
        connect(later)

    assert last(later) == "m9999"
    assert not (later.parent / "backups").exists()


def test_the_schema_is_strict_and_says_what_its_tables_hold(house: Path) -> None:
    with closing(connect(house)) as db:
        ours = "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        loose = [row[0] for row in db.execute(ours) if not row[1]]
        sql = db.execute("SELECT sql FROM sqlite_master WHERE name = 'deliveries'").fetchone()[0]

    assert [name for name in loose if not name.startswith(("_sqlite", "sqlite_"))] == []
    assert "-- NULL: erased since" in sql


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("INSERT INTO source_states VALUES (?, ?, '2026', '', ?)", ("nspcc", "wel", 0)),
        ("INSERT INTO source_states VALUES (?, ?, '2026', '', ?)", ("nspcc", "well", 2)),
        ("INSERT INTO issue_marks VALUES (?, ?, ?, '')", ("2026-01", "lat", "2026")),
        ("UPDATE subscribers SET status = ?", ("activ",)),
        ("UPDATE subscribers SET edition = ?", ("long",)),
        ("UPDATE subscribers SET rest = ?", ("some",)),
        ("UPDATE subscribers SET only_when_matching = ?", (3,)),
        ("UPDATE subscribers SET only_when_matching = ?", ("yes",)),
        ("INSERT INTO review_facets VALUES (?, ?)", (1, 1)),
        ("INSERT INTO corrections (period, number) VALUES (?, ?)", ("2026-01", 1)),
    ],
)
def test_what_is_no_state_or_refers_to_nothing_is_refused(house: Path, statement: str, values: tuple[object]) -> None:
    with closing(connect(house)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute(statement, list(values))


# Made before version 0.1.0


@pytest.mark.parametrize("opening", [connect, create, lambda file: connect(file, reading=True)])
def test_a_database_from_before_the_first_version_is_refused_and_left_as_it_is(
    tmp_path: Path, opening: Callable[[Path], object]
) -> None:
    file = unreleased(tmp_path / "casereviews.db")
    before = dump(file)

    with pytest.raises(StoreError, match=f"the database was {REFUSED}") as raised:
        opening(file)

    assert "\n" not in str(raised.value)
    assert dump(file) == before
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize("words", ["status", "issue list", "backup copy.db", "check", "tick", "scrape", "init"])
def test_every_command_refuses_it_in_one_line(typed: Type, words: str) -> None:
    file = unreleased(Path("data/casereviews.db"))
    before = dump(file)

    answer = typed(*words.split())

    said = [line for line in f"{answer.out}\n{answer.err}".splitlines() if "made before version 0.1.0" in line]
    assert answer.code != 0
    assert len(said) == 1, answer
    assert dump(file) == before
    assert not Path("copy.db").exists()


def test_a_backup_from_before_the_first_version_is_refused(house: Path, typed: Type) -> None:
    unreleased(Path("old.db"))
    before = dump(house)

    answer = typed("restore", "old.db", "--yes")

    assert answer.code != 0
    assert re.search(f"the backup was {REFUSED}", answer.err), answer.err
    assert [line for line in dump(house) if "this was not done: restore" not in line] == before


def test_a_copy_of_it_is_refused(tmp_path: Path) -> None:
    file = unreleased(tmp_path / "casereviews.db")

    with pytest.raises(StoreError, match=REFUSED):
        backup.copy_database(file, tmp_path / "copy.db")

    assert [one.name for one in tmp_path.iterdir()] == ["casereviews.db"]


def test_its_readers_are_brought_over_as_a_list(typed: Type) -> None:
    assert typed("init").code == 0

    answer = typed("subscribers", "import", str(EXPORTED), "--confirmed", "--consent", "paper", "--json")

    with closing(connect(Path("data/casereviews.db"))) as db:
        people = {one.email: (one.status, one.edition, one.matching, one.nations) for one in subscribers.listing(db)}
        topics = [one.topics for one in subscribers.listing(db) if one.email == "cleo@example.org"]
    assert json.loads(answer.out)["added"] == 2, answer
    assert people == {
        "ada@example.org": ("active", "full", False, ()),
        "cleo@example.org": ("active", "short", True, ("Wales",)),
    }
    assert topics == [("neglect", "suicide")]


def test_the_list_is_what_that_version_exported_of_that_database() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(gzip.decompress(UNRELEASED.read_bytes()))
        held = [row[0] for row in db.execute("SELECT email FROM subscribers ORDER BY id")]

    assert [row["email"] for row in csv.DictReader(EXPORTED.read_text().splitlines())] == held
