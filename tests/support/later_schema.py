"""A migration to come: the program as it will be once it knows one step more."""

import pytest
import sqlite_utils

from db.files import db_check, restore
from db.schema import connect, migrations

LATER = "m999_later"
TODAY = max(migrations.MIGRATION_NAMES)


def know_one_more(patch: pytest.MonkeyPatch) -> None:
    """From now on a database of today's schema is one migration behind."""

    def m999_later(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")

    patch.setattr(migrations, "STEPS", (*migrations.STEPS, m999_later))
    for module in (connect, restore, db_check):
        patch.setattr(module, "MIGRATION_NAMES", {TODAY, LATER})
