"""Lists of the desk page by page: everybody of a status or domain once, deliveries of the same time in their order."""

from datetime import UTC, datetime

from core.states import SUBSCRIBER_STATUSES
from db.read import ops_queries
from db.schema.connect import Database, write_transaction
from tests.db.mail.test_subscribers import reader, stored
from tests.support.queued_deliveries import enqueue

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_readers_of_a_status_at_a_domain_are_listed_in_the_order_they_came(db: Database) -> None:
    people = [reader(f"{status}{n}", status, NOW) for n in range(2) for status in SUBSCRIBER_STATUSES]
    stored(db, *people)

    for status in SUBSCRIBER_STATUSES:
        first = ops_queries.list_subscribers(db, 0, 1, status, "board.example")
        rest = ops_queries.list_subscribers(db, first[0].id, 5, status, "board.example")
        assert [one.key for one in (*first, *rest)] == [f"{status}{n}@board.example" for n in range(2)]
        assert ops_queries.list_subscribers(db, 0, 5, status, "other.example") == []


def test_deliveries_of_one_time_are_paged_by_their_numbers_and_then_by_time(db: Database) -> None:
    stored(db, *(reader(f"r{n}", "active", NOW) for n in range(6)))
    with write_transaction(db):
        enqueue(db, "2026-02", [(n, f"m{n}", "full") for n in range(1, 7)], NOW)
        db.execute("UPDATE deliveries SET due_at = '2026-03-01T00:00:00Z' WHERE id = 5")

    pages: list[list[int]] = []
    after: tuple[datetime, int] | None = None
    while page := ops_queries.list_deliveries(db, "2026-02", "queued", after, 2):
        pages.append([one.id for one in page])
        after = (ops_queries.listed_at(page[-1]), page[-1].id)

    assert pages == [[5, 1], [2, 3], [4, 6]]
