#!/usr/bin/env bash
# SQLite 3.40.0 (bundled in apsw 3.40.0.0; Debian 12 ships 3.40.1, which does the same) calls a sound WITHOUT ROWID table
# damaged when its columns stand in another order than its primary key: quick_check names NULLs in columns that are
# NOT NULL and hold none, integrity_check one of them. A program that reads its backup back before it trusts it takes a
# good copy for a bad one. Columns of the key first, in the key's order, avoid it; SQLite 3.41.0 says ok.
# Seen: 3.40.0 quick_check ['NULL value in t.a', 'NULL value in t.b'], integrity_check ['NULL value in t.b'],
# while SELECT gives the row whole; 3.41.0 ['ok'] ['ok'].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
cat > "$folder/look.py" <<'PYTHON'
import sys

import apsw

db = apsw.Connection(":memory:")
db.execute("CREATE TABLE t (a TEXT NOT NULL, b BLOB NOT NULL, c TEXT NOT NULL, PRIMARY KEY (c, a)) WITHOUT ROWID")
db.execute("INSERT INTO t (a, b, c) VALUES ('x', x'00', 'y')")
quick = [words for (words,) in db.execute("PRAGMA quick_check")]
whole = [words for (words,) in db.execute("PRAGMA integrity_check")]
print(apsw.sqlitelibversion(), "quick_check", quick, "integrity_check", whole)
assert list(db.execute("SELECT a, b, c FROM t")) == [("x", b"\x00", "y")]
wrong = (["NULL value in t.a", "NULL value in t.b"], ["NULL value in t.b"])
assert (quick, whole) == (wrong if sys.argv[1] == "wrong" else (["ok"], ["ok"])), "SQLite does otherwise now"
PYTHON
for pair in 3.40.0.0:wrong 3.41.0.0:right; do
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "apsw==${pair%:*}"
    "$folder/venv/bin/python" "$folder/look.py" "${pair#*:}"
done
