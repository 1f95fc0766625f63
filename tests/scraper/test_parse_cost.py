"""The parser's memory and work grow with the page's length and with nothing else; absurd pages are refused."""

import sys
import tracemalloc
from collections.abc import Callable

import pytest

from core.errors import PageError
from core.records import Page
from scraper import page_text, text_lines
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import page

SENTENCE = "The family moved house and nobody asked. "
HEAD = "<h3>2026 – Westmere – Child A</h3>"
SHAPES: dict[str, Callable[[int], str]] = {
    "one sentence": lambda n: f"{HEAD}<p>{SENTENCE * n}</p>",
    "labels in one line": lambda n: f"{HEAD}<p>{'Learning: a; b. ' * n}</p>",
    "unknown labels": lambda n: f"{HEAD}<p>{'It was: so. ' * n}</p>",
    "lines": lambda n: f"{HEAD}<p>{f'{SENTENCE}<br>' * n}</p>",
    "entries": lambda n: "".join(f"<h3>2026 – Westmere – Child A{i}</h3><p>{SENTENCE}</p>" for i in range(n)),
    "one entry again": lambda n: f"{HEAD}<p>{SENTENCE}</p>" * n,
    "slips": lambda n: HEAD + f"<h3>Westmere – Child B</h3><p>{SENTENCE}</p>" * n,
    "links in one line": lambda n: HEAD + "".join(f'<a href="/{i}.pdf">Read.</a> ' for i in range(n)),
    "links without a stop": lambda n: f"{HEAD}<p>So " + "".join(f'<a href="/{i}.pdf">Read</a> ' for i in range(n)),
    "links in prose": lambda n: f"{HEAD}<p>So. " + "".join(f'<a href="/{i}.pdf">Read.</a> ' for i in range(n)),
    "numbers": lambda n: HEAD + "".join(f'<p>{SENTENCE}<p><a href="/s?searchTerm0=C{i}1">Read</a>' for i in range(n)),
    "footers": lambda n: HEAD + f"<footer>{'<p>x</p>' * n}<a href='/x.pdf'>Read</a></footer>" * 4,
    "footers too deep": lambda n: HEAD + "<footer>" * 5 * n + "<a href='/x.pdf'>Read</a>" + "</footer>" * 5 * n,
    "links in links": lambda n: HEAD + "<a href='/x'><b>x</b>" * n,
    "links nowhere too deep": lambda n: HEAD + "<div><a href='#x'>x" * 5 * n,
    "marks too deep": lambda n: HEAD + "a<sup><a href='#_ftn1'>" * 5 * n,
    "links too deep": lambda n: HEAD + "<a href='/x'><div>x" * 5 * n,
    "emphasis": lambda n: f"{HEAD}<p>{'<b>x</b> y ' * n}</p>",
    "dashes": lambda n: f"<h3>2026 {'- ' * n}Westmere – Child A</h3><p>{SENTENCE}</p>",
}


def shaped(name: str, n: int) -> Page:
    return page(f"<html><body>{SHAPES[name](n)}</body></html>")


def peak_bytes(what: Page) -> int:
    tracemalloc.start()
    try:
        parse(what, "nspcc")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def count_calls(what: Page) -> int:
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        parse(what, "nspcc")
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_page_is_twice_the_work(name: str) -> None:
    parse(shaped(name, 200), "nspcc")  # what is compiled or kept once is there for both

    assert count_calls(shaped(name, 200)) < 2.3 * count_calls(shaped(name, 100))


@pytest.mark.parametrize("name", SHAPES)
def test_four_times_the_page_is_four_times_the_memory(name: str) -> None:
    peak_bytes(shaped(name, 50))

    assert peak_bytes(shaped(name, 400)) < 7 * peak_bytes(shaped(name, 100))  # lists double; the square would be 16


def test_a_quarter_of_a_megabyte_of_one_sentence_costs_a_few() -> None:
    assert peak_bytes(shaped("one sentence", 250_000 // len(SENTENCE))) < 20_000_000


@pytest.mark.parametrize(
    "body",
    [
        f"{HEAD}<p><a href='/r.pdf'>Read</a>{'.' * 100_000}x</p>",
        f"<h3>2026 – Westmere – Child A {'+ ' * 50_000}x</h3><p>{SENTENCE}</p>",
        f"{HEAD}<p>{'. ' * 50_000}x</p>",
        f"{HEAD}<p><a href='?{'page' * 25_000}'>Next</a></p>",
        f"<h3>2026{' -' * 50_000}</h3>",
        f"{HEAD}<p>Recommendations{' to a' * 25_000}</p>",
        f"{HEAD}<p>Makes{' many' * 25_000}</p>",
        f"<p>{'no ' * 50_000}</p>",
    ],
)
def test_no_line_however_long_keeps_the_parser_busy(body: str) -> None:
    parse(page(f"<html><body>{body}</body></html>"), "nspcc")  # a pattern that looks back again takes hours


@pytest.mark.parametrize(("cap", "words"), [("MAX_TAGS", "the page has 9 tags"), ("MAX_LINES", "the page has 3 lines")])
def test_a_page_of_absurdly_many_tags_or_lines_is_refused(
    cap: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = page(f"<body>{HEAD}<p>{SENTENCE}</p><p>{SENTENCE}</p><br></body>")
    count = 9 if cap == "MAX_TAGS" else 3

    room = page_text if cap == "MAX_TAGS" else text_lines
    monkeypatch.setattr(room, cap, count)
    assert len(parse(long, "nspcc").reviews) == 1
    monkeypatch.setattr(room, cap, count - 1)
    with pytest.raises(PageError, match=rf"{words}, more than {count - 1}: .*Look at the address"):
        parse(long, "nspcc")


def test_a_page_of_a_million_tags_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(PageError):
        peak_bytes(page("<b>" * 1_000_000))
