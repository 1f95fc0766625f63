"""Facets derived from each review, stored as it is written, to filter searches by."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

from core.folding import dictionary_key
from core.harm_and_age import parse_harm_and_age
from core.records import Review
from core.topics import find_topic, slugify
from core.year_range import parse_range
from db.schema.connect import Database

FACET_NAMES = ("topic", "year", "nation", "kind", "publisher", "age", "harm", "source")
RULES_VERSION = 5  # raise it when `derive_facets`, a glance, or dictionary_key says anything else than before
RULE_TABLES = tuple(Path(__file__).parents[2] / "core" / f"{name}.json" for name in ("topics", "harm_and_age"))
RULES_CHECKSUM = zlib.crc32(b"".join(table.read_bytes() for table in RULE_TABLES))
KEY_SEPARATOR = "\x1f"  # sorts before all that stands in a name: St Helens before St Helens North


class Facet(NamedTuple):
    """Something that reviews have in common, identified by its name and value."""

    name: str
    value: str  # as it stands in addresses: "suffolk", "2016"


def facet_word(number: int) -> str:
    """What stands for the facet of this number in the text index; nobody can search for it."""
    return f"zf{number}"


def derive_facets(review: Review) -> dict[Facet, str]:
    """All that a review can be found by, each as people read it: "Suffolk".

    Age and harm only where its first words say them for certain.
    """
    return dict(_iterate_facets(review))


def _iterate_facets(review: Review) -> Iterator[tuple[Facet, str]]:
    if review.year:
        yield Facet("year", str(review.year)), str(review.year)
    said = parse_harm_and_age(review.summary)
    named: list[tuple[str, str | None]] = [("nation", review.nation), ("kind", review.kind)]
    named += [("publisher", review.publisher), *(("topic", word) for word in review.keywords)]
    named += [("age", said.band), *(("harm", harm) for harm in said.harms)]
    yield from filter(None, starmap(_read_facet, named))
    yield Facet("source", review.source), review.source


@lru_cache(20_000)  # many reviews have the same
def _read_facet(name: str, words: str | None) -> tuple[Facet, str] | None:
    """The facet that some words of a review name, with how people read it; None where they name none."""
    if name == "topic":
        topic = find_topic(words or "")
        return (Facet(name, topic.slug), topic.name) if topic else None
    label = " ".join((words or "").split())
    value = slugify(label)
    return (Facet(name, value), label) if value else None


def fold_value(name: str, typed: str) -> str:
    """The value of a facet that somebody means, however they write it: "St. Helens", "Child neglect", "2016-2019"."""
    if name == "year" and (years := parse_range(typed)):
        return years
    topic = find_topic(typed) if name == "topic" else None
    return topic.slug if topic else slugify(typed) or typed


def label_filters(db: Database, filters: Iterable[tuple[str, str]]) -> list[str]:
    """Pairs of a facet's name and value as people read them; the value itself where no review has it."""
    pairs = list(filters)
    known = {(row["name"], row["value"]): row["label"] for row in _list_facets(db, pairs)}
    return [known.get(pair, pair[1]) for pair in pairs]


def _list_facets(db: Database, pairs: Iterable[tuple[str, str]]) -> sqlite3.Cursor:
    return db.execute(
        """
        SELECT f.id, f.name, f.value, f.label FROM json_each(?) AS asked CROSS JOIN facets AS f
        ON f.name = json_extract(asked.value, '$[0]') AND f.value = json_extract(asked.value, '$[1]') ORDER BY f.id
        """,
        [json.dumps([*pairs])],
    )


def publisher_sort_key(review: Review) -> str:
    """What sorts by publisher, then name, then year, as a dictionary does and as in an issue."""
    parts = (review.publisher or review.name or review.title, review.name, str(review.year or ""))
    return KEY_SEPARATOR.join(dictionary_key(part) or part[:80].casefold() for part in parts)


def save_facets(db: Database, numbered: Sequence[tuple[int, Review]]) -> None:
    """Write what reviews can be narrowed by, and where they stand in lists; they have none of it before."""
    derived = [(number, derive_facets(review)) for number, review in numbered]
    labels: dict[Facet, str] = {}  # as the first review has it
    for _, found in derived:
        for facet, label in found.items():
            labels.setdefault(facet, label)
    db.conn.executemany(
        "INSERT OR IGNORE INTO facets (name, value, label) VALUES (?, ?, ?)",
        ((*facet, label) for facet, label in labels.items()),
    )
    numbers = {(row["name"], row["value"]): row["id"] for row in _list_facets(db, labels)}
    held = {number: sorted(numbers[facet] for facet in found) for number, found in derived}
    db.conn.executemany(
        "INSERT INTO review_facets (facet_id, review_id) VALUES (?, ?)",
        sorted((facet, number) for number, own in held.items() for facet in own),
    )
    db.execute(
        "UPDATE change_counters SET value = ? WHERE name = 'facet rules' AND value = 0",  # the first review of all
        [RULES_CHECKSUM + RULES_VERSION],
    )
    db.conn.executemany(
        """
        INSERT INTO review_sort_keys (review_id, publisher_key, listed, newest_key, facets)
        SELECT review_id, ?, listed, newest_key, ? FROM review_places WHERE review_id = ?
        """,
        ((publisher_sort_key(one), " ".join(map(facet_word, held[number])), number) for number, one in numbered),
    )


def delete_facets(db: Database, number: int) -> None:
    """Take a review out of every facet; a value that only it had goes with it."""
    held = [row[0] for row in db.execute("SELECT facet_id FROM review_facets WHERE review_id = ? ORDER BY 1", [number])]
    if held:
        db.execute("DELETE FROM review_facets WHERE review_id = ?", [number])
        db.execute(
            """
            DELETE FROM facets WHERE id IN (SELECT value FROM json_each(?))
                AND NOT EXISTS (SELECT 1 FROM review_facets WHERE facet_id = facets.id)
            """,
            [json.dumps(held)],
        )
    db.execute("DELETE FROM review_sort_keys WHERE review_id = ?", [number])


def is_outdated(db: Database) -> bool:
    """Whether what is stored was derived by other rules than these."""
    value = db.execute("SELECT value FROM change_counters WHERE name = 'facet rules'").fetchone()[0]
    return value not in (0, RULES_CHECKSUM + RULES_VERSION)


def mark_up_to_date(db: Database) -> None:
    """What is stored is as these rules have it."""
    db.execute("UPDATE change_counters SET value = ? WHERE name = 'facet rules'", [RULES_CHECKSUM + RULES_VERSION])
