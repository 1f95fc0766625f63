"""Benchmark: the search beside raw FTS5, the pages that search and count, and the wait of a search after a write."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from operator import truediv
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from app.runtime.side_effects import system_effects
from app.web import create_app
from core.states import ReviewStatus
from db.collection import reviews
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, connect, write_transaction
from tests.bench import archive
from tests.bench.process import measured, module
from tests.bench.search_turn import timed
from tests.bench.targets import SEARCH_MIX, SEARCH_RARE, SEARCH_WRITE, Figure
from tests.bench.turns import Failed, Options

SEARCH_NOTES = """\
search: {count:,} invented reviews of about 200 words; {queries} queries drawn from them, each new; one thread,
  whose CPU is counted. {runs} turns, each a process of its own; medians of them.
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
            held = db.execute("SELECT COUNT(*) FROM review_sort_keys").fetchone()[0]
            said, ratios = measure_searches(folder, held, 30 if options.quick else 300, options.runs)
            yield said
            yield counted_pages(folder, 5 if options.quick else 100)
            seconds = measure_writes(db)
            yield f"the first search after a write, at most: {seconds * 1e3:.0f} ms of CPU"
            if options.large:
                yield Figure(SEARCH_MIX, ratios["all of them"])
                yield Figure(SEARCH_RARE, ratios["rare word"])
                yield Figure(SEARCH_WRITE, seconds)


def measure_searches(house: Path, held: int, count: int, runs: int) -> tuple[str, dict[str, float]]:
    """Each kind of query by each way, with its p50 and p99; and of each kind the page's p99 in times of the raw."""
    turns = [_take_turn(house, count) for _ in range(runs)]
    asked = sum(len(ways[0]) for ways in turns[0].values())
    rows = [SEARCH_NOTES.format(count=held, queries=asked, runs=runs)]
    heads = "".join(f"{f'{way} p50':>14}{'p99':>8}" for way in ("raw", "extracts", "ours", "page"))
    rows.append(f"{'search, milliseconds of CPU':<46}{heads}{'ratios of p99':>16}")
    for turn in turns:
        turn["all of them"] = [[t for ways in turn.values() for t in ways[way]] for way in range(4)]
    ratios = {}
    for kind in turns[0]:
        figures = [[_p50_p99(taken) for taken in turn[kind]] for turn in turns]
        p50s, p99s = ([[one[way][at] for one in figures] for way in range(4)] for at in (0, 1))
        said = "".join(f"{median(p50):>14.2f}{median(p99):>8.2f}" for p50, p99 in zip(p50s, p99s, strict=True))
        ratios[kind], of_extracts = (median(map(truediv, p99s[3], p99s[way])) for way in (0, 1))
        rows.append(f"  {kind:<44}{said}{ratios[kind]:>9.2f}{of_extracts:>7.2f}")
    return "\n".join(rows), ratios


def _take_turn(house: Path, count: int) -> dict[str, list[list[float]]]:
    """By kind of query, what each took by each way, in milliseconds; in a process of its own. Raises Failed."""
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        run = measured(module("search_turn", str(house), str(count)), Path(name))
    if run.code:
        raise Failed(f"search: exit code {run.code}: {run.err.strip()[-2000:]}")
    turn: dict[str, list[list[float]]] = json.loads(run.out)
    return turn


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
                    taken.append(timed(lambda _, query=query: catalogue.find(db, query), ""))  # type: ignore[misc]
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
        rendered = _p50_p99([timed(get, f"{path}{sign}n={n}") for n in range(runs)])
        kept = _p50_p99([timed(get, path) for _ in range(runs)])
        first = first or [rendered[1], kept[1]]
        figures = f"{rendered[0]:>14.2f}{rendered[1]:>9.2f}{rendered[1] / first[0]:>7.2f}"
        rows.append(f"  {name:<44}{figures}{kept[0]:>10.2f}{kept[1]:>9.2f}{kept[1] / first[1]:>7.2f}")
    return "\n".join(rows)


def _p50_p99(times: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]
