"""Shell completion queries: a read of the database that never waits, writes or raises."""

import sqlite3
from contextlib import closing
from pathlib import Path

BUSY_TIMEOUT = 0.2  # seconds for another writer to finish


def list_periods(file: Path) -> list[str]:
    """The months that have an issue, newest first; none where the database is not there or cannot be read."""
    try:
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT)
        ) as connection:
            rows = connection.execute("SELECT period FROM issues ORDER BY period DESC")
            return [str(period) for (period,) in rows]
    except (sqlite3.Error, OSError, ValueError):
        return []
