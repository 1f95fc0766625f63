"""Readers who ask by mail to leave without their token: told once, and one button answers."""

from threading import Event

import pytest

from app.scheduler.job_context import JobContext
from app.scheduler.mail_jobs import LEAVING_JOB
from core.config.schema import MailSettings
from db.schema.connect import Database
from services.delivery.bounce_handling import handle_message
from services.operator.health import assess_health
from services.readers.preferences import export_personal_data
from tests.app.web.operator import Desk
from tests.support.signups import NOW, read
from tests.support.web_site import proof_path, texts


@pytest.fixture
def desk(db: Database) -> Desk:
    mail = MailSettings(sender="News <news@example.org>", unsubscribe_mailbox="leave@example.org")
    return Desk(db, mail=mail, operator="desk@example.org")


def ask(desk: Desk, name: str) -> None:
    raw = f"From: {name}@example.org\nTo: leave@example.org\nMessage-ID: <{name}@x>\n\nPlease stop.\n".encode()
    assert "the operator is asked" in handle_message(desk.house.effects, desk.settings, desk.db, raw).words


def test_one_button_takes_a_reader_off_and_another_keeps_them(desk: Desk) -> None:
    ada, ben = desk.subscriber("ada"), desk.subscriber("ben")
    ask(desk, "ada")
    ask(desk, "ben")
    who = desk.operator()

    assert "2 readers ask by mail to leave" in texts(who.get("/ops").text)
    listed = who.get("/ops/people").text
    assert "Take a…@example.org off" in listed and "Keep b…@example.org" in listed
    assert "ada@example.org" not in listed
    who.press("/ops/people", action=f"/ops/people/{ada.id}/unsubscribe")
    who.press("/ops/people", action=f"/ops/people/{ben.id}/keep")

    assert (desk.status(ada), desk.status(ben)) == ("unsubscribed", "active")
    assert "Asked by mail to leave" not in who.get("/ops/people").text
    assert "ask by mail" not in texts(who.get("/ops").text)
    assert desk.trail()[:2] == ["kept b…@example.org, for whom mail asked to leave", "unsubscribed a…@example.org"]


def test_the_operator_is_told_once_and_again_of_another(desk: Desk) -> None:
    context = JobContext(desk.house.effects, desk.settings, desk.db, Event())
    for name in ("ada", "ben"):
        desk.subscriber(name)
    assert not list(LEAVING_JOB.due(context)) and not list(LEAVING_JOB.do(context))
    ask(desk, "ada")
    assert list(LEAVING_JOB.due(context)) == [
        "tell the operator: 1 reader asks by mail to leave, without the token that proves it"
    ]
    list(LEAVING_JOB.do(context))
    assert not list(LEAVING_JOB.due(context)) and not list(LEAVING_JOB.do(context))
    desk.house.clock.move(hours=1)
    ask(desk, "ben")
    list(LEAVING_JOB.do(context))
    notices = [read(file.read_bytes()) for file in sorted(desk.house.outbox.glob("notice-*.eml"))]

    assert [len(mail["Subject"].split("ask")) for mail in notices] == [2, 2]
    words = notices[-1].get_body(("plain",)).get_content()
    assert "a…@example.org, on 23 November 2026 at 09:00" in words and "b…@example.org" in words
    assert "https://news.example.org/ops/people" in words
    assert "ada@example.org" not in words


def test_status_says_it_and_the_reader_can_see_it(desk: Desk) -> None:
    one = desk.subscriber("ada")
    ask(desk, "ada")
    lines = [line for line in assess_health(desk.settings, desk.db, NOW).lines if line.about == "leaving"]

    assert [(line.ok, line.words.split(";")[0]) for line in lines] == [
        (True, "1 reader asks by mail to leave, without the token that proves it")
    ]
    assert export_personal_data(desk.db, one.token)["leave_requests"] == ["2026-11-23T09:00:00Z"]
    page = texts(desk.visitor().get(proof_path(desk.db, one, "data", desk.house.clock.now)).text)
    assert "Message 1 23 November 2026 at 09:00" in page
