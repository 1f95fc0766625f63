"""The mailbox for bounces: every message is read once, ours is put away, and what cannot be stops nothing."""

import json
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config.load import load
from core.config.schema import BounceSettings, Settings
from core.errors import HouseError, MailRefused, MailUnavailable
from db.mail import bounces
from db.schema.connect import Database, create
from newsletter.inbound import imap
from services.delivery import bounce_handling
from services.delivery.mailbox_poll import MailboxVisit, poll_mailbox
from tests.conftest import Typed
from tests.services.delivery.test_bounce_handling import NOW, OWN, SETTINGS, asking, at, furnished, reader, sample
from tests.support.imap_server import PASSWORD, USER, Postbox
from tests.support.installation import dump

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
Type = Callable[..., Typed]
PREFIXED = "AUTH=PLAIN MOVE NAMESPACE"


@pytest.fixture
def house(db: Database) -> Database:
    """A database with one reader, to whom the October issue was sent."""
    return furnished(db)


@pytest.fixture
def home(typed: Type) -> Type:
    """A set-up house in the working folder, with a reader to whom the October issue was sent."""
    Path("casereviews.toml").write_text('[mail]\nunsubscribe_mailbox = "leave@news.example"\n')
    with create(Path("data/casereviews.db")) as db:
        furnished(db)
    return typed


def set_to(box: Postbox, **more: object) -> Settings:
    given = {"imap_host": "127.0.0.1", "imap_port": box.port, "imap_security": "none", "imap_username": USER}
    wanted = given | {"imap_password": PASSWORD, "imap_timeout": 5} | more
    return Settings(mail=SETTINGS.mail, bounces=BounceSettings(**wanted))


MAIL = [sample("postfix-unknown"), sample("person"), asking(OWN), b"\0\xff not mail", sample("postfix-delayed")]
OURS = [MAIL[0], MAIL[2], MAIL[4]]


@pytest.mark.parametrize("extensions", ["AUTH=PLAIN MOVE UIDPLUS", "AUTH=PLAIN UIDPLUS", "AUTH=PLAIN"])
def test_a_visit_reads_what_came_and_puts_ours_away(house: Database, extensions: str) -> None:
    with Postbox(MAIL, extensions) as box:
        found = poll_mailbox(at(NOW), set_to(box), house)

        assert found == MailboxVisit(processed=3)
        assert reader(house).status == "unsubscribed"  # who bounces and asks to leave has left
        assert box.kept("Processed") == OURS
        assert box.unseen("Processed") == []
        assert [one for one in box.unseen() if one not in OURS] == [MAIL[1], MAIL[3]]  # a person's, unread as it was
        assert box.kept() == [MAIL[1], MAIL[3]]
        assert (len(box.folders["INBOX"]) == 2) is ("UIDPLUS" in extensions)  # else others' would be expunged, too


def test_a_second_visit_finds_nothing_to_do(house: Database) -> None:
    with Postbox(MAIL) as box:
        poll_mailbox(at(NOW), set_to(box), house)
        before, box.commands = dump(house), []

        assert poll_mailbox(at(NOW), set_to(box), house) == MailboxVisit()
        assert dump(house) == before
        assert [command for command in box.commands if "FETCH" in command] == []


def test_the_folders_are_those_that_were_set(house: Database) -> None:
    with Postbox(MAIL) as box:
        box.folders = {'Mail "in" \\ here': box.folders["INBOX"], "INBOX": [], "Read by us": []}

        found = poll_mailbox(at(NOW), set_to(box, imap_folder='Mail "in" \\ here', imap_processed="Read by us"), house)

        assert (found.processed, box.kept("Read by us")) == (3, OURS)


def test_what_somebody_has_opened_is_read_as_well(house: Database) -> None:
    with Postbox([MAIL[1]]) as box:
        poll_mailbox(at(NOW), set_to(box), house)
        box.deliver(MAIL[0], r"\Seen")

        assert poll_mailbox(at(NOW), set_to(box), house) == MailboxVisit(processed=1)
        assert reader(house).status == "bounced"


