"""A migration to come: the program as it will be once it knows one step more."""

import pytest
import sqlite_utils

from db.files import db_check, restore
from db.schema import connect, migrations

LATER = "m999_later"
TODAY = max(migrations.MIGRATION_NAMES)


def know_one_more(patch: pytest.MonkeyPatch) -> None:
    """From now on a database of today's schema is one migration behind."""
    more = sqlite_utils.Migrations("casereviews")
    more()(migrations.m001_schema)

    def add_a_table(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")

    more(name=LATER)(add_a_table)
    patch.setattr(connect, "migrations", more)
    for module in (connect, restore, db_check):
        patch.setattr(module, "MIGRATION_NAMES", {TODAY, LATER})
