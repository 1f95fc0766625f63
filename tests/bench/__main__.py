"""python -m tests.bench [NAME …] [--runs N] [--quick] [--no-scrapy] [--large]: measures, prints, compares.

Exits 1 when a contender did not do its job.
"""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator

from tests.bench import alerts, delivery, desk, links, pages, queries, reading, reports, starting
from tests.bench.targets import Figure, summary
from tests.bench.turns import Failed, Options

BENCHES: dict[str, Callable[[Options], Iterator[str | Figure]]] = {  # each yields what to print
    "reading": reading.bench,
    "delivery": delivery.bench,
    "pages": pages.bench,
    "starting": starting.bench,
    "queries": queries.bench,
    "reports": reports.bench,
    "alerts": alerts.bench,
    "desk": desk.bench,
    "links": links.bench,
}


def main() -> int:
    """Run the benchmarks that were asked for, all of them when none was named."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the house beside its peers.")
    parser.add_argument("name", nargs="*", help=f"which of: {', '.join(BENCHES)} (default: all)")
    parser.add_argument("--runs", type=int, help="turns of each contender (default: 5)")
    parser.add_argument("--quick", action="store_true", help="one turn on little data, to see that it works")
    parser.add_argument("--no-scrapy", dest="scrapy", action="store_false", help="leave Scrapy out")
    parser.add_argument("--large", action="store_true", help="pages of 200,000 reviews too: takes minutes to prepare")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.name) - set(BENCHES)):
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    if asked.runs is not None and asked.runs < 1:
        parser.error("--runs is at least 1")
    options = Options(asked.runs or (1 if asked.quick else 5), asked.quick, asked.scrapy, asked.large)
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors")
    tables, figures = asked.name or list(BENCHES), list[Figure]()
    try:
        for name in tables:
            for said in BENCHES[name](options):
                if isinstance(said, Figure):
                    figures.append(said)
                print(f"\n{said}", flush=True)
    except Failed as e:
        print(f"\nFAILED: {e}", file=sys.stderr)
        return 1
    print(f"\n{'little data: these figures show that it works' if options.quick else 'summary'}")
    print(summary(figures, tables))
    return 0


if __name__ == "__main__":
    sys.exit(main())
