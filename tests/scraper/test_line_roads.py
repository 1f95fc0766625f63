"""Both roads from HTML to lines, lxml's own tree and BeautifulSoup's, agree line by line on whatever there is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.line_builder import TextLine
from scraper.page_text import read_html
from scraper.soup_lines import soup_lines
from scraper.text_lines import NestsTooDeep, extract_lines, tree_lines
from tests.bench import listing
from tests.support.random_pages import make_page
from tests.support.saved_pages import page

TESTS = Path(__file__).parents[1]
SAVED = sorted(
    file for kind in ("html", "xml", "json") for file in TESTS.rglob(f"*.{kind}") if ".venv" not in str(file)
)
ADDRESS = "https://boards.example.org/a/b/"
TAGS = (
    "a b strong em span del div p ul li dl dt dd h1 h3 br hr img table tr td footer aside article details summary pre"
    " q sup sub dialog input o:p"
)
RARE_TAGS = "html head body title base nav script style template select option textarea svg iframe noscript plaintext"
ATTRIBUTES = (
    "", "", "", " href='/r.pdf'", " href=https://library.example.org/h?searchTerm0=C1&x=2", " href=#top", " href",
    " href='/a/b/?page=2'", " href='http://['", " href=' c d '", " alt=Picture", " aria-label='A label'",
    " aria-hidden=true", " role=heading aria-level=3", " role=navigation", " a\"b=1 <", " class='x", " open",
    " style='text-decoration: line-through'",
)  # fmt: skip
WORDS = (
    "2017 – Westmere – Child A", "Death of a child. ", "Read the report", "(PDF, 1.2MB)", "a", " ", "\n", "\0", "\x0c",
    "3", "/2",
    "&amp;", "&nbsp", "&#150;", "&bogus;", "e\u0301 \u00ad\u200b\ufe0f", "\u00a0", "<", ">", "'", "<!-- c -->", "<!--",
    "--!>", "<![CDATA[ d ]]>", "<?php '>' ?>", "<!DOCTYPE html>", "</html>", "</body>", "</p>", "</br>", "</>",
)  # fmt: skip
OPENED = st.builds(
    "<{}{}>".format, st.sampled_from([*TAGS.split() * 4, *RARE_TAGS.split()]), st.sampled_from(ATTRIBUTES)
)
CLOSED = st.builds("</{}>".format, st.sampled_from(TAGS.split()))
MARKUP = st.lists(st.one_of(OPENED, CLOSED, st.sampled_from(WORDS), st.text(max_size=5)), max_size=30).map("".join)


def by_both(html: str) -> list[TextLine]:
    """The lines by lxml's tree, when those by BeautifulSoup's are the same."""
    lines = tree_lines(html, ADDRESS)
    assert lines == soup_lines(html, ADDRESS)
    return lines


@pytest.mark.parametrize("file", SAVED, ids=lambda file: str(file.relative_to(TESTS)))
def test_both_roads_read_the_same_lines_of_every_saved_page(file: Path) -> None:
    by_both(read_html(page(file.read_bytes())))


def test_both_roads_read_the_same_lines_of_pages_in_random_layouts() -> None:
    for seed in range(40):
        assert len(by_both(make_page(seed).html)) > 2
    assert len(by_both(listing.page(listing.entries(20)).decode())) > 20 * 8


@settings(max_examples=150)
@given(MARKUP)
def test_both_roads_read_the_same_lines_of_any_markup(html: str) -> None:
    by_both(f"<html><body>{html}")
    by_both(html)


@pytest.mark.parametrize(
    ("html", "said"),
    [  # as the HTML standard has it, where html.parser and others differ
        ("<p>a<p>b<p>c", ["a", "b", "c"]),
        ("<ul><li>a<li>b<ul><li>c<li>d</ul><li>e</ul>", ["a", "b", "c", "d", "e"]),
        ("<p><b>a<p>b</b>c", ["a", "bc"]),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", ["a", "b", "c", "d"]),
        ("<table><tr><td>a<tr><td>b</table>c", ["a", "b", "c"]),
        ("<p>a<![CDATA[b]]>c</p>", ["ac"]),
        ("<p>a<!-- x --!>b</p><p>c", ["ab", "c"]),
        ("<p>a</p><!-- x <p>b</p>", ["a"]),
        ("<p>a<!-- x --> <!-- y --><b>b</b>", ["a b"]),
        ("a &amp b &copy c &notit; &nbsp d", ["a & b © c ¬it; d"]),
        ("&#150;&#x80;&lt;p&gt;", ["–€<p>"]),
        ("<script>if (a</b) '<p>x</p>'</script><p>y", ["y"]),
        ("<template><p>x</p></template><style>p{}</style><p>y", ["y"]),
        ("<textarea><p>x</p></textarea><p>y", ["<p>x</p>", "y"]),
        ("<html><body><p>a</p></body></html> <p>b</p></html>c<nav>d</nav>", ["a", "b", "c"]),
        ("a < b <3 <1> c", ["a < b <3 <1> c"]),
        ("He said <q>I was <b>not</b> told</q>.<p><q>Nor", ["He said “I was not told”.", "“Nor”"]),
        ("<p class='a>b</p><p>c</p>", []),
        ("<P>A<BR>B<br/>C<o:p>D</o:p>", ["A", "B", "CD"]),
        ("<nav><p>a</nav><p>b<span aria-hidden=true>+</span>", ["b"]),
        ("", []),
        ("<!-- nothing -->", []),
        ("just words", ["just words"]),
    ],
)  # fmt: skip
def test_bad_markup_is_read_as_browsers_do(html: str, said: list[str]) -> None:
    assert [line.text for line in by_both(html)] == said


@pytest.mark.parametrize("around", ["div", "nav", "b"])
def test_what_follows_deep_nesting_is_read_by_the_road_that_allows_it(around: str) -> None:
    deep = f"<p>Before</p><{around}>{'<div>' * 300}x{'</div>' * 300}</{around}><p>After</p>"

    with pytest.raises(NestsTooDeep):
        tree_lines(deep, ADDRESS)
    assert [line.text for line in extract_lines(page(deep))] == ["Before", *["x"] * (around != "nav"), "After"]


def test_a_link_says_what_it_says_on_its_line_with_the_spaces_between_its_parts() -> None:
    read, one, two = by_both("<p><a href='/r.pdf'><b>Read</b> <i>it</i></a></p><a href='/s'>One<br>Two</a>")

    assert [link.text for line in (read, one, two) for link in line.links] == ["Read it", "One", "Two"]
    assert read.links_only and one.links_only and two.links_only


@pytest.mark.parametrize(("elements", "words"), [(99, "Cover"), (100, "")])
def test_a_picture_names_its_link_where_it_is_among_the_first_elements_of_it(elements: int, words: str) -> None:
    (line,) = by_both(f"<a href='/r.pdf'>{'<i></i>' * elements}<img alt=Cover></a>")

    assert [link.text for link in line.links] == [words]


def test_lines_of_prose_in_a_link_that_was_never_closed_are_no_links() -> None:
    prose = "The family had moved between three areas and was known to services in each under another name. " * 2

    title, background, keywords = by_both(f"<p><a href='/r.pdf'>Child A<br>Background: {prose}<br>Keywords: sleep</p>")

    assert title.links_only and [link.text for link in title.links] == ["Child A"]
    assert (background.links_only, background.links, keywords.links_only, keywords.links) == (False, (), False, ())


def test_emphasised_words_that_begin_a_line_keep_their_spaces() -> None:
    (line,) = by_both("<p><b>2017</b> <b>– Westmere – Child A</b> Death of a child.</p>")

    assert line.lead == "2017 – Westmere – Child A"
    assert line.text.startswith(line.lead)
