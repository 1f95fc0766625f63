"""Subscribers: which addresses are taken, import, erasing, forgetting, and the commands."""

import csv
import io
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.email_address import parse_address
from core.errors import HouseError, NotFound
from core.redact import mask_address
from core.side_effects import SideEffects
from core.subscriber_csv import ImportProblem, ImportRow, parse_subscribers
from core.subscriber_rules import InvalidInput, parse_preferences
from db.mail import subscribers
from db.operator import secrets
from db.schema import write_batches
from db.schema.connect import Database, connect
from services.readers.import_readers import import_readers
from services.readers.subscriptions import (
    SubscriptionRequest,
    add_subscriber,
    confirm_signup,
    delete_expired,
    end_subscription,
    erase_subscriber,
)
from tests.conftest import Typed
from tests.support.installation import dump, opened
from tests.support.issue_sending import Sink

Type = Callable[..., Typed]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
YES = ("--confirmed", "--consent", "Members' form, 2025.")

REFUSED = [  # what was typed, and a part of the reason
    ("", "no address"),
    (" \t ", "no address"),
    ("reader", "has no @"),
    ("@example.org", "before the @"),
    ("reader@", "after the @"),
    ("@", "@"),
    ("a@b@example.org", "more than one @"),
    ("reader@example.org\nBcc: v@example.org", "line break"),
    ("reader@example.org\r\nBcc: v@example.org", "line break"),
    ("reader@example.org\rBcc: v@example.org", "line break"),
    ("reader\r\n@example.org", "line break"),
    ("\r\nreader@example.org", "line break"),
    ("reader@example.org\n", "line break"),
    ("reader@example.org\0", "line break"),
    ("reader\0@example.org", "line break"),
    ("reader@example.org\x0bx", "line break"),
    ("reader@example.org\x1b[2J", "line break"),
    ("reader@example.org\x7f", "line break"),
    ("reader@example.org\x85Bcc: v", "line break"),
    ("reader@example.org\u2028Bcc", "space or an invisible"),
    ("reader@example.org\u2029x", "space or an invisible"),
    ("reader@example.org%0ABcc:v@example.org", ":"),
    ("reader%0d%0a@example.org", "%"),
    ("a@example.org,b@example.org", ","),
    ("a@example.org;b@example.org", ";"),
    ("a@example.org b@example.org", "space"),
    ("Eve <eve@example.org>", "“<” “>”; write one plain address, without name"),
    ("<eve@example.org>", "“<” “>”"),
    ('"Eve"<eve@example.org>', '"'),
    ('"eve"@example.org', '"'),
    ('"a b"@example.org', '"'),
    ('"a@b"@example.org', '"'),
    ('eve"@example.org', '"'),
    ("eve\\@example.org", "\\"),
    ("eve(comment)@example.org", "“(” “)”"),
    ("eve@(comment)example.org", "“(” “)”"),
    ("eve@[127.0.0.1]", "“[” “]”"),
    ("eve@[IPv6:::1]", ":"),
    ("eve@127.0.0.1", "domain"),
    ("mailto:eve@example.org", ":"),
    ("group:a@example.org;", ":"),
    ("`id`@example.org", "`"),
    ("|cat@example.org", "|"),
    ("/dev/null@example.org", "/"),
    ("host!eve@example.org", "!"),
    ("eve%example.net@example.org", "%"),
    ("-oQ/tmp@example.org", "/"),
    ("-f@example.org", "dash"),
    ("--help@example.org", "dash"),
    (".eve@example.org", "dot"),
    ("eve.@example.org", "dot"),
    ("e..ve@example.org", "dot"),
    ("eve@.example.org", "dot"),
    ("eve@example..org", "dot"),
    ("eve@example.org.", "dot"),
    ("eve@-example.org", "hyphen"),
    ("eve@example-.org", "hyphen"),
    ("eve@exa_mple.org", "invalid characters"),
    ("eve@exa mple.org", "space"),
    ("eve@example", "dot"),
    ("eve@localhost", "dot"),
    ("eve@host.local", "special-use"),
    ("eve@host.invalid", "special-use"),
    ("eve@host.test", "special-use"),
    ("eve@x.onion", "special-use"),
    ("e" * 65 + "@example.org", "too long"),
    ("e" * 300 + "@example.org", "longer than 254"),
    ("e" * 300, "longer than 254"),
    ("eve@" + "e" * 64 + ".org", "many characters"),
    ("eve@" + ".".join(["e" * 60] * 5) + ".org", "longer than 254"),
    ("e" * 64 + "@" + "ü" * 40 + "." + ".".join(["u" * 60] * 2) + ".org", ""),
    ("ève@example.org", "before the @"),
    ("eve\u0301@example.org", "before the @"),
    ("еve@example.org", "before the @"),  # a Cyrillic е
    ("ｅve@example.org", "before the @"),  # full width
    ("😀@example.org", "before the @"),
    ("用户@example.org", "before the @"),
    ("ﬁ@example.org", "before the @"),
    ("eve\u200b@example.org", "invisible"),
    ("eve\u200d@example.org", "invisible"),
    ("eve\u00ad@example.org", "invisible"),
    ("eve\u202e@example.org", "invisible"),
    ("\u2066eve@example.org", "invisible"),
    ("\ufeffeve@example.org", "invisible"),
    ("eve\u00a0@example.org", "invisible"),
    ("eve\u3000@example.org", "invisible"),
    ("eve\ud800@example.org", "invisible"),
    ("eve\U000e0041@example.org", "invisible"),
    ("eve@exam\u200bple.org", "invisible"),
    ("eve@example.org\u202c", "invisible"),
    ("eve＠example.org", "has no @"),
    ("eve@example。org", "look-alike"),
    ("eve@ｅxample.org", "look-alike"),
    ("eve@exampℓe.org", "look-alike"),
    ("eve@ﬁsh.org", "look-alike"),
    ("eve@example①.org", "look-alike"),
    ("eve@pаypal.com", "mixes alphabets"),  # a Cyrillic а
    ("eve@xn--pypal-4ve.com", "mixes alphabets"),
    ("eve@gοοgle.com", "mixes alphabets"),  # Greek omicrons
    ("eve@аррӏе.com", "looks like another"),
    ("eve@xn--80ak6aa92e.com", "looks like another"),
    ("eve@mail.хе.com", "looks like another"),
    ("eve@😀.org", ""),
    ("eve@xn--.org", ""),
    ("eve@xn--zzzzzzzzzzz.org", ""),
    ("eve@example.org>,<v@example.org", ","),
    ("' OR 1=1 --@example.org", "space"),
    ("<script>alert(1)</script>@example.org", "“(” “)” “<” “>”"),
]

