"""Bounces, complaints and requests to leave: whose subscription ends, and what else must not change."""

import io
import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.config.schema import MailSettings, Settings
from core.records import Delivery, Receipt, Subscriber
from core.side_effects import SideEffects
from db.mail import bounces, deliveries, delivery_retention, leave_requests, subscribers
from db.operator import secrets
from db.schema.connect import Database, create, write_transaction
from services.delivery.bounce_handling import BounceOutcome, handle_message, record_refusal
from services.readers.subscriptions import SubscriptionRequest, add_subscriber, end_subscription, keep_subscription
from tests.conftest import Typed
from tests.support.installation import dump
from tests.support.processes import COMMAND, run
from tests.support.queued_deliveries import enqueue
from tests.support.waiting import HANG

Type = Callable[..., Typed]
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "newsletter" / "bounces"
TOKEN = "oct-Reader_Token-22chr"  # of the delivery that the samples are about
OWN = "Own_Token-of-the-Readr"
READER = "reader@example.org"
SETTINGS = Settings(
    mail=MailSettings(bounce_address="bounces@news.example", unsubscribe_mailbox="leave@news.example"),
)
ISSUE = """
    INSERT INTO issues (period, status, editor_note, ordering, skipped_review_ids, title, intro, content_hash,
        content, html, text, built_at)
    VALUES (?, 'sending', '', '', '[]', '', '', '', '{}', '', '', '')
"""


def at(now: datetime) -> SideEffects:
    return system_effects(now=lambda: now)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def another(name: str, token: str) -> bytes:
    return sample(name).replace(TOKEN.encode(), token.encode()).replace(TOKEN.upper().encode(), token.encode())


@pytest.fixture
def house(db: Database) -> Database:
    """A database with one reader, to whom the October issue was sent."""
    return furnished(db)


def furnished(db: Database, now: datetime = NOW) -> Database:
    with write_transaction(db):
        secrets.add_if_missing(db, "signing", "secret")
    asked = SubscriptionRequest(consent="on paper", confirmed=True)
    add_subscriber(system_effects(now=lambda: now - timedelta(days=90), token=lambda: OWN), db, READER, asked)
    sent(db, "2026-10", TOKEN, now)
    return db


def sent(db: Database, period: str, token: str, now: datetime) -> int:
    with write_transaction(db):
        db.execute(ISSUE, [period])
        enqueue(db, period, [(reader(db).id, token, "full")], now)
    number = deliveries.listing(db, period)[-1].id
    deliveries.record_receipts(db, [Receipt(number, "sent", "250 Ok")], now)
    return number


def reader(db: Database) -> Subscriber:
    known = subscribers.get_by_token(db, OWN)
    assert known
    return known


def delivery(db: Database, token: str = TOKEN) -> Delivery:
    found = deliveries.get_by_token(db, token)
    assert found
    return found


def read(db: Database, raw: bytes, recipient: str = "", now: datetime = NOW, dry: bool = False) -> BounceOutcome:
    return handle_message(at(now), SETTINGS, db, raw, recipient, dry)


# What ends a subscription


