"""A review is found, taken down with a reason and shown again, from the operator's pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.collection import reviews, takedowns
from db.collection.takedowns import TakedownQuestion
from db.mail import issues
from db.schema.connect import write_transaction
from tests.app.web.operator import PERIOD, Desk, add_link, approved, sent
from tests.support.web_site import texts

REASON = {"reason": "A court order."}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """September is approved, with three reviews."""
    db = approved(tmp_path)
    yield Desk(db)
    db.close()


def first_of_issue(desk: Desk) -> int:
    return issues.get(desk.db, PERIOD).issue.reviews[0].id


def test_a_review_is_found_by_its_words_its_number_and_its_address(desk: Desk) -> None:
    who, number = desk.operator(), first_of_issue(desk)
    one = reviews.get(desk.db, str(number))
    page = who.get("/ops/reviews", query_string={"q": f'"{one.name}"'})

    assert f'href="/ops/reviews/{number}"' in page.text
    for typed in (str(number), f"#{number}", f"https://news.example.org/reviews/{number}", f"/reviews/{number}.json"):
        answer = who.get("/ops/reviews", query_string={"q": typed})
        assert answer.headers.get("Location") == f"/ops/reviews/{number}", typed


def test_a_review_is_found_by_the_address_of_its_report(desk: Desk) -> None:
    number = first_of_issue(desk)
    url = "https://example.org/report.pdf"
    add_link(desk.db, number, url)
    answer = desk.operator().get("/ops/reviews", query_string={"q": url})

    assert answer.headers.get("Location") == f"/ops/reviews/{number}"


def test_what_nobody_has_is_not_found(desk: Desk) -> None:
    who = desk.operator()

    assert "Nothing." in texts(who.get("/ops/reviews?q=zebra").text)
    assert "Nothing." in texts(who.get("/ops/reviews?q=999999").text)
    assert who.get("/ops/reviews/999999").status_code == 404


def test_a_review_is_taken_down_after_a_last_look(desk: Desk) -> None:
    who, number = desk.operator(), first_of_issue(desk)
    check = who.press(f"/ops/reviews/{number}", REASON, action=f"/ops/reviews/{number}/withdraw")
    assert "Reason A court order." in texts(check.text)
    assert f"In the issues of {PERIOD}" in texts(check.text)
    assert takedowns.listing(desk.db) == []

    fields = REASON | {"sure": "yes"}
    answer = who.press(f"/ops/reviews/{number}", fields, action=f"/ops/reviews/{number}/withdraw")
    desk.wait()

    assert f"Review {number} is taken down" in texts(who.get(answer.headers["Location"]).text)
    assert [(one.review_id, one.reason) for one in takedowns.listing(desk.db)] == [(number, "A court order.")]
    assert number not in [review.id for review in issues.get(desk.db, PERIOD).issue.reviews]
    assert who.get(f"/reviews/{number}").status_code == 410
    assert "It was taken down here on 23 November 2026" in texts(who.get(f"/ops/reviews/{number}").text)
    assert f"Review {number} , on 23 November 2026" in texts(who.get("/ops/reviews").text)
    assert desk.trail()[:2] == [f"took down review {number}", f"looked at taking down review {number}"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_nothing_is_taken_down_without_a_reason_and_what_was_typed_stays(desk: Desk, reason: str) -> None:
    who, number = desk.operator(), first_of_issue(desk)
    fields = {"reason": reason, "sure": "yes"}
    answer = who.press(f"/ops/reviews/{number}", fields, action=f"/ops/reviews/{number}/withdraw")

    assert answer.status_code == 422
    assert "There is a problem" in texts(answer.text)
    assert reason.strip() in answer.text
    assert takedowns.listing(desk.db) == []


def test_a_review_that_was_sent_says_where_and_leaves_the_outbox(tmp_path: Path) -> None:
    desk = Desk(sent(tmp_path))
    who, number = desk.operator(), first_of_issue(desk)
    page = texts(who.press(f"/ops/reviews/{number}", REASON, action=f"/ops/reviews/{number}/withdraw").text)
    desk.db.close()

    assert "Messages in the outbox 3 files deleted" in page
    assert "Mail that has left cannot be called back." in page


def test_two_clicks_take_a_review_down_once(desk: Desk) -> None:
    who, number = desk.operator(), first_of_issue(desk)
    fields, action = REASON | {"sure": "yes"}, f"/ops/reviews/{number}/withdraw"
    who.press(f"/ops/reviews/{number}", fields, action=action)
    token = who.token("/ops")
    again = who.post(action, fields | {"csrf_token": token})
    desk.wait()

    assert "already withdrawn" in texts(who.get(again.headers["Location"]).text)
    assert len(takedowns.listing(desk.db)) == 1


def test_a_review_is_shown_again(desk: Desk) -> None:
    who, number = desk.operator(), first_of_issue(desk)
    with write_transaction(desk.db):
        takedowns.add(desk.db, number, "By mistake.", desk.house.clock.now)
    page = texts(who.get(f"/ops/reviews/{number}/restore").text)
    assert "Reason By mistake." in page
    answer = who.press(f"/ops/reviews/{number}/restore")
    desk.wait()

    assert f"Review {number} is shown again" in texts(who.get(answer.headers["Location"]).text)
    assert takedowns.listing(desk.db) == []
    assert who.get(f"/reviews/{number}").status_code == 200
    assert desk.trail()[0] == f"restored review {number}"


def test_what_was_not_taken_down_is_not_shown_again(desk: Desk) -> None:
    answer = desk.operator().get(f"/ops/reviews/{first_of_issue(desk)}/restore")

    assert answer.status_code == 409
    assert "not withdrawn by us" in texts(answer.text)


def test_of_what_is_down_the_pages_say_nothing_but_its_number(desk: Desk) -> None:
    who, number = desk.operator(), first_of_issue(desk)
    name = reviews.get(desk.db, str(number)).name
    with write_transaction(desk.db):
        takedowns.add(desk.db, number, "A court order.", desk.house.clock.now)

    for path in (f"/ops/reviews/{number}", "/ops/reviews", f"/ops/reviews/{number}/restore"):
        assert name not in who.get(path).text, path


def test_a_question_about_an_entry_leads_to_showing_the_review_again(desk: Desk) -> None:
    at, number = desk.house.clock.now, first_of_issue(desk)
    with write_transaction(desk.db):
        takedowns.add(desk.db, number, "A court order.", at)
        takedowns.ask(desk.db, "nspcc", [TakedownQuestion("nspcc", "d" * 64, number, "the same link", 2, 4, at)])
    page = desk.operator().get("/ops/sources/nspcc").text

    assert f'href="/ops/reviews/{number}/restore"' in page


def test_the_page_that_readers_see_leads_to_the_operator_s_page_of_the_review(desk: Desk) -> None:
    number = first_of_issue(desk)

    assert f'href="/ops/reviews/{number}" rel="nofollow"' in desk.visitor().get(f"/reviews/{number}").text
