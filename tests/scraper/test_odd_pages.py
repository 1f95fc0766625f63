"""Shapes that nobody listed: what a careful person would read is what is read."""

import pytest

from core.records import Review
from core.section_text import around_items
from scraper.soup_lines import soup_lines
from scraper.sources.nspcc_listing import parse
from scraper.text_lines import extract_lines, tree_lines
from tests.support.saved_pages import ADDRESS, page

LIBRARY = "https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0="
BODY = "<p>Death of a child.</p><p>Learning: a; and b.</p><p>Keywords: neglect, infants</p>"
LINK = f'<p><a href="{LIBRARY}C{{}}">Read the overview report</a></p>'


def read(html: str) -> list[Review]:
    return list(parse(page(f"<html><body>{html}</body></html>"), "nspcc").reviews)


def entry(name: str, body: str = BODY, head: str = "<h3>2023 – Westmere – {}</h3>") -> str:
    return head.format(name) + body + LINK.format(7000 + ord(name[-1]))


def test_a_jump_list_is_no_list_of_reviews() -> None:
    jumps = "".join(f'<li><a href="#{n}">2023 – Westmere – Child {n}</a></li>' for n in "AB")
    html = f"<ul>{jumps}</ul><p>Each summary is written by us.</p>{entry('Child A')}{entry('Child B')}"

    assert [(r.name, r.summary) for r in read(html)] == [(f"Child {n}", "Death of a child.") for n in "AB"]


def test_a_link_to_a_review_elsewhere_is_no_review() -> None:
    html = f'<p><a href="/x">2016 – Anonymous – Child Z</a></p>{entry("Child A")}{entry("Child B")}'

    assert [review.name for review in read(html)] == ["Child A", "Child B"]


@pytest.mark.parametrize(
    "item",
    [
        "share this review with all staff",
        "more information sharing is needed",
        "sign up to the regional protocol",
        "find out more about men in the household",
    ],
)
def test_words_of_the_furniture_in_a_list_are_the_reviews(item: str) -> None:
    body = f"<p>Death of a child.</p><p>Recommendations include:</p><ul><li>train staff</li><li>{item}</li></ul>"

    (review,) = read(entry("Child A", f"{body}<p>Keywords: neglect</p>"))

    assert review.sections[0].items == ("train staff", item)
    assert (review.keywords, review.catalogue) == (("neglect",), "C7065")


@pytest.mark.parametrize(
    ("heading", "publisher", "name"),
    [
        ("2014 – unnamed LSCB – Child B", "unnamed LSCB", "Child B"),
        ("2018 – anonymous – Child B", "anonymous", "Child B"),
        ("2023-Anonymous-Child B", "Anonymous", "Child B"),
        ("2023 – – Anonymous – Child B", "Anonymous", "Child B"),
        ("2023 ﹣ Anonymous ﹣ Child B", "Anonymous", "Child B"),
        ("2023 – Westmere – " + "A very long name of a very long review " * 5 + "end.", "Westmere", ""),
        ("2023 – Westmere", "", "Westmere"),
    ],
)
@pytest.mark.parametrize("markup", ["<h3>{}</h3>", "<p><strong>{}</strong></p>"])
def test_a_marked_heading_is_never_merged_into_the_review_before(
    heading: str, publisher: str, name: str, markup: str
) -> None:
    head = markup.replace("{}", "2023 – Westmere – {}")
    html = entry("Child A", head=head) + markup.format(heading) + BODY + LINK.format(7002)

    first, second = read(html)

    assert (first.catalogue, second.catalogue) == ("C7065", "C7002")
    assert second.publisher == publisher
    assert name in second.name


