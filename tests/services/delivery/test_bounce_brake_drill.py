"""Drill: a relay that refuses one domain for an hour; nobody is ended unasked, everybody has one copy in the end."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import run_command
from core.config.load import load
from db.mail import bounce_holds, deliveries, subscribers
from db.mail.bounces import BounceSelection
from db.schema.connect import Database, connect
from services.delivery.bounce_answers import end_readers, restore_readers
from services.delivery.bounce_handling import handle_message
from services.operator.bounce_questions import answer_commands, describe_question
from tests.conftest import Typed
from tests.services.delivery.test_delivery_faults import Days, send, states
from tests.support import provider_requests
from tests.support.issue_sending import PERIOD, everyone_once, listed
from tests.support.mail_relay import Relay, at, readers
from tests.support.web_site import Site

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
GONE = "550 5.1.1 <{to}>: Recipient address rejected: User unknown"
STRANGE = "550 5.0.0 <{to}>: the owl is asleep"
HOUR = 3_601  # seconds
FULL = "552 5.2.2 <{to}>: mailbox full"


@pytest.fixture(autouse=True)
def house(house: Path) -> Iterator[Database]:
    """The database of the house in the working folder."""
    with closing(connect(house / "data" / "casereviews.db")) as db:
        yield db


def statuses(db: Database) -> Counter[str]:
    return Counter(one.status for one in subscribers.listing(db))


def returned(db: Database, email: str, words: str, days: Days) -> None:
    """A message of the issue comes back to us from a reader's mail server."""
    token = next(one.token for one in deliveries.listing(db, PERIOD) if one.email == email)
    raw = f"From: MAILER-DAEMON@mx.example.org\nSubject: Undelivered Mail\n\n<{email}>: {words.format(to=email)}\n"
    handle_message(days.effects(), load(Path("casereviews.toml")), db, raw.encode(), f"bounces+{token}@example.org")


@pytest.mark.parametrize(
    ("counts", "words"),
    [((400, 400, 1_000, 200), GONE), ((30, 60), GONE), ((30, 60), STRANGE), ((30, 60), FULL)],
    ids=["2000 readers", "gone", "words that nobody knows", "full"],
)
def test_a_domain_refused_for_an_hour_loses_nobody(
    relay: Relay, house: Database, counts: tuple[int, ...], words: str
) -> None:
    readers(*counts)
    days = Days()
    relay.refuse = lambda address: words if at("b")(address) else ""
    send(days)
    assert statuses(house) == {"active": sum(counts)}
    (hold,) = bounce_holds.list_open(house)
    assert (hold.period, hold.members) == (PERIOD, counts[1])
    assert states() == {"sent": sum(counts) - counts[1], "queued": counts[1]}

    relay.refuse = lambda address: ""
    days.pass_(HOUR)
    send(days)

    assert states() == {"sent": sum(counts)}
    everyone_once(listed(), relay.taken)
    assert statuses(house) == {"active": sum(counts)}
    assert bounce_holds.list_open(house) == []  # there is nothing left to ask


@pytest.mark.parametrize("words", [GONE, STRANGE], ids=["gone", "words that nobody knows"])
def test_a_domain_whose_mail_comes_back_for_an_hour_loses_nobody(relay: Relay, house: Database, words: str) -> None:
    emails, days = readers(12, 30), Days()
    send(days)
    for email in emails[:10]:
        returned(house, email, words, days)
    assert statuses(house) == {"active": 42}
    (hold,) = bounce_holds.list_open(house)
    assert (hold.domain, hold.members) == ("a.example.org", 10)
    assert states() == {"sent": 32, "refused": 10}

    answer = restore_readers(house, BounceSelection(PERIOD, "a.example.org"), days.at)
    returned(house, emails[10], words, days)  # a late one says no more than the others did
    send(days)

    assert (answer.changed, answer.released, answer.requeued) == (0, 10, {PERIOD: 10})
    assert (statuses(house), bounce_holds.list_open(house)) == ({"active": 42}, [])
    assert states() == {"sent": 41, "refused": 1}
    assert Counter(Counter(one.recipient for one in relay.taken).values()) == {1: 32, 2: 10}


