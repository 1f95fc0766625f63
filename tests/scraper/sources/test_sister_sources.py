"""The sister sources: broken pages give no record, paged ones their next page, odd words are read."""

import html
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.schema import Settings
from core.errors import PageError
from core.records import Link, Page, PageReading, Review
from scraper import plausibility
from scraper.adapter import HTML_MEDIA, load_adapter
from scraper.identity import durable_key
from scraper.page_text import normalise_text
from scraper.sources import adult_reviews, homicide_reviews
from scraper.wordpress_rest import JSON_MEDIA
from tests.support.saved_pages import ADDRESSES, FOLDER, page, saved, saved_names

KINDS = ("govuk-search", "adult-reviews", "homicide-reviews", "future-deaths")
PAGES = [name for kind in KINDS for name in saved_names(kind)]
BROKEN = sorted(file.relative_to(FOLDER).as_posix() for kind in KINDS for file in (FOLDER / kind / "broken").iterdir())
words = st.text(max_size=40) | st.sampled_from(
    ["Date of report:", "Ref: Ref:", "http://[", "99/99/2024", "\u0130", "%zz"]
)


def read(name: str) -> tuple[Review, ...]:
    """The records of a saved page."""
    return load_adapter(name.split("/")[0]).parse(saved(name), "sister").reviews


def next_of(kind: str, body: Page) -> tuple[str, ...]:
    """What the kind's adapter follows from a page."""
    follow = load_adapter(kind).follow
    assert follow
    return follow(body)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_entries_in_two_shapes_and_broken_pages(kind: str) -> None:
    assert len([name for name in PAGES if name.startswith(f"{kind}/")]) >= (1 if kind == "govuk-search" else 2)
    assert len([name for name in BROKEN if name.startswith(f"{kind}/")]) >= 3


@pytest.mark.parametrize("name", PAGES)
def test_every_field_is_found_in_the_source_text_kept_beside_it(name: str) -> None:
    for review in read(name):
        for part in (review.heading, review.name, review.summary, *review.keywords, *(s.text for s in review.sections)):
            assert part in normalise_text(review.raw)
        assert review.publisher in f"{normalise_text(review.raw)} Child Safeguarding Practice Review Panel"
        assert review.source == "sister"
        assert durable_key(review) or review.key == f"f-{review.fingerprint[:16]}"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_page_gives_no_record_and_leads_nowhere(name: str) -> None:
    kind = name.split("/")[0]
    try:
        found = read(name)
    except PageError as e:
        found = ()
        assert "\n" not in str(e)

    assert found == ()
    assert not load_adapter(kind).follow or next_of(kind, saved(name)) == ()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_page_is_complained_of(name: str) -> None:
    kind = load_adapter(name.split("/")[0])
    limits = plausibility.PlausibilityLimits(needs=kind.needs, media=kind.media)

    problems = plausibility.check_page(saved(name), limits)
    try:
        problems += plausibility.check_reviews(
            saved(name), kind.parse(saved(name), "sister").reviews, date(2026, 11, 23), (), limits
        )
    except PageError as e:
        problems += [str(e)]

    assert problems


@pytest.mark.parametrize("name", PAGES)
def test_a_good_page_is_not_complained_of(name: str) -> None:
    kind = load_adapter(name.split("/")[0])
    limits = plausibility.PlausibilityLimits(needs=kind.needs, media=kind.media)

    assert plausibility.check_page(saved(name), limits) == []
    assert plausibility.check_reviews(saved(name), read(name), date(2026, 11, 23), (), limits) == []


def test_a_refused_question_is_named_in_the_error() -> None:
    with pytest.raises(PageError, match="Unexpected parameters: invented_parameter"):
        read("govuk-search/broken/refused.json")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_what_its_pages_are_and_what_they_need(kind: str) -> None:
    found = load_adapter(kind)

    html = HTML_MEDIA if kind != "govuk-search" else frozenset()
    assert found.media == html | (JSON_MEDIA if kind in ("govuk-search", "future-deaths") else frozenset())
    assert found.needs <= set(plausibility.FIELD_CHECKS)
    assert found.lists_all == (kind != "future-deaths")


