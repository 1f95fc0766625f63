"""python -m tests.bench.month [SIZE …]: what thirty days of reading six sources ask of their servers."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.load import load
from db.schema.connect import connect
from tests.support.sister_sites import REPORTS, SOURCES, SisterSites, configure_sisters, read_day

FIRST = datetime(2026, 6, 1, 7, tzinfo=UTC)
DAYS = 30
NEWS = {5: "nspcc", 12: "homicides", 20: "deaths"}  # the day on which a source lists one more
SMALL = {"nspcc": 10, "catalogue": 12, "panel": 9, "adults": 12, "homicides": 30, "deaths": 12}


@dataclass(frozen=True, slots=True)
class Month:
    """What servers were asked on the first day and on each of thirty days after it, by source."""

    first: dict[str, int]
    days: dict[str, list[int]]
    news: int  # reviews that are news at the end

    def __str__(self) -> str:
        rows = [f"{'source':<12}{'first day':>10}{'30 days':>10}{'most a day':>12}"]
        rows += [f"{name:<12}{self.first[name]:>10}{sum(d):>10}{max(d):>12}" for name, d in self.days.items()]
        total = sum(map(sum, self.days.values()))
        return "\n".join([*rows, f"{'all':<12}{sum(self.first.values()):>10}{total:>10}", f"{self.news} new"])


def read_month(counts: dict[str, int], addresses: dict[str, str] | None = None) -> Month:
    """Read the six sites in the working folder as the timer does, day by day; `addresses`: where else lists begin."""
    world = SisterSites(dict(counts))
    with world.served() as sites:
        configure_sisters(sites, addresses or {})
        asked = []
        for day in range(DAYS + 1):
            world.now = (FIRST + timedelta(days=day)).replace(tzinfo=None)
            if day in NEWS:
                world.add(NEWS[day])
            before = {name: len(site.requests) for name, site in sites.items()}
            read_day(FIRST + timedelta(days=day))
            asked.append({name: len(site.requests) - before[name] for name, site in sites.items()})
    with closing(connect(load(Path("casereviews.toml")).database)) as db:
        news = db.execute("SELECT COUNT(*) FROM reviews WHERE baseline = 0").fetchone()[0]
    return Month(asked[0], {name: [day[name] for day in asked[1:]] for name in SOURCES}, news)


def _main() -> Iterator[str]:
    for deaths in map(int, sys.argv[1:] or ["60", "600"]):
        counts = SMALL | {"deaths": deaths, "homicides": 2 * deaths, "catalogue": deaths}
        for title, addresses in (("list pages", {"deaths": f"{REPORTS}page/1/"}), ("REST", {})):
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)
                yield f"\n{deaths} coroners' reports, {title}\n{read_month(counts, addresses)}"


if __name__ == "__main__":
    for words in _main():
        print(words, flush=True)
