"""What can go wrong between us and a mail server, one thing at a time and all of it at once."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.runtime.side_effects import system_effects
from core.config.load import load
from core.dates import whole_minute
from core.errors import MailUnavailable
from core.side_effects import SideEffects
from db.mail import subscribers
from db.schema.connect import connect, write_transaction
from services.delivery.deliver_issue import DeliverySummary, deliver_issues
from services.issues.release_issue import release_issue
from services.readers.subscriptions import end_subscription
from tests.conftest import Typed
from tests.support.issue_sending import PERIOD, Sender, Sink, begun, everyone_once, listed, post, prepare

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 300
SOME = r"reader1\d5@"  # ten of them: twenty in a row, whichever connection has them, would be taken for a block
SLOWLY = ("--fault", "dot:slow=1")  # 300 messages take some 4 seconds
IN_FLIGHT = 1.0  # seconds from a message's leaving us to the sink's note of it, at the very most
TLS = {"starttls": (), "tls": ("--tls",)}  # how a sink is told


@dataclass
class Days:
    """A world in which waiting takes no time."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))

    def effects(self) -> SideEffects:
        return system_effects(now=lambda: self.at, sleep=self.pass_)

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def make(folder: Path) -> None:
    """Write certificates with their keys."""
    authority = ec.generate_private_key(ec.SECP256R1())
    certificate(folder / "authority.pem", "Authority", authority)
    signed = {"right": ("127.0.0.1", 90), "other": ("127.0.0.2", 90), "old": ("127.0.0.1", -1)}
    for name, (address, days) in signed.items():
        certificate(folder / f"{name}.pem", name, authority, address, days)
    certificate(folder / "stranger.pem", "Stranger", ec.generate_private_key(ec.SECP256R1()))


