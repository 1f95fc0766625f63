"""What is read of a source and what is held back, as the operator sees it and answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.collection import sign_offs, takedowns
from db.collection.takedowns import TakedownQuestion
from db.schema.connect import write_transaction
from tests.app.web.operator import Desk, approved
from tests.support.web_site import texts


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """September is approved; the source was read, and nobody has looked how."""
    db = approved(tmp_path)
    yield Desk(db)
    db.close()


def hold(desk: Desk) -> None:
    """An entry looks like review 1, which was taken down."""
    at = desk.house.clock.now
    with write_transaction(desk.db):
        takedowns.add(desk.db, 1, "A court order.", at)
        takedowns.ask(desk.db, "nspcc", [TakedownQuestion("nspcc", "d" * 64, 1, "the same link", 2, 4, at)])


def test_read_entries_stand_beside_the_page_s_own_words_until_somebody_agrees(desk: Desk) -> None:
    who = desk.operator()
    assert "Is nspcc read rightly, since its first read? Look at five entries" in texts(who.get("/ops").text)
    page = texts(who.get("/ops/sources/nspcc/entries").text)
    assert "Entry 1 of 4 The page says" in page
    assert "It is read as published 20" in page

    answer = who.press("/ops/sources/nspcc/entries", {})

    assert answer.headers["Location"].endswith("/ops/sources/nspcc")
    assert (asked := sign_offs.get(desk.db, "nspcc")) and asked.signed_at
    assert desk.trail()[0] == "signed off how nspcc is read"
    assert "Is nspcc read rightly" not in texts(who.get("/ops").text)
    assert "Somebody has said that they agree" in texts(who.get("/ops/sources/nspcc/entries").text)


def test_looking_signs_nothing_off(desk: Desk) -> None:
    desk.operator().get("/ops/sources/nspcc/entries")

    assert (asked := sign_offs.get(desk.db, "nspcc")) and not asked.signed_at


@pytest.mark.parametrize("answer", ["another", "same"])
def test_an_entry_that_is_held_back_is_answered(desk: Desk, answer: str) -> None:
    hold(desk)
    who = desk.operator()
    assert "look like a withdrawn review are held back. Say what they are" in texts(who.get("/ops").text)
    page = texts(who.get("/ops/sources/nspcc").text)
    assert "entry 2 of 4, looks like review 1, which was withdrawn here: the same link" in page

    who.press("/ops/sources/nspcc", {"answer": answer}, action="/ops/sources/nspcc/held/1")

    assert takedowns.list_questions(desk.db) == []
    assert takedowns.list_answers(desk.db, "another" if answer == "another" else "same") == {"d" * 64}
    assert desk.trail()[0] == f"said of entry 1 held back of nspcc: {answer} review"


def test_no_other_answer_and_no_other_entry_is_taken(desk: Desk) -> None:
    hold(desk)
    who = desk.operator()

    odd = who.press("/ops/sources/nspcc", {"answer": "odd"}, action="/ops/sources/nspcc/held/1")
    other = who.press("/ops/sources/nspcc", {"answer": "same"}, action="/ops/sources/nspcc/held/2")

    assert (odd.status_code, other.status_code) == (400, 404)
    assert len(takedowns.list_questions(desk.db)) == 1