def test_no_sister_is_read_unless_the_configuration_names_it() -> None:
    assert not {source.kind for source in Settings().sources} & set(KINDS)


@pytest.mark.parametrize(
    ("total", "start", "results", "expected"),
    [
        (12, 0, 5, "start=5"),
        (12, 5, 5, "start=10"),
        (12, 10, 2, ""),
        (5, 0, 5, ""),
        (12, 0, 0, ""),
        (None, 0, 5, ""),
        ("12", 0, 5, ""),
    ],
)
def test_the_search_is_followed_until_its_total(total: object, start: int, results: int, expected: str) -> None:
    body = json.dumps({"results": [{"title": "An invented title"}] * results, "start": start, "total": total})
    url = f"{ADDRESSES['govuk-search']}&start={start}"

    found = next_of("govuk-search", page(body, "application/json", url))

    assert found == ((f"{ADDRESSES['govuk-search']}&{expected}",) if expected else ())


def test_a_card_page_leads_to_the_next_by_the_count_it_shows() -> None:
    first = "https://homicide-review.homeoffice.gov.uk/?pagination%5BpageNumber%5D={}&pagination%5BpageSize%5D=3"
    body = (FOLDER / "homicide-reviews/page.html").read_text("utf-8")

    assert next_of("homicide-reviews", page(body, url=first.format(0))) == (first.format(1),)
    last = body.replace("1 - 3 of 5", "3 - 5 of 5")
    assert next_of("homicide-reviews", page(last, url=first.format(1))) == ()
    assert next_of("homicide-reviews", page(last.replace("of 5", "of 1,345"), url=first.format(1))) == (
        first.format(2),
    )
    assert next_of("homicide-reviews", page(body, url=first.format(1))) == ()  # the first page again: no end to it


@pytest.mark.parametrize(
    "words",
    [
        "Showing 1-3 of 45",
        "Displaying 3 of 45 reviews",
        "1 to 3 of 45",
        "45 results",
        "Total: 45",
        "Results 1 to 3 (45 in total)",
    ],
)
def test_the_homicide_library_may_state_its_total_in_other_words(words: str) -> None:
    body = (FOLDER / "homicide-reviews/page.html").read_text("utf-8").replace("Showing results 1 - 3 of 5", words)

    assert homicide_reviews.parse(page(body, url=ADDRESSES["homicide-reviews"]), "sister").total == 45


def test_the_number_of_pages_leads_to_the_next() -> None:
    body = (FOLDER / "homicide-reviews/page.html").read_text("utf-8").replace("Showing results 1 - 3 of 5", "Page {}")
    url = "https://homicide-review.homeoffice.gov.uk/?pagination%5BpageNumber%5D=0"

    assert next_of("homicide-reviews", page(body.format("1 of 3"), url=url)) == (url[:-1] + "1",)


@pytest.mark.parametrize("title", ["", "Download"])
def test_a_document_without_a_title_has_the_name_of_its_file(title: str) -> None:
    row = f"<tr><td>{title}</td><td><a href='./2026/Anon%20SAR.pdf'>Download</a></td></tr>"
    body = f"<button class='collapsible'>SARs 2026</button><div class='content'><table>{row}</table></div>"

    (found,) = adult_reviews.parse(page(body, url=ADDRESSES["adult-reviews"]), "sister").reviews

    assert (found.name, len(found.links)) == ("Anon SAR", 1)


def test_without_a_count_the_links_lead_to_the_next_page() -> None:
    body = (FOLDER / "homicide-reviews/table.html").read_text("utf-8").replace("Showing", "Here are")
    site = "https://homicide-review.homeoffice.gov.uk/"

    assert next_of("homicide-reviews", page(body, url=site)) == (f"{site}?pagination%5BpageNumber%5D=1",)
    assert next_of("homicide-reviews", page(body, url=f"{site}?pagination[pageNumber]=1")) == ()


@pytest.mark.parametrize("name", ["future-deaths/page.html", "future-deaths/articles.html"])
def test_a_list_leads_to_the_reports_it_does_not_tell_in_full_then_to_its_next_page(name: str) -> None:
    site = "https://www.judiciary.uk/prevention-of-future-death-reports/"

    assert next_of("future-deaths", saved(name)) == (
        f"{site}sam-invented-prevention-of-future-deaths-report/",
        f"{site}page/3/",
    )


