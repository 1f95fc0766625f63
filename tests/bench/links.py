"""Benchmark: a check of links on many hosts, beside the pace that one after another allows; asserted at the server."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from core.records import Link, Review
from db.collection import links, reviews
from db.schema.connect import create, write_transaction
from scraper.identity import add_identity, heading_key
from tests.bench.linkhosts import ANSWER_SECONDS
from tests.bench.process import ROOT, Measured, casereviews, measured, module
from tests.bench.queries import NOW
from tests.bench.targets import LINKS_60, LINKS_2000, LINKS_WORKERS, Figure
from tests.bench.turns import Failed, Options
from tests.support.cluster import Broker, Worker

NOTES = """\
links: `casereviews reviews check-links --all`, whole process; each host is another loopback address (Linux has them
  all), answers in {answer:.0f} ms and has no robots.txt, which is asked for all the same.
"One after another" is what the same requests take at this pace with one at a time, reckoned: so long did a check take
before hosts were asked side by side.
  By workers: {workers} Celery workers of {processes} processes each, over a Redis that writes each change to its disk;
  they, the coordinator and the hosts share this machine."""
SPACING = 1.0  # seconds
WORKERS, PROCESSES, KEY = 3, 4, "only for this benchmark"


def bench(options: Options) -> Iterator[str | Figure]:
    """Seconds from start to end, and what the server saw. Raises Failed."""
    yield NOTES.format(answer=ANSWER_SECONDS * 1000, workers=WORKERS, processes=PROCESSES)
    if options.quick:
        yield _row(6, 3, 0.1, 1)[1]
        return
    seconds, said = _row(60, 12, SPACING, min(options.runs, 3))
    yield said
    yield Figure(LINKS_60, seconds)
    if options.large:
        seconds, said = _row(2_000, 200, SPACING, 1)
        yield said
        yield Figure(LINKS_2000, seconds)
    if options.large and shutil.which("redis-server"):
        seconds, said = _row(2_000, 200, SPACING, 1, WORKERS)
        yield f"by workers: {said}"
        yield Figure(LINKS_WORKERS, _alone(2_000, 200, SPACING) / seconds)


def _alone(count: int, hosts: int, spacing: float) -> float:
    """Seconds that the same requests take one after another, reckoned."""
    return (count + hosts) * ANSWER_SECONDS + count * spacing


def _row(count: int, hosts: int, spacing: float, runs: int, workers: int = 0) -> tuple[float, str]:
    taken, reports = list[Measured](), list[dict[str, float]]()
    for _ in range(runs):
        with TemporaryDirectory(prefix="casereviews-bench-") as name, served_hosts(hosts) as port, ExitStack() as stack:
            folder = Path(name)
            prepare_links(folder, port, count, hosts, spacing)
            if workers:
                _start_workers(stack, folder, workers)
            taken.append(measured(casereviews("reviews", "check-links", "--all", "--json"), folder))
            reports.append(_report(port))
            _judge(taken[-1], reports[-1], count, hosts, spacing)
    seconds, alone = median(run.seconds for run in taken), _alone(count, hosts, spacing)
    cpu, mib = median(run.cpu for run in taken), median(run.mib for run in taken)
    gap, at_once = min(report["gap"] for report in reports), max(report["at_once"] for report in reports)
    return seconds, (
        f"{count:,} links on {hosts} hosts, {spacing:g} s between two: {seconds:.2f} s, {cpu:.2f} s of CPU, "
        f"{mib:.0f} MiB; one after another {alone:,.0f} s\n"
        f"never two at once to a host, the shortest pause {gap:.3f} s; {at_once} hosts at once"
    )


def _start_workers(stack: ExitStack, folder: Path, count: int) -> None:
    """A broker and workers that look at the links of a folder."""
    broker = stack.enter_context(Broker(folder))
    with (folder / "casereviews.toml").open("a", encoding="utf-8") as file:
        file.write(f'[cluster]\nbroker = "{broker.address}"\nkey = "{KEY}"\n')
    more = {"CASEREVIEWS_CLUSTER__KEY": KEY, "CASEREVIEWS_DATA_DIR": str(folder / "nothing")}
    for number in range(count):
        worker = stack.enter_context(Worker(folder, number, PROCESSES, broker.address, **more))
        worker.wait_until_ready()


@contextmanager
def served_hosts(hosts: int) -> Iterator[int]:
    """So many hosts in a process of their own; the port that all of them listen on."""
    child = subprocess.Popen(module("linkhosts", str(hosts)), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with child:
        try:
            assert child.stdout
            yield int(child.stdout.readline())
        finally:
            child.kill()


def prepare_links(folder: Path, port: int, count: int, hosts: int, spacing: float) -> None:
    source = f'[[sources]]\nname = "bench"\nurl = "http://127.0.0.1:{port}/list"\n'
    (folder / "casereviews.toml").write_text(f"{source}[fetch]\nspacing = {spacing}\n", "utf-8")
    (folder / "data").mkdir()
    urls = [f"http://127.0.{n // 250}.{n % 250 + 1}:{port}/{at}.pdf" for at in range(count) for n in [at % hosts + 1]]
    with closing(create(folder / "data" / "casereviews.db")) as db, write_transaction(db):
        for number in range(0, count, 5):
            found = tuple(Link("Report", url) for url in urls[number : number + 5])
            review = add_identity(Review("bench", "Westmere", f"Child {number}", 2016, links=found))
            added = reviews.add(db, review, heading_key(review), NOW)
            links.apply_known_checks(db, [added.id])


def _report(port: int) -> dict[str, float]:
    with closing(HTTPConnection("127.0.0.1", port)) as asked:
        asked.request("GET", "/report")
        report: dict[str, float] = json.load(asked.getresponse())
        return report


def _judge(run: Measured, report: dict[str, float], count: int, hosts: int, spacing: float) -> None:
    """Raises Failed where a link was not looked at, or a host was asked at a pace that is not ours."""
    if run.code:
        raise Failed(f"check-links: exit code {run.code}: {run.err.strip()[-2000:]}")
    live = sum(link["state"] == "live" for link in json.loads(run.out))
    if (live, report["hosts"], report["requests"]) != (count, hosts, count + hosts):
        raise Failed(f"check-links: {live} of {count} links live, {report}")
    if report["gap"] < 0.99 * spacing:
        raise Failed(f"check-links: a host was asked {report['gap']:.3f} s after its answer")
