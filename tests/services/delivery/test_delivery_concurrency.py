"""What two hands at once, odd servers and a clock put right do to a delivery."""

import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Self

import pytest

from app.runtime.lock import process_lock
from app.runtime.side_effects import system_effects
from app.scheduler.job_context import JobContext as Ticking
from app.scheduler.mail_jobs import DELIVERY_JOB
from core.config.load import load
from core.config.schema import Settings
from core.errors import HouseError, LockHeld, MailRefused, MailUnavailable
from core.issue_lifecycle import decide_standing
from core.records import Review
from core.side_effects import SideEffects
from db.mail import deliveries, delivery_retention, issues, send_rate, subscribers
from db.schema.connect import Database, connect, write_transaction
from newsletter.mail.smtp_reply import SmtpReply, is_sender_refusal
from services.delivery.deliver_issue import DeliverySummary, deliver_issues
from services.issues import release_issue, withdraw_review
from tests.support.issue_sending import PERIOD, Sender, listed, post

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 6
Said = Callable[[str, str], str]  # the verb and the recipient; the reply, or nothing for the usual one
USUAL = {"EHLO": "250-here\r\n250 PIPELINING", "DATA": "354 go on", "QUIT": "221 bye"}


@dataclass
class Server:
    """A mail server on a thread that answers as it is told: `with Server(said) as server: server.port`."""

    said: Said = lambda verb, who: ""
    taken: list[str] = field(default_factory=list)  # recipients, one for each text that came to its end
    texts: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._talk, args=[one], daemon=True))
            self._threads[-1].start()

    def _talk(self, one: socket.socket) -> None:
        try:
            with one, one.makefile("rb") as lines:
                one.sendall(b"220 here\r\n")
                self._answer(one, iter(lines))
        except OSError:
            pass  # it hung up

    def _answer(self, one: socket.socket, lines: Iterator[bytes]) -> None:
        who = ""
        for line in lines:
            verb = line[:4].decode().upper().strip()
            if verb == "RCPT":
                who = line.decode().partition("<")[2].partition(">")[0]
            reply = self.said(verb, who) or USUAL.get(verb, "250 ok")
            one.sendall(f"{reply}\r\n".encode())
            if reply.startswith("354") and verb == "DATA":
                text = b""
                while (line := next(lines, b"")) not in (b".\r\n", b""):
                    text += line
                if not line:
                    return
                reply = self.said(".", who) or "250 taken"
                self.taken.append(who)
                self.texts.append(text)
                one.sendall(f"{reply}\r\n".encode())
            if verb == "QUIT":
                return


def settings() -> Settings:
    return load(Path("casereviews.toml"))


