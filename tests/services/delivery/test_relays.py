"""Several relays share an issue: everybody once, by whichever works, and each relay judged by itself."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from app.runtime.side_effects import system_effects
from app.scheduler import tick
from app.scheduler.job_context import JobContext
from app.scheduler.mail_jobs import RELAY_JOB
from core.config.load import load
from core.errors import MailRefused
from db.mail import relay_paces, relay_tallies, send_rate
from db.operator import job_failures
from db.schema.connect import Database, connect, write_transaction
from newsletter.mail.smtp import SmtpTransport
from services.delivery.relay_pool import plan_connections
from services.delivery.relay_state import RelayPaces, RelayState
from services.delivery.send_rate import SendRate
from services.operator.health import assess_health
from services.operator.metrics import collect_metrics
from tests.newsletter.mail.test_dkim import key, pem
from tests.services.delivery.test_delivery_faults import Days, send, send_for_days, states
from tests.services.delivery.test_relay_pace import AMAZON, allowance
from tests.support.issue_sending import PERIOD, Sender, Sink, begun, everyone_once, listed, post_by
from tests.support.mail_relay import Relay, readers, serving, unused_port
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.usefixtures("house")]
LISTED = "554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using zen.spamhaus.org"
GMAIL = "{} 4.7.28 Gmail has detected an unusual rate of mail from your SPF domain. To protect our users it is limited"


class Fair(Relay):
    """A relay that answers nobody until another one has been asked, too: none is quick enough to have them all."""

    other: Relay

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        answer = await super().handle_RCPT(server, session, envelope, address, options)
        async with asyncio.timeout(HANG):
            while not self.other.asked:
                await asyncio.sleep(0.005)
        return answer


@pytest.fixture
def pair() -> Iterator[tuple[Fair, Fair]]:
    """Two relays, and the working folder's house configured to send by both, over one connection each."""
    north, south = Fair(), Fair()
    north.other, south.other = south, north
    with serving(north) as first, serving(south) as second:
        post_by({"port": first, "connections": 1}, {"port": second, "connections": 1})
        yield north, south


def by_relay() -> dict[str, dict[str, int]]:
    with closing(connect(Path("data/casereviews.db"))) as db:
        return {relay: dict(counts) for relay, counts in relay_tallies.count_by_relay(db, PERIOD).items()}


def failing() -> dict[str, str]:
    with closing(connect(Path("data/casereviews.db"))) as db:
        return {one.job: one.reason for one in job_failures.listing(db)}


def test_both_are_used_and_everybody_has_one_and_the_receipt_says_by_which(pair: tuple[Fair, Fair]) -> None:
    readers(60, 60)

    assert send(Days()).left == 0

    north, south = ({one.recipient for one in relay.taken} for relay in pair)
    assert north
    assert south
    everyone_once(listed(), [*pair[0].taken, *pair[1].taken])
    assert {one.email: one.relay for one in listed()} == dict.fromkeys(north, "north") | dict.fromkeys(south, "south")
    assert by_relay() == {"north": {"sent": len(north)}, "south": {"sent": len(south)}}
    assert failing() == {}


# One of them is out


@pytest.mark.parametrize("words", [LISTED, "550 5.1.1 <{to}>: Recipient address rejected: User unknown"])
def test_a_relay_that_begins_to_refuse_everybody_is_replaced_by_the_other(pair: tuple[Fair, Fair], words: str) -> None:
    north, south = pair
    readers(*[6] * 25)
    south.refuse = lambda address: words if len(south.taken) >= 5 else ""

    outcome = send(Days())

    assert (outcome.left, states()) == (0, {"sent": 150})
    assert len(south.taken) == 5
    assert len(south.asked) == 25  # twenty in a row, after which it is the relay
    everyone_once(listed(), [*north.taken, *south.taken])
    assert {one.attempts for one in listed()} == {1}  # none of the twenty counts as tried by it
    assert list(failing()) == ["relay south"]
    assert words[:9] in failing()["relay south"]


