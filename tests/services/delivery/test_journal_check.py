"""The journal compared before sending: a database that lost its last commits mails nobody twice, and none who left."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.config.load import load
from db.files import journal
from db.mail import deliveries, delivery_reports, subscribers
from db.operator import audit_trail
from db.schema.connect import connect
from services.delivery.journal_check import ForgottenEvents, take_over_journal
from services.issues.release_issue import release_issue
from services.readers import preferences, subscriptions
from tests.conftest import Typed
from tests.support.issue_sending import PERIOD, Sender, Sink, everyone_once, listed, post, prepare
from tests.support.mail_relay import Relay, serving

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 60
DATA, DATABASE, COPY = Path("data"), Path("data/casereviews.db"), Path("copy.db")


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """A house with an approved issue in the working folder, and the mail server it sends through."""
    prepare(tmp_path, READERS)
    made = Relay()
    with serving(made) as port:
        post(port)
        yield made


def now() -> datetime:
    """After all that has happened so far."""
    return datetime.now(UTC) + timedelta(minutes=1)


def keep() -> None:
    """A copy of the database as it is, whose log is empty."""
    with closing(connect(DATABASE)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    shutil.copy(DATABASE, COPY)


def lose() -> None:
    """The database is as it was when the copy was made, as if its log had been deleted since."""
    for suffix in ("-wal", "-shm"):
        DATABASE.with_name(f"{DATABASE.name}{suffix}").unlink(missing_ok=True)
    shutil.copy(COPY, DATABASE)


def freeze() -> None:
    settings = load(Path("casereviews.toml"))
    with closing(connect(DATABASE)) as db:
        release_issue(system_effects(), settings, db, PERIOD, by_hand=True)


def copies(relay: Relay) -> set[int]:
    """How many copies those have who have any."""
    return set(Counter(taken.recipient for taken in relay.taken).values())


def test_a_log_that_is_deleted_by_hand_has_nobody_mailed_twice(tmp_path: Path) -> None:
    prepare(tmp_path, READERS)
    with Sink(tmp_path, "--fault", "dot:slow=1") as sink:
        post(sink.port)
        sender = Sender()
        assert sink.wait_for(READERS // 2, sender)
        sender.kill_after(0)
        assert (DATA / "casereviews.db-wal").stat().st_size
        for suffix in ("-wal", "-shm"):
            (DATA / f"casereviews.db{suffix}").unlink()

        sender = Sender()
        sender.wait()
        accepted = sink.accepted()

    everyone_once(listed(), accepted)
    assert len(accepted) >= READERS - 4  # what each connection had begun may have left


@pytest.mark.parametrize("frozen", [True, False], ids=["receipts lost", "the release lost, too"])
def test_what_was_sent_and_forgotten_is_sent_already(
    relay: Relay, typed: Type, frozen: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if frozen:
        freeze()
    keep()
    relay.refuse = lambda address: "450 4.2.1 Busy" if address.startswith("reader1") else ""
    typed("issue", "send", PERIOD)
    first = len(relay.taken)
    lose()
    relay.refuse = lambda address: ""

    answer = typed("issue", "send", PERIOD)

    assert (first, len(relay.taken), copies(relay)) == (READERS - 11, READERS, {1})
    assert (answer.code, {one.state for one in listed()}) == (0, {"sent"})
    with closing(connect(DATABASE)) as db:  # by which a bounce names them
        assert [deliveries.get_by_token(db, one.token) for one in listed()] == listed()
    assert f"{first} messages had gone out: the journal knew of it and the database did not" in caplog.text
    with closing(connect(DATABASE)) as db:
        assert [line.who for line in audit_trail.listing(db) if "terminal" not in line.who] == ["journal"]


def test_what_was_begun_and_has_no_answer_anywhere_waits_for_a_person(relay: Relay, typed: Type) -> None:
    freeze()
    messages = journal.MessageJournal(DATA, PERIOD)
    messages.write([("begun", listed()[0].token)])
    messages.close()

    sent = typed("issue", "send", PERIOD)
    again = typed("issue", "resend-failed", PERIOD, "--unknown")

    assert (sent.code, again.code, len(relay.taken), copies(relay)) == (3, 0, READERS, {1})
    assert relay.taken[-1].recipient == listed()[0].email


def test_what_a_person_sends_again_is_not_held_back(relay: Relay, typed: Type) -> None:
    typed("issue", "send", PERIOD)
    with closing(connect(DATABASE)) as db:
        delivery_reports.mark_bounced(db, listed()[0].token, "bounced: 550 5.1.1")

    assert typed("issue", "resend-failed", PERIOD).code == 0

    assert Counter(taken.recipient for taken in relay.taken)[listed()[0].email] == 2


def test_a_second_copy_has_the_same_message_id(relay: Relay, typed: Type) -> None:
    shutil.copytree(DATA, "twin/data", ignore=shutil.ignore_patterns("*.lock"))
    shutil.copy("casereviews.toml", "twin")
    typed("issue", "send", PERIOD)
    with chdir("twin"):
        assert typed("issue", "send", PERIOD).code == 0  # it was at home nowhere yet when it was copied

    names = {taken.recipient: set[str]() for taken in relay.taken}
    for taken in relay.taken:
        names[taken.recipient].add(taken.message_id)

    assert (len(relay.taken), {len(one) for one in names.values()}) == (2 * READERS, {1})
    assert len({name for one in names.values() for name in one}) == READERS


def ends(status: str) -> Callable[[str, datetime], None]:
    """What a reader does."""

    def end(email: str, when: datetime) -> None:
        with closing(connect(DATABASE)) as db:
            one = subscribers.get(db, email)
            assert one
            match status:
                case "erased":
                    subscriptions.erase_subscriber(db, email, when)
                case "paused":
                    preferences.pause(db, one.token, when)
                case "active":
                    subscriptions.end_subscription(db, one.token, when)
                    preferences.resubscribe(db, one.token, when + timedelta(hours=1))
                case _:
                    subscriptions.end_subscription(db, one.token, when)

    return end


@pytest.mark.parametrize("status", ["unsubscribed", "paused", "erased", "active"])
def test_who_left_gets_nothing_though_the_database_has_forgotten_it(relay: Relay, typed: Type, status: str) -> None:
    freeze()
    keep()
    ends(status)("reader7@example.org", now())
    lose()

    typed("issue", "send", PERIOD)

    with closing(connect(DATABASE)) as db:
        one = subscribers.get(db, "reader7@example.org")
    assert (one.status if one else "erased") == status
    assert ("reader7@example.org" in {taken.recipient for taken in relay.taken}) == (status == "active")
    assert len(relay.taken) == READERS - (status != "active")


@pytest.mark.parametrize("status", ["unsubscribed", "paused", "erased", "active"])
def test_while_the_database_knows_who_left_nobody_else_is_looked_at(
    relay: Relay, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(status)("reader7@example.org", now())
    monkeypatch.delattr(subscribers, "list_keys")

    with closing(connect(DATABASE)) as db:
        assert take_over_journal(db, DATA, now()) == ForgottenEvents()


@pytest.mark.parametrize("hours", [1, -1], ids=["later", "and the clock was ahead before"])
@pytest.mark.parametrize("status", ["unsubscribed", "erased"])
def test_who_came_back_since_is_not_sent_away_by_an_old_line(relay: Relay, status: str, hours: int) -> None:
    left_at = now()
    ends(status)("reader7@example.org", left_at)
    with closing(connect(DATABASE)) as db:
        again = subscriptions.SubscriptionRequest(confirmed=True, in_person=True)
        then = system_effects(now=lambda: left_at + timedelta(hours=hours))
        subscriptions.add_subscriber(then, db, "reader7@example.org", again)

        found = take_over_journal(db, DATA, left_at + timedelta(hours=2))

        assert found == ForgottenEvents()
        assert [line for line in audit_trail.listing(db) if "terminal" not in line.who] == []


def test_a_journal_that_cannot_be_written_stops_the_sending(relay: Relay, typed: Type) -> None:
    (DATA / "journal").write_text("no folder")

    answer = typed("issue", "send", PERIOD)

    assert (answer.code, answer.err.count("the journal of what left cannot be used"), relay.taken) == (1, 1, [])


def test_the_journal_is_there_before_a_message_is_begun(relay: Relay, typed: Type) -> None:
    found = list[bool]()  # killed then, what was begun alone is in doubt, and not all that was claimed

    def note(address: str) -> str:
        found.append(journal.has_messages(DATA, PERIOD))
        return ""

    relay.refuse = note
    typed("issue", "send", PERIOD)

    assert found == [True] * READERS
