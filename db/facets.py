"""Facets: what reviews can be narrowed by, kept beside each review as it is written."""

import json
import re
import zlib
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

import sqlite_utils

from core.opening import opening
from core.records import Review
from core.topics import slug, topic
from db.connect import Database

NAMES = ("topic", "year", "nation", "kind", "publisher", "age", "harm", "source")
VERSION = 1  # raise it when `of` changes what it says
RULES = zlib.crc32(b"".join(files("core").joinpath(f"{name}.json").read_bytes() for name in ("topics", "opening")))
_DIGITS = re.compile(r"\d+")


class Facet(NamedTuple):
    """Something that reviews have in common, identified by its name and value."""

    name: str
    value: str  # as it stands in addresses: "suffolk", "2016"
    label: str  # as people read it: "Suffolk"


def of(review: Review) -> list[Facet]:
    """All that a review can be found by; age and harm only where its first words say them for certain."""
    return list({(facet.name, facet.value): facet for facet in _of(review)}.values())


def _of(review: Review) -> Iterator[Facet]:
    if review.year:
        yield Facet("year", str(review.year), str(review.year))
    for name in ("nation", "kind", "publisher"):
        label = " ".join((getattr(review, name) or "").split())
        if value := slug(label):
            yield Facet(name, value, label)
    for word in review.keywords:
        if found := topic(word):
            yield Facet("topic", found.slug, found.name)
    said = opening(review.summary)
    if said.band:
        yield Facet("age", slug(said.band), said.band)
    for harm in said.harms:
        yield Facet("harm", slug(harm), harm)
    yield Facet("source", review.source, review.source)


def place(review: Review) -> str:
    """What sorts by publisher, then name, as people do: no capitals or signs, and Child 2 before Child 10."""
    parts = (review.publisher or review.name or review.title, review.name, str(review.year or ""))
    folded = (slug(part[:80]) or part[:80].casefold() for part in parts)
    return "/".join(_DIGITS.sub(lambda digits: digits[0].zfill(8), part) for part in folded)


def shelve(db: Database, review: Review) -> None:
    """Write a review's card and what it can be narrowed by; it has none before."""
    found = of(review)
    db.conn.executemany("INSERT OR IGNORE INTO facets (name, value, label) VALUES (?, ?, ?)", found)
    db.conn.executemany(
        "INSERT INTO shelved (facet_id, review_id) SELECT id, ? FROM facets WHERE name = ? AND value = ?",
        [(review.id, facet.name, facet.value) for facet in found],
    )
    db.execute("INSERT INTO cards (review_id, place) VALUES (?, ?)", [review.id, place(review)])


def unshelve(db: Database, number: int) -> None:
    """Take a review off every shelf; what only it could be narrowed by goes with it."""
    held = [row[0] for row in db.execute("SELECT facet_id FROM shelved WHERE review_id = ? ORDER BY 1", [number])]
    if held:
        db.execute("DELETE FROM shelved WHERE review_id = ?", [number])
        db.execute(
            """
            DELETE FROM facets WHERE id IN (SELECT value FROM json_each(?))
                AND NOT EXISTS (SELECT 1 FROM shelved WHERE facet_id = facets.id)
            """,
            [json.dumps(held)],
        )
    db.execute("DELETE FROM cards WHERE review_id = ?", [number])


def outdated(db: Database) -> bool:
    """Whether what is shelved was written by other rules than these."""
    return bool(db.execute("SELECT mark FROM marks WHERE name = 'rules'").fetchone()[0] != RULES + VERSION)


def renewed(db: sqlite_utils.Database) -> None:
    """What is shelved is as these rules have it."""
    db.execute("UPDATE marks SET mark = ? WHERE name = 'rules'", [RULES + VERSION])
