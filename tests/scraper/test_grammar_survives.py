"""Whatever the separators, spaces, tags and missing sections, no review is dropped and none invented."""

import html

from hypothesis import given
from hypothesis import strategies as st

from scraper.page_text import normalise_text
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import page

WORDS = "child family school nurse police visit home report delay drift care plan father mother".split()
SPACE = st.sampled_from([" ", "\u00a0", "  ", "\u2009", "\n", "&nbsp;", "\u00a0 "])
DASH = st.sampled_from(["-", "–", "—", "&ndash;", "−"])
prose = st.lists(st.sampled_from(WORDS), min_size=4, max_size=14).map(lambda words: f"The {' '.join(words)}.")
listed = st.lists(prose.map(lambda p: p[4:-1]), min_size=2, max_size=4).map(lambda items: f"{'; '.join(items)}.")
terms = st.lists(st.sampled_from(WORDS), min_size=2, max_size=5, unique=True)


@st.composite
def separator(draw: st.DrawFn, long_only: bool = False) -> str:
    """A dash with or without spaces; a hyphen has one on at least one side."""
    dash = draw(st.sampled_from(["–", "—", "&ndash;"]) if long_only else DASH)
    before, after = draw(st.booleans()), draw(st.booleans())
    if dash in {"-", "−"} and not (before or after):
        after = True
    return (draw(SPACE) if before else "") + dash + (draw(SPACE) if after else "")


@st.composite
def entry(draw: st.DrawFn) -> dict[str, object]:
    return {
        "year": draw(st.integers(1945, 2026)),
        "publisher": draw(st.sampled_from(["Anonymous", "Northshire", "Stoke-on-Trent", "Ashcombe and Vale"])),
        "name": draw(st.sampled_from(["Child A", "Children F, G and H", "“Lucy”", "BDS12", "Babies with injuries"])),
        "first": draw(separator()),
        "second": draw(separator()),
        "summary": draw(prose),
        "learning": draw(st.none() | listed),
        "recommendations": draw(st.none() | listed),
        "keywords": draw(st.none() | terms),
        "number": draw(st.none() | st.integers(1000, 9999)),
    }


MARKUPS = [
    ("<h2>{}</h2>", "<p>{}</p>"),
    ("<h4><span>{}</span></h4>", "<div>{}</div>"),
    ("<p><strong>{}</strong></p>", "<p>{}</p>"),
    ("<p>{}</p>", "<p>{}</p>"),
    ("{}<br>", "{}<br>"),
    ("<dt>{}</dt>", "<dd>{}</dd>"),
    ("<summary>{}</summary>", "<p>{}</p>"),
    ("<h3><button>{}</button></h3>", "<li>{}</li>"),
    ("<tr><th>{}</th></tr>", "<tr><td>{}</td></tr>"),
]


def rendered(entries: list[dict[str, object]], markup: tuple[str, str]) -> str:
    """A page of the entries in one markup, with the furniture of a real page round it."""
    head, body = markup
    parts = ["<html><body><nav>2016 – Not – A review</nav><h1>Case reviews published in 2017</h1>"]
    parts.append("<p>Last updated: 02 Sept 2025</p><p>Call the helpline.</p>")
    if markup[0].startswith("<tr"):
        parts.append("<table>")
    for e in entries:
        parts.append(head.format(f"{e['year']}{e['first']}{e['publisher']}{e['second']}{e['name']}"))
        parts.append(body.format(e["summary"]))
        if e["learning"]:
            parts.append(body.format(f"<b>Learning</b> includes: {e['learning']}"))
        if e["recommendations"]:
            parts.append(body.format(f"Recommendations&nbsp;include: {e['recommendations']}"))
        if e["keywords"]:
            parts.append(body.format("Keywords: " + ", ".join(e["keywords"])))  # type: ignore[arg-type]  # a list
        if e["number"]:
            parts.append(body.format(f'<a href="/search2?x=1&amp;searchTerm0=C{e["number"]}">Read the report</a>'))
    return "".join([*parts, "</body></html>"])


@given(st.lists(entry(), min_size=1, max_size=5), st.sampled_from(MARKUPS))
def test_the_grammar_survives_any_mix(entries: list[dict[str, object]], markup: tuple[str, str]) -> None:
    entries = [  # none the same as another
        {**e, "name": f"{e['name']} {n}", "number": e["number"] and f"{e['number']}{n}"} for n, e in enumerate(entries)
    ]

    found = parse(page(rendered(entries, markup)), "nspcc").reviews

    assert len(found) == len(entries)
    for review, e in zip(found, entries, strict=True):
        assert (review.year, review.publisher, review.name) == (e["year"], e["publisher"], e["name"])
        assert review.summary == e["summary"]
        kinds = [kind for kind in ("learning", "recommendations") if e[kind]]
        assert [section.kind for section in review.sections] == kinds
        assert [section.text for section in review.sections] == [e[kind] for kind in kinds]
        assert list(review.keywords) == (e["keywords"] or [])
        assert review.catalogue == (f"C{e['number']}" if e["number"] else "")


@given(st.text(), st.text())
def test_no_text_at_all_makes_the_parser_fail(one: str, other: str) -> None:
    body = f"<html><body><h2>2017 – Westmere – Child A</h2><p>{html.escape(one)}</p>{other}</body></html>"

    for review in parse(page(body.encode("utf-8", "replace")), "nspcc").reviews:
        assert normalise_text(review.heading) == review.heading


@given(st.binary(max_size=400))
def test_no_bytes_at_all_make_the_parser_fail(body: bytes) -> None:
    assert isinstance(parse(page(body), "nspcc").reviews, tuple)
