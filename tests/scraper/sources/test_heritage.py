"""A catalogue page becomes a review, whatever its markup; nothing of its session is kept."""

from dataclasses import replace
from datetime import date

import pytest

from core.errors import PageError
from core.records import Review, Sighting
from scraper import reconcile
from scraper.adapter import load_adapter
from scraper.identity import sighting_digest
from scraper.match import StoredReview
from scraper.sources import nspcc_listing
from scraper.sources.heritage import follow, parse
from tests.support import saved_pages
from tests.support.catalogue_site import FOLDER, following, record, saved

PAGES = saved_pages.FOLDER
RECORDS = saved_pages.saved_names("heritage")
HOST = "https://library.example.org"


def field(label: str, value: str) -> str:
    return f'<div class="fulllabel">{label}</div><div>{value}</div>'


def one(*fields: str, after: str = "") -> Review:
    (review,) = parse(saved("".join(fields) + after), "catalogue").reviews
    return review


def test_every_markup_of_a_record_is_the_same_review() -> None:
    found = [parse(saved((PAGES / name).read_bytes()), "c").reviews[0] for name in RECORDS if "gosling" in name]

    assert len(found) >= 4
    assert len({(review.key, review.fingerprint, sighting_digest(review)) for review in found}) == 1


@pytest.mark.parametrize("name", RECORDS)
def test_nothing_of_a_session_is_kept(name: str) -> None:
    (review,) = parse(saved((PAGES / name).read_bytes()), "catalogue").reviews

    assert "SetID" not in repr(review)
    assert "8A7B" not in repr(review)


@pytest.mark.parametrize("name", RECORDS)
def test_what_is_read_is_found_in_the_text_kept_beside_it(name: str) -> None:
    (review,) = parse(saved((PAGES / name).read_bytes()), "catalogue").reviews

    for part in (review.heading, review.publisher, *review.keywords, *review.summary.split("\n")):
        assert part.casefold() in review.raw.casefold()


@pytest.mark.parametrize(
    "body",
    [
        (PAGES / "heritage/broken/expired.html").read_bytes(),
        b"",
        "<p>Nothing was found.</p>",
        field("Notes", "A journal."),
        field("Title", ""),
        field("Record number", "C1001"),
    ],
)
def test_a_page_that_is_no_record_gives_none(body: bytes | str) -> None:
    assert parse(saved(body), "catalogue").reviews == ()


class TestPublisher:
    """As published, and never made up."""

    @pytest.mark.parametrize(
        ("fields", "publisher"),
        [
            ([field("Publisher", "Westmere LSCB"), field("Author", "Penhaligon, M.")], "Westmere LSCB"),
            ([field("Publisher", " "), field("Board", "Westmere LSCP")], "Westmere LSCP"),
            ([field("Corporate author", "Westmere")], "Westmere"),
            ([field("Author", "Anonymous")], "Anonymous"),
            ([field("Author", "Suffolk")], "Suffolk"),
            ([field("Author", "Westmere Child Protection Committee")], "Westmere Child Protection Committee"),
            ([field("Author", "Penhaligon, Morwenna")], ""),
            ([], ""),
        ],
    )
    def test_it_comes_from_the_field_that_names_it(self, fields: list[str], publisher: str) -> None:
        review = one(field("Title", "Child A"), *fields)

        assert review.publisher == publisher
        assert review.title == (f"{publisher} – Child A" if publisher else "Child A")

    def test_a_known_area_gives_its_nation(self) -> None:
        review = one(field("Title", "Child A"), field("Publisher", "Suffolk LSCB"), field("Year", "2014"))

        assert (review.nation, review.kind) == ("England", "Serious case review")


