"""Query bench: the plan and the time of the named queries on a house of many years.

20,000 reviews, 24 issues for 50,000 readers each, ten years of runs of three sources.
"""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from db.collection import links, reviews, runs
from db.mail import (
    audiences,
    bounces,
    deliveries,
    relay_tallies,
    saved_searches,
    signup_attempts,
    subscribers,
    transactional,
)
from db.read import archive, health_queries, named_reviews, ops_queries, review_page, search
from db.schema.connect import Database, create, optimize, write_transaction
from tests.bench.turns import Options

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOURCES = ("nspcc", "homicides", "deaths")
SMALL = (
    "json_each",
    "states",
    "issues",
    "correction_mailings",
    "mailings",
    "i",
    "correction_mailings",
    "takedowns",
    "wanted",
    "ordered",
    "largest",
)  # tables of few rows, at whatever size of house


class Size(NamedTuple):
    """How large the house is."""

    reviews: int = 20_000
    issues: int = 24
    readers: int = 50_000
    years: int = 10  # of runs


def period(number: int) -> str:
    """The period of an issue, counted from 0."""
    return f"{2024 + (number + 11) // 12}-{(number + 11) % 12 + 1:02d}"


LAST = period(23)
NAMED: dict[str, Callable[[Database], object]] = {
    "reviews.get by key": lambda db: reviews.get(db, "f-0000000000000100"),
    "reviews.get by catalogue number": lambda db: reviews.get(db, "c1007"),
    "reviews.get by number": lambda db: reviews.get(db, "9"),
    "review_page.get_record": lambda db: review_page.get_record(db, 9),
    "reviews.list_for_issue": lambda db: reviews.list_for_issue(db, LAST, NOW),
    "saved_searches.list_matched_since": lambda db: saved_searches.list_matched_since(db, NOW),
    "runs.latest": lambda db: runs.latest(db, "nspcc"),
    "runs.latest, a good one": lambda db: runs.latest(db, "nspcc", good=True),
    "runs.latest_verdict": lambda db: runs.latest_verdict(db, "nspcc"),
    "runs.count_failures": lambda db: runs.count_failures(db, "nspcc"),
    "runs.first_good_read": runs.first_good_read,
    "ops_queries.list_runs": lambda db: ops_queries.list_runs(db, "nspcc", before=5_000),
    "relay_tallies.has_newer_acceptance": lambda db: relay_tallies.has_newer_acceptance(db, LAST, ""),
    "deliveries.counts": lambda db: deliveries.counts(db, LAST),
    "deliveries.count_waiting": lambda db: deliveries.count_waiting(db, LAST),
    "audiences.count_monthly": audiences.count_monthly,
    "audiences.list_choosy_wishes": audiences.list_choosy_wishes,
    "audiences.count_audience": lambda db: audiences.count_audience(db, LAST),
    "audiences.count_audience, of a domain": lambda db: audiences.count_audience(db, LAST, "example.org", 9),
    "bounces.count_ended": lambda db: bounces.count_ended(db, LAST, 5),
    "bounces.count_ended_by_kind": lambda db: bounces.count_ended_by_kind(db, LAST),
    "deliveries.count_due": lambda db: deliveries.count_due(db, LAST, NOW),
    "deliveries.list_deferrals": lambda db: deliveries.list_deferrals(db, LAST, 100),
    "deliveries.claim": lambda db: deliveries.claim(db, LAST, "boot", NOW, 100),
    "deliveries.last_changed_at": lambda db: deliveries.last_changed_at(db, LAST),
    "deliveries.listing, those failed": lambda db: deliveries.listing(db, LAST, ["refused", "failed"], 5),
    "deliveries.count_failed": lambda db: deliveries.count_failed(db, LAST),
    "deliveries.count_requeueable": lambda db: deliveries.count_requeueable(db, LAST, ["refused", "failed"]),
    "deliveries.get_by_token": lambda db: deliveries.get_by_token(db, f"M{'7':0>21}"),
    "ops_queries.list_deliveries": lambda db: ops_queries.list_deliveries(db, LAST, "refused"),
    "ops_queries.list_subscribers": lambda db: ops_queries.list_subscribers(db, 400),
    "ops_queries.list_subscribers, of a status": lambda db: ops_queries.list_subscribers(db, 4, status="active"),
    "ops_queries.list_subscribers, of a domain": lambda db: ops_queries.list_subscribers(db, 4, domain="example.org"),
    "ops_queries.list_subscribers, of both": lambda db: ops_queries.list_subscribers(
        db, 4, 50, "paused", "example.org"
    ),
    "subscribers.get_by_token": lambda db: subscribers.get_by_token(db, f"s{'7':0>21}"),
    "subscribers.get_history": lambda db: subscribers.get_history(db, 7),
    "transactional.has_due": lambda db: transactional.has_due(db, NOW),
    "transactional.has_due, alerts": lambda db: transactional.has_due(db, NOW, alerts=True),
    "transactional.claim": lambda db: transactional.claim(db, NOW, NOW),
    "transactional.list_other_addresses": transactional.list_other_addresses,
    "health_queries.count_overdue_mail": lambda db: health_queries.count_overdue_mail(db, NOW),
    "signup_attempts.count_of_keys": lambda db: signup_attempts.count_of_keys(db, "network", ["a", "b"], NOW),
    "links.list_due": lambda db: links.list_due(db, NOW, 10),
    "archive.get": lambda db: archive.get(db, LAST),
    "named_reviews.list_named": lambda db: named_reviews.list_named(db, "", 3),
    "search.list_validators": search.list_validators,
}


