"""Benchmark: the archive's pages beside the least that Flask can do, and the search beside raw FTS5."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import quote

from app.runtime.side_effects import system_effects
from app.web import create_app
from app.web.server import THREADS
from db.read.fts_query import match_query
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, connect
from tests.bench import archive
from tests.bench.load import Asked, Load, measure
from tests.bench.process import ROOT, module
from tests.bench.slow_clients import beside_slow_clients
from tests.bench.targets import PAGE_304, PAGE_FRONT, PAGE_ISSUE, PAGE_REVIEW, PAGE_STYLE, Figure
from tests.bench.turns import Failed, Options

NOTES = """\
pages: an invented archive of {count:,} reviews and an issue of {news} on loopback, {threads} threads to render;
  {requests:,} requests over 16 kept connections from one process beside it; medians of {runs} in turn.
Ratio: requests a second, in times of the first line. More than 1 is faster than it.
Plain: the same pages on waitress, each asking the database for its fingerprint, as until be02fd7d; waitress closes the
  connection after each answer without a body, so that "not modified" is asked over a new one each time.
"Rendered": each address for the first time, so that nothing of it is kept."""
SEARCH_NOTES = """\
search: {count:,} invented reviews of about 200 words; {queries} queries drawn from them, each new; one thread.
Raw: SELECT rowid … MATCH … ORDER BY rank LIMIT 20 on the same index. Ours: what is listed, ranked with a weight
  for each column, each facet's values counted exactly, 20 reviews with extracts. Page: the same, a whole request.
  Ratio: the page's p99 in times of the raw search's."""
COUNT_NOTES = """\
what is searched, counted and gathered: {count:,} invented reviews; one thread; each page {runs} times rendered and
  {runs} times kept, the topic is the commonest. Ratio: the page's p99 in times of the issue's."""
SIZE = 38_000  # bytes
ISSUE, REVIEW = f"/issues/{archive.PERIOD}", "/reviews/7"


@dataclass(frozen=True, slots=True)
class Contender:
    """A page, asked for again and again."""

    name: str
    port: int
    requests: Callable[[int], list[Asked]]  # for a turn


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        folder, count = Path(name), 200 if options.quick else 2000
        with closing(archive.build(folder / "house", count)) as db:
            yield from _pages(folder / "house", options, count)
            yield from beside_slow_clients(folder / "house", options)
            yield _searches(db, folder / "house", 30 if options.quick else 300)
            yield counted_pages(folder / "house", 5 if options.quick else 100)
        if options.large:
            with closing(archive.build(folder / "large", 200_000)) as db:
                yield _searches(db, folder / "large", 300)
                yield counted_pages(folder / "large", 100)


def _pages(house: Path, options: Options, count: int) -> Iterator[str | Figure]:
    each = 100 if options.quick else 2000
    yield NOTES.format(count=count, threads=THREADS, news=archive.NEWS, requests=each, runs=options.runs)
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
                load = measure(contender.port, contender.requests(turn))
                if turn:  # the first warms up
                    taken[contender.name].append(load)
    loads = {name: _middle(taken[name]) for name in taken}
    yield rate_table("pages", loads)
    before = "the pages of this commit on waitress, asked as be02fd7d did"
    for target, name in ((PAGE_ISSUE, "the issue"), (PAGE_REVIEW, "a review"), (PAGE_304, "a review, not modified")):
        yield Figure(target, loads[name].rate / loads[f"plain: {name}"].rate, before)
    for target, name in ((PAGE_FRONT, "the front page"), (PAGE_STYLE, "the style sheet")):
        yield Figure(target, loads[name].rate / loads[contenders[0].name].rate)


def _peers(small: int, big: int, plain: int, each: int) -> Iterator[Contender]:
    yield Contender("Flask on waitress, hello, 13 bytes", small, lambda _: [Asked("/")] * each)
    yield Contender("Flask on waitress, hello, 38 KB", big, lambda _: [Asked("/")] * each)
    for one in _kept_pages(plain, each):
        yield replace(one, name=f"plain: {one.name}")


def _kept_pages(port: int, each: int) -> Iterator[Contender]:
    """What both ways of serving are asked for."""
    for name, path in (("the issue", ISSUE), ("a review", REVIEW)):
        yield Contender(name, port, lambda _, path=path: [Asked(path)] * each)  # type: ignore[misc]  # bound early
    tag = f"If-None-Match: {_tag(port, REVIEW)}\r\n"
    yield Contender("a review, not modified", port, lambda _: [Asked(REVIEW, tag, 304)] * each)


def _contenders(ours: int, each: int) -> Iterator[Contender]:
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
def served(*what: str) -> Iterator[int]:
    """A server in a process of its own; its port."""
    child = subprocess.Popen(module("webserver", *what), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        line = child.stdout.readline()
        if not line:
            raise Failed(f"the server of {what[0]} did not start")
        yield int(line)
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
    )


def rate_table(title: str, lines: dict[str, Load]) -> str:
    """Loads beside one another; the first is what the others are measured against."""
    first = next(iter(lines.values())).rate
    rows = [f"{title:<46}{'requests/s':>12}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'bytes':>10}"]
    rows += [
        f"  {name:<44}{load.rate:>12,.0f}{load.rate / first:>8.2f}{load.p50:>9.1f}{load.p99:>9.1f}{load.size:>10,}"
        for name, load in lines.items()
    ]
    return "\n".join(rows)


def _searches(db: Database, house: Path, count: int) -> str:
    """Each kind of query by all three, and their p50 and p99."""
    held = db.execute("SELECT COUNT(*) FROM review_sort_keys").fetchone()[0]
    by_kind = _queries(db, count // 4)
    app = create_app(system_effects(now=lambda: archive.NOW), archive.settings(house))
    app.logger.disabled = True
    client, catalogue, other = app.test_client(), ReviewSearch(), connect(db.file)
    catalogue.find(db, SearchQuery())
    client.get("/reviews")

    def raw(words: str) -> object:
        statement = "SELECT rowid FROM reviews_fts WHERE reviews_fts MATCH ? ORDER BY rank LIMIT 20"
        return other.execute(statement, [match_query(words)]).fetchall()

    def found(words: str) -> object:
        return catalogue.find(db, SearchQuery(words)).hits

    def page(words: str) -> object:
        answer = client.get(f"/reviews?q={quote(words)}")
        if answer.status_code != 200:
            raise Failed(f"the search for {words!r} answered {answer.status_code}")
        return answer.data

    rows = [SEARCH_NOTES.format(count=held, queries=sum(map(len, by_kind.values())))]
    heads = f"{'raw p50':>9}{'p99':>9}{'ours p50':>10}{'p99':>9}{'page p50':>10}{'p99':>9}{'p99 ratio':>11}"
    rows.append(f"{'search, milliseconds':<46}{heads}")
    times: dict[str, list[list[float]]] = {}
    for kind, queries in by_kind.items():
        times[kind] = [[_timed(way, words) for words in queries] for way in (raw, found, page)]
    times["all of them"] = [[t for kind in by_kind for t in times[kind][way]] for way in range(3)]
    for kind, ways in times.items():
        (r50, r99), (o50, o99), (p50, p99) = map(_p50_p99, ways)
        figures = f"{r50:>9.2f}{r99:>9.2f}{o50:>10.2f}{o99:>9.2f}{p50:>10.2f}{p99:>9.2f}{p99 / r99:>11.2f}"
        rows.append(f"  {kind:<44}{figures}")
    other.close()
    return "\n".join(rows)


def counted_pages(house: Path, runs: int) -> str:
    """The pages that search, count or gather, beside an issue: rendered each time, and kept."""
    app = create_app(system_effects(now=lambda: archive.NOW), archive.settings(house))
    app.logger.disabled = True
    client = app.test_client()
    topics = client.get("/topics.json").get_json()
    topic = max(topics, key=lambda one: int(one["reviews"]))["topic"]
    paths = {
        "the issue": f"/issues/{archive.PERIOD}",
        "a search": "/reviews?q=injury",
        "a search, OR, NOT, other words, years": "/reviews?q=suicide+OR+injury+-neglect&year=2010-2020",
        "reviews year by year": "/trends",
        "a topic": f"/topics/{topic}",
        "a topic year by year": f"/trends?topic={topic}",
        "a topic's learning": f"/topics/{topic}/learning",
        "a topic's learning, filtered": f"/topics/{topic}/learning?from=2010&to=2020&harm=neglect",
        "four reviews compared": "/compare?review=1&review=2&review=3&review=4",
    }

    def get(path: str) -> object:
        answer = client.get(path)
        if answer.status_code != 200:
            raise Failed(f"{path} answered {answer.status_code}")
        return answer.data

    rows = [COUNT_NOTES.format(count=client.get("/reviews.json").get_json()["count"], runs=runs)]
    heads = f"{'rendered p50':>14}{'p99':>9}{'ratio':>7}{'kept p50':>10}{'p99':>9}{'ratio':>7}"
    rows.append(f"{'searched, counted, gathered, milliseconds':<46}{heads}")
    first: list[float] = []
    for name, path in paths.items():
        get(path)
        sign = "&" if "?" in path else "?"
        rendered = _p50_p99([_timed(get, f"{path}{sign}n={n}") for n in range(runs)])
        kept = _p50_p99([_timed(get, path) for _ in range(runs)])
        first = first or [rendered[1], kept[1]]
        figures = f"{rendered[0]:>14.2f}{rendered[1]:>9.2f}{rendered[1] / first[0]:>7.2f}"
        rows.append(f"  {name:<44}{figures}{kept[0]:>10.2f}{kept[1]:>9.2f}{kept[1] / first[1]:>7.2f}")
    return "\n".join(rows)


def _queries(db: Database, each: int) -> dict[str, list[str]]:
    """Words that few and that many reviews have, two together, and phrases; none twice."""
    db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, reviews_fts, 'row')")
    rows = db.execute("SELECT term, doc FROM temp.terms WHERE term NOT LIKE 'zf%' AND doc > 1 ORDER BY doc DESC, term")
    terms = [(row[0], row[1]) for row in rows]
    total = db.execute("SELECT COUNT(*) FROM review_sort_keys").fetchone()[0]
    chance = Random(7)
    common = [term for term, held in terms if held > total / 50 and term.isalpha()][:each]
    rare = chance.sample([term for term, _ in terms[-4 * each :]], each)
    pairs = [f"{a} {b}" for a, b in zip(common, chance.sample(common, len(common)), strict=True) if a != b]
    texts = [row[0] for row in db.execute("SELECT summary FROM reviews ORDER BY id LIMIT ?", [each])]
    phrases = [f'"{" ".join(text.split()[8:10])}"' for text in texts]
    return {"rare word": rare, "common word": common, "two common words": pairs, "phrase": list(dict.fromkeys(phrases))}


def _timed(way: Callable[[str], object], words: str) -> float:
    began = time.perf_counter()
    way(words)
    return (time.perf_counter() - began) * 1e3


def _p50_p99(times: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]
