"""The search: found by words and facets, counted exactly, nothing of what is withdrawn; at any size of archive."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from core.records import Link, Review
from core.search_words import parse_terms
from core.thesaurus import load_thesaurus
from db.collection import fulltext_index, reviews, takedowns
from db.collection.reindex import reindex
from db.read import facet_index, facets, search
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, connect, write_transaction
from newsletter.issue import phrases
from tests.db.collection.test_reviews import NOW, sample, stored

WORDS = "neglect sleep fire school river night".split()
SHARES = [facet_index.SMALL_SHARE, 1, 10**9]


@pytest.fixture(params=SHARES, ids=["as configured", "review by review", "by bitmaps"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of counting, however few the reviews are here."""
    monkeypatch.setattr(facet_index, "SMALL_SHARE", request.param)


def fill(db: Database, count: int = 60) -> list[Review]:
    chance = Random(5)
    return [
        stored(
            db,
            sample(
                f"Child {number}",
                publisher=chance.choice(["Suffolk", "Kent", "Powys", "Fife"]),
                year=chance.choice([2014, 2015, 2016, None]),
                nation=chance.choice(["England", "Wales", None]),
                kind=None,
                summary=" ".join(["Death of a 3-year-old boy.", *chance.sample(WORDS, 3)]),
                keywords=tuple(chance.sample(WORDS, 2)),
                baseline=number % 3 > 0,
            ),
        )
        for number in range(count)
    ]


def plainly(held: list[Review], query: SearchQuery) -> list[Review]:
    """What a search finds, the slow way."""
    wanted: dict[str, set[str]] = {}
    for name, value in query.filters:
        wanted.setdefault(name, set()).add(value)
    return [
        review
        for review in held
        if all(term.text in f"{review.summary} {' '.join(review.keywords)}" for term in parse_terms(query.words))
        and all(
            values & {f.value for f in facets.derive_facets(review) if f.name == name}
            for name, values in wanted.items()
        )
    ]


QUERIES = [
    SearchQuery(),
    SearchQuery("neglect"),
    SearchQuery("neglect river"),
    SearchQuery(filters=(("year", "2015"),)),
    SearchQuery("sleep", (("year", "2015"), ("year", "2016"), ("nation", "wales"))),
    SearchQuery("fire", (("topic", "neglect"), ("publisher", "kent"))),
    SearchQuery(filters=(("age", "1-to-5"), ("harm", "death"), ("source", "nspcc"))),
    SearchQuery("neglect", (("year", "1899"),)),
    SearchQuery("nothinglikeit", (("year", "2015"),)),
]


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_it_finds_and_counts_what_is_there(db: Database, query: SearchQuery) -> None:
    held = fill(db)
    expected = plainly(held, query)
    for order in ("", "newest", "publisher"):
        pages = [ReviewSearch().find(db, replace(query, order=order, page=page), 7) for page in range(1, 11)]

        assert {page.count for page in pages} == {len(expected)}
        numbers = [hit.id for page in pages for hit in page.hits]
        assert sorted(numbers) == sorted(review.id for review in expected)
        alone = [ReviewSearch().numbers(db, replace(query, order=order, page=page), 7)[0] for page in range(1, 11)]
        assert numbers == [number for page in alone for number in page]  # read and ranked at once as ranked alone
    for name in facets.FACET_NAMES:
        others = replace(query, filters=tuple(pair for pair in query.filters if pair[0] != name))
        counted = Counter(
            f.value for review in plainly(held, others) for f in facets.derive_facets(review) if f.name == name
        )
        shown = {one.value: one.count for one in pages[0].facets.get(name, ())}
        assert {value: count for value, count in shown.items() if count} == counted
        assert {one.value for one in pages[0].facets.get(name, ()) if one.chosen} == {
            value for n, value in query.filters if n == name and value != "1899"
        }


