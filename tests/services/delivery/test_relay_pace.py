"""A mail server's pace is not its readers' fault: throttling, silence after a text, PIPELINING that is not kept."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from core.config.load import load
from core.errors import MailSilent, MailUnavailable
from db.schema.connect import connect, write_transaction
from newsletter.mail.throttle import MAX_SIGNS
from services.delivery.deliver_issue import DeliverySummary
from tests.services.delivery.test_delivery_faults import Days, send, send_for_days, states
from tests.support.issue_sending import Sink, everyone_once, listed, post
from tests.support.mail_relay import Relay, at, readers, serving

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.usefixtures("house")]
AMAZON = "454 Throttling failure: Maximum sending rate exceeded."


def allowance(days: Days, per_second: float, burst: int, words: str) -> Callable[[str], str]:
    """A relay's policy: so many messages at once, and so many a second from then on."""
    left, before = float(burst), days.at

    def refuse(address: str) -> str:
        nonlocal left, before
        left = min(burst, left + (days.at - before).total_seconds() * per_second)
        before = days.at
        if left < 1:
            return words
        left -= 1
        return ""

    return refuse


# it asks for a slower pace


@pytest.mark.parametrize(
    ("count", "per_second", "words"),
    [
        (1_500, 1.0, AMAZON),
        (120, 5.0, "450 4.7.1 Error: too much mail from 203.0.113.5"),
        (120, 1 / 30, "451 4.7.500 Server busy. Please try again later from [203.0.113.5]. (S77714) [{n}]"),
        (120, 1.0, "421 4.7.0 Too many messages, slow down"),
    ],
)
def test_a_relay_that_throttles_us_costs_nobody_the_issue(count: int, per_second: float, words: str) -> None:
    relay, days = Relay(), Days()
    readers(count)
    relay.refuse = allowance(days, per_second, 14, words)
    with serving(relay) as port:
        post(port)
        send_for_days(days)

    assert states() == {"sent": count}
    assert {one.attempts for one in listed()} == {1}  # no put-off counted as a try
    everyone_once(listed(), relay.taken)
    assert len(relay.asked) < 1.5 * count + 100  # it is not asked in vain


def test_a_relay_that_takes_so_many_a_minute_and_then_none_is_found_open_again() -> None:
    relay, days, taken = Relay(), Days(), Counter[int]()
    readers(120)
    began = days.at

    def refuse(address: str) -> str:
        minute = (days.at - began) // timedelta(minutes=1)
        taken[minute] += taken[minute] < 20
        return "450 4.7.1 Error: too much mail" if taken[minute] >= 20 else ""

    relay.refuse = refuse
    with serving(relay) as port:
        post(port)
        send_for_days(days)

    assert {one.attempts for one in listed("sent")} == {1}
    everyone_once(listed(), relay.taken)
    assert days.at - began < timedelta(minutes=30)  # seven at the best


class StrictRelay(Relay):
    """A relay that throttles before it hears whom a message is for, as Postfix does."""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        self.asked.append(address)
        if refusal := self.refuse(address):
            return refusal
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"


def test_a_relay_that_throttles_before_it_hears_of_a_reader_is_no_other() -> None:
    relay, days = StrictRelay(), Days()
    readers(120)
    relay.refuse = allowance(days, 1.0, 14, "450 4.7.1 Error: too much mail from 127.0.0.1")
    with serving(relay) as port:
        post(port)
        left = send_for_days(days)

    assert left == [0]
    assert {one.attempts for one in listed("sent")} == {1}
    everyone_once(listed(), relay.taken)
    assert len(relay.asked) < 1.5 * 120


def test_a_relay_that_throttles_after_the_text_is_no_other(tmp_path: Path) -> None:
    readers(60)
    with Sink(tmp_path, "--fault", f"dot:{AMAZON}=0.3") as sink:
        post(sink.port)
        send_for_days(Days())
        accepted = sink.accepted()

    assert sink.faults().total() > 10
    assert {one.attempts for one in listed()} == {1}
    everyone_once(listed("sent"), accepted)


