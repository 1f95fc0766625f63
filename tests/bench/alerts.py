"""Alert bench: thousands of saved searches against a month's news, beside a search of the database for each."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from db.collection import reviews
from db.mail import saved_searches
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, create, write_transaction
from services.readers.alerts_saved import match_news
from tests.bench import archive
from tests.bench.queries import NOW
from tests.bench.turns import Failed, Options

FIRST = ("", "girl ", "death OR ", '"old boy" ', "-suicide ", "injur* ", "considers ")  # of a search's words
SECOND = 100  # words that follow
TARGET = 2.0  # seconds, of 5,000 searches against 50 reviews
PLAIN = 50  # searches that are made one by one, to compare


def bench(options: Options) -> Iterator[str]:
    """Seconds to match, and the same by as many searches of the database."""
    searches, held, news = (200, 50, 10) if options.quick else (5_000, 2_000, 50)
    with tempfile.TemporaryDirectory() as folder, closing(create(Path(folder) / "bench.db")) as db:
        ids = _fill(db, searches, held, news)
        begun, used = perf_counter(), process_time()
        with write_transaction(db):
            found = match_news(db, ids, NOW.date(), NOW, {})
        seconds, used = perf_counter() - begun, process_time() - used
        with write_transaction(db):
            again = match_news(db, ids, NOW.date(), NOW, {})
        if not found or again:
            raise Failed("the saved searches found nothing, or the same twice")
        begun, plain = perf_counter(), ReviewSearch()
        for search in saved_searches.list_awake(db, NOW.date())[:PLAIN]:
            plain.numbers(db, SearchQuery(search.words, search.filters))
        one_by_one = (perf_counter() - begun) * searches / PLAIN
    yield (
        f"saved searches: {searches:,} against {news} new reviews: {seconds:.2f} s, {used:.2f} s of CPU "
        f"({sum(map(len, found.values())):,} matches; target {TARGET:g} s); "
        f"by a search of the database each {one_by_one:.2f} s, ratio {seconds / one_by_one:.2f}"
    )


def _fill(db: Database, searches: int, held: int, news: int) -> list[int]:
    """Readers with a search each, a collection, and its news; the numbers of these."""
    with write_transaction(db):
        db.conn.executemany(
            """
            INSERT INTO subscribers (id, key, email, mailbox, status, status_since, token, topics, nations, edition,
                only_when_matching, rest, consent_at, consent_wording, consent_channel)
            VALUES (?1, ?2, ?2, ?2, 'active', ?3, ?4, '[]', '[]', 'full', 0, 'lines', ?3, 'x', 'web')
            """,
            [(n, f"reader{n}@example.org", "2026-01-01T00:00:00Z", f"s{n:0>21}") for n in range(1, searches + 1)],
        )
        words = archive.Words(Random(2026))
        second = [words.some(1) for _ in range(SECOND)]
        for n in range(1, searches + 1):
            filters = [("year", f"{2000 + n % 20}-{2020 + n % 10}"), *([("nation", "wales")] if n % 3 == 0 else [])]
            saved_searches.save(db, n, f"{FIRST[n % len(FIRST)]}{second[n % SECOND]}", filters, "day", NOW)
        for number, entry in enumerate(archive.entries(held + news)):
            review = replace(entry, baseline=number < held)
            reviews.add(db, review, review.fingerprint, NOW)
    return saved_searches.list_unmatched(db)
