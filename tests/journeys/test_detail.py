"""A collection that lets only headings or first sentences be passed on: no other word leaves by any way."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from app.web import create_app
from core.config.load import load
from db.collection import reviews
from tests.conftest import Typed
from tests.support.installation import opened

ENTRY = """<h3>2026 – Westmere – {0}</h3><p>Death of a firstword infant. Then middleword followed.</p>
<p>Learning includes: share lateword; train staff.</p><p>Keywords: tagword, infants</p>
<p><a href="https://reports.example.org/{0}.pdf">Read the report</a></p>"""
PAGE = "<html><body><h1>Case reviews published in 2026</h1>{}</body></html>"
PLACES = (
    "/reviews",
    "/reviews?q=lateword",
    "/reviews?q=middleword",
    "/reviews.json?q=middleword",
    "/reviews/4",
    "/reviews/4.json",
    "/feeds/reviews.atom",
    "/feeds/reviews.json",
    "/topics/infants",
    "/topics/infants.json",
    "/topics/infants/learning",
    "/topics/infants/learning.json",
    "/learning.csv?q=lateword",
    "/compare?review=1&review=4",
    "/compare?review=4&q=middleword",
    "/trends?q=lateword",
    "/issues/2026-10",
    "/issues/2026-10.txt",
    "/issues/2026-10/as-sent",
)
MAILED = [("issue", "show", "2026-10", "--format", form) for form in ("html", "text", "eml")]
EXPORTED = [("reviews", "export", "--format", form) for form in ("csv", "json")]


def configure(detail: str) -> None:
    Path("casereviews.toml").write_text(
        'operator = "ops@example.org"\n[newsletter]\npermission = "By leave of the collection."\n'
        f'detail = "{detail}"\n[mail]\nlive = false\n',
        "utf-8",
    )


def fill(typed: Callable[..., Typed]) -> None:
    """A first read in October, a new review and an edit, an issue that was sent."""
    for names, day in (("ABC", "2026-10-01"), ("ABCD", "2026-10-05")):
        page = PAGE.format("".join(ENTRY.format(f"Child-{name}") for name in names))
        if day > "2026-10-02":
            page = page.replace("middleword", "middleword oldword", 1)
        Path("page.html").write_text(page, "utf-8")
        assert typed("scrape", "--from-file", "page.html", "--as-of", day).code == 0
    typed("scrape", "--from-file", "page.html", "--as-of", "2026-11-01")
    assert typed("subscribers", "add", "ada@example.org", "--consent", "sample").code == 0
    assert typed("issue", "build", "2026-10").code == 0
    assert typed("issue", "approve", "2026-10").code == 0
    assert typed("issue", "send", "2026-10").code == 0


def outputs(typed: Callable[..., Typed]) -> dict[str, str]:
    """All that leaves the house, by where."""
    client = create_app(system_effects(), load(Path("casereviews.toml"))).test_client()
    pages = {place: client.get(place, base_url="http://127.0.0.1:8765") for place in PLACES}
    assert {place: page.status_code for place, page in pages.items() if page.status_code != 200} == {}
    typed_out = {" ".join(words): typed(*words).out for words in (*MAILED, *EXPORTED)}
    return {place: page.get_data(as_text=True) for place, page in pages.items()} | typed_out


@pytest.mark.parametrize(
    ("detail", "absent"),
    [
        ("full", ()),
        ("first sentence", ("middleword followed", "lateword;", "tagword", "oldword")),
        ("heading", ("firstword", "middleword followed", "lateword;", "tagword", "oldword")),
    ],
)
def test_no_more_of_a_review_leaves_than_its_collection_allows(
    typed: Callable[..., Typed], detail: str, absent: tuple[str, ...]
) -> None:
    configure("full")
    typed("init")
    fill(typed)  # as it was sent before the collection asked for less
    configure(detail)

    found = outputs(typed)

    here = {place: text for place, text in found.items() if not place.startswith("issue show")}
    leaks = [(place, word) for place, text in here.items() for word in absent if word in text]
    assert [
        leak for leak in leaks if leak[0].startswith("/reviews/4") or leak[1] != "tagword"
    ] == []  # topics are an index
    assert ("firstword" in found["/reviews/4"]) == (detail != "heading")
    assert ("lateword" in found["/reviews/4"]) == (detail == "full")
    assert all("Child-D" in found[place] for place in here if "q=" not in place and "learning" not in place)
    assert "By leave of the collection." in found["/issues/2026-10.txt"] + found["/issues/2026-10"]


@pytest.mark.parametrize(("detail", "words"), [("first sentence", ("firstword",)), ("heading", ())])
def test_an_issue_is_composed_of_what_may_be_passed_on(
    typed: Callable[..., Typed], detail: str, words: tuple[str, ...]
) -> None:
    configure(detail)
    typed("init")
    fill(typed)

    for command in MAILED:
        text = typed(*command).out
        assert [word for word in ("firstword", "middleword", "lateword", "tagword") if word in text] == list(words)
        assert "Child-D" in text
        assert "https://reports.example.org/Child-D.pdf" in text.replace("=\n", "")
        assert "By leave of the collection." in text.replace("=\n", "")
    with closing(opened()) as db:  # what was read is whole: a later leave needs no new read
        assert "lateword" in reviews.get(db, "4", whole=True).raw
