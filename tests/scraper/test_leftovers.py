"""Left-overs: what is typed wrongly is read rightly or named, and never part of another review."""

import pytest

from core.records import PageReading
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import page, saved

LIBRARY = "https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0="
MARKUPS = {  # heading, line
    "h3": ("<h3>{}</h3>", "<p>{}</p>"),
    "strong": ("<p><strong>{}</strong></p>", "<p>{}</p>"),
    "flat": ("<p>{}</p>", "<p>{}</p>"),
    "br": ("{}<br>", "{}<br>"),
    "dt": ("<dt>{}</dt>", "<dd>{}</dd>"),
    "summary": ("<summary>{}</summary>", "<p>{}</p>"),
    "button": ("<h3><button>{}</button></h3>", "<div>{}</div>"),
    "li": ("<li><b>{}</b></li>", "<li>{}</li>"),
    "th": ("<table><tr><th>{}</th></tr></table>", "<div>{}</div>"),
}
CERTAIN = [
    "2026: Leeds – Child Q",
    "2026 | Leeds | Child Q",
    "2026 – Leeds | Child Q",
    "2026. Leeds – Child Q",
    "2026, Leeds – Child Q",
    "2026 – – Leeds – Child Q",
    "2026 -- Leeds -- Child Q",
    "(2026) – Leeds – Child Q",
    "– 2026 – Leeds – Child Q",
    "NEW 2026 – Leeds – Child Q",
    "Updated: 2026 – Leeds – Child Q",
    "2026 – Leeds – Child Q [updated]",
]
UNCERTAIN = [
    "Leeds – Child Q",
    "2025/26 – Leeds – Child Q",
    "2025–26 – Leeds – Child Q",
    "206 – Leeds – Child Q",
    "20266 – Leeds – Child Q",
    "2O26 – Leeds – Child Q",
    "2026 Leeds Child Q",
    "2026 – Child Q – Leeds",
]


def entry(heading: str, n: int, markup: str = "h3", link: str | None = "") -> str:
    head, body = MARKUPS[markup]
    lines = [
        f"Death of a child of {n + 2} months in spring, marker m{n}.",
        f"Learning includes: drift{n}; and delay{n}.",
    ]
    lines += [f"Keywords: neglect, topic{n}"]
    if link is not None:
        lines.append(f'<a href="{link or f"{LIBRARY}C700{n}"}">&gt; Read the overview report</a>')
    return head.format(heading) + "".join(map(body.format, lines))


def read(*entries: str, intro: str = "") -> PageReading:
    html = "<h1>Case reviews published in 2026</h1><p>A list of the reports added to the collection this year.</p>"
    return parse(page(f"<html><body>{html}{intro}{''.join(entries)}</body></html>"), "nspcc")


def three(heading: str, markup: str, place: int) -> PageReading:
    headings = [f"2026 – Westmere – Child {n}" for n in "ABC"]
    headings[place] = heading
    return read(*(entry(heading, n, markup) for n, heading in enumerate(headings)))


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("heading", CERTAIN)
def test_another_sign_for_a_dash_is_a_dash(heading: str, markup: str, place: int) -> None:
    found = three(heading, markup, place)

    assert (found.waiting, found.leftovers) == ((), ())
    review = found.reviews[place]
    assert (review.year, review.publisher, review.name, review.catalogue) == (2026, "Leeds", "Child Q", f"C700{place}")
    assert [f"marker m{n}." in r.summary for n, r in enumerate(found.reviews)] == [True] * 3


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("heading", UNCERTAIN)
def test_a_heading_without_a_certain_year_is_named_and_waits_alone(heading: str, markup: str, place: int) -> None:
    found = three(heading, markup, place)

    assert [(left.words, left.why) for left in found.leftovers] == [(heading, "not understood")]
    (waiting,) = found.waiting
    assert (waiting.year, waiting.catalogue, waiting.keywords) == (None, f"C700{place}", ("neglect", f"topic{place}"))
    assert waiting.heading == heading
    assert [r.catalogue for r in found.reviews] == [f"C700{n}" for n in range(3) if n != place]
    assert all(len(r.links) == len(r.sections) == 1 for r in (*found.reviews, waiting))


