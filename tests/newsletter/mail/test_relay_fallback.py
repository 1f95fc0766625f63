"""What is sent one by one goes by the first relay that works, and never by two."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from core.config.schema import MailSettings, Settings
from core.errors import HouseError, MailRefused
from newsletter.mail.transport import DeliveryAnswer, Parcel, deliver_now, route
from tests.support.issue_sending import Sink
from tests.support.mail_relay import Relay, serving, unused_port

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
RAW = b"From: news@example.org\r\nMessage-ID: <one@example.org>\r\nSubject: hello\r\n\r\nwords\r\n"
PARCEL = Parcel(1, "news@example.org", "ada@example.org", RAW, "one")


class Choosy(Relay):
    """A relay that may refuse before it hears whom a message is for."""

    before = "250 2.1.0 Ok"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if self.before.startswith("2"):
            envelope.mail_from = address
        return self.before


def settings(*ports: int) -> Settings:
    relays = [
        {"name": f"relay-{n}", "host": "127.0.0.1", "port": one, "security": "none"} for n, one in enumerate(ports)
    ]
    return Settings(mail=MailSettings(transport="smtp", live=True, relays=relays))


def hand_over(*ports: int) -> list[str]:
    """Send the message; which relays were asked for a turn."""
    turns: list[str] = []

    def pace(relay: str) -> bool:
        turns.append(relay)
        return True

    deliver_now(route(settings(*ports), PARCEL.to), pace, PARCEL)
    return turns


def refuse_reader(relay: Choosy) -> None:
    relay.refuse = lambda address: "550 5.1.1 no such user"


def refuse_sender(relay: Choosy) -> None:
    relay.before = "550 5.7.1 Sender not allowed"


def put_all_off(relay: Choosy) -> None:
    relay.before = "450 4.7.1 Error: too much mail"


def test_it_goes_by_the_first_at_the_firsts_pace() -> None:
    first, second = Choosy(), Choosy()
    with serving(first) as one, serving(second) as two:
        assert hand_over(one, two) == ["relay-0"]

    assert (len(first.taken), second.asked) == (1, [])


def test_where_the_first_cannot_be_reached_it_goes_by_the_second() -> None:
    second = Choosy()
    with serving(second) as port:
        assert hand_over(unused_port(), port) == ["relay-1"]

    assert [one.recipient for one in second.taken] == ["ada@example.org"]


@pytest.mark.parametrize("amiss", [refuse_sender, put_all_off])
def test_what_the_first_asked_nothing_of_goes_by_the_second(amiss: Callable[[Choosy], None]) -> None:
    first, second = Choosy(), Choosy()
    amiss(first)
    with serving(first) as one, serving(second) as two:
        hand_over(one, two)

    assert (len(first.taken), len(second.taken)) == (0, 1)


def test_what_the_first_refuses_of_the_reader_is_refused() -> None:
    first, second = Choosy(), Choosy()
    refuse_reader(first)
    with serving(first) as one, serving(second) as two, pytest.raises(HouseError, match="no such user"):
        hand_over(one, two)

    assert second.asked == []


def test_where_none_works_it_is_said_of_the_first() -> None:
    first, second = Choosy(), Choosy()
    refuse_sender(first)
    put_all_off(second)
    with (
        serving(first) as one,
        serving(second) as two,
        pytest.raises(MailRefused, match=f"127.0.0.1:{one} .*not allowed"),
    ):
        hand_over(one, two)


def test_what_the_first_may_have_taken_is_given_to_no_other(tmp_path: Path) -> None:
    second, answers = Choosy(), list[DeliveryAnswer]()

    def mark(given: list[DeliveryAnswer], following: Parcel | None) -> bool:
        answers.extend(given)
        return True

    with ExitStack() as both:
        mute = both.enter_context(Sink(tmp_path, "--fault", "dot:keep-drop=1"))
        port = both.enter_context(serving(second))
        with pytest.raises(Exception, match=r"closed the connection|connection lost"):
            route(settings(mute.port, port), PARCEL.to).open(lambda relay: True).deliver(iter([PARCEL]), mark)

    assert [one.kind for one in answers] == ["unknown"]
    assert second.asked == []


def test_what_is_held_back_at_the_last_moment_is_given_to_no_other() -> None:
    first, second = Choosy(), Choosy()
    with serving(first) as one, serving(second) as two, pytest.raises(Exception, match="held back"):
        session = route(settings(one, two), PARCEL.to).open(lambda relay: True)
        session.deliver(iter([PARCEL]), lambda answers, parcel: False)

    assert (first.taken, second.asked) == ([], [])


def test_a_message_whose_turn_does_not_come_is_given_to_no_other() -> None:
    first, second = Choosy(), Choosy()
    with serving(first) as one, serving(second) as two, pytest.raises(HouseError, match="stopped before it left"):
        deliver_now(route(settings(one, two), PARCEL.to), lambda relay: False, PARCEL)

    assert (first.asked, second.asked) == ([], [])
