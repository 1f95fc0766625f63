"""Every kind of mail through the one way out: who gets it for real, its DKIM signature, its pace."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from app.cli import run_command
from app.runtime.side_effects import system_effects
from core.config.load import load
from core.config.schema import Settings
from core.config.value_forms import SecretStr
from core.side_effects import SideEffects
from core.subscriber_rules import CONSENT_VERSION, Preferences
from db.collection import reviews
from db.mail import send_rate
from db.schema.connect import Database, connect, write_transaction
from services.delivery.deliver_issue import deliver_issues
from services.delivery.send_rate import SendRate
from services.delivery.send_transactional import send_due
from services.delivery.test_send import send_test
from services.issues.release_issue import release_issue
from services.operator.alerts import mail_operator
from services.operator.error_reports import ErrorReport, pass_on_reports, take_error_report
from services.readers.signup import sign_up
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem, verified
from tests.support.issue_sending import PERIOD, post, prepare
from tests.support.mail_relay import serving

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.usefixtures("house")]

ME = "a.da@gmail.com"
MINE, OTHERS = ["A.D.A+news@googlemail.com"], ["other@example.org"]  # the same mailbox, and another
WORDS = "naïve – a line\n.that begins with a dot"


@dataclass
class Outside:
    """A world in which waiting takes no time."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))
    slept: float = 0.0
    on_sleep: Callable[[], None] = lambda: None

    def effects(self) -> SideEffects:
        return system_effects(now=lambda: self.at, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.slept += seconds
        self.on_sleep()


class Memory:
    """A mail server that takes everything."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Memory, int]]:
    memory = Memory()
    with serving(memory) as port:  # type: ignore[arg-type]  # it needs no more of a relay
        yield memory, port


@pytest.fixture
def taken(server: tuple[Memory, int]) -> list[Envelope]:
    server[0].taken.clear()
    return server[0].taken


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with an approved issue and one subscriber."""
    folder = tmp_path_factory.mktemp("ready")
    with pytest.MonkeyPatch.context() as patch:
        prepare(folder, 0)
        patch.chdir(folder)
        Path("me.csv").write_text(f"email\n{ME}\n")
        assert run_command("subscribers import me.csv --confirmed --consent Asked".split()) == 0
    return folder


def configured(port: int, more: str = f'operator = "{ME}"\n', **mail: Any) -> Settings:
    post(port, more, **mail)
    return load(Path("casereviews.toml"), {})


def signing(settings: Settings) -> Settings:
    dkim = {"dkim_domain": DOMAIN, "dkim_selector": SELECTOR, "dkim_key": SecretStr(pem(key()))}
    return settings.replace(mail=settings.mail.replace(**dkim))


# The kinds of mail, each to the one mailbox


def issue(effects: SideEffects, settings: Settings, db: Database) -> None:
    release_issue(effects, settings, db, PERIOD, by_hand=True)
    deliver_issues(effects, settings, db, [PERIOD])


def confirmation(effects: SideEffects, settings: Settings, db: Database) -> None:
    db.execute("DELETE FROM subscribers")
    already_subscribed(effects, settings, db)


def already_subscribed(effects: SideEffects, settings: Settings, db: Database) -> None:
    sign_up(effects, settings, db, ME, Preferences(), CONSENT_VERSION, "192.0.2.7")
    assert send_due(effects, settings, db) == 1


def test_mail(effects: SideEffects, settings: Settings, db: Database) -> None:
    (one,) = send_test(effects, settings, db, PERIOD, [ME])
    assert (one.via == "smtp") == (one.file is None)


def notice(effects: SideEffects, settings: Settings, db: Database) -> None:
    assert mail_operator(effects, settings, db, "something – happened", WORDS.splitlines(), effects.now())


def error_report(effects: SideEffects, settings: Settings, db: Database) -> None:
    review = reviews.get(db, "1")
    take_error_report(effects, db, review, ErrorReport(WORDS, "reader@example.org"), "192.0.2.7")
    pass_on_reports(effects, settings, db)


test_mail.__test__ = False  # type: ignore[attr-defined]  # a kind of mail, no test
KINDS = [issue, confirmation, already_subscribed, test_mail, notice, error_report]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
Kind = Callable[[SideEffects, Settings, Database], None]


def mailed(kind: Kind, settings: Settings, outside: Outside | None = None) -> None:
    """Let one message of a kind leave."""
    with closing(connect(settings.database)) as db:
        kind((outside or Outside()).effects(), settings, db)


def written() -> list[Path]:
    return [file for file in Path("data/outbox").rglob("*") if file.is_file()]


@every_kind
@pytest.mark.parametrize(
    ("transport", "live", "allow_list", "real"),
    [
        ("outbox", False, [], False),
        ("outbox", False, MINE, False),
        ("outbox", True, [], False),
        ("outbox", True, MINE, False),
        ("smtp", False, [], False),
        ("smtp", False, OTHERS, False),
        ("smtp", False, MINE, True),
        ("smtp", False, [*OTHERS, *MINE], True),
        ("smtp", True, [], True),
        ("smtp", True, OTHERS, True),
        ("smtp", True, MINE, True),
    ],
)
def test_who_gets_real_mail(
    server: tuple[Memory, int],
    taken: list[Envelope],
    kind: Kind,
    transport: str,
    live: bool,
    allow_list: list[str],
    real: bool,
) -> None:
    mailed(kind, configured(server[1], transport=transport, live=live, allow_list=allow_list))

    assert [envelope.rcpt_tos for envelope in taken] == ([[ME]] if real else [])
    assert [envelope.mail_from for envelope in taken] == (["news@example.org"] if real else [])
    assert [file.suffix for file in written()] == ([] if real else [".eml"])


def test_a_report_that_nobody_is_named_for_is_a_file_however_mail_leaves(
    server: tuple[Memory, int], taken: list[Envelope]
) -> None:
    mailed(error_report, configured(server[1], ""))

    (file,) = written()
    assert b"\r\nTo: Case reviews <news@example.org>\r\n" in file.read_bytes()
    assert taken == []


@every_kind
def test_it_is_signed(server: tuple[Memory, int], taken: list[Envelope], kind: Kind) -> None:
    mailed(kind, signing(configured(server[1])))

    (envelope,) = taken
    assert isinstance(envelope.content, bytes)
    assert envelope.content.startswith(b"DKIM-Signature: ")
    assert envelope.content.isascii()
    assert verified(envelope.content)


@every_kind
def test_a_file_is_not_signed(server: tuple[Memory, int], kind: Kind) -> None:
    mailed(kind, signing(configured(server[1], live=False)))

    (file,) = written()
    assert b"DKIM-Signature" not in file.read_bytes()


@every_kind
def test_it_waits_for_its_turn_after_what_another_process_sent(
    server: tuple[Memory, int], taken: list[Envelope], kind: Kind
) -> None:
    outside, settings = Outside(), configured(server[1], rate_per_minute=6)
    last = outside.at.timestamp()
    with closing(connect(settings.database)) as db, write_transaction(db):
        send_rate.save_send_time(db, last)

    mailed(kind, settings, outside)

    assert len(taken) == 1
    assert outside.slept == pytest.approx(10)
    with closing(connect(settings.database)) as db:
        assert send_rate.last_send_time(db) == pytest.approx(last + 10)


@every_kind
def test_a_file_waits_for_nothing(server: tuple[Memory, int], kind: Kind) -> None:
    outside, settings = Outside(), configured(server[1], rate_per_minute=1, live=False)
    with closing(connect(settings.database)) as db, write_transaction(db):
        send_rate.save_send_time(db, outside.at.timestamp())

    mailed(kind, settings, outside)

    assert (len(written()), outside.slept) == (1, 0)


def test_all_kinds_share_one_pace(server: tuple[Memory, int], taken: list[Envelope]) -> None:
    outside, settings = Outside(), configured(server[1], rate_per_minute=6)

    for kind in (already_subscribed, test_mail, notice, error_report, issue):
        mailed(kind, settings, outside)

    assert len(taken) == 5
    assert outside.slept == pytest.approx(40)  # before each but the first


def test_confirmations_that_are_told_to_stop_are_left_for_later(
    server: tuple[Memory, int], taken: list[Envelope]
) -> None:
    stop, settings = Event(), configured(server[1], rate_per_minute=1)
    outside = Outside(on_sleep=stop.set)
    with closing(connect(settings.database)) as db:
        for name in "abc":
            sign_up(outside.effects(), settings, db, f"{name}@example.org", Preferences(), CONSENT_VERSION, "192.0.2.7")

        assert send_due(outside.effects(), settings, db, stop) == 1  # the second was to wait for its turn
        assert send_due(outside.effects(), settings, db, stop) == 0
        assert [envelope.rcpt_tos for envelope in taken] == [["a@example.org"]]

        outside.at += timedelta(minutes=2)
        assert send_due(outside.effects(), settings, db, Event()) == 2
    assert [envelope.rcpt_tos for envelope in taken] == [[f"{name}@example.org"] for name in "acb"]


@pytest.mark.parametrize(
    ("ahead", "waits"),  # seconds that the last message lies ahead of the clock, and that the next one waits
    [(-100.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (5.0, 6.0), (3_600.0, 3_601.0), (3_605.0, 1.0), (86_400.0, 1.0)],
)
def test_the_clock_decides_how_long_a_message_waits(db: Database, ahead: float, waits: float) -> None:
    outside, settings = Outside(datetime(2026, 11, 23, 9, tzinfo=UTC)), configured(25, rate_per_minute=60)
    with write_transaction(db):
        send_rate.save_send_time(db, outside.at.timestamp() + ahead)

    assert SendRate(outside.effects(), settings.mail, db)()

    assert outside.slept == pytest.approx(waits)


def test_without_a_rate_nothing_is_read_or_written(db: Database) -> None:
    outside, before = Outside(), db.conn.total_changes

    assert SendRate(outside.effects(), configured(25).mail, db)()
    assert not SendRate(outside.effects(), configured(25).mail, db, lambda: True)()

    assert (db.conn.total_changes, outside.slept) == (before, 0)