@pytest.mark.parametrize("known", [True, False])
def test_a_folder_that_is_numbered_anew_is_read_from_its_beginning(house: Database, known: bool) -> None:
    """With another UIDVALIDITY; or where a server tells none, and begins again."""
    with Postbox([MAIL[1]] * 9) as box:
        box.uid_validity = 1 if known else 0
        poll_mailbox(at(NOW), set_to(box), house)
    with Postbox([MAIL[0]]) as box:
        box.uid_validity = 2 if known else 0

        assert poll_mailbox(at(NOW), set_to(box), house).processed == 1


def test_a_server_that_tells_no_uids_ahead_has_each_message_read_once(house: Database) -> None:
    with Postbox(MAIL[:2]) as box:
        box.uid_validity = None
        first = poll_mailbox(at(NOW), set_to(box), house)
        box.commands = []

        assert (first, poll_mailbox(at(NOW), set_to(box), house)) == (MailboxVisit(processed=1), MailboxVisit())
        assert not [command for command in box.commands if "FETCH" in command]


def test_one_visit_reads_so_many_and_the_next_goes_on(house: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "MAX_MESSAGES", 2)
    monkeypatch.setattr(imap, "UID_WINDOW", 2)
    with Postbox([MAIL[1], MAIL[1], MAIL[1], MAIL[0], MAIL[1]]) as box:
        found = [poll_mailbox(at(NOW), set_to(box), house).processed for _ in range(3)]

        assert found == [0, 1, 0]
        assert len([command for command in box.commands if "FETCH" in command]) == 5


@pytest.mark.parametrize("greeting", ["AUTH=PLAIN", "AUTH=PLAIN IMAP4rev1 ID"])
def test_what_a_server_can_do_is_asked_again_after_the_log_in(house: Database, greeting: str) -> None:
    with Postbox(MAIL, "AUTH=PLAIN MOVE UIDPLUS", greeting=greeting) as box:
        poll_mailbox(at(NOW), set_to(box), house)

        assert [letter.raw for letter in box.folders["INBOX"]] == [MAIL[1], MAIL[3]]


@pytest.mark.parametrize("extensions", [PREFIXED, "AUTH=PLAIN MOVE"], ids=["it tells its prefix", "it tells nothing"])
def test_folders_below_a_prefix_are_found_and_made_there(house: Database, extensions: str) -> None:
    with Postbox(MAIL, extensions, prefix="INBOX.") as box:
        first = poll_mailbox(at(NOW), set_to(box), house)
        box.folders["INBOX.Returned"] = []
        box.folders["INBOX"], box.folders["INBOX.Returned"] = [], box.folders["INBOX"]
        box.uid_validity = 7
        second = poll_mailbox(at(NOW), set_to(box, imap_folder="Returned"), house)

        assert (first, second) == (MailboxVisit(processed=3), MailboxVisit())
        assert box.kept("INBOX.Processed") == OURS
        assert sorted(box.folders) == ["INBOX", "INBOX.Processed", "INBOX.Returned"]


def test_a_folder_that_is_there_as_it_was_written_is_taken(house: Database) -> None:
    with Postbox(MAIL, PREFIXED, prefix="INBOX.") as box:
        box.folders["Shared.Bounces"] = []
        poll_mailbox(at(NOW), set_to(box, imap_processed="Shared.Bounces"), house)

        assert box.kept("Shared.Bounces") == OURS


@pytest.mark.parametrize("command", ["UID STORE", "UID MOVE", "CREATE"])
@pytest.mark.parametrize("answer", [b"TAG NO [OVERQUOTA] it is full\r\n", b"TAG BAD what\r\n"])
def test_what_cannot_be_put_away_does_not_stop_the_rest(house: Database, command: str, answer: bytes) -> None:
    said = "it is full" if b"NO" in answer else "what"
    with Postbox(MAIL, spoil=lambda name: answer if name == command else None) as box:
        found = poll_mailbox(at(NOW), set_to(box), house)
        again = poll_mailbox(at(NOW), set_to(box), house)

        assert (found.processed, found.left, again) == (0, 3, MailboxVisit())
        assert said in found.why
        assert reader(house).status == "unsubscribed"