TAKEN = [  # what was typed, what goes on the envelope, what identifies it
    ("reader@example.org", "reader@example.org", "reader@example.org"),
    ("  Reader@Example.ORG\t", "Reader@example.org", "reader@example.org"),
    ("o'brien@example.org", "o'brien@example.org", "o'brien@example.org"),
    ("=SUM1@example.org", "=SUM1@example.org", "=sum1@example.org"),
    ("+tag@example.org", "+tag@example.org", "+tag@example.org"),
    ("a.b+c@example.org", "a.b+c@example.org", "a.b+c@example.org"),
    ("a_b~c^d#e$f&g*h{i}j?k@example.org", "a_b~c^d#e$f&g*h{i}j?k@example.org", "a_b~c^d#e$f&g*h{i}j?k@example.org"),
    ("'=x@example.org", "'=x@example.org", "'=x@example.org"),
    ("null@example.org", "null@example.org", "null@example.org"),
    ("Robert'--@example.org", "Robert'--@example.org", "robert'--@example.org"),
    ("First.Last@gmail.com", "First.Last@gmail.com", "firstlast@gmail.com"),
    ("f.i.r.s.t.last+news@googlemail.com", "f.i.r.s.t.last+news@googlemail.com", "firstlast@gmail.com"),
    ("+x@gmail.com", "+x@gmail.com", "+x@gmail.com"),
    ("first.last+x@proton.me", "first.last+x@proton.me", "first.last@proton.me"),
    ("eve@münchen.de", "eve@xn--mnchen-3ya.de", "eve@xn--mnchen-3ya.de"),
    ("eve@MU\u0308NCHEN.de", "eve@xn--mnchen-3ya.de", "eve@xn--mnchen-3ya.de"),
    ("eve@faß.de", "eve@xn--fa-hia.de", "eve@xn--fa-hia.de"),
    ("eve@почта.рф", "eve@xn--80a1acny.xn--p1ai", "eve@xn--80a1acny.xn--p1ai"),
    ("eve@日本語テスト.jp", "eve@xn--zckzah9945czlbtz6h.jp", "eve@xn--zckzah9945czlbtz6h.jp"),
    ("e" * 64 + "@example.org", "e" * 64 + "@example.org", "e" * 64 + "@example.org"),
    ("1@mail.board.gov.uk", "1@mail.board.gov.uk", "1@mail.board.gov.uk"),
]


@pytest.fixture
def house(db: Database) -> Database:
    """A database with its key."""
    secrets.add_if_missing(db, "signing", "the key of the tests")
    return db


@pytest.fixture
def effects() -> SideEffects:
    """A world in which it is always NOW."""
    numbers: Iterator[int] = count(1)
    return system_effects(now=lambda: NOW, token=lambda: f"token-{next(numbers):016}")


