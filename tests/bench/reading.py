"""Benchmark: reading a listing, from the empty process to the stored rows."""

import hashlib
import shutil
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import listing, process
from tests.bench.listing import Entry
from tests.bench.process import Measured, casereviews, module
from tests.bench.targets import READ_100, READ_304, READ_2000, READ_MEMORY, Figure
from tests.bench.turns import Contender, Failed, Line, Options, Table, in_turn
from tests.support.loopback_site import Answer, Request, Site

NOTES = """\
reading: one page of {count:,} invented entries ({size:.1f} MiB) on a loopback server; medians of {runs} in turn.
Ratio: time taken, in times of the first line of its table. Less than 1 is faster than ours.
Equal: the page, the machine, the interpreter, whole processes (imports count), no spacing, one transaction or few,
  SQLite flushed to disk as it is by default; all stored the same fields, compared with what the page says.
Not equal, ours does more: reads any markup, doubts the page, derives nation and kind, keeps the page (gzip),
  raw text, fingerprints, sightings, a run and a full-text index; robots.txt is asked by ours and Scrapy only.
Not equal, ours does less: its empty tables were made beforehand by `casereviews init`."""
CONFIG = """\
data_dir = "data"
[[sources]]
name = "nspcc"
url = "{url}"
[fetch]
spacing = 0
"""
TRACED = """\
import sys
from app.cli import main
try:
    main(sys.argv[2:])
finally:
    open(sys.argv[1], "w").write("\\n".join(name for name in list(sys.modules) if name != "__main__"))
"""
HTML = "text/html; charset=utf-8"
ROBOTS = b"User-agent: *\nDisallow: /private\n"
SIZES = (100, 2000)  # entries: as many as a year's list has, and what is just read of one page
QUICK_SIZES = (20, 200)
PAIR = ["/robots.txt", "/listing"]
SCRAPE = casereviews("--config", "casereviews.toml", "scrape")


class Workload:
    """The page, the site that serves it, and the houses that have not read it and have."""

    def __init__(self, count: int, folder: Path) -> None:
        self.said = listing.entries(count)
        self.body = listing.page(self.said)
        self.folder = folder
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'
        self.site = Site({"/listing": self._listing, "/robots.txt": lambda request: Answer(200, ROBOTS)})
        (folder / "page.html").write_bytes(self.body)

    def _listing(self, request: Request) -> Answer:
        headers = {"ETag": self.etag, "Content-Type": HTML}
        if request.headers.get("if-none-match") == self.etag:
            return Answer(304, headers=headers)
        return Answer(200, self.body, headers)

    def prepare(self) -> None:
        """A house just made, one that has read the page, and the modules that reading it again needs. Not timed."""
        fresh, warm, traced = (self.folder / name for name in ("fresh", "warm", "traced"))
        fresh.mkdir()
        (fresh / "casereviews.toml").write_text(CONFIG.format(url=self.site.url("/listing")))
        _must(casereviews("--config", "casereviews.toml", "init"), fresh)
        shutil.copytree(fresh, warm)
        _must(SCRAPE, warm)
        shutil.copytree(warm, traced)
        names = str(self.folder / "modules")
        _must([sys.executable, "-c", TRACED, names, *SCRAPE[1:]], traced)
        self.asked()

    def house(self, which: str, folder: Path) -> None:
        """Put a copy of a house into a folder."""
        shutil.copytree(self.folder / which, folder, dirs_exist_ok=True)

    def asked(self) -> list[str]:
        """The paths asked for since this was last called."""
        paths = self.site.paths()
        self.site.requests.clear()
        return paths


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    if options.scrapy and not find_spec("scrapy"):
        raise Failed("Scrapy is not installed: make .venv/bench, or leave it out with --no-scrapy")
    for count in QUICK_SIZES if options.quick else SIZES:
        with TemporaryDirectory(prefix="casereviews-bench-") as name:
            work = Workload(count, Path(name))
            with work.site:
                work.prepare()
                yield NOTES.format(count=count, size=len(work.body) / 2**20, runs=options.runs)
                yield from _measure(work, options)


def _measure(work: Workload, options: Options) -> Iterator[str | Figure]:
    """The tables and figures of one size."""
    count = len(work.said)
    small, note = count in (SIZES[0], QUICK_SIZES[0]), "" if count in SIZES else f"{count} entries"

    def turns(title: str, contenders: Iterator[Contender]) -> tuple[Table, tuple[Line, ...]]:
        lines = in_turn(list(contenders), options.runs, work.folder / title)
        return Table(title, count, "entries", lines), lines

    table, new = turns("a new page: fetch, parse, store", _new(work, options.scrapy))
    yield str(table)
    table, again = turns("the same page again, nothing to parse", _again(work))
    yield str(table)
    if options.scrapy:
        yield Figure(READ_100 if small else READ_2000, new[0].cpu / new[-1].cpu, note)
    if options.scrapy and small:
        yield Figure(READ_304, again[0].cpu / new[-1].cpu, note)
    if not small:
        yield Figure(READ_MEMORY, new[0].mib, note)
        yield str(turns("parsing alone, inside the process", _parsing(work))[0])