def test_the_commonest_values_are_the_ones_counted(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    held = fill(db)
    monkeypatch.setitem(facet_index.MAX_VALUES, "topic", 2)
    for query in (SearchQuery(), SearchQuery("river"), SearchQuery("river", (("nation", "wales"),))):
        counted = Counter(f.value for r in plainly(held, query) for f in facets.derive_facets(r) if f.name == "topic")

        found = ReviewSearch().find(db, query).facets["topic"]
        assert [one.count for one in found] == [count for _, count in counted.most_common(2)]


@pytest.mark.usefixtures("size")
def test_of_values_as_common_as_one_another_the_first_by_label_are_counted(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(facet_index.MAX_VALUES, "topic", 1)
    for year, keyword in ((2015, "zebra"), (2016, "zebra"), (2016, "apple")):
        stored(db, sample(f"{keyword} {year}", year=year, keywords=(keyword,)))

    found = ReviewSearch().find(db, SearchQuery(filters=(("year", "2016"),))).facets["topic"]
    assert [(one.value, one.count) for one in found] == [("apple", 1)]


def test_news_comes_first_then_the_latest_year_then_the_publisher(db: Database) -> None:
    for name, year, baseline in (
        ("Old", 2012, True),
        ("Child 10", 2014, True),
        ("Child 2", 2014, True),
        ("New", 2009, False),
    ):
        stored(db, sample(name, year=year, baseline=baseline))

    newest = ReviewSearch().find(db, SearchQuery(order="newest")).hits
    assert [hit.name for hit in newest] == ["New", "Child 2", "Child 10", "Old"]
    publisher = ReviewSearch().find(db, SearchQuery(order="publisher")).hits
    assert [hit.name for hit in publisher] == ["Child 2", "Child 10", "New", "Old"]


def test_what_its_source_withdrew_is_not_found_until_it_comes_back(db: Database) -> None:
    kept, gone = stored(db, sample("Kept")), stored(db, sample("Gone"))
    catalogue = ReviewSearch()
    assert catalogue.find(db, SearchQuery("caravan")).count == 2
    with write_transaction(db):
        reviews.set_status(db, [gone.id], "withdrawn")

    for query in (SearchQuery("caravan"), SearchQuery(), SearchQuery(filters=(("year", "2016"),))):
        found = catalogue.find(db, query)
        assert ([hit.id for hit in found.hits], found.count) == ([kept.id], 1)
        assert [one.count for one in found.facets["year"]] == [1]
    with write_transaction(db):
        reviews.set_status(db, [gone.id], "current")
    assert catalogue.find(db, SearchQuery("caravan")).count == 2


def test_a_takedown_leaves_nothing_to_find_or_count(db: Database) -> None:
    down = stored(db, sample("Gone", publisher="Zanzibarshire", keywords=("rare thing",)))
    stored(db, sample("Kept"))
    catalogue = ReviewSearch()
    assert catalogue.find(db, SearchQuery("zanzibarshire")).count == 0  # the title is the sample's own
    assert "rare-thing" in {one.value for one in catalogue.find(db, SearchQuery()).facets["topic"]}
    with write_transaction(db):
        takedowns.add(db, down.id, "asked", NOW)
        fulltext_index.unindex(db, down.id)

    found = catalogue.find(db, SearchQuery())
    assert [hit.name for hit in found.hits] == ["Kept"]
    assert "zanzibarshire" not in str(found.facets)
    tables = ("facets", "review_facets", "review_sort_keys", "reviews_fts")
    held = str([tuple(row) for table in tables for row in db.execute(f"SELECT * FROM {table}")])
    assert "anzibarshire" not in held and "rare" not in held


TYPED = [
    *'" "" """ \' ( ) (( * caravan* ^caravan AND OR NOT NEAR title:x -caravan +caravan \\ % _ ; -- /* zf1'.split(),
    *("a AND", "NEAR(a b)", "{title} : x", "title : x", "a + b", "\0", "a\0b", "\ud800", "\uffff", "💥", "\u202e"),
    *("zwithdrawn", "facets:zf1", "facets : (zf1)", "x" * 5000, '"' + "y " * 500, "' OR 1=1 --", "“caravan”", "1", "é"),
    *("caravan; DROP TABLE reviews", "「caravan」", "\t\n\r", "ｃａｒａｖａｎ"),
]


@pytest.mark.parametrize("typed", TYPED, ids=ascii)
def test_nothing_typed_is_an_error(db: Database, typed: str) -> None:
    review = stored(db, sample())
    text = typed.encode("utf-8", "replace").decode()
    for query in (
        SearchQuery(text),
        SearchQuery(text, ((text, text), ("year", text), ("year", "2016"))),
        SearchQuery("caravan", (("year", text),)),
    ):
        found = ReviewSearch().find(db, query)

        assert found.count in (0, 1)
    assert reviews.get(db, str(review.id)).name == "Child A"
    assert (
        ReviewSearch().find(db, SearchQuery("zf1")).count
        == ReviewSearch().find(db, SearchQuery("zwithdrawn")).count
        == 0
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("brui*", ["A", "B"]),
        ("BRUI*", ["A", "B"]),
        ("brui", []),
        ("br*", []),  # too few letters
        ('"safe slee*"', ["C"]),
        ('"safe slee"', []),
        ("brui* arm", ["B"]),
        ("*rui", []),
    ],
)
def test_a_star_stands_for_any_ending(db: Database, typed: str, found: list[str]) -> None:
    for name, summary in (("A", "A bruise."), ("B", "Bruising of an arm."), ("C", "On safe sleeping.")):
        stored(db, sample(name, summary=summary))

    assert [hit.name for hit in ReviewSearch().find(db, SearchQuery(typed, order="publisher")).hits] == found


def test_publishers_stand_as_in_a_dictionary(db: Database) -> None:
    names = ["armagh", "Ávila", "Éirinn", "O’Neill", "ONeill Trust", "St Helens", "St. Helens North", "Ŵyr", "Zetland"]
    for number, name in enumerate(reversed(names)):
        stored(db, sample(f"Child {number}", publisher=name))
    catalogue, query = ReviewSearch(), SearchQuery(order="publisher")
    found = catalogue.find(db, query)

    assert [hit.publisher for hit in found.hits] == names
    assert [count.label for count in found.facets["publisher"]] == names
    assert [count.label for count in catalogue.values(db, "publisher")] == names


@pytest.mark.usefixtures("size")
def test_the_extract_marks_what_was_found_and_says_where(db: Database) -> None:
    stored(db, sample(keywords=("hidden men",)))

    assert "\x02caravan\x03" in ReviewSearch().find(db, SearchQuery("caravans")).hits[0].extract
    assert ReviewSearch().find(db, SearchQuery("drift")).hits[0].extract.startswith("Key issues: \x02drift\x03")
    hidden = ReviewSearch().find(db, SearchQuery("hidden")).hits[0].extract
    assert hidden == "Death of Child A in a caravan. Keywords: \x02hidden\x03 men"
    assert ReviewSearch().find(db, SearchQuery("westmere")).hits[0].extract == "Death of Child A in a caravan."


def test_an_edit_is_found_by_its_new_words_and_facets(db: Database) -> None:
    review, catalogue = stored(db, sample()), ReviewSearch()
    assert catalogue.find(db, SearchQuery(filters=(("topic", "neglect"),))).count == 1
    edited = replace(review, summary="Suicide of a 15-year-old girl.", keywords=("drowning",), year=2019, version=2)
    with write_transaction(db):
        reviews.save_edit(db, edited, (), "x", NOW)

    found = catalogue.find(db, SearchQuery("suicide", (("year", "2019"), ("age", "11-to-15"), ("topic", "drowning"))))
    assert found.count == 1
    assert catalogue.find(db, SearchQuery(filters=(("topic", "neglect"),))).count == 0
    assert catalogue.find(db, SearchQuery("caravan")).count == 0


def test_lists_are_known_to_have_changed(db: Database) -> None:
    review = stored(db, sample(number="C1"))
    marks = [search.list_validators(db)[0]]
    with write_transaction(db):
        for statement in (
            "UPDATE links SET state = 'dead'",
            "UPDATE reviews SET status = 'missing'",
            "UPDATE reviews SET baseline = 1",
            "INSERT INTO reviews_fts (rowid, title) VALUES (99, 'no review')",
        ):
            db.execute(statement)
            marks.append(search.list_validators(db)[0])

    assert len(set(marks)) == 4  # the last is no change of a review
    assert search.list_validators(db)[1] == NOW
    assert review.id == 1


def test_a_list_has_the_pages_of_the_first_report_that_opens(db: Database) -> None:
    links = [Link("Read", f"https://x.example.org/{n}", "live", pages=pages) for n, pages in enumerate((None, 40, 7))]
    review, catalogue = stored(db, sample(links=tuple(links))), ReviewSearch()

    def pages_after(*statements: str) -> int | None:
        with write_transaction(db):
            for statement in statements:
                db.execute(statement)
        (hit,) = catalogue.find(db, SearchQuery()).hits
        held = reviews.get(db, str(review.id))
        assert phrases.review_facts(hit) == phrases.review_facts(held)
        return hit.pages

    assert pages_after() == 40
    assert pages_after("UPDATE links SET state = 'dead' WHERE position = 1") == 7
    assert pages_after("UPDATE links SET pages = 84 WHERE position = 0") == 84
    assert pages_after("UPDATE links SET state = 'unreached', pages = NULL WHERE position = 0") == 7
    assert pages_after("DELETE FROM links WHERE position = 2") is None
    with write_transaction(db):
        reviews.replace_links(db, replace(review, links=tuple(links[::-1])))
    assert pages_after() == 7


def test_lists_are_known_to_have_changed_where_links_alone_did(db: Database) -> None:
    review = stored(db, sample())
    for links in ((Link("Read", "https://x.example.org/a"),), (Link("Read", "https://x.example.org/b"),), ()):
        before = search.list_validators(db)[0]
        with write_transaction(db):
            reviews.replace_links(db, replace(review, links=links))

        assert search.list_validators(db)[0] != before


def test_another_process_sees_what_this_one_wrote(db: Database) -> None:
    catalogue, other = ReviewSearch(), connect(db.file)
    assert catalogue.find(other, SearchQuery()).count == 0
    stored(db, sample())

    assert catalogue.find(other, SearchQuery("caravan")).count == 1
    other.close()


def test_what_was_indexed_by_older_rules_is_indexed_once_more(db: Database) -> None:
    stored(db, sample())
    assert not reindex(db)
    with write_transaction(db):
        db.execute("DELETE FROM review_facets")
        db.execute("UPDATE change_counters SET value = 1 WHERE name = 'facet rules'")

    assert reindex(db)
    assert ReviewSearch().find(db, SearchQuery("caravan", (("topic", "neglect"),))).count == 1
    assert not reindex(db)


def names_found(db: Database, typed: str, *filters: tuple[str, str], order: str = "publisher") -> list[str]:
    return [hit.name for hit in ReviewSearch().find(db, SearchQuery(typed, filters, order)).hits]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("child", "ABC"),
        ("children", "ABC"),
        ("Children,", "ABC"),
        ("child's", "ABC"),
        ("CHILDREN’S", "ABC"),
        ('"child\'s"', ""),  # in quotes: as it stands
        ("ran", "B"),
        ("die", "AB"),
        ("died", "AB"),
        ("dying", "AB"),
        ("injury", "C"),
        ("injured", "C"),
        ('"injured child"', "C"),
        ('"injury children"', "C"),
        ("neglect OR fire", "AC"),
        ("child school OR fire", "AC"),  # OR binds the two beside it
        ("house OR injured child", "AC"),
        ("injured child OR house", "C"),
        ("child neglect OR fire", "AC"),  # which is one term of the thesaurus
        ("child NOT fire", "BC"),
        ("child -fire -neglect", "B"),
        ("-child", ""),
        ("-children NOT neglect", ""),
        ("NOT fire", "BC"),
        ('-"house fire"', "BC"),
        ("fire OR neglect -school", "A"),
        ("house-fire", "A"),  # a hyphen within a word leaves nothing out
    ],
)
def test_words_phrases_or_and_not(db: Database, typed: str, found: str) -> None:
    for name, summary in (
        ("A", "Three children died in a house fire."),
        ("B", "A child was dying, who had run away."),
        ("C", "Injuries of an injured child; neglect, and no school."),
    ):
        stored(db, sample(name, summary=summary, keywords=(), sections=()))

    assert names_found(db, typed) == list(found)
    assert sorted(review.name for review, _ in reviews.search(db, typed)) == list(found)
    if typed and not typed.startswith(("-", "NOT")):
        assert sorted(names_found(db, typed, order="")) == list(found)


