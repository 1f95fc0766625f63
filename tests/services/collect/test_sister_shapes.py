"""The sister sources' real shapes, with invented details: what is read of each, and that a retitled document is one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config.source_table import Source
from core.errors import PageError
from core.source_records import Leftover
from scraper.adapter import load_adapter
from scraper.sources import future_deaths
from tests.conftest import Typed
from tests.support.installation import QUICK
from tests.support.loopback_site import Answer, Request, Site
from tests.support.saved_pages import FOLDER, page

Type = Callable[..., Typed]
LOOPBACK = [pytest.mark.loopback, pytest.mark.enable_socket]
CASES = FOLDER / "cases"
SITE = "https://www.judiciary.uk"
REPORT_PAGE = f"{SITE}/prevention-of-future-death-reports/lee-roe-prevention-of-future-deaths-report/"
KINDS = {
    "dhr": ("homicide-reviews", "https://homicide-review.homeoffice.gov.uk/"),
    "panel": ("govuk-search", "https://www.gov.uk/api/search.json?count=100"),
    "sar": ("adult-reviews", "https://nationalnetwork.org.uk/search.html"),
    "heritage": ("heritage", "https://library.example.org/HeritageScripts/Hapi.dll/search2?Media=SCR"),
}


def configure(name: str) -> None:
    """A configuration of the one source that a saved page is of."""
    kind, url = KINDS[name]
    Path("casereviews.toml").write_text(
        f'[[sources]]\nname = "{name}"\nkind = "{kind}"\nurl = "{url}"\n{QUICK}', "utf-8"
    )


def scrape(typed: Type, file: str, day: str) -> dict[str, object]:
    """What a read of a saved page did, with its exit code."""
    answer = typed("scrape", "--from-file", str(CASES / file), "--as-of", day, "--json")
    run: dict[str, object] = json.loads(answer.out)[0]
    return run | {"code": answer.code}


@pytest.mark.parametrize(
    ("file", "link"),
    [
        (
            "pfd-response-first",
            f"{SITE}/wp-content/uploads/2026/05/lee-roe-prevention-of-future-deaths-report-2026-0007.pdf",
        ),
        ("pfd-only-a-response", REPORT_PAGE),
        ("pfd-word-report", f"{SITE}/wp-content/uploads/2026/05/2026-0007.docx"),
        ("pfd-no-document", REPORT_PAGE),
        (
            "pfd-labels-in-the-plural",
            f"{SITE}/wp-content/uploads/2026/05/lee-roe-prevention-of-future-deaths-report_2026-0007.pdf",
        ),
    ],
)
def test_a_coroners_report_is_linked_and_never_an_answer_to_it(file: str, link: str) -> None:
    (review,) = future_deaths.parse(page((CASES / f"{file}.html").read_bytes(), url=REPORT_PAGE), "pfd").reviews

    assert [one.url for one in review.links] == [link]
    assert "Roe" not in review.title + review.name + review.heading + review.raw + review.links[0].text


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("Answer from the Trust to the report", "2026-0007-a.pdf"),
        ("2026-0007", "2026-0007_Letter_from_Trust.pdf"),
        ("Acknowledgement of the report", "2026-0007.pdf"),
        ("Ymateb gan y Bwrdd", "2026-0007.pdf"),
        ("Action plan", "2026-0007.pdf"),
        ("Annex A", "2026-0007-a.pdf"),
        ("Chief Coroner’s annual report", "2026.pdf"),
    ],
)
def test_what_answers_a_report_or_belongs_to_it_is_not_the_report(words: str, file: str) -> None:
    body = f"<main><h1>Lee Roe</h1><p>Ref: 2026-0007</p><a href='{SITE}/{file}'>{words}</a></main>"

    (review,) = future_deaths.parse(page(body, url=REPORT_PAGE), "pfd").reviews

    assert [one.url for one in review.links] == [REPORT_PAGE]


@pytest.mark.parametrize(
    ("fields", "publisher", "name"),
    [
        ("<p>Date of report: 8/5/2026</p><p>Coroners Area:</p><h2>Related content</h2><p>One</p>", "", ""),
        (
            "<p>Date of report:: 8/5/2026</p><p>Coroners Area:: Suffolk</p><p>Ref:: 2026-0007</p>",
            "Suffolk",
            "2026-0007",
        ),
        (
            "<dl><dt>Date of report<dd>8/5/2026<dt>Ref<dd>2026-0007<dt>Coroners Area<dd>Suffolk</dl>",
            "Suffolk",
            "2026-0007",
        ),
        ("<h3>Date of report</h3><p>May 2026</p><h3>Coroners Area</h3><p>Suffolk</p>", "Suffolk", ""),
        ("<p>Date of report: May 2026</p><p>Refs: Lee Roe 2026-0007 and 2026-0008A</p>", "", "2026-0007, 2026-0008A"),
        ("<p>Date of report: May 2026</p><p>Ref: Lee Roe</p>", "", ""),
    ],
)
def test_a_field_of_a_report_is_what_its_label_says_and_nothing_else(fields: str, publisher: str, name: str) -> None:
    (review,) = future_deaths.parse(page(f"<h1>Lee Roe</h1>{fields}", url=REPORT_PAGE), "pfd").reviews

    assert (review.year, review.month, review.publisher) == (2026, 5, publisher)
    assert review.name == f"Prevention of future deaths report {name}".rstrip()


def test_an_item_that_does_not_tell_its_report_leads_to_its_page_and_a_protected_one_is_named_without_its_person() -> (
    None
):
    items = json.loads((CASES / "pfd-rest.json").read_bytes())[:4]
    items[1]["content"]["rendered"] = "<p>See the report.</p>"
    items[2]["content"] = {"rendered": "", "protected": True}
    del items[3]["content"]
    answer = page(json.dumps(items), "application/json", f"{SITE}/wp-json/wp/v2/pfd?per_page=100")

    reading = future_deaths.parse(answer, "pfd")

    assert [review.month for review in reading.reviews] == [1]
    assert reading.leftovers == (Leftover("report 9002", "protected by a password"),)
    assert future_deaths.follow(answer) == (items[1]["link"], items[3]["link"])


@pytest.mark.parametrize("file", ["pfd-labels-in-the-plural", "pfd-labels-without-colons"])
def test_labels_in_the_plural_and_without_colons_are_read(file: str) -> None:
    (review,) = future_deaths.parse(page((CASES / f"{file}.html").read_bytes(), url=REPORT_PAGE), "pfd").reviews

    assert (review.year, review.month, review.publisher, review.nation) == (2026, 5, "Suffolk", "England")
    assert review.name == "Prevention of future deaths report 2026-0007"


def test_an_answer_of_the_coroners_site_is_read_whole() -> None:
    url = f"{SITE}/wp-json/wp/v2/pfd?per_page=100&orderby=date&order=desc"
    answer = page((CASES / "pfd-rest.json").read_bytes(), "application/json", url)

    reading = future_deaths.parse(answer, "pfd")

    assert [review.publisher for review in reading.reviews] == [
        "East Riding of Yorkshire and City of Kingston Upon Hull",
        "Milton Keynes",
        "West Yorkshire (Western)",
        "Essex 2",
        "North Wales (East and Central)",
    ]
    assert [(review.year, review.month) for review in reading.reviews] == [(2026, month) for month in range(1, 6)]
    assert reading.reviews[0].keywords == ("Child Death (from 2015)",)
    assert not [review for review in reading.reviews if "Roe" in review.title + review.raw]
    assert future_deaths.follow(answer) == ()


def test_the_same_report_has_one_key_in_an_answer_a_list_and_on_its_page() -> None:
    path = "/prevention-of-future-death-reports/alex-roe-prevention-of-future-deaths-report/"
    fields = "<p>Date of report: 01/01/2026 Coroner area: Suffolk Category: Child Death (from 2015)</p>"
    listed = f'<div class="card"><h3><a href="{path}">Alex Roe</a></h3>{fields}</div>'
    answer = page((CASES / "pfd-rest.json").read_bytes(), "application/json", f"{SITE}/wp-json/wp/v2/pfd")

    keys = {
        future_deaths.parse(one, "pfd").reviews[0].key
        for one in (answer, page(listed, url=SITE), page(f"<h1>Alex Roe</h1>{fields}", url=SITE + path))
    }

    assert keys == {future_deaths.report_key(SITE + path)}


def test_a_category_leads_to_its_reports_and_an_unknown_one_is_refused() -> None:
    url = f"{SITE}/wp-json/wp/v2/pfd_report_type?slug=child-death-from-2015"
    terms = page(json.dumps([{"id": 999, "taxonomy": "pfd_report_type", "count": 5}]), "application/json", url)

    assert future_deaths.parse(terms, "pfd").reviews == ()
    assert future_deaths.follow(terms) == (
        f"{SITE}/wp-json/wp/v2/pfd?per_page=100&orderby=date&order=desc&pfd_report_type=999",
    )
    with pytest.raises(PageError, match="no such category"):
        future_deaths.parse(page("[]", "application/json", url), "pfd")


def test_homicide_reviews_are_read_as_their_cards_call_them(typed: Type) -> None:
    configure("dhr")
    typed("init")

    run = scrape(typed, "dhr-real-labels.html", "2026-11-20")
    found = json.loads(typed("reviews", "list", "--json").out)

    assert (run["code"], run["seen"]) == (0, 6)
    assert {(r["publisher"], r["name"], r["year"], r["month"], r["nation"]) for r in found} == {
        ("East Sussex", "Mrs Q", 2026, 6, "England"),
        ("Tower Hamlets", "Tamsin", 2026, 6, "England"),
        ("Norfolk", "Wren", 2026, 5, "England"),
        ("Sheffield", "Ismail", 2026, 6, "England"),
        ("Shropshire", "Mr K", 2026, 5, "England"),
        ("Cardiff", "Adult A and Adult B", 2026, 4, "Wales"),
    }
    (tamsin,) = [r for r in found if r["name"] == "Tamsin"]
    assert tamsin["key"] == "685938769745737562770002"
    assert [link["text"] for link in tamsin["links"]] == ["Tamsin - Tower Hamlets - 2022/a - DHR"]
    kind, url = KINDS["dhr"]
    reading = load_adapter(kind).parse(page((CASES / "dhr-real-labels.html").read_bytes(), url=url), "dhr")
    assert (reading.total, {review.kind for review in reading.reviews}) == (6, {"Domestic homicide review"})


def test_of_the_panels_documents_only_reviews_and_reports_are_read_and_a_retitled_one_is_one_change(
    typed: Type,
) -> None:
    configure("panel")
    typed("init")

    first = scrape(typed, "panel-not-reviews.json", "2026-07-01")
    names = {review["name"] for review in json.loads(typed("reviews", "list", "--json").out)}
    second = scrape(typed, "panel-retitled-2.json", "2026-07-05")

    assert (first["code"], first["seen"]) == (0, 2)
    assert names == {"Invented national review 0: babies in temporary homes", "Panel annual report 2025 to 2026"}
    assert [second[count] for count in ("code", "new", "changed", "missing")] == [0, 0, 1, 0]


def test_the_adult_librarys_file_names_are_no_titles_and_a_retitled_file_is_one_change(typed: Type) -> None:
    configure("sar")
    typed("init")

    first = scrape(typed, "sar-retitled-1.html", "2026-11-20")
    names = {review["name"] for review in json.loads(typed("reviews", "list", "--json").out)}
    second = scrape(typed, "sar-retitled-2.html", "2026-11-27")

    assert (first["code"], first["seen"]) == (0, 5)
    assert "HSAB SAR Merle0 report" in names
    assert not [name for name in names if name.endswith(".pdf")]
    assert [second[count] for count in ("code", "new", "changed", "missing")] == [0, 0, 1, 0]


def test_a_catalogue_that_shows_one_record_of_many_states_them_all() -> None:
    kind, url = KINDS["heritage"]
    body = (CASES / "heritage-next-is-a-button.html").read_bytes()

    reading = load_adapter(kind).parse(page(body, url=url), "catalogue")

    assert (len(reading.reviews), reading.total) == (1, 1466)
    told = body.replace(b"Record 1 of 1466", b"").replace(b"Death of", b"Record 1 of 20. Death of")
    with pytest.raises(PageError, match="a button or a script"):  # which leads on, nobody knows how far
        load_adapter(kind).parse(page(told, url=url), "catalogue")
    told = told.replace(b"navNext", b"")
    assert load_adapter(kind).parse(page(told, url=url), "catalogue").total is None


FORMS = {
    "a list": '<label for="c">Were any children present?</label><select id="c" name="Case.Children[]">'
    '<option value="">All</option><option value="true">Yes</option></select>',
    "boxes": "<fieldset><legend>Were any children present?</legend>"
    '<input type="checkbox" id="y" name="Case.Children[]" value="true"><label for="y">Yes</label>'
    '<input type="checkbox" id="n" name="Case.Children[]" value="false"><label for="n">No</label></fieldset>',
}


@pytest.mark.parametrize("form", FORMS)
def test_the_librarys_own_filter_is_asked_by_its_words(form: str) -> None:
    kind, url = KINDS["dhr"]
    adapter = load_adapter(Source(name="dhr", kind=kind, url=url, filter="were any children present: yes"))
    body = (CASES / "dhr-real-labels.html").read_text("utf-8").replace("</form>", f"{FORMS[form]}</form>", 2)
    start = page(body, url=url)

    assert adapter.parse(start, "dhr").reviews == ()
    assert adapter.follow
    (address,) = adapter.follow(start)
    assert address == f"{url}?Case.Children%5B%5D=true"
    filtered = page(body, url=address)
    assert (len(adapter.parse(filtered, "dhr").reviews), adapter.follow(filtered)) == (6, ())
    with pytest.raises(PageError, match="no such filter: were any children present"):
        adapter.parse(page((CASES / "dhr-real-labels.html").read_bytes(), url=url), "dhr")


class TestStatedTotals:
    """A list says how many entries it holds: one that shows fewer is not believed, and nothing has gone."""

    pytestmark = LOOPBACK

    @pytest.mark.parametrize("day", ["2026-11-01", "2026-12-10"])  # at once, and when a walk is due
    def test_homicide_reviews_of_two_pages_are_read_and_a_first_page_shown_twice_is_not_believed(
        self, typed: Type, day: str
    ) -> None:
        shown = [(CASES / f"dhr-two-pages-{number}.html").read_bytes() for number in (0, 1)]

        def library(request: Request) -> Answer:
            return Answer(200, shown["pageNumber%5D=1" in request.path], {"Content-Type": "text/html"})

        with Site({"/robots.txt": lambda _: Answer(404), "/": library}) as site:
            url = site.url("/?pagination%5BpageNumber%5D=0")
            Path("casereviews.toml").write_text(
                f'[[sources]]\nname = "dhr"\nkind = "homicide-reviews"\nurl = "{url}"\n{QUICK}', "utf-8"
            )
            typed("init")
            first = json.loads(typed("scrape", "--as-of", "2026-11-01", "--json").out)[0]
            shown[1] = shown[0]
            again = typed("scrape", "--as-of", day, "--json")
            accepted = typed("scrape", "--as-of", day, "--accept", "--json")

        assert (first["seen"], first["new"], first["pages"]) == (20, 20, 2)
        assert (again.code, json.loads(again.out)[0]["missing"]) == (4, 0)
        assert (accepted.code, json.loads(accepted.out)[0]["missing"]) == (0, 0)
        assert "11" in again.err
        assert "20" in again.err

    def test_a_page_shown_again_at_the_next_address_is_not_believed_without_a_count_either(self, typed: Type) -> None:
        body = (CASES / "dhr-two-pages-0.html").read_bytes().replace(b"Showing results 1 to 11 of 20", b"")
        body = body.replace(b"</main>", b'<a href="/?pagination[pageNumber]=1">Next</a></main>')
        routes = {"/robots.txt": lambda _: Answer(404), "/": lambda _: Answer(200, body, {"Content-Type": "text/html"})}

        with Site(routes) as site:
            Path("casereviews.toml").write_text(
                f'[[sources]]\nname = "dhr"\nkind = "homicide-reviews"\nurl = "{site.url("/")}"\n{QUICK}', "utf-8"
            )
            typed("init")
            answer = typed("scrape", "--json")

        assert (answer.code, json.loads(answer.out)[0]["new"]) == (4, 0)
        assert "page 2 leads back to pages already read" in answer.err

    def test_a_catalogue_of_one_record_of_many_is_not_believed(self, typed: Type) -> None:
        body = (CASES / "heritage-next-is-a-button.html").read_bytes()

        with Site({"/robots.txt": lambda _: Answer(404), "/search2": lambda _: Answer(200, body)}) as site:
            Path("casereviews.toml").write_text(
                f'[[sources]]\nname = "catalogue"\nkind = "heritage"\nurl = "{site.url("/search2")}"\n{QUICK}', "utf-8"
            )
            typed("init")
            answer = typed("scrape", "--json")
            accepted = typed("scrape", "--accept")

        assert (answer.code, accepted.code) == (4, 0)
        assert "1466" in answer.err.replace(",", "")
        assert len(json.loads(typed("reviews", "list", "--json").out)) == 1  # the one that was accepted
