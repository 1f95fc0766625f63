"""Query plans: no named query reads a table from one end to the other."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from db.mail import saved_searches
from db.schema.connect import Database, connect, create, write_transaction
from tests.bench.queries import NAMED, Size, fill, plan, statements, table_scans
from tests.support.copies import copied


def fill_house() -> None:
    """A house of so many reviews that their statistics count, in the working folder."""
    with closing(create(Path("filled.db"))) as db:
        with write_transaction(db):
            fill(db, Size(reviews=1_100, issues=24, readers=10, years=1))
        db.execute("ANALYZE")


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("filled", [False, True])
def test_a_named_query_goes_by_an_index(tmp_path: Path, db: Database, name: str, filled: bool) -> None:
    if filled:
        copied(tmp_path, "filled for queries", fill_house)
        with closing(connect(tmp_path / "filled.db")) as full:
            asked = [(sql, plan(full, sql)) for sql in statements(full, NAMED[name])]
    else:
        asked = planned(db, name)

    assert asked
    assert [(sql, scans) for sql, details in asked if (scans := table_scans(details))] == []


def test_what_a_million_were_answered_is_not_sorted(db: Database) -> None:
    (sql,) = statements(db, NAMED["deliveries.list_deferrals"])

    assert plan(db, sql) == ["SEARCH deliveries USING INDEX deliveries_deferred (period=?)"]


def test_saved_searches_are_asked_for_their_own_readers_not_all_readers_for_searches(db: Database) -> None:
    (sql,) = statements(db, lambda db: saved_searches.list_awake(db, date(2026, 11, 30)))

    assert [detail for detail in plan(db, sql) if "subscribers" in detail] == [
        "SEARCH subscribers USING INTEGER PRIMARY KEY (rowid=?)"
    ]


def planned(db: Database, name: str) -> list[tuple[str, list[str]]]:
    """The same of an empty house, where nothing may be found."""
    from core.errors import NotFound

    asked: list[str] = []
    try:
        asked = statements(db, NAMED[name])
    except NotFound:
        asked = ["SELECT * FROM reviews WHERE key = 'x'"]
    return [(sql, plan(db, sql)) for sql in asked]


def test_a_scan_is_told_from_a_search() -> None:
    assert table_scans(["SCAN r", "SEARCH r USING INDEX x (a=?)", "SCAN json_each VIRTUAL TABLE INDEX 1:"]) == [
        "SCAN r"
    ]
    assert table_scans(["SCAN runs USING COVERING INDEX runs_by_time"]) == [
        "SCAN runs USING COVERING INDEX runs_by_time"
    ]