def test_a_relay_that_refuses_the_few_it_was_given_is_replaced_though_the_other_took_its_own() -> None:
    class Late(Fair):
        async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
            answer = await super().handle_RCPT(server, session, envelope, address, options)
            async with asyncio.timeout(HANG):
                while len(self.asked) == 8 and len(self.other.taken) < 60 - 8:
                    await asyncio.sleep(0.005)
            return answer

    north, south = Fair(), Late()
    north.other, south.other = south, north
    readers(*[3] * 20)
    south.refuse = lambda address: "550 5.1.1 <{to}>: Recipient address rejected: User unknown"
    with serving(north) as first, serving(south) as second:
        post_by({"port": first, "connections": 1}, {"port": second, "connections": 1})
        send(Days())

    assert (states(), len(south.asked)) == ({"sent": 60}, 8)
    everyone_once(listed(), north.taken)
    assert "550 5.1.1" in failing()["relay south"]


def test_a_relay_that_cannot_be_reached_is_left_out_and_told_once() -> None:
    relay, down, days = Relay(), unused_port(), Days()
    readers(60, 60)
    with serving(relay) as port:
        post_by({"port": down}, {"port": port}, more='operator = "ops@example.org"\n')
        outcome = send(days)

        assert (outcome.left, states()) == (0, {"sent": 120})
        everyone_once(listed(), relay.taken)
        assert f"127.0.0.1:{down}" in outcome.server_fault
        assert f"127.0.0.1:{down}" in failing()["relay north"]
        settings = load(Path("casereviews.toml"))
        with closing(connect(settings.database)) as db:
            context = JobContext(days.effects(), settings, db, Event())
            assert list(RELAY_JOB.due(context)) == ["tell the operator: relay north fails"]
            assert list(RELAY_JOB.do(context)) == ["told the operator: relay north fails"]
            assert list(RELAY_JOB.due(context)) == []
        told = relay.taken[-1]
        assert told.recipient == "ops@example.org"  # by the relay that works


def test_a_relay_that_works_again_is_no_trouble_any_more(pair: tuple[Fair, Fair]) -> None:
    readers(60, 60)
    settings = load(Path("casereviews.toml"))
    with closing(connect(settings.database)) as db, write_transaction(db):
        for name in ("north", "south"):
            job_failures.save(db, f"relay {name}", Days().at, "refused everybody")

    send(Days())

    assert failing() == {}


def test_when_no_relay_is_left_the_run_stops_as_with_one(pair: tuple[Fair, Fair]) -> None:
    readers(20, 20, 20)
    for relay in pair:
        relay.refuse = lambda address: LISTED

    with pytest.raises(MailRefused, match="refuses everybody, so it must be us"):
        send(Days())

    assert states() == {"queued": 60}
    assert {one.attempts for one in listed()} == {0}
    for relay in pair:
        relay.refuse = lambda address: ""
    send(Days())
    assert states() == {"sent": 60}
    everyone_once(listed(), [*pair[0].taken, *pair[1].taken])


def test_a_relay_that_takes_nothing_at_any_pace_is_replaced_by_the_other(pair: tuple[Fair, Fair]) -> None:
    north, south = pair
    readers(240)
    south.refuse = lambda address: AMAZON

    send(Days())

    assert (states(), south.taken) == ({"sent": 240}, [])
    assert {one.attempts for one in listed()} == {1}
    everyone_once(listed(), north.taken)
    assert AMAZON in failing()["relay south"]


def test_what_a_relay_may_have_taken_is_given_to_no_other(tmp_path: Path) -> None:
    readers(60, 60)
    with ExitStack() as both:
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        mute = both.enter_context(Sink(tmp_path / "a", "--fault", "dot:keep-drop=1"))
        good = both.enter_context(Sink(tmp_path / "b"))
        post_by({"port": mute.port}, {"port": good.port})
        send(Days())
        doubtful, accepted = mute.accepted(), [*mute.accepted(), *good.accepted()]

    unknown = {one.email for one in listed("unknown")}
    assert unknown == {one.recipient for one in doubtful}
    assert set(states()) <= {"sent", "unknown"}
    everyone_once(listed(), accepted)