@pytest.mark.parametrize(
    ("heading", "month"),
    [
        ("2013 December – Leeds – Child Q", 12),
        ("December, 2013 – Leeds – Child Q", 12),
        ("Sept. 2013: Leeds – BDS12", 9),
    ],
)
@pytest.mark.parametrize("markup", ["h3", "flat"])
def test_a_month_on_the_other_side_is_that_month(heading: str, month: int, markup: str) -> None:
    (review,) = read(entry(heading, 0, markup)).reviews

    assert (review.year, review.month, review.publisher) == (2013, month, "Leeds")


@pytest.mark.parametrize(
    ("heading", "publisher"),
    [
        ("2026 – Leeds, Child Q", "Leeds"),
        ("2026 / Leeds / Child Q", "Leeds"),
        ("2026 – Leeds: Child Q", "Leeds"),
        ("2026 – Stoke-on-Trent-Child Q", "Stoke-on-Trent"),
        ("2026, Bournemouth, Christchurch and Poole, Child Q", "Bournemouth, Christchurch and Poole"),
    ],
)
def test_another_second_sign_before_the_name_of_a_child_is_read_where_the_markup_helps(
    heading: str, publisher: str
) -> None:
    marked, flat = three(heading, "strong", 1), three(heading, "flat", 1)

    assert (marked.reviews[1].publisher, marked.reviews[1].name, marked.leftovers) == (publisher, "Child Q", ())
    assert [left.words for left in flat.leftovers] == [heading]
    assert [review.catalogue for review in flat.reviews] == ["C7000", "C7002"]


@pytest.mark.parametrize("name", ["no-year", "two-years", "year-typo"])
def test_a_real_pages_slip_is_named_and_the_rest_is_read(name: str) -> None:
    found = parse(saved(f"nspcc-listing/slips/{name}.html"), "nspcc")

    assert (len(found.reviews), len(found.waiting)) == (11, 1)
    assert max(len(review.links) for review in (*found.reviews, *found.waiting)) == 1
    assert [left.why for left in found.leftovers] == ["not understood"]
    assert "Leeds – Child Q" in found.leftovers[0].words


def test_a_real_pages_colon_is_read() -> None:
    found = parse(saved("nspcc-listing/slips/colon.html"), "nspcc")

    assert (len(found.reviews), found.waiting, found.leftovers) == (12, (), ())
    assert [(r.publisher, r.name) for r in found.reviews if r.catalogue == "C26005"] == [("Leeds", "Child Q")]


def test_a_number_of_two_entries_is_trusted_for_neither() -> None:
    found = parse(saved("nspcc-listing/slips/number-twice.html"), "nspcc")

    pair = [review for review in found.reviews if review.name in ("Child I8", "Child J9")]
    assert (len(found.reviews), found.waiting) == (12, ())
    assert [(r.catalogue, r.key[:2], len(r.links)) for r in pair] == [("", "f-", 1)] * 2
    assert pair[0].key != pair[1].key
    (notice,) = found.leftovers
    assert notice.words == "2026 – West Sussex – Child I8; 2026 – West Sussex – Child J9"
    assert notice.why == "one catalogue number (C26009) for different reviews, trusted for none"


@pytest.mark.parametrize("markup", MARKUPS)
def test_an_entry_without_its_heading_is_no_part_of_the_one_above(markup: str) -> None:
    bare = "".join(entry("", 1, markup).split(MARKUPS[markup][0].format(""), 1))

    found = read(entry("2026 – Westmere – Child A", 0, markup), bare, entry("2026 – Westmere – Child C", 2, markup))

    assert [review.catalogue for review in found.reviews if "Child C" in review.name] == ["C7002"]
    assert sorted(review.catalogue for review in (*found.reviews, *found.waiting)) == ["C7000", "C7001", "C7002"]
    assert any("marker m1" in left.words for left in found.leftovers)
    for review in (*found.reviews, *found.waiting):
        assert sum(f"marker m{n}" in review.raw for n in range(3)) == 1