def test_the_last_list_page_and_a_report_lead_to_no_further_page() -> None:
    last = "https://www.judiciary.uk/prevention-of-future-death-reports/page/550/"

    assert next_of("future-deaths", saved("future-deaths/page.html", last))[1:] == ()
    assert next_of("future-deaths", saved("future-deaths/report/page.html")) == ()


def test_no_report_is_read_twice_from_a_list_and_its_own_page() -> None:
    listed = {link.url for review in read("future-deaths/page.html") for link in review.links}

    assert not listed & set(next_of("future-deaths", saved("future-deaths/page.html")))


@pytest.mark.parametrize(
    ("ref", "name"),
    [("Ref: 2026-9009", "Prevention of future deaths report 2026-9009"), ("", "Prevention of future deaths report")],
)
def test_nothing_of_a_record_but_its_address_holds_the_name_of_who_died(ref: str, name: str) -> None:
    body = (
        f"<h1>Jo Roe: Prevention of future deaths report</h1><p>Date of report: 1/5/2026</p><p>{ref}</p>"
        "<p>Name of deceased: Jo Roe</p><p>Coroner area: Suffolk.</p><a href='/jo-roe-report.pdf'>Jo Roe</a>"
    )

    (found,) = load_adapter("future-deaths").parse(page(body, url=ADDRESSES["future-deaths/report"]), "sister").reviews

    assert (found.name, found.title, found.publisher) == (name, f"Suffolk – {name}", "Suffolk")
    assert found.links == (Link(found.title, "https://www.judiciary.uk/jo-roe-report.pdf"),)
    assert "Roe" not in str(replace(found, links=()))


@pytest.mark.parametrize("colon", [":", " :", "", " –"])
@pytest.mark.parametrize(
    ("date", "ref", "area"),
    [
        ("Date of report", "Ref", "Coroner area"),
        ("Dates of reports", "Reference number", "Coroner’s Area"),
        ("DATE OF REPORT", "Ref no.", "Coroners' areas"),
        ("Report date", "Ref", "Coroner(s) area"),
        ("Date of Report", "Refs", "Area of coroner"),
    ],
)
def test_labels_are_read_in_every_form(colon: str, date: str, ref: str, area: str) -> None:
    body = (
        f"<h1>Jo Roe</h1><p>{date}{colon} 4 May 2026</p><p>{ref}{colon} 2026-0007</p>"
        f"<p>Name of the deceased{colon} Jo</p><p>{area}{colon} Suffolk</p>"
        "<p>Category of deaths is told by the site in a sentence of its own.</p>"
    )

    (found,) = load_adapter("future-deaths").parse(page(body, url=ADDRESSES["future-deaths/report"]), "sister").reviews

    assert (found.year, found.month, found.publisher) == (2026, 5, "Suffolk")
    assert found.name == "Prevention of future deaths report 2026-0007"


@pytest.mark.parametrize("label", ["CSP", "CSP name", "Community Safety Partnership", "Partnership (CSP)"])
@pytest.mark.parametrize(
    ("region", "nation"),
    [
        ("Greater London", "England"),
        ("East", "England"),
        ("Yorkshire and the Humber", "England"),
        ("North West", "England"),
        ("Wales", "Wales"),
        ("Not given", None),
    ],
)
def test_a_card_is_read_by_its_labels(label: str, region: str, nation: str | None) -> None:
    body = (
        '<section aria-label="DHR result Mr A - B - Safer North - 2022/a - DARDR"><h3>Mr A - B</h3><dl>'
        f"<dt>CSP Region</dt><dd>{region}</dd><dt>{label}:</dt><dd>Safer North</dd>"
        '<dt>Uploaded on</dt><dd>May 2026</dd></dl><a href="/download/0123456789abcdef01234567">View</a></section>'
    )

    (found,) = load_adapter("homicide-reviews").parse(page(body, url=ADDRESSES["homicide-reviews"]), "sister").reviews

    assert (found.publisher, found.name, found.nation) == ("Safer North", "Mr A - B", nation)
    assert (found.key, found.kind) == ("0123456789abcdef01234567", "Domestic abuse related death review")


