"""Readers from a file, at the operator's desk: columns, consent, a trial, the import."""

import io
import logging
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.web.ops import import_pages
from core.csv_cells import BYTE_ORDER_MARK
from db.mail import subscribers
from db.schema.connect import Database
from services.readers.subscriptions import end_subscription, erase_subscriber
from tests.app.web.operator import Desk
from tests.support.web_site import Visitor, texts

MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,TAGS,Marketing OK?\n"
    'ada@example.org,Ada,A,2,2024-01-01 10:00:00,192.0.2.1,2024-01-01 10:00:00,1,"board, staff",yes\n'
    "bea@example.org,Bea,B,2,2024-01-01 10:00:00,192.0.2.1,2024-01-01 10:00:00,2,,yes\n"
    "left@example.org,L,L,2,2024-01-01 10:00:00,192.0.2.1,2024-01-01 10:00:00,3,,yes\n"
    "gone@example.org,G,G,2,2024-01-01 10:00:00,192.0.2.1,2024-01-01 10:00:00,4,,yes\n"
    "nobody,N,N,2,2024-01-01 10:00:00,192.0.2.1,2024-01-01 10:00:00,5,,yes\n"
    "no@example.org,N,N,2,2024-01-01 10:00:00,192.0.2.1,2024-01-01 10:00:00,6,,no\n"
)
SAID = {"consent": "Members’ form, 2026.", "confirmed": "yes", "column-9": "status"}


@pytest.fixture
def desk(db: Database) -> Desk:
    """Where ada is subscribed, left has unsubscribed and gone was erased."""
    found = Desk(db)
    found.subscriber("ada")
    end_subscription(db, found.subscriber("left").token, found.house.clock.now)
    found.subscriber("gone")
    erase_subscriber(db, "gone@example.org", found.house.clock.now)
    return found


def upload(who: Visitor, text: str = MAILCHIMP, name: str = "members.csv") -> TestResponse:
    return who.press("/ops/people/import", {"file": (io.BytesIO(text.encode()), name)})


def tried(who: Visitor) -> str:
    """The address of the page that says what would become of the list."""
    answer = who.press(upload(who).location, SAID)
    assert answer.status_code == 303
    assert answer.location.endswith("/check")
    return answer.location


def test_a_list_is_uploaded_tried_and_imported(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    who = desk.operator()
    first = texts(who.get(upload(who).location).text)
    assert "File members.csv" in first
    assert "Written in UTF-8 Cells parted by commas" in first
    assert "Email Address Email addresses (by its name)" in first

    check = tried(who)
    page = texts(who.get(check).text)
    for words in (
        "Would be added 1 reader",
        "There already, left as they are 1 reader",
        "Not brought back 1 unsubscribed",
        "Erased or left before, not brought back 1 reader",
        "Rows that are not taken 2",
        "Line 6: has no @",
    ):
        assert words in page
    assert subscribers.counts(desk.db) == {"active": 1, "unsubscribed": 1}
    who.press(check, action=check.replace("/check", "/import"))
    desk.wait()

    assert "Added 1 reader" in texts(who.get(check).text)
    bea = desk.house.one("bea@example.org")
    assert (bea.status, bea.consent.wording, bea.consent.how) == ("active", "Members’ form, 2026.", "import")
    assert subscribers.counts(desk.db) == {"active": 2, "unsubscribed": 1}
    assert [line.split(",")[0] for line in desk.trail()[:3]] == [
        "imported a list",
        "tried a list of readers",
        "uploaded a list of readers",
    ]
    assert desk.trail()[0] == "imported a list, 1 reader new; they agreed: Members’ form, 2026."
    assert "example.org" not in caplog.text + "".join(desk.trail())


def test_sent_twice_nothing_is_done_twice(desk: Desk) -> None:
    who, check = (operator := desk.operator()), tried(operator)
    action = check.replace("/check", "/import")
    who.press(check, action=action)
    desk.wait()

    again = who.press("/ops/people/import", action=action)

    assert (again.status_code, again.location) == (303, check)
    assert "nothing was added twice" in texts(who.get(check).text)
    assert sum(line.startswith("imported a list") for line in desk.trail()) == 1


def test_what_is_missing_is_told_at_its_field_and_what_was_said_stays(desk: Desk) -> None:
    who = desk.operator()
    answer = who.press(upload(who).location, {"column-2": "ignore", "consent": " "})

    assert answer.status_code == 422
    for field in ("column-9", "consent", "confirmed"):
        assert f'<a href="#{field}">' in answer.text
    assert '<option value="ignore" selected>' in answer.text
    assert "Choose what “Marketing OK?” holds" in texts(answer.text)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("", "", "Choose a file"),
        ("", "members.csv", "The list is empty"),
        ("PK\x03\x04", "members.xlsx", "Save it from Excel as"),
    ],
)
def test_what_is_no_list_is_told_so(desk: Desk, text: str, name: str, words: str) -> None:
    answer = upload(desk.operator(), text, name)

    assert answer.status_code == 422
    assert words in texts(answer.text)
    assert '<a href="#file">' in answer.text
    assert not list(Path(desk.settings.data_dir).glob("imports/*"))


