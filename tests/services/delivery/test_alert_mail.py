"""Alerts of saved searches: each match is told once, to who wants it, whatever fails and whoever is killed."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest

from core.dates import alert_run
from core.source_records import Run
from db.collection import runs, takedowns
from db.mail import alert_mail, bounce_holds, delivery_reports, saved_searches
from db.mail.bounces import BounceSelection
from db.mail.delivery_reports import confirm_delivered
from db.schema.connect import Database, write_transaction
from services.delivery import alert_composer
from services.delivery.bounce_answers import restore_readers
from services.delivery.bounce_handling import handle_message, record_refusal_of
from services.delivery.send_transactional import CLAIM_LEASE, send_due
from services.operator.bounce_questions import describe_question
from services.readers import alerts_saved, preferences
from services.readers.saved_search_wishes import SearchWish, change_search
from services.readers.subscriptions import end_subscription, erase_subscriber, undo_erasure
from tests.services.delivery.test_send_transactional import over_the_wire, server, smtp, state
from tests.support.issue_sending import Sink
from tests.support.processes import Popen
from tests.support.saved_searches import add_news, tell, with_search
from tests.support.signups import NOW, Installation, read
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]
__all__ = ["server"]  # the fixture


def go(house: Installation) -> int:
    return send_due(house.effects, house.settings, house.db, alerts=True)


def written(house: Installation) -> list[EmailMessage]:
    return [read(file.read_bytes()) for file in sorted(house.outbox.glob("alert-*.eml"))]


def words_of(mail: EmailMessage, part: str = "plain") -> str:
    body = mail.get_body([part])
    assert body
    return str(body.get_content())


def test_what_a_search_finds_is_told_once(db: Database) -> None:
    house = Installation(db)
    search, token = with_search(house), house.one("reader@example.org").token
    number = add_news(db)

    assert (tell(house), go(house), tell(house), go(house)) == (1, 1, 0, 0)

    (mail,) = written(house)
    assert mail["Subject"] == "1 new review for your saved search: “river”"
    assert mail["List-Unsubscribe"] == f"<https://news.example.org/unsubscribe/{token}/searches>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in ("plain", "html"):
        text = words_of(mail, part)
        assert "Baby boy, 7 weeks · death" in text
        for path in (
            f"/reviews/{number}",
            "/reviews?q=river",
            f"/unsubscribe/{token}/searches/{search}",
            "/preferences/",
        ):
            assert f"https://news.example.org{path}" in text


def test_one_alert_tells_of_all_searches_of_a_reader(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    saved_searches.save(db, house.one("reader@example.org").id, "", [("nation", "wales")], "day", NOW)
    add_news(db)
    add_news(db, "Child B", nation="Wales", summary="Neglect.")

    assert (tell(house), go(house)) == (1, 1)

    (mail,) = written(house)
    assert mail["Subject"] == "2 new reviews for 2 of your saved searches"
    headings = [above for above, below in pairwise(words_of(mail).splitlines()) if below.startswith("==")]
    assert headings == ["“river”", "Wales"]


def test_the_baseline_and_what_was_there_before_the_search_are_no_news(db: Database) -> None:
    house = Installation(db)
    add_news(db, "Child before")
    alerts_saved.match_waiting(house.settings, db, NOW)
    with_search(house)
    add_news(db, "Child baseline", baseline=True)

    assert tell(house) == 0


def test_a_week_and_a_month_are_told_when_they_have_ended(db: Database) -> None:
    house = Installation(db)  # on a Monday at 09:00
    with_search(house, "weekly", cadence="week")
    with_search(house, "monthly", cadence="month")
    house.clock.move(hours=1)
    add_news(db)
    assert tell(house) == 0

    house.clock.move(days=6, hours=22, minutes=59)
    assert tell(house) == 0
    house.clock.move(minutes=1)
    assert tell(house) == 1
    freeze_issue(house)
    assert tell(house) == 1
    assert go(house) == 2


def freeze_issue(house: Installation) -> None:
    """An issue goes out now."""
    house.db.execute(
        """
        INSERT INTO issues (period, status, editor_note, ordering, skipped_review_ids, title, intro, content_hash,
            built_at, frozen_at, content, html, text)
        VALUES ('2026-10', 'sent', '', 'publisher', '[]', '', '', '', ?1, ?1, '{}', '', '')
        """,
        [house.clock().strftime("%Y-%m-%dT%H:%M:%SZ")],
    )


def test_who_left_paused_or_stopped_the_search_is_told_nothing(db: Database) -> None:
    house = Installation(db)
    stopped = {name: with_search(house, name) for name in ("left", "paused", "stopped", "all", "rests", "stays")}
    add_news(db)
    assert tell(house) == len(stopped)

    end_subscription(db, house.one("left@example.org").token, NOW)
    preferences.pause(db, house.one("paused@example.org").token, NOW)
    alerts_saved.stop(db, house.one("stopped@example.org"), stopped["stopped"])
    alerts_saved.stop(db, house.one("all@example.org"))
    saved_searches.pause(db, house.one("rests@example.org").id, stopped["rests"], NOW.date() + timedelta(days=9))

    assert go(house) == 1
    assert [mail["To"] for mail in written(house)] == ["stays@example.org"]
    house.clock.move(days=9)
    assert (tell(house), go(house)) == (1, 1)  # who let the search rest


def test_a_search_that_was_changed_tells_what_it_still_finds(db: Database) -> None:
    house = Installation(db)
    search, token = with_search(house), house.one("reader@example.org").token
    gone, stays = add_news(db, "Child gone"), add_news(db, "Child stays", nation="Wales")
    tell(house)

    change_search(house.settings, db, token, search, SearchWish("", (("nation", "wales"),), "day"))

    assert go(house) == 1
    assert f"/reviews/{stays}" in words_of(written(house)[0])
    assert f"/reviews/{gone}" not in words_of(written(house)[0])


def test_a_review_withdrawn_between_match_and_sending_is_left_out(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    gone, stays = add_news(db, "Child gone"), add_news(db, "Child stays")
    tell(house)
    takedowns.add(db, gone, "asked", NOW)

    assert go(house) == 1

    assert f"/reviews/{stays}" in words_of(written(house)[0])
    assert f"/reviews/{gone}" not in words_of(written(house)[0])


def test_a_review_withdrawn_at_the_last_moment_holds_the_alert_back(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Installation(db)
    with_search(house)
    gone = add_news(db)
    tell(house)
    build = alert_composer.build_alert_message

    def meanwhile(*given: object, **named: object) -> bytes:
        takedowns.add(db, gone, "asked", NOW)
        return build(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(alert_composer, "build_alert_message", meanwhile)
    assert go(house) == 0
    assert state(house, 2)[0] == "queued"
    house.clock.move(minutes=1)
    assert go(house) == 0
    assert house.letters() == []
    assert written(house) == []


def test_nothing_is_told_of_a_source_whose_last_read_is_not_believed(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    add_news(db)
    assert tell(house) == 1
    with write_transaction(db):
        runs.add(db, Run("nspcc", NOW, quarantined=1, problems=("half of it is gone",)))

    assert go(house) == 0
    assert tell(house) == 0

    with write_transaction(db):
        runs.add(db, Run("nspcc", NOW + timedelta(hours=1), pages=1, seen=1))
    assert (tell(house), go(house)) == (1, 1)


def test_nobody_gets_more_than_three_in_a_day(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    for number in range(4):
        add_news(db, f"Child {number}")
        assert (tell(house), go(house)) == ((1, 1) if number < alerts_saved.MAX_ALERTS else (0, 0))

    house.clock.move(days=1)
    assert (tell(house), go(house)) == (1, 1)
    assert "Child 3" in words_of(written(house)[-1])


def test_an_erased_reader_takes_their_searches_along_and_back(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    add_news(db)
    tell(house)
    erase_subscriber(db, "reader@example.org", NOW, undoable=True)
    assert go(house) == 0
    assert [
        db.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in ("saved_searches", "saved_search_matches")
    ] == [
        0,
        0,
    ]

    one = undo_erasure(house.settings, db, "reader@example.org", NOW)

    assert [search.words for search in saved_searches.list_of_reader(db, one.id)] == ["river"]
    assert go(house) == 1  # they are told what they had not been told


def test_a_reader_who_is_back_after_an_erasing_is_told_nothing_twice(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    add_news(db)
    tell(house)
    go(house)
    erase_subscriber(db, "reader@example.org", NOW, undoable=True)
    with_search(house, "other")  # has the number of their search meanwhile

    one = undo_erasure(house.settings, db, "reader@example.org", NOW)

    (search,) = saved_searches.list_of_reader(db, one.id)
    assert len(saved_searches.list_found(db, search.id)) == 1
    assert (saved_searches.list_untold(db, search.id), tell(house)) == ([], 0)


def test_news_between_an_erasing_and_its_undoing_is_told_to_who_is_back_and_to_nobody_twice(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    with_search(house, "other")
    with_search(house, "stranger", words="mountain")
    tell(house)
    erase_subscriber(db, "reader@example.org", NOW, undoable=True)
    seen = add_news(db, first_seen=NOW + timedelta(hours=1))
    assert (tell(house), go(house)) == (1, 1)
    waiting = add_news(db, "Child B", first_seen=NOW + timedelta(hours=2))

    one = undo_erasure(house.settings, db, "reader@example.org", NOW + timedelta(hours=3))

    (search,) = saved_searches.list_of_reader(db, one.id)
    assert (saved_searches.list_untold(db, search.id), saved_searches.list_unmatched(db)) == ([seen], [waiting])
    assert tell(house) == 2
    assert saved_searches.list_found(db, search.id) == [seen, waiting]


def test_a_returned_alert_counts_as_a_bounce(db: Database) -> None:
    house = Installation(db, bounce_address="bounces@example.org")
    with_search(house)
    add_news(db)
    tell(house)
    go(house)
    token = alert_mail.get_token(db, 2)
    report = (
        f"From: MAILER-DAEMON@example.net\r\nTo: bounces+{token}@example.org\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nno\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; reader@example.org\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--x--\r\n"
    )

    outcome = handle_message(house.effects, house.settings, db, report.encode())

    assert (outcome.kind, outcome.period, outcome.status) == ("hard", alert_run(NOW), "bounced")
    assert state(house, 2)[0] == "refused"
    assert house.one("reader@example.org").status == "bounced"


def test_bounces_of_alerts_are_named_as_such_where_the_operator_is_asked(db: Database) -> None:
    house = Installation(db)
    for number in range(3):
        with_search(house, f"reader{number}")
    add_news(db)
    tell(house)
    go(house)
    for row in db.execute("SELECT token FROM transactional_mail ORDER BY id").fetchall():
        delivery = alert_mail.find_delivery(db, row["token"])
        record_refusal_of(db, delivery, "550 5.1.1 no such user", NOW)

    (hold,) = bounce_holds.list_open(db)

    assert describe_question(db, hold).typed(" ") == (
        "3 of 3 readers at example.org were refused in the same words with the alerts of 23 November 2026 "
        f"({hold.words}); nobody of them is ended: is it them or us? Us, and send it again: casereviews subscribers "
        f"restore --question {hold.id}; them: casereviews subscribers end --question {hold.id}"
    )
    assert {house.one(f"reader{number}@example.org").status for number in range(3)} == {"active"}


def test_what_was_refused_because_of_us_is_told_once_we_say_so(db: Database) -> None:
    house = Installation(db)
    for number in range(3):
        with_search(house, f"reader{number}")
    add_news(db)
    tell(house)
    go(house)
    for row in db.execute("SELECT token FROM transactional_mail ORDER BY id").fetchall():
        delivery_reports.mark_bounced(db, row["token"], "550 5.1.1 no such user")
        record_refusal_of(db, alert_mail.find_delivery(db, row["token"]), "550 5.1.1 no such user", NOW)
    (hold,) = bounce_holds.list_open(db)
    assert tell(house) == 0

    restore_readers(db, BounceSelection(hold_id=hold.id), NOW)

    assert bounce_holds.list_open(db) == []
    assert (tell(house), go(house), tell(house)) == (3, 3, 0)


def test_an_unknown_alert_that_was_seen_to_arrive_was_sent(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    add_news(db)
    tell(house)
    go(house)
    db.execute("UPDATE transactional_mail SET state = 'unknown'")

    confirm_delivered(db, alert_mail.get_token(db, 2), "delivered, says postmark")

    assert state(house, 2)[0] == "sent"


def test_a_reader_sees_what_is_held_of_their_searches(db: Database) -> None:
    house = Installation(db)
    with_search(house)
    number = add_news(db)
    tell(house)

    data = preferences.export_personal_data(db, house.one("reader@example.org").token)

    assert data["saved_searches"] == [
        {
            "words": "river",
            "filters": [],
            "how_often": "day",
            "saved": "2026-11-23T09:00:00Z",
            "paused_until": None,
            "found": [number],
        }
    ]


class TestOverTheWire:
    pytestmark = over_the_wire

    def test_an_alert_goes_the_way_of_all_mail(self, db: Database, tmp_path: Path) -> None:
        with Sink(tmp_path) as sink:
            house = smtp(db, sink.port, live=False, allow_list=("listed@example.org",))
            for name in ("listed", "other"):
                with_search(house, name)
            add_news(db)
            tell(house)

            assert go(house) == 2

            assert [one.recipient for one in sink.accepted()] == ["listed@example.org"]
        assert [mail["To"] for mail in written(house)] == ["other@example.org"]

    def test_a_gone_mailbox_ends_its_subscription_and_a_block_is_waited_out(
        self, db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with Sink(
            tmp_path, "--fault", "rcpt:550 5.1.1 <zanzibar@example.org> User unknown=1", "--to", "zanzibar"
        ) as sink:
            house = smtp(db, sink.port)
            for name in ("zanzibar", "stays"):
                with_search(house, name)
            add_news(db)
            tell(house)
            assert go(house) == 1
        assert house.one("zanzibar@example.org").status == "bounced"
        assert "zanzibar" not in caplog.text

        with Sink(tmp_path, "--fault", "dot:554 5.7.1 Blocked by our policy=1") as sink:
            house.settings = smtp(db, sink.port).settings
            for number in range(5):
                with_search(house, f"reader{number}")
            add_news(db, "Child B")
            assert tell(house) == 6
            assert go(house) == 0
            assert sink.faults()["dot:554 5.7.1 Blocked by our policy"] == 3  # it is us: no more are tried
        with Sink(tmp_path) as sink:
            house.settings = smtp(db, sink.port).settings
            house.clock.move(minutes=1)
            assert go(house) == 6
        assert house.one("reader0@example.org").status == "active"

    def test_a_killed_sender_never_tells_twice(self, db: Database, tmp_path: Path) -> None:
        with Sink(tmp_path, "--fault", "dot:keep-stall=1", "--to", "reader1") as sink:
            house = smtp(db, sink.port)
            for number in range(3):
                with_search(house, f"reader{number}")
            add_news(db)
            tell(house)
            process = Popen(
                [sys.executable, "-c", POSTER, str(sink.port), str(db.file)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            until(lambda: process.poll() is not None or len(sink.accepted()) == 2)
            assert process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            assert [one for _, one in house.letters()] == ["sent", "sending", "queued"]

        with Sink(tmp_path) as sink:
            house.settings = smtp(db, sink.port).settings
            assert (tell(house), go(house)) == (0, 1)
            house.clock.move(seconds=CLAIM_LEASE.total_seconds())
            assert (tell(house), go(house)) == (0, 0)
            assert [one for _, one in house.letters()] == ["sent", "unknown", "sent"]
            add_news(db, "Child B")  # the next is told to all, and nothing of the one before
            assert (tell(house), go(house)) == (3, 3)

            copies = Counter(one.recipient for one in sink.accepted())
        assert copies == {f"reader{number}@example.org": 2 for number in range(3)}


POSTER = """
import sys
from pathlib import Path
from db.schema.connect import connect
from tests.support.signups import Installation
from services.delivery.send_transactional import send_due
with_ = dict(transport="smtp", live=True, port=int(sys.argv[1]))
with connect(Path(sys.argv[2])) as db:
    house = Installation(db, **with_)
    print(send_due(house.effects, house.settings, house.db, alerts=True))
"""
