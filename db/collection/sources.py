"""Source addresses with their HTTP validators."""

from datetime import datetime

from core.source_records import SourceCheckpoint
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_text


def get(db: Database, source: str, url: str) -> SourceCheckpoint:
    """What we hold of a source's address; an empty record before its first read."""
    row = db.execute("SELECT * FROM sources WHERE name = ? AND url = ?", [source, url]).fetchone()
    if row is None:
        return SourceCheckpoint(source, url)
    return SourceCheckpoint(
        source,
        url,
        row["etag"],
        row["last_modified"],
        row["sha256"],
        row["grammar_version"],
        instant_or_none(row["read_at"]),
        instant_or_none(row["baseline_at"]),
        instant_or_none(row["not_before"]),
        instant_or_none(row["walked_at"]),
        row["list_url"],
        row["total"],
    )


def has_baseline(db: Database, source: str) -> bool:
    """Whether a source was ever read well, at whatever address: what it lists from then on is news."""
    row = db.execute("SELECT 1 FROM sources WHERE name = ? AND baseline_at IS NOT NULL LIMIT 1", [source]).fetchone()
    return row is not None


def first_baseline(db: Database, source: str) -> datetime | None:
    """When a source was first read well, at whatever address; None: never. UTC."""
    return instant_or_none(db.execute("SELECT MIN(baseline_at) FROM sources WHERE name = ?", [source]).fetchone()[0])


def first_read(db: Database) -> datetime | None:
    """When any source was first read well; None: never. UTC."""
    return instant_or_none(db.execute("SELECT MIN(baseline_at) FROM sources").fetchone()[0])


def forget_pages(db: Database, source: str) -> None:
    """Have a source read in full again."""
    db.execute("UPDATE sources SET etag = '', last_modified = '', sha256 = '' WHERE name = ?", [source])


def clear_validators(db: Database, review_id: int) -> None:
    """Have the sources that show a review read in full again: what they say of it was passed over."""
    db.execute(
        """
        UPDATE sources SET etag = '', last_modified = '', sha256 = ''
        WHERE name IN (SELECT source FROM sightings WHERE review_id = ?)
        """,
        [review_id],
    )
    db.execute("UPDATE sightings SET missing_since = NULL WHERE review_id = ?", [review_id])


def save(db: Database, known: SourceCheckpoint) -> None:
    """Store what we hold of a source's address."""
    db.upsert(
        "sources",
        {
            "name": known.source,
            "url": known.url,
            "etag": known.etag,
            "last_modified": known.last_modified,
            "sha256": known.sha256,
            "grammar_version": known.grammar,
            "read_at": to_text(known.read_at) if known.read_at else None,
            "baseline_at": to_text(known.baseline_at) if known.baseline_at else None,
            "not_before": to_text(known.not_before) if known.not_before else None,
            "walked_at": to_text(known.walked_at) if known.walked_at else None,
            "list_url": known.list_url,
            "total": known.total,
        },
        "name",
        "url",
    )
