"""A reader's new address on the web: asked for, confirmed, taken back; the pages show nobody an address."""

import re

import pytest

from db.mail import subscribers
from db.schema.connect import Database
from services.delivery.send_transactional import send_due
from tests.support.signups import read
from tests.support.web_site import UNKNOWN, Site, texts


@pytest.fixture
def site(db: Database) -> Site:
    return Site(db)


def mailed_links(site: Site) -> dict[str, str]:
    """To whom the emails go that are sent now, and the link in each."""
    before = set(site.house.outbox.glob("*.eml"))
    send_due(site.house.effects, site.settings, site.db)
    mails = [read(file.read_bytes()) for file in set(site.house.outbox.glob("*.eml")) - before]
    texts = {str(mail["To"]): mail.get_body(["plain"]).get_content() for mail in mails}  # type: ignore[union-attr]
    return {to: re.findall(r"https://news\.example\.org(\S+)", text)[0] for to, text in texts.items()}


def test_an_address_is_changed_by_its_link_and_taken_back_by_the_old_ones(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    mailed_links(site)

    asked = visitor.press(f"/preferences/{one.token}/address", {"email": "new@example.org"})
    assert "An email is on its way to the new address" in texts(visitor.get(asked.location).text)
    (to, link), *_ = mailed_links(site).items()
    assert (to, link.startswith("/new-address/")) == ("new@example.org", True)
    assert "n…@example.org" in visitor.get(link).text
    assert subscribers.get(site.db, "reader@example.org") is not None
    done = visitor.press(link)
    assert "now goes to n…@example.org" in texts(visitor.get(done.location).text)

    (to, link), *_ = mailed_links(site).items()
    assert to == "reader@example.org"
    assert "Bring your subscription back" in visitor.get(link).text
    back = visitor.press(link)
    assert "goes to r…@example.org again" in texts(visitor.get(back.location).text)
    assert visitor.get(f"/preferences/{one.token}").status_code == 404


def test_nothing_is_told_of_who_is_subscribed_there(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    site.subscriber("known")
    page = f"/preferences/{one.token}/address"

    known, stranger, own = (visitor.press(page, {"email": f"{who}@example.org"}) for who in ("known", "new", "reader"))

    assert known.status_code == stranger.status_code == own.status_code == 303
    assert known.location == stranger.location == own.location
    assert "reader@example.org" not in visitor.get(page).text


def test_a_mistake_is_said(site: Site) -> None:
    one = site.subscriber()

    answer = site.visitor().press(f"/preferences/{one.token}/address", {"email": "new"})

    assert answer.status_code == 400
    assert "Enter an email address like name@example.org" in texts(answer.text)
    assert [kind for kind, _ in site.house.letters() if kind == "address"] == []


@pytest.mark.parametrize("status", ["pending", "unsubscribed", "bounced", "complained"])
def test_of_one_who_gets_nothing_there_is_nothing_to_move(site: Site, status: str) -> None:
    one, visitor = site.subscriber(status=status), site.visitor()
    page = f"/preferences/{one.token}/address"

    assert "so there is nothing to move" in texts(visitor.get(page).text)
    asked = visitor.post(page, {"email": "new@example.org", "csrf_token": visitor.token("/subscribe")})
    assert asked.status_code == 409
    assert "Change your address" not in visitor.get(f"/preferences/{one.token}").text
    assert [kind for kind, _ in site.house.letters() if kind == "address"] == []


def test_a_link_that_is_no_link_says_so(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    hidden = {"csrf_token": visitor.token("/subscribe")}

    for path in (f"/new-address/7/{UNKNOWN}", f"/preferences/{one.token}/address/back/{UNKNOWN}"):
        for answer in (visitor.get(path), visitor.post(path, hidden)):
            assert (answer.status_code, "does not work any more" in answer.text) == (404, True)


def test_a_reader_who_has_just_moved_is_told_why_their_data_waits(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    mailed_links(site)
    visitor.press(f"/preferences/{one.token}/address", {"email": "new@example.org"})
    visitor.press(mailed_links(site)["new@example.org"])
    page = f"/preferences/{one.token}/data"

    asked = visitor.post(page, {"csrf_token": visitor.token("/subscribe")})

    assert asked.status_code == 409
    assert "was changed less than 7 days ago" in texts(asked.text)
    assert "Email me the link" not in visitor.get(page).text