def test_every_form_of_a_word_is_marked(db: Database) -> None:
    stored(db, sample("A", summary="The child was one of three children."))

    assert ReviewSearch().find(db, SearchQuery("children")).hits[0].extract.count("\x02") == 2
    assert reviews.search(db, "child")[0][1].count("«") == 2


@pytest.mark.usefixtures("size")
def test_the_part_with_most_of_the_words_is_shown(db: Database) -> None:
    stored(db, sample("A", summary="A man was there.", keywords=("hidden men",)))
    stored(db, sample("B", summary="Hidden from a man.", keywords=("men",)))

    extracts = [hit.extract for hit in ReviewSearch().find(db, SearchQuery("hidden men", (), "publisher")).hits]
    keywords = "A man was there. Keywords: \x02hidden\x03 \x02men\x03"
    assert extracts == [keywords, "\x02Hidden\x03 from a \x02man\x03."]
    ranked = [hit.extract for hit in ReviewSearch().find(db, SearchQuery('"hidden" "men"')).hits]
    assert sorted(ranked) == sorted(extracts)


@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        ("caravan", ()),  # in one column
        ("hidden", ()),  # in several
        ("westmere", ()),  # in none of which extracts are made
        ('"hidden men"', ()),
        ("hid*", ()),
        ("caravan OR drift", ()),
        ("hidden -caravan", ()),
        ("hidden", (("topic", "hidden-men"), ("year", "2016"))),
    ],
)
def test_few_have_the_extracts_that_many_would_have(
    db: Database, monkeypatch: pytest.MonkeyPatch, typed: str, filters: tuple[tuple[str, str], ...]
) -> None:
    stored(db, sample("A", keywords=("hidden men",)))
    stored(db, sample("B", summary="Hidden from two men. " * 9, keywords=("hidden men",), year=2016))
    stored(db, sample("C", summary="On hiding, in a long text of much else. " * 20, sections=()))
    hits = []
    for share in (1, 10**9):
        monkeypatch.setattr(facet_index, "SMALL_SHARE", share)
        hits.append(ReviewSearch().find(db, SearchQuery(typed, filters)).hits)

    assert hits[0] == hits[1] != ()


