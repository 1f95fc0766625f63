"""Schema migrations: small named steps in order, never edited once released.

A step holds its own SQL, or that of `db.schema.tables`, which is the first one's: it runs none of today's queries.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database, Migrations

from core.actions import terminal_action
from core.errors import StoreError
from db.schema import tables

migrations = Migrations("casereviews")


@migrations()
def m001_schema(db: Database) -> None:
    """The schema of version 0.1.0."""
    for statement in tables.statements():
        db.execute(statement)


MIGRATION_NAMES = {migration.name for migration in migrations._migrations}  # there is no public list of them
UNRELEASED = "m001_collection"  # the first step of every database made before version 0.1.0
UNRELEASED_ADVICE = terminal_action(
    "How readers are taken along",
    "Export the readers with the version that made it (casereviews subscribers export > readers.csv), move it away, "
    "then with this one: casereviews init && casereviews subscribers import readers.csv --confirmed --consent WORDS; "
    "see docs/upgrading.md",
)


def refuse_unreleased(applied: Iterable[str], what: str, file: Path) -> None:
    """Raises StoreError for a database, or a backup, whose steps are those from before the first version."""
    if UNRELEASED in applied:
        raise StoreError(f"the {what} was made before version 0.1.0", str(file), action=UNRELEASED_ADVICE)
