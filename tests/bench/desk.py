"""Benchmark: every page of the desk on a house of many readers and issues, beside the same page on a small one."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import thread_time
from typing import NamedTuple

from flask import Flask
from werkzeug.test import Client

from app.runtime.side_effects import system_effects
from app.web import create_app
from core.calendar import month_after
from tests.app.web.operator import PASSWORD
from tests.bench import archive, large_desk
from tests.bench.turns import Failed, Options

NOTES = """\
desk: every page of /ops that is read, on a house of {small} and on one of {large}: milliseconds of CPU for a
  whole request, one thread, medians of {runs} in turn. Ratio: the large house's in times of the small one's, which is
  to be {target:g} at most.
  A page that neither house has (no read is doubted, no message lies in the outbox) is left out, with its answer."""
TARGET = 2.0
OPEN_PAGES = {"issue": "", "edit": "/edit", "approve": "/approve", "preview_html": "/preview/html", "test": "/test"}
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Size(NamedTuple):
    """How large a house is."""

    readers: int
    issues: int

    def __str__(self) -> str:
        return f"{self.readers:,} readers and {self.issues} issues"


def bench(options: Options) -> Iterator[str]:
    """What there is to print. Raises Failed."""
    small, large = (Size(50, 2), Size(200, 4)) if options.quick else (Size(1_000, 12), Size(100_000, 240))
    runs = options.runs * 2 - 1
    with TemporaryDirectory(prefix="casereviews-bench-") as name, ExitStack() as opened:
        apps = []
        for size in (small, large):
            folder = Path(name, f"house-{size.readers}")
            opened.enter_context(closing(large_desk.build(folder, *size)))
            apps.append(create_app(system_effects(now=lambda: large_desk.NOW), large_desk.settings(folder)))
        clients = [log_in(app) for app in apps]
        yield NOTES.format(small=small, large=large, runs=runs, target=TARGET)
        yield compare_pages(list_pages(apps[0]), clients, runs)[0]


def log_in(app: Flask) -> Client:
    """Somebody at the desk. Raises Failed."""
    app.logger.disabled = True
    client = app.test_client()
    token = CSRF.search(client.get("/ops/login").text)
    fields = {"password": PASSWORD, "name": "bench", "csrf_token": token[1] if token else ""}
    if client.post("/ops/login", data=fields).status_code != 303:
        raise Failed("the desk lets nobody in")
    return client


def list_pages(
    app: Flask, period: str = archive.PERIOD, source: str = "bench", domain: str = "a7.example"
) -> dict[str, str]:
    """Every page of the desk that is read, by its name: of the issue of a month, and of the open one after it."""
    values = {"period": period, "folder": period, "name": source}
    paths = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("ops.") and "GET" in (rule.methods or ()):
            name = rule.endpoint.removeprefix("ops.")
            paths[name] = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: values.get(found[1], "1"), rule.rule)
    more = {  # pages by their questions, as links of the desk ask them
        **{
            f"{name}, of an open issue": f"/ops/issues/{month_after(period)}{path}" for name, path in OPEN_PAGES.items()
        },
        "queue, refused": f"/ops/queue/{period}?state=refused",
        "queue, the hundredth page": f"/ops/queue/{period}?state=sent&after=2026-10-19T09:00:00Z.5000",
        "queue, who waits": f"/ops/queue/{period}?state=queued",
        "everybody, of a status": "/ops/people/all?status=bounced",
        "everybody, of a domain": f"/ops/people/all?domain={domain}",
        "everybody, of both": f"/ops/people/all?status=bounced&domain={domain}",
        "everybody, the last page": "/ops/people/all?after=990",
        "issues, older": "/ops/issues?before=2026-01",
    }
    return dict(sorted(paths.items())) | more


def compare_pages(paths: dict[str, str], clients: list[Client], runs: int) -> tuple[str, float, str]:
    """What there is to print of these pages, the worst ratio, and which page has it."""
    rows = [f"{'pages of the desk, milliseconds':<46}{'small':>9}{'large':>9}{'ratio':>8}"]
    ratios, absent = [], []
    for name, path in paths.items():
        first = [client.get(path) for client in clients]
        if {answer.status_code for answer in first} != {200}:
            absent.append(f"{name} {first[1].status_code}")
            continue
        taken = [[_milliseconds(client, path) for client in clients] for _ in range(runs)]
        small, large = (median(column) for column in zip(*taken, strict=True))
        ratios.append((large / small, name))
        rows.append(f"  {name:<44}{small:>9.2f}{large:>9.2f}{large / small:>8.2f}")
    worst, name = max(ratios)
    rows.append(f"  {f'the worst: {name}':<44}{'':>18}{worst:>8.2f}")
    return "\n".join([*rows, f"left out: {', '.join(absent)}"]), worst, name


def _milliseconds(client: Client, path: str) -> float:
    began = thread_time()
    _ = client.get(path).data
    return (thread_time() - began) * 1e3