@pytest.mark.parametrize(
    ("name", "status", "state", "kind"),
    [
        ("postfix-unknown", "bounced", "refused", "hard"),
        ("office365-edge", "bounced", "refused", "hard"),
        ("exchange-unknown", "bounced", "refused", "hard"),
        ("gmail-unknown", "bounced", "refused", "hard"),
        ("exim-report", "bounced", "refused", "hard"),
        ("qmail-unknown", "bounced", "refused", "hard"),
        ("ses-unknown", "bounced", "refused", "hard"),
        ("postfix-full", "active", "refused", "soft"),
        ("exim-plain", "active", "refused", "soft"),
        ("alias", "active", "refused", "soft"),
        ("outlook-blocked", "active", "refused", "spam"),
        ("dmarc-refused", "active", "refused", "spam"),
        ("sender-verify", "active", "refused", "spam"),
        ("yahoo-complaint", "complained", "sent", "complaint"),
        ("ses-complaint", "complained", "sent", "complaint"),
        ("outlook-complaint", "complained", "sent", "complaint"),
    ],
)
def test_what_came_back_changes_what_it_should(house: Database, name: str, status: str, state: str, kind: str) -> None:
    found = read(house, sample(name))

    assert (found.kind, found.ours, found.email) == (kind, True, "r…@example.org")
    assert (reader(house).status, delivery(house).state) == (status, state)
    assert found.status == (status if status != "active" else "")
    assert [one.kind for one in bounces.listing(house, reader(house).id)] == [kind]
    if status != "active":
        assert reader(house).since == NOW


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("postfix-delayed", True),
        ("postfix-relayed", True),
        ("vacation", True),
        ("challenge", True),
        ("not-spam", True),
        ("read-receipt", False),
        ("person", False),
        ("forged", False),
        ("not-ours-complaint", False),
    ],
)
def test_what_is_no_bounce_of_ours_changes_nothing(house: Database, name: str, ours: bool) -> None:
    before = dump(house)

    found = read(house, sample(name))

    assert (found.kind, found.status, found.ours) == ("", "", ours)
    assert dump(house) == before


def test_the_outbox_tells_why_a_message_came_back(house: Database) -> None:
    read(house, sample("postfix-unknown"))

    assert delivery(house).reply == (
        "bounced: 550 5.1.1 <r…@example.org>: Recipient address rejected: User unknown in virtual mailbox table"
    )


def test_the_status_is_told_where_the_server_s_words_do_not_hold_it(house: Database) -> None:
    read(house, sample("postfix-expired"))

    assert delivery(house).reply == "bounced: 4.4.1 connect to mx.example.org[192.0.2.25]:25: Connection timed out"


def test_only_a_token_proves_whose_bounce_it_is(house: Database) -> None:
    """The forged report names the reader's address, and nothing else that is ours."""
    found = read(house, sample("forged"), "bounces@news.example")

    assert "not ours" in found.words
    assert (reader(house).status, delivery(house).state) == ("active", "sent")


def test_the_address_that_the_mail_server_names_is_proof_too(house: Database) -> None:
    found = read(house, sample("forged"), f"Bounces+{TOKEN.upper()}@news.example")

    assert (found.kind, found.period, reader(house).status) == ("hard", "2026-10", "bounced")


def test_a_token_nobody_knows_is_not_ours(house: Database) -> None:
    before = dump(house)

    found = read(house, another("postfix-unknown", "x" * 22))

    assert (found.ours, dump(house)) == (False, before)


@pytest.mark.parametrize("name", ["postfix-unknown", "postfix-full", "outlook-blocked", "yahoo-complaint"])
def test_the_same_bounce_read_again_counts_once(house: Database, name: str) -> None:
    read(house, sample(name))
    before = dump(house)

    again = read(house, sample(name), now=NOW + timedelta(hours=1))

    assert again.status == ""
    assert dump(house) == before


def test_a_reader_who_came_back_is_not_ended_by_an_old_bounce_read_again(house: Database) -> None:
    for name in ("postfix-unknown", "yahoo-complaint", "ses-complaint"):
        read(house, sample(name))
        again = SubscriptionRequest(confirmed=True, in_person=True)
        add_subscriber(at(NOW + timedelta(days=1)), house, READER, again)

        read(house, sample(name), now=NOW + timedelta(days=2))

        assert reader(house).status == "active", name


def test_two_complaints_that_name_nobody_are_two(house: Database) -> None:
    """They have no Message-ID either; all they hold is each reader's own link."""
    add_subscriber(
        system_effects(token=lambda: "Own_Token-of-the-Other"),
        house,
        "other@example.org",
        SubscriptionRequest(confirmed=True),
    )
    raw = b"\n".join(line for line in sample("ses-complaint").split(b"\n") if not line.startswith(b"Message-ID"))

    for token in (OWN, "Own_Token-of-the-Other"):
        assert read(house, raw.replace(OWN.encode(), token.encode())).status == "complained"


