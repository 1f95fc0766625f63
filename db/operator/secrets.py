"""Secret keys for signing and the list's identifier, made once, stored with the data."""

from core.actions import terminal_action
from core.errors import DatabaseMissing
from db.schema.connect import Database


def add_if_missing(db: Database, name: str, value: str) -> None:
    """Store a key unless there is one of that name."""
    db.execute("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", [name, value])


def save(db: Database, name: str, value: str) -> None:
    """Store a value in place of the one before."""
    db.execute(
        "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name, value],
    )


def find(db: Database, name: str) -> str:
    """The value of a name; empty where there is none."""
    row = db.execute("SELECT value FROM secrets WHERE name = ?", [name]).fetchone()
    return str(row[0]) if row else ""


def get(db: Database, name: str) -> str:
    """The key of a name. Raises DatabaseMissing when it was never made."""
    if not (value := find(db, name)):
        action = terminal_action("How it is set up", "Make it with: casereviews init")
        raise DatabaseMissing("not set up", f"the {name} key is missing", action=action)
    return value
