"""Comparison of two commits: the same jobs by each one's own commands, in turns."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import houses, listing, sinkhole
from tests.bench.houses import House
from tests.bench.links import served_hosts
from tests.bench.process import Measured
from tests.bench.products import Product, introduce
from tests.bench.served import compare_pages
from tests.bench.sinkhole import Sinkhole
from tests.bench.targets import BEFORE, PAGE_304, PAGE_ISSUE, PAGE_REVIEW, Figure
from tests.bench.turns import Failed, Options
from tests.support.loopback_site import Answer, Request, Site

Pair = Sequence[Product]
NOTES = """\
compared: whole processes of each commit's own command, in houses that it made itself, {runs} turns, medians.
  Ratio: this, in times of that; requests/s are better above 1, all else below."""
CPU, SECONDS, MIB = "CPU s", "seconds", "peak MiB"


@dataclass(frozen=True, slots=True)
class Job:
    """A command, each time in a fresh copy of a house, or in the house where it changes nothing."""

    name: str
    house: House
    words: tuple[str, ...]
    done: Callable[[Measured], bool] = lambda run: bool(run.out.strip())
    figures: tuple[str, ...] = (CPU,)
    codes: tuple[int, ...] = (0,)
    in_place: bool = False


@dataclass(slots=True)
class Comparison:
    """Rows of a table: what of this commit, and what of that."""

    title: str
    rows: list[tuple[str, float, float]] = field(default_factory=list)

    def __str__(self) -> str:
        rows = [f"{self.title:<58}{'this':>11}{'that':>11}{'this/that':>11}"]
        rows += [
            f"  {name:<56}{ours:>11,.3f}{theirs:>11,.3f}{ours / theirs:>11.2f}" for name, ours, theirs in self.rows
        ]
        return "\n".join(rows)


def run_jobs(title: str, jobs: Sequence[Job], products: Pair, options: Options, folder: Path) -> Comparison:
    """A job after the other, each in turns."""
    table, made = Comparison(title), dict[tuple[House, str], Path]()
    for number, job in enumerate(jobs):
        taken: list[list[Measured]] = [[] for _ in products]
        for turn in range(options.runs):
            for at, product in enumerate(products):
                if (key := (job.house, product.name)) not in made:
                    made[key] = folder / f"house-{len(made)}"
                    made[key].mkdir(parents=True)
                    job.house(product, made[key])
                place = made[key] if job.in_place else folder / f"{number}-{turn}-{at}"
                taken[at].append(_run(job, product, made[key], place))
        values = {CPU: lambda run: run.cpu, SECONDS: lambda run: run.seconds, MIB: lambda run: run.mib}
        for what in job.figures:
            ours, theirs = (median(map(values[what], runs)) for runs in taken)
            table.rows.append((f"{job.name}, {what}", ours, theirs))
    return table


def _run(job: Job, product: Product, house: Path, place: Path) -> Measured:
    if not job.in_place:
        shutil.copytree(house, place)
    run = product.run(place, *job.words)
    if run.code not in job.codes or not job.done(run):
        raise Failed(f"{product.name}: {job.name}: exit code {run.code}: {(run.err or run.out)[-500:]}")
    if not job.in_place:
        shutil.rmtree(place)
    return run


def _starting(products: Pair, options: Options, folder: Path) -> Comparison:
    bare = houses.new_house()
    jobs = [Job(words, bare, (words,), in_place=True) for words in ("--version", "--help", "status")]
    with _Listing(100) as site:
        read = houses.read_house(site.url("/listing"))
        jobs.append(Job("tick with nothing due", read, ("tick",), lambda run: not run.out, in_place=True))
        jobs.append(Job("reviews list, 100 reviews", read, ("reviews", "list"), in_place=True))
        return run_jobs("starting", jobs, products, options, folder)


class _Listing(Site):
    """A page of so many entries with a validator."""

    def __init__(self, count: int) -> None:
        self._body = listing.page(listing.entries(count))
        super().__init__({"/listing": self._page})

    def _page(self, request: Request) -> Answer:
        headers = {"ETag": '"1"', "Content-Type": "text/html; charset=utf-8"}
        return Answer(304, headers=headers) if "if-none-match" in request.headers else Answer(200, self._body, headers)


def _reading(products: Pair, options: Options, folder: Path) -> Comparison:
    def read(count: int, new: int) -> Callable[[Measured], bool]:
        return lambda run: [(one["seen"], one["new"]) for one in json.loads(run.out)] == [(count, new)]

    words = ("scrape", "--json")
    many = 200 if options.quick else 2000
    with _Listing(100) as small, _Listing(many) as large:
        new = {site: houses.new_house(site.url("/listing")) for site in (small, large)}
        jobs = [
            Job("a page of 100 entries", new[small], words, read(100, 100), (CPU, MIB)),
            Job(f"a page of {many:,} entries", new[large], words, read(many, many), (CPU, MIB)),
            Job("answered 304", houses.read_house(large.url("/listing")), words, read(many, 0), in_place=True),
        ]
        return run_jobs("reading", jobs, products, options, folder)


def _delivery(products: Pair, options: Options, folder: Path) -> Comparison:
    if not sinkhole.found():
        raise Failed(f"smtp-sink is not installed. {sinkhole.HOW_TO_GET_IT}.")

    def sent(count: int) -> Callable[[Measured], bool]:
        return lambda run: bool(json.loads(run.out)["sent"] == count)

    words = ("issue", "send", houses.PERIOD, "--json")
    with Sinkhole(folder) as sink:
        mail = houses.SMTP.format(port=sink.port)
        jobs = []
        for reviews, readers, size in ((5, 2_000, "18"), (20, 10_000, "60")):
            count = readers // 50 if options.quick else readers
            house = houses.issue_house(reviews, count, mail)
            name = f"an issue of some {size} KB to {count:,}"
            jobs.append(Job(name, house, words, sent(count), (SECONDS, CPU, MIB)))
        return run_jobs("delivery", jobs, products, options, folder)


def _readers(products: Pair, options: Options, folder: Path) -> Comparison:
    count = 1_000 if options.quick else 1_000_000 if options.large else 20_000

    def listed(product: Product, place: Path) -> None:
        houses.new_house()(product, place)
        houses.write_readers(count, product, place)

    nobody = houses.SMTP.format(port=9)  # nothing listens there: all is frozen, nothing is sent
    jobs = [
        Job(f"import {count:,} readers", listed, houses.IMPORT, figures=(CPU, MIB)),
        Job(
            f"freeze an issue for {count:,} readers",
            houses.issue_house(5, count, nobody),
            ("issue", "send", houses.PERIOD),
            lambda run: "refused" in run.err,
            (SECONDS, CPU, MIB),
            (1,),
        ),
    ]
    return run_jobs("readers", jobs, products, options, folder)


def _store(products: Pair, options: Options, folder: Path) -> Comparison:
    reviews, readers = (50, 500) if options.quick else (20_000, 1_000_000) if options.large else (2_000, 50_000)
    house = houses.listed_house(reviews, readers)

    def whole(count: int) -> Callable[[Measured], bool]:
        return lambda run: len(json.loads(run.out)) == count

    jobs = [
        Job(
            f"reviews list --json, {reviews:,}",
            house,
            ("reviews", "list", "--json"),
            whole(reviews),
            (CPU, MIB),
            in_place=True,
        ),
        Job(f"subscribers list, {readers:,}", house, ("subscribers", "list"), figures=(CPU, MIB), in_place=True),
    ]
    table = run_jobs("store", jobs, products, options, folder)
    ours, theirs = (_megabytes(folder / f"house-{at}") for at in range(2))
    table.rows.append((f"database, {reviews:,} reviews and {readers:,} readers, MB", ours, theirs))
    return table


def _megabytes(house: Path) -> float:
    return sum(file.stat().st_size for file in (house / "data").glob("casereviews.db*")) / 1e6


def _pages(products: Pair, options: Options, folder: Path) -> Comparison:
    return Comparison("pages", compare_pages(products, options, folder))


def _links(products: Pair, options: Options, folder: Path) -> Comparison:
    count, hosts = (6, 3) if options.quick else (60, 12)
    with served_hosts(hosts) as port:
        house = houses.linked_house(count, hosts, port)
        words = ("reviews", "check-links", "--all", "--json")
        live = Job(
            f"{count} links on {hosts} hosts, 1 s between two of one",
            house,
            words,
            lambda run: [one["state"] for one in json.loads(run.out)] == ["live"] * count,
            (SECONDS, CPU),
        )
        return run_jobs("links", [live], products, replace(options, runs=1), folder)  # its time is the pace's


TABLES: dict[str, Callable[[Pair, Options, Path], Comparison]] = {
    "starting": _starting,
    "reading": _reading,
    "delivery": _delivery,
    "pages": _pages,
    "readers": _readers,
    "store": _store,
    "links": _links,
}


TARGETS = {"the issue": PAGE_ISSUE, "a review": PAGE_REVIEW, "the issue, not modified": PAGE_304}


def compare(products: Pair, names: Sequence[str], options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        for product in products:
            yield introduce(product, Path(name))
        yield NOTES.format(runs=options.runs)
        for table in names or TABLES:
            folder = Path(name, table)
            folder.mkdir()
            compared = TABLES[table](products, options, folder)
            yield str(compared)
            for row, ours, theirs in compared.rows:
                target = TARGETS.get(row.removesuffix(", requests/s"))
                if target and BEFORE.split()[-1] in products[1].name:
                    yield Figure(target, ours / theirs)
            shutil.rmtree(folder)
