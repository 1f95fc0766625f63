"""Corrections by mail: to each who got the issue and is still a reader, once a version, whoever is killed."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from app.cli import run_command
from app.runtime.side_effects import system_effects
from core.config.load import load
from core.config.schema import Settings
from core.dates import correction_run
from core.errors import HouseError
from core.side_effects import SideEffects
from core.states import DELIVERY_STATES
from db.mail import corrections, deliveries, delivery_retention, mailings, subscribers
from db.schema.connect import Database, connect, write_transaction
from services.delivery.bounce_answers import restore_readers, select_address
from services.delivery.bounce_handling import handle_message
from services.delivery.deliver_issue import deliver_issues
from services.delivery.delivery_worker import DeliveryWorker
from services.issues.build_issue import load_issue
from services.issues.correct_issue import amend_correction, correct_issue, withdraw_correction
from services.issues.mail_correction import count_recipients, queue_correction
from services.issues.release_issue import resend_issue
from services.issues.withdraw_review import withdraw_review
from services.operator.health import assess_health
from services.operator.scheduler_status import scheduler_lines
from services.readers.subscriptions import end_subscription, erase_subscriber, undo_erasure
from tests.support.issue_sending import PERIOD, Sink, post
from tests.support.processes import COMMAND, Popen
from tests.support.waiting import until
from tests.support.web_site import publish

READERS, WORDS = 4, "The year was 2015."
RUN = correction_run(PERIOD, 1, 1)


class House:
    """September was sent to four readers, as files; the first correction of it is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: Settings = load(folder / "casereviews.toml")
        self.effects: SideEffects = system_effects()
        self.db: Database = connect(self.settings.database)

    def live(self, port: int, **mail: Any) -> None:
        """From now on mail goes to a server on this port; the issue went by one too."""
        post(port, live=True, connections=1, **mail)
        self.settings = load(self.folder / "casereviews.toml")
        self.db.execute("UPDATE deliveries SET via = 'smtp'")

    def correct(self, words: str = WORDS, review_id: int | None = None) -> None:
        house = self.effects, self.settings, self.db, PERIOD
        correct_issue(*house, words, actor="Sam", review_id=review_id)

    def amend(self, words: str) -> int:
        house = self.effects, self.settings, self.db, PERIOD
        return amend_correction(*house, 1, words, reason="a slip", actor="Kim").unsent

    def withdraw(self) -> int:
        house = self.effects, self.settings, self.db, PERIOD
        return withdraw_correction(*house, 1, reason="It was right.", actor="Kim").unsent

    def queue(self) -> int:
        return queue_correction(self.effects, self.settings, self.db, PERIOD, 1, actor="Sam")

    def deliver(self) -> Counter[str]:
        return Counter(dict(deliver_issues(self.effects, self.settings, self.db).done))

    def states(self, run: str = RUN) -> dict[str, str]:
        return {one.email.partition("@")[0]: one.state for one in deliveries.listing(self.db, run, DELIVERY_STATES)}

    def bounce(self) -> Any:
        """The correction comes back from the first reader's mailbox, for good; what was made of that."""
        (token,) = [one.token for one in deliveries.listing(self.db, RUN) if one.email == "reader0@example.org"]
        message = (
            f"From: mailer-daemon@example.org\nTo: news@example.org\nSubject: Undelivered\n"
            "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            "--b\nContent-Type: text/plain\n\nNo such user.\n"
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
            "Final-Recipient: rfc822; reader0@example.org\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 5.1.1 No such user\n\n"
            f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{PERIOD}.{token}@news.example.org>\n\n--b--\n"
        )
        return handle_message(self.effects, self.settings, self.db, message.encode())

    def outbox(self, run: str = RUN) -> list[EmailMessage]:
        files = sorted((self.settings.data_dir / "outbox" / run).glob("*.eml"))
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        assert all(isinstance(one, EmailMessage) for one in found)
        return found  # type: ignore[return-value]  # as was asserted

    def reader(self, number: int) -> Any:
        one = subscribers.get(self.db, f"reader{number}@example.org")
        assert one
        return one


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    publish(tmp_path, readers=READERS, reviews=2)
    made = House(tmp_path)
    made.correct()
    yield made
    made.db.close()


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body
    return str(body.get_content())


