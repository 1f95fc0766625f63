"""Erasing and forgetting: nothing of the person stays, in the database, its log or the outbox; it can be finished."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import StoreError
from core.records import Subscriber
from core.subscriber_rules import Preferences
from db.mail import delivery_retention
from db.schema.connect import Database, truncate_wal
from newsletter.mail import outbox_files
from services.delivery.send_transactional import send_due
from services.readers import subscriptions
from services.readers.subscriptions import confirm_signup, delete_expired, end_subscription, erase_subscriber
from tests.support.signups import NOW, Installation

WORDS = (b"zanzibar", b"ziggurat", b"token-")


@pytest.fixture
def house(db: Database) -> Installation:
    return Installation(db)


@pytest.fixture
def one(house: Installation) -> Subscriber:
    """Somebody who was written to, was sent two issues, and bounced; beside somebody else, who was as well."""
    house.clock.move(minutes=-1)
    for email in ("Zanzibar.x@gmail.com", "other@example.org"):
        house.sign_up(email)
        send_due(house.effects, house.settings, house.db)
    house.clock.move(minutes=1)
    house.sign_up("zanzibarx@gmail.com", Preferences(("ziggurat",)))
    found = confirm_signup(house.db, house.one("zanzibarx@gmail.com").token, NOW)
    for number, period in enumerate(("2026-09", "2026-10")):
        house.db.execute(
            """
            INSERT INTO issues (period, status, editor_note, ordering, skipped_review_ids, title, intro, content_hash,
                content, html, text, built_at)
            VALUES (?, 'sent', '', '', '', '', '', '', '', '', '', '')
            """,
            [period],
        )
        house.db.execute(
            """
            INSERT INTO deliveries (period, subscriber_id, token, edition, state, due_at, changed_at, claimed_boot_id,
                reply)
            VALUES (?, ?, ?, 'full', ?, '', '2026-11-01T09:00:00Z', 'boot', '550 <Zanzibar.x@gmail.com> unknown')
            """,
            [period, found.id, f"message-token-{number}", ("refused", "queued")[number]],
        )
        for name, to in (("message-token", "Zanzibar.x@gmail.com"), ("other", "other@example.org")):
            message(house.outbox / period / f"{name}-{number}.eml", to)
    message(house.outbox / ".confirm-9.part", "zanzibar.x@gmail.com")
    message(house.outbox / "test-2026-10.eml", "Zanzibar <zanzibarx+y@googlemail.com>")
    house.db.execute(
        """
        INSERT INTO bounces (subscriber_id, period, kind, at, diagnostic, fingerprint)
        VALUES (?, '2026-10', 'hard', ?, ?, 'p')
        """,
        [found.id, "2026-11-02T09:00:00Z", "no zanzibar.x@gmail.com here"],
    )
    return found


def message(file: Path, to: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"From: News <news@example.org>\r\nTo: " + to.encode() + b"\r\n\r\nTo: other@example.org\r\n")


def traces(house: Installation) -> list[str]:
    """The files in the house that still hold something of them."""
    files = [file for file in house.settings.data_dir.rglob("*") if file.is_file()]
    return [file.name for file in files if any(word in file.read_bytes().lower() for word in WORDS[:2])]


def kept(house: Installation) -> int:
    return len(list(house.outbox.rglob("*other*"))) + (house.outbox / "confirm-2.eml").exists()


def test_nothing_stays_of_who_was_erased_but_that_somebody_got_an_issue(house: Installation, one: Subscriber) -> None:
    assert len(traces(house)) >= 6

    assert erase_subscriber(house.db, "zanzibarx@gmail.com", NOW)

    assert traces(house) == []
    rows = house.db.execute("SELECT period, subscriber_id, state, reply FROM deliveries ORDER BY id").fetchall()
    assert [tuple(row) for row in rows] == [("2026-09", None, "refused", "")]
    for table in ("transactional_mail", "bounces"):
        assert house.db.execute(f"SELECT COUNT(*) FROM {table} WHERE subscriber_id = ?", [one.id]).fetchone()[0] == 0
    assert kept(house) == 3
    assert house.one("other@example.org").status == "pending"


def test_what_servers_said_of_them_is_overwritten_in_the_file(house: Installation) -> None:
    house.sign_up("reader@example.org")
    for year in range(1900, 2020):
        house.db.execute(
            """
            INSERT INTO issues (period, status, editor_note, ordering, skipped_review_ids, title, intro, content_hash,
                content, html, text, built_at)
            VALUES (?, 'sent', '', '', '', '', '', '', '', '', '', '')
            """,
            [f"{year}-01"],
        )
        house.db.execute(
            """
            INSERT INTO deliveries (period, subscriber_id, token, edition, state, due_at, changed_at, reply)
            VALUES (?, 1, ?, 'full', 'refused', '', '', ?)
            """,
            [f"{year}-01", f"message-{year}", "550 no such zanzibar " * 20],
        )
    truncate_wal(house.db)
    assert traces(house) == ["casereviews.db"]

    erase_subscriber(house.db, "reader@example.org", NOW)

    assert traces(house) == []


@pytest.mark.parametrize("step", ["delete_for_mailboxes", "truncate_wal"])
def test_an_erasing_that_was_interrupted_is_finished_by_doing_it_again(
    house: Installation, one: Subscriber, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*what: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(outbox_files if step == "delete_for_mailboxes" else subscriptions, step, killed)
        with pytest.raises(KeyboardInterrupt):
            erase_subscriber(house.db, one.email, NOW)
    assert traces(house)

    assert not erase_subscriber(house.db, "zanzibar.x+again@googlemail.com", NOW)

    assert traces(house) == []
    assert kept(house) == 3


def test_a_dry_run_deletes_no_file(house: Installation, one: Subscriber) -> None:
    before = traces(house)

    assert erase_subscriber(house.db, one.email, NOW, dry=True)

    assert traces(house) == before


@pytest.mark.parametrize(("end", "days"), [(end_subscription, 28), (None, 7)])
def test_forgetting_leaves_as_little(
    house: Installation, one: Subscriber, end: Callable[..., object] | None, days: int
) -> None:
    if end:
        end(house.db, one.token, NOW)
    else:
        house.db.execute("UPDATE subscribers SET status = 'pending' WHERE id = ?", [one.id])
    house.db.execute("UPDATE subscribers SET status = 'active' WHERE id <> ?", [one.id])
    house.clock.move(days=days)

    assert sum(delete_expired(house.db, house.clock.now)) == 1

    assert traces(house) == []
    assert kept(house) == 3


def test_a_forgetting_that_was_interrupted_is_finished_the_next_time(
    house: Installation, one: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_subscription(house.db, one.token, NOW)
    house.clock.move(days=28)

    def killed(*what: object) -> None:
        raise KeyboardInterrupt

    for where, step in ((outbox_files, "delete_for_mailboxes"), (delivery_retention, "detach_subscribers")):
        with monkeypatch.context() as patched:
            patched.setattr(where, step, killed)
            with pytest.raises(KeyboardInterrupt):
                delete_expired(house.db, house.clock.now)

    delete_expired(house.db, house.clock.now)

    assert traces(house) == []


def test_what_the_caps_counted_goes_after_a_day_and_letters_after_a_week(house: Installation, one: Subscriber) -> None:
    house.db.execute("UPDATE subscribers SET status = 'active'")
    house.db.execute("UPDATE transactional_mail SET state = 'sent' WHERE id = 1")

    def left(hours: float) -> tuple[int, int]:
        house.clock.now = NOW
        house.clock.move(hours=hours)
        delete_expired(house.db, house.clock.now)
        tables = ("signup_attempts", "transactional_mail")
        asked, post = (house.db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables)
        return asked, post

    assert left(23.9) == (6, 3)
    assert left(24) == (0, 3)
    assert left(167.9) == (0, 3)
    assert left(168) == (0, 1)  # the one that waits


def test_the_rest_is_deleted_when_one_file_cannot_be(house: Installation, tmp_path: Path) -> None:
    message(tmp_path / "out" / "a.eml", "a@example.org")
    (tmp_path / "out" / "b.eml").mkdir()  # cannot be read as a file
    message(tmp_path / "out" / "c.eml", "A@Example.org")

    with pytest.raises(StoreError, match=r"b\.eml"):
        outbox_files.delete_for_mailboxes(tmp_path / "out", ["a@example.org"])

    assert [file.name for file in (tmp_path / "out").iterdir()] == ["b.eml"]


def test_files_that_name_nobody_stay(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").touch()
    (tmp_path / "odd.eml").write_bytes(b"To: \xff\xfe\r\n\r\n")
    (tmp_path / "notes.txt").write_text("To: a@example.org\n")

    assert outbox_files.delete_for_mailboxes(tmp_path, ["a@example.org", ""]) == 0
    assert (
        outbox_files.delete_for_mailboxes(tmp_path, [])
        == outbox_files.delete_for_mailboxes(tmp_path / "none", ["a@example.org"])
        == 0
    )
    assert len(list(tmp_path.iterdir())) == 3