def test_a_domain_that_a_provider_reports_gone_for_an_hour_has_one_more_copy(relay: Relay, house: Database) -> None:
    readers(400, 1_600)
    days = Days()
    send(days)
    sent_first = Counter(one.recipient for one in relay.taken)
    site = Site(house, hooks=provider_requests.all_hooks())
    site.house.clock.now = days.at
    own = f"<{PERIOD}.{{}}@{site.settings.host}>".format
    gone = [
        provider_requests.Told("bounced", one.email, days.at, str(one.id), message_id=own(one.token), reply=GONE)
        for one in deliveries.listing(house, PERIOD)
        if at("a")(one.email)
    ]
    for start in range(0, len(gone), 100):
        posted = provider_requests.sendgrid(*gone[start : start + 100])
        assert provider_requests.post(site, posted).status_code == 200
    assert statuses(house) == {"active": 2_000}
    assert [hold.members for hold in bounce_holds.list_open(house)] == [400]

    restore_readers(house, BounceSelection(PERIOD, "a.example.org"), days.at)
    send(days)

    assert (statuses(house), states()) == ({"active": 2_000}, {"sent": 2_000})
    assert set(sent_first.values()) == {1}  # the provider had taken it, and lost it for 400
    again = Counter(one.recipient for one in relay.taken) - sent_first
    assert again == Counter(one.address for one in gone)


def test_what_is_refused_and_what_comes_back_count_together(relay: Relay, house: Database) -> None:
    emails, days = readers(6, 30), Days()
    relay.refuse = lambda address: GONE if address in emails[:2] else ""
    send(days)
    assert bounce_holds.list_open(house) == []

    returned(house, emails[2], f"host mx.a.example.org[192.0.2.1] said: {GONE} (in reply to RCPT TO command)", days)

    (hold,) = bounce_holds.list_open(house)
    assert hold.members == 3
    assert states() == {"sent": 33, "queued": 2, "refused": 1}  # what was refused at the door is tried again
    relay.refuse = lambda address: ""
    days.pass_(HOUR)
    send(days)
    assert bounce_holds.list_open(house)[0].members == 1


def test_more_readers_of_one_issue_than_a_few_are_held_whatever_their_domains(relay: Relay, house: Database) -> None:
    emails, days = readers(1, 1, 1, 1, 80), Days()
    send(days)
    for email in emails[:3]:
        returned(house, email, GONE, days)
    assert statuses(house) == {"active": 81, "bounced": 3}

    returned(house, emails[3], "550 No such user", days)

    assert statuses(house) == {"active": 84}
    (hold,) = bounce_holds.list_open(house)
    assert (hold.domain, hold.members) == ("", 4)
    end_readers(house, BounceSelection(PERIOD), days.at)
    assert statuses(house) == {"active": 80, "bounced": 4}
    returned(house, emails[4], GONE, days)  # the operator has said of this issue that it is them
    assert statuses(house) == {"active": 79, "bounced": 5}


def test_who_is_not_alone_in_their_domain_takes_a_second_sign(relay: Relay, house: Database) -> None:
    emails, days = readers(9, 80), Days()
    send(days)
    returned(house, emails[0], GONE, days)
    assert statuses(house) == {"active": 88, "bounced": 1}

    returned(house, emails[1], GONE, days)

    assert statuses(house) == {"active": 89}
    assert bounce_holds.list_open(house) == []


def test_a_domain_that_refuses_for_days_is_asked_about_and_held(relay: Relay, house: Database) -> None:
    readers(4, 30)
    days = Days()
    relay.refuse = lambda address: GONE if at("a")(address) else ""
    send(days)
    for _ in range(25):
        days.pass_(HOUR)
        send(days)

    assert states() == {"sent": 30, "refused": 4}
    assert statuses(house) == {"active": 34}
    assert len(relay.asked) == 30 + 4 * 25
    (hold,) = bounce_holds.list_open(house)
    assert end_readers(house, BounceSelection(hold_id=hold.id), days.at).changed == 4
    assert statuses(house) == {"active": 30, "bounced": 4}


