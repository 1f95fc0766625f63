"""The order of an issue at the desk: by buttons, by positions typed; followed, or refused with what was typed kept."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.schema import Source
from db.mail import issues
from services.issues import build_issue
from tests.app.web.operator import PERIOD, Desk, approved
from tests.support.web_site import texts

EDIT = f"/ops/issues/{PERIOD}/edit"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """September is approved, with three reviews."""
    db = approved(tmp_path)
    yield Desk(db)
    db.close()


def numbers(desk: Desk) -> list[int]:
    return [review.id for review in issues.get(desk.db, PERIOD).issue.reviews]


def places(ids: list[int], **typed: str) -> dict[str, str]:
    """The form as it was shown, with other positions typed at some: a="1" is of the first shown."""
    shown = {f"place-{number}": str(at) for at, number in enumerate(ids, 1)}
    return {"shown": ",".join(map(str, ids)), **shown} | {f"place-{ids['abc'.index(k)]}": v for k, v in typed.items()}


def moved_focus(page: str) -> list[str]:
    """The buttons that have the focus when the page opens: how each is called."""
    return [texts(found) for found in re.findall(r"<button[^>]* autofocus>.*?</button>", page)]


@pytest.mark.parametrize(
    ("move", "which", "order", "focus"),
    [
        ("up", 1, [1, 0, 2], "Down"),  # up is gone: it stands first
        ("down", 0, [1, 0, 2], "Down"),
        ("first", 2, [2, 0, 1], "Down"),
        ("down", 1, [0, 2, 1], "Up"),
    ],
)
def test_a_button_moves_a_review_says_where_it_is_and_has_the_focus_again(
    desk: Desk, move: str, which: int, order: list[int], focus: str
) -> None:
    who, ids = desk.operator(), numbers(desk)

    answer = who.press(EDIT, {"order": "", "note": "Kept.", **places(ids), "move": f"{move}-{ids[which]}"})
    page = who.get(answer.headers["Location"]).text

    assert answer.status_code == 303
    assert numbers(desk) == [ids[at] for at in order]
    assert issues.get(desk.db, PERIOD).issue.note == "Kept."
    assert f"is now {order.index(which) + 1} of 3. What else you changed is stored, too." in texts(page)
    assert "Its approval is void" in texts(page)
    (button,) = moved_focus(page)
    assert button.startswith(f"{focus} :")
    assert button.endswith(f"now at {order.index(which) + 1}")


def test_a_button_that_would_change_nothing_is_not_there(desk: Desk) -> None:
    page, ids = desk.operator().get(EDIT).text, numbers(desk)

    assert re.findall(r'name="move" value="(\w+)-(\d+)"', page) == [
        ("down", str(ids[0])),
        *((move, str(ids[1])) for move in ("up", "down", "first")),
        *((move, str(ids[2])) for move in ("up", "first")),
    ]


@pytest.mark.parametrize(
    ("order", "typed", "expected"),
    [
        ("", {"c": "1"}, [2, 0, 1]),
        ("", {"a": "3"}, [1, 2, 0]),
        ("hand", {"b": "1"}, [1, 0, 2]),
        ("", {"a": "3", "c": "1"}, [2, 1, 0]),
        ("hand", {}, [0, 1, 2]),
    ],
)
def test_positions_that_are_typed_are_followed_whatever_the_order_was(
    desk: Desk, order: str, typed: dict[str, str], expected: list[int]
) -> None:
    who, ids = desk.operator(), numbers(desk)

    assert who.press(EDIT, {"order": order, **places(ids, **typed)}).status_code == 303

    assert numbers(desk) == [ids[at] for at in expected]
    assert issues.get(desk.db, PERIOD).edits.order == ",".join(str(ids[at]) for at in expected)
    page = who.get(EDIT).text
    assert '<option value="hand" selected>' in page
    assert re.findall(r'name="place-(\d+)" type="text" value="(\d)"', page) == [
        (str(ids[at]), str(place)) for place, at in enumerate(expected, 1)
    ]


def test_positions_as_they_were_shown_leave_the_order_as_it_is(desk: Desk) -> None:
    who, ids = desk.operator(), numbers(desk)

    who.press(EDIT, {"order": "name", **places(ids)})

    assert issues.get(desk.db, PERIOD).edits.order == "name"


@pytest.mark.parametrize(
    ("fields", "typed", "field", "words"),
    [
        ({"order": "name"}, {"c": "1"}, "order", "take the one or the other"),
        ({"order": ""}, {"c": "4"}, "c", "a number from 1 to 3"),
        ({"order": ""}, {"c": "0"}, "c", "a number from 1 to 3"),
        ({"order": ""}, {"c": ""}, "c", "a number from 1 to 3"),
        ({"order": ""}, {"a": "2", "c": "2"}, "c", "Another review is to stand at 2 as well"),
    ],
)
def test_positions_that_cannot_be_followed_are_refused_and_stay_typed(
    desk: Desk, fields: dict[str, str], typed: dict[str, str], field: str, words: str
) -> None:
    who, ids, before = desk.operator(), numbers(desk), issues.get(desk.db, PERIOD)
    at = f"place-{ids['abc'.index(field)]}" if field in "abc" else field

    answer = who.press(EDIT, {**fields, **places(ids, **typed)})

    assert answer.status_code == 422
    assert f'<a href="#{at}">' in answer.text
    assert words in texts(answer.text)
    for letter, value in typed.items():
        assert f'name="place-{ids["abc".index(letter)]}" type="text" value="{value}"' in answer.text
    assert issues.get(desk.db, PERIOD) == before


def test_a_review_that_came_meanwhile_stands_after_those_that_were_seen(desk: Desk) -> None:
    who, ids = desk.operator(), numbers(desk)
    seen = {"shown": f"{ids[2]},{ids[0]}", f"place-{ids[2]}": "2", f"place-{ids[0]}": "2"}

    who.press(EDIT, {"order": "", **seen})

    assert numbers(desk) == [ids[0], ids[2], ids[1]]


def test_what_stands_first_with_a_reason_stays_there_and_nothing_offers_to_move_it(desk: Desk) -> None:
    who, ids = desk.operator(), numbers(desk)
    who.press(EDIT, {"order": "", "first": str(ids[1]), "reason": "For supervision."})
    now = numbers(desk)
    form = {"order": "", "first": str(ids[1]), "reason": "For supervision."}

    refused = who.press(EDIT, {**form, **places(now, c="1")})

    assert refused.status_code == 422
    assert "It cannot stand at 1: one is put first" in texts(refused.text)
    assert f'-{ids[1]}"' not in "".join(re.findall(r'name="move" value="[^"]*"', who.get(EDIT).text))
    assert numbers(desk) == now == [ids[1], ids[0], ids[2]]


def test_reviews_of_two_collections_are_moved_among_their_own(tmp_path: Path) -> None:
    db = approved(tmp_path)
    sources = (
        Source(name="nspcc", url="https://a.example/", collection="One"),
        Source(name="other", url="https://b.example/", collection="Two"),
    )
    desk = Desk(db, sources=sources)
    ids = numbers(desk)
    db.execute("UPDATE reviews SET source = 'other' WHERE id = ?", [ids[0]])
    with db.conn:
        build_issue.rebuild_drafts(desk.settings, db, desk.house.clock.now)
    now, who = numbers(desk), desk.operator()

    refused = who.press(EDIT, {"order": "", **places(now, c="1")})

    assert now == [ids[1], ids[2], ids[0]]
    assert refused.status_code == 422
    assert "the reviews of one collection stand together" in texts(refused.text)
    assert re.findall(r'name="move" value="(\w+)-(\d+)"', refused.text) == [
        ("down", str(now[0])),
        ("up", str(now[1])),
        ("first", str(now[1])),
    ]
    db.close()


def test_each_title_leads_to_its_review_and_the_sources_text_stands_beside_the_draft(desk: Desk) -> None:
    page, ids = desk.operator().get(EDIT).text, numbers(desk)
    first = issues.get(desk.db, PERIOD).issue.reviews[0]
    item = page.partition(f'<li id="review-{ids[0]}">')[2].partition(f'<li id="review-{ids[1]}">')[0]

    assert f'<legend><a href="/reviews/{ids[0]}">' in item
    assert "The source’s own text" in item
    assert texts(item).count(first.summary[:40]) == 2  # in the draft, and as it was read
    assert f'href="/ops/reviews/{ids[0]}/wording"' in item
    assert "As configured: by publisher" in texts(page)