def test_the_table_has_a_hundred_hostile_addresses() -> None:
    assert len({typed for typed, _ in REFUSED}) == len(REFUSED) >= 100


@pytest.mark.parametrize(("typed", "why"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_a_hostile_address_is_refused_with_a_reason_in_one_line(typed: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_address(typed)

    said = str(caught.value)
    assert why in said
    assert said
    assert all(char.isprintable() for char in said)
    assert not typed or len(typed) < 5 or typed not in said


@pytest.mark.parametrize(("typed", "mailbox", "key"), TAKEN, ids=lambda value: ascii(value)[:30])
def test_an_unusual_address_is_kept_intact(
    effects: SideEffects, house: Database, typed: str, mailbox: str, key: str
) -> None:
    one, changed = add_subscriber(effects, house, typed, SubscriptionRequest())

    assert changed
    assert (one.email, one.mailbox, one.key) == (typed.strip(" \t"), mailbox, key)
    assert subscribers.get(house, key) == one
    message = EmailMessage(policy=SMTP)
    message["To"] = one.mailbox
    assert message_from_bytes(message.as_bytes(), policy=SMTP).items() == [("To", mailbox)]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Reader@example.org", "rEADER@EXAMPLE.org", True),
        ("a.b@example.org", "ab@example.org", False),
        ("ab+x@example.org", "ab@example.org", False),
        ("a.b@gmail.com", "AB+x@googlemail.com", True),
        ("a.b@proton.me", "ab@proton.me", False),
        ("ab+x@proton.me", "ab@proton.me", True),
        ("ab+x@outlook.com", "ab@outlook.com", False),
        ("eve@münchen.de", "EVE@xn--mnchen-3ya.de", True),
        ("eve@munchen.de", "eve@münchen.de", False),
    ],
)
def test_one_mailbox_is_one_subscriber_however_it_is_written(first: str, second: str, same: bool) -> None:
    assert (parse_address(first).key == parse_address(second).key) is same


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("", "Atlantis"), "no such nation; write England, Scotland, Wales or Northern Ireland"),
        (("", "", "tiny"), "no such edition; write full or short"),
        (("x" * 81,), "no more than 50 topics of 80 characters"),
        ((";".join(map(str, range(51))),), "no more than 50 topics"),
        (("neglect\r\nBcc: v",), "invisible"),
        (("neg\u200blect",), "invisible"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        parse_preferences(*words)


def test_wishes_are_read_as_a_person_types_them() -> None:
    found = parse_preferences(" neglect ;; Safe sleep; NEGLECT", "wales; northern ireland", "Short", True, " Full")

    assert (found.topics, found.nations) == (("NEGLECT", "Safe sleep"), ("Wales", "Northern Ireland"))
    assert (found.edition, found.matching, found.rest) == ("short", True, "full")


@pytest.mark.parametrize(
    ("email", "shown"),
    [("reader@example.org", "r…@example.org"), ("nonsense", "…"), ("", "…"), ("a\r\n@x\x1b.org", "a…@x?.org")],
)
def test_a_masked_address_gives_nobody_away(email: str, shown: str) -> None:
    assert mask_address(email) == shown


# The life of a subscription


def test_it_is_pending_until_confirmed_and_active_until_they_leave(effects: SideEffects, house: Database) -> None:
    one, _ = add_subscriber(effects, house, "reader@example.org", SubscriptionRequest(consent="v1", how="web"))
    assert (one.status, one.consent.confirmed_when) == ("pending", None)

    yes = confirm_signup(house, one.token, NOW + timedelta(hours=1))
    again = confirm_signup(house, one.token, NOW + timedelta(hours=2))
    gone = end_subscription(house, one.token, NOW + timedelta(days=1))

    assert (yes.status, yes.since, yes.consent.confirmed_when) == ("active", *[NOW + timedelta(hours=1)] * 2)
    assert again == yes
    assert (gone.status, gone.token) == ("unsubscribed", one.token)
    assert end_subscription(house, one.token, NOW + timedelta(days=2), "complained") == gone
    assert confirm_signup(house, one.token, NOW).status == "unsubscribed"
    with pytest.raises(NotFound):
        confirm_signup(house, "no such token", NOW)


def test_who_left_comes_back_by_their_own_wish_only_and_keeps_their_links(
    effects: SideEffects, house: Database
) -> None:
    one, _ = add_subscriber(effects, house, "reader@example.org", SubscriptionRequest(confirmed=True))
    end_subscription(house, one.token, NOW)

    with pytest.raises(HouseError, match="They can subscribe again themselves") as caught:
        add_subscriber(effects, house, "Reader@Example.org", SubscriptionRequest(confirmed=True))
    assert "Reader@" not in str(caught.value)

    back, changed = add_subscriber(effects, house, "Reader@Example.org", SubscriptionRequest(how="web", in_person=True))
    assert (back.status, back.token, back.id, changed) == ("pending", one.token, one.id, True)
    assert delete_expired(house, NOW + timedelta(days=7)) == (1, 0)
    assert import_readers(effects, house, b"email\nreader@example.org\n", "x").erased == 1


def test_adding_again_changes_nothing_but_may_confirm(effects: SideEffects, house: Database) -> None:
    one, _ = add_subscriber(effects, house, "reader@example.org", SubscriptionRequest())

    assert add_subscriber(effects, house, "READER@example.org", SubscriptionRequest()) == (one, False)
    confirmed, changed = add_subscriber(
        effects, house, "reader@example.org", SubscriptionRequest(consent="By phone.", confirmed=True)
    )
    assert (confirmed.status, confirmed.token, changed) == ("active", one.token, True)
    assert add_subscriber(effects, house, "reader@example.org", SubscriptionRequest(confirmed=True)) == (
        confirmed,
        False,
    )


def test_twenty_sign_ups_at_once_make_one_subscriber(house: Database) -> None:
    def sign_up(number: int) -> bool:
        with connect(house.file) as own:
            return add_subscriber(
                system_effects(), own, ("reader@gmail.com", "Rea.der@googlemail.com")[number % 2], SubscriptionRequest()
            )[1]

    with ThreadPoolExecutor(8) as pool:
        changed = list(pool.map(sign_up, range(20)))

    assert sum(changed) == 1
    assert subscribers.counts(house) == {"pending": 1}


def test_two_imports_at_once_add_everybody_once(house: Database) -> None:
    file = "email\n" + "".join(f"reader{number}@example.org\n" for number in range(500))

    def bring(number: int) -> int:
        with connect(house.file) as own:
            return import_readers(system_effects(), own, file.encode(), "Form.").added

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(bring, range(4)))

    assert sorted(added) == [0, 0, 0, 500]