def test_four_issues_running_that_find_the_mailbox_full_end_a_subscription(house: Database) -> None:
    statuses = []
    for month, days in ((10, 0), (11, 30), (12, 61), (1, 92)):
        now, token = NOW + timedelta(days=days), f"token-of-2026-{month:02}------"[:22]
        if days:
            sent(house, f"2026-{month:02}", token, now)
        read(house, another("postfix-full", token) if days else sample("postfix-full"), now=now)
        statuses.append(reader(house).status)

    assert statuses == ["active", "active", "active", "bounced"]


def test_a_reader_who_came_back_starts_without_soft_bounces(house: Database) -> None:
    for month in range(1, 5):
        sent(house, f"2027-{month:02}", f"token-of-2027-{month:02}------"[:22], NOW)
        read(house, another("postfix-full", f"token-of-2027-{month:02}------"[:22]), now=NOW + timedelta(days=month))
    assert reader(house).status == "bounced"
    add_subscriber(at(NOW + timedelta(days=5)), house, READER, SubscriptionRequest(confirmed=True, in_person=True))

    found = read(house, sample("postfix-full"), now=NOW + timedelta(days=6))

    assert (found.kind, reader(house).status) == ("soft", "active")


def test_refused_as_spam_never_counts_however_often(house: Database) -> None:
    for month in range(1, 10):
        token = f"token-of-2027-{month:02}------"[:22]
        sent(house, f"2027-{month:02}", token, NOW)
        read(house, another("outlook-blocked", token))

    assert reader(house).status == "active"
    assert len(bounces.listing(house, reader(house).id)) == 9


@pytest.mark.parametrize("name", ["postfix-unknown", "postfix-full", "yahoo-complaint"])
def test_who_has_left_already_stays_as_they_are(house: Database, name: str) -> None:
    end_subscription(house, OWN, NOW)
    before = dump(house)

    found = read(house, sample(name), now=NOW + timedelta(hours=1))

    assert (found.ours, found.status) == (True, "")
    assert "unsubscribed already" in found.words
    assert dump(house) == before


def test_who_was_erased_is_nobody_s_business_any_more(house: Database) -> None:
    with write_transaction(house):
        delivery_retention.detach_subscribers(house, [reader(house).id])
        subscribers.delete(house, [reader(house).id], NOW)
    before = dump(house)

    for name in ("postfix-unknown", "yahoo-complaint"):
        found = read(house, sample(name))

        assert (found.ours, found.kind, dump(house)) == (True, "", before)


def test_a_paused_subscription_ends_too(house: Database) -> None:
    with write_transaction(house):
        house.execute("UPDATE subscribers SET status = 'paused'")

    assert read(house, sample("postfix-unknown")).status == "bounced"


def test_a_delivery_that_is_to_be_sent_again_is_not_touched(house: Database) -> None:
    with write_transaction(house):
        house.execute("UPDATE deliveries SET state = 'queued'")

    read(house, sample("postfix-full"))

    assert (delivery(house).state, delivery(house).reply) == ("queued", "250 Ok")


@pytest.mark.parametrize("name", ["postfix-unknown", "postfix-full", "yahoo-complaint"])
def test_a_dry_run_says_the_same_and_writes_nothing(house: Database, name: str) -> None:
    before = dump(house)

    dry = read(house, sample(name), dry=True)

    assert dump(house) == before
    assert dry == read(house, sample(name))


