"""Links in the database: which are looked at next, what is kept of each, where it is shown."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.link_records import LinkCheck
from core.records import Link, Review
from db.collection import links, reviews
from db.schema.connect import Database, write_transaction
from scraper.identity import add_identity, heading_key

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
A, B, C = (f"https://board.example/{name}.pdf" for name in "abc")
LIVE = LinkCheck(A, "live", 206, "application/pdf", 1_200_000, 24, checked_at=NOW)


def stored(db: Database, name: str, *urls: str) -> Review:
    """A review with links, as the house writes it."""
    made = add_identity(Review("nspcc", "Westmere", name, 2016, links=tuple(Link("Read", url) for url in urls)))
    with write_transaction(db):
        added = reviews.add(db, made, heading_key(made), NOW)
        links.apply_known_checks(db, [added.id])
    return added


def keep(db: Database, checked: LinkCheck, due_at: datetime = NOW + timedelta(days=30)) -> None:
    with write_transaction(db):
        links.save(db, checked, due_at)


def urls(found: list[LinkCheck]) -> list[str]:
    return [checked.url for checked in found]


def test_what_is_kept_comes_out_as_it_went_in_with_its_reviews(db: Database) -> None:
    one, two = stored(db, "Child A", A, B), stored(db, "Child B", A)
    failed = replace(
        LIVE, why="no answer", failures=2, first_failed_on=date(2026, 11, 20), last_failed_on=date(2026, 11, 22)
    )

    keep(db, replace(failed, unsettled=True))

    assert links.get(db, A) == replace(failed, unsettled=True, reviews=(one.id, two.id))
    assert links.get(db, B) == LinkCheck(B, reviews=(one.id,))
    assert links.get(db, C) == LinkCheck(C)


def test_a_check_is_shown_beside_every_review_that_links_there(db: Database) -> None:
    one, two = stored(db, "Child A", B, A), stored(db, "Child B", A)

    keep(db, LIVE)

    known = Link("Read", A, "live", "application/pdf", 1_200_000, 24)
    assert reviews.get(db, str(one.id)).links == (Link("Read", B), known)
    assert reviews.get(db, str(two.id)).links == (known,)


def test_links_written_anew_take_over_what_is_known(db: Database) -> None:
    review = stored(db, "Child A", A)
    keep(db, LIVE)

    with write_transaction(db):
        edited = replace(review, version=2, links=(Link("Read", A), Link("Summary", B)))
        reviews.save_edit(db, edited, (), heading_key(edited), NOW)
        links.apply_known_checks(db, [review.id])
    other = stored(db, "Child B", A)

    known = Link("Read", A, "live", "application/pdf", 1_200_000, 24)
    assert reviews.get(db, str(review.id)).links == (known, Link("Summary", B))
    assert reviews.get(db, str(other.id)).links == (known,)
    assert links.get(db, A).checked_at == NOW


def test_those_never_looked_at_come_first_then_those_due_for_longest(db: Database) -> None:
    stored(db, "Child A", A, B, C)
    keep(db, LIVE, NOW - timedelta(days=2))
    keep(db, replace(LIVE, url=B), NOW - timedelta(days=3))
    assert urls(links.list_due(db, NOW, 10)) == [C, B, A]
    assert urls(links.list_due(db, NOW, 2)) == [C, B]

    keep(db, replace(LIVE, url=C), NOW + timedelta(seconds=1))

    assert urls(links.list_due(db, NOW, 10)) == [B, A]
    assert urls(links.list_due(db, NOW + timedelta(seconds=1), 10)) == [B, A, C]
    assert urls(links.list_all(db)) == [B, A, C]


def test_links_that_no_published_review_has_are_left_alone(db: Database) -> None:
    one, two = stored(db, "Child A", A, B), stored(db, "Child B", B)
    with write_transaction(db):
        reviews.set_status(db, [one.id], "withdrawn")
    assert links.list_due(db, NOW, 10) == links.list_all(db) == [LinkCheck(B, reviews=(two.id,))]
    assert links.list_for_reviews(db, [one.id], NOW) == [LinkCheck(B, reviews=(two.id,))]

    with write_transaction(db):
        reviews.save_edit(db, replace(two, links=(), version=2), (), heading_key(two), NOW)
        reviews.set_status(db, [one.id], "missing")

    assert urls(links.list_due(db, NOW, 10)) == [A, B]


def test_the_links_of_an_issue_are_those_not_looked_at_lately(db: Database) -> None:
    one, two = stored(db, "Child A", A, B), stored(db, "Child B", C)
    keep(db, LIVE)
    keep(db, replace(LIVE, url=B, checked_at=NOW - timedelta(days=2)))
    yesterday = NOW - timedelta(days=1)

    assert urls(links.list_for_reviews(db, [one.id], yesterday)) == [B]
    assert urls(links.list_for_reviews(db, [one.id, two.id], yesterday)) == [C, B]
    assert urls(links.list_for_reviews(db, [one.id, two.id], yesterday, 1)) == [C]
    assert links.list_for_reviews(db, [], yesterday) == []


@pytest.mark.parametrize("call", ["due", "keep", "adopt", "of_reviews"])
def test_no_statement_walks_through_the_archive(db: Database, call: str) -> None:
    asked: list[str] = []
    stored(db, "Child A", A)
    db.conn.set_trace_callback(asked.append)
    match call:
        case "due":
            links.list_due(db, NOW, 10)
        case "keep":
            keep(db, LIVE)
        case "adopt":
            links.apply_known_checks(db, [1])
        case _:
            links.list_for_reviews(db, [1], NOW)
    db.conn.set_trace_callback(None)

    plans = [row["detail"] for sql in asked if "link" in sql for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert plans
    for plan in plans:
        assert not plan.startswith("SCAN") or "(subquery" in plan or "json_each" in plan, plans
        assert "TEMP B-TREE" not in plan or call == "of_reviews", plans
