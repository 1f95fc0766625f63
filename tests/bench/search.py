"""Benchmark: the search beside raw FTS5, the pages that search and count, and the wait of a search after a write."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from urllib.parse import quote

from werkzeug.test import create_environ, run_wsgi_app

from app.cli.serve import SERVED_THRESHOLDS
from app.runtime.side_effects import system_effects
from app.web import create_app
from core.states import ReviewStatus
from db.collection import reviews
from db.read.fts_query import match_query
from db.read.search import EXTRACT_WORDS, ReviewSearch, SearchQuery
from db.schema.connect import Database, connect, write_transaction
from tests.bench import archive
from tests.bench.targets import SEARCH_MIX, SEARCH_RARE, SEARCH_WRITE, Figure
from tests.bench.turns import Failed, Options

SEARCH_NOTES = """\
search: {count:,} invented reviews of about 200 words; {queries} queries drawn from them, each new; one thread,
  whose CPU is counted.
Raw: SELECT rowid … MATCH … ORDER BY rank LIMIT 20 on the same index. Extracts: the same, with the 20 reviews' snippet()
  of summary, sections and keywords. Ours: what is listed, ranked with a weight for each column, each facet's values
  counted exactly, 20 reviews with extracts. Page: the same, a whole request, asked as the web server asks the
  application. Ratios: the page's p99 in times of the raw search's, and of that with extracts."""
COUNT_NOTES = """\
what is searched, counted and gathered: {count:,} invented reviews; one thread; each page {runs} times rendered and
  {runs} times kept, the topic is the commonest. Ratio: the page's p99 in times of the issue's."""
STATUSES: tuple[ReviewStatus, ...] = ("withdrawn", "current")
LARGE = 200_000  # reviews


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found; the figures with --large alone. Raises Failed."""
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        folder = Path(name) / "house"
        with closing(archive.build(folder, LARGE if options.large else 200 if options.quick else 2000)) as db:
            said, ratios = measure_searches(db, folder, 30 if options.quick else 300)
            yield said
            yield counted_pages(folder, 5 if options.quick else 100)
            seconds = measure_writes(db)
            yield f"the first search after a write, at most: {seconds * 1e3:.0f} ms of CPU"
            if options.large:
                yield Figure(SEARCH_MIX, ratios["all of them"])
                yield Figure(SEARCH_RARE, ratios["rare word"])
                yield Figure(SEARCH_WRITE, seconds)


def measure_searches(db: Database, house: Path, count: int) -> tuple[str, dict[str, float]]:
    """Each kind of query by each way, with its p50 and p99; and of each kind the page's p99 in times of the raw."""
    held = db.execute("SELECT COUNT(*) FROM review_sort_keys").fetchone()[0]
    by_kind = _queries(db, count // 4)
    rows = [SEARCH_NOTES.format(count=held, queries=sum(map(len, by_kind.values())))]
    heads = "".join(f"{f'{way} p50':>14}{'p99':>8}" for way in ("raw", "extracts", "ours", "page"))
    rows.append(f"{'search, milliseconds of CPU':<46}{heads}{'ratios of p99':>16}")
    with closing(connect(db.file)) as other:
        ways = list(_ways(db, other, house))
        times = {kind: [[_timed(way, words) for words in queries] for way in ways] for kind, queries in by_kind.items()}
    times["all of them"] = [[t for kind in by_kind for t in times[kind][way]] for way in range(len(ways))]
    ratios = {}
    for kind, taken in times.items():
        figures = [_p50_p99(one) for one in taken]
        (_, raw), (_, extracts), _, (_, page) = figures
        said = "".join(f"{p50:>14.2f}{p99:>8.2f}" for p50, p99 in figures)
        rows.append(f"  {kind:<44}{said}{page / raw:>9.2f}{page / extracts:>7.2f}")
        ratios[kind] = page / raw
    return "\n".join(rows), ratios


def _ways(db: Database, other: Database, house: Path) -> Iterator[Callable[[str], object]]:
    """FTS5 alone, the same with extracts, our search, and a page of it."""
    app = create_app(system_effects(now=lambda: archive.NOW), archive.settings(house))
    app.logger.disabled = True
    environ, catalogue = create_environ("/reviews"), ReviewSearch()
    statement = "SELECT rowid{} FROM reviews_fts WHERE reviews_fts MATCH ? ORDER BY rank LIMIT 20"
    snippets = "".join(f", snippet(reviews_fts, {column}, '', '', '…', {EXTRACT_WORDS})" for column in (1, 2, 3))

    def raw(words: str) -> object:
        return other.execute(statement.format(""), [match_query(words)]).fetchall()

    def extracts(words: str) -> object:
        return other.execute(statement.format(snippets), [match_query(words)]).fetchall()

    def found(words: str) -> object:
        return catalogue.find(db, SearchQuery(words)).hits

    def page(words: str) -> object:
        body, status, _ = run_wsgi_app(app.wsgi_app, {**environ, "QUERY_STRING": f"q={quote(words)}"}, buffered=True)
        if status != "200 OK":
            raise Failed(f"the search for {words!r} answered {status}")
        return body

    catalogue.find(db, SearchQuery())
    page("")
    gc.collect()  # as `serve` does
    gc.freeze()
    gc.set_threshold(*SERVED_THRESHOLDS)
    yield from (raw, extracts, found, page)


def measure_writes(db: Database) -> float:
    """The longest that a search takes right after a write, in seconds of CPU: one review, then a scrape's worth."""
    catalogue, taken = ReviewSearch(), list[float]()
    catalogue.find(db, SearchQuery())
    with closing(connect(db.file)) as other:
        for ids in ([3], [150], list(range(1, 101))):
            for status in STATUSES:
                with write_transaction(other):
                    reviews.set_status(other, ids, status)
                for query in (SearchQuery("injury"), SearchQuery()):
                    taken.append(_timed(lambda _, query=query: catalogue.find(db, query), ""))  # type: ignore[misc]
    return max(taken) / 1e3


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
    began = time.thread_time()
    way(words)
    return (time.thread_time() - began) * 1e3


def _p50_p99(times: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]