@pytest.mark.parametrize("markup", MARKUPS)
def test_labels_that_begin_again_are_another_entry(markup: str) -> None:
    head, body = MARKUPS[markup]
    above = head.format("2026 – Westmere – Child A") + "".join(
        body.format(f"{label}: text{n} of it.") for n in range(2) for label in ("Background", "Learning", "Keywords")
    )

    found = read(above, entry("2026 – Westmere – Child C", 2, markup))

    assert [(left.words, left.why) for left in found.leftovers] == [
        ("2026 – Westmere – Child A", "not certain where it ends"),
        ("Background: text1 of it.", "labels that begin again"),
    ]
    assert [review.keywords for review in found.waiting] == [("text0 of it",), ("text1 of it",)]
    assert [review.catalogue for review in found.reviews] == ["C7002"]


@pytest.mark.parametrize(
    "labels",
    [
        ("Issues identified include", "Findings include", "Recommendations include"),
        ("Recommendations include", "National recommendations include", "Keywords"),
        ("Learning", "Good practice", "Recommendations", "Model", "Keywords"),
    ],
)
def test_labels_of_one_kind_after_one_another_are_one_set(labels: tuple[str, ...]) -> None:
    one = "".join(f"<p>{label}: text{n} of it.</p>" for n, label in enumerate(labels))

    found = read(f"<h3>2026 – Westmere – Child A</h3>{one}", entry("2026 – Westmere – Child C", 2))

    assert (len(found.reviews), found.leftovers) == (2, ())


@pytest.mark.parametrize("half", ["2026 – Leeds –<br>Child Q", "2026 –<br>Leeds – Child Q", "2026<br>Leeds – Child Q"])
@pytest.mark.parametrize("markup", ["flat", "br"])
def test_a_heading_over_two_lines_leaves_no_half_in_the_entry_above(half: str, markup: str) -> None:
    found = three(half, markup, 1)

    (waiting,) = found.waiting
    assert (waiting.heading, waiting.catalogue) == (half.replace("<br>", " "), "C7001")
    assert [[section.text for section in review.sections] for review in found.reviews] == [
        ["drift0; and delay0."],
        ["drift2; and delay2."],
    ]


def test_two_numbers_in_one_entry_are_named_and_it_waits() -> None:
    two = entry("2026 – Westmere – Child A", 0) + f'<p><a href="{LIBRARY}C9999">Executive summary</a></p>'

    found = read(two, entry("2026 – Westmere – Child B", 1))

    assert [left.words for left in found.leftovers] == ["2026 – Westmere – Child A"]
    assert found.leftovers[0].why == "more than one catalogue number (C7000, C9999)"
    assert ([r.name for r in found.waiting], [r.name for r in found.reviews]) == (["Child A"], ["Child B"])


def test_where_it_is_not_certain_where_an_entry_ends_it_waits_too() -> None:
    above = "<p>2026 – Westmere – Child A</p><p>Death of a child, marker m0.</p>"

    found = read(above, entry("Leeds – Child Q", 1, "flat"), entry("2026 – Westmere – Child C", 2, "flat"))

    assert [(left.words, left.why) for left in found.leftovers] == [
        ("2026 – Westmere – Child A", "not certain where it ends"),
        ("Leeds – Child Q", "not understood"),
    ]
    assert [review.summary for review in found.waiting] == [
        "Death of a child, marker m0.",
        "Death of a child of 3 months in spring, marker m1.",
    ]
    assert [review.catalogue for review in found.reviews] == ["C7002"]


@pytest.mark.parametrize(
    "own",
    [
        "<h2>Case reviews published in 2025</h2><p>A list of the reports added to the collection in that year.</p>",
        "<h3>Case reviews published in 2025</h3><p>A list of the reports added to the collection in that year.</p>",
        "<h2>England</h2>",
        "<h3>A</h3>",
        "<p>2025</p>",
    ],
)
def test_a_heading_of_the_pages_own_between_entries_is_no_left_over(own: str) -> None:
    found = read(entry("2026 – Westmere – Child A", 0), own, entry("2025 – Westmere – Child B", 1))

    assert (len(found.reviews), found.waiting, found.leftovers) == (2, (), ())


