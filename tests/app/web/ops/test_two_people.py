"""approval = "two people": whoever was the last to change an issue does not approve it, at the desk or elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.config.schema import NewsletterSettings
from core.errors import HouseError
from db.mail import issues
from db.mail.issues import IssueEdits
from db.operator import accounts
from services.issues.build_issue import build_issue
from services.issues.release_issue import approve_issue, release_issue
from tests.app.web.operator import PERIOD, Desk, approved
from tests.support.web_site import Visitor, texts

ISSUE = f"/ops/issues/{PERIOD}"
TWO = NewsletterSettings(approval="two people", publish="approve")
NOTE = {"note": "Our training day is on 12 January.", "order": ""}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A draft that nobody has changed, and two who may approve it."""
    db = approved(tmp_path)
    db.execute("UPDATE issues SET status = 'draft', approved_hash = '', edited_by = ''")
    desk = Desk(db, newsletter=TWO)
    desk.account("approver", name="Ann Field")
    desk.account("owner", name="Olu Hill")
    yield desk
    db.close()


def step(who: Visitor, name: str) -> str:
    """What an issue's page says of a step of its road."""
    found = re.search(r'<ol class="ops-road">(.*?)</ol>', who.get(ISSUE).text, re.S)
    assert found
    return next(one for one in map(texts, found[1].split("<li>")[1:]) if one.startswith(name))


def approve(desk: Desk, who: Visitor) -> str:
    """Press the button as if it were there; what is then said, and the status of the issue."""
    draft = issues.get(desk.db, PERIOD).issue
    fields = {"hash": draft.hash, "csrf_token": who.token("/ops/account")}
    work = who.post(f"{ISSUE}/approve", fields)
    desk.wait()
    return texts(who.get(work.headers["Location"]).text)


def status(desk: Desk) -> str:
    return issues.get(desk.db, PERIOD).issue.status


def test_who_changed_it_is_told_beforehand_and_refused_and_another_approves_it(desk: Desk) -> None:
    ann, olu = desk.person("approver"), desk.person("owner")
    assert ann.press(f"{ISSUE}/edit", NOTE).status_code == 303

    words = "You changed it last: another person approves it. These may: Olu Hill, owner@example.org."
    assert step(ann, "Approve") == f"Approve waits {words}"
    page = ann.get(f"{ISSUE}/approve")
    assert (page.status_code, words in texts(page.text), "<button>Approve" in page.text) == (409, True, False)
    assert "approved by two people" in approve(desk, ann)
    assert status(desk) == "draft"
    assert step(olu, "Approve") == "Approve this content and no other"
    assert f"Approved: {issues.get(desk.db, PERIOD).issue.subject}" in approve(desk, olu)
    assert status(desk) == "approved"


def test_the_last_change_counts_and_no_earlier_one(desk: Desk) -> None:
    ann, olu = desk.person("approver"), desk.person("owner")
    ann.press(f"{ISSUE}/edit", NOTE)
    olu.press(f"{ISSUE}/edit", NOTE | {"note": "It is on the 13th."})

    assert step(olu, "Approve").startswith("Approve waits You changed it last")
    assert step(ann, "Approve") == "Approve this content and no other"


def test_what_is_left_for_the_next_issue_is_a_change_of_that_one(desk: Desk) -> None:
    ann, following = desk.person("approver"), "2016-10"
    build_issue(desk.house.effects, desk.settings, desk.db, following)
    left_out = issues.get(desk.db, PERIOD).issue.reviews[0].id

    ann.press(f"{ISSUE}/edit", NOTE | {f"skip-{left_out}": "yes"})

    assert [one.id for one in issues.get(desk.db, following).issue.reviews] == [left_out]
    assert issues.get_editor(desk.db, following) == "approver@example.org"


def test_an_editor_who_may_approve_nothing_leaves_it_to_both(desk: Desk) -> None:
    desk.person("editor").press(f"{ISSUE}/edit", NOTE)

    assert {step(desk.person(role), "Approve") for role in ("approver", "owner")} == {
        "Approve this content and no other"
    }


def test_to_build_it_anew_changes_nothing_and_what_nobody_changed_anybody_approves(desk: Desk) -> None:
    ann = desk.person("approver")
    assert ann.press(ISSUE, action=f"{ISSUE}/build").status_code == 303

    assert issues.get_editor(desk.db, PERIOD) == ""
    approve(desk, ann)
    assert status(desk) == "approved"


def test_what_nobody_knows_who_changed_waits_until_somebody_answers_for_it(desk: Desk) -> None:
    ann, olu = desk.person("approver"), desk.person("owner")
    build_issue(system_effects(), desk.settings, desk.db, PERIOD, IssueEdits(note="From the terminal."))

    assert "Nobody knows who changed it last" in step(ann, "Approve")
    assert "Nobody knows who changed it last" in step(olu, "Approve")
    ann.press(f"{ISSUE}/edit", {"note": "From the terminal.", "order": ""})
    assert step(olu, "Approve") == "Approve this content and no other"


def test_the_shared_password_and_the_terminal_approve_nothing_that_somebody_changed(desk: Desk) -> None:
    desk.person("approver").press(f"{ISSUE}/edit", NOTE)

    assert "approver@example.org changed it last, and nobody knows who asks" in step(desk.operator(), "Approve")
    with pytest.raises(HouseError, match=r"two people .*These may: Olu Hill, owner@example\.org"):
        approve_issue(system_effects(), desk.settings, desk.db, PERIOD)
    assert status(desk) == "draft"


def test_nobody_else_is_named_who_may_not(desk: Desk) -> None:
    for one in accounts.listing(desk.db):
        if one.role == "owner":
            accounts.close(desk.db, one.id, desk.house.clock.now)
    ann = desk.person("approver")
    ann.press(f"{ISSUE}/edit", NOTE)

    assert "These may: nobody yet, for want of another account." in step(ann, "Approve")


def test_a_draft_is_sent_by_no_hand_though_the_timer_would_send_it(desk: Desk) -> None:
    held = desk.settings.replace(newsletter=NewsletterSettings(approval="two people"))

    with pytest.raises(HouseError, match="not approved"):
        release_issue(system_effects(), held, desk.db, PERIOD, by_hand=True)


def test_with_one_person_whoever_changed_it_approves_it(desk: Desk) -> None:
    alone = Desk(desk.db, newsletter=NewsletterSettings(publish="approve"))
    ann = alone.person("approver")
    ann.press(f"{ISSUE}/edit", NOTE)

    approve(alone, ann)
    assert status(alone) == "approved"
    assert issues.get_editor(alone.db, PERIOD) == "approver@example.org"
