"""Corrections at the desk: written, looked at, stored, mailed, amended, withdrawn, each by whom it may be."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from core.dates import correction_run
from db.mail import corrections, deliveries, issues, mailings
from db.schema.connect import Database
from services.issues.build_issue import build_issue, load_issue
from tests.app.web.operator import PERIOD, Desk, sent
from tests.support.web_site import Visitor, texts

ISSUE, NEXT, WORDS = f"/ops/issues/{PERIOD}", "2016-10", "The year was **2015**."
ONE, RUN = f"{ISSUE}/corrections/1", correction_run(PERIOD, 1, 1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = sent(tmp_path)
    yield db
    db.close()


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


def store(who: Visitor, page: str, fields: dict[str, str]) -> str:
    """Fill in a form, look, and store what was looked at; where that leads."""
    check = who.press(page, fields)
    assert check.status_code == 200, texts(check.text)
    found = re.search(r'name="draft" value="([^"]+)"', check.text)
    assert found
    answer = who.press(page, {"draft": found[1]}, action=f"{ISSUE}/corrections/store")
    assert answer.status_code == 303, texts(answer.text)
    return str(answer.location)


def frames(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<iframe[^>]* src="([^"]+)"', page)]


def test_what_is_typed_is_looked_at_in_every_light_before_it_is_stored(desk: Desk) -> None:
    who = desk.operator()

    check = who.press(f"{ISSUE}/correct", {"words": WORDS})

    assert corrections.listing(desk.db, PERIOD) == []
    tabs = [unescape(one).partition("#")[0] for one in re.findall(r'<a href="([^"]+)#look"', check.text)]
    assert len(tabs) == 5
    looks = {}
    for tab in tabs:
        (frame,) = frames(who.get(tab).text)
        answer = who.get(frame)
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        looks[tab.rpartition("=")[2]] = answer.text
    assert "<strong>2015</strong>" in looks["mail"] and "<strong>2015</strong>" in looks["web-dark"]
    assert "The year was 2015." in looks["text"]
    assert "@media all" in looks["mail-dark"] and "@media not all" in looks["mail"]
    assert "@media all" in looks["web-dark"] and "@media not all" in looks["web"]
    assert not any("A-SAMPLE" in look or "unsubscribe/" in look for name, look in looks.items() if name != "text")


def test_who_corrects_was_the_last_to_change_the_draft_that_tells_of_it(desk: Desk) -> None:
    build_issue(desk.house.effects, desk.settings, desk.db, NEXT)
    assert issues.get_editor(desk.db, NEXT) == ""
    ann, olu = desk.person("approver"), desk.person("owner")

    store(ann, f"{ISSUE}/correct", {"words": WORDS})
    assert issues.get_editor(desk.db, NEXT) == "approver@example.org"
    store(olu, f"{ONE}/amend", {"words": "It was 2014.", "reason": "a slip"})
    assert issues.get_editor(desk.db, NEXT) == "owner@example.org"
    store(ann, f"{ONE}/withdraw", {"reason": "It was right."})
    assert issues.get_editor(desk.db, NEXT) == "approver@example.org"


def test_words_that_a_colleague_has_changed_meanwhile_are_looked_at_again(desk: Desk) -> None:
    who = desk.operator()
    store(who, f"{ISSUE}/correct", {"words": WORDS})
    opened = re.findall(r'name="version" value="(\d+)"', who.get(f"{ONE}/amend").text)
    store(desk.operator("Kim"), f"{ONE}/amend", {"words": "It was 2014.", "reason": "a slip"})

    for page, fields in (("amend", {"words": "It was 2013.", "reason": "a slip"}), ("withdraw", {"reason": "No."})):
        check = who.press(f"{ONE}/{page}", fields | {"version": opened[0]})
        found = re.search(r'name="draft" value="([^"]+)"', check.text)
        assert found
        answer = who.press(f"{ONE}/{page}", {"draft": found[1]}, action=f"{ISSUE}/corrections/store")
        assert answer.status_code == 409 and "the correction has changed since" in texts(answer.text)
    assert corrections.get(desk.db, PERIOD, 1).current.words == "It was 2014."


def test_it_is_stored_with_who_and_shown_with_its_history(desk: Desk) -> None:
    who = desk.operator()
    review = load_issue(desk.db, PERIOD).issue.reviews[0]

    page = store(who, f"{ISSUE}/correct", {"words": WORDS, "about": str(review.id)})

    (one,) = corrections.listing(desk.db, PERIOD)
    assert (one.current.words, one.review_id, one.at) == (WORDS, review.id, desk.house.clock.now)
    assert one.current.actor.startswith("Sam")
    assert page.endswith(ONE)
    assert desk.trail()[0] == f"corrected {PERIOD}: {WORDS}"
    shown = texts(who.get(ONE).text)
    assert "Mail it to those who got the issue" in shown and one.about in shown
    assert "The year was" in texts(who.get(ISSUE).text)

    store(who, f"{ONE}/amend", {"words": "The year was 2014.", "reason": "a slip"})
    assert desk.trail()[0] == f"amended correction 1 of {PERIOD}: The year was 2014."
    assert "a slip" in texts(who.get(ONE).text)
    store(who, f"{ONE}/withdraw", {"reason": "It was right."})
    shown = texts(who.get(ONE).text)
    assert "Withdraw it" not in shown and "Mail it" not in shown and "It was right." in shown


@pytest.mark.parametrize(
    ("page", "fields", "why"),
    [
        (f"{ISSUE}/correct", {"words": " \r\n"}, "Write what was wrong"),
        (f"{ISSUE}/correct", {"words": "x" * 2001}, "Keep it under 2,000"),
        (f"{ISSUE}/correct", {"words": "x", "about": "999"}, "Choose the issue"),
        (f"{ONE}/amend", {"words": WORDS, "reason": "a slip"}, "These are the words that stand"),
        (f"{ONE}/amend", {"words": "New.", "reason": ""}, "Say why"),
        (f"{ONE}/withdraw", {"reason": ""}, "Say why"),
    ],
)
def test_what_cannot_stand_is_said_at_its_field_and_kept(
    desk: Desk, page: str, fields: dict[str, str], why: str
) -> None:
    who = desk.operator()
    store(who, f"{ISSUE}/correct", {"words": WORDS})

    answer = who.press(page, fields)

    assert answer.status_code == 422
    assert why in texts(answer.text)
    assert all(typed.strip() in unescape(answer.text) for name, typed in fields.items() if name != "about")


def test_a_draft_is_edited_and_what_was_not_signed_here_is_stored_by_nobody(desk: Desk) -> None:
    who = desk.operator()

    assert who.get("/ops/issues/2016-10/correct").status_code == 409
    forged = who.press(f"{ISSUE}/correct", {"draft": "e30.forged"}, action=f"{ISSUE}/corrections/store")
    assert forged.status_code == 400
    assert who.get(f"{ISSUE}/corrections/frame?draft=e30.forged").status_code == 400
    assert who.get(ONE).status_code == 404
    assert corrections.listing(desk.db, PERIOD) == []


def test_it_is_mailed_after_a_last_look_and_has_a_queue_of_its_own(desk: Desk) -> None:
    who = desk.operator()
    store(who, f"{ISSUE}/correct", {"words": WORDS})

    check = who.get(f"{ONE}/mail")
    assert "3 readers who got the issue" in texts(check.text)
    assert deliveries.counts(desk.db, RUN)["sent"] == 0
    assert who.press(f"{ONE}/mail", {"version": "1"}).status_code == 303
    desk.wait()

    assert deliveries.counts(desk.db, RUN)["sent"] == 3
    assert mailings.get_status(desk.db, RUN) == "sent"
    assert f"mailed correction 1 of {PERIOD}" in desk.trail()
    queue = who.get(f"/ops/queue/{RUN}")
    assert queue.status_code == 200 and "Correction 1 to the issue of September 2016" in texts(queue.text)
    assert f"/ops/queue/{RUN}" in who.get("/ops/queue").text
    assert f'href="/ops/outbox/{RUN}"' in who.get("/ops/outbox").text
    (first, *others) = re.findall(rf'href="(/ops/outbox/{re.escape(RUN)}/[^"]+)"', who.get(f"/ops/outbox/{RUN}").text)
    assert len(others) == 2 and "Correction: Case reviews, September 2016" in texts(who.get(first).text)
    assert who.get(f"/ops/queue/{RUN}/again").status_code == 200
    assert who.get(f"{ONE}/mail").status_code == 409
    assert "Mail it to those" not in who.get(ONE).text
    assert who.get(f"/ops/queue/{correction_run(PERIOD, 7, 1)}").status_code == 404


def test_other_words_than_were_seen_are_mailed_to_nobody(desk: Desk) -> None:
    who = desk.operator()
    store(who, f"{ISSUE}/correct", {"words": WORDS})
    token = who.token(f"{ONE}/mail")
    store(who, f"{ONE}/amend", {"words": "The year was 2014.", "reason": "a slip"})

    who.post(f"{ONE}/mail", {"version": "1", "csrf_token": token})
    desk.wait()

    assert mailings.list_corrections(desk.db, PERIOD, 1) == []