def _new(work: Workload, scrapy: bool) -> Iterator[Contender]:
    url = work.site.url("/listing")

    def ours(folder: Path) -> Sequence[str]:
        work.house("fresh", folder)
        return SCRAPE

    def script(builder: str) -> Callable[[Path], Sequence[str]]:
        return lambda folder: module("script", url, "theirs.db", builder)

    def stored(file: str, paths: list[str]) -> Callable[[Path, Measured], str]:
        return lambda folder, run: _asked(work, paths) or _differs(work, _stored(folder / file))

    yield Contender("casereviews scrape", ours, stored("data/casereviews.db", PAIR))
    for builder in ("html.parser", "lxml"):
        name = f"requests, bs4 ({builder}), sqlite-utils"
        yield Contender(name, script(builder), stored("theirs.db", PAIR[1:]))
    if scrapy:
        yield Contender("Scrapy", lambda folder: module("spider", url, "theirs.db"), stored("theirs.db", PAIR))


def _again(work: Workload) -> Iterator[Contender]:
    def not_modified(folder: Path) -> Sequence[str]:
        work.house("warm", folder)
        return SCRAPE

    def same_bytes(folder: Path) -> Sequence[str]:
        work.house("warm", folder)
        with closing(sqlite3.connect(folder / "data/casereviews.db")) as db, db:
            db.execute("UPDATE sources SET etag = '', last_modified = ''")
        return SCRAPE

    def unchanged(times: int) -> Callable[[Path, Measured], str]:
        return lambda folder, run: _asked(work, PAIR[1:]) or _unchanged(work, folder, times)

    def imported(folder: Path, run: Measured) -> str:
        names = (work.folder / "modules").read_text().split()
        known = {
            "services.collect.scrape_sources",
            "services.collect.read_source",
            "db.schema.connect",
            "scraper.fetch",
        } <= set(names)
        absent = len(run.out.split())
        return _asked(work, []) or ("" if known and absent < len(names) / 20 else f"modules not imported: {run.out}")

    yield Contender("casereviews scrape, answered 304", not_modified, unchanged(1))
    yield Contender("casereviews scrape, no ETag sent, same bytes", same_bytes, unchanged(0))
    yield Contender("the floor: a process with the same imports", lambda _: _floor(work), imported)


def _floor(work: Workload) -> Sequence[str]:
    return module("floor", str(work.folder / "modules"))


def _parsing(work: Workload) -> Iterator[Contender]:
    expected = listing.digest(work.said)

    def parser(which: str) -> Callable[[Path], Sequence[str]]:
        return lambda folder: module("parse", which, str(work.folder / "page.html"))

    def read(folder: Path, run: Measured) -> str:
        return "" if run.out.split()[1] == expected else "read something else than the page says"

    for which, name in (
        ("ours", "scraper: any markup, identity, nation"),
        ("html.parser", "bs4 (html.parser), this markup only"),
        ("lxml", "bs4 (lxml), this markup only"),
        ("lxml.html", "lxml.html, this markup only"),
    ):
        yield Contender(name, parser(which), read, lambda run: float(run.out.split()[0]))


def _must(command: Sequence[str], folder: Path) -> None:
    run = process.measured(command, folder)
    if run.code:
        raise Failed(f"preparing: {' '.join(command)}: exit code {run.code}: {run.err.strip()}")


def _asked(work: Workload, expected: list[str]) -> str:
    paths = work.asked()
    return "" if paths == expected else f"asked for {paths}, not {expected}"


def _differs(work: Workload, found: Sequence[Entry]) -> str:
    if len(found) != len(work.said):
        return f"stored {len(found)} entries of {len(work.said)}"
    wrong = sum(entry != said for entry, said in zip(found, work.said, strict=True))
    return f"stored {wrong} entries otherwise than the page says" if wrong else ""


def _unchanged(work: Workload, folder: Path, not_modified: int) -> str:
    file = folder / "data/casereviews.db"
    with closing(sqlite3.connect(file)) as db:
        run = db.execute("SELECT not_modified, unchanged, new, accepted FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        held = db.execute("SELECT COUNT(*) FROM reviews").fetchone()[0]
    expected = (not_modified, len(work.said), 0, 1)
    return "" if (run, held) == (expected, len(work.said)) else f"noted {run} and holds {held}, not {expected}"


def _stored(file: Path) -> list[Entry]:
    """What a contender's tables say; all have the same names for the same things."""
    parts: dict[str, dict[int, list[tuple[str, ...]]]] = {}
    with closing(sqlite3.connect(file)) as db:
        for table, columns in (("sections", "label, text"), ("keywords", "text"), ("links", "text, url")):
            parts[table] = defaultdict(list)
            for number, *values in db.execute(f"SELECT review_id, {columns} FROM {table} ORDER BY review_id, position"):
                parts[table][number].append(tuple(values))
        rows = db.execute("SELECT id, year, publisher, name, catalogue, summary FROM reviews ORDER BY id").fetchall()
    return [
        Entry(
            year,
            publisher,
            name,
            catalogue,
            summary,
            tuple((label, text) for label, text in parts["sections"][number]),
            tuple(word for (word,) in parts["keywords"][number]),
            tuple((text, url) for text, url in parts["links"][number]),
        )
        for number, year, publisher, name, catalogue, summary in rows
    ]