@pytest.mark.parametrize(
    "own",
    [
        "<p>Last updated 2026</p>",
        "<p>2026 was a year in which more reviews than ever were added - as we wrote then.</p>",
        '<p><a href="/2016">2016 – Anonymous – Child Z</a></p><p><a href="#q">Leeds – Child Q</a></p>',
        "<p>Home &gt; Case reviews – England</p>",
        '<p>Search the <a href="https://library.nspcc.org.uk/search1?SearchTerm=SCR">national collection</a>.</p>',
    ],
)
def test_what_introduces_the_list_is_no_left_over(own: str) -> None:
    found = read(entry("2026 – Westmere – Child A", 0), intro=own)

    assert (len(found.reviews), found.waiting, found.leftovers) == (1, (), ())


@pytest.mark.parametrize(
    "line",
    [
        "Police – ensure that officers attend",
        "2015 was a difficult year - the mother moved house twice",
        "2014: the family moved to another town",
        "<strong>What the panel learned</strong>",
        "<strong>Voice of the child</strong>",
        "Key themes",
        "Learning – the voice of the child",
    ],
)
@pytest.mark.parametrize("markup", ["h3", "strong", "flat"])
def test_a_line_of_the_text_stays_in_its_entry(line: str, markup: str) -> None:
    head, body = MARKUPS[markup]
    one = head.format("2026 – Westmere – Child A") + body.format("Death of a child.") + body.format(line)

    found = read(one + body.format("More was said of it in the report."), entry("2026 – Westmere – Child B", 1, markup))

    assert ([r.name for r in found.reviews], found.waiting, found.leftovers) == (["Child A", "Child B"], (), ())
    assert "More was said of it in the report." in found.reviews[0].raw


def test_the_same_record_in_two_wordings_is_told() -> None:
    one, other = (entry("2026 – Westmere – Child A", n, link=f"{LIBRARY}C7000") for n in (0, 1))

    found = read(one, other)

    assert [left.words for left in found.leftovers] == ["2026 – Westmere – Child A"]
    assert ["marker m0" in review.summary for review in found.reviews] == [True]


@pytest.mark.parametrize("year", ["2062", "1926"])
def test_an_impossible_year_is_named_and_the_rest_is_read(year: str) -> None:
    right = [entry(f"2026 – Westmere – Child {n}", n) for n in range(4)]

    found = read(*right, entry(f"{year} – Leeds – Child Q", 4))

    assert [(left.words, left.why) for left in found.leftovers] == [
        (f"{year} – Leeds – Child Q", "not a year of the collection")
    ]
    assert ([r.catalogue for r in found.waiting], len(found.reviews)) == (["C7004"], 4)


def test_a_page_of_the_future_is_for_the_gate_to_doubt() -> None:
    found = read(*(entry(f"20{26 + n % 2} – Westmere – Child {n}", n) for n in range(4)))

    assert (len(found.reviews), found.leftovers) == (4, ())


def test_what_is_named_cannot_command_a_terminal() -> None:
    found = read(entry("2026 – Westmere – Child A", 0), entry("Leeds – Child \x1b[31mQ", 1))

    assert [left.words for left in found.leftovers] == ["Leeds – Child [31mQ"]


def test_a_page_of_which_no_heading_is_understood_yields_what_waits() -> None:
    found = read(*(entry(f"Westmere – Child B{n}", n) for n in range(2)))

    assert (found.reviews, len(found.waiting), len(found.leftovers), found.lists_none) == ((), 2, 2, False)