def test_each_who_got_the_issue_gets_it_once_with_a_way_to_leave(house: House) -> None:
    assert house.queue() == READERS
    assert house.deliver()["sent"] == READERS
    assert house.deliver()["sent"] == 0

    mails = house.outbox()
    assert sorted(str(mail["To"]) for mail in mails) == [f"reader{n}@example.org" for n in range(READERS)]
    assert mailings.get_status(house.db, RUN) == "sent"
    token = house.reader(0).token
    mail = next(one for one in mails if one["To"] == "reader0@example.org")
    assert mail["Subject"] == "Correction: Case reviews, September 2016"
    assert token in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(mail["Message-ID"]).startswith(f"<{PERIOD}.")
    for kind in ("plain", "html"):
        words = " ".join(part(mail, kind).split())
        assert WORDS in words
        assert f"/issues/{PERIOD}#correction-1" in words and f"/unsubscribe/{token}" in words
        assert "You get this email because" in words


def test_unknown_may_have_got_the_issue_and_refused_has_not(house: House) -> None:
    for number, state in ((0, "unknown"), (1, "refused"), (2, "failed")):
        values = [state, house.reader(number).id, PERIOD]
        house.db.execute("UPDATE deliveries SET state = ? WHERE subscriber_id = ? AND period = ?", values)

    assert house.queue() == 2
    house.deliver()

    assert house.states() == {"reader0": "sent", "reader3": "sent"}


def test_who_has_left_or_was_erased_gets_nothing_to_the_last(house: House) -> None:
    end_subscription(house.db, house.reader(0).token, house.effects.now())
    assert house.queue() == READERS - 1
    end_subscription(house.db, house.reader(1).token, house.effects.now())
    erase_subscriber(house.db, "reader2@example.org", house.effects.now())

    house.deliver()

    assert house.states() == {"reader3": "sent"}
    assert [mail["To"] for mail in house.outbox()] == ["reader3@example.org"]


def test_who_was_erased_by_mistake_while_it_is_sent_gets_it(house: House) -> None:
    house.queue()
    erase_subscriber(house.db, "reader2@example.org", house.effects.now(), undoable=True)
    undo_erasure(house.settings, house.db, "reader2@example.org", house.effects.now())

    house.deliver()

    assert house.states()["reader2"] == "sent"


def test_who_came_after_the_issue_gets_nothing(house: House) -> None:
    Path("more.csv").write_text("email\nlate@example.org\n")
    assert run_command("subscribers import more.csv --confirmed --consent Asked".split()) == 0

    house.queue()
    house.deliver()

    assert "late" not in house.states()


def test_what_went_to_files_alone_was_got_by_nobody_once_mail_is_real(house: House) -> None:
    house.db.execute("UPDATE deliveries SET via = 'smtp' WHERE subscriber_id = ?", [house.reader(0).id])
    post(1, live=True)
    settings = load(house.folder / "casereviews.toml")

    assert count_recipients(settings, house.db, corrections.get(house.db, PERIOD, 1)) == 1
    with write_transaction(house.db):
        assert mailings.queue_recipients(house.db, RUN, PERIOD, True, "m".join, house.effects.now()) == 1
    assert house.states() == {"reader0": "queued"}


def test_a_version_is_mailed_once_and_an_amended_one_once_more_if_asked(house: House) -> None:
    house.queue()
    house.deliver()
    with pytest.raises(HouseError, match="it was mailed already"):
        house.queue()
    assert house.amend("The year was 2014.") == 0
    assert house.deliver()["sent"] == 0

    assert house.queue() == READERS
    house.deliver()

    mails = house.outbox(correction_run(PERIOD, 1, 2))
    assert {mail["Subject"] for mail in mails} == {"Amended correction: Case reviews, September 2016"}
    assert len(mails) == len(house.outbox()) == READERS
    assert "amended on" in part(mails[0], "plain")