@pytest.mark.parametrize("label", ["Uploaded on", "Date uploaded", "Published", "Date of publication", "Added on"])
def test_a_card_s_date_is_that_of_its_upload_and_never_of_the_death(label: str) -> None:
    body = (
        '<section aria-label="DHR result Mr A - Safer North - 2022/a - DHR"><h3>Mr A</h3><dl><dt>Date of death</dt>'
        f"<dd>June 2019</dd><dt>CSP</dt><dd>Safer North</dd><dt>{label}</dt><dd>May 2026</dd></dl></section>"
    )

    (found,) = load_adapter("homicide-reviews").parse(page(body, url=ADDRESSES["homicide-reviews"]), "sister").reviews

    assert (found.year, found.month, found.publisher) == (2026, 5, "Safer North")


def test_a_report_without_a_pdf_links_its_own_page_and_takes_its_categories_from_the_tags() -> None:
    body = '<h1>Jo Invented</h1><p class="pill--single"><a>One</a> <a>Two</a></p><p>Coroner area: Northshire</p>'

    (found,) = load_adapter("future-deaths").parse(page(body, url=ADDRESSES["future-deaths/report"]), "sister").reviews

    assert [link.url for link in found.links] == [ADDRESSES["future-deaths/report"]]
    assert found.keywords == ("One", "Two")


def test_a_column_for_the_board_gives_the_publisher() -> None:
    body = (
        '<button class="collapsible">SARs 2026</button><div class="content"><table>'
        "<tr><th>Title</th><th>Safeguarding Adults Board</th><th>Report</th></tr>"
        '<tr><td>Adult K</td><td>Camden</td><td><a href="k.pdf">Read</a></td></tr></table></div>'
    )

    (found,) = adult_reviews.parse(page(body, url=ADDRESSES["adult-reviews"]), "sister").reviews

    assert (found.publisher, found.name, found.nation) == ("Camden", "Adult K", "England")


def adult_rows(*rows: str) -> PageReading:
    body = f'<button class="collapsible">SARs 2026</button><div class="content"><table>{"".join(rows)}</table></div>'
    return adult_reviews.parse(page(body, url=ADDRESSES["adult-reviews"]), "sister")


def test_a_first_column_that_says_the_same_again_is_the_boards() -> None:
    row = '<tr><td>{} SAB</td><td>Adult {}</td><td><a href="./{}.pdf">Download</a></td></tr>'

    found = adult_rows(*(row.format(board, n, n) for n, board in enumerate(["Northshire", "Northshire", "Wold"] * 2)))

    assert [(r.publisher, r.name) for r in found.reviews[:3]] == [
        ("Northshire SAB", "Adult 0"),
        ("Northshire SAB", "Adult 1"),
        ("Wold SAB", "Adult 2"),
    ]
    assert "Northshire SAB" in found.reviews[0].raw


@pytest.mark.parametrize("more", ["<td>Theme</td>", ""])
def test_a_first_column_of_titles_is_the_titles(more: str) -> None:
    row = '<tr><td>Adult {}</td>{}<td><a href="./{}.pdf">Download</a></td></tr>'

    found = adult_rows(*(row.format(n, more, n) for n in range(6)))

    assert [(r.publisher, r.name) for r in found.reviews] == [("", f"Adult {n}") for n in range(6)]


@pytest.mark.parametrize(
    ("first", "named"),
    [
        ("<tr><td>Adult Wren</td><td>To be published</td></tr>", ["Adult Wren To be published"]),
        ("<tr><td>Title</td><td>Download report</td></tr>", []),
        ("<tr><td>Name of review</td><td></td></tr>", []),
        ("<tr><td></td><td></td></tr>", []),
    ],
)
def test_a_first_row_without_a_link_is_heads_or_is_named(first: str, named: list[str]) -> None:
    found = adult_rows(first, '<tr><td>Adult Lark</td><td><a href="./lark.pdf">Download</a></td></tr>')

    assert ([review.name for review in found.reviews], [one.words for one in found.leftovers]) == (
        ["Adult Lark"],
        named,
    )