def statements(db: Database, query: Callable[[Database], object]) -> list[str]:
    """What a query asks of the database, with its values in it."""
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    try:
        query(db)
    finally:
        db.conn.set_trace_callback(None)
    return [sql for sql in asked if sql.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT"))]


def plan(db: Database, sql: str) -> list[str]:
    """How SQLite goes about a statement."""
    return [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]


def count_steps(db: Database, query: Callable[[], object]) -> int:
    """How many tens of steps the programs of a query take on a connection, some of them for each row that is read."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    db.conn.set_progress_handler(step, 10)
    try:
        query()
    finally:
        db.conn.set_progress_handler(None, 0)
    return steps


def table_scans(details: list[str]) -> list[str]:
    """The steps of a plan that read a table, or an index, from one end to the other; small tables left out."""
    scans = [found for detail in details if (found := re.match(r"SCAN (\w+)", detail))]
    return [found.string for found in scans if found[1] not in (*SMALL, "CONSTANT")]


def indexes(details: list[str]) -> str:
    """The indexes that a plan uses, by name."""
    names = [found[1] for detail in details if (found := re.search(r"INDEX (\w+)", detail))]
    keys = ["the key"] if any("PRIMARY KEY" in detail for detail in details) else []
    return ", ".join(dict.fromkeys([*(name for name in names if "autoindex" not in name), *keys])) or "the unique key"


@contextmanager
def house(size: Size) -> Iterator[Database]:
    """A database of that size, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, closing(create(Path(folder, "casereviews.db"))) as db:
        with write_transaction(db):
            fill(db, size)
        optimize(db)
        yield db


def fill(db: Database, size: Size) -> None:
    """Write the rows: no words to search, for no named query searches."""
    _fill_collection(db, size)
    _fill_mail(db, size)


def _at(days: float) -> str:
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def _fill_collection(db: Database, size: Size) -> None:
    numbers = range(1, size.reviews + 1)
    db.conn.executemany(
        """
        INSERT INTO reviews (id, key, source, catalogue, fingerprint, heading_key, year, publisher, name, title,
            heading, summary, raw, status, first_seen, last_seen, baseline, version)
        VALUES (?1, ?2, 'nspcc', ?3, ?2, ?2, 2016, 'Suffolk', ?2, ?2, ?2, ?4, x'', 'current', ?5, ?5, ?6, 1)
        """,
        (
            (
                *(n, f"C{n}" if n % 2 else f"f-{n:016d}", f"C{n}" if n % 2 else "C1007" if n == 8 else ""),
                *("word " * 200, _at(3_650 * (1 - n / size.reviews)), int(n < size.reviews - 200)),
            )
            for n in numbers
        ),
    )
    for sql in (
        "sections (review_id, position, kind, label, text, items) VALUES (?, 0, 'learning', 'Issues', 'word', '[]')",
        "keywords (review_id, position, text, folded_text) VALUES (?, 0, 'neglect', 'neglect')",
        "links (review_id, position, text, url, state, media) VALUES (?1, 0, 'Report', 'h' || ?1, 'live', '')",
        "link_checks (url, state, due_at) VALUES ('h' || ?1, 'live', '2027-01-01T09:00:00Z')",
        "sightings (review_id, source, fingerprint, first_seen) VALUES (?1, 'nspcc', '', '2016-01-01T09:00:00Z')",
        "review_events (review_id, kind, at, details) VALUES (?1, 'missing', '2020-01-01T09:00:00Z', '')",
        "review_versions (review_id, version, seen_at, changes) VALUES (?1, 2, '2020-01-01T09:00:00Z', '[]')",
    ):
        db.conn.executemany(f"INSERT INTO {sql}", ((n,) for n in numbers))
    days = size.years * 365
    db.conn.executemany(
        """
        INSERT INTO runs (source, started_at, accepted, pages, seen, new, changed, missing, unchanged, not_modified,
            quarantined, failed, problems, bytes, requests, seconds)
        VALUES (?, ?, ?, 1, 9, 0, 0, 0, 9, 0, 0, ?, '[]', 1000, 1, 0.5)
        """,
        ((name, _at(days - day), int(day % 9 != 0), int(day % 9 == 0)) for day in range(days) for name in SOURCES),
    )


def _fill_mail(db: Database, size: Size) -> None:
    db.conn.executemany(
        """
        INSERT INTO subscribers (id, key, email, mailbox, status, status_since, token, topics, nations, edition,
            only_when_matching, rest, consent_at, consent_wording, consent_channel)
        VALUES (?1, ?2, ?2, ?2, 'active', ?4, ?3, '[]', '[]', 'full', 0, 'lines', ?4, 'paper', 'import')
        """,
        ((n, f"r{n}@example.org", f"s{n:0>21}", _at(900)) for n in range(1, size.readers + 1)),
    )
    for number in range(size.issues):
        one, last = period(number), number == size.issues - 1
        db.conn.execute(
            """
            INSERT INTO issues (period, status, editor_note, ordering, skipped_review_ids, title, intro, content_hash,
                content, html, text, built_at, frozen_at, sent_at)
            VALUES (?1, ?2, '', '', '[]', 'T', 'I', 'h', '{}', '', '', ?3, ?3, ?4)
            """,
            [one, "sending" if last else "sent", _at(30 * (size.issues - number)), None if last else _at(30)],
        )
        db.conn.executemany(
            """
            INSERT INTO deliveries (period, subscriber_id, token, edition, state, via, attempts, due_at, changed_at,
                claimed_boot_id, reply)
            VALUES (?, ?, ?, 'full', ?, ?, ?, ?, ?, 'boot', ?)
            """,
            (
                _delivery(one, n, number * size.readers + n, last, _at(30 * (size.issues - number)))
                for n in range(1, size.readers + 1)
            ),
        )


def _delivery(one: str, reader: int, number: int, last: bool, at: str) -> tuple[object, ...]:
    """In the last issue every third waits, a few were refused; a few more were put off by the server."""
    token = f"m{number:0>21}"
    if last and reader % 3 == 0:
        put_off = reader % 999 == 0
        return (one, reader, token, "queued", "smtp", 0, at, at, "421 try later" if put_off else "")
    return (one, reader, token, "refused" if reader % 500 == 0 else "sent", "smtp", 1, at, at, "")


def bench(options: Options) -> Iterator[str]:
    """Each named query: the median of some runs, and what it goes by. FULL where it reads a table from end to end."""
    size = Size(400, 6, 100, 1) if options.quick else Size()
    with house(size) as db:
        lines = [
            f"{size.reviews:,} reviews, {size.issues} issues x {size.readers:,} readers, {size.years} years of runs"
        ]
        lines.append(f"{db.file.stat().st_size / 1e6:,.0f} MB\n")
        for name, query in NAMED.items():
            details = [detail for sql in statements(db, query) for detail in plan(db, sql)]
            how = f"FULL {'; '.join(scans)}" if (scans := table_scans(details)) else indexes(details)
            lines.append(f"{name:34} {_milliseconds(db, query, options.runs):9.2f} ms  {how}")
    yield "\n".join(lines)


def _milliseconds(db: Database, query: Callable[[Database], object], turns: int) -> float:
    taken = []
    for _ in range(turns):
        began = perf_counter()
        query(db)
        taken.append((perf_counter() - began) * 1_000)
    return median(taken)
