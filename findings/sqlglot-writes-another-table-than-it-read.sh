#!/usr/bin/env bash
# SQLGlot 30.30.0 (Python), told to read SQLite and to write SQLite, writes a table that keeps other values. INT or
# BIGINT PRIMARY KEY becomes INTEGER PRIMARY KEY, NUMERIC and DECIMAL become REAL, in a CAST too. SQLite, "CREATE TABLE"
# §5: a primary key is the rowid only if its type is exactly INTEGER, and not with INT or BIGINT; "Datatypes In SQLite"
# §3.1 and §3.1.1: NUMERIC and DECIMAL have NUMERIC affinity, which leaves an integer one, REAL makes a fraction of each
# number. So where a migration is formatted or only parsed and written again, a key that may be missing is made up, a
# long number loses its end, and an age of 3 is 3.0. Nothing is raised, and no warning is given.
# Seen: (None, 9007199254740993, 3) becomes (1, 9007199254740992.0, 3.0); CAST('7' AS DECIMAL) 7 and 7.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sqlglot==30.30.0 apsw==3.54.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import apsw
import sqlglot

TABLE = "CREATE TABLE review (number {} PRIMARY KEY, reference NUMERIC, age DECIMAL(3, 1))"
INSERT = "INSERT INTO review VALUES (NULL, 9007199254740993, 3)"
CAST = "SELECT CAST('7' AS DECIMAL), CAST(9007199254740993 AS NUMERIC)"


def kept(table, cast):
    connection = apsw.Connection(":memory:")
    connection.execute(table)
    connection.execute(INSERT)
    return connection.execute("SELECT * FROM review").fetchall() + connection.execute(cast).fetchall()


for kind in "INT", "BIGINT":
    table, cast = TABLE.format(kind), CAST
    written = [sqlglot.transpile(sql, read="sqlite", write="sqlite")[0] for sql in (table, cast)]
    read, seen = kept(table, cast), kept(*written)
    print(apsw.sqlite_lib_version(), *written, read, seen, sep="\n")
    assert read == [(None, 9007199254740993, 3), (7, 9007199254740993)]
    assert [type(value) for value in read[0][1:]] == [int, int]
    assert seen == [(1, 9007199254740992.0, 3.0), (7.0, 9007199254740992.0)], "SQLGlot does otherwise now"
    assert [type(value) for row in seen for value in row] == [int] + 4 * [float], "SQLGlot does otherwise now"
PYTHON