def test_a_sender_killed_with_two_relays_mails_nobody_twice(tmp_path: Path) -> None:
    readers(1_500)
    with ExitStack() as both:
        sinks = []
        for name in "ab":
            (tmp_path / name).mkdir()
            sinks.append(both.enter_context(Sink(tmp_path / name)))
        post_by(*({"port": sink.port, "connections": 2} for sink in sinks))
        doubtful = 0
        for _ in range(3):
            sender = Sender()
            assert sinks[1].wait_for(60, sender), f"it ended before: {sender.said()}"
            sender.kill_after(0)
            assert begun() <= 4
            doubtful += begun()
        code = (sender := Sender()).wait()
        accepted = [one for sink in sinks for one in sink.accepted()]

    assert code == (3 if states().get("unknown") else 0), sender.said()
    assert set(states()) <= {"sent", "unknown"}
    assert states().get("unknown", 0) <= doubtful
    everyone_once(listed(), accepted)


# A large provider asks for a slower pace


@pytest.mark.parametrize("code", [421, 450])
def test_readers_of_a_provider_that_takes_none_wait_while_all_others_have_theirs(code: int) -> None:
    relay, days = Relay(), Days()
    others = readers(150)
    Path("more.csv").write_text("email\n" + "".join(f"g{n}@{('gmail', 'googlemail')[n % 2]}.com\n" for n in range(90)))
    add(Path("more.csv"))
    relay.refuse = lambda address: GMAIL.format(code) if "mail.com" in address else ""
    with serving(relay) as port:
        post_by({"port": port})
        outcome = send(days)

    assert (outcome.left, outcome.server_fault) == (90, "")  # it is no fault of the relay
    assert {one.recipient for one in relay.taken} == set(others)
    assert states() == {"sent": 150, "queued": 90}
    assert {one.attempts for one in listed("queued")} == {0}
    assert Counter("mail.com" in address for address in relay.asked)[True] < 50  # it is not asked in vain
    assert failing() == {}
    with closing(connect(load(Path("casereviews.toml")).database)) as db:  # for the next run, and for whoever looks
        paces = {(one.relay, one.provider): one.words for one in relay_paces.list_since(db, days.at)}
    assert paces == {("north", "gmail.com"): GMAIL.format(code)}


@pytest.mark.parametrize("code", [421, 450])
def test_readers_of_a_provider_that_is_slow_have_theirs_at_its_pace(code: int) -> None:
    relay, days = Relay(), Days()
    others, taken = readers(150), list[str]()
    Path("more.csv").write_text("email\n" + "".join(f"g{n}@gmail.com\n" for n in range(90)))
    add(Path("more.csv"))
    slow = allowance(days, 1.0, 5, GMAIL.format(code))
    relay.refuse = lambda address: slow(address) if "gmail" in address else taken.append(address) or ""
    with serving(relay) as port:
        post_by({"port": port})
        send(days)
        assert len(listed("sent")) > 150 + 45  # it waits for their turns
        assert set(taken) == set(others)
        send_for_days(days)  # who was put off by an answer comes with the next run

    assert states() == {"sent": 240}
    assert {one.attempts for one in listed()} == {1}
    assert len(relay.asked) < 150 + 1.7 * 90 + 20
    everyone_once(listed(), relay.taken)


def add(file: Path) -> None:
    from app.cli import run_command

    assert run_command(f"subscribers import {file} --confirmed --consent Asked".split()) == 0


# What each has of its own


def test_each_relay_signs_with_its_own_domain_or_else_the_installations(monkeypatch: pytest.MonkeyPatch) -> None:
    class Signed(Fair):
        def __init__(self) -> None:
            super().__init__()
            self.domains = set[str]()

        async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
            assert isinstance(envelope.content, bytes)
            head = envelope.content.partition(b"\r\n\r\n")[0].decode()
            self.domains.add(head.partition("DKIM-Signature:")[2].partition("d=")[2].partition(";")[0])
            return await super().handle_DATA(server, session, envelope)

    readers(60, 60)
    north, south = Signed(), Signed()
    north.other, south.other = south, north
    Path("key.pem").write_text(pem(key()))
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY_FILE", "key.pem")
    with serving(north) as first, serving(south) as second:
        own = {"port": first, "dkim_domain": "north.example.org", "dkim_key_file": "key.pem"}
        post_by(own, {"port": second}, dkim_domain="example.org")
        send(Days())

    assert (north.domains, south.domains) == ({"north.example.org"}, {"example.org"})