@pytest.mark.parametrize(
    ("status", "days", "left"),
    [
        ("pending", 6.9, 1),
        ("pending", 7, 0),
        ("unsubscribed", 27.9, 1),
        ("unsubscribed", 28, 0),
        ("bounced", 28, 0),
        ("complained", 28, 0),
        ("active", 4000, 1),
        ("paused", 4000, 1),
    ],
)
def test_forgetting_comes_when_it_is_due(
    effects: SideEffects, house: Database, status: str, days: float, left: int
) -> None:
    add_subscriber(effects, house, "reader@example.org", SubscriptionRequest())
    house.execute("UPDATE subscribers SET status = ?", [status])

    delete_expired(house, NOW + timedelta(days=days))

    assert sum(subscribers.counts(house).values()) == left
    kept = import_readers(effects, house, b"email\nreader@example.org\n", "x")
    expected = {"pending": (1, 0, 0)}.get(status, (0, 0, 1)) if not left else (0, 1, 0)
    assert (kept.added, kept.known, kept.erased) == expected


def test_of_an_erased_person_a_keyed_hash_stays_and_nothing_else(
    effects: SideEffects, house: Database, tmp_path: Path
) -> None:
    add_subscriber(
        effects,
        house,
        "Zanzibar.Reader@gmail.com",
        SubscriptionRequest(parse_preferences("ziggurat"), "Quixotic words.", confirmed=True),
    )

    assert erase_subscriber(house, "zanzibarreader+x@googlemail.com", NOW)

    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        content = file.read_bytes().lower()
        assert not [word for word in (b"zanzibar", b"ziggurat", b"quixotic", b"token-") if word in content], file
    found = import_readers(effects, house, b"email\nzanzibar.reader@gmail.com\nother@example.org\n", "x")
    assert (found.added, found.erased) == (1, 1)
    with pytest.raises(HouseError):
        add_subscriber(effects, house, "zanzibar.reader@gmail.com", SubscriptionRequest())
    assert add_subscriber(effects, house, "zanzibar.reader@gmail.com", SubscriptionRequest(in_person=True))[1]


def test_the_hash_needs_our_own_key(effects: SideEffects, house: Database) -> None:
    erase_subscriber(house, "reader@example.org", NOW)

    house.execute("UPDATE secrets SET value = 'another'")

    assert import_readers(effects, house, b"email\nreader@example.org\n", "x").erased == 0


