"""The search: found by words and facets, counted exactly, nothing of what is withdrawn; at any size of archive."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from core.records import Review
from db.collection import reviews, takedowns
from db.read import facet_index, facets, search
from db.read.fts_query import match_query, split_terms, widen
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, connect, write_transaction
from tests.db.collection.test_reviews import NOW, sample, stored

WORDS = "neglect sleep fire school river night".split()
SIZES = [
    (facet_index.SMALL_SHARE, facet_index.DENSE_SHARE),
    (1, 10**9),
    (10**9, 0),
]  # as configured; review by review; as rare values


@pytest.fixture(params=SIZES, ids=["as it is", "few and dense", "rare"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of counting, however few the reviews are here."""
    monkeypatch.setattr(facet_index, "SMALL_SHARE", request.param[0])
    monkeypatch.setattr(facet_index, "DENSE_SHARE", request.param[1])


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
        if all(word in f"{review.summary} {' '.join(review.keywords)}" for word in split_terms(query.words))
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
        numbers = [hit.review.id for page in pages for hit in page.hits]
        assert sorted(numbers) == sorted(review.id for review in expected)
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


def test_news_comes_first_then_the_latest_year_then_the_publisher(db: Database) -> None:
    for name, year, baseline in (
        ("Old", 2012, True),
        ("Child 10", 2014, True),
        ("Child 2", 2014, True),
        ("New", 2009, False),
    ):
        stored(db, sample(name, year=year, baseline=baseline))

    newest = ReviewSearch().find(db, SearchQuery(order="newest")).hits
    assert [hit.review.name for hit in newest] == ["New", "Child 2", "Child 10", "Old"]
    publisher = ReviewSearch().find(db, SearchQuery(order="publisher")).hits
    assert [hit.review.name for hit in publisher] == ["Child 2", "Child 10", "New", "Old"]


def test_what_its_source_withdrew_is_not_found_until_it_comes_back(db: Database) -> None:
    kept, gone = stored(db, sample("Kept")), stored(db, sample("Gone"))
    catalogue = ReviewSearch()
    assert catalogue.find(db, SearchQuery("caravan")).count == 2
    with write_transaction(db):
        reviews.set_status(db, [gone.id], "withdrawn")

    for query in (SearchQuery("caravan"), SearchQuery(), SearchQuery(filters=(("year", "2016"),))):
        found = catalogue.find(db, query)
        assert ([hit.review.id for hit in found.hits], found.count) == ([kept.id], 1)
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
        reviews.unindex(db, down.id)

    found = catalogue.find(db, SearchQuery())
    assert [hit.review.name for hit in found.hits] == ["Kept"]
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
    ("typed", "expected"),
    [
        ('safe "co-sleeping with" risk', ["safe", "co-sleeping with", "risk"]),
        ("“safe sleep” – advice", ["safe sleep", "advice"]),
        ('an "open phrase', ["an", "open phrase"]),
        ("*** – ! ()", []),
        ("children's", ["children's"]),
    ],
)
def test_words_and_phrases_are_told_apart(typed: str, expected: list[str]) -> None:
    assert split_terms(typed) == expected
    assert bool(match_query(typed)) is bool(expected)


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

    assert [hit.review.name for hit in ReviewSearch().find(db, SearchQuery(typed, order="publisher")).hits] == found


@pytest.mark.parametrize(
    ("typed", "wider"),
    [
        ("brui", "brui*"),
        ('brui "safe slee" of 12', 'brui* "safe slee*" of 12'),
        ("brui*", ""),
        ("of", ""),
        ("", ""),
        ("…", ""),
    ],
)
def test_the_beginnings_of_the_same_words(typed: str, wider: str) -> None:
    assert widen(typed) == wider


def test_publishers_stand_as_in_a_dictionary(db: Database) -> None:
    names = ["armagh", "Ávila", "Éirinn", "O’Neill", "ONeill Trust", "St Helens", "St. Helens North", "Ŵyr", "Zetland"]
    for number, name in enumerate(reversed(names)):
        stored(db, sample(f"Child {number}", publisher=name))
    catalogue, query = ReviewSearch(), SearchQuery(order="publisher")
    found = catalogue.find(db, query)

    assert [hit.review.publisher for hit in found.hits] == names
    assert [count.label for count in found.facets["publisher"]] == names
    assert [count.label for count in catalogue.values(db, "publisher")] == names


def test_the_extract_marks_what_was_found_and_says_where(db: Database) -> None:
    stored(db, sample(keywords=("hidden men",)))

    assert "\x02caravan\x03" in ReviewSearch().find(db, SearchQuery("caravans")).hits[0].extract
    assert ReviewSearch().find(db, SearchQuery("drift")).hits[0].extract.startswith("Key issues: \x02drift\x03")
    assert ReviewSearch().find(db, SearchQuery("hidden")).hits[0].extract == "Keywords: \x02hidden\x03 men"
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


def test_another_process_sees_what_this_one_wrote(db: Database) -> None:
    catalogue, other = ReviewSearch(), connect(db.file)
    assert catalogue.find(other, SearchQuery()).count == 0
    stored(db, sample())

    assert catalogue.find(other, SearchQuery("caravan")).count == 1
    other.close()


def test_what_was_indexed_by_older_rules_is_indexed_once_more(db: Database) -> None:
    stored(db, sample())
    assert not reviews.reindex(db)
    with write_transaction(db):
        db.execute("DELETE FROM review_facets")
        db.execute("UPDATE change_counters SET value = 1 WHERE name = 'facet rules'")

    assert reviews.reindex(db)
    assert ReviewSearch().find(db, SearchQuery("caravan", (("topic", "neglect"),))).count == 1
    assert not reviews.reindex(db)