def test_an_amendment_stops_the_words_before(house: House) -> None:
    house.queue()

    assert house.amend("The year was 2014.") == READERS
    assert house.deliver()["sent"] == 0

    assert mailings.get_status(house.db, RUN) == "stopped"
    assert house.states() == {} and house.outbox() == []
    with pytest.raises(HouseError, match="not mailed to anybody"):
        resend_issue(house.effects, house.db, RUN)


def test_one_withdrawn_before_anybody_had_it_is_mailed_to_nobody_and_after_that_it_may_be(house: House) -> None:
    house.queue()
    house.deliver()
    house.withdraw()

    assert house.queue() == READERS
    house.deliver()
    mails = house.outbox(correction_run(PERIOD, 1, 2))
    assert {mail["Subject"] for mail in mails} == {"Correction withdrawn: Case reviews, September 2016"}
    assert all(WORDS not in part(mail, "plain") for mail in mails)

    house.correct("Another.")
    house_two = house.effects, house.settings, house.db, PERIOD
    withdraw_correction(*house_two, 2, reason="No.", actor="Kim")
    with pytest.raises(HouseError, match="withdrawn before anybody"):
        queue_correction(*house_two, 2, actor="Sam")


def test_a_takedown_stops_it_and_takes_its_messages_away(house: House) -> None:
    review = load_issue(house.db, PERIOD).issue.reviews[0].id
    house.correct("Of that review.", review)
    run = correction_run(PERIOD, 2, 1)
    queue_correction(house.effects, house.settings, house.db, PERIOD, 2, actor="Sam")
    house.deliver()
    assert len(house.outbox(run)) == READERS
    assert "It may speak of abuse" in part(house.outbox(run)[0], "plain")
    with write_transaction(house.db):
        house.db.execute("UPDATE correction_mailings SET status = 'sending'")
        house.db.execute("UPDATE deliveries SET state = 'queued' WHERE period = ? AND id % 2", [run])

    withdraw_review(house.effects, house.settings, house.db, str(review), "asked by the family")

    assert house.deliver()["sent"] == 0
    assert house.outbox(run) == []
    assert mailings.get_status(house.db, run) == "stopped"


def test_words_that_do_not_stand_any_more_are_sent_to_nobody_again(house: House) -> None:
    review = load_issue(house.db, PERIOD).issue.reviews[0].id
    house.correct("Of that review.", review)
    about = correction_run(PERIOD, 2, 1)
    house.queue()
    queue_correction(house.effects, house.settings, house.db, PERIOD, 2, actor="Sam")
    house.deliver()
    house.db.execute("UPDATE deliveries SET state = 'refused' WHERE period IN (?, ?)", [RUN, about])
    assert resend_issue(house.effects, house.db, about, dry=True) == READERS

    house.amend("The year was 2014.")
    withdraw_review(house.effects, house.settings, house.db, str(review), "asked by the family")

    for run in (RUN, about):
        with pytest.raises(HouseError, match="not mailed to anybody"):
            resend_issue(house.effects, house.db, run)


def test_nor_where_a_bounce_was_ours_and_words_that_stand_are(house: House) -> None:
    house.queue()
    house.deliver()
    house.bounce()
    house.db.execute("UPDATE deliveries SET state = 'refused' WHERE period = ?", [RUN])
    who = select_address(house.db, "reader0@example.org")
    assert restore_readers(house.db, who, house.effects.now(), dry=True).requeued == {RUN: 1}

    house.amend("The year was 2014.")

    assert restore_readers(house.db, who, house.effects.now()).requeued == {}
    assert house.states()["reader0"] == "refused" and house.reader(0).status == "active"


def test_old_receipts_are_counts_and_nobody_can_be_mailed_then(house: House) -> None:
    house.queue()
    house.deliver()
    with write_transaction(house.db):
        delivery_retention.fold_old(house.db, house.effects.now() + timedelta(days=1), 100)

    assert house.states() == {}
    assert deliveries.counts(house.db, RUN)["sent"] == READERS
    house.amend("The year was 2014.")
    with pytest.raises(HouseError, match="nobody can be mailed"):
        house.queue()


