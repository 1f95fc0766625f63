"""Benchmark, one turn of a search in a process of its own: each kind of query by each way, as JSON of milliseconds."""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from urllib.parse import quote

from werkzeug.test import create_environ, run_wsgi_app

from app.cli.serve import SERVED_THRESHOLDS
from app.runtime.side_effects import system_effects
from app.web import create_app
from db.read.fts_query import match_query
from db.read.search import EXTRACT_WORDS, ReviewSearch, SearchQuery
from db.schema.connect import Database, connect
from tests.bench import archive
from tests.bench.turns import Failed


def main(house: Path, count: int) -> None:
    """Print what each query took, by kind and by way."""
    file = archive.settings(house).database
    with closing(connect(file)) as db, closing(connect(file)) as other:
        by_kind = queries_by_kind(db, count // 4)
        ways = list(ways_to_search(db, other, house))
        taken = {kind: [[timed(way, words) for words in asked] for way in ways] for kind, asked in by_kind.items()}
    print(json.dumps(taken))


def ways_to_search(db: Database, other: Database, house: Path) -> Iterator[Callable[[str], object]]:
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


def queries_by_kind(db: Database, each: int) -> dict[str, list[str]]:
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


def timed(way: Callable[[str], object], words: str) -> float:
    began = time.thread_time()
    way(words)
    return (time.thread_time() - began) * 1e3


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
