#!/usr/bin/env bash
# SQLite 3.40.0 to 3.54.1 (bundled in apsw): a page after a place, `(at, id) > (?, ?) ORDER BY at, id LIMIT 5`, looks for
# its place in the index by `at` alone where id is the table's INTEGER PRIMARY KEY, and walks past all rows of that time
# before it, though the index holds id, by itself as by its definition. With any other column as the second it looks for
# both, as its manual on row values says of scrolling ("(at,other)>(?,?)" in the plan). So where many rows have one time
# each page costs all the pages before it: 20,000 rows written together, the page after the 19,000th.
# What does the same by both: `at = ? AND id > ?`, then `at > ?`.
# Seen: by at and id (at>?), 171,067 steps; by at and another column ((at,other)>(?,?)), 77; the two conditions apart
# (at=? AND id>?), 37; the same five rows. 3.54.1: 171,068, 78, 40.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
cat > "$folder/look.py" <<'PYTHON'
import apsw

db = apsw.Connection(":memory:")
db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, at TEXT NOT NULL, other INTEGER NOT NULL)")
db.execute("CREATE INDEX by_id ON messages (at, id)")
db.execute("CREATE INDEX by_other ON messages (at, other)")
db.executemany("INSERT INTO messages VALUES (?1, '2026-11-29', ?1)", [(number,) for number in range(1, 20_001)])


def ask(index, where, column):
    """The rows, how the place is looked for, and how many steps of SQLite's it took."""
    sql = f"SELECT id FROM messages INDEXED BY {index} WHERE {where} ORDER BY at, {column} LIMIT 5"
    plan = next(db.execute(f"EXPLAIN QUERY PLAN {sql}", ("2026-11-29", 19_000)))[3]
    steps = []
    db.setprogresshandler(lambda: bool(steps.append(None)), 1)
    rows = [row[0] for row in db.execute(sql, ("2026-11-29", 19_000))]
    db.setprogresshandler(None)
    return rows, plan.partition(index)[2].strip(), len(steps)


key, other, apart = (
    ask("by_id", "(at, id) > (?, ?)", "id"),
    ask("by_other", "(at, other) > (?, ?)", "other"),
    ask("by_id", "at = ? AND id > ?", "id"),
)
print(apsw.sqlitelibversion(), key[1:], other[1:], apart[1:])
assert key[0] == other[0] == apart[0] == [19_001, 19_002, 19_003, 19_004, 19_005]
assert (key[1], key[2] > 100_000) == ("(at>?)", True), "SQLite looks for both halves now"
assert (other[1], other[2] < 100) == ("((at,other)>(?,?))", True)
assert (apart[1], apart[2] < 100) == ("(at=? AND id>?)", True)
PYTHON
for version in 3.40.0.0 3.46.1.0 3.54.1.0; do
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "apsw==$version"
    "$folder/venv/bin/python" "$folder/look.py"
done
