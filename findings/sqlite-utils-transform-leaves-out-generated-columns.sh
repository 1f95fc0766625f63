#!/usr/bin/env bash
# sqlite-utils 4.2.1: transform(), for what ALTER TABLE cannot do, writes the table anew, and not all of it. A column
# that is generated (SQLite, Generated Columns) is gone from the new table, though only another was to change; a DEFAULT
# that is a sum or puts two words together becomes their text, or a syntax error; a WITHOUT ROWID table is refused as a
# "datatype mismatch", or, without rows, becomes one with a rowid; and the triggers are dropped with the old table, also
# those by which enable_fts(create_triggers=True) keeps the search up to date: what is added later is never found. Its
# manual tells of triggers only that they are not "upgraded", and 4.2 keeps checks, indexes and comments.
# Seen: columns a, b become a; DEFAULT (1+1) '1+1'; IntegrityError; no triggers, and 1 of 2 rows found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sqlite-utils==4.2.1
"$folder/venv/bin/python" - <<'PYTHON'
import sqlite3

import sqlite_utils

TABLES = {
    "generated": ("CREATE TABLE t (a TEXT, z TEXT, b TEXT GENERATED ALWAYS AS (lower(a)) STORED)", "a"),
    "a sum": ("CREATE TABLE t (z TEXT, b INTEGER DEFAULT (1+1))", "z"),
    "two words": ("CREATE TABLE t (z TEXT, b TEXT DEFAULT ('Child ' || 'A'))", "z"),
    "without rowid": ("CREATE TABLE t (a TEXT PRIMARY KEY, z TEXT) WITHOUT ROWID", "a"),
    "without rowid, empty": ("CREATE TABLE t (a TEXT PRIMARY KEY, z TEXT) WITHOUT ROWID", None),
}


def transform(schema, filled):
    db = sqlite_utils.Database(memory=True)
    db.execute(schema)
    if filled:
        db.execute(f"INSERT INTO t ({filled}) VALUES ('One')")
        db.conn.commit()
    try:
        db["t"].transform(rename={"z": "y"})
    except sqlite3.Error as error:
        return f"{type(error).__name__} {error}"
    return " ".join(db["t"].schema.split())


seen = {name: transform(*table) for name, table in TABLES.items()}
db = sqlite_utils.Database(memory=True)
reviews = db["review"]
reviews.insert({"id": 1, "title": "Child A", "pages": "7"}, pk="id")
reviews.enable_fts(["title"], create_triggers=True)
triggers = len(reviews.triggers)
reviews.transform(types={"pages": int})
reviews.insert({"id": 2, "title": "Child B", "pages": 8})
search = triggers, len(reviews.triggers), [row["id"] for row in reviews.search("child")], reviews.count
print(*seen.items(), search, sep="\n")
assert seen == {
    "generated": 'CREATE TABLE "t" ( "a" TEXT, "y" TEXT )',
    "a sum": 'CREATE TABLE "t" ( "y" TEXT, "b" INTEGER DEFAULT \'1+1\' )',
    "two words": 'OperationalError near "||": syntax error',
    "without rowid": "IntegrityError datatype mismatch",
    "without rowid, empty": 'CREATE TABLE "t" ( "a" TEXT PRIMARY KEY NOT NULL, "y" TEXT )',
}, "sqlite-utils does otherwise now"
assert search == (3, 0, [1], 2), "sqlite-utils does otherwise now"
PYTHON
