"""`casereviews sources try`: what a person sees, what is written, and that the source is read then."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Typed
from tests.support.loopback_site import Answer, Site

Type = Callable[..., Typed]
HEAD = "<title>Reviews - Northshire Safeguarding Children Partnership</title>"
FIRST = "<li>Child A: LCSPR – <a href='/a.pdf'>link</a> – January 2023</li>"
SECOND = "<li>Child \x1b[31mB: LCSPR – <a href='/b.pdf'>link</a> – March 2022</li>"
THIRD = "<li>Child C: LCSPR – <a href='/c.pdf'>link</a> – May 2026</li>"
pytestmark = pytest.mark.loopback


class Partnership:
    """A site whose one page holds entries."""

    def __init__(self) -> None:
        self.entries = FIRST + SECOND

    def answer(self) -> Answer:
        page = f"<html><head>{HEAD}</head><body><main><ul>{self.entries}</ul></main></body></html>"
        return Answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def partnership() -> Partnership:
    return Partnership()


@pytest.fixture
def site(partnership: Partnership, socket_enabled: None) -> Iterator[Site]:
    robots = Answer(200, b"User-agent: *\nDisallow: /secret\n")
    with Site({"/reviews": lambda _: partnership.answer(), "/robots.txt": lambda _: robots}) as site:
        site.routes["/guarded"] = lambda _: Answer(200, b"<title>Just a moment...</title><p>Verifying your browser</p>")
        site.routes["/report"] = lambda _: Answer(200, b"%PDF-1.7", {"Content-Type": "application/pdf"})
        yield site


def set_up(typed: Type) -> None:
    typed("init")
    file = Path("casereviews.toml")
    file.write_text(file.read_text("utf-8").replace("spacing = 1.0", "spacing = 0.0"), "utf-8")


def test_a_page_is_shown_written_and_then_read(typed: Type, site: Site, partnership: Partnership) -> None:
    set_up(typed)
    before = Path("casereviews.toml").read_bytes()

    shown = typed("sources", "try", site.url("/reviews"))
    untouched = Path("casereviews.toml").read_bytes()
    written = typed("sources", "try", site.url("/reviews"), "--name", "northshire", "--yes")
    first = typed("scrape", "northshire")
    partnership.entries = THIRD + FIRST
    second = typed("scrape", "northshire")

    assert (shown.code, untouched, written.code) == (0, before, 0)
    assert "  1. 2023-01 Child A: LCSPR  [a.pdf]\n  2. 2022-03 Child [31mB: LCSPR  [b.pdf]\n" in shown.out
    assert 'kind = "links"' in shown.out and 'publisher = "Northshire Safeguarding Children Partnership"' in shown.out
    assert shown.err == "Nothing was written; to add it, type it again with --yes.\n"
    assert Path("casereviews.toml").read_bytes().startswith(before)
    assert tomllib.loads(Path("casereviews.toml").read_text("utf-8"))["sources"][1]["item"] == "main li"
    assert json.loads(Path("data/sources/northshire/expected.json").read_text("utf-8"))["reviews"][0]["year"] == 2023
    assert "2 reviews read, 2 new, 0 changed, 0 missing, 0 unchanged; known from now on, no news" in first.out
    assert "2 reviews read, 1 new, 0 changed, 0 missing, 1 unchanged" in second.out  # one went: that means nothing
    assert [request.path for request in site.requests][:2] == ["/robots.txt", "/reviews"]


def test_a_source_that_cannot_be_used_holds_no_other_back(typed: Type, site: Site) -> None:
    set_up(typed)
    typed("sources", "try", site.url("/reviews"), "--name", "north", "--yes")
    file = Path("casereviews.toml")
    south = '[[sources]]\nname = "south"\nkind = "links"\nurl = "https://south.example.org/"\nitem = "(("\n'
    west = '[[sources]]\nname = "west"\nkind = "linsk"\nurl = "https://west.example.org/"\n'
    file.write_text(file.read_text("utf-8") + south + west, "utf-8")

    looked = typed("check")
    read = typed("scrape", "south", "north", "west")

    assert "FAILURE  source south: item is no CSS selector: '((' " in looked.out
    first, second = read.err.splitlines()
    assert read.code == 3
    assert first.startswith("casereviews: south: item is no CSS selector: '((' ")
    assert second.startswith("casereviews: west: no such kind of source: linsk. Kinds: nspcc-listing, ")
    assert read.out.startswith("north: 2 reviews read, 2 new")


def test_it_prints_json_and_writes_nothing(typed: Type, site: Site) -> None:
    set_up(typed)

    said = typed("sources", "try", site.url("/reviews"), "--json", "--set", "review_kind=Practice review")

    trial = json.loads(said.out)
    assert (said.code, said.err, trial["kind"], trial["lists_none"]) == (0, "", "links", False)
    assert [(one["year"], one["month"], len(one["links"])) for one in trial["reviews"]] == [(2023, 1, 1), (2022, 3, 1)]
    assert 'review_kind = "Practice review"' in trial["table"]
    assert not Path("data/sources").exists()


def test_a_saved_page_is_read_without_the_network(typed: Type) -> None:
    set_up(typed)
    Path("page.html").write_text(f"<main><ul>{FIRST}</ul></main>", "utf-8")

    said = typed("sources", "try", "www.north.example.org/reviews", "--from-file", "page.html", "--yes")

    assert (said.code, 'name = "north"' in said.out, 'url = "https://www.north.example.org/reviews"' in said.out) == (
        0,
        True,
        True,
    )
    assert "Whose reviews they are is not said" in said.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["/nothing"], 1, "answered 404: "),
        (["/secret"], 1, "robots.txt refuses: "),
        (
            ["/guarded"],
            4,
            "nothing on it looks like a list of reviews: http://127.0.0.1:{port}/guarded; it looks like a bot",
        ),
        (["/report"], 4, "the page is a PDF, not HTML: http://127.0.0.1:{port}/report. Give the address of the page"),
        (["/robots.txt"], 4, "nothing on it looks like a list of reviews: "),
        (["/reviews", "--set", "item=main (("], 2, "item is no CSS selector: "),
        (["/reviews", "--set", "only=(("], 2, "only = '((': no regular expression: "),
        (["/reviews", "--set", "itme=li"], 2, "Invalid value for --set: KEY is one of: "),
        (["/reviews", "--set", "kind=nothing"], 2, "no such kind of source: nothing. "),
        (["/reviews", "--name", "nspcc"], 2, "Invalid value for --name: there is a source called nspcc already. "),
        (["/reviews", "--name", "North Shire"], 2, "name = 'North Shire': "),
    ],
)
def test_what_goes_wrong_is_one_line(typed: Type, site: Site, words: list[str], code: int, said: str) -> None:
    set_up(typed)

    answer = typed("sources", "try", site.url(words[0]), *words[1:])

    assert (answer.code, answer.err.count("\n"), answer.out) == (code, 1, "")
    assert answer.err.startswith(f"casereviews: {said.format(port=site.port)}")


def test_a_list_that_a_script_fills_is_called_so(typed: Type) -> None:
    set_up(typed)
    Path("page.html").write_text("<h1>Our reviews</h1><p>All we have.</p><div id='app'></div>", "utf-8")

    said = typed("sources", "try", "www.north.example.org/reviews", "--from-file", "page.html")

    assert (said.code, "it looks like a list that only a script fills in: <div" in said.err) == (4, True)


def test_a_list_that_may_be_another_is_shown_with_a_caution(typed: Type) -> None:
    set_up(typed)
    Path("page.html").write_text("<main><ul><li><a href='/a.pdf'>Summer</a><li><a href='/b.pdf'>Winter</a></ul></main>")

    said = typed("sources", "try", "https://north.example.org/", "--from-file", "page.html")

    assert "It is not sure that these are all reviews" in said.err


def test_without_a_configuration_file_nothing_is_written(typed: Type, site: Site) -> None:
    answer = typed("sources", "try", site.url("/reviews"), "--yes")

    assert answer.code == 2
    assert "there is no configuration file: casereviews.toml. Write one with: casereviews init\n" in answer.err
    assert list(Path().iterdir()) == []
