"""The page of what is due: it says what fails and why, and does what the timer would."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.schema import SupportSettings
from core.dates import local_date
from core.source_records import Run
from db.collection import runs
from db.operator import job_failures, job_log
from db.schema.connect import Database, write_transaction
from services.issues.build_issue import current_wording
from services.issues.support_lines import support_checked
from tests.app.web.operator import Desk, sent
from tests.support.signups import NOW
from tests.support.web_site import texts

LONG_AGO = NOW.date() - timedelta(days=400)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A house whose timer is dead, and whose emails could not leave."""
    db = sent(tmp_path)
    with write_transaction(db):
        db.execute("DELETE FROM runs")
        runs.add(db, Run("nspcc", NOW, pages=1, seen=4))  # so that nothing is to be read, and no issue is due
        job_failures.save(db, "emails", NOW, "the mail server refused the log-in: mail.example.org:587 (535 no)")
    yield Desk(db)
    db.close()


def test_what_fails_is_said_with_its_reason_and_tried_again_at_once(desk: Desk) -> None:
    who = desk.operator()
    page = texts(who.get("/ops/due").text)
    assert "Emails fails" in page and "(535 no)" in page and "Try again now" in page

    answer = who.press("/ops/due", {})
    desk.wait()

    assert "This could not be done" not in who.get(answer.location).text
    assert job_failures.listing(desk.db) == []
    assert "did what is due" in desk.trail()


def test_what_a_person_has_done_is_no_tick_of_the_timer(desk: Desk) -> None:
    who = desk.operator()
    who.press("/ops/due", {})
    desk.wait()

    assert job_log.get(desk.db, "tick") is None
    assert "The timer has never run" in texts(who.get("/ops").text)


def test_what_the_server_refuses_and_what_is_configured_are_told_apart(desk: Desk) -> None:
    page = texts(desk.operator().get("/ops/due").text)

    assert "What a mail server refuses is put right at the server, then tried again here" in page
    assert "stands in the configuration" in page


# The support lines


@pytest.fixture
def unchecked(db: Database) -> Desk:
    """A house whose support lines were checked long ago."""
    return Desk(db, support=SupportSettings(checked=LONG_AGO))


def test_support_lines_are_confirmed_with_who_and_when_and_every_issue_says_the_day(unchecked: Desk) -> None:
    who = unchecked.operator("Sam")
    assert "The support lines in every issue were last checked on" in texts(who.get("/ops").text)
    assert 'href="tel:08088005000"' in who.get("/ops/support").text

    assert who.press("/ops/support", {}).status_code == 303

    page = texts(who.get("/ops/support").text)
    assert "They were last checked on 23 November 2026, by Sam" in page
    assert "The support lines in every issue" not in texts(who.get("/ops").text)
    today = local_date(unchecked.house.clock.now, unchecked.settings.zone)
    assert current_wording(unchecked.settings, unchecked.db).support_checked == today
    assert "said that the support lines are right" in unchecked.trail()


def test_a_line_that_is_another_since_was_not_checked(unchecked: Desk) -> None:
    unchecked.operator().press("/ops/support", {})
    first, *others = unchecked.settings.support.lines
    support = SupportSettings(checked=LONG_AGO, lines=(first.replace(phone="0808 0"), *others))

    changed = unchecked.settings.replace(support=support)

    assert support_checked(unchecked.settings, unchecked.db) != LONG_AGO
    assert support_checked(changed, unchecked.db) == LONG_AGO
