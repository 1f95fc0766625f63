"""Pages of two products' own servers, asked for in turns."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from tests.bench import houses, listing
from tests.bench.load import Asked, measure
from tests.bench.process import environment
from tests.bench.products import Product
from tests.bench.turns import Failed, Options

WAIT = 60  # seconds for a server to answer


def compare_pages(products: Sequence[Product], options: Options, folder: Path) -> list[tuple[str, float, float]]:
    """Requests a second of each page, this and that; the first turn warms up."""
    each = 100 if options.quick else 1000
    with ExitStack() as stack:
        ports = []
        for number, product in enumerate(products):
            house = folder / f"house-{number}"
            house.mkdir()
            houses.issue_house(20, 2)(product, house)
            product.must(house, "issue", "send", houses.PERIOD)
            ports.append(stack.enter_context(_served(product, house)))
        taken: dict[str, list[list[float]]] = {}
        for turn in range(options.runs + 1):
            for at, port in enumerate(ports):
                for name, requests in _requests(port, each, turn):
                    rate = measure(port, requests).rate
                    if turn:
                        taken.setdefault(name, [[], []])[at].append(rate)
    return [(f"{name}, requests/s", median(ours), median(theirs)) for name, (ours, theirs) in taken.items()]


def _requests(port: int, each: int, turn: int) -> Iterator[tuple[str, list[Asked]]]:
    issue = f"/issues/{houses.PERIOD}"
    style = re.search(r'href="([^"]+\.css[^"]*)"', _get(port, "/")[1])
    for name, path in (
        ("the issue", issue),
        ("a review", "/reviews/7"),
        ("the front page", "/"),
        ("the style sheet", style[1] if style else "/"),
        ("the feed of reviews", "/feeds/reviews.atom"),
    ):
        yield name, [Asked(path)] * each
    tag = f"If-None-Match: {_get(port, issue)[0]}\r\n"
    yield "the issue, not modified", [Asked(issue, tag, 304)] * each
    found = [Asked(f"/reviews?q={listing.WORDS[n % len(listing.WORDS)][:5]}&n={turn}.{n}") for n in range(each // 4)]
    yield "a search", found


def _get(port: int, path: str) -> tuple[str, str]:
    asked = HTTPConnection("127.0.0.1", port, timeout=WAIT)
    asked.request("GET", path)
    answer = asked.getresponse()
    body = answer.read().decode()
    asked.close()
    return str(answer.getheader("ETag")), body


@contextmanager
def _served(product: Product, house: Path) -> Iterator[int]:
    """`casereviews serve` of a house, without its timer; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [str(product.programs / "casereviews"), "serve", "--no-scheduler", "--port", str(port)]
    with (house / "served").open("wb") as out:
        child = subprocess.Popen(command, cwd=house, env=environment(product.root), stdout=out, stderr=out)
    try:
        _wait(child, port, house / "served")
        yield port
    finally:
        child.terminate()
        child.wait()


def _wait(child: subprocess.Popen[bytes], port: int, said: Path) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until and child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Failed(f"the pages of {said.parent.name} do not answer: {said.read_text()[-500:]}")