def test_the_command_that_sends_asks_whose_fault_it_is(relay: Relay, house: Database, typed: Type) -> None:
    readers(4, 10)
    relay.refuse = lambda address: GONE if at("a")(address) else ""

    said = typed("issue", "send", PERIOD)

    assert said.code == 3
    (hold,) = bounce_holds.list_open(house)
    assert f"casereviews: {describe_question(house, hold).typed(' ')}\n" in said.err
    assert "4 subscribers still to be sent" in said.err
    assert " (550 " in said.err.partition("still to be sent")[2]  # the server's words
    relay.refuse = lambda address: ""
    assert typed("issue", "send", PERIOD).code == 3  # it is not time yet
    back = typed("subscribers", "restore", "--run", PERIOD, "--domain", "a.example.org")
    assert "the issue of 2016-09 goes to 4 readers again" in back.out
    assert typed("issue", "send", PERIOD).code == 0
    everyone_once(listed(), relay.taken)


def test_a_dry_run_leaves_no_line_in_the_journal(relay: Relay, house: Database) -> None:
    emails, days = readers(1, 10), Days()
    send(days)
    token = next(one.token for one in deliveries.listing(house, PERIOD) if one.email == emails[0])
    raw = f"From: MAILER-DAEMON@mx.example.org\nSubject: Undelivered Mail\n\n<{emails[0]}>: 550 No such user\n".encode()
    settings, to = load(Path("casereviews.toml")), f"bounces+{token}@example.org"
    journal = Path("data/journal/readers.log")

    dry = handle_message(days.effects(), settings, house, raw, to, dry=True)

    assert dry.status == "bounced"
    assert not journal.exists()
    assert handle_message(days.effects(), settings, house, raw, to) == dry
    assert " bounced " in journal.read_text()


def test_a_domain_that_is_held_takes_nobody_elsewhere_with_it(relay: Relay, house: Database) -> None:
    emails, days = readers(8, 1, 90), Days()
    send(days)
    for email in emails[:8]:
        returned(house, email, GONE, days)  # more than a few of the issue first, and then most of the domain
    assert [(hold.domain, hold.members) for hold in bounce_holds.list_open(house)] == [("a.example.org", 8)]

    returned(house, emails[8], GONE, days)

    assert statuses(house) == {"active": 98, "bounced": 1}
    assert [hold.members for hold in bounce_holds.list_open(house)] == [8]


def test_a_paused_reader_who_was_ended_is_paused_again(relay: Relay, house: Database) -> None:
    emails, days = readers(1, 30), Days()
    send(days)
    house.execute("UPDATE subscribers SET status = 'paused' WHERE email = ?", [emails[0]])
    returned(house, emails[0], GONE, days)
    assert statuses(house) == {"active": 30, "bounced": 1}

    restore_readers(house, BounceSelection(reply="user unknown"), days.at)

    assert statuses(house) == {"active": 30, "paused": 1}


def test_what_was_said_of_a_domain_is_said_of_nobody_else(relay: Relay, house: Database) -> None:
    emails, days = readers(8, *[1] * 8, 20), Days()
    send(days)
    for email in emails[:8]:
        returned(house, email, GONE, days)
    end_readers(house, BounceSelection(PERIOD, "a.example.org"), days.at)

    for email in emails[8:11]:
        returned(house, email, GONE, days)
    assert statuses(house) == {"active": 25, "bounced": 11}
    returned(house, emails[11], GONE, days)
    assert statuses(house) == {"active": 28, "bounced": 8}

    end_readers(house, BounceSelection(PERIOD), days.at)
    for email in emails[12:15]:
        returned(house, email, GONE, days)
    assert statuses(house) == {"active": 21, "bounced": 15}
    returned(house, emails[15], GONE, days)
    assert statuses(house) == {"active": 24, "bounced": 12}