@pytest.mark.parametrize(
    "footer",
    [
        '<div><ul><li><a href="/about">About us</a></li><li><a href="/jobs">Jobs</a></li></ul></div>',
        '<div><a href="?page=1">1</a> <a href="?page=2">2</a></div>',
        '<p><a href="/2016/">Case reviews published in 2016</a></p>',
        f'<p><a href="{ADDRESS}#top">Back to top</a></p>',
        "<h3>Keep in touch</h3><p><a href='/news'>Our news</a></p>",
        "<p>We want to hear from you.</p>",
    ],
)
@pytest.mark.parametrize("linked", [True, False])
def test_the_last_review_does_not_take_the_pages_furniture(footer: str, linked: bool) -> None:
    last = "<h3>2023 – Westmere – Child B</h3>" + BODY + (LINK.format(7002) if linked else "")

    found = read(f"<div>{entry('Child A')}{last}</div>{footer}")

    assert [link.url for link in found[1].links] == ([f"{LIBRARY}C7002"] if linked else [])
    assert (found[1].keywords, len(found[1].sections)) == (("neglect", "infants"), 1)


def test_an_emphasised_heading_without_a_break_after_it_begins_a_review() -> None:
    html = entry("Child A", head="<p><strong>2023 – Westmere – {}</strong></p>")
    html += "<p><strong>2023 – Anonymous – Child B</strong> Death of a boy of four months in a caravan.</p>"

    assert [(r.name, r.summary) for r in read(html)][1] == ("Child B", "Death of a boy of four months in a caravan.")


@pytest.mark.parametrize(
    ("sentence", "keywords", "expected"),
    [
        ("Makes multi-agency recommendations covering training.", "Suicide.", ("Suicide",)),
        ("Makes various interagency and single-agency recommendations.", "Infanticide, Domestic abuse.", None),
    ],
)
def test_2012_in_its_common_forms(sentence: str, keywords: str, expected: tuple[str, ...] | None) -> None:
    (review,) = read(f"<h3>2012 – Westmere – Child A</h3><p>Death of a girl. {sentence}</p><p>{keywords}</p>")

    assert [(s.kind, s.text) for s in review.sections] == [("recommendations", sentence)]
    assert review.keywords == (expected or ("Infanticide", "Domestic abuse"))


@pytest.mark.parametrize(
    "part",
    [
        "<h3><a href='{}'>Read the overview report</a></h3>",
        "<h2>Download</h2><p><a href='{}'>Read the overview report</a></p>",
    ],
)
def test_a_heading_over_the_link_does_not_end_the_review(part: str) -> None:
    html = f"<h3>2023 – Westmere – Child A</h3>{BODY}{part.format(LIBRARY + 'C7001')}"

    assert read(html)[0].catalogue == "C7001"


@pytest.mark.parametrize(
    "heading",
    [
        '<h3><button>{}<span aria-hidden="true">+</span></button></h3>',
        '<h3>{} <a class="anchor" href="#x">#</a></h3>',
        '<h3>{} <i aria-hidden="true">&#xf0c1;</i></h3>',
        '<h2><button>{}<span class="visually-hidden">, show this section</span></button></h2>',
        "<h3>{} ¶</h3>",
    ],
)
def test_signs_beside_a_heading_are_not_part_of_the_name(heading: str) -> None:
    assert read(entry("Child A", head=heading.replace("{}", "2023 – Westmere – {}")))[0].name == "Child A"


@pytest.mark.parametrize(
    "link",
    [
        ', <a href="/a.pdf">Read the overview report</a> and <a href="/b.pdf">Executive summary</a>',
        '<br><a href="#">&gt; Read the overview report</a>',
    ],
)
def test_links_after_keywords_are_no_keywords(link: str) -> None:
    entry = f"<h3>2024 – Westmere – Child A</h3><p>Death of an infant.</p><p>Keywords: infants, neglect{link}</p>"

    (review,) = parse(page(f"<html><body>{entry}</body></html>"), "nspcc").reviews

    assert review.keywords == ("infants", "neglect")


def test_a_text_below_its_keywords_is_the_text() -> None:
    text = "<p>Death of a child.</p><p>The review asks why.</p><p>Learning: a; and b.</p>"
    review, _ = read(f"{entry('Child A', f'<p>Keywords: infants, neglect.</p>{text}')}{entry('Child B')}")

    assert (review.summary, review.keywords) == ("Death of a child.\nThe review asks why.", ("infants", "neglect"))
    assert [section.kind for section in review.sections] == ["learning"]


