"""Targets: what the figures of the benchmark are to be, and what each is measured against.

A table yields `Figure(READ_100, 0.43)` beside the text that it prints; all figures of a run make its summary.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the summary and of docs/performance.md."""

    table: str  # that measures it, as `python -m tests.bench TABLE` names it
    work: str
    unit: str  # of the figure; a ratio names the peer that is 1
    most: float = inf  # the figure is to be no more
    least: float = 0.0  # or no less

    @property
    def wanted(self) -> str:
        """The target in words."""
        return f"≤ {self.most:g}" if self.most < inf else f"≥ {self.least:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """What one run measured of a target."""

    target: Target
    value: float
    note: str = ""  # what a reader must know: another size than the target's, a peer that is missing

    @property
    def met(self) -> bool:
        """Whether it is as the target wants it."""
        return self.target.least <= self.value <= self.target.most

    @property
    def text(self) -> str:
        """Three digits are all that a busy machine is good for."""
        return f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:.3g}"

    def __str__(self) -> str:
        target = self.target
        note = f" ({self.note})" if self.note else ""
        return f"{target.work}: {self.text} {target.unit}{note}; target {target.wanted}"


SCRAPY = "of Scrapy's CPU"
READ_100 = Target("reading", "read a page of 100 entries, whole process", SCRAPY, most=0.45)
READ_2000 = Target("reading", "read a page of 2,000 entries, whole process", SCRAPY, most=0.8)
READ_MEMORY = Target("reading", "peak memory, 2,000 entries", "MiB", most=95)
READ_304 = Target("starting", "unchanged source (304)", "of Scrapy's CPU for 100 entries", most=0.35)

BARE = "times the CPU of python -c pass"
START_STATUS = Target("starting", "status", BARE, most=12)
START_TICK = Target("starting", "tick with nothing due", BARE, most=10)
START_LIST = Target("starting", "reviews, subscribers, issue, sources list", BARE, most=10)
START_HELP = Target("starting", "--help", BARE, most=6)

KEPT_SMTPLIB = "of one kept smtplib connection that renders and records nothing"
DELIVER_2000 = Target("delivery", "deliver 2,000 of 18 KB, whole process", KEPT_SMTPLIB, least=1.2)
PIPELINED = "of a pipelined client without receipts"
DELIVER_10000 = Target("delivery", "deliver 10,000 of 60 KB, whole process", PIPELINED, least=0.85)
DELIVER_CPU = Target("delivery", "deliver 10,000 of 60 KB, CPU", "µs a message", most=300)
DELIVER_DKIM = Target("delivery", "the same signed (RSA-2048), 2 cores", "times the time without", most=1.6)
DELIVER_FAR = Target("delivery", "20 ms round trip, 16 connections", "of what the round trips allow", least=0.85)
DELIVER_RELAYS = Target("delivery", "by two relays, 20 ms round trip", "times the messages a second of one", least=1.8)

IMPORT_TIME = Target("readers", "import 1,000,000 readers", "s of CPU", most=60)
IMPORT_MEMORY = Target("readers", "import 1,000,000 readers, peak memory", "MiB", most=100)
FREEZE_TIME = Target("readers", "freeze an issue for 1,000,000 readers", "s", most=10)
FREEZE_LOCK = Target("readers", "the same, longest hold of the write lock", "s", most=1)

BEFORE = "times the requests/s of build be02fd7d"
FLASK = "of a bare Flask page's requests/s"
PAGE_ISSUE = Target("pages", "a stored issue page", BEFORE, least=4)
PAGE_REVIEW = Target("pages", "a stored review page", BEFORE, least=4)
PAGE_304 = Target("pages", "304 for a page, its connection kept", BEFORE, least=5)
PAGE_FRONT = Target("pages", "front page", FLASK, least=2)
PAGE_STYLE = Target("pages", "style sheet", FLASK, least=2)
SLOW_CLIENTS = Target("pages", "p99 beside 500 dripping and 200 idle clients", "times that beside none", most=2)
SERVE_MEMORY = Target("pages", "memory of serve", "MiB", most=130)

SEARCH_MIX = Target("search", "search, 200,000 reviews, mixed queries, p99", "times raw FTS5's", most=1.5)
SEARCH_RARE = Target("search", "search, 200,000 reviews, a rare word, p99", "times raw FTS5's", most=4)
SEARCH_WRITE = Target("search", "longest wait for a search after a write", "s", most=0.5)

DATABASE = Target("store", "database, 5,000 reviews of 200 words", "MB", most=33)
LIST_REVIEWS = Target("store", "reviews list --json, 50,000 reviews, peak memory", "MiB", most=100)
LIST_READERS = Target("store", "subscribers list, 1,000,000 readers, peak memory", "MiB", most=100)

LINKS_60 = Target("links", "60 links on 12 hosts, 50 ms, 1 s between two of a host", "s", most=6)
LINKS_2000 = Target("links", "2,000 links on 200 hosts, the same", "s", most=90)
LINKS_WORKERS = Target(
    "links", "2,000 links on 200 hosts by three workers", "times as fast as one after another, reckoned", least=20
)

AS_MANY = "times that for 100,000"
MILLION_TIME = Target("million", "1,000,000 readers, the slowest work on all, CPU", AS_MANY, most=11)
MILLION_MEMORY = Target("million", "the same, peak memory", AS_MANY, most=2)
MILLION_PAGES = Target("million", "the same, the slowest page of the desk", AS_MANY, most=2)

WORKERS_NEAR = Target(
    "cluster", "one worker, 10,000 of 60 KB, relay nearby", "of the embedded sender's messages a second", least=0.6
)
WORKERS_FAR = Target("cluster", "three workers, 50 ms round trip", "times the messages a second of one", least=2.7)

TARGETS = tuple(value for value in list(globals().values()) if isinstance(value, Target))


def summary(figures: Iterable[Figure], tables: Collection[str]) -> str:
    """A line for each target of the tables that ran: its figure, the target, and whether it is met."""
    by_target = {figure.target: figure for figure in figures}
    rows = [f"{'row':<58}{'figure':>9}{'target':>9}  met  of what"]
    for target in TARGETS:
        if figure := by_target.get(target):
            met, note = "yes" if figure.met else "no ", f" ({figure.note})" if figure.note else ""
            rows.append(f"  {target.work:<56}{figure.text:>9}{target.wanted:>9}  {met}  {target.unit}{note}")
        elif target.table in tables:
            rows.append(f"  {target.work:<56}{'–':>9}{target.wanted:>9}  –    not measured in this run")
    return "\n".join(rows)
