"""The operator's navigation: rooms and their pages, each of them there, none twice, by role."""

import re

import pytest

from app.web.ops.access import ACCESS
from app.web.ops.navigation import NAVIGATION
from core.states import ROLES, Role
from db.schema.connect import Database
from tests.app.web.operator import Desk


def nav(page: str) -> list[str]:
    """The parts of a page's navigation: its rooms, then the pages of the room that one is in."""
    found = re.search(r'<nav aria-label="Operations">(.*?)</nav>', page, re.S)
    assert found
    return found[1].split("</ul>")[:-1]


def test_every_page_of_every_room_is_there_and_says_where_one_is(db: Database) -> None:
    who = Desk(db).operator()
    names = [name for room in NAVIGATION for name, _ in room.pages]
    assert len(names) == len(set(names))
    for link in re.findall(r'href="([^"]+)"', nav(who.get("/ops").text)[0]):
        first = who.get(link)
        inside = nav(first.text)
        for further in [link, *re.findall(r'href="([^"]+)"', "".join(inside[1:]))]:
            page = who.get(further)
            assert page.status_code == 200, further
            rooms, *pages = nav(page.text)
            assert rooms.count("aria-current") == 1, further
            assert "".join(pages or [rooms]).count('aria-current="page"') == 1, further


def test_a_page_below_a_room_s_page_is_in_the_room(db: Database) -> None:
    rooms, pages = nav(Desk(db).operator().get("/ops/sources/nspcc").text)

    assert 'aria-current="true">Sources' in rooms
    assert "aria-current" not in pages


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_shown_the_pages_that_it_may_use(db: Database, role: Role) -> None:
    desk = Desk(db)
    with desk.app.test_request_context():
        expected = {
            desk.app.url_map.bind("").build(f"ops.{name}")
            for room in NAVIGATION
            for name, _ in room.pages
            if role in ACCESS[f"ops.{name}"]
        }
    who, seen = desk.person(role), set[str]()
    for link in re.findall(r'href="([^"]+)"', nav(who.get("/ops").text)[0]):
        seen |= {link, *re.findall(r'href="([^"]+)"', "".join(nav(who.get(link).text)[1:]))}

    assert seen == expected
    assert ("/ops/accounts" in seen) == (role == "owner")
    assert ("/ops/people" in seen) == (role in ("operator", "owner"))
    assert "/ops/account" in seen