@pytest.mark.parametrize(
    "line",
    [
        "The mother was never asked about it.",
        "Not his real name.",
        "Published in May 2026 after the trial had ended.",
        "Board response: changes were made.",
        "<em>Family members spoke of him.</em>",
    ],
)
@pytest.mark.parametrize("markup", MARKUPS)
def test_a_sentence_after_the_last_report_is_never_dropped_in_silence(line: str, markup: str) -> None:
    last = entry("2026 – Westmere – Child B", 1, markup) + MARKUPS[markup][1].format(line)

    found = read(entry("2026 – Westmere – Child A", 0, markup), last)

    words = line.removeprefix("<em>").removesuffix("</em>")
    assert [(left.words, left.why) for left in found.leftovers] == [(words, "not certain whose it is")]
    assert ([r.catalogue for r in found.reviews], found.waiting) == (["C7000", "C7001"], ())


@pytest.mark.parametrize(
    "line",
    [
        "The report was published in full after the trial.",
        "Makes recommendations covering health and police services.",
        "This local child safeguarding practice review identifies good practice too.",
    ],
)
@pytest.mark.parametrize("markup", MARKUPS)
def test_a_sentence_that_speaks_of_the_last_review_is_its_own(line: str, markup: str) -> None:
    last = entry("2026 – Westmere – Child B", 1, markup) + MARKUPS[markup][1].format(line)

    found = read(entry("2026 – Westmere – Child A", 0, markup), last)

    assert (line in str(found.reviews[1].sections), found.leftovers) == (True, ())


@pytest.mark.parametrize(
    "own",
    [
        "<p>You can search the national collection for older ones.</p>",
        "<p>We add case reviews every month.</p>",
        "<p>Please tell the board that published a report what is wrong in it.</p>",
        "<p>Search all case reviews</p>",
        "<p>Published: 3 May 2026</p><p>Updated on 4 May 2026</p>",
        "<p>References</p><p>Smith, J. (2020) Learning from reviews.</p>",
        "<p>Is this page useful?</p><p>Yes No</p>",
        "<p>Last updated: 02 Sept 2026</p><p>It is a list of one year.</p>",
        "<p><a href='/about'>About the list</a></p><p>A charity in England and Wales.</p>",
        "<h2>Support</h2><p>Those who read reviews need support too.</p>",
    ],
)
def test_what_ends_the_page_is_no_left_over(own: str) -> None:
    found = read(entry("2026 – Westmere – Child A", 0), entry("2026 – Westmere – Child B", 1), own)

    assert (len(found.reviews), found.waiting, found.leftovers) == (2, (), ())


@pytest.mark.parametrize("markup", MARKUPS)
def test_what_stands_outside_of_all_that_the_list_stands_in_is_no_left_over(markup: str) -> None:
    entries = (entry(f"2026 – Westmere – Child {name}", n, markup) for n, name in enumerate("AB"))

    found = read(f"<div><div>{''.join(entries)}</div></div><p>A charity in England and Wales.</p>")

    assert (len(found.reviews), found.waiting, found.leftovers) == (2, (), ())


@pytest.mark.parametrize("text", ["<p>They moved.</p>", "<ul><li>they moved</li><li>they hid</li></ul>"])
@pytest.mark.parametrize("level", [2, 3])
@pytest.mark.parametrize("markup", MARKUPS)
def test_an_unknown_heading_with_text_between_reviews_is_named(markup: str, level: int, text: str) -> None:
    own = f"<h{level}>What happened next</h{level}>{text}"

    found = read(entry("2026 – Westmere – Child A", 0, markup), own, entry("2026 – Westmere – Child B", 1, markup))

    assert [(left.words, left.why) for left in found.leftovers] == [("What happened next", "not understood")]
    assert ([r.catalogue for r in found.reviews], found.waiting) == (["C7000", "C7001"], ())


@pytest.mark.parametrize("own", ["<h2>Yorkshire</h2>", "<h2>London</h2><p>You find the boards of London here.</p>"])
def test_a_heading_that_groups_reviews_is_no_left_over(own: str) -> None:
    found = read(entry("2026 – Westmere – Child A", 0), own, entry("2026 – Westmere – Child B", 1))

    assert (len(found.reviews), found.waiting, found.leftovers) == (2, (), ())