def test_keywords_that_are_links_are_keywords() -> None:
    tags = '<p>Keywords:</p><ul><li><a href="/t/neglect">neglect</a></li><li><a href="/t/loss">loss</a></li></ul>'

    (review,) = read(entry("Child A", f"<p>Death of a child.</p>{tags}"))

    assert (review.keywords, [link.url for link in review.links]) == (("neglect", "loss"), [f"{LIBRARY}C7065"])


def test_labels_after_the_first_in_one_paragraph_are_labels_up_to_the_keywords() -> None:
    body = "<p>Death.</p><p><b>Learning:</b> a; b. <b>Model:</b> a panel. <b>Keywords:</b> neglect, loss</p>"

    (review,) = read(entry("Child A", body))

    assert [(s.kind, s.items) for s in review.sections] == [("learning", ("a", "b")), ("model", ())]
    assert review.keywords == ("neglect", "loss")


def test_a_list_ends_with_its_full_stop() -> None:
    body = "<p>Death.</p><p>Learning includes: a; b; and c.</p><p>Good work was seen; two cases are told.</p>"

    (review,) = read(entry("Child A", body))

    assert review.sections[0].items == ("a", "b", "c")


def test_words_before_and_after_a_list_leave_it_one() -> None:
    text = "<p>Learning includes: these themes</p><ul><li>drift.</li><li>delay</li></ul><p>And more.</p>"
    review, _ = read(f"{entry('Child A', text)}{entry('Child B')}")

    (section,) = review.sections
    assert (section.items, around_items(section)) == (("drift", "delay"), ("these themes", "And more."))


def test_the_same_review_twice_is_one_with_all_its_links() -> None:
    bare = "<h3>2023 – Westmere – Child A</h3>" + BODY

    found = read(bare + entry("Child A") + entry("Child A", BODY.replace("Death", "Sad death")))

    assert [(r.catalogue, r.summary) for r in found] == [("C7065", "Death of a child.")]


def test_a_number_in_an_address_escaped_twice_is_read() -> None:
    html = f"<h3>2023 – Westmere – Child A</h3>{BODY}<p><a href='/search2?x=1&amp;amp;searchTerm0=C7001'>Report</a></p>"

    assert read(html)[0].catalogue == "C7001"


def test_an_xml_declaration_is_no_trouble() -> None:
    body = f'<?xml version="1.0" encoding="utf-8"?><html><body>{entry("Child A")}</body></html>'

    assert len(parse(page(body), "nspcc").reviews) == 1


def test_who_is_quoted_is_named_in_the_quotation_s_footer() -> None:
    text = "<p>Death of a child.</p><blockquote><p>“Nobody asked.”</p><footer>A brother</footer></blockquote>"
    review, _ = read(f"{entry('Child A', text)}{entry('Child B')}")

    assert review.summary == "Death of a child.\n“Nobody asked.”\nA brother"


def test_a_report_in_a_cards_footer_is_the_cards() -> None:
    html = f"<section><h3>2023 – Westmere – Child A</h3>{BODY}<footer>{LINK.format(7001)}</footer></section>"

    assert read(html)[0].catalogue == "C7001"


@pytest.mark.parametrize("after", ["", LINK.format(7001)])
def test_a_list_or_a_link_after_the_keywords_is_none_of_them(after: str) -> None:
    more = '<ul><li>one agency met; and</li><li>one did not.</li></ul><p><a href="/board">The board</a></p>'
    html = f"<h3>2023 – Westmere – Child A</h3>{BODY}{after}{more}{LINK.format(7001)}"

    first, _ = read(html + entry("Child B"))

    assert first.keywords == ("neglect", "infants")
    assert first.sections[-1].text == "one agency met; and\none did not."
    assert [link.text for link in first.links if "/board" in link.url] == ["The board"]