@dataclass
class Days:
    """A world in which waiting takes no time."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))
    slept: float = 0.0

    def effects(self) -> SideEffects:
        return system_effects(now=lambda: self.at, sleep=self.pass_)

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.slept += seconds


def frozen(days: Days) -> None:
    with closing(connect(settings().database)) as db:
        release_issue.release_issue(days.effects(), settings(), db, PERIOD, by_hand=True)


def send(days: Days, stop: Event | None = None) -> DeliverySummary:
    with closing(connect(settings().database)) as db:
        return deliver_issues(days.effects(), settings(), db, [PERIOD], stop)


def states() -> dict[str, int]:
    return dict(Counter(one.state for one in listed()))


def only(email: str, reply: str) -> Said:
    """A server that refuses one recipient."""
    return lambda verb, who: reply if (verb, who) == ("RCPT", email) else ""


def test_a_run_that_is_turned_away_stops_itself_and_not_whoever_started_it(house: Path) -> None:
    days, stop = Days(), Event()
    with Server(lambda verb, who: "550 5.7.1 no" if verb == "MAIL" else "") as server:
        post(server.port)
        frozen(days)
        with pytest.raises(MailRefused):
            send(days, stop)

    assert not stop.is_set()  # the timer's: set, its letters and its reading would end too


def test_what_is_queued_again_while_the_last_message_leaves_is_not_dropped(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, waiting = Days(), deliveries.count_waiting
    again: list[int] = []

    def looked(db: Database, period: str) -> tuple[int, datetime | None]:
        found = waiting(db, period)
        if not again and not found[0] and not db.conn.in_transaction:
            with closing(connect(settings().database)) as other:
                again.append(release_issue.resend_issue(days.effects(), other, PERIOD))
        return found

    with Server(only("reader3@example.org", "550 5.7.1 not now")) as server:
        post(server.port)
        frozen(days)
        monkeypatch.setattr(deliveries, "count_waiting", looked)
        send(days)

    assert len(listed()) == READERS


@pytest.mark.parametrize(
    "reply",
    [
        "552-5.2.2 The email account that you tried to reach is over quota.\r\n552 5.2.2 Please tell its owner",
        "452 4.2.2 Your message exceeds the mailbox quota",
        "552 Message size exceeds recipient's limit",
        "550 5.1.1 <daily-limit@example.org> unknown",
        "550 5.1.1 daily.quota@example.org unknown",
    ],
)
def test_a_readers_limit_or_address_that_reads_like_one_of_ours_stops_only_that_reader(house: Path, reply: str) -> None:
    with Server(only("reader3@example.org", reply)) as server:
        post(server.port)
        frozen(days := Days())
        send(days)

    assert states() == {"sent": READERS - 1, "refused" if reply[0] == "5" else "queued": 1}


@pytest.mark.parametrize(
    "words",
    [
        "550 5.4.5 Daily user sending limit exceeded",
        "454 Throttling failure: Daily message quota exceeded.",
        "550 5.7.1 Your mailbox has reached its daily sending limit",
        "550 Message limit reached",
        "554 5.7.1 <ada@example.org>: you have reached your account limit",
    ],
)
def test_a_limit_of_ours_is_known_by_its_words(words: str) -> None:
    assert is_sender_refusal(SmtpReply(int(words[:3]), words[4:]), b"RCPT TO:<ada@example.org>")


@pytest.mark.parametrize(("reply", "state"), [("251 ok", "sent"), ("200 fine", "sent"), ("354 what", "unknown")])
def test_a_text_that_was_not_refused_is_never_sent_again(house: Path, reply: str, state: str) -> None:
    days = Days()
    with Server(lambda verb, who: reply if verb == "." else "") as server:
        post(server.port)
        frozen(days)
        for _ in range(4):
            with suppress(MailUnavailable):
                send(days)
            days.pass_(3600)

    assert set(Counter(server.taken).values()) == {1}
    assert set(states()) <= {state, "queued"}


@pytest.mark.parametrize("rate", [0, 1], ids=["at full speed", "at a pace"])
def test_a_review_taken_down_while_an_issue_is_sent_is_in_no_further_mail(house: Path, rate: int) -> None:
    days = Days()
    down: list[Review] = []

    def said(verb: str, who: str) -> str:
        if verb == "." and not down:
            with closing(connect(settings().database)) as db:
                down.append(issues.get(db, PERIOD).issue.reviews[0])
                withdraw_review.withdraw_review(days.effects(), settings(), db, str(down[0].id), "asked by the family")
        return ""

    with Server(said) as server:
        post(server.port, rate_per_minute=rate, connections=1)
        frozen(days)
        send(days)

    name = down[0].title.split(" ")[0].encode()
    assert [name in text for text in server.texts] == [True] + [False] * (READERS - 1)
    assert states() == {"sent": READERS}


def test_a_clock_that_was_a_year_ahead_when_the_last_message_left_delays_none(house: Path) -> None:
    days = Days()
    with Server() as server:
        post(server.port, rate_per_minute=60)
        frozen(days)
        with closing(connect(settings().database)) as db, write_transaction(db):
            send_rate.save_send_time(db, (days.at + timedelta(days=365)).timestamp())
        send(days)

    assert states() == {"sent": READERS}
    assert READERS - 2 <= days.slept < 60


def test_an_issue_frozen_while_the_clock_was_a_year_ahead_goes_out_today(house: Path) -> None:
    days = Days()
    with Server() as server:
        post(server.port)
        days.at += timedelta(days=365)
        frozen(days)
        days.at -= timedelta(days=365)
        with closing(connect(settings().database)) as db:
            tick_sees = list(DELIVERY_JOB.due(Ticking(days.effects(), settings(), db, Event())))
        send(days)

    assert tick_sees == [f"deliver the issue of September 2016: {READERS} waiting"]
    assert states() == {"sent": READERS}


def test_days_without_any_quota_make_no_readers_delivery_fail(house: Path) -> None:
    days, words = Days(), ["550 5.4.5 Daily sending quota exceeded"]
    with Server(lambda verb, who: words[0] if verb == "." else "") as server:
        post(server.port)
        frozen(days)
        for _ in range(12):
            with pytest.raises(MailRefused):
                send(days)
            days.pass_(20_000)
        words[0] = ""
        send(days)

    assert states() == {"sent": READERS}
    assert [one.attempts for one in listed()] == [1] * READERS


def test_of_a_reader_erased_while_the_message_leaves_no_address_is_kept(house: Path) -> None:
    def said(verb: str, who: str) -> str:
        if (verb, who) != (".", "reader3@example.org"):
            return ""
        with closing(connect(settings().database)) as db, write_transaction(db):
            one = subscribers.get(db, who)
            assert one
            delivery_retention.detach_subscribers(db, [one.id])
        return f"550 5.1.1 <{who}> is nobody"

    with Server(said) as server:
        post(server.port)
        frozen(days := Days())
        send(days)

    assert [one.reply for one in listed("refused")] == [""]
    assert states() == {"sent": READERS - 1, "refused": 1}


def test_an_approved_issue_that_is_paused_goes_out_by_hand_only(house: Path) -> None:
    days = Days()
    with closing(connect(settings().database)) as db:
        release_issue.pause_issue(db, PERIOD)
        with pytest.raises(HouseError, match="paused"):
            release_issue.release_issue(days.effects(), settings(), db, PERIOD)
        known = issues.list_states(db)[PERIOD]
        step = decide_standing(PERIOD, days.at, known, [], settings().newsletter, days.at).step

        assert step == "paused"
        assert release_issue.release_issue(days.effects(), settings(), db, PERIOD, by_hand=True) == READERS


def test_a_password_that_smtp_cannot_say_is_one_line(house: Path) -> None:
    with Server(lambda verb, who: "250-here\r\n250 AUTH PLAIN LOGIN" if verb == "EHLO" else "") as server:
        post(server.port, username="news", password="pässword")
        frozen(days := Days())
        with pytest.raises(MailRefused, match="ASCII"):
            send(days)

    assert states() == {"queued": READERS}


def test_nobody_else_sends_while_an_interrupted_sender_has_a_message_in_flight(house: Path) -> None:
    arrived, go = Event(), Event()

    def said(verb: str, who: str) -> str:
        if verb == ".":
            arrived.set()
            go.wait(20)
        return ""

    with Server(said) as server:
        post(server.port)
        sender = Sender()
        assert arrived.wait(30)
        for _ in range(3):
            sender.signal(signal.SIGINT)
            time.sleep(0.4)
        with pytest.raises(LockHeld), process_lock(Path("data"), "delivery"):
            pass
        go.set()
        code = sender.wait()

    assert code == 130
    assert {one.email for one in listed("sent")} == set(server.taken)
    assert "sending" not in states()
