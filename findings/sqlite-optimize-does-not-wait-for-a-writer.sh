#!/usr/bin/env bash
# SQLite 3.46.0 and 3.54.1 (bundled in apsw): PRAGMA optimize, which its manual (pragma.html, lang_analyze.html §2.1)
# asks of each short-lived connection just before it closes, never calls the busy handler when one table alone may need
# ANALYZE: while another connection writes it is locked at once, whatever busy_timeout says. It has begun to read that
# table, and for who holds a read transaction SQLite may not wait (c3ref/busy_handler.html); neither page on optimize
# tells of it. With two tables to look at it begins as a writer, and waits, as ANALYZE does. 3.40.0 never waits. A run
# that has done its work so ends in an error by chance. After BEGIN IMMEDIATE it waits.
# Seen: [] calls of the handler with one table; [0, 1, 2] with two, for ANALYZE, and after BEGIN IMMEDIATE.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
cat > "$folder/look.py" <<'PYTHON'
import sys
import tempfile

import apsw


def run(connection, statements):
    return list(connection.execute(statements))


def ask(tables, statements):
    """The calls of the busy handler of one who asks this while another writes, until it is locked."""
    calls = []
    with tempfile.TemporaryDirectory() as place:
        writer, closing = apsw.Connection(f"{place}/a.db"), apsw.Connection(f"{place}/a.db")
        run(writer, "PRAGMA journal_mode = wal")
        for table in tables:
            run(writer, f"CREATE TABLE {table} (n); CREATE INDEX {table}_n ON {table} (n)")
            run(writer, f"INSERT INTO {table} VALUES (1), (2), (3)")
        closing.setbusyhandler(lambda call: calls.append(call) or call < 2)
        for table in tables:
            run(closing, f"SELECT n FROM {table} WHERE n = 2")
        assert len(run(closing, "PRAGMA optimize(-1)")) == len(tables)
        assert calls == []
        run(writer, "BEGIN IMMEDIATE")
        try:
            run(closing, statements)
        except apsw.BusyError:
            return calls
        finally:
            closing.close()
            writer.close()


one, two = ["reviews"], ["reviews", "readers"]
seen = {
    "optimize, one table": ask(one, "PRAGMA optimize"),
    "optimize, two tables": ask(two, "PRAGMA optimize"),
    "ANALYZE": ask(one, "ANALYZE"),
    "optimize as a writer": ask(one, "BEGIN IMMEDIATE; PRAGMA optimize"),
}
print(apsw.sqlitelibversion(), seen)
assert seen == {
    "optimize, one table": [],
    "optimize, two tables": [] if sys.argv[1] == "never" else [0, 1, 2],
    "ANALYZE": [0, 1, 2],
    "optimize as a writer": [0, 1, 2],
}, "SQLite does otherwise now"
PYTHON
for pair in 3.40.0.0:never 3.46.0.0:two 3.54.1.0:two; do
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "apsw==${pair%:*}"
    "$folder/venv/bin/python" "$folder/look.py" "${pair#*:}"
done
