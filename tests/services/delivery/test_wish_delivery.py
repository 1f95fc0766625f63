"""Three readers with three wishes of one issue: three mails, each with its receipt, the same again after a kill."""

import shutil
from collections.abc import Callable
from contextlib import chdir, closing
from pathlib import Path

import pytest

from app.cli import run_command
from app.runtime.side_effects import system_effects
from core.config.load import load
from core.errors import StoreError
from db.mail import issue_blocks
from db.schema.connect import Database, connect
from newsletter.mail.merge import message_parts
from services.issues.build_issue import load_issue
from services.issues.release_issue import release_issue
from tests.conftest import Typed
from tests.services.issues.test_frozen_issue import change_everything, outbox
from tests.support.issue_sending import PERIOD, listed, post, prepare

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.usefixtures("house")]
READERS = ("all", "lines", "full", "none", "all2")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with a released issue of three reviews, and readers who want all of it or wish for one of them."""
    folder = tmp_path_factory.mktemp("ready")
    prepare(folder, 0, reviews=3)
    with chdir(folder):
        post(1, transport="outbox")
        Path("readers.csv").write_text("\n".join(["email", *(f"{name}@example.org" for name in READERS)]))
        assert run_command("subscribers import readers.csv --confirmed --consent Asked".split()) == 0
        assert run_command(["issue", "build", PERIOD]) == 0
        with closing(opened()) as db:
            first, second, _ = load_issue(db, PERIOD).issue.reviews
            for name, topic, rest in (
                ("lines", first.name, "lines"),
                ("full", second.name, "full"),
                ("none", first.name, "none"),
            ):
                wishes = f'["{topic}"]', rest, f"{name}@example.org"
                db.conn.execute("UPDATE subscribers SET topics = ?, rest = ? WHERE email = ?", wishes)
            db.conn.commit()
            effects = system_effects()
            assert release_issue(effects, load(Path("casereviews.toml")), db, PERIOD, by_hand=True) == len(READERS)
    return folder


def opened() -> Database:
    return connect(Path("data/casereviews.db"))


def sent() -> dict[str, tuple[str, str]]:
    """HTML and text of each reader's mail, without their own tokens."""
    with closing(opened()) as db:
        sql = "SELECT s.email, s.token, d.token FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id"
        rows = db.execute(sql).fetchall()
        tokens = {token: (email.partition("@")[0], own) for email, own, token in rows}
    mails = {}
    for file, message in outbox().items():
        name, own = tokens[file.removesuffix(".eml")]
        html, text = message_parts(message)
        mails[name] = html.replace(own, "T"), text.replace(own, "T")
    return mails


def test_each_reader_gets_the_issue_as_they_wish_with_a_receipt(typed: Type) -> None:
    assert typed("issue", "send", PERIOD).code == 0

    mails = sent()
    assert [one.state for one in listed()] == ["sent"] * len(READERS)
    assert mails["all"] == mails["all2"]
    assert len(set(mails.values())) == 4
    assert "asked for" not in mails["all"][1].partition("because you")[0]
    for name in ("lines", "full", "none"):
        assert "1 of the 3 case reviews in this issue matches; the other 2" in mails[name][1]
        assert len(mails[name][0].encode()) <= len(mails["all"][0].encode()) + 2_000


def test_a_kill_and_other_templates_change_no_byte(house: Path, typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(house, house / "twin")
    with chdir("twin"):
        assert run_command(["issue", "send", PERIOD]) == 0
        unchanged = outbox()
    with closing(opened()) as db:  # claimed, and never begun, when it was killed
        db.conn.execute("UPDATE deliveries SET state = 'sending', claimed_boot_id = ?", [system_effects().boot()])
        db.conn.commit()
    change_everything(monkeypatch, transport="outbox")

    assert typed("issue", "send", PERIOD).code == 0

    assert len(unchanged) == len(READERS)
    assert outbox() == unchanged


def test_of_a_review_that_was_taken_down_no_word_is_in_anybodys_mail(typed: Type) -> None:
    with closing(opened()) as db:
        gone = load_issue(db, PERIOD).issue.reviews[0]
    assert typed("reviews", "withdraw", str(gone.id), "--reason", "A court order.").code == 0

    assert typed("issue", "send", PERIOD).code == 0

    mails = sent()
    assert not any(gone.summary[:40] in " ".join(text.split()) for _, text in mails.values())
    assert "None of the 3 case reviews in this issue matches." in mails["lines"][1]
    assert "None of the 3 case reviews in this issue matches." in mails["none"][1]
    assert "A review that has been withdrawn" in mails["full"][1]
    with closing(opened()) as db:
        stored = issue_blocks.by_edition(db, PERIOD)
    assert sorted(stored) == ["full", "short"]
    assert not any(gone.summary[:20] in one.blocks for one in stored.values())


def test_an_issue_that_lost_its_blocks_says_so() -> None:
    with closing(opened()) as db:
        db.conn.execute("DELETE FROM issue_blocks WHERE edition = 'short'")
        with pytest.raises(StoreError, match=f"a frozen issue has lost its blocks: {PERIOD}: short"):
            issue_blocks.by_edition(db, PERIOD)