def test_neither_address_nor_token_is_printed_logged_or_kept(house: Database, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = [read(house, file.read_bytes()) for file in sorted(SAMPLES.iterdir())]

    kept = [one.words for one in bounces.listing(house, reader(house).id)] + [delivery(house).reply]
    for text in (*map(repr, found), *(one.words for one in found), *(one.why for one in found), *kept, caplog.text):
        assert READER not in text
        assert TOKEN.lower() not in text.lower()
        assert OWN not in text


# Refused at the door


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        ("550 5.1.1 <reader@example.org>: user unknown", "hard", "bounced"),
        ("550-5.1.1 no such\n550 5.1.1 user", "hard", "bounced"),
        ("550-5.1.1 gone\n550 5.1.1 for good", "hard", "active"),  # the code alone takes a second sign
        ("552 5.2.2 mailbox full", "soft", "active"),
        ("554 5.7.1 spam", "spam", "active"),
        ("nonsense", "", "active"),
    ],
)
def test_a_refusal_while_sending_counts_as_a_bounce(house: Database, reply: str, kind: str, status: str) -> None:
    found = record_refusal(house, delivery(house).id, reply, NOW)

    assert (found.kind, reader(house).status) == (kind, status)
    assert [one.kind for one in bounces.listing(house, reader(house).id)] == ([kind] if kind else [])


def test_a_refusal_and_its_bounce_count_once(house: Database) -> None:
    record_refusal(house, delivery(house).id, "552 5.2.2 full", NOW)
    read(house, sample("postfix-full"))

    assert len(bounces.listing(house, reader(house).id)) == 1


def test_a_refusal_of_a_delivery_that_is_gone_changes_nothing(house: Database) -> None:
    before = dump(house)

    record_refusal(house, 4711, "550 5.1.1 user unknown", NOW)

    assert dump(house) == before


# Leaving by mail


def asking(subject: str, to: str = "leave@news.example") -> bytes:
    return f"From: {READER}\nTo: <{to}>\nSubject: {subject}\n\nThis message was automatically generated.\n".encode()


def test_a_message_with_the_reader_s_token_unsubscribes(house: Database) -> None:
    found = read(house, asking(OWN))

    assert (found.kind, found.status, found.ours, reader(house).status) == (
        "leave",
        "unsubscribed",
        True,
        "unsubscribed",
    )


def test_asking_to_leave_twice_changes_nothing_more(house: Database) -> None:
    read(house, asking(OWN))
    before = dump(house)

    again = read(house, asking(OWN), now=NOW + timedelta(days=1))

    assert (again.ours, again.status, dump(house)) == (True, "", before)