def test_nothing_of_an_address_or_token_is_logged(
    effects: SideEffects, house: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        one, _ = add_subscriber(effects, house, "zanzibar@example.org", SubscriptionRequest(confirmed=True))
        logging.getLogger("test").info("%s %r", one, one)
        import_readers(effects, house, b"email\nzanzibar2@example.org\nzanzibar3@@\n", "x")
        erase_subscriber(house, "zanzibar@example.org", NOW)

    assert "zanzibar" not in caplog.text
    assert "token-" not in caplog.text


# Lists of readers


def read(file: str | bytes) -> list[tuple[int, str]]:
    """Each row's line, with the address or the reason."""
    found = parse_subscribers(file if isinstance(file, bytes) else file.encode())
    return [(row.line, row.address.email if isinstance(row, ImportRow) else row.why) for row in found]


@pytest.mark.parametrize(
    "file",
    [
        b"email\na@example.org\nb@example.org\n",
        b"email\na@example.org\nb@example.org",
        b"email\r\na@example.org\r\nb@example.org\r\n",
        b"email\ra@example.org\rb@example.org\r",
        b"\xef\xbb\xbfemail\na@example.org\nb@example.org\n",
        "email\na@example.org\nb@example.org\n".encode("utf-16"),
        "name,email\nJosé,a@example.org\nZoë,b@example.org\n".encode("cp1252"),
        b"name,email\n\x81,a@example.org\n,b@example.org\n",
        b"Name;E-Mail;x\nA;a@example.org;\nB;b@example.org;\n",
        b"name\temail\nA\ta@example.org\nB\tb@example.org\n",
        b' "Email Address" ,x\na@example.org\nb@example.org,,,\n'.replace(b' "', b'"').replace(b'" ,', b'",'),
        b'email,notes\n a@example.org ,"two\nlines, ""quoted"""\nb@example.org,\n',
        b'"email","topics"\n"a@example.org","x;y"\n"b@example.org",""\n',
    ],
)
def test_a_list_is_read_however_a_spreadsheet_saved_it(file: bytes) -> None:
    assert [email for _, email in read(file)] == ["a@example.org", "b@example.org"]


@pytest.mark.parametrize("file", [b"A,a@example.org\nB,b@example.org\n", b"name,phone\nA,1\n", b'"email\n', b"\0\xff"])
def test_a_file_that_is_no_list_is_refused_whole(effects: SideEffects, house: Database, file: bytes) -> None:
    with pytest.raises(HouseError, match="no column called email"):
        import_readers(effects, house, file, "x")


def test_a_bad_row_is_told_with_its_line_and_the_rest_are_read() -> None:
    file = (
        "email,topics,nations,edition\n"
        "a@example.org,neglect; sleep,Wales,short\n"
        "nonsense,,,\n"
        "\n"
        ",,,\n"
        ",neglect,,\n"
        'c@example.org,"never closed,,\n'
        "d@example.org,,,\n"
        '"e@example.org\nBcc: v@example.org",,,\n'
        "f@example.org,,Atlantis,\n"
        "g@example.org,,,,,more\n"
        'h@example.org,"x"y,,\n'
        "i@example.org\rBcc: v,,,\n"
        "j@example.org,,,long\n"
        "k@example.org"
    )

    found = read(file)

    assert found == [
        (2, "a@example.org"),
        (3, "has no @"),
        (6, "no address"),
        (7, "a quote is not closed, or something follows the closing one"),
        (8, "d@example.org"),
        (9, "holds two addresses; write one a row"),
        (11, "no such nation; write England, Scotland, Wales or Northern Ireland"),
        (12, "6 cells where the first line has 4"),
        (13, "a quote is not closed, or something follows the closing one"),
        (14, "a quote is not closed, or something follows the closing one"),
        (15, "no such edition; write full or short"),
        (16, "k@example.org"),
    ]


def test_what_a_reader_gets_of_the_other_reviews_is_read_from_a_list() -> None:
    found = list(parse_subscribers(b"email,rest_of_issue\na@example.org,None\nb@example.org,\nc@example.org,some\n"))

    assert [row.wishes.rest for row in found if isinstance(row, ImportRow)] == ["none", "lines"]
    problems = [(row.line, row.why) for row in found if isinstance(row, ImportProblem)]
    assert problems == [(4, "no such choice for the rest of an issue; write full, lines or none")]


def test_only_the_active_of_an_exported_list_are_taken() -> None:
    found = list(parse_subscribers(b"email,status\na@example.org,unsubscribed\nb@example.org,Active\nc@example.org,\n"))

    assert isinstance(found[0], ImportProblem)
    assert [row.line for row in found if isinstance(row, ImportRow)] == [3, 4]


def test_an_import_counts_what_became_of_each_row(effects: SideEffects, house: Database) -> None:
    add_subscriber(effects, house, "Known@example.org", SubscriptionRequest())
    erase_subscriber(house, "gone@example.org", NOW)
    file = b"email;topics\nknown@example.org\nnew@example.org;x\nNEW@example.org\ngone@example.org\nbad@\n"

    dry = import_readers(effects, house, file, "Form.", dry=True)
    before = subscribers.counts(house)
    found = import_readers(effects, house, file, "Form.")

    assert dry == found
    assert (found.added, found.known, found.repeated, found.erased) == (1, 1, 1, 1)
    assert [problem.line for problem in found.problems] == [6]
    assert before == {"pending": 1}
    one = subscribers.get(house, "new@example.org")
    assert one is not None
    assert (one.status, one.topics, one.consent.wording, one.consent.how) == ("active", ("x",), "Form.", "import")
    assert one.consent.when == one.consent.confirmed_when == NOW


def test_an_import_that_dies_keeps_nothing(house: Database) -> None:
    numbers = count()

    def token() -> str:
        if (number := next(numbers)) == 5:
            raise KeyboardInterrupt
        return str(number)

    with pytest.raises(KeyboardInterrupt):
        import_readers(
            system_effects(token=token), house, b"email\n" + b"".join(b"r%d@example.org\n" % n for n in range(10)), "x"
        )

    assert subscribers.counts(house) == {}


def test_batches_of_an_import_count_as_one_and_others_write_between_them(
    house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["ada", "ben", "known", "gone", "BEN", "cleo", "pending", "dora", "ada"]
    file = b"email\n" + b"".join(b"%s@example.org\n" % name.encode() for name in names)
    add_subscriber(system_effects(), house, "known@example.org", SubscriptionRequest(confirmed=True))
    add_subscriber(system_effects(), house, "pending@example.org", SubscriptionRequest())
    erase_subscriber(house, "gone@example.org", NOW)
    committed = []

    def meanwhile(_: float) -> None:
        committed.append(sum(subscribers.counts(house).values()))
        with connect(house.file) as other:  # as a browser would
            other.execute("PRAGMA busy_timeout = 0")
            name = f"newcomer{len(committed)}@example.org"
            add_subscriber(system_effects(), other, name, SubscriptionRequest(confirmed=True))

    whole = import_readers(system_effects(), house, file, "Form.", dry=True)
    monkeypatch.setattr(write_batches, "MOST", 3)
    dry = import_readers(system_effects(), house, file, "Form.", dry=True)
    found = import_readers(system_effects(sleep=meanwhile), house, file, "Form.")

    assert whole == dry == found
    assert (found.added, found.known, found.repeated, found.erased) == (4, 2, 2, 1)
    assert found.statuses == {"active": 1, "pending": 1}
    assert committed == [5, 7]
    emails = [one.email.partition("@")[0] for one in subscribers.listing(house)]
    assert emails == ["known", "pending", "ada", "ben", "cleo", "newcomer1", "dora", "newcomer2"]


def test_an_import_that_dies_while_it_adds_is_made_whole_by_the_same_import(
    house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = b"email\n" + b"".join(b"r%d@example.org\n" % number for number in range(10))

    def die(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(write_batches, "MOST", 4)
    with pytest.raises(KeyboardInterrupt):
        import_readers(system_effects(sleep=die), house, file, "x")
    first = subscribers.counts(house)
    found = import_readers(system_effects(), house, file, "x")

    assert (first, found.added, found.known) == ({"active": 4}, 6, 4)
    assert [one.email for one in subscribers.listing(house)] == [f"r{number}@example.org" for number in range(10)]
    rows = house.execute("SELECT status, only_when_matching, count FROM subscriber_tallies").fetchall()
    assert list(map(tuple, rows)) == [("active", 0, 10)]


# The commands


def test_add_says_what_the_subscriber_became(typed: Type) -> None:
    typed("init")

    pending, active = typed("subscribers", "add", "a@example.org"), typed("subscribers", "add", "b@example.org", *YES)
    again = typed("subscribers", "add", "A@example.org")

    written = "confirmation written to the outbox"
    assert (pending.code, pending.out) == (0, f"a…@example.org added: pending; {written}\n")
    assert (active.code, active.out) == (0, "b…@example.org added: active\n")
    assert (again.code, again.out) == (0, f"a…@example.org there already, nothing changed: pending; {written}\n")
    assert sorted(file.name for file in Path("data/outbox").iterdir()) == ["confirm-1.eml", "confirm-2.eml"]


def test_add_asks_for_confirmation_three_times_a_day_at_most(typed: Type) -> None:
    typed("init")

    said = [typed("subscribers", "add", "a@example.org").out for _ in range(4)]

    assert ["outbox" in one for one in said] == [True, True, True, False]
    assert len(list(Path("data/outbox").iterdir())) == 3


def test_add_as_json_tells_of_the_letter_on_stderr(typed: Type) -> None:
    typed("init")

    answer = typed("subscribers", "add", "a@example.org", "--json")

    assert json.loads(answer.out)["status"] == "pending"
    assert answer.err == "confirmation written to the outbox\n"


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_add_says_when_the_letter_has_to_wait(typed: Type) -> None:
    typed("init")
    Path("casereviews.toml").write_text('[mail]\ntransport = "smtp"\nlive = true\nport = 1\nsecurity = "none"\n')

    answer = typed("subscribers", "add", "a@example.org")

    assert (answer.code, answer.out) == (3, "a…@example.org added: pending; confirmation waits to be tried again\n")
    with opened() as db:
        assert db.execute("SELECT state FROM transactional_mail").fetchone()[0] == "queued"


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_add_says_when_the_letter_was_sent_or_refused(typed: Type, tmp_path: Path) -> None:
    typed("init")
    with Sink(tmp_path, "--fault", "rcpt:550 5.1.1 No such user=1", "--to", "b@") as sink:
        mail = f'[mail]\ntransport = "smtp"\nlive = true\nport = {sink.port}\nsecurity = "none"\nhost = "127.0.0.1"\n'
        Path("casereviews.toml").write_text(mail)

        sent, refused = typed("subscribers", "add", "a@example.org"), typed("subscribers", "add", "b@example.org")

        assert [one.recipient for one in sink.accepted()] == ["a@example.org"]
    assert (sent.code, sent.out) == (0, "a…@example.org added: pending; confirmation sent\n")
    assert (refused.code, refused.out) == (3, "b…@example.org added: pending; confirmation refused\n")
    assert not Path("data/outbox").exists()


def test_erase_takes_the_letter_out_of_the_outbox(typed: Type) -> None:
    typed("init")
    typed("subscribers", "add", "a@example.org")
    typed("subscribers", "add", "b@example.org")

    typed("subscribers", "erase", "--yes", "A@example.org")

    assert [file.name for file in Path("data/outbox").iterdir()] == ["confirm-2.eml"]


def test_a_subscriber_as_json_has_the_keys_of_the_contract(typed: Type) -> None:
    typed("init")
    words = ("--topics", "neglect; sleep", "--nations", "wales", "--edition", "short", *YES, "--json")
    added = json.loads(typed("subscribers", "add", "a@example.org", *words).out)

    (listed,) = json.loads(typed("subscribers", "list", "--json").out)

    assert list(listed) == "email status since topics nations edition consent".split()
    assert list(listed["consent"]) == "when wording how confirmed_when".split()
    assert added == listed
    assert (listed["topics"], listed["nations"], listed["edition"]) == (["neglect", "sleep"], ["Wales"], "short")
    assert json.loads(typed("subscribers", "export", "--json").out) == [listed]
    assert json.loads(typed("subscribers", "export", "--format", "json").out) == [listed]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "x\r\n@y"), 1, "this address cannot be used: holds a line break"),
        (("add", "a@example.org", "--confirmed"), 2, "--confirmed needs --consent WORDS"),
        (("add", "a@example.org", "--nations", "Atlantis"), 2, "no such nation"),
        (("add", "a@example.org", "--topics", "x" * 99), 2, "no more than 50 topics"),
        (("add", "a@example.org", "--topics", "domestic abuze"), 2, "did you mean Domestic abuse?"),
        (("import", "list.csv"), 2, "--confirmed and --consent WORDS are both needed: mail may go only to people who"),
        (("import", "list.csv", "--confirmed"), 2, "both needed"),
        (("import", "list.csv", "--confirmed", "--consent", " "), 2, "both needed"),
        (("import", "list.csv", "--consent", "x"), 2, "both needed"),
        (("import", "none.csv", *YES), 2, "none.csv"),
        (("import", "empty.csv", *YES), 1, "the list is empty"),
        (("erase", "nonsense"), 1, "has no @"),
        (("list", "--status", "merry"), 2, "merry"),
    ],
)
def test_an_error_is_one_line_and_nothing_is_written(typed: Type, words: tuple[str, ...], code: int, said: str) -> None:
    typed("init")
    Path("list.csv").write_text("email\na@example.org\n")
    Path("empty.csv").touch()

    answer = typed("subscribers", *words)

    assert (answer.code, answer.out, answer.err.count("\n")) == (code, "", 1)
    assert said in answer.err
    with opened() as db:
        assert subscribers.counts(db) == {}


