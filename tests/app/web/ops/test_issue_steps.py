"""The road of an issue at the desk: what is done, what is open, what waits and for what, before anybody presses."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.schema import NewsletterSettings
from core.source_records import Run
from db.collection import runs
from db.mail import issues
from db.operator import home
from db.schema.connect import Database
from tests.app.web.operator import PERIOD, Desk, approved, sent
from tests.support.web_site import Visitor, texts

ISSUE = f"/ops/issues/{PERIOD}"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = approved(tmp_path)
    yield db
    db.close()


def road(who: Visitor) -> list[str]:
    """Each step as the page says it."""
    found = re.search(r'<ol class="ops-road">(.*?)</ol>', who.get(ISSUE).text, re.S)
    assert found
    return [texts(step) for step in found[1].split("<li>")[1:]]


def quarantine(db: Database, desk: Desk) -> None:
    """A read of the source that was not believed, where the month had none since its end."""
    db.execute("DELETE FROM runs WHERE started_at >= '2016-10-01'")
    runs.add(db, Run("nspcc", desk.house.clock.now, 1, 2, quarantined=1, problems=("2 reviews",)))


def test_an_approved_issue_lacks_only_its_sending(db: Database) -> None:
    edit, preview, test, approve, send = road(Desk(db).operator())

    assert edit.startswith("Edit the note")
    assert "makes the approval void" in edit
    assert preview.startswith("Preview as a page")
    assert test.startswith("Test Send a test")
    assert approve.startswith("Approve done")
    assert send.startswith("Sent Send it now")


def test_a_draft_that_wants_approval_says_that_sending_waits_for_it(db: Database) -> None:
    db.execute("UPDATE issues SET status = 'draft', approved_hash = ''")
    who = Desk(db, newsletter=NewsletterSettings(publish="approve")).operator()
    page = who.get(f"{ISSUE}/send")

    assert road(who)[3] == "Approve this content and no other"
    assert road(who)[4] == "Sent waits It is not approved yet."
    assert (page.status_code, "It is not approved yet." in page.text, "<button>Send" in page.text) == (409, True, False)


def test_a_quarantined_source_is_named_with_the_way_to_it_and_a_note_is_stored_all_the_same(db: Database) -> None:
    db.execute("UPDATE issues SET status = 'draft', approved_hash = ''")
    desk = Desk(db)
    quarantine(db, desk)
    who = desk.operator()
    before = road(who)
    stored = who.press(f"{ISSUE}/edit", {"note": "Our training day is on 12 January.", "order": ""})
    asked = who.get(f"{ISSUE}/approve")

    assert before[3:] == [
        "Approve waits nspcc is quarantined, so what the issue should hold is not known. Look at nspcc",
        "Sent waits It waits for the same as its approval.",
    ]
    assert 'href="/ops/sources/nspcc"' in who.get(ISSUE).text
    assert stored.status_code == 303
    assert issues.get(db, PERIOD).edits.note == "Our training day is on 12 January."
    assert (asked.status_code, "nspcc is quarantined" in asked.text) == (409, True)


def test_a_copy_that_woke_elsewhere_sends_nothing_and_says_so(db: Database) -> None:
    desk = Desk(db)
    home.save(db, "another", desk.house.clock.now)
    home.mark_away(db, desk.house.clock.now)

    assert road(desk.operator())[4].startswith("Sent waits This is a copy that woke on another machine.")


def test_an_edit_that_voids_an_approval_says_so_before_and_after(db: Database) -> None:
    who = Desk(db).operator()
    form = texts(who.get(f"{ISSUE}/edit").text)
    after = who.press(f"{ISSUE}/edit", {"note": "One word more.", "order": ""})
    page = texts(who.get(ISSUE).text)

    assert "Any change of its content makes the approval void." in form
    assert after.status_code == 303
    assert "Its approval is void: approve it again." in page
    assert issues.get(db, PERIOD).issue.status == "draft"


def test_of_a_sent_issue_all_is_done(tmp_path: Path) -> None:
    steps = road(Desk(sent(tmp_path)).operator())

    assert [step.split()[0] for step in steps] == ["Edit", "Preview", "Test", "Approve", "Sent"]
    assert [step.split()[1] == "done" for step in steps] == [True, False, False, True, True]
