#!/usr/bin/env bash
# SQLite 3.54.1 (bundled in apsw 3.54.1.0): a term that fts5vocab lists for a table of FTS5's porter tokenizer may find
# nothing in that table. A word of a query is stemmed too, and the stemmer does not leave its own stems alone:
# "bruising" is kept as "bruis", and "bruis" is looked up as "brui". Quotation marks do not stop it. Whoever offers a
# reader the words of the index (completion, related words, a spelling hint) offers some that lead nowhere.
# Source: SQLite's page on FTS5, §3.2 (a query's strings go through the tokenizer), §4.3.3 (porter) and §8 (fts5vocab).
# Seen: bruis, caus and releas are each in one row by fts5vocab and in none by MATCH; review is in one by both. A prefix
# query ("bruis" *) finds the row here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check apsw==3.54.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import apsw

db = apsw.Connection(":memory:")
db.execute("CREATE VIRTUAL TABLE report USING fts5(body, tokenize = 'porter unicode61')")
db.execute("CREATE VIRTUAL TABLE term USING fts5vocab(report, 'row')")
db.execute("INSERT INTO report VALUES ('bruising caused releases reviews')")


def found(query):
    return db.execute("SELECT count(*) FROM report WHERE report MATCH ?", (query,)).fetchall()[0][0]


seen = {
    term: (rows, found(f'"{term}"'), found(f'"{term}" *'))
    for term, rows in db.execute("SELECT term, doc FROM term ORDER BY term").fetchall()
}
print(apsw.sqlite_lib_version(), seen)
assert found("bruising") == found("reviews") == 1
expected = {"bruis": (1, 0, 1), "caus": (1, 0, 1), "releas": (1, 0, 1), "review": (1, 1, 1)}
assert seen == expected, "FTS5 does otherwise now"
PYTHON