class TestFields:
    """Labels and values where nobody listed them."""

    @pytest.mark.parametrize(
        ("value", "year"),
        [("2015", 2015), ("12/06/1998", 1998), ("June 2015.", 2015), ("[2011?]", 2011), ("undated", None), ("", None)],
    )
    def test_the_year_is_the_first_of_the_date(self, value: str, year: int | None) -> None:
        assert one(field("Title", "Child A"), field("Date", value)).year == year

    def test_the_date_of_publication_goes_before_another_date(self) -> None:
        review = one(field("Title", "Child A"), field("Date", "2020"), field("Date of publication", "2014"))

        assert review.year == 2014

    def test_an_empty_label_adds_to_the_field_above(self) -> None:
        report = '<a href="/one.pdf">Overview</a>'
        review = one(field("Title", "A"), field("Other", report), field("&nbsp;", report.replace("one", "two")))

        assert [link.url for link in review.links] == [f"{HOST}/one.pdf", f"{HOST}/two.pdf"]

    def test_an_empty_value_does_not_take_the_next_fields(self) -> None:
        review = one('<div class="fulllabel">Abstract</div>', field("Title", "A"), field("Keywords", "b; c"))

        assert (review.summary, review.keywords) == ("", ("b", "c"))

    def test_the_last_value_ends_where_the_page_goes_on(self) -> None:
        for tail in ("<hr>Footer.", "<footer>Footer.</footer>", following("retrieve2?Offset=2") + "Footer."):
            assert one(field("Title", "A"), field("Abstract", "Text."), after=tail).summary == "Text."

    def test_comments_and_scripts_are_no_values(self) -> None:
        review = one(field("Title", "<!-- x -->A<script>b()</script>"), "<!-- c -->", field("Abstract", "a &lt; b"))

        assert (review.name, review.summary) == ("A", "a < b")

    def test_keywords_of_the_abstract_count_where_there_is_no_field(self) -> None:
        review = one(field("Title", "A"), field("Abstract", "Death of a baby.<br>Keywords: infants, fire"))

        assert (review.summary, review.keywords) == ("Death of a baby.", ("infants", "fire"))


class TestNumber:
    """The catalogue number is the record's own or none."""

    @pytest.mark.parametrize(
        ("more", "number"),
        [
            (field("Record number", "c1234"), "C1234"),
            (field("Record number", "no. 7"), ""),
            ('<p><a href="search2?searchTerm0=C1234">Permalink</a></p>', "C1234"),
            (field("Permalink", '<a href="search2?searchTerm0=c1234&x=1">here</a>'), "C1234"),
            (field("See also", '<a href="search2?searchTerm0=C1234">Another</a>'), ""),
            ('<a href="search2?searchTerm0=C1234">One</a> <a href="search2?searchTerm0=C1235">Two</a>', ""),
            ('<a href="search2?SetID=8A&searchTerm0=C1234">Your search</a>', ""),
        ],
    )
    def test_it_is_taken_where_it_is_certain(self, more: str, number: str) -> None:
        review = one(field("Title", "Child A"), "<hr>" if more.startswith("<p") else "", more)

        assert review.catalogue == number
        assert review.key == number or not number

    def test_a_durable_link_is_shown_only_where_the_page_shows_one(self) -> None:
        assert one(field("Title", "A"), field("Record number", "C1234")).links == ()


class TestLinks:
    """Reports with their words, absolute; nothing of the catalogue's own."""

    @pytest.mark.parametrize(
        ("href", "url"),
        [
            ("https://board.example/a b.pdf", "https://board.example/a%20b.pdf"),
            (
                "/HeritageScripts/Hapi.dll/filetransfer/a.pdf?filename=A",
                f"{HOST}{FOLDER}/filetransfer/a.pdf?filename=A",
            ),
            ("../a.pdf", f"{HOST}/HeritageScripts/a.pdf"),
            ("//board.example/search", "https://board.example/search"),
            ("retrieve2?SetID=8A7B&Offset=3", None),
            ("search2?searchTerm0=fires", None),
            ("javascript:open()", None),
            ("mailto:a@b.example", None),
            ("#top", None),
        ],
    )
    def test_an_address(self, href: str, url: str | None) -> None:
        review = one(field("Title", "A"), field("Other", f'<a href="{href}">The report</a>'))

        assert [(link.text, link.url) for link in review.links] == ([("The report", url)] if url else [])

    def test_the_base_of_the_page_counts(self) -> None:
        review = one(
            '<base href="https://other.example/x/">', field("Title", "A"), field("Other", '<a href="a.pdf">R</a>')
        )

        assert review.links[0].url == "https://other.example/x/a.pdf"