@pytest.mark.parametrize("words", [("list",), ("stats",), ("export",), ("add", "a@example.org"), ("erase", "a@b.org")])
def test_before_init_every_command_exits_10(typed: Type, words: tuple[str, ...]) -> None:
    assert typed("subscribers", *words).code == 10


def test_import_tells_bad_lines_on_stderr_and_exits_3(typed: Type) -> None:
    typed("init")
    Path("list.csv").write_text("email\nzanzibar@example.org\nzanzibar@@example.org\nzanzibar2@example.org\n")

    dry = typed("subscribers", "import", "list.csv", *YES, "--dry-run")
    answer = typed("subscribers", "import", "list.csv", *YES)
    again = typed("subscribers", "import", "list.csv", *YES, "--json")

    assert answer.code == dry.code == again.code == 3
    assert answer.err == dry.err == "line 3: has more than one @\n"
    assert answer.out == "2 subscribers added; 0 known already, 0 repeated, 0 erased or left before, 1 refused\n"
    assert dry.out == answer.out.replace("added", "would be added")
    told = [{"line": 3, "why": "has more than one @"}]
    counts = {"added": 0, "known": 2, "repeated": 0, "erased": 0, "refused": 1, "problems": told}
    assert json.loads(again.out) == counts


def test_an_import_without_one_good_row_failed(typed: Type) -> None:
    typed("init")
    Path("list.csv").write_text("email\nnonsense\n")

    assert typed("subscribers", "import", "list.csv", *YES).code == 1


