#!/usr/bin/env bash
# sqlite3.Connection.iterdump (CPython 3.11.7 and 3.13.0, same code), by its manual for saving a database for later
# restoration, and sqlite-utils 4.2.1, whose command dump is made of it, write a dump that cannot be restored where a
# table of FTS5, FTS4 or R-Tree holds a row. They write the table's entry into the schema, as the shell's .dump does,
# and then an INSERT for each of its rows, which .dump leaves out, as they are in its shadow tables: the table itself is
# there only when the database is opened anew. The dump ends with an error and nothing of it is kept, of other tables
# neither; who makes one each night and has never restored one has no backup. With an empty table it is restored.
# Seen: OperationalError no such table: words, and no rows of notes, for fts5, fts4, rtree and sqlite-utils dump; both
# with the dump of the shell in apsw 3.54.1.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sqlite-utils==4.2.1 apsw==3.54.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import contextlib
import io
import pathlib
import sqlite3
import subprocess
import sys

import apsw
import apsw.shell

KINDS = {
    "fts5": ("fts5(body)", "('a review')"),
    "fts4": ("fts4(body)", "('a review')"),
    "rtree": ("rtree(id, begin, end)", "(1, 2019, 2020)"),
}


def make(name, kind, row):
    with contextlib.closing(sqlite3.connect(name)) as db:
        db.executescript("CREATE TABLE notes (n); INSERT INTO notes VALUES (1)")
        db.execute(f"CREATE VIRTUAL TABLE words USING {kind}")
        if row:
            db.execute(f"INSERT INTO words VALUES {row}")
        db.commit()


def dump(name):
    with contextlib.closing(sqlite3.connect(name)) as db:
        return "\n".join(db.iterdump())


def dump_by_utils(name):
    return subprocess.run(
        [f"{sys.prefix}/bin/sqlite-utils", "dump", name], capture_output=True, text=True, check=True
    ).stdout


def dump_by_shell(name):
    written = io.StringIO()
    apsw.shell.Shell(stdout=written, db=apsw.Connection(name)).process_command(".dump")
    return written.getvalue()


def restore(script):
    """What is said, and how many rows there are then, after the file was opened anew."""
    pathlib.Path("restored.db").unlink(missing_ok=True)
    said = ""
    with contextlib.closing(sqlite3.connect("restored.db")) as db:
        try:
            db.executescript(script)
        except sqlite3.Error as error:
            said = f"{type(error).__name__} {error}"
    counted = []
    with contextlib.closing(sqlite3.connect("restored.db")) as db:
        for table in ("notes", "words"):
            with contextlib.suppress(sqlite3.OperationalError):
                counted += db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return said, counted


seen, whole = {}, {}
for name, (kind, row) in KINDS.items():
    make(f"{name}.db", kind, row)
    seen[name] = restore(dump(f"{name}.db"))
    whole[name] = restore(dump_by_shell(f"{name}.db"))
seen["sqlite-utils dump"] = restore(dump_by_utils("fts5.db"))
make("empty.db", "fts5(body)", None)
empty = restore(dump("empty.db"))
print(sys.version.split()[0], sqlite3.sqlite_version, seen, whole, empty, sep="\n")
assert set(map(str, whole.values())) == {"('', [1, 1])"}
assert empty == ("", [1, 0])
lost = "OperationalError no such table: words", []
assert seen == dict.fromkeys([*KINDS, "sqlite-utils dump"], lost), "CPython or sqlite-utils does otherwise now"
PYTHON
