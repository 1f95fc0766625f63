"""The facet index in memory follows what is written, and is what it would be if it were read whole."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from core.records import Review
from db.collection import fulltext_index, reviews, takedowns
from db.read import facet_index_loader
from db.read.facet_index import FacetIndex
from db.read.facet_index_loader import last_change, load_index, update_index
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, connect, write_transaction
from db.schema.search_tables import NOTED_CHANGES
from tests.db.collection.test_reviews import NOW, sample, stored

KEYWORDS = "neglect sleep fire school river night".split()


def made(number: int, chance: Random) -> Review:
    return sample(
        f"Child {number}",
        publisher=chance.choice(["Suffolk", "Kent", "Powys", f"Town {number}"]),
        year=chance.choice([2014, 2015, 2016, None]),
        nation=chance.choice(["England", "Wales", None]),
        keywords=tuple(chance.sample(KEYWORDS, 2)),
    )


def contents(index: FacetIndex) -> object:
    """All that it says, however it holds that."""
    order = {name: [value.value for value in values] for name, values in index.values.items()}
    values = {
        pair: (value.id, value.label, value.sort_key, list(value.reviews))
        for pair, value in index.values_by_pair.items()
    }
    labels = {name: [index.values_by_id[number].label for number in own] for name, own in index.ids_by_label.items()}
    held = list(index.ids_by_review)
    return index.counter, list(index.listed), list(index.unlisted), order, values, labels, len(index.values_by_id), held


@pytest.mark.parametrize("seed", range(11, 15))
def test_what_is_written_since_makes_the_same_index_as_all_of_it(db: Database, seed: int) -> None:
    chance = Random(seed)
    held = [stored(db, made(number, chance)) for number in range(12)]
    index = load_index(db, last_change(db))

    def add() -> None:
        held.extend(stored(db, made(len(held) + more, chance)) for more in range(chance.randint(1, 9)))

    def edit() -> None:
        with write_transaction(db):
            old = chance.choice(held)
            fulltext_index.index(db, replace(made(99, chance), id=old.id))

    def withdraw() -> None:
        with write_transaction(db):
            status = chance.choice(["withdrawn", "current"])
            reviews.set_status(db, [review.id for review in chance.sample(held, 3)], status)

    def take_down() -> None:
        with write_transaction(db):
            down = held.pop(chance.randrange(len(held)))
            takedowns.add(db, down.id, "asked", NOW)
            fulltext_index.unindex(db, down.id)

    for change in (add, edit, withdraw, take_down, edit, add, take_down, withdraw, withdraw, add, edit, take_down):
        change()
        newer = update_index(db, index, mark := last_change(db))

        assert newer is not None
        assert contents(newer) == contents(load_index(db, mark))
        index = newer


def test_a_newest_review_that_is_taken_down_and_all_that_only_it_had_are_gone(db: Database) -> None:
    stored(db, sample("Kept"))
    newest = stored(db, sample("Gone", publisher="Zanzibarshire"))
    index = load_index(db, last_change(db))
    with write_transaction(db):
        fulltext_index.unindex(db, newest.id)
    newer = update_index(db, index, last_change(db))

    assert newer
    assert list(newer.listed) == [1]
    assert ("publisher", "zanzibarshire") in index.values_by_pair  # the older one is as it was
    assert ("publisher", "zanzibarshire") not in newer.values_by_pair


def test_a_value_that_went_and_came_back_is_found_by_its_new_number(db: Database) -> None:
    alone = stored(db, sample("Alone", publisher="Zanzibarshire"))
    stored(db, sample("Later", publisher="Kent"))
    index = load_index(db, last_change(db))
    with write_transaction(db):
        fulltext_index.index(db, alone)
    newer = update_index(db, index, mark := last_change(db))

    assert newer
    pair = ("publisher", "zanzibarshire")
    assert newer.values_by_pair[pair].id != index.values_by_pair[pair].id
    assert contents(newer) == contents(load_index(db, mark))


def test_a_value_that_went_and_came_back_is_called_as_it_is_written_now(db: Database) -> None:
    alone = stored(db, sample("Alone", publisher="St Helens"))
    index = load_index(db, last_change(db))
    with write_transaction(db):
        fulltext_index.index(db, replace(alone, publisher="St. Helens"))
    newer = update_index(db, index, mark := last_change(db))

    assert newer
    assert newer.label_of(("publisher", "st-helens")) == "St. Helens"
    assert contents(newer) == contents(load_index(db, mark))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The changes at which an index was read whole."""
    seen: list[int] = []

    def load(db: Database, mark: int) -> FacetIndex:
        seen.append(mark)
        return load_index(db, mark)

    monkeypatch.setattr(facet_index_loader, "load_index", load)
    return seen


def test_after_a_write_nothing_is_read_whole(db: Database, loads: list[int]) -> None:
    catalogue = ReviewSearch()
    counts = []
    for number in range(4):
        stored(db, sample(f"Child {number}"))
        counts.append(catalogue.find(db, SearchQuery()).count)

    assert (counts, len(loads)) == ([1, 2, 3, 4], 1)


def test_who_is_too_far_behind_reads_it_whole(db: Database, loads: list[int]) -> None:
    catalogue = ReviewSearch()
    stored(db, sample("Child 1"))
    catalogue.find(db, SearchQuery())
    for name in ("Child 2", "Child 3"):
        stored(db, sample(name))
    db.execute("DELETE FROM facet_changes WHERE id < (SELECT MAX(id) FROM facet_changes)")

    assert catalogue.find(db, SearchQuery()).count == 3
    assert len(loads) == 2


def test_who_began_before_a_write_reads_on_after_it(
    db: Database, loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(db, sample("Child 1"))
    catalogue, other = ReviewSearch(), connect(db.file)
    catalogue.find(db, SearchQuery())
    look: Callable[[Database], int] = last_change

    def written_meanwhile(reading: Database) -> int:
        before = look(reading)
        monkeypatch.setattr(facet_index_loader, "last_change", look)
        stored(other, sample("Child 2"))
        catalogue.find(other, SearchQuery())  # another thread's
        return before

    monkeypatch.setattr(facet_index_loader, "last_change", written_meanwhile)
    found = catalogue.find(db, SearchQuery("caravan"))

    assert (found.count, len(found.hits), len(loads)) == (2, 2, 1)
    other.close()


def test_what_is_written_as_it_was_changes_nothing(db: Database) -> None:
    review = stored(db, sample())
    before = last_change(db)
    with write_transaction(db):
        reviews.set_status(db, [review.id], "current")
        reviews.set_status(db, [review.id], "missing")  # which is listed as well

    assert last_change(db) == before


def test_only_so_many_changes_are_noted(db: Database) -> None:
    with write_transaction(db):
        db.conn.executemany(
            "INSERT INTO facet_changes (review_id) VALUES (?)", ((1,) for _ in range(NOTED_CHANGES + 1500))
        )

    assert db.execute("SELECT COUNT(*) FROM facet_changes").fetchone()[0] <= NOTED_CHANGES + 1000
    assert last_change(db) == NOTED_CHANGES + 1500