class TestFollow:
    """The next record's address."""

    def test_it_is_absolute_and_of_this_session(self) -> None:
        (address,) = follow(saved((PAGES / "heritage/gosling/table.html").read_bytes()))

        assert address.startswith(f"{HOST}{FOLDER}/retrieve2?SetID=8A7B2C10-")
        assert "&Offset=13&" in address

    @pytest.mark.parametrize(
        "last",
        [
            "",
            '<span class="navNext">Next</span>',
            '<a class="navNext">Next</a>',
            '<a class="navNext" href="#">Next</a>',
            '<a class="navNext" href="javascript:next()">Next</a>',
            '<a class="navNext" href="https://elsewhere.example/retrieve2?Offset=2">Next</a>',
            '<a class="navNext" href="http://[">Next</a>',
        ],
    )
    def test_there_is_none_after_the_last(self, last: str) -> None:
        assert follow(saved(record("C1001") + last)) == ()

    @pytest.mark.parametrize(
        "way",
        [
            '<form method="post"><input type="submit" class="navNext" value="Next"></form>',
            '<li class="navNext"><button>Next</button></li>',
            '<a class="navNext" href="#" onclick="go(2)">Next</a>',
            '<a class="navNext" href="javascript:go(2)">Next</a>',
        ],
    )
    def test_what_is_pressed_leads_on_unseen_unless_a_count_tells(self, way: str) -> None:
        with pytest.raises(PageError, match="a button or a script"):
            parse(saved(record("C1001") + way), "catalogue")
        assert parse(saved(f"<p>Record 1 of 5</p>{record('C1001')}{way}"), "catalogue").total == 5

    def test_a_button_that_is_greyed_out_is_none(self) -> None:
        last = '<input type="submit" class="navNext" value="Next" disabled>'

        assert len(parse(saved(record("C1001") + last), "catalogue").reviews) == 1

    def test_a_link_inside_the_marked_element_counts(self) -> None:
        assert follow(saved(record("C1001") + '<li class="x navNext"><a href="retrieve2?Offset=2">Next</a></li>')) == (
            f"{HOST}{FOLDER}/retrieve2?Offset=2",
        )

    def test_a_page_that_is_no_record_leads_nowhere(self) -> None:
        assert follow(saved("<p>Your session has expired.</p>" + following("retrieve2?Offset=2"))) == ()


@pytest.mark.parametrize(
    "words",
    [
        "Record 1 of 1,466",
        "<b>Record</b> 1 of 1,466",
        "Record <b>1</b> of <b>1,466</b>",
        "1&nbsp;of&nbsp;1466",
        "Item 1/1466",
        "Showing 1 of 1466",
        "1,466 hits",
        "Your search found 1,466 records.",
        "Your search found <b>1,466</b> records",
        "Records 1 - 1 of 1466",
    ],
)
def test_the_page_says_how_many_records_there_are(words: str) -> None:
    assert parse(saved(f"<div><p>{words}</p></div>{record('C1001')}"), "catalogue").total == 1466


class TestMerging:
    """A record and the listing's entry of the same number are one review."""

    LISTED = (
        "<html><body><h3>2015 – Westmere – Child Gosling</h3><p>Head injuries to a baby boy.</p>"
        '<p><a href="https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0=C9101">'
        "Read the overview report</a></p></body></html>"
    )

    def listed(self) -> StoredReview:
        (review,) = nspcc_listing.parse(saved_pages.page(self.LISTED), "nspcc").reviews
        return StoredReview(replace(review, id=7))

    def test_it_is_recognised_by_its_number_and_keeps_the_words_it_had(self) -> None:
        (review,) = parse(saved((PAGES / "heritage/gosling/table.html").read_bytes()), "catalogue").reviews

        decisions = reconcile.reconcile_read([self.listed()], [review], date(2026, 11, 23))

        ((held, _),) = decisions.sighted
        assert (decisions.new, decisions.changed, decisions.unchanged) == ((), (), 1)
        assert (held.id, held.name, held.source) == (7, "Child Gosling", "nspcc")

    def test_seen_again_it_is_unchanged(self) -> None:
        (review,) = parse(saved((PAGES / "heritage/gosling/table.html").read_bytes()), "catalogue").reviews
        held = replace(self.listed(), sighting=Sighting(7, "catalogue", sighting_digest(review), saved_pages.NOW))

        decisions = reconcile.reconcile_read([held], [review], date(2026, 11, 24))

        assert decisions == reconcile.Reconciliation(unchanged=1)

    def test_another_number_is_another_review(self) -> None:
        (review,) = parse(saved(record("C9102")), "catalogue").reviews

        assert [
            new.key for new in reconcile.reconcile_read([self.listed()], [review], date(2026, 11, 23), False).new
        ] == ["C9102"]


def test_the_kind_is_known_and_its_publisher_is_not_required() -> None:
    kind = load_adapter("heritage")

    assert (kind.parse, kind.follow, kind.needs) == (parse, follow, frozenset({"text"}))
