"""Named reviews: of each published issue its first reviews, with the little that one line says of each."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.harm_and_age import MAX_SUMMARY_CHARS
from core.records import Review
from db.rows import published
from db.schema.connect import Database

NAMED_COLUMNS = f"""
    r.id, r.source, r.heading, r.year, r.nation, r.status,
    {published("publisher")} AS publisher, {published("name")} AS name, {published("title")} AS title,
    substr({published("summary")}, 1, {MAX_SUMMARY_CHARS}) AS summary,
    (SELECT json_group_array(text)
     FROM (SELECT text FROM keywords WHERE review_id = r.id ORDER BY position)) AS keywords
"""
NOT_TAKEN_DOWN = "NOT EXISTS (SELECT 1 FROM takedowns AS t WHERE t.review_id = r.id)"


def named_review_from_row(row: sqlite3.Row) -> Review:
    names = "id source publisher name title heading year nation status summary".split()
    return Review(**{name: row[name] for name in names}, keywords=tuple(json.loads(row["keywords"])))


def list_named(db: Database, since: str, most: int) -> Mapping[str, Sequence[Review]]:
    """Of each issue, by its period from `since` on, its first reviews in order, without those taken down.

    Of their text they have the beginning of the summary, and the keywords.
    """
    # CROSS JOIN: SQLite begins with the few that are in issues, whatever it knows of the tables
    rows = db.execute(
        f"""
        SELECT c.period, {NAMED_COLUMNS} FROM issue_reviews AS c CROSS JOIN reviews AS r ON r.id = c.review_id
        WHERE c.period >= ? AND c.position < ? AND {NOT_TAKEN_DOWN} ORDER BY c.period, c.position
        """,
        [since, most],
    )
    named: defaultdict[str, list[Review]] = defaultdict(list)
    for row in rows:
        named[row["period"]].append(named_review_from_row(row))
    return named
