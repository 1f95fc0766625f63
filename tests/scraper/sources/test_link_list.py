"""Lists of links: what the selectors say, what is read without them, what is left over."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.config.schema import Source
from core.errors import SourceError
from core.records import Page, PageReading
from scraper.adapter import load_adapter

PLACE = "https://source.example.org/reviews"


def read(body: str, **options: Any) -> PageReading:
    page = Page(PLACE, PLACE, 200, (("content-type", "text/html"),), body.encode(), datetime(2026, 11, 23, tzinfo=UTC))
    return load_adapter(Source(name="a", kind="links", url=PLACE, **options)).parse(page, "a")


def names(reading: PageReading) -> list[str]:
    return [review.name for review in reading.reviews]


CARD = """<div class="c"><h3>Child A</h3><p class="t">Amara’s review</p><p class="d">March 2024</p>
  <p class="e">Updated 2026</p><a class="r" href="/1.pdf">Report</a> <a href="/2.pdf">Poster</a></div>"""


def test_selectors_say_what_is_title_date_and_link() -> None:
    (review,) = read(CARD, item=".c", title=".t", date=".d", link=".r").reviews

    assert (review.name, review.year, review.month) == ("Amara’s review", 2024, 3)
    assert [link.url for link in review.links] == ["https://source.example.org/1.pdf"]


def test_an_entry_goes_on_from_its_heading_to_the_next_or_to_the_end() -> None:
    body = """<main><h3>Child A</h3><p><a href="/a.pdf">Report</a></p>
      <h3>Child B</h3><div><a href="/b.pdf">Report</a></div><p class="end">More</p><p><a href="/c.pdf">Toolkit</a></p>
      <h2>Guides</h2><p><a href="/g.pdf">Guide</a></p></main>"""

    ended, whole = read(body, item="h3", until=".end"), read(body, item="h3")

    assert [len(review.links) for review in ended.reviews] == [1, 1]
    assert [len(review.links) for review in whole.reviews] == [1, 2]  # the h2 ends what an h3 began
    assert [one.words for one in ended.leftovers] == ["Toolkit", "Guide"]
    assert [one.words for one in whole.leftovers] == ["Guide"]


def test_what_follows_the_end_of_a_list_is_not_of_it() -> None:
    body = """<ul><li><a href="/a.pdf">Child A</a><h4>Note</h4></li><li><a href="/b.pdf">Child B</a></li></ul>
      <h4>Guides</h4><ul><li><a href="/g.pdf">Guide</a></li></ul><p><a href="/h.pdf">Help</a></p>"""

    reading = read(body, item="li", until="h4")

    assert (names(reading), reading.leftovers) == (["Note", "Child B"], ())


def test_headings_above_entries_give_their_year_publisher_or_name() -> None:
    body = """<h2>Gwent</h2><p><a href="/a.pdf">CPR A</a></p><h2>Published in 2023</h2><p><a href="/b.pdf">CPR B</a></p>
      <h2>CPR C</h2><p><a href="/c1.pdf">Executive summary</a></p><p><a href="/c2.pdf">Full report</a></p>"""

    found = read(body, item="p", group="h2").reviews

    assert [(r.publisher, r.name, r.year, len(r.links)) for r in found] == [
        ("Gwent", "CPR A", None, 1),
        ("", "CPR B", 2023, 1),
        ("", "CPR C", None, 2),
    ]


@pytest.mark.parametrize("inside", ["<div>{0}</div><div>{1}</div>", "<h3>{0}</h3><p>{1}</p>"])
def test_a_link_around_a_whole_card_says_its_title_and_the_card_its_text(inside: str) -> None:
    body = f"<a href='/a'>{inside.format('Child A', 'Agencies knew the family of this child well.')}</a>"

    (review,) = read(body, item="a").reviews

    assert (review.name, review.summary) == ("Child A", "Agencies knew the family of this child well.")
    assert [(link.text, link.url[-2:]) for link in review.links] == [("Child A", "/a")]


@pytest.mark.parametrize("name", ["CYSUR 4 2019", "CPR NSB 2/2019", "Reviews of 2019 to 2021", "2019/20"])
def test_a_heading_above_that_is_no_date_dates_nothing(name: str) -> None:
    (review,) = read(f"<h3>{name}</h3><p><a href='/r.pdf'>Child A</a></p>", item="p", group="h3").reviews

    assert (review.name, review.year, review.month) == ("Child A", None, None)


@pytest.mark.parametrize(
    "entry",
    [
        "<span class='badge'>New</span> <a href='/a.pdf'>Child A</a>, March 2024",
        "<p>NEW! <a href='/a.pdf'>Child A</a></p><p>March 2024</p>",
        "<div><a href='#'>Child A</a> <a href='#'>Expand</a></div><p>March 2024</p><a href='/a.pdf'>Report</a>",
        "<a href='/a' aria-label='Child A'></a><h3>Child A</h3><p>March 2024</p>",
    ],
)
def test_badges_and_toggles_are_no_part_of_a_name(entry: str) -> None:
    (review,) = read(f"<ul><li>{entry}</li></ul>", item="li").reviews

    assert (review.name, review.year, review.month, len(review.links)) == ("Child A", 2024, 3, 1)


def test_an_entry_s_own_heading_says_nothing_of_the_next() -> None:
    card = "<div class='c'><h4>{}</h4><p><a href='/{}.pdf'>Report</a></p></div>"
    body = "".join(map(card.format, ["Child A (March 2023)", "Child B, CPR 2/2019", "Child C"], "abc"))

    found = read(body, item=".c", group="h4").reviews

    assert [(r.name, r.year) for r in found] == [
        ("Child A (March 2023)", 2023),
        ("Child B, CPR 2/2019", None),
        ("Child C", None),
    ]


def test_a_heading_above_others_ends_the_entry_before_it() -> None:
    part = "<h2>{}</h2><p><strong>{}</strong></p><p><a href='/{}.pdf'>Report</a></p>"
    body = part.format(2025, "Child A", "a") + part.format(2024, "Child B", "b")

    found = read(body, item="strong", group="h2").reviews

    assert [(review.name, review.year) for review in found] == [("Child A", 2025), ("Child B", 2024)]


def test_a_paragraph_between_documents_and_what_stands_in_the_menu_are_no_entries() -> None:
    body = """<nav><ul><li><a href="/plan.pdf">Plan</a></li></ul></nav><p>Read <a href="/w">Working together</a></p>
      <p><a href="/a.pdf">Child A</a></p><ul><li><a href="/b.pdf">Child B</a></li></ul>"""

    assert (names(read(body, item="p")), names(read(body, item="li"))) == (["Child A"], ["Child B"])


def test_a_document_that_names_no_review_is_left_over() -> None:
    reading = read(
        '<ul><li><a href="/a.pdf">Child A</a></li><li><a href="/b.pdf">Briefing note</a></li></ul>', item="li"
    )

    assert names(reading) == ["Child A"]
    assert [(one.words, one.why) for one in reading.leftovers] == [
        ("Briefing note", "it does not say which review it is of")
    ]


def test_a_document_beside_the_entries_is_left_over() -> None:
    body = """<nav><a href="/menu.pdf">Menu</a></nav><main><ul><li><a href="/a.pdf">Child A</a></li></ul>
      <ul><li><a href="/b.pdf">Child B</a></li></ul><div class="new"><a href="/c.pdf">Child C</a></div></main>"""

    reading = read(body, item="li")

    assert names(reading) == ["Child A", "Child B"]
    assert [(one.words, one.why) for one in reading.leftovers] == [("Child C", "a document of no entry")]


@pytest.mark.parametrize(
    ("body", "options", "expected"),
    [
        ("<p>Reviews will be added when published.</p>", {}, True),
        ("<p>There are currently no published reviews.</p>", {}, True),
        ("<ul><li>No reviews at this time.</li></ul>", {"item": "li"}, True),
        ("<p>Nothing to see.</p>", {"none": "nothing TO see"}, True),
        ("<h1>Reviews</h1><p>No reviews have been published.</p>", {}, True),
        ("<h1>Reviews</h1><p v-if='!list.length'>No reviews have been published.</p>", {}, False),
        ("<p>Reviews will be added when published.</p>", {"none": "Nothing to see"}, False),
        ("<p>Not found</p>", {}, False),
        ("<p>We have not published any SPRs in the last 12 months.</p>", {}, True),
        ("<p>No LCSPRs are available at present.</p>", {}, True),
        ("<h1>404 not found</h1><p>There are no reviews here.</p>", {}, False),
        ("<p>Just a moment. Verifying your browser. No reviews are available.</p>", {}, False),
        ("<p>Reviews will be added when published.</p><p><a href='/a.pdf'>A</a></p>", {"item": "li"}, False),
        ("", {}, False),
    ],
)
def test_a_page_lists_none_only_where_it_says_so_and_shows_no_document(
    body: str, options: dict[str, str], expected: bool
) -> None:
    reading = read(f"<main>{body}</main>", **options)

    assert (reading.lists_none, reading.reviews) == (expected, ())


def test_two_reviews_of_one_name_are_two() -> None:
    reading = read('<li><a href="/a.pdf">Child A</a></li><li><a href="/b.pdf">Child A</a></li>', item="li")

    assert names(reading) == ["Child A", "Child A"]


def test_links_are_relative_to_the_base_of_the_page() -> None:
    (review,) = read('<base href="/deep/er/"><li><a href="a b.pdf">Child A</a></li>', item="li").reviews

    assert review.links[0].url == "https://source.example.org/deep/er/a%20b.pdf"


def test_absence_means_nothing_unless_the_list_is_complete() -> None:
    adapters = [load_adapter(Source(name="a", kind="links", url=PLACE, complete=said)) for said in (None, False, True)]

    assert [one.lists_all for one in adapters] == [False, False, True]


@pytest.mark.parametrize("key", ["item", "title", "date", "link", "group", "until"])
def test_a_selector_that_is_none_is_named(key: str) -> None:
    with pytest.raises(SourceError, match=rf"^{key} is no CSS selector: 'main \(\(' .*\. Write it as: main li$"):
        read("", **{key: "main (("})


@settings(max_examples=60)
@given(
    parts=st.lists(
        st.sampled_from(
            ["<ul><li>", "</li></ul>", "<h3>", "</h3>", "<p>", "</p>", "<tr><td>", "<table>", "Child A", "2024", "<br>",
             '<a href="/a.pdf">', "</a>", '<a href="http://[">', "<strong>", "</strong>", "(PDF, 1MB)", "\u00a0–"]
        ),
        max_size=30,
    ),
    item=st.sampled_from(["", "li", "h3", "p", "a", "strong", "td", "*"]),
)  # fmt: skip
@example(parts=['<a href="/a.pdf">', "<ul><li>", '<a href="/a.pdf">'], item="")
def test_any_markup_is_read_and_every_document_is_somewhere(parts: list[str], item: str) -> None:
    reading = read(f"<html><body>{''.join(parts)}</body></html>", item=item)

    urls = {link.url for review in reading.reviews for link in review.links}
    assert all(review.name and review.heading for review in reading.reviews)
    assert not reading.lists_none or not urls


def test_a_link_without_its_end_loses_no_report_and_no_year() -> None:
    body = """<h2>2024</h2><p><a href="/a.pdf">Child A<h2>2023</h2><p><a href="/b.pdf">Child B</a>
      <h2>2022</h2><p><a href="/c.pdf">Child C</a>"""

    found = [(r.name, r.year, [link.url[-5:] for link in r.links]) for r in read(body).reviews]

    assert found == [("Child A", 2024, ["a.pdf"]), ("Child B", 2023, ["b.pdf"]), ("Child C", 2022, ["c.pdf"])]


@pytest.mark.parametrize(
    ("entry", "around", "item"),
    [
        ("<li><a href='/{0}.pdf'>Child {0}", "ul", "li"),
        ("<li><a href='/{0}.pdf'>Child {0}</li>", "ul", "li"),
        ("<li><a href='/{0}.pdf'><span>Child {0}</span> (PDF)<li><p>Two things<br>more", "ul", "li:nth-child(odd)"),
        ("<tr><td><a href='/{0}.pdf'>Child {0}<td>2024", "table", "tr"),
        ("<dt><a href='/{0}.pdf'>Child {0}<dd>Found dead.", "dl", "dt"),
        ("<p><a href='/{0}.pdf'>Child {0}", "main", "p"),
        ("<a name='{0}'><h3>Child {0}</h3><p><a href='/{0}.pdf'>Report</p>", "main", "h3"),
        ("<div class='card'><a href='/{0}.pdf'><img alt='Cover'><h3>Child {0}</h3><p>2024</div>", "main", ".card"),
        ("<a href='/{0}.pdf'><section><h3>Child {0}</h3><p>2024</p></section>", "main", "main > a"),
    ],
)
def test_links_and_elements_without_their_ends_are_a_review_each(entry: str, around: str, item: str) -> None:
    body = "".join(map(entry.format, "ABC"))

    found = read(f"<{around}>{body}</{around}><p><a href='/about'>About</a>", item=item).reviews

    assert [(r.name, [link.url[-5:] for link in r.links][:1]) for r in found] == [
        (f"Child {n}", [f"{n}.pdf"]) for n in "ABC"
    ]


@pytest.mark.parametrize("mark", ['<a name="top">', "<a id='top'/>", "<A NAME=top></A>", "<a>"])
@pytest.mark.parametrize("item", ["main li", "main > ul > li"])
def test_the_mark_of_a_place_ends_no_part_of_the_page(mark: str, item: str) -> None:
    entry = f"<li>{mark}Child {{0}}<p>{mark}<a href='/{{0}}.pdf'>Report</a></p></li>"
    body = f"{mark}<main><h1>Reviews</h1>{mark}<ul>{''.join(map(entry.format, 'ABC'))}</ul></main>"

    found = read(body, item=item).reviews

    assert [(r.name, [link.url[-5:] for link in r.links]) for r in found] == [
        (f"Child {n}", [f"{n}.pdf"]) for n in "ABC"
    ]


def test_the_last_link_without_its_end_holds_no_review_that_follows() -> None:
    reading = read("<ul><li><a href='/a.pdf'>Child A<li>Child B (not yet published)</ul>", item="li")

    assert [(r.name, len(r.links)) for r in reading.reviews] == [("Child A", 1), ("Child B (not yet published)", 0)]


@pytest.mark.parametrize("part", ["footer", "aside", "header"])
def test_what_a_card_sets_aside_is_its_own_and_the_page_s_footer_is_nobody_s(part: str) -> None:
    card = f"<div class='c'><h3>Child A</h3><a href='/get/1'>Report</a><{part}>Published March 2022</{part}></div>"
    last = "<h3>Child B</h3><p><a href='/b.pdf'>Report</a></p><footer>Published May 2020 by the board</footer>"

    (whole,), (headed,) = read(card, item=".c").reviews, read(last, item="h3").reviews

    assert (whole.year, whole.month, whole.summary) == (2022, 3, "")
    assert (headed.name, headed.year) == ("Child B", None)


@pytest.mark.parametrize("item", ["li", "ul li", None])
def test_what_is_struck_out_is_no_review_no_date_and_no_document(item: str | None) -> None:
    body = """<ul><li><a href="/a.pdf">Child <del>X</del> A</a> <s>March 2023</s> April 2024
      <del><a href="/old.pdf">Report</a></del></li><li><s><a href="/b.pdf">Child B</a></s></li></ul>
      <p><span style="text-decoration: line-through"><a href="/c.pdf">Child C</a></span></p>"""

    reading = read(body, **({"item": item} if item else {}))

    assert [(r.name, r.year, len(r.links)) for r in reading.reviews] == [("Child A", 2024, 1)]
    assert reading.leftovers == ()


def test_a_component_s_own_markup_is_read() -> None:
    items = '<ul><li><a href="/a.pdf">Child A</a></li><li><a href="/b.pdf">Child B</a></li></ul>'
    body = f'<x-list><template shadowrootmode="open">{items}</template></x-list><template>{items}</template>'

    assert names(read(body, item="x-list li")) == names(read(body)) == ["Child A", "Child B"]


@pytest.mark.parametrize("item", ["li", "h3"])
def test_a_report_in_a_frame_or_behind_a_button_is_the_entry_s(item: str) -> None:
    body = """<ul><li><h3>Child A</h3><form action="/a.pdf"><button>Download</button></form></li>
      <li><h3>Child B</h3><iframe src="/b.pdf"></iframe></li>
      <li><h3>Child C</h3><a href="/c.pdf"><img src="/c.png"></a><a href="/c.pdf">Executive summary</a></li></ul>"""

    found = read(body, item=item).reviews

    assert [(r.name, [(link.text, link.url[-5:]) for link in r.links]) for r in found] == [
        ("Child A", [("Download", "a.pdf")]),
        ("Child B", [("", "b.pdf")]),
        ("Child C", [("Executive summary", "c.pdf")]),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "<h3>Child A</h3><p><a href='mailto:board@boards.example.org'>Request the report by email</a></p>",
        "Child A – <a href='mailto:board@boards.example.org?subject=A'>Request the report by email</a>",
        "Child A (Request the report by email)",
    ],
)
def test_a_report_to_be_asked_for_is_no_download_and_the_review_says_so(entry: str) -> None:
    first, _ = read(f"<ul><li>{entry}</li><li><a href='/b.pdf'>Child B</a></li></ul>", item="li").reviews

    assert (first.name, first.links, first.summary) == ("Child A", (), "Request the report by email")


@pytest.mark.parametrize(
    "entry",
    [
        "<h3>Child A<br>Child B</h3><p><a href='/1.pdf'>Child A report</a></p><p><a href='/2.pdf'>Child B</a></p>",
        "<h3>Child A<br>Child B</h3><p><a href='/1.pdf'>Child A</a> and <a href='/2.pdf'>Child B</a></p>",
        "<h3>Child A<br>Child B</h3><p>Child A: <a href='/1.pdf'>Read</a></p><p>Child B: <a href='/2.pdf'>Read</a></p>",
        "<h3>Child A <br> Child B</h3><p><a href='/child-a.pdf'>Read</a></p><p><a href='/child_b.pdf'>Read</a></p>",
        "<h3><a href='/1.pdf'>Child A</a><br><a href='/2.pdf'>Child B</a></h3>",
    ],
)
@pytest.mark.parametrize("item", ["h3", "section"])
def test_two_names_in_one_heading_are_two_reviews_each_with_its_report(entry: str, item: str) -> None:
    last = "<section><h3>Child C</h3><p><a href='/3.pdf'>Report</a></p></section>"

    found = read(f"<h2>2023</h2><section>{entry}</section>{last}", item=item).reviews

    assert [(r.name, r.year, len(r.links)) for r in found] == [(f"Child {n}", 2023, 1) for n in "ABC"]
    assert found[0].links[0].url.endswith(("/1.pdf", "/child-a.pdf"))


@pytest.mark.parametrize(
    "words", [("Report", "Report"), ("Child A report", "Report"), ("Child A and Child B", "Child B")]
)
def test_two_names_in_one_heading_stay_one_where_it_is_not_said_whose_a_report_is(words: tuple[str, str]) -> None:
    links = "".join(f"<p><a href='/{n}.pdf'>{word}</a></p>" for n, word in enumerate(words))

    (review,) = read(f"<h3>Child A<br>Child B</h3>{links}", item="h3").reviews

    assert (review.name, len(review.links)) == ("Child A Child B", 2)


def test_a_year_in_a_heading_is_that_of_what_stands_under_it_and_says_none_itself() -> None:
    entry = "<li><a href='/{0}.pdf'>Child {0}</a></li>"
    body = f"""<h1>Reviews</h1><h2>Reviews published in 2023</h2><ul>{entry.format("A")}</ul><h3>North</h3>
      <ul>{entry.format("B")}<li><a href="/c.pdf">Child C – March 2022</a></li></ul>
      <p><strong>2021</strong></p><ul>{entry.format("D")}</ul><h2>2019–2020</h2><ul>{entry.format("E")}</ul>
      <details><summary>2018</summary><ul>{entry.format("F")}</ul></details><ul>{entry.format("G")}</ul>"""

    years = [2023, 2023, 2022, 2021, None, 2018, None]
    assert [review.year for review in read(body, item="li").reviews] == years
    assert [review.year for review in read(body).reviews] == years


def test_a_year_in_a_paragraph_is_that_of_the_list_below_it_and_of_no_other() -> None:
    body = """<p><u>2023:</u></p><ul><li><a href="/a.pdf">Child A</a></li></ul>
      <p><b>Child B</b></p><p>Published 2022</p><ul><li><a href="/b.pdf">Report</a></li></ul>
      <p><b>Child C</b></p><ul><li><a href="/c.pdf">Report</a></li></ul>"""

    lists, names_ = read(body, item="li", group="b"), read(body, item="b")

    assert [(r.name, r.year) for r in lists.reviews] == [("Child A", 2023), ("Child B", 2022), ("Child C", None)]
    assert [(r.name, r.year) for r in names_.reviews] == [("Child B", 2022), ("Child C", None)]


def test_a_date_that_reaches_over_several_rows_is_that_of_each() -> None:
    row = "<tr>{}<td><a href='/{}.pdf'>Child {}</a></td></tr>"
    rows = [row.format(date, n, n) for date, n in (("<td rowspan=2>2024</td>", "A"), ("", "B"))]
    rows += [row.format(date, n, n) for date, n in (("<td rowspan='2'>May 2023</td>", "C"), ("", "D"), ("", "E"))]

    reading = read(f"<table><tr><td>Year</td><td>Review</td></tr>{''.join(rows)}</table>", item="tr")

    dates = [(2024, None), (2024, None), (2023, 5), (2023, 5), (None, None)]
    assert [(r.year, r.month) for r in reading.reviews] == dates
    assert names(reading) == [f"Child {n}" for n in "ABCDE"]


def test_a_name_that_leads_to_a_report_ends_as_it_likes() -> None:
    assert names(read("<ul><li><a href='/a.pdf'>A door left open</a></li></ul>", item="li")) == ["A door left open"]


def test_many_words_of_heads_before_a_name_do_not_keep_the_parser_busy() -> None:
    reading = read(f"<table><tr><td>{'adults ' * 60}Finch</td></tr></table>", item="tr")  # or else it takes for ever

    assert names(reading) == [f"{'adults ' * 60}Finch"]


def test_a_date_in_the_last_column_stays_behind_the_title() -> None:
    row = "<tr><td>Child {0}<td><a href='/{0}.pdf'>Report</a>{1}</tr>"
    rows = "".join(row.format(n, date) for n, date in zip("ABC", ("<td rowspan=2>2024", "", "<td>2023"), strict=True))

    found = read(f"<table>{rows}</table>", item="tr", title="td:first-child", date="td:nth-child(3)").reviews

    assert [(r.name, r.year) for r in found] == [("Child A", 2024), ("Child B", 2024), ("Child C", 2023)]


def test_what_a_tab_says_is_said_of_what_it_shows() -> None:
    panel = "<div aria-labelledby='{0}' hidden><h3>North</h3><ul><li><a href='/{1}.pdf'>{1}</a></ul></div>"
    panel += "<p id='None'>1999</p><p id='t1'>1998</p>"
    tabs = "<ul><li><a role='tab' id='t1'>2024</a><li><a role='tab' id='t2'>Safeguarding adult reviews</a></ul>"
    body = f"{tabs}{panel.format('t1', 'Ann')}{panel.format('t2', 'Bea')}{panel.format('t3', 'Cy')}"

    found = read(body, item="div li", review_kind="Practice review").reviews

    assert [(r.name, r.year, r.kind) for r in found] == [
        ("Ann", 2024, "Practice review"),
        ("Bea", None, "Safeguarding adult review"),
        ("Cy", None, "Practice review"),
    ]


def test_adults_reviews_among_children_s_are_called_so() -> None:
    body = """<h2>Child safeguarding practice reviews</h2><ul><li><a href="/a.pdf">Child A</a></li>
      <li><a href="/b.pdf">SAR Bea</a></li></ul><h2>Safeguarding Adults Reviews (SARs)</h2><h3>2023</h3>
      <ul><li><a href="/c.pdf">Carol</a></li><li><a href="/d.pdf">Child D</a></li></ul>
      <h2>Safeguarding adults reviews and domestic homicide reviews</h2><ul><li><a href="/e.pdf">Eve</a></li></ul>"""

    kinds = [review.kind for review in read(body, item="li", review_kind="Practice review").reviews]

    adults, others = "Safeguarding adult review", "Practice review"
    assert kinds == [others, adults, adults, others, others]
