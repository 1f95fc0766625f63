"""An issue of which a restored backup leaves open whether it went out, settled on the operator's pages."""

from pathlib import Path

from db.mail import deliveries, issue_marks, issues
from db.schema.connect import write_transaction
from tests.app.web.operator import PERIOD, Desk, approved
from tests.support.web_site import texts


def test_a_person_says_that_an_issue_went_out_and_nobody_is_mailed(tmp_path: Path) -> None:
    desk = Desk(approved(tmp_path))
    who = desk.operator()
    with write_transaction(desk.db):
        issue_marks.save(desk.db, PERIOD, "restored", desk.house.clock.now)
    assert f'href="/ops/issues/{PERIOD}/settle"' in who.get(f"/ops/issues/{PERIOD}").text
    check = texts(who.get(f"/ops/issues/{PERIOD}/settle").text)
    assert "If it went out It is held as sent" in check
    assert issues.get(desk.db, PERIOD).issue.status == "approved"

    answer = who.press(f"/ops/issues/{PERIOD}/settle")

    assert answer.headers["Location"] == "/ops"
    assert "Issue of September 2016 is held as sent." in texts(who.get("/ops").text)
    assert issues.get(desk.db, PERIOD).issue.status == "sent"
    assert deliveries.counts(desk.db, PERIOD)["sent"] == 0
    assert desk.trail()[0] == f"said that the issue of {PERIOD} went out before a backup was restored"
    desk.db.close()


def test_of_an_issue_that_nobody_asks_about_nothing_is_settled(tmp_path: Path) -> None:
    desk = Desk(approved(tmp_path))
    who = desk.operator()

    assert "there is nothing to decide" in texts(who.get(f"/ops/issues/{PERIOD}/settle").text)
    assert who.get("/ops/issues/never/settle").status_code == 404
    assert "settle" not in who.get(f"/ops/issues/{PERIOD}").text
    desk.db.close()
