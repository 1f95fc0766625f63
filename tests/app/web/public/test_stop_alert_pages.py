"""Stopping alerts: by the page or a mail provider's one click, one search or all; the newsletter stays."""

import pytest

from db.mail import saved_searches
from db.schema.connect import Database
from tests.support.signups import NOW
from tests.support.web_site import Site, texts

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def site(db: Database) -> Site:
    return Site(db)


def searches(site: Site, name: str = "reader") -> tuple[str, list[int]]:
    """A reader who saved two searches: their token, and the searches' numbers."""
    one = site.subscriber(name)
    saved = [saved_searches.save(site.db, one.id, words, [], "day", NOW) for words in ("river", "fire")]
    return one.token, saved


def left(site: Site) -> list[str]:
    return [row[0] for row in site.db.execute("SELECT words FROM saved_searches ORDER BY id")]


def test_opening_the_page_changes_nothing_and_names_what_the_button_ends(site: Site) -> None:
    token, (first, _) = searches(site)

    one = texts(site.visitor().get(f"/unsubscribe/{token}/searches/{first}").text)
    every = texts(site.visitor().get(f"/unsubscribe/{token}/searches").text)

    assert "“river”" in one and "“fire”" not in one
    assert "“river”" in every and "“fire”" in every
    assert "r…@example.org" in one
    assert left(site) == ["river", "fire"]


@pytest.mark.parametrize("one_click", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_one_search_or_all_are_ended_and_the_newsletter_stays(site: Site, one_click: bool, single: bool) -> None:
    token, (first, _) = searches(site)
    path = f"/unsubscribe/{token}/searches" + (f"/{first}" if single else "")

    page = site.visitor().post(path, ONE_CLICK) if one_click else site.visitor().press(path)

    assert page.status_code == 200
    assert left(site) == (["fire"] if single else [])
    assert site.house.one("reader@example.org").status == "active"


def test_nobody_ends_the_search_of_another(site: Site) -> None:
    _, (first, _) = searches(site)
    other = site.subscriber("other")

    site.visitor().post(f"/unsubscribe/{other.token}/searches/{first}", ONE_CLICK)

    assert left(site) == ["river", "fire"]
    assert site.visitor().get("/unsubscribe/AAAAAAAAAAAAAAAAAAAAAA/searches").status_code == 404


def test_any_other_post_needs_the_pages_own_form(site: Site) -> None:
    token, _ = searches(site)

    assert site.visitor().post(f"/unsubscribe/{token}/searches", {}).status_code == 400
    assert left(site) == ["river", "fire"]
