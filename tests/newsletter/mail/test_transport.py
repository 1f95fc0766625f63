"""Transports: who gets real mail, what a file's mark decides, what is raised; and who reads the settings of it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.config.schema import MailSettings, Settings
from core.errors import HouseError, SettingsError
from core.states import AnswerKind
from newsletter.mail.outbox_files import WRITTEN_REPLY, OutboxTransport
from newsletter.mail.transport import (
    ConnectionLost,
    DeliveryAnswer,
    Mark,
    Pace,
    Parcel,
    check_usable,
    deliver_now,
    read_routing,
    route,
    split_audience,
)

ROOT = Path(__file__).parents[3]
ROOMS = ("app", "core", "db", "newsletter", "scraper", "services", "templates")
GUARDED = {"transport", "live", "allow_list"}
ADA = "Ada.Lovelace+news@googlemail.com"  # a mailbox that can be written in many ways
PARCEL = Parcel(7, "news@example.org", "ada@example.org", b"Subject: hello\r\n\r\n.dot\r\n", "2026-10/token")


def settings(**mail: object) -> Settings:
    return Settings(data_dir=Path("data"), mail=MailSettings(**mail))


# who gets real mail


@pytest.mark.parametrize(
    ("mail", "mailbox", "via"),
    [
        ({}, "adalovelace@gmail.com", "outbox"),
        ({"live": True, "allow_list": [ADA]}, "adalovelace@gmail.com", "outbox"),
        ({"transport": "smtp"}, "adalovelace@gmail.com", "outbox"),
        ({"transport": "smtp", "live": True}, "adalovelace@gmail.com", "smtp"),
        ({"transport": "smtp", "live": True, "allow_list": ["other@example.org"]}, "adalovelace@gmail.com", "smtp"),
        ({"transport": "smtp", "allow_list": [ADA]}, "adalovelace@gmail.com", "smtp"),
        ({"transport": "smtp", "allow_list": [ADA]}, "ADA.lovelace@GMAIL.com", "smtp"),
        ({"transport": "smtp", "allow_list": [ADA]}, "adalovelace@gmail.com.example.org", "outbox"),
        ({"transport": "smtp", "allow_list": ["a.b@example.org"]}, "ab@example.org", "outbox"),
        ({"transport": "smtp", "allow_list": ["ada@BÜCHER.example"]}, "ada@xn--bcher-kva.example", "smtp"),
    ],
)
def test_a_mailbox_has_one_way_out(mail: dict[str, object], mailbox: str, via: str) -> None:
    assert route(settings(**mail), mailbox).via == via


def test_an_audience_is_split_where_some_only_get_real_mail() -> None:
    shares = split_audience(settings(transport="smtp", allow_list=[ADA, "b@example.org", "B@example.org"]))

    keys = ("adalovelace@gmail.com", "b@example.org")
    assert [(one.way_out.via, one.keys, one.others) for one in shares] == [
        ("smtp", keys, False),
        ("outbox", keys, True),
    ]


@pytest.mark.parametrize(
    ("mail", "via"), [({}, "outbox"), ({"transport": "smtp", "live": True, "allow_list": [ADA]}, "smtp")]
)
def test_an_audience_is_not_split_where_all_get_the_same(mail: dict[str, object], via: str) -> None:
    (share,) = split_audience(settings(**mail))

    assert (share.way_out.via, share.keys) == (via, None)


def test_an_allow_list_must_be_one_where_it_decides() -> None:
    wrong = settings(transport="smtp", allow_list=["nonsense"])

    for ask in (lambda: route(wrong, "a@example.org"), lambda: split_audience(wrong), lambda: check_usable(wrong.mail)):
        with pytest.raises(SettingsError, match=r"mail\.allow_list: has no @"):
            ask()
    assert read_routing(wrong.mail).reach == "listed"  # to say so is no crash
    assert route(settings(transport="smtp", live=True, allow_list=["nonsense"]), "a@example.org").via == "smtp"


def test_a_key_that_cannot_sign_is_not_usable() -> None:
    with pytest.raises(HouseError, match=r"mail\.dkim_key"):
        check_usable(MailSettings(dkim_domain="example.org", dkim_key="no key"))


# files


def test_a_parcel_is_written_raw_once_it_may_leave(tmp_path: Path) -> None:
    heard: list[tuple[list[DeliveryAnswer], Parcel | None]] = []

    def mark(answers: list[DeliveryAnswer], parcel: Parcel | None) -> bool:
        heard.append((answers, parcel))
        return True

    OutboxTransport(tmp_path / "outbox").open(lambda relay: False).deliver(iter([PARCEL]), mark)

    assert (tmp_path / "outbox" / "2026-10" / "token.eml").read_bytes() == PARCEL.data
    assert heard == [([], PARCEL), ([DeliveryAnswer(7, "sent", WRITTEN_REPLY)], None)]


@pytest.mark.parametrize("denied", ["before", "after"])
def test_a_parcel_that_may_not_leave_or_stay_leaves_no_file(tmp_path: Path, denied: str) -> None:
    OutboxTransport(tmp_path).open(lambda relay: True).deliver(
        iter([PARCEL]), lambda answers, parcel: bool(answers) == (denied == "before")
    )

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_file_is_taken_back_once_or_twice(tmp_path: Path) -> None:
    transport = OutboxTransport(tmp_path)
    transport.open(lambda relay: True).deliver(iter([PARCEL]), lambda answers, parcel: True)

    transport.take_back(PARCEL.name)
    transport.take_back(PARCEL.name)

    assert list((tmp_path / "2026-10").iterdir()) == []


# one message at once


@dataclass
class FakeTransport:
    """Answers as it is told, and remembers."""

    kind: AnswerKind | None = "sent"
    reply: str = "250 Ok"
    lost: bool = False
    log: list[str] = field(default_factory=list)
    via = "smtp"
    where = "mail.example.org:25"
    takes_wire_form = False
    signer = None

    def open(self, pace: Pace) -> "FakeTransport":
        self.log.append("open")
        return self

    def deliver(self, parcels: Iterator[Parcel], mark: Mark, ahead: bool = True) -> None:
        for parcel in parcels:
            if self.kind is None:
                return
            mark([], parcel)
            self.log.append(f"{parcel.id} ahead={ahead}")
            mark([DeliveryAnswer(parcel.id, self.kind, self.reply)], None)
            if self.lost:
                raise ConnectionLost(self.reply)

    def close(self) -> None:
        self.log.append("close")

    def take_back(self, name: str) -> None:
        raise AssertionError(name)


def test_one_message_has_a_session_of_its_own() -> None:
    transport = FakeTransport()

    deliver_now(transport, lambda relay: True, PARCEL)

    assert transport.log == ["open", "7 ahead=False", "close"]


@pytest.mark.parametrize(
    ("kind", "reply", "lost", "why"),
    [
        ("refused", "550 5.1.1 <ada@example.org> unknown", False, r"\(550 5\.1\.1 <a…@example\.org> unknown\)"),
        ("later", "450 4.2.1 Busy", False, r"\(450 4\.2\.1 Busy\)"),
        ("unknown", "connection lost: reset", True, r"\(connection lost: reset\)"),
        ("again", "421 4.3.2 Closing", True, r"\(421 4\.3\.2 Closing\)"),
        (None, "", False, r"\(stopped before it left\)"),
    ],
)
def test_a_message_that_is_not_taken_is_one_line(kind: AnswerKind | None, reply: str, lost: bool, why: str) -> None:
    transport = FakeTransport(kind, reply, lost)

    with pytest.raises(HouseError, match=rf"the mail server did not take it: mail\.example\.org:25 {why}"):
        deliver_now(transport, lambda relay: True, PARCEL)

    assert transport.log[-1] == "close"


# the only reader


def test_nothing_else_reads_who_gets_real_mail() -> None:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    readers = {
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in GUARDED and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr" and _names_one(node.args))
    }

    assert {reader.partition(":")[0] for reader in readers} == {"newsletter/mail/transport.py"}
    assert len(readers) == 1  # in one line of it
    assert len(files) > 200


def test_no_template_reads_it_either() -> None:
    shown = re.compile(r"[{][{%][^}]*\.(transport|live|allow_list)\b")
    assert [file for file in sorted((ROOT / "templates").rglob("*.*")) if shown.search(_text(file))] == []


def _names_one(values: list[ast.expr]) -> bool:
    return any(isinstance(value, ast.Constant) and value.value in GUARDED for value in values)


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.is_file() else ""