@pytest.mark.parametrize(
    "raw",
    [
        asking(f"[EXTERNAL] {OWN}"),
        asking(f"unsubscribe {OWN}"),
        asking(f"Re: {OWN}"),
        asking(f"=?utf-8?Q?{OWN}?="),
        asking(OWN.lower()),
        asking("unsubscribe", f"leave+{OWN}@news.example"),
        asking("please") + f"Take me off: https://news.example/unsubscribe/{OWN}.\n".encode(),
        asking("").replace(b"Subject: ", b"Subject: [EXTERNAL]\n " + OWN.encode()),
        asking(f"unsubscribe_{OWN}"),
        asking("") + f"https://gateway.example/?url=https%3A%2F%2Fnews.example%2Funsubscribe%2F{OWN}&data=05".encode(),
        asking("") + f"https://urldefense.example/v3/__https://news.example/unsubscribe/{OWN}__;!!x".encode(),
        asking("")
        + f"https://urldefense.example/v2/url?u=https-3A__news_unsubscribe_{OWN}".replace("n_", "n-5F").encode(),
        b"Content-Type: text/html\n" + asking("") + f"<p>{OWN[:9]}<wbr>{OWN[9:]}</p>".encode(),
        b"Return-Path: <r@example.org>\n"
        + asking("").replace(b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\nSubject: ")
        + f"--b\nContent-Type: message/rfc822\n\nList-Unsubscribe: <https://news/unsubscribe/{OWN}>\n".encode(),
        asking("unsubscribe", f"leave-{OWN}@news.example"),
        b"Auto-Submitted: auto-replied\nX-Apple-Unsubscribe: true\n"
        + asking("unsubscribe", f"leave+{OWN}@news.example"),
    ],
    ids=(
        "a mark,a word,a reply,encoded,small letters,the address,the words,folded,behind a word,in a query,"
        "between marks,with codes,in tags,attached,another delimiter,a mail program"
    ).split(","),
)
def test_a_token_counts_wherever_it_stands(house: Database, raw: bytes) -> None:
    found = read(house, raw)

    assert (found.kind, found.status, reader(house).status) == ("leave", "unsubscribed", "unsubscribed")


def quoting(own: str, sender: str = READER) -> bytes:
    """A mail whose writer says something above our newsletter, which has the reader's link."""
    return (
        f"From: {sender}\nTo: leave@news.example\nSubject: Re: Case reviews\n\n"
        f"{own}\n\n-----Original Message-----\nUnsubscribe: https://news.example/unsubscribe/{OWN}\n"
    ).encode()


def test_who_asks_to_leave_above_the_newsletter_has_left(house: Database) -> None:
    assert read(house, quoting("Please remove me.")).status == "unsubscribed"


@pytest.mark.parametrize(
    "raw",
    [
        quoting("Is the report there as a Word file?"),
        quoting("Please do not unsubscribe me."),
        quoting("Remove me, please.", "colleague@example.org"),
        asking(f"Re: {OWN}") + b"I did not ask to be unsubscribed.\n",
    ],
    ids=["a question", "the opposite", "another's address", "the opposite above a token"],
)
def test_who_quotes_a_reader_s_link_and_does_not_ask_to_leave_takes_nobody_off(house: Database, raw: bytes) -> None:
    found = read(house, raw)

    assert ("the operator is asked" in found.words, found.status, reader(house).status) == (True, "", "active")
    assert [one.subscriber.email for one in leave_requests.list_open(house)] == [READER]


@pytest.mark.parametrize(
    "raw",
    [
        asking(OWN, "news@news.example"),
        asking(OWN[:-1]),
        asking(f"{OWN}x"),
        asking("unsubscribe"),
        asking(""),
        asking(TOKEN),
        asking(f"Automatic reply: {OWN}"),
    ],
    ids=["another mailbox", "too short", "too long", "no token", "nothing", "a message's token", "a machine"],
)
def test_without_a_reader_s_token_sent_to_the_right_mailbox_nobody_leaves(house: Database, raw: bytes) -> None:
    before = dump(house)

    found = read(house, raw)
    with write_transaction(house):
        house.execute("DELETE FROM leave_requests")
        house.execute("DELETE FROM sqlite_sequence WHERE name = 'leave_requests'")

    assert (found.status, dump(house)) == ("", before)


@pytest.mark.parametrize(
    "raw",
    [asking("unsubscribe"), asking(""), asking(OWN[:-1]), asking("Re: October"), asking("", "leave+x@news.example")],
    ids=["a word", "nothing", "a token cut short", "a reply", "no token in the address"],
)
def test_of_mail_from_a_reader_s_address_without_a_token_the_operator_is_asked(house: Database, raw: bytes) -> None:
    found = read(house, raw.replace(READER.encode(), b'"A. Reader" <Reader@Example.org>'))
    again = read(house, raw + b"Once more.\n")

    assert (found.kind, found.ours, found.status, found.email) == ("", False, "", "r…@example.org")
    assert "the operator is asked" in found.words and "the operator is asked" in again.words
    assert reader(house).status == "active"
    (asked,) = leave_requests.list_open(house)
    assert (asked.received_at, asked.subscriber.email) == (NOW, READER)


def test_a_request_is_open_until_the_operator_keeps_the_reader_or_they_leave(house: Database) -> None:
    read(house, asking("stop"))
    keep_subscription(house, OWN, NOW)
    read(house, asking("stop"))  # the same message, handed over twice
    assert leave_requests.list_open(house) == []
    read(house, asking("stop it"))
    assert len(leave_requests.list_open(house)) == 1
    end_subscription(house, OWN, NOW)

    assert leave_requests.list_open(house) == []
    read(house, asking("and again"))
    assert leave_requests.list_open(house) == []


@pytest.mark.parametrize("sender", [b"eve@example.org", b"", b"reader@example.org.evil.example", b"<>"])
def test_of_mail_from_no_reader_nothing_is_kept(house: Database, sender: bytes) -> None:
    before = dump(house)

    found = read(house, asking("stop").replace(READER.encode(), sender))

    assert (found.ours, dump(house)) == (False, before)


def test_a_dry_run_asks_nobody(house: Database) -> None:
    before = dump(house)

    assert "the operator is asked" in read(house, asking("stop"), dry=True).words
    assert dump(house) == before


def test_nobody_leaves_by_mail_where_no_mailbox_is_set(house: Database) -> None:
    handle_message(at(NOW), Settings(), house, asking(OWN))

    assert reader(house).status == "active"


# The command


@pytest.fixture
def home(typed: Type) -> Type:
    """A set-up house in the working folder, with a reader to whom the October issue was sent."""
    Path("casereviews.toml").write_text(
        '[mail]\nbounce_address = "bounces@news.example"\nunsubscribe_mailbox = "leave@news.example"\n'
    )
    with create(Path("data/casereviews.db")) as db:
        furnished(db)
    return typed


@pytest.fixture
def given(home: Type, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Typed]:
    """Hand a message to `casereviews bounce`: given(raw, "--json")."""

    def run(raw: bytes, *words: str) -> Typed:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        return home("bounce", *words)

    return run


def test_the_command_reads_one_message_and_says_in_a_line_what_it_was(given: Callable[..., Typed]) -> None:
    said = given(sample("postfix-full"), "--recipient", f"bounces+{TOKEN.lower()}@news.example")

    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "r…@example.org, 2026-10: a soft bounce (552 5.2.2 <r…@example.org>: user is over quota); stays active\n"
    )