def test_a_domain_that_refuses_our_name_for_an_hour_has_the_issue_in_the_end(relay: Relay, house: Database) -> None:
    readers(12, 30)
    days = Days()
    blocked = "554 5.7.1 Service unavailable; blocked using zen.spamhaus.org"
    relay.refuse = lambda address: blocked if at("a")(address) else ""
    send(days)
    (hold,) = bounce_holds.list_open(house)
    assert (hold.domain, hold.members, states()) == ("a.example.org", 12, {"sent": 30, "queued": 12})

    relay.refuse = lambda address: ""
    days.pass_(HOUR)
    send(days)

    everyone_once(listed(), relay.taken)
    assert (states(), bounce_holds.list_open(house)) == ({"sent": 42}, [])


def test_who_refuses_our_name_is_ended_by_no_answer_and_sent_the_issue_by_the_other(
    relay: Relay, house: Database
) -> None:
    emails, days = readers(12, 30), Days()
    send(days)
    for email in emails[:9]:
        returned(house, email, "554 5.7.1 Message refused as spam", days)

    assert end_readers(house, BounceSelection(PERIOD, "a.example.org"), days.at).changed == 0
    assert statuses(house) == {"active": 42}
    assert restore_readers(house, BounceSelection(PERIOD), days.at).requeued == {PERIOD: 9}


def test_a_question_about_an_issue_is_answered_for_those_alone(relay: Relay, house: Database) -> None:
    emails, days = readers(8, *[1] * 4, 20), Days()
    send(days)
    for email in emails[:12]:
        returned(house, email, GONE, days)
    domain, issue = bounce_holds.list_open(house)
    assert (domain.members, issue.domain, issue.members) == (8, "", 4)

    them = answer_commands(issue)[1].split()
    assert run_command(them[1:]) == 0

    assert statuses(house) == {"active": 28, "bounced": 4}
    assert [hold.id for hold in bounce_holds.list_open(house)] == [domain.id]


def test_who_is_erased_and_back_is_asked_about_as_before(relay: Relay, house: Database) -> None:
    emails, days = readers(12, 30), Days()
    send(days)
    for email in emails[:8]:
        returned(house, email, GONE, days)

    for words in (["erase", "--yes"], ["erase", "--undo"]):
        assert run_command(["subscribers", *words, emails[0]]) == 0
    assert [hold.members for hold in bounce_holds.list_open(house)] == [8]

    assert run_command(["subscribers", "erase", "--yes", emails[0]]) == 0
    restore_readers(house, BounceSelection(PERIOD), days.at)
    assert run_command(["subscribers", "erase", "--undo", emails[0]]) == 0
    assert house.execute("SELECT COUNT(*) FROM bounces WHERE standing = 'held'").fetchone()[0] == 0


@pytest.mark.parametrize("words", [GONE, STRANGE, "550 5.1.2 No such host"], ids=["gone", "unknown words", "domain"])
def test_two_of_a_domain_refused_for_an_hour_have_the_issue_in_the_end(
    relay: Relay, house: Database, words: str
) -> None:
    readers(2, 30)
    days = Days()
    relay.refuse = lambda address: words if at("a")(address) else ""
    send(days)
    assert states() == {"sent": 30, "queued": 2}
    relay.refuse = lambda address: ""
    days.pass_(HOUR)
    send(days)

    everyone_once(listed(), relay.taken)
    assert (states(), statuses(house)) == ({"sent": 32}, {"active": 32})
    assert [row[0] for row in house.execute("SELECT DISTINCT standing FROM bounces")] == ["void"]


def test_two_readers_of_two_domains_are_not_all_ended_unasked(relay: Relay, house: Database) -> None:
    emails, days = readers(1, 1), Days()
    send(days)
    for email in emails:
        returned(house, email, GONE, days)
    assert statuses(house) == {"active": 2}