def test_two_rows_of_one_title_are_two_reviews_when_their_reports_differ() -> None:
    row = '<tr><td>Adult K</td><td><a href="{}">Read</a></td></tr>'
    rows = row.format("one.pdf") + row.format("two.pdf") + row.format("one.pdf")
    body = f'<button class="collapsible">2026</button><div class="content"><table>{rows}</table></div>'

    found = adult_reviews.parse(page(body, url=ADDRESSES["adult-reviews"]), "sister").reviews

    assert [review.links[0].url.rpartition("/")[2] for review in found] == ["one.pdf", "two.pdf"]
    assert found[0].kind is None


BODIES = {
    "adult-reviews": '<button class="collapsible">{0} 2026</button><div class="content"><table>'
    '<tr><th>{1}</th><th>Board</th></tr><tr><td>{2}</td><td>{3}</td><td><a href="{4}">{5}</a></td></tr></table></div>',
    "homicide-reviews": '<p>Showing results {0} - {1} of 9</p><section aria-label="DHR result"><h3>{2}</h3>'
    '<dl><dt>{0}</dt><dd>{3}</dd><dt>Region</dt><dd>{4}</dd></dl><a href="/download/{5}">{1}</a></section>',
    "future-deaths": '<div class="card"><h3><a href="/prevention-of-future-death-reports/{0}/">{1}</a></h3>'
    '<p>Date of report: {2} Coroner area: {3}<br>Category: {4}</p></div><a class="page-numbers" href="{5}">3</a>',
    "future-deaths/report": "<h1>{0}</h1><p>Date of report: {1}</p><p>Ref: {2}</p><p>{3}: {4}</p>"
    '<a class="related-content__link" href="{5}.pdf">{0}</a>',
}


@pytest.mark.parametrize("folder", BODIES)
@given(cells=st.lists(words, min_size=6, max_size=6), escaped=st.booleans())
def test_whatever_the_cells_say_a_page_is_read(folder: str, cells: list[str], escaped: bool) -> None:
    body = BODIES[folder].format(*(map(html.escape, cells) if escaped else cells))
    kind, read_page = folder.split("/")[0], page(body.encode(errors="replace"), url=ADDRESSES[folder])

    found = load_adapter(kind).parse(read_page, "sister").reviews

    assert all(link.url.startswith(("http://", "https://")) for review in found for link in review.links)
    assert all(review.name == normalise_text(review.name) != "" for review in found)
    if load_adapter(kind).follow:
        assert len(set(next_of(kind, read_page))) <= 2


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), st.lists, max_leaves=5
)
results = st.lists(
    anything
    | st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["title", "link", "description", "public_timestamp"], anything | words)
    ),
    max_size=4,
)


@given(answer=st.fixed_dictionaries({}, optional={"results": results | anything, "total": anything, "start": anything}))
def test_whatever_the_search_answers_it_is_read(answer: dict[str, Any]) -> None:
    read_page = page(json.dumps(answer), "application/json", ADDRESSES["govuk-search"])

    try:
        found = load_adapter("govuk-search").parse(read_page, "sister").reviews
    except PageError as e:
        found = ()
        assert "the results end early" in str(e)

    assert all(review.name and review.publisher for review in found)
    assert len(next_of("govuk-search", read_page)) <= 1


@pytest.mark.parametrize(
    "body", ['{"results": [{"title": "Half a pair: \\ud800"}]}', "[" * 100_000, "9" * 5000, "null"]
)
def test_json_that_is_odd_or_without_end_is_read_or_refused(body: str) -> None:
    found = load_adapter("govuk-search").parse(page(body, "application/json"), "sister").reviews

    assert [review.name for review in found] in ([], ["Half a pair: ?"])


def test_adult_reviews_without_a_year_s_button_are_read_with_the_year_of_their_heading_or_none() -> None:
    table = (
        '<div class="content"><table><tr><td>Adult {0}</td><td><a href="./{0}.pdf">Download</a></td></tr></table></div>'
    )
    body = f"<h1>Library</h1>{table.format('K')}<h2>SARs 2025</h2>{table.format('L')}"

    found = adult_reviews.parse(page(body, url=ADDRESSES["adult-reviews"]), "sister").reviews

    adults = "Safeguarding adult review"
    assert [(r.name, r.year, r.kind) for r in found] == [("Adult K", None, None), ("Adult L", 2025, adults)]
