"""Section matches: the words of reviews' sections that a search found, as they stand there."""

import json
import re
from collections.abc import Iterable

from db.read.fts_query import match_query
from db.schema.connect import Database

SECTIONS_COLUMN = 2  # of the full-text index
_MATCHED = re.compile("\x02(.*?)\x03", re.DOTALL)


def find_section_matches(db: Database, review_ids: Iterable[int], words: str) -> dict[int, frozenset[str]]:
    """By review: the words found in its sections, in lower case: "bruise" also finds bruising. None: not there."""
    if not (query := match_query(words)):
        return {}
    rows = db.execute(
        f"""
        SELECT w.value AS id, (
            SELECT highlight(reviews_fts, {SECTIONS_COLUMN}, char(2), char(3)) FROM reviews_fts
            WHERE reviews_fts MATCH ?2 AND rowid = w.value
        ) AS marked
        FROM json_each(?1) AS w ORDER BY w.key
        """,
        [json.dumps(list(review_ids)), query],
    )
    found = {row["id"]: frozenset(word.lower() for word in _MATCHED.findall(row["marked"] or "")) for row in rows}
    return {number: matches for number, matches in found.items() if matches}
