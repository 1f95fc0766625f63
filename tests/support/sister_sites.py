"""Six sites on loopback as the real ones answer, each with invented entries that a test adds to day by day."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit

from app.runtime.side_effects import system_effects
from app.scheduler import daily_jobs, tick
from app.scheduler.job_context import JobContext
from core.config.load import load
from db.schema.connect import connect, create
from tests.support.catalogue_site import START, Catalogue, numbers
from tests.support.installation import QUICK
from tests.support.loopback_site import Answer, Request, Route, Site

ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
REPORTS = "/prevention-of-future-death-reports/"
SOURCES = {  # name: kind, where its list begins
    "nspcc": ("nspcc-listing", "/list"),
    "catalogue": ("heritage", START),
    "panel": ("govuk-search", "/api/search.json?count=100"),
    "adults": ("adult-reviews", "/search.html"),
    "homicides": ("homicide-reviews", "/?pagination%5BpageNumber%5D=0&pagination%5BpageSize%5D=10"),
    "deaths": ("future-deaths", "/wp-json/wp/v2/pfd_report_type?slug=child-death-from-2015"),
}


@dataclass
class SisterSites:
    """`with SisterSites({"nspcc": 40, …}).served() as sites:` their entries by source, as many as asked for."""

    counts: dict[str, int]
    now: datetime = field(default_factory=lambda: datetime(2026, 1, 1))
    edited: dict[int, datetime] = field(default_factory=dict)  # coroners' reports, by number
    sites: dict[str, Site] = field(default_factory=dict)
    oldest_first: bool = False  # the library of homicide reviews: what is new stands on its last page

    @contextmanager
    def served(self) -> Iterator[dict[str, Site]]:
        """The sites, by source."""
        self.catalogue = Catalogue(numbers(self.counts["catalogue"]))
        self.catalogue.counted = True
        routes: dict[str, dict[str, Route]] = {
            "nspcc": {"/list": self._listing},
            "catalogue": self.catalogue.routes,
            "panel": {"/api/search.json": self._panel},
            "adults": {"/search.html": self._adults},
            "homicides": {"/": self._homicides},
            "deaths": {
                "/wp-json/wp/v2/pfd_report_type": lambda _: _json([{"id": 7, "taxonomy": "pfd_report_type"}]),
                "/wp-json/wp/v2/pfd": self._deaths,
            },
        }
        with ExitStack() as stack:
            for name, own in routes.items():
                own["/robots.txt"] = lambda _: ROBOTS
                self.sites[name] = stack.enter_context(Site(own))
            self._serve_report_pages()
            yield self.sites

    def add(self, name: str) -> None:
        """List one more entry, from now on."""
        self.counts[name] += 1
        if name == "catalogue":
            self.catalogue.records.append(numbers(1, self.counts[name])[0])
        self.edited[self.counts["deaths"]] = self.now if name == "deaths" else datetime(2026, 1, 1)
        self._serve_report_pages()

    def _numbers(self, name: str) -> range:
        """The entries of a source, the newest first."""
        newest_first = range(self.counts[name], 0, -1)
        return newest_first[::-1] if name == "homicides" and self.oldest_first else newest_first

    def _listing(self, request: Request) -> Answer:
        entries = (
            f"<h3>2026 – Westmere – Child {n}</h3><p>Neglect of child {n}.</p><p>Keywords: neglect, case {n}</p>"
            for n in self._numbers("nspcc")
        )
        return _page(request, "<h1>Published</h1>" + "".join(entries))

    def _panel(self, request: Request) -> Answer:
        results = [
            {
                "title": f"Invented national review {n}",
                "link": f"/government/publications/review-{n}",
                "description": f"What review {n} found.",
                "public_timestamp": "2026-03-12T09:30:00Z",
                "content_store_document_type": "independent_report",
            }
            for n in self._numbers("panel")
        ]
        return _json({"results": results, "total": len(results), "start": 0})

    def _adults(self, request: Request) -> Answer:
        rows = (f'<tr><td>Adult {n}</td><td><a href="2026/a{n}.pdf">x</a></td></tr>' for n in self._numbers("adults"))
        button = '<button class="collapsible">SARs 2026</button>'
        return _page(request, f'{button}<div class="content"><table>{"".join(rows)}</table></div>')

    def _homicides(self, request: Request) -> Answer:
        asked = parse_qs(urlsplit(request.path).query)
        first = int(asked["pagination[pageNumber]"][0]) * int(asked["pagination[pageSize]"][0])
        listed = self._numbers("homicides")
        shown = listed[first : first + int(asked["pagination[pageSize]"][0])]
        cards = (
            f'<section aria-label="DHR result Ms {n} - Norfolk - 2022/a - DHR"><h3>Ms {n}</h3><dl>'
            "<dt>Community Safety Partnership</dt><dd>Norfolk</dd><dt>Region</dt><dd>East</dd>"
            f'<dt>Upload date</dt><dd>June 2026</dd></dl><a href="/download/{n:024x}">View</a></section>'
            for n in shown
        )
        count = f"<p>Showing results {first + 1} to {first + len(shown)} of {len(listed)}</p>"
        return _page(request, count + "".join(cards), tag=False)

    def _deaths(self, request: Request) -> Answer:
        """What the REST interface of the coroners' site answers."""
        asked = parse_qs(urlsplit(request.path).query)
        since = datetime.fromisoformat(asked["modified_after"][0]) if "modified_after" in asked else datetime.min
        chosen = [n for n in self._numbers("deaths") if self.edited.get(n, datetime(2026, 1, 1)) > since]
        size, page = int(asked["per_page"][0]), int(asked.get("page", ["1"])[0])
        if page > 1 and (page - 1) * size >= len(chosen):
            return _json({"code": "rest_post_invalid_page_number", "message": "no such page"}, 400)
        items = [
            {"link": self.sites["deaths"].url(f"{REPORTS}person-{n}/"), "content": {"rendered": _report(n)}}
            for n in chosen[(page - 1) * size : page * size]
        ]
        return _json(items, headers={"X-WP-Total": str(len(chosen)), "X-WP-TotalPages": str(-(-len(chosen) // size))})

    def _serve_report_pages(self) -> None:
        """The coroners' lists of ten, of which two in three lead to a report's page, and these pages."""
        routes, last = self.sites["deaths"].routes, -(-self.counts["deaths"] // 10)
        for number in range(1, last + 1):
            routes[f"{REPORTS}page/{number}/"] = self._death_list(number)
        for n in self._numbers("deaths"):
            routes[f"{REPORTS}person-{n}/"] = lambda request, n=n: _page(request, f"<h1>Person {n}</h1>{_report(n)}")

    def _death_list(self, number: int) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            listed = self._numbers("deaths")
            cards = (
                f'<div class="card"><h3><a href="{REPORTS}person-{n}/">Person {n}</a></h3>'
                f"{_report(n) if n % 3 == 0 else '<p>Date of report: 1/5/2026 […]</p>'}</div>"
                for n in listed[(number - 1) * 10 : number * 10]
            )
            more = number * 10 < len(listed)
            following = f'<a class="page-numbers" href="{REPORTS}page/{number + 1}/">next</a>' if more else ""
            return _page(request, "".join(cards) + following, tag=False)

        return answer


def _report(n: int) -> str:
    return (
        f"<p>Date of report: 1/5/2026</p><p>Ref: 2026-{n:04}</p><p>Coroner area: Suffolk</p>"
        "<p>Category: Child Death (from 2015)</p>"
    )


def _page(request: Request, body: str, tag: bool = True) -> Answer:
    """A page, with a validator where the site gives one."""
    whole = f"<html><body>{body}</body></html>".encode()
    etag = {"ETag": f'"{hashlib.sha256(whole).hexdigest()[:12]}"'} if tag else {}
    if tag and request.headers.get("if-none-match") == etag["ETag"]:
        return Answer(304, headers=etag)
    return Answer(200, whole, {"Content-Type": "text/html; charset=utf-8", **etag})


def _json(answer: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(answer).encode(), {"Content-Type": "application/json", **(headers or {})})


def configure_sisters(sites: Mapping[str, Site], addresses: Mapping[str, str]) -> None:
    """A configuration of these sites in the working folder, and its database; `addresses`: where else lists begin."""
    tables = (
        f'[[sources]]\nname = "{name}"\nkind = "{SOURCES[name][0]}"\n'
        f'url = "{site.url(addresses.get(name, SOURCES[name][1]))}"\n'
        for name, site in sites.items()
    )
    Path("casereviews.toml").write_text("".join(tables) + QUICK, "utf-8")
    create(load(Path("casereviews.toml")).database).close()


def read_day(now: datetime, walk: bool = True, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """What the timer's reading and walking do at an instant, in words."""
    settings, done = load(Path("casereviews.toml")), list[str]()
    with closing(connect(settings.database)) as db:
        context = JobContext(system_effects(now=lambda: now, sleep=lambda _: None, clock=clock), settings, db, Event())
        for job in (daily_jobs.READING_JOB, getattr(tick, "WALK_JOB", None) if walk else None):
            if job and any(job.due(context)):
                done += map(str, job.do(context))
    return done