def test_the_command_answers_in_json(given: Callable[..., Typed]) -> None:
    said = json.loads(given(sample("yahoo-complaint"), "--json").out)

    assert said == {
        "ours": True,
        "kind": "complaint",
        "email": "r…@example.org",
        "period": "2026-10",
        "status": "complained",
        "reply": None,
        "held": False,
        "words": "r…@example.org, 2026-10: a complaint; the subscription ends (complained)",
    }


@pytest.mark.parametrize("raw", [b"", b"\0\xff" * 99, sample("forged"), sample("person")])
def test_a_message_that_is_not_ours_is_no_error(given: Callable[..., Typed], raw: bytes) -> None:
    said = given(raw)

    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("nothing changed\n")
    assert json.loads(given(raw, "--json").out)["ours"] is False


def test_a_dry_run_of_the_command_says_so(given: Callable[..., Typed]) -> None:
    said = given(sample("postfix-unknown"), "--dry-run")

    assert said.out.startswith("would be: r…@example.org, 2026-10: a hard bounce")
    assert json.loads(given(sample("postfix-unknown"), "--json").out)["status"] == "bounced"


def test_a_failure_is_1_and_75_for_a_mail_server_that_is_to_try_again(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words, code in ((("bounce",), 10), (("bounce", "--tempfail"), 75)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sample("postfix-full"))))
        said = typed(*words)

        assert (said.code, said.out) == (code, "")
        assert said.err.startswith("casereviews: not set up")


def test_a_broken_database_fails_so_that_the_message_is_kept(given: Callable[..., Typed]) -> None:
    Path("data/casereviews.db").write_bytes(b"no database" * 1000)
    for file in Path("data").glob("casereviews.db-*"):
        file.unlink()

    assert given(sample("postfix-full")).code == 1
    assert given(sample("postfix-full"), "--tempfail").code == 75


def test_the_command_reads_its_pipe_to_the_end_however_long(home: Type) -> None:
    """A mail server takes a pipe that is closed early for a failure."""
    command = [str(COMMAND), "bounce"]
    raw = sample("postfix-unknown") + b"Lorem ipsum dolor sit amet.\n" * 1_000_000

    ran = run(command, input=raw, capture_output=True, timeout=HANG, check=False)

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode().startswith("r…@example.org, 2026-10: a hard bounce")