@pytest.mark.parametrize(
    "keywords",
    [
        "<p>Keywords:</p><ul><li>neglect</li><li>infants</li></ul>",
        "<p>Keywords:</p><p><a href='/n'>neglect</a></p><p><a href='/i'>infants</a></p>",
        "<h4>Keywords</h4><div><span>neglect</span><span>infants</span></div>",
        "<div><strong>Keywords</strong><span>neglect</span><span>infants</span></div>",
        "<dl><dt>Keywords</dt><dd>neglect</dd><dd>infants</dd></dl>",
        "<p>Keywords: neglect,</p><p>infants</p>",
        "<p>Keywords: <a href='/n'>neglect</a>,</p><p><a href='/i'>infants</a></p>",
    ],
)
def test_keywords_over_several_lines_are_keywords(keywords: str) -> None:
    first, _ = read(f"<h3>2023 – Westmere – Child A</h3><p>Death.</p>{keywords}{LINK.format(7001)}{entry('Child B')}")

    assert (first.keywords, [link.url for link in first.links]) == (("neglect", "infants"), [f"{LIBRARY}C7001"])


def test_a_component_with_its_own_markup_is_read() -> None:
    html = f'<review-card><template shadowrootmode="open">{entry("Child A")}</template></review-card>'

    assert [review.name for review in read(f"{html}<template>{entry('Child X')}</template>{entry('Child B')}")] == [
        "Child A",
        "Child B",
    ]


@pytest.mark.parametrize("part", ["<aside>{}</aside>", "<footer>{}</footer>", "<div role='complementary'>{}</div>"])
def test_a_part_of_a_review_that_is_set_aside_is_read(part: str) -> None:
    body = f"<p>Death of a child.</p><p>Learning: a; and b.</p>{part.format('<p>Keywords: neglect, infants</p>')}"

    first, _ = read(f"<section>{entry('Child A', body)}</section><section>{entry('Child B')}</section>")

    assert first.keywords == ("neglect", "infants")


@pytest.mark.parametrize("label", ["<strong>Summary:</strong> ", "Abstract: ", "<b>Summary</b><br>", "Overview<br>"])
def test_a_label_of_the_summary_is_no_part_of_it(label: str) -> None:
    body = BODY.replace("<p>", f"<p>{label}", 1)

    assert [review.summary for review in read(entry("Child A", body) + entry("Child B", body))] == [
        "Death of a child."
    ] * 2


@pytest.mark.parametrize("kicker", ["<p class='tag'>Case review</p>", "<div><span>Case review</span></div>"])
def test_what_stands_above_every_heading_is_of_no_review(kicker: str) -> None:
    card = "<article><header>{}<h2>2013 – Westmere – {}</h2></header><p>Death of a child.</p><p>{}.</p></article>"
    cards = [card.format(kicker, "Child A", "Neglect, sleep"), card.format(kicker, "Child B", "Drowning, baths")]

    assert [review.keywords for review in read("".join(cards))] == [("Neglect", "sleep"), ("Drowning", "baths")]


def test_a_link_that_says_what_stands_above_the_first_heading_is_its_review_s() -> None:
    found = read(f"<p>Read the overview report</p>{entry('Child A')}{entry('Child B')}{entry('Child C')}")

    assert [len(review.links) for review in found] == [1, 1, 1]


def test_a_heading_that_only_opens_what_is_below_it_has_a_toggle_beside_its_name() -> None:
    head = "<div><a href='#'>2023 – Westmere – {}</a> <a href='#'><span class='sr-only'>Expand</span></a></div>"

    found = read(entry("Child A", head=head) + entry("Child B", head=head))

    assert [(review.name, review.summary) for review in found] == [(f"Child {n}", "Death of a child.") for n in "AB"]


def test_a_report_s_old_address_in_a_card_s_footer_is_the_review_s() -> None:
    link = LIBRARY.replace("search2?searchTerm0=", "retrieve2?SetID=8D1F-77&index=3")
    footer = f"<footer><a href='{link}'>Read the overview report</a></footer>"
    card = f"<div><h3>2013 – Westmere – {{}}</h3>{BODY}{footer}</div>"

    assert [len(review.links) for review in read(card.format("Child A") + card.format("Child B"))] == [1, 1]


