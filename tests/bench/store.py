"""Benchmark: how large the database file is, and what long lists take of memory while they are printed."""

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from db.schema.connect import Database, connect, write_transaction
from tests.bench import archive, listing
from tests.bench.process import casereviews, measured
from tests.bench.targets import DATABASE, LIST_READERS, LIST_REVIEWS, Figure, Target
from tests.bench.turns import Failed, Options

REVIEWS = 5_000
ROWS = {LIST_REVIEWS: (5_000, 50_000), LIST_READERS: (50_000, 1_000_000)}  # and with --large
COMMANDS = {
    LIST_REVIEWS: ("reviews list --json", "reviews export --format csv"),
    LIST_READERS: ("subscribers list", "subscribers list --json", "subscribers export"),
}
CONFIG = '[[sources]]\nname = "bench{0}"\nurl = "https://x.example.org/{0}"\n'
PAGE = 1_250  # entries: a page has no more than 3 MB
LARGEST = 8  # tables and indexes that are named


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    count = 100 if options.quick else REVIEWS
    note = "" if count == REVIEWS else f"{count} reviews"
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        files = [_read_page(Path(name, "read"), count), _build_archive(Path(name, "built"), count)]
        yield "\n".join(_describe(file) for file in files)
        yield Figure(DATABASE, max(file.stat().st_size for file in files) / 1e6, note)
        for target, (few, many) in ROWS.items():
            rows = 100 if options.quick else many if options.large else few
            house = Path(name, target.work.split()[0])
            _fill(house, target, rows)
            lines, peak = [f"{target.work.split()[0]}, {rows:,} rows; peak MiB"], 0.0
            for words in COMMANDS[target]:
                mib = _peak(house, words, rows)
                lines.append(f"  {words:<44}{mib:>10.0f}")
                peak = max(peak, mib)
            yield "\n".join(lines)
            yield Figure(target, peak, "" if rows == many else f"{rows:,} rows")


def _read_page(folder: Path, count: int) -> Path:
    """The database that a scrape of so many entries of about 200 words leaves."""
    folder.mkdir()
    said = listing.entries(count)
    starts = range(0, count, PAGE)
    (folder / "casereviews.toml").write_text("".join(CONFIG.format(start) for start in starts))
    for start in starts:
        (folder / f"{start}.html").write_bytes(listing.page(said[start : start + PAGE]))
    for words in ("init", *(f"scrape bench{start} --from-file {start}.html" for start in starts)):
        run = measured(casereviews(*words.split()), folder)
        if run.code:
            raise Failed(f"{words}: exit code {run.code}: {run.err.strip()}")
    return folder / "data" / "casereviews.db"


def _build_archive(folder: Path, count: int) -> Path:
    """One of words as common as words are, with an issue that was sent."""
    with closing(archive.build(folder, count)) as db:
        return db.file


def _describe(file: Path) -> str:
    with closing(sqlite3.connect(file)) as db:
        held = db.execute("SELECT COUNT(*) FROM reviews").fetchone()[0]
        lines = [f"{held:,} reviews: {file.stat().st_size / 1e6:.1f} MB, of these"]
        try:
            rows = db.execute(
                "SELECT name, SUM(pgsize) AS size FROM dbstat GROUP BY name ORDER BY size DESC LIMIT ?", [LARGEST]
            ).fetchall()
        except sqlite3.OperationalError:  # an SQLite without this table
            return lines[0].removesuffix(", of these")
    return "\n".join(lines + [f"  {name:<44}{size / 1e6:>10.2f}" for name, size in rows])


def _fill(folder: Path, target: Target, rows: int) -> None:
    if target is LIST_REVIEWS:
        archive.build(folder, rows).close()
        return
    folder.mkdir()
    run = measured(casereviews("--data-dir", str(folder), "init"), folder)
    if run.code:
        raise Failed(f"init: exit code {run.code}: {run.err.strip()}")
    with closing(connect(folder / "casereviews.db")) as db, write_transaction(db):
        _add_readers(db, rows)


def _add_readers(db: Database, rows: int) -> None:
    db.conn.executemany(
        """
        INSERT INTO subscribers (key, email, mailbox, status, status_since, token, topics, nations, edition,
            only_when_matching, rest, consent_at, consent_wording, consent_channel)
        VALUES (?1, ?1, ?1, 'active', ?3, ?2, '[]', '[]', 'full', 0, 'lines', ?3, 'paper', 'import')
        """,
        ((f"r{n}@example.org", f"s{n:0>21}", "2026-11-01T09:00:00Z") for n in range(rows)),
    )


def _peak(house: Path, words: str, rows: int) -> float:
    """The most memory, MiB, that printing a list into a file takes."""
    command = shlex.join(casereviews("--data-dir", str(house), *words.split()))
    run = measured(["/bin/sh", "-c", f"exec {command} > printed"], house)
    file = house / "printed"
    with file.open("rb") as printed:
        held = sum(_is_row(line, words) for line in printed)
        printed.seek(-min(2, file.stat().st_size), os.SEEK_END)
        end = printed.read()
    file.unlink()
    if run.code or held != rows or ("json" in words and end != b"]\n"):
        raise Failed(f"{words}: exit code {run.code}, {held} rows of {rows}: {run.err.strip()[-2000:]}")
    return run.mib


def _is_row(line: bytes, words: str) -> bool:
    if "json" in words:
        return line.startswith((b'    "id": ', b'    "email": '))
    return b"@example.org" in line if "subscribers" in words else line[:1].isdigit() and b",bench," in line