def put_off(days: Days) -> DeliverySummary | MailUnavailable:
    """What a run came to."""
    try:
        return send(days)
    except MailUnavailable as e:
        return e


def test_a_relay_that_takes_nothing_at_any_pace_ends_the_run_and_is_told() -> None:
    relay, days = Relay(), Days()
    readers(40)
    relay.refuse = lambda address: AMAZON
    with serving(relay) as port:
        post(port)
        for _ in range(3):
            came = put_off(days)
            assert isinstance(came, MailUnavailable)
            assert f"it puts everybody off: {AMAZON}" in str(came)
            days.pass_(60 * 60 * 24)

    assert len(relay.asked) <= 3 * (MAX_SIGNS + 8)
    assert states() == {"queued": 40}
    assert {one.attempts for one in listed()} == {0}


def test_few_who_are_put_off_are_tried_like_everybody_else() -> None:
    relay, days = Relay(), Days()
    readers(30, 2)
    relay.refuse = lambda address: "450 4.7.1 Policy, come back" if at("b")(address) else ""
    with serving(relay) as port:
        post(port)
        send_for_days(days)

    assert states() == {"sent": 30, "failed": 2}  # for a day, as ever


def test_an_issue_that_is_put_off_for_days_comes_to_an_end() -> None:
    relay, days = Relay(), Days()
    readers(30, 12)
    relay.refuse = lambda address: "450 4.7.1 Policy, come back" if at("b")(address) else ""
    with serving(relay) as port:
        post(port)
        for _ in range(5):
            put_off(days)
            days.at += timedelta(days=1)
        assert states() == {"sent": 30, "queued": 12}
        send_for_days(days)

    assert states() == {"sent": 30, "failed": 12}


# it says nothing


def test_a_relay_that_falls_silent_after_the_text_costs_one_message_a_run(tmp_path: Path) -> None:
    readers(30, 30)
    days = Days()
    with Sink(tmp_path, "--fault", "dot:stall=1") as sink:
        post(sink.port, timeout=0.5)
        for run in (1, 2, 3):
            with pytest.raises(MailSilent, match=rf"did not answer: 127\.0\.0\.1:{sink.port}"):
                send(days)
            assert states() == {"unknown": run, "queued": 60 - run}
    with Sink(tmp_path, port=sink.port) as well:
        send_for_days(days)
        accepted = well.accepted()

    assert states() == {"unknown": 3, "sent": 57}
    everyone_once(listed(), accepted)


def test_a_relay_that_falls_silent_amid_a_run_costs_what_was_on_its_way_and_one_probe(tmp_path: Path) -> None:
    readers(60)
    with Sink(tmp_path, "--fault", "dot:stall=1", "--to", r"a0[345]\d@") as sink:
        post(sink.port, timeout=0.5)
        with pytest.raises(MailSilent):
            send(Days())

    assert states()["unknown"] <= 4 + 1
    assert states()["queued"] >= 60 - 30 - 5


def test_pipelining_that_is_offered_and_not_kept_costs_one_silence(tmp_path: Path) -> None:
    readers(60)
    with Sink(tmp_path, "--loses-pipelined") as sink:
        post(sink.port, timeout=0.5)
        outcome = send(Days())
        accepted, faults = sink.accepted(), sink.faults()

    assert outcome.left == 0
    assert faults.total() == 1
    assert states() == {"sent": 60}
    assert {one.attempts for one in listed()} == {1}
    everyone_once(listed(), accepted)


def test_a_put_off_reader_who_leaves_is_not_tried_again() -> None:
    relay, days = Relay(), Days()
    readers(20)
    relay.refuse = lambda address: AMAZON
    with serving(relay) as port:
        post(port)
        put_off(days)
        settings = load(Path("casereviews.toml"))
        with closing(connect(settings.database)) as db, write_transaction(db):
            db.execute("UPDATE subscribers SET status = 'unsubscribed'")
        relay.refuse = lambda address: ""
        days.pass_(120)
        send(days)

    assert relay.taken == []
    assert listed() == []
