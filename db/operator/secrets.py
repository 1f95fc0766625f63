"""Secret keys for signing, made once, stored with the data."""

from core.errors import DatabaseMissing
from db.schema.connect import Database


def add_if_missing(db: Database, name: str, value: str) -> None:
    """Store a key unless there is one of that name."""
    db.execute("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", [name, value])


def get(db: Database, name: str) -> str:
    """The key of a name. Raises DatabaseMissing when it was never made."""
    row = db.execute("SELECT value FROM secrets WHERE name = ?", [name]).fetchone()
    if row is None:
        raise DatabaseMissing("not set up", f"the {name} key is missing", "Make it with: casereviews init")
    return str(row[0])
