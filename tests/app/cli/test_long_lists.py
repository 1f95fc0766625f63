"""Lists of any length are printed as they are read: the bytes are those of one array, and memory does not grow."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import db.collection.reviews
import db.mail.subscribers
from app.cli.standard_streams import GuardedStream
from core.json_views import review_json
from db.collection.reviews import NewReview, add_many
from db.schema.connect import connect, write_transaction
from tests.conftest import Typed
from tests.db.collection.test_reviews import sample

Type = Callable[..., Typed]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
COUNT = 7
JSON_LISTS = ("reviews list --json", "reviews export", "subscribers list --json", "subscribers export --format json")
LISTS = (*JSON_LISTS, "reviews list", "reviews export --format csv", "subscribers list", "subscribers export")


@pytest.fixture
def house(typed: Type) -> Path:
    """A house with some reviews, of two days, and some readers."""
    typed("init")
    Path("readers.csv").write_text("email\n" + "".join(f"reader{n}@example.org\n" for n in range(COUNT)))
    assert typed("subscribers", "import", "readers.csv", "--confirmed", "--consent", "paper").code == 0
    with closing(connect(Path("data/casereviews.db"))) as opened, write_transaction(opened):
        made = [
            replace(sample(f"Child {n}"), summary='Two\nlines, "quoted" – ŵ\x1f', first_seen=NOW.replace(day=1 + n % 2))
            for n in range(COUNT)
        ]
        add_many(opened, [NewReview(review, review.name, review.baseline) for review in made], NOW)
    return Path("data/casereviews.db")


@pytest.mark.parametrize("words", JSON_LISTS)
def test_a_list_is_the_bytes_of_one_array(house: Path, typed: Type, words: str) -> None:
    out = typed(*words.split()).out

    values = json.loads(out)
    assert len(values) == COUNT
    assert out == json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def test_a_list_of_reviews_has_the_newest_first_then_the_smallest_number(house: Path, typed: Type) -> None:
    assert [review["id"] for review in json.loads(typed("reviews", "list", "--json").out)] == [2, 4, 6, 1, 3, 5, 7]
    with closing(connect(house)) as opened:
        expected = [review_json(one) for one in db.collection.reviews.listing(opened)]
    assert json.loads(typed("reviews", "list", "--json").out) == expected


@pytest.mark.parametrize("words", ["reviews list --json --status missing", "subscribers list --json --status paused"])
def test_nothing_is_an_empty_array(house: Path, typed: Type, words: str) -> None:
    assert typed(*words.split()).out == "[]\n"


def count_rows(monkeypatch: pytest.MonkeyPatch, fails_at: int = 0) -> list[sqlite3.Row]:
    """The rows of which something was made so far; the one of a number cannot be read."""
    made = list[sqlite3.Row]()

    def counting(real: Callable[[sqlite3.Row], object]) -> Callable[[sqlite3.Row], object]:
        def counted(row: sqlite3.Row) -> object:
            made.append(row)
            if len(made) == fails_at:
                raise sqlite3.DatabaseError("database disk image is malformed")
            return real(row)

        return counted

    for module, name in ((db.collection.reviews, "review_from_row"), (db.mail.subscribers, "subscriber_from_row")):
        monkeypatch.setattr(module, name, counting(getattr(module, name)))
    return made


@pytest.mark.parametrize("words", LISTS)
def test_each_is_printed_before_the_next_is_read(
    house: Path, typed: Type, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    made, known_at_writes, write = count_rows(monkeypatch), set[int](), GuardedStream.write

    def noting(stream: GuardedStream, text: str) -> int:
        known_at_writes.add(len(made))
        return write(stream, text)

    monkeypatch.setattr(GuardedStream, "write", noting)

    assert typed(*words.split()).code == 0
    assert known_at_writes >= set(range(1, COUNT + 1))


@pytest.mark.parametrize("words", LISTS)
def test_what_breaks_in_the_middle_is_told_in_a_line(
    house: Path, typed: Type, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    count_rows(monkeypatch, fails_at=4)

    answer = typed(*words.split())

    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1 and "malformed" in answer.err, answer.err
    if words in JSON_LISTS:  # nobody takes a part for the whole
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.out)
        assert len(json.loads(f"{answer.out}]")) == 3


def test_a_list_of_reviews_is_not_sorted(house: Path) -> None:
    with closing(connect(house)) as opened:
        asked = list[str]()
        opened.conn.set_trace_callback(asked.append)
        for facets in ([], [("year", "2016"), ("source", "nspcc")]):
            assert len(list(db.collection.reviews.listing(opened, NOW.replace(month=1), facets))) == COUNT
        opened.conn.set_trace_callback(None)
        plans = [[row["detail"] for row in opened.execute(f"EXPLAIN QUERY PLAN {sql}")] for sql in asked]

    assert all("reviews_by_day" in plan[0] for plan in plans), plans
    assert not [
        plan for plan in plans if any(step.endswith("TEMP B-TREE FOR ORDER BY") for step in plan[:2] + plan[-1:])
    ]
