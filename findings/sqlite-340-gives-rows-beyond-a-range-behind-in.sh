#!/usr/bin/env bash
# SQLite 3.40.0 and 3.41.0 (bundled in apsw; Debian 12 ships 3.40.1, which does the same) give a row that its WHERE rules
# out: `status IN (SELECT …) AND since <= day`, by an index on (status, since), once the statistics were made while all
# rows had one status. The plan then steps along the index to the next value of the IN and goes on behind the test of the
# range. By SQL, and by SQLite 3.42.0, the row is not in the result; a unary plus before the column, which keeps it out
# of the index, gives the right one in all of them. A clearing-up of what is older than a month deletes today's row.
# Seen: 3.40.0 and 3.41.0 [(3, '2026-08-12')] for since <= '2026-07-15', and [] with the plus; 3.42.0 [] and [].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
cat > "$folder/look.py" <<'PYTHON'
import sys

import apsw

db = apsw.Connection(":memory:")
columns = "id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, status TEXT NOT NULL, since TEXT NOT NULL"
db.execute(f"CREATE TABLE readers ({columns})")
db.execute("CREATE INDEX by_status ON readers (status, since)")
for number, day in enumerate(("2026-01-10", "2026-01-10", "2026-01-10", "2026-05-12"), 1):
    db.execute("INSERT INTO readers VALUES (?, ?, 'active', ?)", (number, f"reader{number}@example.org", day))
db.execute("ANALYZE by_status")
db.execute("UPDATE readers SET status = 'left', since = '2026-08-12' WHERE id = 3")
asked = """SELECT id, since FROM readers
WHERE status IN (SELECT value FROM json_each('["left", "bounced", "complained"]')) AND {}since <= '2026-07-15'
ORDER BY id"""
plain, plus = (list(db.execute(asked.format(sign))) for sign in ("", "+"))
print(apsw.sqlitelibversion(), plain, plus)
assert plain == ([(3, "2026-08-12")] if sys.argv[1] == "wrong" else []), "SQLite does otherwise now"
assert plus == []
PYTHON
for pair in 3.40.0.0:wrong 3.41.0.0:wrong 3.42.0.0:right; do
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "apsw==${pair%:*}"
    "$folder/venv/bin/python" "$folder/look.py" "${pair#*:}"
done