def test_the_words_typed_come_before_other_words_for_the_same(db: Database) -> None:
    for number in range(3):
        stored(db, sample(f"Other {number}", summary="Unseen men. " * 5, keywords=("unseen men",)))
        stored(db, sample(f"Typed {number}", summary=f"A long text of {'other ' * 40} and of hidden men."))
    stored(db, sample("Neither", summary="Fathers."))

    for words, size in (("hidden men", 6), ('"hidden" "men"', 3)):
        pages = [ReviewSearch().find(db, SearchQuery(words, page=page), 2) for page in (1, 2, 3)]
        assert {page.count for page in pages} == {size}
        names = [hit.name[:5] for page in pages for hit in page.hits]
        assert names == (["Typed"] * 3 + ["Other"] * 3)[:size]
        assert [review.name[:5] for review, _ in reviews.search(db, words)] == names
    assert names_found(db, "hidden men", ("year", "1999"), order="") == []
    assert names_found(db, "hidden men -typed", order="")[:1] != []


def test_a_catalogue_number_finds_its_record_first(db: Database) -> None:
    stored(db, sample("Naming it", summary="See C6021. " * 9))
    stored(db, sample("Its record", number="C6021"))

    for typed in ("C6021", " c6021 "):
        assert names_found(db, typed, order="") == ["Its record", "Naming it"]
        assert [review.name for review, _ in reviews.search(db, typed)] == ["Its record", "Naming it"]
    assert names_found(db, "C602") == []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2014-2016", ["2014", "2016"]),
        ("2015-", ["2016", "2019"]),
        ("-2014", ["2014"]),
        ("1950-1960", []),
        ("2016", ["2016"]),
        ("99-2014", []),
    ],
)
def test_a_range_of_years_is_one_filter(db: Database, value: str, found: list[str]) -> None:
    for year in (2014, 2016, 2019, None):
        stored(db, sample(str(year), year=year, summary="On safety."))

    assert names_found(db, "", ("year", value)) == names_found(db, "safety", ("year", value)) == found
    assert sorted(names_found(db, "safety", ("year", value), order="")) == found
    assert sorted(review.name for review in reviews.listing(db, facets=[("year", value)])) == found
    assert len([*reviews.listing(db, facets=[("year", "2016-2014")])]) == 2  # whichever stands first
    assert len(reviews.search(db, "2014..2016")) == len(reviews.search(db, "safety 2014..2016")) == 2
    assert reviews.search(db, "2014..2016 ***") == []
    counts = ReviewSearch().find(db, SearchQuery("", (("year", value),))).facets["year"]
    assert sorted(one.value for one in counts) == ["2014", "2016", "2019"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("nation", "WALES"),
        ("publisher", "st. helens"),
        ("kind", "CHILD practice review"),
        ("topic", "Child Neglect"),
        ("age", "under 1"),
        ("harm", "DEATH"),
        ("keyword", "NEGLECT"),
        ("source", "nspcc"),
    ],
)
def test_a_value_is_known_however_it_is_written(db: Database, name: str, typed: str) -> None:
    known = {"nation": "Wales", "publisher": "St Helens", "kind": "Child practice review", "keywords": ("neglect",)}
    stored(db, sample("A", summary="Death of a 2-week-old boy.", **known))
    stored(db, sample("B", summary="x", nation="England", publisher="Kent", kind="x", keywords=(), source="panel"))

    assert [review.name for review in reviews.listing(db, facets=[(name, typed)])] == ["A"]
    if name not in ("keyword", "source"):
        assert names_found(db, "", (name, facets.fold_value(name, typed))) == ["A"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("exploitaton", "exploitation"),
        ("bruisng", "bruising"),
        ("CARVAN", "caravan"),
        ("neglcet", "neglect"),
        ('"safe slep" caravn', '"safe sleep" caravan'),
        ("caravn OR slepe -xylofone", "caravan OR sleep -xylofone"),
        ("caravan", ""),
        ("xylophone", ""),
        ("car", ""),
        ("caravn*", ""),
        ("zf1 2015 ***", ""),
    ],
)
def test_a_word_no_review_has_is_put_right_from_the_words_of_the_index(db: Database, typed: str, meant: str) -> None:
    stored(db, sample("A", summary="Exploitation, exploited; bruising in a caravan. Neglect. On safe sleep."))

    assert ReviewSearch().respell(db, typed) == meant


def test_no_word_of_a_withdrawn_review_is_suggested(db: Database) -> None:
    gone = stored(db, sample("Gone", summary="Of a xylophone."))
    assert ReviewSearch().respell(db, "xylofone") == "xylophone"
    with write_transaction(db):
        reviews.set_status(db, [gone.id], "withdrawn")

    assert ReviewSearch().respell(db, "xylofone") == ""


def test_forms_of_one_list_the_index_finds_alike_and_others_not(db: Database) -> None:
    db.execute("CREATE VIRTUAL TABLE temp.one USING fts5 (w, tokenize = 'porter unicode61')")
    db.execute("CREATE VIRTUAL TABLE temp.stems USING fts5vocab(temp, one, 'row')")
    for forms in load_thesaurus()["forms"]:
        stems = []
        for alike in forms:
            db.execute("DELETE FROM temp.one")
            db.conn.executemany("INSERT INTO temp.one VALUES (?)", [(word,) for word in alike])
            stems.append([row[0] for row in db.execute("SELECT term FROM temp.stems")])
        assert all(len(own) == 1 for own in stems), (forms, stems)
        assert len({own[0] for own in stems}) == len(forms) > 1, (forms, stems)
