"""Makes the sample database of a schema with the code of its time: python -m tests.db.schemas.make COMMIT.

Run it before a migration is added, with the commit that is released, and keep the file it writes: m010_search.db.gz
is a database whose last migration is m010_search. What a version could do is done: read, issue, subscribe, send.
"""

import gzip
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PAGES = ROOT / "tests" / "scraper" / "pages" / "nspcc-listing" / "september"
RUN = "import sys; from app.cli import main; main(sys.argv[1:])"
COMMANDS = (  # what a version does not know yet it answers with a usage error: 2
    "init",
    "scrape nspcc --from-file before.html --as-of 2016-08-31",
    "scrape nspcc --from-file after.html --as-of 2016-09-20",
    "subscribers add ada@example.org --confirmed --consent paper",
    "subscribers add ben@example.org --confirmed --consent paper",
    "issue build 2016-09",
    "issue send 2016-09",
    "issue build 2016-10",
)


def main(commit: str) -> Path:
    """Make the sample of a commit's schema; the file written."""
    with tempfile.TemporaryDirectory() as name:
        code, house = Path(name, "code"), Path(name, "house")
        tar = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(tar)) as packed:
            packed.extractall(code, filter="data")
        shutil.copytree(PAGES, house)
        for words in COMMANDS:
            env = os.environ | {"PYTHONPATH": str(code)}
            done = subprocess.run([sys.executable, "-P", "-c", RUN, *words.split()], cwd=house, env=env)
            assert done.returncode in (0, 2), words
        return _kept(house / "data" / "casereviews.db")


def _kept(made: Path) -> Path:
    with closing(sqlite3.connect(made, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchone()
        db.execute("VACUUM")
        sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'casereviews' ORDER BY id DESC LIMIT 1"
        last = db.execute(sql).fetchone()[0]
    file = HERE / f"{last}.db.gz"
    file.write_bytes(gzip.compress(made.read_bytes(), mtime=0))
    return file


if __name__ == "__main__":
    print(main(sys.argv[1]))