SEARCH = "<form><label>Search our site <input></label><button>Search</button></form>"
TEXT = "<p>Neglect was known.</p><button>Close</button>"


@pytest.mark.parametrize(
    ("dialog", "said"),
    [
        (f"<dialog>{SEARCH}</dialog>", []),
        (f"<dialog open>{SEARCH}</dialog>", ["Search our site", "Search"]),
        (f"<dialog>{TEXT}</dialog>", ["Neglect was known.", "Close"]),  # may be a review's, opened by a script
        (f"<li><dialog>{TEXT}<input></dialog></li>", ["Neglect was known.", "Close"]),
        (f"<dialog>{SEARCH}{LINK.format(7001)}</dialog>", ["Search our site", "Search", "Read the overview report"]),
        (f"<dialog>{SEARCH}<p>Keywords: neglect</p></dialog>", ["Search our site", "Search", "Keywords: neglect"]),
    ],
)
def test_a_closed_dialog_with_fields_to_fill_in_is_seen_only_where_a_part_of_a_review_is_in_it(
    dialog: str, said: list[str]
) -> None:
    html = f"<html><body><p>Before</p>{dialog}<p>After</p>"

    assert [line.text for line in extract_lines(page(html))] == ["Before", *said, "After"]
    assert soup_lines(html, ADDRESS) == tree_lines(html, ADDRESS)


@pytest.mark.parametrize("part", ["<aside>{}</aside>", "<footer>{}</footer>", "<div role='complementary'>{}</div>"])
def test_what_the_page_sets_aside_is_not_read(part: str) -> None:
    aside = part.format("<h4>Key themes</h4><p>Our briefings on neglect.</p>")

    first, _ = read(f"{entry('Child A')}{aside}{entry('Child B')}")

    assert "briefings" not in first.raw


def test_a_report_linked_in_a_cards_own_navigation_is_the_reviews() -> None:
    head = "<article><h3>2023 – Westmere – Child A</h3>"
    nav = f"<nav>{LINK.format(7001)}</nav>"

    first, _ = read(f"<nav>{LINK.format(7009)}</nav>{head}{BODY}{nav}</article>{entry('Child B')}")

    assert [link.url for link in first.links] == [f"{LIBRARY}C7001"]


def test_a_report_that_a_script_opens_is_linked() -> None:
    link = """<p><a href="javascript:openWindow('/reports/a.pdf', 800)">Read the overview report</a></p>"""

    first, _ = read(f"<h3>2023 – Westmere – Child A</h3>{BODY}{link}{entry('Child B')}")

    assert [link.url for link in first.links] == ["https://learning.nspcc.org.uk/reports/a.pdf"]


def test_a_heading_said_twice_for_narrow_and_wide_screens_is_one() -> None:
    twice = "<h3 class='narrow'>2023 – Westmere – Child A</h3><h3 class='wide'>2023 – Westmere – Child A</h3>"

    assert [(r.name, r.keywords) for r in read(f"{twice}{BODY}{LINK.format(7001)}{entry('Child B')}")] == [
        ("Child A", ("neglect", "infants")),
        ("Child B", ("neglect", "infants")),
    ]


def test_two_reviews_of_one_heading_that_is_their_link_are_two() -> None:
    html = "".join(f'<p><a href="{LIBRARY}C700{n}">2023 – Anonymous – Child A</a></p>' for n in (1, 2))

    assert [review.catalogue for review in read(html)] == ["C7001", "C7002"]


