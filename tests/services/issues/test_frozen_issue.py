"""As sent is as sent: whatever changes after the release, an issue's messages are the bytes that were stored then."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir, closing
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope
from jinja2 import DictLoader, Environment, StrictUndefined

from app.cli import run_command
from app.runtime.side_effects import system_effects
from app.web import create_app
from app.web.public.issue_archive import strip_personal_links
from core.clean_text import TOKEN_PLACEHOLDER
from core.config.load import load
from db.mail import issue_messages, issues
from db.schema.connect import Database, connect
from newsletter.issue import render
from newsletter.issue.wording import MailStyle
from newsletter.mail.merge import MergeTemplate, message_parts
from services.delivery.deliver_issue import deliver_issues
from services.issues import frozen_issue
from services.issues.build_issue import load_issue
from services.issues.release_issue import release_issue
from tests.conftest import Typed
from tests.support.issue_sending import PERIOD, post, prepare
from tests.support.mail_relay import Relay, at, serving

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
NAMES = ("ada", "ben", "cleo", "dora")  # of the domains a, b, a, b; ben and cleo read the short edition
SUPPORT = '[[support.lines]]\nname = "{}"\nphone = "0800 {}"\n'
OLD = '[newsletter]\ntitle = "Case reviews"\npostal_address = "1 Old Street"\n[support]\nchecked = 2026-01-01\n'
OLD += SUPPORT.format("Childline", "1111")
NEW = OLD.replace("Case reviews", "Other").replace("Old Street", "New Street").replace("Childline", "Samaritans")
NEW += SUPPORT.format("Another line", "2222")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with an approved issue of three reviews, and readers of both editions."""
    folder = tmp_path_factory.mktemp("ready")
    prepare(folder, 0, reviews=3)
    rows = (f"{name}@{'ab'[n % 2]}.example.org,{'short' if n in (1, 2) else 'full'}" for n, name in enumerate(NAMES))
    with chdir(folder):
        post(1, OLD, transport="outbox")
        Path("readers.csv").write_text("\n".join(["email,edition", *rows]))
        assert run_command("subscribers import readers.csv --confirmed --consent Asked".split()) == 0
        assert run_command(["issue", "build", PERIOD]) == 0
    return folder


@pytest.fixture(autouse=True)
def house(ready: Path, tmp_path: Path) -> Path:
    """A copy of it in the working folder."""
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    return tmp_path


def opened() -> Database:
    return connect(Path("data/casereviews.db"))


def release() -> None:
    """Freeze the issue; nothing is sent yet."""
    with closing(opened()) as db:
        assert release_issue(system_effects(), load(Path("casereviews.toml")), db, PERIOD, by_hand=True) == len(NAMES)


def outbox() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(Path("data/outbox", PERIOD).glob("*.eml"))}


def stored() -> dict[str, bytes]:
    with closing(opened()) as db:
        return dict(issue_messages.by_edition(db, PERIOD))


