"""Databases of every schema that was ever released, opened by the code of today."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StoreError
from db.collection import reviews
from db.mail import issues, subscribers
from db.schema.connect import connect
from db.schema.migrations import MIGRATION_NAMES
from tests.conftest import Typed

Type = Callable[..., Typed]
SAMPLES = sorted((Path(__file__).parents[1] / "schemas").glob("*.db.gz"))
SCHEMAS = [file.name.removesuffix(".db.gz") for file in SAMPLES]
TODAY = max(MIGRATION_NAMES)
EARLIER = [name for name in SCHEMAS if name != TODAY]
UNRELEASED = {"m001_collection", "m002_issues", "m004_health", "m005_crawls", "m008_delivery", "m009_web"}
# each of these came in one commit with those after it: no version had it as its last


def sample(schema: str, file: Path) -> Path:
    """A database of a schema in a file of its own."""
    file.parent.mkdir(parents=True, exist_ok=True)
    packed = Path(__file__).parents[1] / "schemas" / f"{schema}.db.gz"
    file.write_bytes(gzip.decompress(packed.read_bytes()))
    return file


def last(file: Path) -> str:
    """The last migration that a database has had."""
    with closing(sqlite3.connect(file)) as db:
        return str(db.execute("SELECT MAX(name) FROM _sqlite_migrations").fetchone()[0])


def test_every_schema_before_a_migration_has_its_sample() -> None:
    assert sorted(set(SCHEMAS) | UNRELEASED | {TODAY}) == sorted(MIGRATION_NAMES), (
        "run python -m tests.db.schemas.make COMMIT"
    )


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_sample_has_the_schema_of_its_name(tmp_path: Path, schema: str) -> None:
    assert last(sample(schema, tmp_path / "old.db")) == schema


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_earlier_database_is_brought_up_to_date_and_sound(tmp_path: Path, schema: str) -> None:
    file = sample(schema, tmp_path / "casereviews.db")

    with closing(connect(file)) as db:
        reviews.reindex(db)
        found = reviews.search(db, "online grooming")
        sent = issues.get(db, "2016-09")
        people = [one.email for one in subscribers.listing(db)]
        checks = [db.execute(f"PRAGMA {name}").fetchall() for name in ("integrity_check", "foreign_key_check")]

    assert [[tuple(row) for row in rows] for rows in checks] == [[("ok",)], []]
    assert last(file) == TODAY
    assert "Ashcombe and Vale" in found[0][0].title
    assert (len(sent.issue.reviews), "Suffolk" in sent.html) == (4, True)
    assert people == (["ada@example.org", "ben@example.org"] if schema >= "m007" else [])


@pytest.mark.parametrize("schema", EARLIER)
def test_a_copy_is_made_before_the_first_migration(tmp_path: Path, schema: str) -> None:
    file = sample(schema, tmp_path / "casereviews.db")
    with closing(sqlite3.connect(file)) as db:
        before = list(db.iterdump())

    connect(file).close()

    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name == f"before-{min(name for name in MIGRATION_NAMES if name > schema)}.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert last(copy) == schema
    with closing(sqlite3.connect(copy)) as db:
        assert list(db.iterdump()) == before


def test_a_fresh_database_and_one_that_is_up_to_date_are_not_copied(tmp_path: Path) -> None:
    from db.schema.connect import create

    create(tmp_path / "casereviews.db").close()
    connect(tmp_path / "casereviews.db").close()

    assert not (tmp_path / "backups").exists()


def test_a_later_upgrade_copies_what_is_there_then(tmp_path: Path) -> None:
    file = sample("m007_subscribers", tmp_path / "casereviews.db")
    connect(file).close()
    sample("m007_subscribers", file)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE subscribers SET email = 'cleo@example.org' WHERE email = 'ada@example.org'")

    connect(file).close()

    with closing(sqlite3.connect(tmp_path / "backups" / "before-m008_delivery.db")) as db:
        emails = [row[0] for row in db.execute("SELECT email FROM subscribers ORDER BY id")]
    assert emails == ["cleo@example.org", "ben@example.org"]


def test_without_a_copy_nothing_is_migrated(tmp_path: Path) -> None:
    file = sample("m007_subscribers", tmp_path / "casereviews.db")
    (tmp_path / "backups").write_text("no folder")

    with pytest.raises(StoreError, match=r"was not brought up to date: .*no copy of it .* Free \d+ MB there") as raised:
        connect(file)

    assert "\n" not in str(raised.value)
    assert last(file) == "m007_subscribers"


def test_an_earlier_database_works_from_the_command_line(typed: Type) -> None:
    for schema in EARLIER:
        sample(schema, Path(schema, "casereviews.db"))
        listed = json.loads(typed("--data-dir", schema, "reviews", "list", "--json").out)
        built = typed("--data-dir", schema, "issue", "build", "2016-09")

        assert (schema, len(listed)) == (schema, 7)
        assert "4 new" in built.out


def test_the_way_back_is_to_restore_the_copy(typed: Type, tmp_path: Path) -> None:
    file = sample("m007_subscribers", Path("data/casereviews.db"))
    assert typed("issue", "list").code == 0

    answer = typed("restore", "data/backups/before-m008_delivery.db")

    assert answer.code == 0
    assert "Brought up to date: m008_delivery" in answer.out  # an older version would leave it as it is
    assert last(file) == TODAY


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = sample(SCHEMAS[-1], tmp_path / "casereviews.db")
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('casereviews', 'm999', '2030')"
        )

    with pytest.raises(StoreError, match="made by a newer version"):
        connect(file)

    assert last(file) == "m999"
    assert not (tmp_path / "backups").exists()
