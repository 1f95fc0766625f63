"""The post: letters leave at most once each, by file or by mail server, whatever fails and whoever is killed."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core.config.schema import SignupSettings
from core.errors import SettingsError
from core.retry import TRANSACTIONAL_RETRY
from db.mail import transactional
from db.schema.connect import Database, connect
from db.schema.timestamps import to_text
from newsletter.mail import outbox_files
from newsletter.mail.outbox_files import WRITTEN_REPLY, write_message
from services.delivery.send_transactional import CLAIM_LEASE, send_due
from services.readers.subscriptions import confirm_signup, end_subscription, erase_subscriber
from tests.services.readers.test_subscriptions import TAKEN
from tests.support.issue_sending import Sink
from tests.support.processes import Popen
from tests.support.signups import NOW, Installation, read
from tests.support.waiting import HANG, until

ROOT = Path(__file__).parents[3]
MANY = SignupSettings(per_network_per_hour=1000, per_hour=1000)
over_the_wire = [pytest.mark.loopback, pytest.mark.enable_socket]


def go(house: Installation) -> int:
    return send_due(house.effects, house.settings, house.db)


def smtp(db: Database, port: int, **mail: Any) -> Installation:
    return Installation(db, MANY, **{"transport": "smtp", "live": True, "port": port, "timeout": 5.0, **mail})


def state(house: Installation, number: int = 1) -> tuple[str, str, int]:
    row = house.db.execute("SELECT state, reply, attempts FROM transactional_mail WHERE id = ?", [number]).fetchone()
    return row["state"], row["reply"], row["attempts"]


# By file


def test_a_letter_is_written_to_the_outbox_once(db: Database) -> None:
    house = Installation(db)
    house.sign_up("Reader@example.org")

    assert (go(house), go(house)) == (1, 0)

    (file,) = house.outbox.iterdir()
    mail = read(file.read_bytes())
    assert (file.name, mail["To"], mail["Subject"]) == (
        "confirm-1.eml",
        "Reader@example.org",
        "Confirm your subscription to Case reviews",
    )
    assert f"https://news.example.org/confirm/{house.one('reader@example.org').token}" in str(mail.get_body(["plain"]))
    assert mail["Message-ID"] == "<confirm-1.20261123T090000@news.example.org>"
    assert state(house) == ("sent", WRITTEN_REPLY, 1)


def test_who_is_subscribed_gets_the_link_to_their_preferences(db: Database) -> None:
    house = Installation(db)
    house.sign_up("reader@example.org")
    go(house)
    token = confirm_signup(db, house.one("reader@example.org").token, NOW).token
    house.sign_up("reader@example.org")

    assert go(house) == 1

    mail = read((house.outbox / "known-2.eml").read_bytes())
    assert mail["Subject"] == "You are subscribed to Case reviews"
    assert f"/preferences/{token}" in str(mail.get_body(["plain"]))


def test_a_letter_that_was_overtaken_is_dropped(db: Database) -> None:
    house = Installation(db)
    for name in ("yes", "again"):
        house.sign_up(f"{name}@example.org")
        confirm_signup(db, house.one(f"{name}@example.org").token, NOW)
    house.sign_up("again@example.org")
    end_subscription(db, house.one("again@example.org").token, NOW)

    assert go(house) == 0

    assert house.letters() == []
    assert not house.outbox.exists()


def test_with_nothing_due_nothing_is_written(db: Database) -> None:
    house = Installation(db)
    before = db.conn.total_changes

    assert go(house) == 0

    assert db.conn.total_changes == before


def test_a_file_that_cannot_be_written_waits(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    house = Installation(db)
    house.sign_up("zanzibar@example.org")
    house.outbox.write_text("a file where the folder should be")

    assert go(house) == 0

    assert state(house)[0] == "queued"
    assert "an email about a subscription could not be sent" in caplog.text
    assert "zanzibar" not in caplog.text
    house.outbox.unlink()
    house.clock.move(minutes=1)
    assert go(house) == 1


def test_who_is_erased_while_their_letter_is_written_leaves_no_file(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Installation(db)

    def meanwhile(folder: Path, name: str, raw: bytes) -> Path:
        erase_subscriber(db, "reader@example.org", NOW)
        return write_message(folder, name, raw)

    monkeypatch.setattr(outbox_files, "write_message", meanwhile)
    house.sign_up("reader@example.org")

    go(house)

    assert list(house.outbox.iterdir()) == []
    assert house.letters() == []


def test_a_list_of_allowed_addresses_must_be_one(db: Database) -> None:
    house = Installation(db, transport="smtp", allow_list=("nonsense",))
    house.sign_up("reader@example.org")

    with pytest.raises(SettingsError, match="allow_list"):
        go(house)
    assert state(house) == ("queued", "", 0)


# By mail server


@dataclass
class Mailbox:
    """A mail server's memory."""

    taken: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, port
    controller.stop()


