"""Benchmark: the archive's pages beside the least that Flask can do."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from app.web.wsgi_bridge import READ_THREADS
from tests.bench import archive
from tests.bench.load import Asked, Load, measure
from tests.bench.process import ROOT, module
from tests.bench.slow_clients import beside_slow_clients
from tests.bench.targets import PAGE_304, PAGE_FRONT, PAGE_ISSUE, PAGE_REVIEW, PAGE_STYLE, Figure, Target
from tests.bench.turns import Failed, Options

NOTES = """\
pages: an invented archive of {count:,} reviews and an issue of {news} on loopback, {threads} threads to render;
  {requests:,} requests over 16 kept connections from one process beside it; medians of {runs} in turn.
Ratio: requests a second, in times of the first line. More than 1 is faster than it. CPU: the server's, a request.
Plain: the same pages on waitress, each asking the database for its fingerprint, as until be02fd7d; waitress closes the
  connection after each answer without a body, so that "not modified" is asked over a new one each time.
"Rendered": each address for the first time, so that nothing of it is kept."""
SIZE = 38_000  # bytes
ISSUE, REVIEW = f"/issues/{archive.PERIOD}", "/reviews/7"


class Server(NamedTuple):
    """A server in a process of its own."""

    port: int
    process: int


@dataclass(frozen=True, slots=True)
class Contender:
    """A page, asked for again and again."""

    name: str
    server: Server
    requests: Callable[[int], list[Asked]]  # for a turn


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        folder, count = Path(name), 200 if options.quick else 2000
        with closing(archive.build(folder / "house", count)):
            yield from _pages(folder / "house", options, count)
            yield from beside_slow_clients(folder / "house", options)


def _pages(house: Path, options: Options, count: int) -> Iterator[str | Figure]:
    each = 100 if options.quick else 2000
    yield NOTES.format(count=count, threads=READ_THREADS, news=archive.NEWS, requests=each, runs=options.runs)
    with (
        served("hello", "13") as small,
        served("hello", str(SIZE)) as big,
        served("plain", str(house)) as plain,
        served("house", str(house)) as ours,
    ):
        contenders = [*_peers(small, big, plain, each), *_contenders(ours, each)]
        taken: dict[str, list[Load]] = {contender.name: [] for contender in contenders}
        for turn in range(options.runs + 1):
            for contender in contenders:
                load = measure(contender.server.port, contender.requests(turn), server=contender.server.process)
                if turn:  # the first warms up
                    taken[contender.name].append(load)
    loads = {name: _middle(taken[name]) for name in taken}
    yield rate_table("pages", loads)

    def figure(target: Target, name: str, peer: str, note: str) -> Figure:
        ours, theirs = loads[name], loads[peer]
        return Figure(
            target, ours.rate / theirs.rate, f"{note}{theirs.cpu / max(1.0, ours.cpu):.1f} by the server's CPU"
        )

    before = "of this commit's pages on waitress, asked as be02fd7d did; "
    for target, name in ((PAGE_ISSUE, "the issue"), (PAGE_REVIEW, "a review"), (PAGE_304, "a review, not modified")):
        yield figure(target, name, f"plain: {name}", before)
    for target, name in ((PAGE_FRONT, "the front page"), (PAGE_STYLE, "the style sheet")):
        yield figure(target, name, contenders[0].name, "")


def _peers(small: Server, big: Server, plain: Server, each: int) -> Iterator[Contender]:
    yield Contender("Flask on waitress, hello, 13 bytes", small, lambda _: [Asked("/")] * each)
    yield Contender("Flask on waitress, hello, 38 KB", big, lambda _: [Asked("/")] * each)
    for one in _kept_pages(plain, each):
        yield replace(one, name=f"plain: {one.name}")


def _kept_pages(server: Server, each: int) -> Iterator[Contender]:
    """What both ways of serving are asked for."""
    for name, path in (("the issue", ISSUE), ("a review", REVIEW)):
        yield Contender(name, server, lambda _, path=path: [Asked(path)] * each)  # type: ignore[misc]  # bound early
    tag = f"If-None-Match: {_tag(server.port, REVIEW)}\r\n"
    yield Contender("a review, not modified", server, lambda _: [Asked(REVIEW, tag, 304)] * each)


def _contenders(ours: Server, each: int) -> Iterator[Contender]:
    chance = Random(1)
    words = archive.Words(Random(2026)).all[:2000]
    yield from _kept_pages(ours, each)
    for name, path in (("the list of issues", "/issues"), ("the front page", "/"), ("the style sheet", "/style.css")):
        yield Contender(name, ours, lambda _, path=path: [Asked(path)] * each)  # type: ignore[misc]  # bound early
    yield Contender("a review, rendered", ours, lambda turn: [Asked(f"{REVIEW}?{turn}.{n}") for n in range(each // 4)])
    yield Contender(
        "a search, each for another word",
        ours,
        lambda turn: [Asked(f"/reviews?q={chance.choice(words)}&n={turn}.{n}") for n in range(each // 4)],
    )
    yield Contender("the feed of reviews", ours, lambda _: [Asked("/feeds/reviews.atom")] * each)


def _tag(port: int, path: str) -> str:
    with closing(HTTPConnection("127.0.0.1", port)) as asked:
        asked.request("GET", path)
        answer = asked.getresponse()
        answer.read()
        return str(answer.getheader("ETag"))


@contextmanager
def served(*what: str) -> Iterator[Server]:
    """A server for as long as the block lasts."""
    child = subprocess.Popen(module("webserver", *what), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        line = child.stdout.readline()
        if not line:
            raise Failed(f"the server of {what[0]} did not start")
        yield Server(int(line), child.pid)
    finally:
        child.kill()
        child.wait()
        assert child.stdout
        child.stdout.close()


def _middle(loads: Sequence[Load]) -> Load:
    return Load(
        median(load.rate for load in loads),
        median(load.p50 for load in loads),
        median(load.p99 for load in loads),
        loads[-1].size,
        median(load.cpu for load in loads),
    )


def rate_table(title: str, lines: dict[str, Load]) -> str:
    """Loads beside one another; the first is what the others are measured against."""
    first = next(iter(lines.values())).rate
    rows = [f"{title:<46}{'requests/s':>12}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'bytes':>10}{'CPU µs':>9}"]
    rows += [
        f"  {name:<44}{load.rate:>12,.0f}{load.rate / first:>8.2f}{load.p50:>9.1f}{load.p99:>9.1f}{load.size:>10,}"
        f"{load.cpu:>9.0f}"
        for name, load in lines.items()
    ]
    return "\n".join(rows)