def change_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the mail's templates be others from now on."""
    old = render.email_templates()
    assert old.loader is not None
    files = {name: old.loader.get_source(old, name)[0] for name in old.list_templates()}
    files["issue.html"] = files["issue.html"].replace("</main>", "<p>A new line.</p></main>")
    new = Environment(
        loader=DictLoader(files), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    new.globals["style"] = MailStyle()
    monkeypatch.setattr(render, "email_templates", lambda style: new)


def change_everything(monkeypatch: pytest.MonkeyPatch, port: int = 1, **mail: Any) -> None:
    """Let the configuration and the templates be others from now on."""
    other = {"sender": "Team <team@example.org>", "reply_to": "desk@example.org"} | mail
    post(port, NEW, **other)
    text = Path("casereviews.toml").read_text()
    Path("casereviews.toml").write_text(text.replace("https://news.example.org", "https://other.example.org"))
    change_templates(monkeypatch)


CHANGES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the title": lambda _: post(1, OLD.replace("Case reviews", "Other"), transport="outbox"),
    "the postal address": lambda _: post(1, OLD.replace("Old Street", "New Street"), transport="outbox"),
    "the support lines": lambda _: post(1, OLD.replace("Childline", "Samaritans"), transport="outbox"),
    "the sender": lambda _: post(1, OLD, transport="outbox", sender="Team <team@example.org>"),
    "where answers go": lambda _: post(1, OLD, transport="outbox", reply_to="desk@example.org"),
    "a template": change_templates,
    "everything": lambda patch: change_everything(patch, transport="outbox"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_between_release_and_sending_changes_no_byte(
    house: Path, change: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, typed: Type
) -> None:
    release()
    shutil.copytree(house, house / "twin")
    with chdir("twin"):
        assert run_command(["issue", "send", PERIOD]) == 0
        unchanged = outbox()

    change(monkeypatch)
    assert typed("issue", "send", PERIOD).code == 0

    assert len(unchanged) == len(NAMES)
    assert outbox() == unchanged


def test_a_change_does_show_in_an_issue_that_is_not_released(monkeypatch: pytest.MonkeyPatch, typed: Type) -> None:
    change_everything(monkeypatch, transport="outbox")

    assert typed("issue", "build", PERIOD).code == 0
    assert typed("issue", "send", PERIOD).code == 0

    for message in outbox().values():
        html, text = message_parts(message)
        assert "A new line." in html and "Samaritans" in text and "2 Old Street" not in text
        assert b"From: Team <team@example.org>" in message


def test_an_interruption_between_release_and_the_first_message_loses_nothing(
    house: Path, monkeypatch: pytest.MonkeyPatch, typed: Type
) -> None:
    def killed(*asked: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("services.delivery.deliver_issue.deliver_issues", killed)
        assert typed("issue", "send", PERIOD).code == 130
    messages, waiting = stored(), outbox()

    change_everything(monkeypatch, transport="outbox")
    assert typed("issue", "send", PERIOD).code == 0

    assert (waiting, stored()) == ({}, messages)
    assert len(outbox()) == len(NAMES)
    assert not any(b"team@" in message for message in outbox().values())


def test_a_release_that_cannot_make_a_message_freezes_nothing(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*asked: object, **more: object) -> bytes:
        raise ValueError("no message")

    with monkeypatch.context() as patch:
        patch.setattr(frozen_issue, "build_merge_message", broken)
        with pytest.raises(ValueError, match="no message"):
            release()

    with closing(opened()) as db:
        assert issues.list_states(db)[PERIOD].status in ("draft", "approved")
        assert db.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0] == 0


# In the midst of a delivery


class Post(Relay):
    """A relay that keeps what it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, bytes] = {}

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages[envelope.rcpt_tos[0]] = envelope.content
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def relay() -> Iterator[tuple[Post, int]]:
    """A mail server that has half of the readers wait, and its port."""
    made = Post()
    made.refuse = lambda address: "451 4.3.0 later" if at("b")(address) else ""
    with serving(made) as port:
        yield made, port


def deliver_later(relay: Post) -> None:
    """Deliver what waits, when it is due."""
    relay.refuse = lambda address: ""
    later = system_effects(now=lambda: system_effects().now() + timedelta(hours=2))
    with closing(opened()) as db:
        assert deliver_issues(later, load(Path("casereviews.toml")), db, [PERIOD]).left == 0


def common(message: bytes, address: str) -> tuple[dict[str, str], str, str]:
    """What is not the reader's own of a message: headers, HTML and text."""
    with closing(opened()) as db:
        sql = """
            SELECT s.token, d.token FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id
            WHERE s.email = ?
        """
        token, delivery = db.execute(sql, [address]).fetchone()
    mail = message_from_bytes(message, policy=policy.default)
    headers = {name: str(value).replace(token, "T").replace(delivery, "D") for name, value in mail.items()}
    html, text = (part.replace(token, "T") for part in message_parts(message))
    return {name: headers[name] for name in headers if name != "To"}, html, text


def test_a_change_in_the_midst_of_a_delivery_reaches_nobody(
    relay: tuple[Post, int], monkeypatch: pytest.MonkeyPatch, typed: Type
) -> None:
    server, port = relay
    post(port, OLD)
    assert typed("issue", "send", PERIOD).code == 3
    first = dict(server.messages)

    change_everything(monkeypatch, port)
    deliver_later(server)

    assert sorted(first) == ["ada@a.example.org", "cleo@a.example.org"]
    shown = {address: common(message, address) for address, message in server.messages.items()}
    assert shown["ada@a.example.org"] == shown["dora@b.example.org"]  # of the full edition, before and after
    assert shown["cleo@a.example.org"] == shown["ben@b.example.org"]
    assert shown["ada@a.example.org"][1] != shown["ben@b.example.org"][1]


def test_a_takedown_in_the_midst_of_a_delivery_renders_once_anew_under_the_frozen_wording(
    relay: tuple[Post, int], monkeypatch: pytest.MonkeyPatch, typed: Type
) -> None:
    server, port = relay
    post(port, OLD)
    assert typed("issue", "send", PERIOD).code == 3
    before = stored()
    with closing(opened()) as db:
        gone = load_issue(db, PERIOD).issue.reviews[0]

    change_everything(monkeypatch, port)
    assert typed("reviews", "withdraw", str(gone.id), "--reason", "A court order.").code == 0
    deliver_later(server)

    after = stored()
    assert all(after[edition] != before[edition] for edition in before)
    for address in ("ben@b.example.org", "dora@b.example.org"):
        html, text = message_parts(server.messages[address])
        assert gone.name not in text and gone.name not in html
        assert "Childline" in text and "Samaritans" not in text and "1 Old Street" in text
        assert b"From: Case reviews <news@example.org>" in server.messages[address]
        assert "https://news.example.org/unsubscribe/" in text and "other.example.org" not in text
        assert "A new line." in html  # the template is the one of the day of the takedown
    assert gone.name in message_parts(server.messages["ada@a.example.org"])[1]
    with closing(opened()) as db:
        rows = db.execute("SELECT left_out, rendered_at >= frozen_at FROM issue_messages JOIN issues USING (period)")
        assert [(json.loads(row[0]), row[1]) for row in rows] == [([gone.id], 1)] * 2


def test_undoing_a_takedown_brings_the_same_bytes_back(typed: Type) -> None:
    release()
    before = stored()
    with closing(opened()) as db:
        number = str(load_issue(db, PERIOD).issue.reviews[0].id)

    typed("reviews", "withdraw", number, "--reason", "A mistake.")
    between = stored()
    typed("reviews", "restore", number)

    assert between != before
    assert stored() == before


def test_a_takedown_of_a_review_that_is_not_in_it_changes_no_byte(typed: Type) -> None:
    release()
    before = stored()
    with closing(opened()) as db:
        carried = {review.id for review in load_issue(db, PERIOD).issue.named}
        (other,) = {row[0] for row in db.execute("SELECT id FROM reviews")} - carried

    assert typed("reviews", "withdraw", str(other), "--reason", "A court order.").code == 0

    assert stored() == before


# Long after


def test_what_is_sent_again_months_later_is_the_same_message(monkeypatch: pytest.MonkeyPatch, typed: Type) -> None:
    assert typed("issue", "send", PERIOD).code == 0
    before = outbox()
    shutil.rmtree(Path("data/outbox"))
    with closing(opened()) as db:
        for table, column in (("issues", "sent_at"), ("deliveries", "changed_at")):
            db.conn.execute(f"UPDATE {table} SET {column} = '2020-01-01T00:00:00Z'")
        db.conn.execute("UPDATE deliveries SET state = 'refused', reply = '550 no'")

    change_everything(monkeypatch, transport="outbox")
    assert typed("issue", "resend-failed", PERIOD).code == 0

    assert outbox() == before


def as_sent() -> str:
    settings = load(Path("casereviews.toml"))
    client = create_app(system_effects(), settings).test_client()
    answer = client.get(f"/issues/{PERIOD}/as-sent", base_url=settings.base_url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


ASKED = "You get this email because you asked for Case reviews and confirmed your address."
ADDED = re.compile(r"You get this email because we added your address to Case reviews on \d+ \w+ \d{4}\. ")


def html_of(address: str) -> str:
    """The HTML that a reader got, with a mark in place of their token, and as if they had asked for it themselves."""
    html = ADDED.split(whole := own_html(address))
    assert len(html) == 2 and html[1].startswith("We wrote down where it came from: “Asked”. If you do not"), whole
    return f"{html[0]}{ASKED}{html[1][html[1].index('</p>') :]}"


def own_html(address: str) -> str:
    """The HTML that a reader got, with a mark in place of their token."""
    with closing(opened()) as db:
        (token,) = db.execute("SELECT token FROM subscribers WHERE email = ?", [address]).fetchone()
    (message,) = (message for message in outbox().values() if f"To: {address}".encode() in message)
    return message_parts(message)[0].replace(token, TOKEN_PLACEHOLDER)


def test_an_imported_reader_is_told_so_and_one_who_confirmed_is_told_that(typed: Type) -> None:
    with closing(opened()) as db:
        db.execute("UPDATE subscribers SET consent_channel = 'web' WHERE email = 'ben@b.example.org'")

    assert typed("issue", "send", PERIOD).code == 0

    asked, added = own_html("ben@b.example.org"), own_html("ada@a.example.org")
    assert ASKED in asked and not ADDED.search(asked)
    assert ADDED.search(added) and ASKED not in added
    assert all('href="https://news.example.org/privacy"' in html for html in (asked, added))


@pytest.mark.parametrize("changed", [False, True])
def test_the_page_as_sent_is_what_a_reader_got_but_for_their_own_links(
    changed: bool, monkeypatch: pytest.MonkeyPatch, typed: Type
) -> None:
    assert typed("issue", "send", PERIOD).code == 0
    if changed:
        change_everything(monkeypatch, transport="outbox")

    page = as_sent()

    assert page.rstrip("\n") == strip_personal_links(html_of("ada@a.example.org")).rstrip("\n")
    assert TOKEN_PLACEHOLDER not in page


def test_what_the_commands_and_previews_show_of_it_is_what_was_sent(
    monkeypatch: pytest.MonkeyPatch, typed: Type
) -> None:
    assert typed("issue", "send", PERIOD).code == 0
    change_everything(monkeypatch, transport="outbox")

    html, text = (typed("issue", "show", PERIOD, "--format", form).out for form in ("html", "text"))
    sample = typed("issue", "show", PERIOD, "--format", "eml").out.encode()
    settings = load(Path("casereviews.toml"))
    with closing(opened()) as db:
        short = frozen_issue.render_edition(settings, db, load_issue(db, PERIOD), "short")

    assert html.rstrip("\n") == html_of("ada@a.example.org").rstrip("\n")
    assert "Childline" in text and "Samaritans" not in text
    assert short.html.rstrip("\n") == html_of("ben@b.example.org").rstrip("\n")
    who = ("reader@example.org", "A-SAMPLE-READERS-TOKEN", "A-SAMPLE-MESSAGE-TOKEN", ASKED)
    made = MergeTemplate(stored()["full"])(*who)
    assert sample.replace(b"\r\n", b"\n") == made.replace(b"\r\n", b"\n")


def test_a_test_of_a_frozen_issue_shows_what_was_sent(monkeypatch: pytest.MonkeyPatch, typed: Type) -> None:
    assert typed("issue", "send", PERIOD).code == 0
    change_everything(monkeypatch, transport="outbox")

    assert typed("issue", "test-send", PERIOD, "me@example.org").code == 0

    mail = message_from_bytes(Path(f"data/outbox/test-{PERIOD}-1.eml").read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"].startswith("Test: Case reviews: ")
    assert mail["From"] == "Case reviews <news@example.org>"
    html, _ = message_parts(mail.as_bytes())
    assert html.replace("A-SAMPLE-READERS-TOKEN", TOKEN_PLACEHOLDER).rstrip("\n") == html_of(
        "ada@a.example.org"
    ).rstrip("\n")


def test_the_date_of_a_message_is_that_of_the_release(typed: Type) -> None:
    release()
    with closing(opened()) as db:
        frozen_at = issues.get_frozen_at(db, PERIOD)

    assert typed("issue", "send", PERIOD).code == 0

    dates = {message_from_bytes(message, policy=policy.default)["Date"].datetime for message in outbox().values()}
    assert isinstance(frozen_at, datetime)
    assert dates == {frozen_at.replace(microsecond=0)}