def test_a_dry_run_writes_nothing(typed: Type) -> None:
    typed("init")
    typed("subscribers", "add", "a@example.org")
    Path("list.csv").write_text("email\nb@example.org\n")
    with opened() as db:
        before = dump(db)

    answers = [
        typed("subscribers", *words, "--dry-run")
        for words in (("add", "c@example.org"), ("add", "a@example.org", *YES), ("import", "list.csv", *YES))
    ]
    erased = typed("subscribers", "erase", "a@example.org", "--dry-run")

    assert len(list(Path("data/outbox").iterdir())) == 1
    assert [answer.code for answer in answers] == [0, 0, 0]
    assert erased.out == "a…@example.org would be erased; then no import will add it\n"
    with opened() as db:
        assert dump(db) == before


def test_the_export_runs_nothing_in_a_spreadsheet_and_comes_back_as_it_was(typed: Type) -> None:
    typed("init")
    for email in ("=cmd@example.org", "+x@example.org", "'=y@example.org", "plain@example.org"):
        typed("subscribers", "add", email, "--topics", "=SUM(1);b,c", "--only-matching", "--rest", "none", *YES)
    out = typed("subscribers", "export").out
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert not [cell for row in rows for cell in row.values() if cell[:1] in set("=+-@\t\r")]
    before = json.loads(typed("subscribers", "list", "--json").out)
    Path("list.csv").write_bytes(out.encode())
    with opened() as db:
        db.execute("DELETE FROM subscribers")

    assert typed("subscribers", "import", "list.csv", *YES).code == 0

    after = json.loads(typed("subscribers", "list", "--json").out)
    wishes = [sorted((row["email"], row["topics"]) for row in rows) for rows in (before, after)]
    assert wishes[0] == wishes[1]
    with opened() as db:
        assert {(one.matching, one.rest) for one in subscribers.listing(db)} == {(True, "none")}