def test_what_a_server_does_not_hand_over_is_asked_for_again_and_the_rest_read(house: Database) -> None:
    asked: list[str] = []

    def spoil(name: str) -> bytes | None:
        asked.extend([name] * (name == "UID FETCH"))
        return b"TAG NO [SERVERBUG] not now\r\n" if asked == ["UID FETCH"] and name == "UID FETCH" else None

    with Postbox([MAIL[2], MAIL[0]], spoil=spoil) as box:
        first = poll_mailbox(at(NOW), set_to(box), house)
        second = poll_mailbox(at(NOW), set_to(box), house)

        assert (first.processed, first.refused) == (1, 1)
        assert second == MailboxVisit(processed=1)
        assert poll_mailbox(at(NOW), set_to(box), house) == MailboxVisit()


def test_one_message_that_cannot_be_read_does_not_stop_the_rest(
    house: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(raw: bytes, recipient: str) -> object:
        if b"not mail" in raw:
            raise RecursionError
        return real(raw, recipient)

    real = bounce_handling.parse_inbound
    monkeypatch.setattr(bounce_handling, "parse_inbound", stumble)
    with Postbox([MAIL[3], MAIL[0]]) as box:
        found = poll_mailbox(at(NOW), set_to(box), house)

        assert (found.processed, reader(house).status) == (1, "bounced")
        assert "could not be read: RecursionError" in caplog.text


def test_a_message_is_read_again_when_what_it_says_could_not_be_kept(house: Database) -> None:
    with Postbox(MAIL) as box:
        house.execute("PRAGMA query_only = ON")
        with pytest.raises(HouseError, match="the database cannot be written"):
            poll_mailbox(at(NOW), set_to(box), house)
        house.execute("PRAGMA query_only = OFF")

        assert box.unseen() == MAIL
        assert poll_mailbox(at(NOW), set_to(box), house).processed == 3


def test_only_ten_megabytes_of_a_message_are_fetched(house: Database) -> None:
    with Postbox([sample("postfix-unknown") + b"x" * 11_000_000]) as box:
        assert poll_mailbox(at(NOW), set_to(box), house).processed == 1
        assert any("<0.10485760>" in command for command in box.commands)


def test_a_log_in_that_is_refused_is_said_without_the_password(house: Database) -> None:
    for extensions, password in (("AUTH=PLAIN", "sesame ß"), ("", "sesame"), ("", "ß")):
        with Postbox(MAIL, extensions) as box:
            with pytest.raises(MailRefused, match=r"refused the log-in.*imap_password") as raised:
                poll_mailbox(at(NOW), set_to(box, imap_password=password), house)

            assert password not in str(raised.value)
            assert box.unseen() == MAIL


def test_a_mailbox_that_says_the_log_in_back_gives_nothing_away(house: Database) -> None:
    def echo(command: str) -> bytes | None:
        return rb'TAG NO cannot LOGIN "box" "ses\\\\ame"' + b"\r\n" if command == "LOGIN" else None

    with Postbox(MAIL, "", spoil=echo) as box, pytest.raises(MailRefused, match=r'LOGIN "box" "\(hidden\)"'):
        poll_mailbox(at(NOW), set_to(box, imap_password="ses\\ame"), house)


def test_a_server_without_plain_authentication_gets_a_plain_log_in(house: Database) -> None:
    with Postbox(MAIL, "MOVE") as box:
        assert poll_mailbox(at(NOW), set_to(box, imap_password="plain"), house).processed == 3


def test_a_folder_that_is_not_there_is_named(house: Database) -> None:
    with Postbox(MAIL) as box, pytest.raises(HouseError, match=r"no such mail folder: Bounces .*imap_folder"):
        poll_mailbox(at(NOW), set_to(box, imap_folder="Bounces"), house)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("UID SEARCH", b""),
        ("UID FETCH", b""),
        ("UID MOVE", b""),
        ("UID SEARCH", b"TAG NO not now\r\n"),
        ("UID FETCH", b"* 1 FETCH (BODY[] {99999}\r\nshort"),
        ("CAPABILITY", b"* nonsense\r\n"),
        ("UID SEARCH", b"\xff\xfe\r\n"),
    ],
)
def test_a_server_that_goes_away_or_talks_nonsense_is_an_error_in_one_line(
    house: Database, command: str, answer: bytes
) -> None:
    with Postbox(MAIL, spoil=lambda name: answer if name == command else None) as box:
        with pytest.raises(MailUnavailable) as raised:
            poll_mailbox(at(NOW), set_to(box, imap_timeout=0.5), house)

        assert "\n" not in str(raised.value)


