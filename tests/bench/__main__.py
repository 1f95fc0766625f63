"""python -m tests.bench [NAME …] [--runs N] [--quick] [--no-scrapy] [--large] [--compare REV] [--write].

Measures, prints, and sums up beside the targets. Exits 1 when a contender did not do its job.
"""

import argparse
import os
import platform
import signal
import sqlite3
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from tests.bench import (
    alerts,
    cluster,
    comparing,
    delivery,
    desk,
    links,
    million,
    pages,
    performance,
    queries,
    readers,
    reading,
    reports,
    search,
    starting,
    store,
)
from tests.bench.products import pair
from tests.bench.targets import Figure, summary
from tests.bench.turns import Failed, Options

Bench = Callable[[Options], Iterator[str | Figure]]  # what to print, as it is found
BENCHES: dict[str, Bench] = {
    "reading": reading.bench,
    "delivery": delivery.bench,
    "pages": pages.bench,
    "search": search.bench,
    "starting": starting.bench,
    "queries": queries.bench,
    "reports": reports.bench,
    "alerts": alerts.bench,
    "desk": desk.bench,
    "readers": readers.bench,
    "million": million.bench,
    "links": links.bench,
    "cluster": cluster.bench,
    "store": store.bench,
}


def main() -> int:
    """Run the benchmarks that were asked for, all of them when none was named."""
    asked = _asked()
    options = Options(asked.runs or (1 if asked.quick else 5), asked.quick, asked.scrapy, asked.large)
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that folders and work trees go then, too
    figures: list[Figure] = []
    try:
        with closing(_measure(asked, options)) as found:
            for said in found:
                if isinstance(said, Figure):
                    figures.append(said)
                print(f"\n{said}", flush=True)
    except Failed as e:
        print(f"\nFAILED: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; nothing of it was kept", file=sys.stderr)
        return 130
    if figures or not asked.compare:
        print(f"\n{'little data: these figures show that it works' if options.quick else 'summary'}")
        print(summary(figures, [] if asked.compare else asked.name or BENCHES))
    if asked.write:
        performance.write(figures)
    return 0


def _measure(asked: argparse.Namespace, options: Options) -> Generator[str | Figure, None, None]:
    if asked.compare:
        with pair(asked.compare) as products:
            yield from comparing.compare(products, asked.name, options)
        return
    for name in asked.name or BENCHES:
        yield from BENCHES[name](options)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the house beside its peers.")
    parser.add_argument("name", nargs="*", help=f"which of: {', '.join(BENCHES)} (default: all)")
    parser.add_argument("--runs", type=int, help="turns of each contender (default: 5)")
    parser.add_argument("--quick", action="store_true", help="one turn on little data, to see that it works")
    parser.add_argument("--no-scrapy", dest="scrapy", action="store_false", help="leave Scrapy out")
    parser.add_argument("--large", action="store_true", help="the sizes of the targets: takes minutes to prepare")
    parser.add_argument(
        "--compare", metavar="REV", help=f"beside another commit's commands: {', '.join(comparing.TABLES)}"
    )
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.name) - set(comparing.TABLES if asked.compare else BENCHES)):
        parser.error(f"no such {'comparison' if asked.compare else 'benchmark'}: {', '.join(unknown)}")
    if asked.runs is not None and asked.runs < 1:
        parser.error("--runs is at least 1")
    if asked.write and asked.quick:
        parser.error("--quick measures nothing that is worth writing down")
    return asked


if __name__ == "__main__":
    sys.exit(main())