def certificate(file: Path, name: str, signer: ec.EllipticCurvePrivateKey, address: str = "", days: int = 90) -> None:
    """Write a certificate and its key: for an address, or without one for the signer itself."""
    key = ec.generate_private_key(ec.SECP256R1()) if address else signer
    now, called = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")]) if address else called
    known = [x509.IPAddress(ip_address(address or "127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=not address, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + secret)


def send(days: Days) -> DeliverySummary:
    """Freeze the issue where that was not done yet, and send what is due."""
    settings, effects = load(Path("casereviews.toml")), days.effects()
    with closing(connect(settings.database)) as db:
        if not listed():
            release_issue(effects, settings, db, PERIOD, by_hand=True)
        return deliver_issues(effects, settings, db, [PERIOD])


def send_for_days(days: Days) -> list[int]:
    """Send as often as something is due, until nothing is left: how much was left each time."""
    left: list[int] = []
    while not left or left[-1]:
        assert len(left) < 100, "it goes on and on"
        try:
            outcome = send(days)
            days.at = max(days.at, outcome.next_due or days.at)
        except MailUnavailable:
            days.pass_(60)
        left.append(len(listed("queued", "sending")))
    return left


def states() -> dict[str, int]:
    """How many deliveries there are in each state that has any."""
    return dict(Counter(one.state for one in listed()))


# Not now


@pytest.mark.parametrize(
    "fault",
    [
        "greet:421 4.3.2 Too busy=0.5",
        "mail:421 4.7.0 Too many messages=0.1",
        "mail:452 4.3.1 Disk full=0.2",
        "rcpt:450 4.2.1 Busy=0.3",
        "rcpt:421 4.3.2 Closing=0.1",
        "data:451 4.3.0 Try again=0.3",
        "data:421 4.3.2 Closing=0.1",
        "dot:451 4.7.1 Greylisted=0.3",
        "dot:421 4.3.2 Closing=0.1",
        "rcpt:drop=0.1",
        "data:drop=0.1",
    ],
)
def test_what_is_not_taken_now_arrives_later(house: Path, fault: str) -> None:
    with Sink(house, "--fault", fault) as sink:
        post(sink.port)
        send_for_days(Days())
        accepted = sink.accepted()

    assert sink.faults().total() >= (1 if fault.startswith("greet") else 15)
    assert states() == {"sent": READERS}
    everyone_once(listed(), accepted)


def test_a_reader_who_is_put_off_waits_a_minute_and_then_longer(house: Path) -> None:
    days, dues = Days(), []
    with Sink(house, "--fault", "rcpt:450 4.2.1 Busy=1", "--to", "reader7@", "--times", "4") as sink:
        post(sink.port)
        while (outcome := send(days)).left:
            (waiting,) = listed("queued")
            assert (waiting.email, waiting.reply) == ("reader7@example.org", "450 4.2.1 Busy")
            dues.append((waiting.due_at - days.at).total_seconds() / 60)
            days.pass_(20)
            assert send(days).done.total() == 0  # not before its time
            assert outcome.next_due and outcome.next_due == whole_minute(waiting.due_at)
            assert outcome.put_off == "450 4.2.1 Busy"
            days.at = outcome.next_due

    assert dues == pytest.approx([1, 5, 15, 30], abs=0.02)
    assert states() == {"sent": READERS}


def test_a_reader_who_is_put_off_for_more_than_a_day_is_given_up(house: Path) -> None:
    days = Days()
    began = days.at
    with Sink(house, "--fault", "dot:451 4.3.0 Not yet=1", "--to", "reader7@") as sink:
        post(sink.port)
        left = send_for_days(days)
        accepted = sink.accepted()

    (failed,) = listed("failed")
    assert (failed.email, failed.reply) == ("reader7@example.org", "451 4.3.0 Not yet")
    assert states() == {"failed": 1, "sent": READERS - 1}
    assert timedelta(days=1) <= days.at - began < timedelta(days=1, hours=5)
    assert 8 <= failed.attempts == len(left) <= 15
    everyone_once(listed(), accepted)


# Never


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("words", [(), ("--no-pipelining",)], ids=["pipelined", "one by one"])
def test_a_refusal_ends_that_readers_delivery_only(house: Path, stage: str, words: tuple[str, ...]) -> None:
    with Sink(house, "--fault", f"{stage}:550 5.7.1 Not for this reader=1", "--to", SOME, *words) as sink:
        post(sink.port)
        assert send_for_days(Days()) == [0]
        accepted = sink.accepted()

    assert states() == {"sent": 290, "refused": 10}
    assert {one.reply for one in listed("refused")} == {"550 5.7.1 Not for this reader"}
    assert all("@" in one.email and 100 <= int(one.email[6:9]) <= 199 for one in listed("refused"))
    everyone_once(listed(), accepted)


def test_a_server_that_takes_a_message_for_nobody_is_given_an_empty_one(house: Path) -> None:
    with Sink(house, "--fault", "rcpt:late 550 5.7.1 Not for this reader=1", "--to", SOME) as sink:
        post(sink.port)
        send_for_days(Days())
        accepted = sink.accepted()

    assert states() == {"sent": 290, "refused": 10}
    assert "nobody" not in {taken.recipient for taken in accepted}
    everyone_once(listed(), accepted)


# Silence, and lines that go dead


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_silence_before_the_text_loses_nothing(house: Path, stage: str) -> None:
    only = () if stage == "mail" else ("--to", "reader(7|77|177|277)@", "--times", "1")
    with Sink(house, "--fault", f"{stage}:stall={0.01 if stage == 'mail' else 1}", *only) as sink:
        post(sink.port, timeout=2.0)
        send_for_days(Days())
        accepted = sink.accepted()

    assert states() == {"sent": READERS}
    everyone_once(listed(), accepted)


@pytest.mark.parametrize(("act", "arrived"), [("drop", 0), ("keep-drop", 4), ("stall", 0), ("keep-stall", 4)])
def test_without_an_answer_to_the_text_nobody_knows_and_nobody_gets_two(house: Path, act: str, arrived: int) -> None:
    with Sink(house, "--fault", f"dot:{act}=1", "--to", "reader(7|77|177|277)@") as sink:
        post(sink.port, timeout=2.0)
        send_for_days(Days())
        accepted = sink.accepted()

    unknown = {one.email for one in listed("unknown")}
    assert unknown == {f"reader{n}@example.org" for n in (7, 77, 177, 277)}
    assert states() == {"unknown": 4, "sent": READERS - 4}
    assert sum(taken.recipient in unknown for taken in accepted) == arrived
    everyone_once(listed(), accepted)


def test_a_line_cut_amid_the_text_makes_no_second_copy(house: Path) -> None:
    with Sink(house, "--fault", "text:drop=0.1") as sink:
        post(sink.port)
        send_for_days(Days())
        accepted = sink.accepted()

    assert set(states()) <= {"sent", "unknown"}
    assert 15 <= sink.faults()["text:drop"] <= 60
    everyone_once(listed(), accepted)


def test_a_server_that_is_restarted_amid_an_issue_costs_four_at_most(house: Path) -> None:
    with Sink(house, *SLOWLY) as sink:
        post(sink.port)
        sender = Sender()
        assert sink.wait_for(60, sender)
    code = sender.wait()
    lost = listed("unknown")
    with Sink(house, port=sink.port) as again:
        assert send(Days()).left == 0
        accepted = again.accepted()

    assert code in (1, 3)
    assert len(lost) <= 4
    assert states() == {"sent": READERS - len(lost)} | ({"unknown": len(lost)} if lost else {})
    everyone_once(listed(), accepted)


def test_a_server_that_takes_two_connections_gets_no_more(house: Path) -> None:
    with Sink(house, "--most", "2") as sink:
        post(sink.port)
        send_for_days(Days())
        accepted = sink.accepted()

    assert states() == {"sent": READERS}
    everyone_once(listed(), accepted)


def test_a_server_without_pipelining_is_never_talked_to_ahead_of_time(house: Path) -> None:
    with Sink(house, "--no-pipelining") as sink:
        post(sink.port)
        outcome = send(Days())
        accepted = sink.accepted()

    assert outcome.done == Counter(sent=READERS, unknown=0)
    everyone_once(listed(), accepted)


def test_no_server_is_one_line_and_nothing_is_lost(house: Path, typed: Type) -> None:
    with Sink(house) as sink:
        pass
    post(sink.port)

    answer = typed("issue", "send", PERIOD)

    assert answer.code == 1
    assert [line for line in answer.err.splitlines() if line.startswith("casereviews:")] == [
        answer.err.splitlines()[-1]
    ]
    assert f"127.0.0.1:{sink.port}" in answer.err
    assert states() == {"queued": READERS}


# It will not have us


REFUSALS = [
    ("mail:530 5.7.0 Authentication required=1", "530 5.7.0 Authentication required"),
    ("mail:550 5.7.1 Sender not allowed=1", "550 5.7.1 Sender not allowed"),
    ("mail:550 5.4.5 Daily user sending limit exceeded=1", "Daily user sending limit exceeded"),
    ("rcpt:550 5.4.5 Daily user sending limit exceeded=1", "Daily user sending limit exceeded"),
    ("dot:550 5.4.5 Daily user sending limit exceeded=1", "Daily user sending limit exceeded"),
    ("rcpt:454 4.7.0 Daily message quota exceeded=1", "Daily message quota exceeded"),
]


@pytest.mark.parametrize(("fault", "said"), REFUSALS)
def test_a_server_that_refuses_us_stops_the_run_and_nobody_is_lost(
    house: Path, typed: Type, fault: str, said: str
) -> None:
    with Sink(house, "--fault", fault) as sink:
        post(sink.port)
        answer = typed("issue", "send", PERIOD)

    assert answer.code == 12, answer.err
    assert said in answer.err
    assert len([line for line in answer.err.splitlines() if line.startswith("casereviews:")]) == 1
    assert states() == {"queued": READERS}
    with Sink(house, port=sink.port) as well:
        send_for_days(Days())
        everyone_once(listed(), well.accepted())
    assert states() == {"sent": READERS}


def test_a_quota_that_ends_amid_an_issue_leaves_the_rest_queued(house: Path, typed: Type) -> None:
    fault = "dot:550 5.4.5 Daily user sending limit exceeded=1"
    with Sink(house, "--fault", fault, "--to", r"reader2\d\d@") as sink:
        post(sink.port)
        code = typed("issue", "send", PERIOD).code
        accepted = sink.accepted()

    assert code == 12
    assert set(states()) == {"sent", "queued"}
    assert len(accepted) == states()["sent"] >= 40
    everyone_once(listed(), accepted)


def test_a_refused_log_in_stops_the_run(house: Path, typed: Type) -> None:
    with Sink(house, "--password", "right") as sink:
        post(sink.port, username="news", password="wrong")
        wrong = typed("issue", "send", PERIOD)
        assert states() == {"queued": READERS}
        post(sink.port, username="news", password="right")
        right = typed("issue", "send", PERIOD)

    assert (wrong.code, right.code) == (12, 0)
    assert "refused the log-in" in wrong.err
    assert "wrong" not in wrong.err.replace("what went wrong", "")
    assert states() == {"sent": READERS}


# Behind closed doors


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and what it signed: for 127.0.0.1, for another host, and out of date."""
    folder = tmp_path_factory.mktemp("certificates")
    make(folder)
    return folder


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_verified_server_gets_the_issue(
    house: Path, certificates: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    with Sink(house, "--certificate", str(certificates / "right.pem"), *TLS[security]) as sink:
        post(sink.port, security=security)
        send_for_days(Days())
        accepted = sink.accepted()

    assert states() == {"sent": READERS}
    everyone_once(listed(), accepted)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("which", "why"),
    [("other", "IP address mismatch"), ("old", "certificate has expired"), ("stranger", "self-signed certificate")],
)
def test_a_server_that_may_be_another_gets_nothing(
    house: Path, certificates: Path, security: str, which: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    with Sink(house, "--certificate", str(certificates / f"{which}.pem"), *TLS[security]) as sink:
        post(sink.port, security=security)
        with pytest.raises(MailUnavailable, match=why):
            send(Days())
        accepted = sink.accepted()

    assert accepted == []
    assert states() == {"queued": READERS}


def test_a_server_without_starttls_gets_nothing(house: Path) -> None:
    with Sink(house, "--password", "secret") as sink:
        post(sink.port, security="starttls", username="news", password="secret")
        with pytest.raises(MailUnavailable, match="STARTTLS extension not supported"):
            send(Days())
        accepted = sink.accepted()

    assert accepted == []
    assert states() == {"queued": READERS}


# To the last second


def leave_all(readers: list[str]) -> dict[str, float]:
    """Unsubscribe these, one after another: when each had left, in Unix seconds."""
    left = {}
    with closing(connect(Path("data/casereviews.db"))) as db:
        for email in readers:
            one = subscribers.get(db, email)
            assert one
            end_subscription(db, one.token, datetime.now(UTC))
            left[email] = time.time()
    return left


def freeze() -> None:
    """Freeze the issue; nothing is sent yet."""
    settings = load(Path("casereviews.toml"))
    with closing(connect(settings.database)) as db:
        release_issue(system_effects(), settings, db, PERIOD, by_hand=True)


def test_who_leaves_between_freezing_and_sending_gets_nothing(house: Path) -> None:
    gone = [f"reader{n}@example.org" for n in range(0, READERS, 3)]
    with Sink(house) as sink:
        post(sink.port)
        freeze()
        leave_all(gone)
        outcome = send(Days())
        accepted = sink.accepted()

    assert {taken.recipient for taken in accepted}.isdisjoint(gone)
    assert (outcome.left, len(accepted), states()) == (0, READERS - len(gone), {"sent": READERS - len(gone)})


@pytest.mark.parametrize("rate", [1_200, 0], ids=["at a pace", "at full speed"])
def test_who_leaves_while_it_is_sent_gets_nothing_from_that_moment(house: Path, rate: int) -> None:
    everyone = [f"reader{n}@example.org" for n in range(READERS)]
    with Sink(house, *SLOWLY) as sink:
        post(sink.port, rate_per_minute=rate)
        sender = Sender()
        assert sink.wait_for(10, sender)
        left = leave_all(everyone[::-1])
        code = sender.wait()
        accepted = sink.accepted()

    assert [taken.recipient for taken in accepted if taken.at > left[taken.recipient] + IN_FLIGHT] == []
    assert len({taken.recipient for taken in accepted}) == len(accepted) < READERS
    assert (code, states()) == (0, {"sent": len(accepted)})


# Pace


def test_the_pace_holds_across_kills(house: Path) -> None:
    with Sink(house) as sink:
        post(sink.port, rate_per_minute=30, connections=1)  # a sender starts in less than the 2 s between
        for _ in range(3):
            sender = Sender()
            assert sink.wait_for(1, sender)
            sender.kill_after(0.05)
        times = [taken.at for taken in sink.accepted()]

    assert len(times) == 3
    assert min(later - earlier for earlier, later in pairwise(times)) > 2 - 0.2


def test_the_pace_is_that_of_all_connections_together(house: Path) -> None:
    with Sink(house) as sink:
        post(sink.port, rate_per_minute=9_000)
        assert Sender().wait() == 0
        times = [taken.at for taken in sink.accepted()]

    assert len(times) == READERS
    assert times[-1] - times[0] >= 60 / 9_000 * (READERS - 1) - 0.1


# Stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("rate", [0, 600])
def test_a_signal_lets_what_is_in_flight_finish(house: Path, number: int, rate: int) -> None:
    with Sink(house, *SLOWLY) as sink:
        post(sink.port, rate_per_minute=rate)
        sender = Sender()
        assert sink.wait_for(10, sender)
        sender.signal(number)
        code = sender.wait()
        accepted = sink.accepted()

    assert code == 130, sender.said()
    assert set(states()) == {"sent", "queued"}
    assert states()["sent"] == len(accepted) < READERS
    everyone_once(listed(), accepted)
    with Sink(house) as sink:
        post(sink.port)
        send(Days())
        everyone_once(listed(), sink.accepted())
    assert states() == {"sent": READERS}


def test_two_senders_at_once_are_one(house: Path, typed: Type) -> None:
    with Sink(house) as sink:
        post(sink.port, rate_per_minute=600)
        first = Sender()
        assert sink.wait_for(3, first)
        second = typed("issue", "send", PERIOD)
        assert first.code is None
        first.signal(signal.SIGTERM)
        first.wait()

    assert second.code == 11, second.err
    assert len(sink.accepted()) == states()["sent"] < READERS


# Not for real


def test_until_we_are_live_only_the_allowed_get_mail_and_the_others_files(house: Path) -> None:
    allowed = ["Reader3@example.org", "reader5@example.org", "stranger@example.org"]
    with Sink(house) as sink:
        post(sink.port, live=False, allow_list=allowed)
        outcome = send(Days())
        accepted = sink.accepted()

    assert sorted(taken.recipient for taken in accepted) == ["reader3@example.org", "reader5@example.org"]
    files = {file.stem for file in Path(f"data/outbox/{PERIOD}").iterdir()}
    assert files == {one.token for one in listed() if one.via == "outbox"}
    assert Counter(one.via for one in listed()) == {"smtp": 2, "outbox": READERS - 2}
    assert (outcome.left, states()) == (0, {"sent": READERS})


@pytest.mark.parametrize("kills", [0, 5])
def test_the_outbox_holds_one_file_a_reader(house: Path, kills: int) -> None:
    post(1, transport="outbox")
    chance, folder = Random(7), Path(f"data/outbox/{PERIOD}")
    for _ in range(kills):
        sender = Sender()
        while not any(folder.glob("*.eml")) and sender.code is None:
            time.sleep(0.001)
        sender.kill_after(chance.uniform(0, 0.03))
    assert Sender().wait() == 0

    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    expected = {f"{one.token}.eml": one.email for one in listed()}
    assert found.keys() == expected.keys()
    assert all(f"\r\nTo: {expected[name]}\r\n".encode() in raw for name, raw in found.items())
    assert states() == {"sent": READERS}


# All at once

EVERYTHING = (
    "greet:421 4.3.2 Too busy=0.05",
    "mail:421 4.7.0 Too many messages=0.005",
    "mail:452 4.3.1 Disk full=0.01",
    "rcpt:450 4.2.1 Busy=0.03",
    "rcpt:550 5.7.1 Not for this reader=0.02",
    "rcpt:late 550 5.1.1 Nobody=0.01",
    "rcpt:stall=0.003",
    "data:451 4.3.0 Try again=0.02",
    "text:drop=0.01",
    "dot:421 4.3.2 Closing=0.005",
    "dot:451 4.7.1 Greylisted=0.02",
    "dot:554 5.7.1 Not liked=0.01",
    "dot:drop=0.005",
    "dot:keep-drop=0.005",
    "dot:stall=0.002",
    "dot:keep-stall=0.002",
)
DOUBT = ("text:drop", "dot:drop", "dot:keep-drop", "dot:stall", "dot:keep-stall")
MANY, KILLS, CONNECTIONS = 1_500, 10, 4


def hurry() -> None:
    """Let what was put off be due now."""
    with closing(connect(Path("data/casereviews.db"))) as db, write_transaction(db):
        db.execute("UPDATE deliveries SET due_at = '2016-10-01T00:00:00Z'")


def test_everything_at_once_and_kills_and_still_nobody_has_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, runs, kills = Random(2016), 0, 0
    prepare(tmp_path, MANY)
    with Sink(tmp_path, *(word for fault in EVERYTHING for word in ("--fault", fault))) as sink:
        post(sink.port, timeout=2.0, connections=CONNECTIONS)
        while not listed() or listed("queued", "sending"):
            runs += 1
            assert runs < 100, "it goes on and on"
            hurry()
            sender = Sender()
            if kills < KILLS and sink.wait_for(chance.randint(1, 80), sender):
                sender.kill_after(chance.uniform(0, 0.02))
                kills += 1
                assert begun() <= CONNECTIONS
            else:
                assert sender.wait() in (0, 1, 3), sender.said()
        accepted, faults = sink.accepted(), sink.faults()

    with capsys.disabled():
        print(f"\n{runs} runs, {kills} kills, {faults.total()} faults: {states()}; {len(accepted)} messages taken")
    assert kills == KILLS
    assert {fault.rpartition("=")[0] for fault in EVERYTHING} == set(faults)
    assert set(states()) == {"sent", "refused", "unknown"}
    assert states()["unknown"] <= KILLS * CONNECTIONS + sum(faults[fault] for fault in DOUBT)
    assert states()["refused"] <= sum(count for fault, count in faults.items() if " 55" in fault.replace(":", " "))
    assert "nobody" not in {taken.recipient for taken in accepted}
    everyone_once(listed(), accepted)
