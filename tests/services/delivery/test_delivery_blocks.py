"""Whose fault it is that a message is not taken: the reader's, our mail server's, or our own."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.load import load
from core.errors import MailRefused, MailUnavailable
from db.mail import deliveries
from db.schema.connect import connect
from services.delivery.deliver_issue import deliver_issues
from services.issues import build_issue
from services.issues.release_issue import approve_issue, release_issue
from services.operator.scheduler_status import scheduler_lines
from tests.conftest import Typed
from tests.services.delivery.test_delivery_faults import Days, send, states
from tests.support.issue_sending import PERIOD, Sink, everyone_once, listed, post
from tests.support.mail_relay import Relay, at, readers

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.usefixtures("house")]
DENIED = "554 5.7.1 <{to}>: Recipient address rejected: Relay access denied"
LISTED = "554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using zen.spamhaus.org"


def bounces(standing: str = "%") -> int:
    with closing(connect(Path("data/casereviews.db"))) as db:
        return int(db.execute("SELECT COUNT(*) FROM bounces WHERE standing LIKE ?", (standing,)).fetchone()[0])


# It is we whom nobody takes


OTHER_WORDS = [
    LISTED,
    "550 relay not permitted",
    "553 5.1.8 <news@example.org>: Sender address rejected: Domain not found",
    "550 5.7.606 Access denied, banned sending IP [203.0.113.5] [AMS0EPF{n}.outlook.example 2026-11-24T18:5{n}Z]",
    "550 5.1.1 <{to}>: Recipient address rejected: User unknown",
    "550 the owl is asleep",
]


@pytest.mark.parametrize(
    ("counts", "words"),
    [(counts, DENIED) for counts in [(20, 20, 20), (1, 59), (4, 4), (3, 1), (40,), (4,)]]
    + [((20, 20, 20), words) for words in OTHER_WORDS]
    + [((30,), OTHER_WORDS[-2])],  # a board's own staff
)
def test_a_relay_that_refuses_everybody_stops_the_run_and_no_reader_is_harmed(
    relay: Relay, typed: Type, counts: tuple[int, ...], words: str
) -> None:
    emails = readers(*counts)
    relay.refuse = lambda address: words

    answer = typed("issue", "send", PERIOD)

    assert answer.code == 12, answer.err
    (line,) = (line for line in answer.err.splitlines() if line.startswith("casereviews:"))
    assert words[:9] in line
    assert "Nothing is lost" in line
    assert not any(email in answer.err + answer.out for email in emails)
    assert len(relay.asked) <= 24  # twenty, and what the other connections had on its way
    assert states() == {"queued": len(emails)}
    assert {one.attempts for one in listed()} == {0}
    assert bounces() == 0
    again = typed("issue", "send", PERIOD)
    assert again.code == 12  # and it is no other the second time
    assert states() == {"queued": len(emails)}
    relay.refuse = lambda address: ""
    assert typed("issue", "send", PERIOD).code == 0
    assert states() == {"sent": len(emails)}
    everyone_once(listed(), relay.taken)


def test_a_relay_that_begins_to_refuse_everybody_amid_an_issue_stops_it_too(relay: Relay, typed: Type) -> None:
    readers(*[5] * 20)  # so that any twenty in a row are of several domains, whichever connection has them
    relay.refuse = lambda address: LISTED if len(relay.taken) >= 30 else ""

    code = typed("issue", "send", PERIOD).code

    assert code == 12
    turned = states().get("refused", 0)  # at the very moment, while the other connections' messages were taken
    assert turned < 4
    assert states()["sent"] == len(relay.taken) <= 33
    held = bounces("held")  # three of a domain's five are most of it: they wait an hour
    assert bounces() == turned + held
    relay.refuse = lambda address: ""
    typed("issue", "send", PERIOD)
    assert states().get("sent") == 100 - turned - held
    everyone_once(listed(), relay.taken)


# It is the readers


@pytest.mark.parametrize("counts", [(1,), (1, 1)])
def test_a_list_of_three_may_well_be_refused(relay: Relay, typed: Type, counts: tuple[int, ...]) -> None:
    readers(*counts)
    relay.refuse = lambda address: DENIED

    assert typed("issue", "send", PERIOD).code == 3
    assert states() == {"refused": sum(counts)}


def test_a_list_that_begins_with_a_bad_domain_is_sent_to_all_others(relay: Relay, typed: Type) -> None:
    readers(30, 40)
    post_over_one_line(relay)
    relay.refuse = lambda address: LISTED if at("a")(address) else ""

    assert typed("issue", "send", PERIOD).code == 3
    assert states() == {"queued": 30, "sent": 40}  # held: it is asked whether it is them or us
    everyone_once(listed(), relay.taken)


def post_over_one_line(relay: Relay) -> None:
    """Over one connection only, so that the order is that of the list."""
    post(load(Path("casereviews.toml")).mail.port, connections=1)


def test_what_one_readers_own_server_forbids_is_that_readers_refusal(relay: Relay, typed: Type) -> None:
    readers(1, 1, 30, 1, 1)
    relay.refuse = lambda address: "550 5.7.1 Message rejected by policy" if at("a", "b", "d", "e")(address) else ""

    assert typed("issue", "send", PERIOD).code == 3
    assert states() == {"refused": 4, "sent": 30}


def test_who_alone_is_left_of_an_issue_that_others_have_is_refused(relay: Relay) -> None:
    readers(30, 1, 1, 1, 1)
    days = Days()
    relay.refuse = lambda address: "450 4.7.1 Greylisted" if at("b", "c", "d", "e")(address) else ""
    send(days)
    days.pass_(70)
    relay.refuse = lambda address: DENIED

    assert send(days).done["refused"] == 4
    assert states() == {"sent": 30, "refused": 4}


def test_a_false_alarm_is_over_with_the_next_runs(relay: Relay) -> None:
    readers(12, 12, 40)
    post_over_one_line(relay)
    days = Days()
    relay.refuse = lambda address: LISTED if at("a", "b")(address) else ""

    for _ in range(2):  # the second: in the second in which it was frozen all had the same time
        with pytest.raises(MailRefused):
            send(days)
        assert states() == {"queued": 64}
        days.pass_(60)
    send(days)

    assert states() == {"queued": 24, "sent": 40}  # held: they are tried again for a day
    everyone_once(listed(), relay.taken)


def test_readers_who_refuse_us_for_good_do_not_hold_up_the_next_issue(relay: Relay) -> None:
    readers(40, 12, 12)
    post_over_one_line(relay)
    days = Days()
    relay.refuse = lambda address: LISTED if at("b", "c")(address) else ""
    with pytest.raises(MailRefused):
        send(days)
    days.pass_(60 * 24 * 30)
    settings = load(Path("casereviews.toml"))
    with closing(connect(settings.database)) as db:
        build_issue.build_issue(days.effects(), settings, db, "2016-10")
        approve_issue(days.effects(), settings, db, "2016-10")
        release_issue(days.effects(), settings, db, "2016-10", by_hand=True)

        for _ in range(2):
            with pytest.raises(MailRefused):
                deliver_issues(days.effects(), settings, db)
            days.pass_(60)

        assert deliveries.counts(db, "2016-10")["sent"] == 40
    assert states() == {"sent": 40, "queued": 24}  # others were taken since they were put off


# It is our mail server


@pytest.mark.parametrize(
    "fault",
    [
        "mail:452 4.3.1 Disk full=1",
        "mail:451 4.1.8 Sender's domain does not resolve=1",
        "mail:450 4.7.1 Too much mail from 127.0.0.1=1",
        "mail:421 4.7.0 Too busy=1",
        "mail:drop=1",
        "greet:421 4.3.2 Too busy=1",
    ],
)
def test_a_server_that_takes_no_mail_for_days_costs_nobody_the_issue(tmp_path: Path, fault: str) -> None:
    readers(20, 20)
    days = Days()
    with Sink(tmp_path, "--fault", fault) as sink:
        post(sink.port)
        for _ in range(7):
            with pytest.raises(MailUnavailable):
                send(days)
            days.at += timedelta(hours=6)
        said = still(days)

    assert states() == {"queued": 40}
    assert {(one.attempts, one.reply if "drop" not in fault else "") for one in listed()} == {(0, "")}
    assert "it has stood still since" in said
    with Sink(tmp_path, port=sink.port) as well:
        assert send(days).left == 0
        everyone_once(listed(), well.accepted())
    assert states() == {"sent": 40}


def test_a_server_that_refuses_us_for_days_is_a_delivery_that_stands_still(tmp_path: Path) -> None:
    readers(20, 20)
    days = Days()
    with Sink(tmp_path, "--fault", "mail:550 5.7.1 Sender not allowed=1") as sink:
        post(sink.port)
        for _ in range(3):
            days.at += timedelta(hours=6)
            with pytest.raises(MailRefused):
                send(days)

    assert "it has stood still since" in still(days)  # although it was tried just now
    assert {one.attempts for one in listed()} == {0}


def still(days: Days) -> str:
    """What `status` says of the delivery."""
    settings = load(Path("casereviews.toml"))
    with closing(connect(settings.database)) as db:
        return " ".join(line.words for line in scheduler_lines(settings, db, days.at) if line.about == "delivery")
