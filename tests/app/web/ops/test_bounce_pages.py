"""The operator's pages about refused mail: is it them or us, who was ended, and the way back."""

from pathlib import Path

import pytest

from db.mail import deliveries, subscribers
from tests.app.web.operator import PERIOD, Desk, sent
from tests.support.refused_mail import refuse
from tests.support.web_site import texts

READERS = [f"reader{number}@example.org" for number in range(3)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A house whose issue was sent to three readers of one domain."""
    return Desk(sent(tmp_path))


def states(desk: Desk) -> list[str]:
    return [one.state for one in deliveries.listing(desk.db, PERIOD)]


def test_it_was_us_sends_it_again(desk: Desk) -> None:
    refuse(desk.db, desk.house.clock.now, *READERS)
    who = desk.operator()
    assert "3 of 3 readers at example.org were refused in the same words" in texts(who.get("/ops").text)

    who.press("/ops/bounces", action="/ops/bounces/1/us")

    page = texts(who.get("/ops/bounces").text)
    assert "no subscriptions taken up again; the issue of 2016-09 goes to 3 again." in page
    assert "Is it them or us?" not in page
    assert states(desk) == ["queued"] * 3
    assert desk.trail()[0].startswith("brought back the refused of 2016-09 example.org")
    assert who.press("/ops/bounces", action="/ops/bounces/1/us").status_code == 404  # it is answered


def test_it_is_them_ends_their_subscriptions_and_there_is_a_way_back(desk: Desk) -> None:
    refuse(desk.db, desk.house.clock.now, *READERS)
    who = desk.operator()

    who.press("/ops/bounces", action="/ops/bounces/1/them")

    assert subscribers.counts(desk.db) == {"bounced": 3}
    page = texts(who.get("/ops/bounces").text)
    told = "3 subscriptions ended with the issue of September 2016: 3 at example.org, refused by its server"
    assert f"{told}: the mailbox is not there (550 5.1.1" in page
    assert "3 subscriptions ended" in texts(who.get("/ops").text)
    who.press("/ops/people/2", action="/ops/people/2/restore")
    assert subscribers.counts(desk.db) == {"active": 1, "bounced": 2}
    who.press("/ops/bounces", action=f"/ops/bounces/{PERIOD}/restore")
    assert subscribers.counts(desk.db) == {"active": 3}
    assert "No subscription was ended" in texts(who.get("/ops/bounces").text)


def test_who_is_subscribed_is_not_brought_back(desk: Desk) -> None:
    who = desk.operator()

    assert "Bring them back" not in who.get("/ops/people/2").text
    assert who.press("/ops/people", action="/ops/people/2/restore").status_code == 404
    assert who.press("/ops/people", action="/ops/bounces/what/restore").status_code == 404


def test_an_erasing_is_taken_back_within_a_day(desk: Desk) -> None:
    who = desk.operator()
    who.press("/ops/people/2/erase")
    found = who.press("/ops/people", {"address": READERS[1]})
    assert found.status_code == 404
    assert "They were erased within the last 24 hours." in texts(found.text)

    back = who.press("/ops/people", {"address": READERS[1]}, action="/ops/people/undo")

    assert back.status_code == 303
    assert READERS[1] in who.get(back.headers["Location"]).text
    assert subscribers.counts(desk.db) == {"active": 3}
    assert desk.trail()[0] == "took back that r…@example.org was erased"