def test_erase_says_the_same_of_any_spelling_and_shows_no_address(typed: Type) -> None:
    typed("init")
    typed("subscribers", "add", "Reader@example.org", *YES)

    first, second = (
        typed("subscribers", "erase", "--yes", "reader@EXAMPLE.org"),
        typed("subscribers", "erase", "--yes", "x@example.org"),
    )

    assert (first.code, first.out) == (0, "r…@EXAMPLE.org erased; no import will add it\n")
    assert (second.code, second.out) == (0, "x…@example.org was not a subscriber; no import will add it\n")
    assert json.loads(typed("subscribers", "list", "--json").out) == []


def test_stats_count_every_status(typed: Type) -> None:
    typed("init")
    typed("subscribers", "add", "a@example.org")
    typed("subscribers", "add", "b@example.org", *YES)

    found = json.loads(typed("subscribers", "stats", "--json").out)

    assert found == {
        "pending": 1,
        "active": 1,
        "paused": 0,
        "unsubscribed": 0,
        "bounced": 0,
        "complained": 0,
        "total": 2,
    }
    assert "active               1" in typed("subscribers", "stats").out


def test_no_command_shows_a_token(typed: Type) -> None:
    typed("init")
    typed("subscribers", "add", "a@example.org", *YES)
    with opened() as db:
        (one,) = subscribers.listing(db)

    for words in (("list",), ("list", "--json"), ("export",), ("export", "--json"), ("stats",)):
        answer = typed("--debug", "subscribers", *words)
        assert one.token not in answer.out + answer.err
    assert len(one.token) == 22
