"""A house in a folder, for tests that type commands."""

from pathlib import Path

from db.schema.connect import Database, connect

PAGES = Path(__file__).parents[1] / "scraper" / "pages" / "nspcc-listing"
QUICK = "[fetch]\nspacing = 0\nretries = 2\nbackoff = 0\nread_timeout = 60.0\nconnect_timeout = 60.0\n"


def configure(url: str = "", more: str = "") -> None:
    """Write a configuration in the working folder: one source, quick to give up."""
    source = f'[[sources]]\nname = "nspcc"\nkind = "nspcc-listing"\nurl = "{url}"\n' if url else ""
    Path("casereviews.toml").write_text(f"{source}{more}{QUICK}", "utf-8")


def opened() -> Database:
    """The database of the working folder."""
    return connect(Path("data/casereviews.db"))


def rows(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: db.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}


def dump(db: Database) -> list[str]:
    """All that is in the database, a statement a line."""
    return list(db.conn.iterdump())