def test_a_list_without_a_header_is_not_taken(desk: Desk) -> None:
    who = desk.operator()
    page = upload(who, "Ada,cy@example.org\nBea,dee@example.org\n").location

    answer = who.press(page, SAID | {"column-1": "address"})

    assert "its reader would be lost" in texts(who.get(page).text)
    assert (answer.status_code, "Write names above the columns" in texts(answer.text)) == (422, True)


def test_a_word_in_a_column_that_nobody_knew_is_asked_about(desk: Desk) -> None:
    who = desk.operator()
    page = upload(who, "Email,Notes\ncy@example.org,unsubscribed\n").location
    answer = who.press(page, SAID)

    shown = texts(who.get(answer.location, follow_redirects=True).text)

    assert "may say who must not get mail: notes" in shown
    assert "--column" not in shown
    assert desk.trail()[0].startswith("this was not done: tried a list")


def test_bad_rows_come_as_a_file_that_no_spreadsheet_runs(desk: Desk) -> None:
    who, text = desk.operator(), 'Email,"=cmd()"\ncy@example.org,yes\nx,\n'
    answer = who.press(upload(who, text).location, SAID | {"column-1": "status"})

    file = who.get(answer.location.replace("/check", "/problems.csv"))

    assert file.headers["Content-Disposition"] == 'attachment; filename="rows-not-taken.csv"'
    assert file.text.startswith(f"{BYTE_ORDER_MARK}line,why\r\n3,")
    assert "\n=" not in file.text


def test_a_file_that_somebody_put_there_by_hand_hides_no_list(desk: Desk) -> None:
    who = desk.operator()
    upload(who)
    (desk.settings.data_dir / "imports" / "readers.csv").write_text("email\n")

    page = who.get("/ops/people/import")
    assert page.status_code == 200 and "members.csv" in page.text


def test_a_list_is_thrown_away(desk: Desk) -> None:
    who = desk.operator()
    check = tried(who)
    assert "members.csv" in who.get("/ops/people/import").text

    who.press(check, action=check.replace("/check", "/discard"))

    assert "The file is deleted." in who.get("/ops/people/import").text
    assert who.get(check).status_code == 404
    assert not list(Path(desk.settings.data_dir).glob("imports/*"))


def test_a_list_may_be_larger_than_any_form(desk: Desk) -> None:
    answer = upload(desk.operator(), "email\n" + "cy@example.org\n" * 20_000)

    assert answer.status_code == 303
    (file,) = Path(desk.settings.data_dir).glob("imports/*.csv")
    assert file.stat().st_size == 6 + 15 * 20_000


def test_too_large_a_file_is_told_so_and_a_stranger_sends_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.security.MAX_UPLOAD_BYTES", 100_000)
    who, stranger = desk.operator(), desk.visitor()
    text = "email\n" + "cy@example.org\n" * 20_000

    answer = upload(who, text)
    turned_away = stranger.post("/ops/people/import", {"file": (io.BytesIO(text.encode()), "x.csv")})

    assert answer.status_code == 413
    assert f"The file is larger than {import_pages.MAX_SIZE_WORDS}" in texts(answer.text)
    assert (turned_away.status_code, "Log in first" in turned_away.text) == (413, True)
    assert who.press("/ops/people", {"address": "x" * 70_000}).status_code == 413  # as any other form