class TestOverTheWire:
    pytestmark = over_the_wire

    def test_every_unusual_address_gets_its_letter_intact(self, db: Database, server: tuple[Mailbox, int]) -> None:
        mailbox, port = server
        house = smtp(db, port)
        for typed, _, _ in TAKEN:
            house.sign_up(typed)

        left = go(house)

        expected = {key: sent for _, sent, key in TAKEN}  # of two spellings, the last one
        assert left == len(mailbox.taken) == len(expected)
        for envelope in mailbox.taken:
            assert isinstance(envelope.content, bytes)
            mail = read(envelope.content)
            assert envelope.mail_from == "news@example.org"
            assert envelope.rcpt_tos == [mail["To"].addresses[0].addr_spec] == [str(mail["To"])]
        assert Counter(envelope.rcpt_tos[0] for envelope in mailbox.taken) == Counter(expected.values())

    @pytest.mark.parametrize(
        ("live", "allowed", "real"),
        [(True, (), 2), (False, (), 0), (False, ("A.b@googlemail.com",), 1), (False, ("other@example.org",), 0)],
    )
    def test_while_not_live_only_those_allowed_get_real_mail(
        self, db: Database, server: tuple[Mailbox, int], live: bool, allowed: tuple[str, ...], real: int
    ) -> None:
        mailbox, port = server
        house = smtp(db, port, live=live, allow_list=allowed)
        house.sign_up("ab@gmail.com")
        house.sign_up("reader@example.org")

        assert go(house) == 2

        assert len(mailbox.taken) == real
        assert len(list(house.outbox.glob("*"))) == 2 - real

    def test_a_letter_is_signed_where_the_newsletter_is(self, db: Database, server: tuple[Mailbox, int]) -> None:
        mailbox, port = server
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        house = smtp(db, port, dkim_domain="example.org", dkim_key=key.decode())
        house.sign_up("reader@example.org")

        go(house)

        (envelope,) = mailbox.taken
        assert isinstance(envelope.content, bytes)
        assert "d=example.org" in read(envelope.content)["DKIM-Signature"]

    def test_one_refused_address_stops_that_letter_only(
        self, db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        words = ("--fault", "rcpt:550 5.1.1 <zanzibar@example.org> unknown=1", "--to", "zanzibar")
        with Sink(tmp_path, *words) as sink:
            house = smtp(db, sink.port)
            for name in ("a", "zanzibar", "c"):
                house.sign_up(f"{name}@example.org")

            assert go(house) == 2

            assert [one.recipient for one in sink.accepted()] == ["a@example.org", "c@example.org"]
        assert state(house, 2) == ("refused", "550 5.1.1 <z…@example.org> unknown", 1)
        assert "the email to z…@example.org is refused: 550 5.1.1 <z…@example.org> unknown" in caplog.messages
        house.clock.move(days=1)
        assert go(house) == 0

    @pytest.mark.parametrize("fault", ["rcpt:454 Throttling failure: Maximum sending rate exceeded.", "dot:stall"])
    def test_a_server_that_wants_no_more_or_does_not_answer_ends_the_pass(
        self, db: Database, tmp_path: Path, fault: str
    ) -> None:
        with Sink(tmp_path, "--fault", f"{fault}=1") as sink:
            house = smtp(db, sink.port, timeout=0.5)
            for name in ("a", "b", "c"):
                house.sign_up(f"{name}@example.org")

            assert go(house) == 0
            assert sink.faults().total() == 1
        assert [state(house, number)[2] for number in (1, 2, 3)] == [1, 0, 0]

    def test_what_is_not_taken_for_now_is_tried_again_and_arrives(self, db: Database, tmp_path: Path) -> None:
        with Sink(tmp_path, "--fault", "rcpt:450 4.2.1 Busy=1", "--times", "2") as sink:
            house = smtp(db, sink.port)
            house.sign_up("reader@example.org")

            assert go(house) == 0
            assert state(house) == ("queued", "450 4.2.1 Busy", 1)
            assert go(house) == 0
            assert state(house)[2] == 1  # not before it is due
            house.clock.move(minutes=1)
            assert go(house) == 0
            house.clock.move(minutes=4)
            assert go(house) == 0
            assert state(house)[2] == 2
            house.clock.move(minutes=1)
            assert go(house) == 1

            assert [one.message_id for one in sink.accepted()] == ["<confirm-1.20261123T090000@news.example.org>"]

    def test_after_a_day_it_is_given_up(self, db: Database, tmp_path: Path) -> None:
        with Sink(tmp_path, "--fault", "rcpt:450 4.2.1 Busy=1") as sink:
            house = smtp(db, sink.port)
            house.sign_up("reader@example.org")
            for _ in range(30):
                go(house)
                house.clock.move(hours=2)

        assert state(house)[0] == "failed"
        due_at = house.db.execute("SELECT due_at FROM transactional_mail").fetchone()[0]
        assert due_at > to_text(NOW + timedelta(days=1))
        assert len(TRANSACTIONAL_RETRY.intervals) < state(house)[2] < 14

    @pytest.mark.parametrize(
        ("fault", "ended", "arrived"),
        [
            ("dot:keep-drop=1", "unknown", 1),
            ("dot:drop=1", "unknown", 0),
            ("data:drop=1", "queued", 0),
            ("mail:421 4.3.2 Closing=1", "queued", 0),
            ("dot:554 5.7.1 Refused=1", "refused", 0),
            ("dot:451 4.3.0 Later=1", "queued", 0),
            ("mail:550 5.7.1 Not you=1", "queued", 0),
        ],
    )
    def test_what_may_have_arrived_is_unknown_and_never_sent_again(
        self, db: Database, tmp_path: Path, fault: str, ended: str, arrived: int
    ) -> None:
        with Sink(tmp_path, "--fault", fault) as sink:
            house = smtp(db, sink.port)
            house.sign_up("reader@example.org")
            assert go(house) == 0
            assert state(house)[0] == ended
        with Sink(tmp_path) as sink:
            again = smtp(db, sink.port)
            again.clock.move(minutes=1)
            go(again)

            assert len(sink.accepted()) == (1 if ended == "queued" else arrived)

    def test_a_server_that_is_down_loses_nothing(
        self, db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        house = smtp(db, 1)
        for number in range(3):
            house.sign_up(f"zanzibar{number}@example.org")

        assert go(house) == 0

        assert [one for _, one in house.letters()] == ["queued"] * 3
        assert len(caplog.messages) == 1  # the first letter tells: the others are not tried
        assert "the mail server cannot be reached" in caplog.text
        assert "zanzibar" not in caplog.text
        with Sink(tmp_path) as sink:
            up = smtp(db, sink.port)
            up.clock.move(minutes=1)
            assert go(up) == 3
            assert len(sink.accepted()) == 3

    def test_a_refused_log_in_loses_nothing(self, db: Database, tmp_path: Path) -> None:
        with Sink(tmp_path, "--password", "right") as sink:
            house = smtp(db, sink.port, username="news", password="wrong")  # the sink's own
            house.sign_up("reader@example.org")
            assert go(house) == 0
            assert state(house)[0] == "queued"
            assert "refused the log-in" in state(house)[1]

    def test_two_processes_at_once_send_every_letter_once(self, db: Database, tmp_path: Path) -> None:
        with Sink(tmp_path) as sink:
            house = smtp(db, sink.port)
            for number in range(60):
                house.sign_up(f"reader{number}@example.org", network=f"198.51.{number}.1")
            processes = [start(sink.port, db.file) for _ in range(3)]
            counts = [int(process.communicate(timeout=HANG)[0]) for process in processes]

            copies = Counter(one.recipient for one in sink.accepted())
        assert set(copies.values()) == {1}
        assert sum(counts) == len(copies) == 60
        assert sum(count > 0 for count in counts) > 1
        assert {one for _, one in house.letters()} == {"sent"}

    def test_a_killed_sender_leaves_one_unknown_letter_and_nobody_gets_two(self, db: Database, tmp_path: Path) -> None:
        with Sink(tmp_path, "--fault", "dot:keep-stall=1", "--to", "reader1") as sink:
            house = smtp(db, sink.port)
            for number in range(3):
                house.sign_up(f"reader{number}@example.org")
            process = start(sink.port, db.file)
            until(lambda: process.poll() is not None or len(sink.accepted()) == 2)
            assert process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            assert [one for _, one in house.letters()] == ["sent", "sending", "queued"]

        with Sink(tmp_path) as sink:
            house.settings = smtp(db, sink.port).settings
            assert go(house) == 1  # what waits goes at once; what was in hand is left to whoever may still have it
            house.clock.move(seconds=CLAIM_LEASE.total_seconds())
            assert go(house) == 0
            assert state(house, 2)[:2] == ("unknown", transactional.INTERRUPTED_REPLY)
            house.sign_up("reader1@example.org")  # nothing came, so they ask again
            assert go(house) == 1

            copies = Counter(one.recipient for one in sink.accepted())
        assert copies == {"reader0@example.org": 1, "reader1@example.org": 2, "reader2@example.org": 1}


POSTER = """
import sys
from pathlib import Path
from db.schema.connect import connect
from tests.support.signups import Installation
from services.delivery.send_transactional import send_due
with_ = dict(transport="smtp", live=True, port=int(sys.argv[1]))
with connect(Path(sys.argv[2])) as db:
    house = Installation(db, **with_)
    print(send_due(house.effects, house.settings, db))
"""


def start(port: int, file: Path) -> "subprocess.Popen[str]":
    """A process that posts what is due."""
    command = [sys.executable, "-c", POSTER, str(port), str(file)]
    return Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_four_connections_claim_every_letter_once(db: Database) -> None:
    house = Installation(db, MANY)
    for number in range(40):
        house.sign_up(f"reader{number}@example.org")
    claimed: list[int] = []

    with closing(connect(db.file)) as one, closing(connect(db.file)) as other:
        while pair := [found for own in (one, other) if (found := transactional.claim(own, NOW, NOW + CLAIM_LEASE))]:
            claimed += [found.id for found in pair]

    assert sorted(claimed) == list(range(1, 41))
    assert transactional.claim(db, NOW + CLAIM_LEASE - timedelta(seconds=1), NOW) is None
    assert {one for _, one in house.letters()} == {"sending"}


def test_a_letter_number_is_never_used_again(db: Database) -> None:
    house = Installation(db)
    house.sign_up("reader@example.org")
    erase_subscriber(db, "reader@example.org", NOW)
    house.sign_up("other@example.org")

    assert db.execute("SELECT id FROM transactional_mail").fetchone()[0] == 2


def test_nothing_of_an_address_is_logged(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    house = Installation(db)
    with caplog.at_level(logging.DEBUG):
        house.sign_up("zanzibar@example.org")
        go(house)
        erase_subscriber(db, "zanzibar@example.org", NOW)

    assert "zanzibar" not in caplog.text
    assert "token-" not in caplog.text