def test_each_relay_has_a_rate_of_its_own_for_all_processes(db: Database) -> None:
    post_by({"port": 25, "rate_per_minute": 6}, {"port": 26, "rate_per_minute": 60}, {"port": 27})
    days, mail = Days(), load(Path("casereviews.toml")).mail
    began = days.at
    for name in ("north", "north", "south", "south", "west"):
        assert SendRate(days.effects(), mail, db)(name)

    assert (days.at - began).total_seconds() == pytest.approx(10 + 1)
    assert send_rate.last_send_time(db, "west") == 0.0
    assert send_rate.last_send_time(db) == 0.0


# How it is seen


def test_the_timer_forgets_the_failures_of_relays_that_are_no_more(pair: tuple[Fair, Fair]) -> None:
    settings, days = load(Path("casereviews.toml")), Days()
    with closing(connect(settings.database)) as db:
        with write_transaction(db):
            for name in ("north", "west"):
                job_failures.save(db, job_failures.relay_job(name), days.at, "refused everybody")

        list(tick._run_scheduled_jobs(JobContext(days.effects(), settings, db, Event())))

    assert list(failing()) == ["relay north"]


def test_status_metrics_and_the_desk_say_what_each_relay_did(pair: tuple[Fair, Fair]) -> None:
    readers(60, 60)
    send(Days())
    settings, counts = load(Path("casereviews.toml")), by_relay()
    with closing(connect(settings.database)) as db:
        report = assess_health(settings, db, Days().at)
        metrics = {one.name: dict(one.values) for one in collect_metrics(settings, db, Days().at)}

    (line,) = (one.words for one in report.lines if one.about == "relays")
    assert f"north: {counts['north']['sent']} sent; south: {counts['south']['sent']} sent" in line
    assert metrics["relay_deliveries"] == {
        (PERIOD, relay, "sent"): float(counts[relay]["sent"]) for relay in ("north", "south")
    }


# How connections are shared


def relay(name: str, weight: int, connections: int, rate: int = 0) -> RelayState:
    post_by({"port": 25})
    mail = load(Path("casereviews.toml")).mail.relay_list[0].mail
    mail = mail.replace(connections=connections, rate_per_minute=rate)
    return RelayState(SmtpTransport(mail, name=name, weight=weight), RelayPaces.begin(system_effects().now()))


@pytest.mark.parametrize(
    ("relays", "wanted", "shares"),
    [
        ([("a", 0, 4)], 9, {"a": 4}),
        ([("a", 0, 4)], 2, {"a": 2}),
        ([("a", 0, 4), ("b", 0, 4)], 2, {"a": 1, "b": 1}),
        ([("a", 0, 4), ("b", 0, 16)], 99, {"a": 4, "b": 16}),
        ([("a", 1, 4), ("b", 3, 4)], 99, {"a": 1, "b": 4}),
        ([("a", 1, 4), ("b", 1, 16)], 99, {"a": 4, "b": 4}),
        ([("a", 1, 9), ("b", 2, 9)], 6, {"a": 2, "b": 4}),
        ([("a", 1, 4), ("b", 9, 4)], 99, {"a": 1, "b": 4}),
        ([("a", 0, 8, 30), ("b", 0, 8)], 99, {"a": 1, "b": 8}),
    ],
)
def test_connections_are_shared_by_weight(relays: list[tuple[Any, ...]], wanted: int, shares: dict[str, int]) -> None:
    planned = plan_connections([relay(*one) for one in relays], wanted)

    assert Counter(one.name for one in planned) == shares