@pytest.mark.parametrize(
    "keywords",
    [
        "neglect | infants",
        "neglect • infants",
        "neglect · infants",
        "<a href='/n'>neglect</a><a href='/i'>infants</a>",
        "<a href='/n'>neglect</a> <a href='/i'>infants</a>",
        "<span>neglect</span><span>infants</span>",
        "<span class=tag>\n neglect\n</span> <a href='/i'><span>infants</span></a>",
        "<em>neglect</em><em>infants</em>",
        "<span>neg</span><span>lect</span>, infants",
        "<button>neglect</button><button>infants</button>",
    ],
)
def test_keywords_parted_by_other_signs_or_by_their_elements(keywords: str) -> None:
    body = f"<p>Death of a child.</p><p>Keywords: {keywords}</p>"

    first, _ = read(f"{entry('Child A', body)}{entry('Child B')}")

    assert first.keywords == ("neglect", "infants")


@pytest.mark.parametrize("mark", ["NEW", "UPDATED", "NEW!", "<span class='tag'>NEW</span>"])
def test_a_mark_of_novelty_behind_a_name_is_no_part_of_it(mark: str) -> None:
    html = entry("Child A", head="<h3>2023 – Westmere – {} " + mark + "</h3>")

    assert [review.name for review in read(html + entry("Child B"))] == ["Child A", "Child B"]


@pytest.mark.parametrize("signs", ["---", "* * *", "•"])
def test_a_row_of_signs_is_no_text(signs: str) -> None:
    found = parse(page(f"{entry('Child A')}<p>{signs}</p>{entry('Child B')}<p>{signs}</p>"), "nspcc")

    assert [len(review.sections) for review in found.reviews] == [1, 1]
    assert found.leftovers == ()


STRUCK = ["<s>{}</s>", "<del>{}</del>", "<strike>{}</strike>", "<span style='text-decoration: line-through'>{}</span>"]


@pytest.mark.parametrize("struck", STRUCK)
def test_what_is_struck_out_is_not_said_and_what_took_its_place_is(struck: str) -> None:
    head = f"<h3>2023 – Westmere – Child {struck.format('X')}<ins>A</ins></h3>"
    body = f"<p>Death of a {struck.format('boy')} <ins>girl</ins>.</p><p>Keywords: neglect{struck.format(', boys')}</p>"

    old = struck.format(f"<a href='{LIBRARY}C7009'>Read the old report</a>")

    first, _ = read(f"{head}{body}{LINK.format(7001)}<p>{old}</p>{entry('Child B')}")

    assert (first.name, first.summary, first.keywords) == ("Child A", "Death of a girl.", ("neglect",))
    assert [link.url for link in first.links] == [f"{LIBRARY}C7001"]


def test_a_report_to_be_asked_for_is_no_download_and_the_review_says_so() -> None:
    ask = "<p><a href='mailto:board@boards.example.org'>Request a copy of the report</a></p>"

    first, _ = read(f"<h3>2023 – Westmere – Child A</h3>{BODY}{ask}{entry('Child B')}")

    assert (first.links, first.sections[-1].text) == ((), "Request a copy of the report")


@pytest.mark.parametrize("keyword", ["<em>child</em>ren", "<em>child</em> deaths", "<i>child</i><span> deaths</span>"])
def test_a_keyword_of_which_a_part_is_marked_is_one(keyword: str) -> None:
    first, _ = read(entry("Child A", f"<p>Death.</p><p>Keywords: {keyword}</p>") + entry("Child B"))

    assert len(first.keywords) == 1


def test_a_sentence_in_capitals_with_a_dash_is_no_heading() -> None:
    text = "<p>DEATH OF A GIRL – FOUND IN A POND.</p><p>THE FAMILY WAS KNOWN TO LA1 – AND TO LA2.</p>"

    assert [review.name for review in read(entry("Child A", text) + entry("Child B", text))] == ["Child A", "Child B"]


def test_two_headings_in_one_are_named_and_wait() -> None:
    head = "<h3>2023 – Westmere – Child A<br>2023 – Westmere – Child B</h3>"
    links = "<p><a href='/a.pdf'>Child A report</a></p><p><a href='/b.pdf'>Child B report</a></p>"

    reading = parse(page(f"<html><body>{head}{BODY}{links}{entry('Child C')}</body></html>"), "nspcc")

    assert [review.name for review in reading.reviews] == ["Child C"]
    assert [one.why for one in reading.leftovers] == ["two headings in one"]