def test_after_a_visit_that_broke_off_the_next_one_counts_nothing_twice(house: Database) -> None:
    with Postbox([sample("postfix-full")], spoil=lambda name: b"" if name == "UID MOVE" else None) as box:
        with pytest.raises(MailUnavailable):
            poll_mailbox(at(NOW), set_to(box), house)
        box.spoil = lambda name: None

        assert poll_mailbox(at(NOW), set_to(box), house).processed == 1
        assert len(bounces.listing(house, reader(house).id)) == 1
        assert box.kept("Processed") == [sample("postfix-full")]


def test_a_server_that_is_not_there_is_an_error_in_one_line(house: Database) -> None:
    with Postbox([]) as box:
        settings = set_to(box)

    with pytest.raises(MailUnavailable, match="the mailbox cannot be read"):
        poll_mailbox(at(NOW), settings, house)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody signed but itself, with its key, in one file."""
    where = tmp_path_factory.mktemp("tls") / "box.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", where, "-out", f"{where}.crt"], check=True, capture_output=True)
    where.write_text(where.read_text() + Path(f"{where}.crt").read_text())
    return where


@pytest.mark.parametrize(
    ("trusted", "host", "good"),
    [(True, "127.0.0.1", True), (False, "127.0.0.1", False), (True, "localhost", False)],
    ids=["trusted", "signed by nobody", "for another name"],
)
def test_the_server_s_certificate_is_verified(
    house: Database, certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, host: str, good: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Postbox(MAIL, tls=context) as box:
        settings = set_to(box, imap_security="tls", imap_host=host)
        if good:
            assert poll_mailbox(at(NOW), settings, house).processed == 3
        else:
            with pytest.raises(MailUnavailable, match=r"certificate"):
                poll_mailbox(at(NOW), settings, house)

            assert box.commands == []


def test_where_no_mailbox_is_set_none_is_visited(house: Database) -> None:
    assert poll_mailbox(at(NOW), SETTINGS, house) == MailboxVisit()


# The command


def test_the_command_visits_the_mailbox_that_is_set(home: Type) -> None:
    said = home("bounce", "--poll")

    assert said.code == 2
    assert "bounces.imap_host is empty" in said.err
    assert home("bounce", "--poll", "--dry-run").code == 2


def test_the_command_says_how_many_messages_it_put_away(home: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    with Postbox(MAIL) as box:
        for name, value in (set_to(box).bounces.as_dict() | {"imap_password": PASSWORD}).items():
            monkeypatch.setenv(f"CASEREVIEWS_BOUNCES__{name.upper()}", str(value))

        assert home("bounce", "--poll").out == "3 messages processed\n"
        assert json.loads(home("bounce", "--poll", "--json").out) == {"processed": 0, "left": 0, "refused": 0}


# Its settings


def test_nothing_travels_in_clear_over_a_network() -> None:
    Path("c.toml").write_text('[bounces]\nimap_host = "imap.example.org"\nimap_security = "none"\nimap_password = "x1"')

    with pytest.raises(HouseError, match=r"bounces\.imap_security = 'none'") as raised:
        load(Path("c.toml"))

    assert "x1" not in str(raised.value)


@pytest.mark.parametrize("name", ["imap_folder", "imap_processed"])
@pytest.mark.parametrize("value", ["", "a\\r\\nb LOGOUT", "Ü"])
def test_a_folder_is_named_in_plain_letters(name: str, value: str) -> None:
    Path("c.toml").write_text(f'[bounces]\n{name} = "{value}"', "utf-8")

    with pytest.raises(HouseError, match=name):
        load(Path("c.toml"))
