"""Query plans: no named query reads a table from one end to the other."""

import pytest

from db.schema.connect import Database, write_transaction
from tests.bench.queries import NAMED, Size, fill, plan, statements, table_scans


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("filled", [False, True])
def test_a_named_query_goes_by_an_index(db: Database, name: str, filled: bool) -> None:
    if filled:
        with write_transaction(db):
            fill(db, Size(reviews=1_100, issues=24, readers=10, years=1))
        db.execute("ANALYZE")

    asked = [(sql, plan(db, sql)) for sql in statements(db, NAMED[name])] if filled else planned(db, name)

    assert asked
    assert [(sql, scans) for sql, details in asked if (scans := table_scans(details))] == []


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
