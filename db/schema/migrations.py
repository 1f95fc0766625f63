"""Schema migrations: small named steps in order, never edited once released.

A step holds its own SQL, or that of `db.schema.tables`, which is the first one's: it runs none of today's queries.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from core.actions import terminal_action
from core.errors import StoreError

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATION_SET = "casereviews"
SELECT_APPLIED = f"SELECT name FROM _sqlite_migrations WHERE migration_set = '{MIGRATION_SET}' ORDER BY rowid"


def m001_schema_with_report_pages(db: "Database") -> None:
    """The schema of version 0.1.0."""
    from db.schema import tables

    for statement in tables.statements():
        db.execute(statement)


STEPS = (m001_schema_with_report_pages,)
MIGRATION_NAMES = {step.__name__ for step in STEPS}
UNRELEASED = (
    "m001_collection",
    "m001_schema",
    "m001_first_schema",
    "m001_first_tables",
    "m001_schema_with_relays",
    "m001_schema_with_workers",
    "m001_house_schema",
    "m001_tallied_schema",
    "m001_schema_with_paces",
    "m001_schema_with_facet_words",
    "m001_schema_with_link_documents",
    "m001_schema_with_paused_returns",
    "m001_schema_with_indexed_texts",
)  # the first steps of all databases made before version 0.1.0
UNRELEASED_ADVICE = terminal_action(
    "How readers are taken along",
    "Export the readers with the version that made it (casereviews subscribers export > readers.csv), move it away, "
    "then with this one: casereviews init && casereviews subscribers import readers.csv --confirmed --consent WORDS; "
    "see docs/upgrading.md",
)


def applied_steps(connection: sqlite3.Connection) -> set[str]:
    """The steps that a database has had; none of a fresh one."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return set()
    return {name for (name,) in connection.execute(SELECT_APPLIED)}


def apply_steps(connection: sqlite3.Connection) -> None:
    """Bring a database up to date."""
    from sqlite_utils import Database, Migrations  # 47 ms of imports that a database of today's does not need

    migrations = Migrations(MIGRATION_SET)
    for step in STEPS:
        migrations()(step)
    migrations.apply(Database(connection))


def refuse_unreleased(applied: Iterable[str], what: str, file: Path) -> None:
    """Raises StoreError for a database, or a backup, whose steps are those from before the first version."""
    if set(UNRELEASED) & set(applied):
        raise StoreError(f"the {what} was made before version 0.1.0", str(file), action=UNRELEASED_ADVICE)
