"""Keys that the house signs with: made once, kept with the data."""

from db.connect import Database


def make(db: Database, name: str, value: str) -> None:
    """Store a key unless there is one of that name."""
    db.execute("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", [name, value])