def test_what_comes_back_is_counted_for_its_reader(house: House) -> None:
    house.queue()
    house.deliver()
    outcome = house.bounce()

    assert (outcome.kind, outcome.period) == ("hard", RUN)
    assert house.reader(0).status == "bounced"


def test_status_says_that_it_is_being_mailed_and_what_became_of_it(house: House) -> None:
    house.queue()
    at = house.effects.now()
    said = [line.words for line in scheduler_lines(house.settings, house.db, at)]
    assert f"correction 1 to the issue of September 2016 is being sent: {READERS} waiting" in said
    late = [line.brief for line in scheduler_lines(house.settings, house.db, at + timedelta(days=3))]
    assert "stands still" in late

    house.deliver()

    assert RUN in mailings.list_sent(house.db, at)
    words = [line.words for line in assess_health(house.settings, house.db, house.effects.now()).lines]
    assert any(one.startswith("correction 1 to the issue of September 2016 was sent: ") for one in words)


@pytest.mark.loopback
@pytest.mark.enable_socket
class TestOverTheWire:
    """With a mail server on this machine."""

    def test_one_who_leaves_while_it_is_sent_is_not_sent_it(
        self, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        merge, token = DeliveryWorker._parcels, house.reader(2).token

        def leaving(self: DeliveryWorker, session: Any, limited: bool) -> Any:
            for parcel in merge(self, session, limited):
                if parcel.to == "reader2@example.org":  # it is merged, and has not left
                    with closing(connect(house.settings.database)) as db:
                        end_subscription(db, token, house.effects.now())
                yield parcel

        monkeypatch.setattr(DeliveryWorker, "_parcels", leaving)
        with Sink(tmp_path) as sink:
            house.live(sink.port)
            house.queue()
            house.deliver()

            assert sorted(one.recipient for one in sink.accepted()) == [f"reader{n}@example.org" for n in (0, 1, 3)]

    def test_words_amended_while_they_are_sent_stop(
        self, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        merge, amended = DeliveryWorker._parcels, Event()

        def amending(self: DeliveryWorker, session: Any, limited: bool) -> Any:
            for parcel in merge(self, session, limited):
                if parcel.to == "reader2@example.org" and not amended.is_set():
                    amended.set()
                    with closing(connect(house.settings.database)) as db:
                        values = house.effects, house.settings, db, PERIOD, 1, "The year was 2014."
                        amend_correction(*values, reason="a slip", actor="Kim")
                yield parcel

        monkeypatch.setattr(DeliveryWorker, "_parcels", amending)
        with Sink(tmp_path) as sink:
            house.live(sink.port)
            house.queue()
            house.deliver()

            left = [one.recipient for one in sink.accepted()]
        assert "reader2@example.org" not in left and "reader3@example.org" not in left
        assert mailings.get_status(house.db, RUN) == "stopped"
        assert set(house.states().values()) == {"sent"}

    def test_what_is_refused_is_counted_for_its_reader(self, house: House, tmp_path: Path) -> None:
        with Sink(tmp_path, "--fault", "rcpt:550 5.1.1 No such user=1", "--to", "reader1") as sink:
            house.live(sink.port)
            house.queue()
            house.deliver()

        assert house.states()["reader1"] == "refused"
        assert house.reader(1).status == "bounced"

    def test_a_killed_sender_mails_nobody_twice(self, house: House, tmp_path: Path) -> None:
        with Sink(tmp_path, "--fault", "dot:keep-stall=1", "--to", "reader1") as sink:  # it has it, and never says so
            house.live(sink.port)
            command = [str(COMMAND), "issue", "correct", PERIOD, "--number", "1", "--mail", "--yes"]
            process = Popen(command, cwd=house.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            until(lambda: process.poll() is not None or len(sink.accepted()) == 2)
            assert process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        with Sink(tmp_path) as sink:
            house.live(sink.port)
            house.deliver()
            copies = Counter(one.recipient for one in sink.accepted())

        assert copies == {f"reader{n}@example.org": 1 for n in range(READERS)}
        assert house.states() == {f"reader{n}": "unknown" if n == 1 else "sent" for n in range(READERS)}
