"""A backup put back: what is taken over, what is asked, what is refused."""

import gzip
import io
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.runtime.lock import process_lock
from core.editor_records import WordingFix
from core.errors import HouseError, LockHeld, NotFound, StoreError
from core.records import Receipt
from core.subscriber_rules import Preferences, proof_token
from db.collection import reading_lists, reviews, wording_fixes
from db.files.journal import MessageJournal
from db.mail import (
    corrections,
    deliveries,
    issue_marks,
    issue_messages,
    issues,
    leave_requests,
    subscribers,
    transactional,
)
from db.operator import (
    account_invitations,
    account_sessions,
    accounts,
    audit_trail,
    recovery_codes,
    secrets,
    waiting_notices,
)
from db.schema.connect import Database, connect, open_and_migrate, write_transaction
from services.delivery.deliver_issue import deliver_issues
from services.issues import build_issue, freeze_audience, release_issue, resolve_restored, withdraw_review
from services.operator import backup
from services.operator import restore as restore_service
from services.operator.restore import RestoreResult
from services.readers import change_address, gather_reviews, signup, subscriptions
from services.readers.gather_reviews import ListChanges
from services.readers.import_readers import import_readers
from services.readers.preferences import set_preferences
from tests.conftest import Typed
from tests.support.later_schema import know_one_more
from tests.support.processes import run
from tests.support.timed_installation import (
    ADA,
    NO_DAILY_BACKUPS,
    Installation,
    mails,
    news,
    notices,
    readers,
    said,
    utc,
)
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
Type = Callable[..., Typed]
BEN, CLEO, DAN = (f"{name}@example.org" for name in ("ben", "cleo", "dan"))
COPY, DATA = Path("copy.db"), Path("data")
SCHEMAS = Path(__file__).parents[2] / "db" / "schemas"


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house with four readers and one new review, in January 2026."""
    with news() as made:
        made.configure(NO_DAILY_BACKUPS)
        made.readers([BEN, CLEO, DAN])
        yield made


def back_up(house: Installation) -> None:
    backup.make_backup(house.effects, house.settings, COPY, replace=True)


def restore(house: Installation) -> RestoreResult:
    return restore_service.restore_backup(house.effects, house.settings, COPY)


def lose(house: Installation) -> None:
    """The machine is gone with all that was on it; mail has left."""
    for file in DATA.glob("casereviews.db*"):
        file.unlink()


def states(house: Installation, period: str = "2026-01") -> dict[str, str]:
    with closing(house.db()) as db:
        return {one.email: one.state for one in deliveries.listing(db, period)}


def statuses(house: Installation) -> dict[str, str]:
    with closing(house.db()) as db:
        return {one.email: one.status for one in subscribers.listing(db)}


def frozen(house: Installation) -> None:
    """The issue of January is being sent, and one has it."""
    house.at = utc("2026-02-01 09:00")
    house.build()
    with closing(house.db()) as db:
        release_issue.release_issue(house.effects, house.settings, db, "2026-01", by_hand=True)
        one, two, *_ = deliveries.listing(db, "2026-01")
        deliveries.record_receipts(db, [Receipt(one.id, "sent", "250 Ok")], house.at)
        with write_transaction(db):
            db.execute("UPDATE deliveries SET state = 'sending', claimed_boot_id = 'before' WHERE id = ?", [two.id])


def sent(house: Installation) -> None:
    with closing(house.db()) as db:
        resolve_restored.clear_question(db, "2026-01")
        deliver_issues(house.effects, house.settings, db, ["2026-01"])


# what is taken over


def test_what_was_sent_since_the_backup_is_not_sent_again(house: Installation) -> None:
    back_up(house)
    house.until("2026-02-05 00:00")
    assert readers("2026-01") == sorted([ADA, BEN, CLEO, DAN])
    shutil.rmtree(DATA / "outbox")

    done = restore(house)
    house.until("2026-02-15 00:00")

    assert (done.taken and done.taken.issues, done.taken and done.taken.receipts) == (("2026-01",), 4)
    assert (done.undecided, mails(), readers("2026-01")) == ((), [], [])
    assert set(states(house).values()) == {"sent"}
    with closing(house.db()) as db:
        assert [one.name for one in issues.get(db, "2026-01").issue.reviews] == ["Child D"]
        assert db.execute("SELECT subscriber_id FROM deliveries WHERE subscriber_id IS NULL").fetchall() == []


def half_released(house: Installation) -> None:
    """The backup is made while the issue is queued for its readers, before it is released."""
    house.until("2026-02-01 10:00")
    with closing(house.db()) as db:
        reviews = issues.get(db, "2026-01").issue.reviews
        freeze_audience.queue_audience(house.effects, db, "2026-01", reviews, house.at)
        assert len(deliveries.listing(db, "2026-01")) == 4
    back_up(house)


def test_what_a_backup_shows_queued_of_a_release_that_it_has_half_of_is_sent_once(house: Installation) -> None:
    half_released(house)
    house.until("2026-02-05 00:00")
    assert readers("2026-01") == sorted([ADA, BEN, CLEO, DAN])
    shutil.rmtree(DATA / "outbox")

    restore(house)
    house.until("2026-02-15 00:00")

    assert readers("2026-01") == []
    assert (len(states(house)), set(states(house).values())) == (4, {"sent"})


def test_nobody_is_counted_of_a_release_that_a_backup_has_half_of_once_its_issue_is_settled(
    house: Installation,
) -> None:
    half_released(house)
    lose(house)
    restore(house)
    house.until("2026-02-20 00:00")

    with closing(house.db()) as db:
        assert resolve_restored.settle_issue(house.effects, house.settings, db, "2026-01") == 0
    assert (readers("2026-01"), states(house)) == ([], {})


def test_a_review_that_came_and_was_sent_since_is_no_news_again(house: Installation) -> None:
    back_up(house)
    house.listing.publish(2026, "Child E")
    house.until("2026-02-05 00:00")

    restore(house)
    house.until("2026-03-04 00:00")

    with closing(house.db()) as db:
        assert [one.name for one in issues.get(db, "2026-01").issue.reviews] == ["Child D", "Child E"]
        assert issues.get(db, "2026-02").issue.reviews == ()
        assert [one.name for one, _ in reviews.search(db, "Child E")][:1] == ["Child E"]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_receipts_of_an_issue_on_its_way_are_taken_over(house: Installation) -> None:
    frozen(house)
    back_up(house)
    before = states(house)
    sent(house)
    shutil.rmtree(DATA / "outbox")

    done = restore(house)

    assert before == {ADA: "sent", BEN: "sending", CLEO: "queued", DAN: "queued"}
    assert done.undecided == ()
    assert states(house) == {ADA: "sent", BEN: "unknown", CLEO: "sent", DAN: "sent"}
    sent(house)
    assert readers("2026-01") == []


@pytest.mark.parametrize("has_journal", [True, False])
def test_what_was_claimed_since_waits_again_only_where_the_journal_knows_what_left(
    house: Installation, has_journal: bool
) -> None:
    frozen(house)
    claimed = "UPDATE deliveries SET state = ?, claimed_boot_id = ? WHERE state = ?"
    with closing(house.db()) as db:
        db.execute(claimed, ["queued", "", "sending"])
        back_up(house)
        db.execute(claimed, ["sending", house.effects.boot(), "queued"])
    if has_journal:
        messages = MessageJournal(DATA, "2026-01")
        messages.open()
        messages.close()

    restore(house)

    assert sorted(states(house).values()) == sorted(["sent", *(["queued" if has_journal else "unknown"] * 3)])


def test_who_left_or_was_erased_since_stays_away_and_who_came_is_counted(house: Installation) -> None:
    house.readers(["eve@example.org", "flo@example.org"])
    back_up(house)
    house.at += timedelta(hours=1)
    with closing(house.db()) as db:
        for email, status in ((BEN, "unsubscribed"), (CLEO, "complained"), (DAN, "paused")):
            one = subscribers.get(db, email)
            assert one
            subscriptions.end_subscription(db, one.token, house.at, status)
        subscriptions.erase_subscriber(db, "eve@example.org", house.at)
    house.readers(["gil@example.org"])

    done = restore(house)

    assert done.taken
    assert (done.taken.left, done.taken.erased, done.taken.joined) == (3, 1, 1)
    assert statuses(house) == {
        ADA: "active",
        BEN: "unsubscribed",
        CLEO: "complained",
        DAN: "paused",
        "flo@example.org": "active",
    }
    assert b"eve@example.org" not in (DATA / "casereviews.db").read_bytes()
    with closing(house.db()) as db, pytest.raises(HouseError, match="left, or was erased"):
        subscriptions.add_subscriber(
            house.effects, db, "eve@example.org", subscriptions.SubscriptionRequest(confirmed=True)
        )


def test_wording_fixes_are_as_they_last_were(house: Installation) -> None:
    with closing(house.db()) as db:
        name = reviews.get(db, "1").name
    back_up(house)
    with closing(house.db()) as db, write_transaction(db):
        wording_fixes.add(db, 1, WordingFix("name", name, "Zebedee Q", "A letter was wrong.", house.at), "Edna")

    restore(house)

    with closing(house.db()) as db:
        assert [stored.editor for stored in wording_fixes.list_of_review(db, 1)] == ["Edna"]
        assert reviews.get(db, "1").name == "Zebedee Q"
        assert [one.id for one, _ in reviews.search(db, "Zebedee")] == [1]


def test_reading_lists_are_as_they_last_were(house: Installation) -> None:
    with closing(house.db()) as db:
        kept, gone = (gather_reviews.make_list(house.effects, db, ListChanges(name, (1,))) for name in ("Kept", "Gone"))
    back_up(house)
    with closing(house.db()) as db:
        gather_reviews.change_list(db, kept.token, ListChanges("Kept", (1, 999), ("Do we ask?",)), house.at)
        gather_reviews.delete_list(db, gone.token)
        since = gather_reviews.make_list(house.effects, db, ListChanges("Made since", (1,)))

    restore(house)

    with closing(house.db()) as db:
        lists = [reading_lists.get(db, one.token) for one in (kept, gone, since)]
    assert [one and (one.title, one.review_ids, one.questions) for one in lists] == [
        ("Kept", (1,), ("Do we ask?",)),
        None,
        ("Made since", (1,), ()),
    ]


def test_who_was_let_in_or_out_at_the_desk_since_stays_so_and_everybody_logs_in_again(house: Installation) -> None:
    house.until("2026-02-05 00:00")
    with closing(house.db()) as db, write_transaction(db):
        ada = accounts.add(db, ADA, "Ada", "owner", house.at)
        account_sessions.begin(db, "token", ada.id, "a browser", house.at)
        waiting_notices.add(db, ADA, "notice", b"told since", house.at, house.at)
    back_up(house)
    with closing(house.db()) as db, write_transaction(db):
        accounts.close(db, ada.id, house.at)
        ben = accounts.add(db, BEN, "Ben", "owner", house.at)
        account_invitations.make(db, ben.id, "link", house.at)
        recovery_codes.replace(db, ben.id, ["aaaabbbbccccdddd"])
        waiting_notices.delete(db, 1)
        waiting_notices.add(db, BEN, "notice", b"not told yet", house.at, house.at)
        account_sessions.begin(db, "another", ben.id, "a browser", house.at)

    restore(house)

    with closing(house.db()) as db:
        found = {one.email: one.closed_at for one in accounts.listing(db)}
        assert found == {ADA: house.at, BEN: None}
        assert account_invitations.find(db, "link", house.at) == ben.id
        assert recovery_codes.take(db, ben.id, "aaaabbbbccccdddd")
        assert [one.message for one in waiting_notices.list_due(db, house.at)] == [b"not told yet"]
        assert [account_sessions.find(db, token, house.at) for token in ("token", "another")] == [None, None]


def test_corrections_the_audit_trail_and_changed_wishes_since_are_taken_over(house: Installation) -> None:
    house.until("2026-02-05 00:00")
    back_up(house)
    house.at += timedelta(hours=1)
    with closing(house.db()) as db, write_transaction(db):
        corrections.add(db, "2026-01", "Child D was two years old.", house.at)
        audit_trail.add(db, "operator", "corrected 2026-01", house.at)
        audit_trail.add(db, "operator", "looked at it", house.at)
    with closing(house.db()) as db:
        for email, wishes in ((BEN, Preferences(("sleep",), ("Wales",), "short", True, "none")), (CLEO, Preferences())):
            one = subscribers.get(db, email)
            assert one
            set_preferences(db, one.token, wishes, house.at)

    with closing(house.db()) as db, write_transaction(db):
        dan = subscribers.get(db, DAN)
        assert dan
        leave_requests.add(db, dan.id, "of a message without a token", house.at)

    done, again = restore(house), restore(house)

    assert done.taken and (done.taken.corrections, done.taken.audit_lines, done.taken.wishes) == (1, 2, 1)
    assert again.taken and (again.taken.corrections, again.taken.audit_lines, again.taken.wishes) == (1, 2, 1)
    with closing(house.db()) as db:
        assert [one.current.words for one in corrections.listing(db, "2026-01")] == ["Child D was two years old."]
        assert [one.what for one in audit_trail.listing(db)] == ["looked at it", "corrected 2026-01"]
        ben = subscribers.get(db, BEN)
        assert [one.subscriber.key for one in leave_requests.list_open(db)] == [DAN]
    assert ben and (ben.topics, ben.nations, ben.edition) == (("sleep",), ("Wales",), "short")
    assert (ben.matching, ben.rest) == (True, "none")


def test_wishes_that_changed_after_those_of_the_replaced_database_stay(house: Installation) -> None:
    with closing(house.db()) as db:
        one = subscribers.get(db, BEN)
        assert one
        set_preferences(db, one.token, Preferences(("sleep",)), house.at)
        back_up(house)
        set_preferences(db, one.token, Preferences(("harm",)), house.at - timedelta(hours=1))

    done = restore(house)

    assert done.taken and done.taken.wishes == 0
    with closing(house.db()) as db:
        ben = subscribers.get(db, BEN)
        assert ben and ben.topics == ("sleep",)


def test_who_joined_and_left_since_is_kept_as_a_hash_and_no_import_brings_them(house: Installation) -> None:
    back_up(house)
    house.at += timedelta(hours=1)
    house.readers(["gil@example.org"])
    with closing(house.db()) as db:
        for email in ("gil@example.org", BEN):
            one = subscribers.get(db, email)
            assert one
            subscriptions.end_subscription(db, one.token, house.at)

    done = restore(house)
    with closing(house.db()) as db:
        found = import_readers(house.effects, db, b"email\ngil@example.org\nhal@example.org\n", "an old list")
        assert b"gil@example.org" not in (DATA / "casereviews.db").read_bytes()

    assert done.taken and (done.taken.left, done.taken.joined) == (1, 0)
    assert (found.added, found.erased) == (1, 1)


def move(house: Installation) -> None:
    house.at += timedelta(hours=1)
    with closing(house.db()) as db:
        one = subscribers.get(db, BEN)
        assert one
        change_address.request_change(house.effects, house.settings, db, one.token, "n@example.org", "192.0.2.7")
        ((number, asked_at),) = transactional.list_times(db, "address", one.id, house.at - timedelta(days=1))
        proof = proof_token(secrets.get(db, "signing"), "address", number, asked_at, one.key)
        assert change_address.confirm_change(db, number, proof, house.at)


def test_who_has_another_address_since_keeps_it(house: Installation) -> None:
    back_up(house)
    move(house)

    done = restore(house)

    assert done.taken and (done.taken.left, done.taken.erased, done.taken.joined) == (0, 0, 0)
    assert statuses(house) == dict.fromkeys((ADA, CLEO, DAN, "n@example.org"), "active")


@pytest.mark.parametrize("back", [False, True], ids=["at once", "after a restoring"])
def test_who_joined_since_can_be_brought_with_what_they_were_sent(house: Installation, back: bool) -> None:
    back_up(house)
    house.at += timedelta(hours=1)
    signs_up_again(house)  # known, and no news
    house.readers(["gil@example.org", "hal@example.org", "ida@example.org"])
    house.until("2026-02-05 00:00")
    with closing(house.db()) as db:
        gil, hal = (subscribers.get(db, f"{name}@example.org") for name in ("gil", "hal"))
        assert gil and hal
        leave_requests.add(db, gil.id, "a message", house.at)
        subscriptions.end_subscription(db, hal.token, house.at)

    done = restore(house)
    if back:
        restore(house)
    assert done.taken and done.kept and done.taken.joined == 2
    with closing(house.db()) as db:
        subscriptions.erase_subscriber(db, "ida@example.org", house.at + timedelta(hours=1))  # they ask here to be
        counts = [
            restore_service.bring_joined(house.effects, house.settings, db, done.kept, dry=dry)
            for dry in (True, False, False)
        ]
        brought = subscribers.get(db, "gil@example.org")
        asks = [one.subscriber.email for one in leave_requests.list_open(db)]

    assert counts == [1, 1, 0]
    assert brought and (brought.status, brought.token) == ("active", gil.token)
    assert asks == ["gil@example.org"]
    assert sorted(statuses(house)) == sorted([ADA, BEN, CLEO, DAN, "gil@example.org"])
    assert states(house)["gil@example.org"] == "sent"


def test_nobody_is_brought_from_another_house(house: Installation) -> None:
    back_up(house)
    with closing(house.db()) as db:
        db.execute("UPDATE secrets SET value = 'of another house'")

        with pytest.raises(HouseError, match="nobody can be brought from there: it is another installation's"):
            restore_service.bring_joined(house.effects, house.settings, db, COPY)


def test_who_has_another_address_since_hears_no_more_at_the_old_one_though_the_database_is_lost(
    house: Installation,
) -> None:
    back_up(house)
    move(house)
    lose(house)

    restore(house)

    assert statuses(house)[BEN] == "unsubscribed"


@pytest.mark.parametrize("erased", [False, True], ids=["left", "erased"])
def test_who_left_stays_away_though_the_old_database_is_lost(house: Installation, erased: bool) -> None:
    back_up(house)
    left_or_erased(house, erased)
    lose(house)

    done = restore(house)

    assert done.forgotten.readers == 1
    assert statuses(house).get(BEN) == (None if erased else "unsubscribed")
    assert list(DATA.glob(".restoring*")) == []


def test_who_came_back_before_the_backup_is_not_sent_away_by_it(house: Installation) -> None:
    back_up(house)
    with closing(house.db()) as db, write_transaction(db):
        db.execute(
            "UPDATE subscribers SET (status, status_since) = ('paused', '2020-01-01T00:00:00Z') WHERE key = ?", [BEN]
        )

    restore(house)

    assert statuses(house)[BEN] == "active"


def test_what_was_taken_down_since_stays_down_though_it_came_since(house: Installation) -> None:
    back_up(house)
    house.listing.publish(2026, "Child E")
    house.tick("2026-01-13 07:00")
    with closing(house.db()) as db:
        ids = [review.id for review in reviews.listing(db) if review.name in ("Child D", "Child E")]
        for number in ids:
            withdraw_review.withdraw_review(house.effects, house.settings, db, str(number), "asked by the family")

    done = restore(house)
    house.until("2026-01-16 00:00")

    assert done.taken and done.taken.takedowns == 2
    with closing(house.db()) as db:
        assert sorted(review.name for review in reviews.listing(db)) == ["Child A", "Child B", "Child C"]
        assert reviews.search(db, "Child E") == []


def messages(house: Installation) -> dict[str, bytes]:
    with closing(house.db()) as db:
        return dict(issue_messages.by_edition(db, "2026-01"))


def test_an_issue_that_was_sent_since_keeps_the_very_messages(house: Installation) -> None:
    back_up(house)
    frozen(house)
    sent(house)
    before = messages(house)

    done = restore(house)

    assert done.taken and done.taken.issues == ("2026-01",)
    assert messages(house) == before
    with closing(house.db()) as db:
        assert issues.list_mentioning(db, issues.get(db, "2026-01").issue.reviews[0].id) == ["2026-01"]


@pytest.mark.parametrize("frozen_before", [True, False], ids=["frozen before the backup", "frozen since"])
def test_what_was_taken_down_since_is_in_no_stored_message(house: Installation, frozen_before: bool) -> None:
    if frozen_before:
        frozen(house)
    back_up(house)
    if not frozen_before:
        frozen(house)
    before = messages(house)
    with closing(house.db()) as db:
        number = str(issues.get(db, "2026-01").issue.reviews[0].id)
        withdraw_review.withdraw_review(house.effects, house.settings, db, number, "asked by the family")
    down = messages(house)

    done = restore(house)

    assert done.taken and done.taken.takedowns == 1
    assert all(b"Child D" in message for message in before.values())
    assert messages(house) == down
    assert not any(b"Child D" in message for message in messages(house).values())
    with closing(house.db()) as db:
        assert "Child D" not in issues.get(db, "2026-01").text


def test_a_backup_without_its_database_still_has_the_messages(house: Installation) -> None:
    frozen(house)
    before = messages(house)
    back_up(house)
    lose(house)

    restore(house)

    assert messages(house) == before


def test_letters_that_left_since_do_not_leave_again(house: Installation) -> None:
    with closing(house.db()) as db, write_transaction(db):
        for number, state in enumerate(("queued", "queued", "sending"), 1):
            db.execute(
                """
                INSERT INTO transactional_mail (kind, subscriber_id, state, requested_at, due_at)
                VALUES ('known', ?, ?, '2', '2')
                """,
                [number, state],
            )
    back_up(house)
    with closing(house.db()) as db, write_transaction(db):
        db.execute("UPDATE transactional_mail SET state = 'sent' WHERE id = 1")

    restore(house)
    with closing(house.db()) as db:
        known = [row[0] for row in db.execute("SELECT state FROM transactional_mail ORDER BY id")]
    lose(house)
    restore(house)
    with closing(house.db()) as db:
        lost = [row[0] for row in db.execute("SELECT state FROM transactional_mail ORDER BY id")]

    assert known == ["sent", "queued", "unknown"]
    assert lost == ["unknown"] * 3


def test_nothing_is_taken_from_another_house(house: Installation) -> None:
    back_up(house)
    with closing(house.db()) as db, write_transaction(db):
        db.execute("UPDATE secrets SET value = 'of another house'")
        db.execute("UPDATE subscribers SET status = 'unsubscribed', status_since = '2026-06-01T00:00:00Z'")

    done = restore(house)

    assert done.taken and done.taken.why == "it is another installation's"
    assert set(statuses(house).values()) == {"active"}


def test_a_database_of_a_newer_version_gives_over_what_can_be_read(house: Installation) -> None:
    back_up(house)
    house.until("2026-02-05 00:00")
    with closing(house.db()) as db:
        db.execute("ALTER TABLE deliveries ADD COLUMN colour TEXT")
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('casereviews', 'm999', '2030')"
        )

    assert (restore(house).undecided, set(states(house).values())) == ((), {"sent"})


# what happened to readers, drafts and questions between a backup and its restoring


def signs_up_again(house: Installation) -> None:
    with closing(house.db()) as db:
        signup.sign_up(house.effects, house.settings, db, BEN, Preferences(), "2026-11", "192.0.2.1")


def left_or_erased(house: Installation, erased: bool) -> None:
    house.at += timedelta(hours=1)
    with closing(house.db()) as db:
        one = subscribers.get(db, BEN)
        assert one
        if erased:
            subscriptions.erase_subscriber(db, BEN, house.at)
        else:
            subscriptions.end_subscription(db, one.token, house.at)


def test_who_was_erased_came_back_and_was_erased_again_is_erased(house: Installation) -> None:
    with closing(house.db()) as db:
        subscriptions.erase_subscriber(db, BEN, house.at)
        subscriptions.add_subscriber(
            house.effects, db, BEN, subscriptions.SubscriptionRequest(confirmed=True, in_person=True)
        )
    back_up(house)
    left_or_erased(house, erased=True)

    done = restore(house)

    assert done.taken and done.taken.erased == 1
    assert BEN not in statuses(house)


@pytest.mark.parametrize(("erased", "status"), [(False, "pending"), (True, None)])
def test_who_left_and_asked_anew_without_saying_yes_gets_nothing(
    house: Installation, erased: bool, status: str | None
) -> None:
    back_up(house)
    left_or_erased(house, erased)
    signs_up_again(house)

    restore(house)

    assert statuses(house).get(BEN) == status


def test_what_went_to_a_file_and_by_mail_since_is_not_mailed_again(house: Installation) -> None:
    frozen(house)
    sent(house)
    back_up(house)
    with closing(house.db()) as db:
        assert deliveries.count_requeueable(db, "2026-01", ["sent"], "outbox") == 2
        with write_transaction(db):
            db.execute("UPDATE deliveries SET via = 'smtp' WHERE state = 'sent'")

    restore(house)

    with closing(house.db()) as db:
        assert release_issue.resend_issue(house.effects, db, "2026-01", written=True, dry=True) == 0


def test_nobody_waits_for_an_issue_that_is_done(house: Installation) -> None:
    frozen(house)
    back_up(house)
    with closing(house.db()) as db:
        one = subscribers.get(db, CLEO)
        assert one
        subscriptions.end_subscription(db, one.token, house.at)
    sent(house)

    restore(house)

    with closing(house.db()) as db:
        assert deliveries.counts(db, "2026-01")["queued"] == 0


def test_an_issue_sent_early_by_hand_is_not_asked_about(house: Installation) -> None:
    house.at = utc("2026-01-30 09:00")
    house.build()
    with closing(house.db()) as db:
        release_issue.release_issue(house.effects, house.settings, db, "2026-01", by_hand=True)
        deliver_issues(house.effects, house.settings, db, ["2026-01"])

    assert lost(house).undecided == ()


def test_what_was_decided_since_the_backup_is_not_asked_again(house: Installation) -> None:
    lost(house)
    house.at = utc("2026-03-04 10:00")
    lose(house)
    assert restore(house).undecided == ("2026-01", "2026-02")
    back_up(house)
    with closing(house.db()) as db:
        for period in ("2026-01", "2026-02"):  # of February nothing is left
            resolve_restored.settle_issue(house.effects, house.settings, db, period)

    assert restore(house).undecided == ()
    assert not any("a backup of" in line for line in house.standing())


def test_a_question_about_an_issue_that_is_sent_can_be_settled(house: Installation) -> None:
    house.until("2026-02-05 00:00")
    with closing(house.db()) as db:
        with write_transaction(db):
            issue_marks.save(db, "2026-01", "restored", house.at)
        resolve_restored.settle_issue(house.effects, house.settings, db, "2026-01")

        assert issue_marks.get(db, "2026-01", "restored") is None
        assert set(states(house).values()) == {"sent"}


def test_reviews_that_a_late_issue_let_go_of_since_go_with_the_next(house: Installation) -> None:
    house.configure(f'[newsletter]\npublish = "approve"\n{NO_DAILY_BACKUPS}')
    house.until("2026-02-20 00:00")
    back_up(house)
    house.until("2026-03-02 00:00")
    assert house.step("2026-01") == "gone"

    restore(house)
    house.until("2026-03-04 00:00")

    with closing(house.db()) as db:
        assert [one.name for one in issues.get(db, "2026-02").issue.reviews] == ["Child D"]


def pause(house: Installation) -> None:
    with closing(house.db()) as db:
        release_issue.pause_issue(db, "2026-01")


def edit(house: Installation) -> None:
    with closing(house.db()) as db:
        build_issue.build_issue(house.effects, house.settings, db, "2026-01", issues.IssueEdits(skips=(4,)))


@pytest.mark.parametrize("stop", [pause, edit])
def test_a_draft_that_a_person_stopped_or_edited_since_does_not_go_out_as_it_was(
    house: Installation, stop: Callable[[Installation], None]
) -> None:
    house.until("2026-02-01 10:00")
    assert house.step("2026-01") == "held"
    back_up(house)
    stop(house)

    restore(house)
    house.until("2026-02-06 00:00")

    assert (house.step("2026-01"), readers("2026-01")) == ("paused", [])


def test_a_disk_that_is_full_before_all_is_taken_over_changes_nothing(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(house)
    house.until("2026-02-05 00:00")
    with closing(house.db()) as db, write_transaction(db):
        db.execute("UPDATE issues SET html = html || ?", [" " * 100_000])

    def full(file: Path) -> Database:
        db = open_and_migrate(file)
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 9}").fetchone()
        return db

    monkeypatch.setattr(restore_service, "open_and_migrate", full)

    with pytest.raises(StoreError, match="the disk is full"):
        restore(house)

    assert set(states(house).values()) == {"sent"}
    assert list(DATA.glob("replaced*")) == []


def test_an_old_database_whose_schema_is_behind_gives_over_who_left(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(house)
    with closing(house.db()) as db, write_transaction(db):
        db.execute(
            "UPDATE subscribers SET (status, status_since) = ('paused', '2030-01-01T00:00:00Z') WHERE key = ?", [BEN]
        )
    with closing(sqlite3.connect(DATA / "casereviews.db")) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchone()
    before = (DATA / "casereviews.db").read_bytes()
    know_one_more(monkeypatch)

    done = restore(house)

    assert done.taken and (done.taken.why, done.taken.left) == ("", 1)
    assert statuses(house)[BEN] == "paused"
    assert done.kept and done.kept.read_bytes() == before


def test_of_a_database_from_before_the_first_version_nothing_is_taken_over(house: Installation) -> None:
    back_up(house)
    lose(house)
    with gzip.open(SCHEMAS / "before_0_1_0.db.gz") as packed:
        (DATA / "casereviews.db").write_bytes(packed.read())
    before = (DATA / "casereviews.db").read_bytes()

    done = restore(house)

    assert done.taken and done.taken.why == "it was made before version 0.1.0"
    assert statuses(house)[BEN] == "active"
    assert done.kept and done.kept.read_bytes() == before


# what cannot be known


def lost(house: Installation) -> RestoreResult:
    """A backup of January is put back in February, and what was there is gone."""
    back_up(house)
    lose(house)
    house.at = utc("2026-02-04 10:00")
    return restore(house)


def test_a_month_that_may_have_gone_out_waits_and_is_asked_about_once(house: Installation) -> None:
    assert lost(house).undecided == ("2026-01",)

    house.until("2026-02-20 00:00")

    assert (readers("2026-01"), house.step("2026-01")) == ([], "restored")
    assert [subject for subject in notices() if "go out" in subject] == ["did the issue of January 2026 go out?"]
    told = said("did the issue of January 2026 go out?")
    assert "A backup of 12 January 2026 at 09:00 was restored" in told
    assert "Say whether it went out:\nhttps://news.example.org/ops/issues/2026-01" in told
    assert any(line.startswith("! a backup of 12 January 2026") for line in house.standing())


def test_a_month_that_a_person_settles_is_not_sent_and_its_reviews_are_no_news(house: Installation) -> None:
    lost(house)
    with closing(house.db()) as db:
        assert resolve_restored.settle_issue(house.effects, house.settings, db, "2026-01", dry=True) == 0
        assert issue_marks.get(db, "2026-01", "restored")
        resolve_restored.settle_issue(house.effects, house.settings, db, "2026-01")
    house.until("2026-03-04 00:00")

    assert readers("2026-01") == []
    assert readers("2026-02") == sorted([ADA, BEN, CLEO, DAN])
    assert "the issue of January 2026 was sent" not in notices()
    with closing(house.db()) as db:
        assert issues.get(db, "2026-02").issue.reviews == ()
        assert "put together again" in db.execute("SELECT words FROM correction_versions").fetchone()[0]
        with pytest.raises(HouseError, match="there is nothing to decide: the issue of January 2026"):
            resolve_restored.settle_issue(house.effects, house.settings, db, "2026-01")


def test_of_a_settled_month_of_which_nothing_is_left_no_issue_is_made_up(house: Installation) -> None:
    back_up(house)
    lose(house)
    house.at = utc("2026-04-04 10:00")
    assert restore(house).undecided == ("2026-01", "2026-02", "2026-03")

    with closing(house.db()) as db:
        for period in ("2026-01", "2026-02", "2026-03"):
            resolve_restored.settle_issue(house.effects, house.settings, db, period)
        assert [one.period for one in issues.listing(db)] == ["2026-01"]
    house.until("2026-05-04 00:00")
    assert readers("2026-03") == readers("2026-02") == []
    assert readers("2026-04") == sorted([ADA, BEN, CLEO, DAN])


def test_what_was_settled_while_the_clock_was_ahead_stays_settled(house: Installation) -> None:
    back_up(house)
    lose(house)
    house.at = utc("2026-03-05 10:00")
    restore(house)
    with closing(house.db()) as db:
        resolve_restored.settle_issue(house.effects, house.settings, db, "2026-02")
    house.until("2026-03-05 12:00")

    house.at = utc("2026-03-02 10:00")
    house.until("2026-03-05 00:00")

    assert (house.step("2026-02"), readers("2026-02")) == ("settled", [])


def test_a_later_issue_does_not_carry_what_waits_for_a_decision(house: Installation) -> None:
    lost(house)
    house.until("2026-03-04 00:00")

    assert readers("2026-02") == sorted([ADA, BEN, CLEO, DAN])
    with closing(house.db()) as db:
        assert issues.get(db, "2026-02").issue.reviews == ()
        release_issue.release_issue(house.effects, house.settings, db, "2026-01", by_hand=True)
    house.tick("2026-03-04 01:00")
    assert readers("2026-01") == sorted([ADA, BEN, CLEO, DAN])
    assert not any("a backup of" in line for line in house.standing())


def test_an_issue_on_its_way_waits_for_a_person_and_goes_on_to_those_who_wait(house: Installation) -> None:
    frozen(house)
    lost_one = lost(house)
    house.until("2026-02-10 00:00")

    assert (lost_one.undecided, readers("2026-01")) == (("2026-01",), [])
    assert states(house) == {ADA: "sent", BEN: "unknown", CLEO: "queued", DAN: "queued"}
    with closing(house.db()) as db, pytest.raises(HouseError, match="whether the issue went out since is not known"):
        release_issue.resend_issue(house.effects, db, "2026-01")
    sent(house)
    assert readers("2026-01") == [CLEO, DAN]


def test_an_issue_on_its_way_that_is_settled_leaves_those_who_wait_unknown(house: Installation) -> None:
    frozen(house)
    lost(house)
    with closing(house.db()) as db:
        assert resolve_restored.settle_issue(house.effects, house.settings, db, "2026-01") == 2
    house.until("2026-02-10 00:00")

    assert readers("2026-01") == []
    assert states(house) == {ADA: "sent", BEN: "unknown", CLEO: "unknown", DAN: "unknown"}


def test_what_was_over_before_the_backup_is_not_asked_about(house: Installation) -> None:
    house.until("2026-02-05 00:00")
    shutil.rmtree(DATA / "outbox")
    back_up(house)
    lose(house)

    assert restore(house).undecided == ()
    house.until("2026-02-10 00:00")
    assert readers("2026-01") == []


def test_a_backup_restored_twice_keeps_what_is_undecided(house: Installation) -> None:
    lost(house)

    assert restore(house).undecided == ("2026-01",)


# what is refused, and what is kept


def damaged(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[4096 * 3 : 4096 * 40] = os.urandom(4096 * 37)
    file.write_bytes(raw)


def foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE reviews (id INTEGER)")


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('casereviews', 'm999', '2030')"
        )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damaged, "the backup is damaged: copy.db: .*Nothing was changed. Take another backup."),
        (foreign, "this is no backup of ours: copy.db"),
        (newer, r"the backup was made by a newer version: copy.db \(m999\). Install that version"),
        (lambda file: file.write_text("no database at all"), "the backup is damaged: copy.db: file is not a database"),
        (lambda file: file.write_bytes(b""), "this is no backup of ours: copy.db"),
        (lambda file: file.write_bytes(file.read_bytes()[:20_000]), "the backup is damaged"),
    ],
)
def test_a_backup_that_is_not_good_changes_nothing(
    house: Installation, spoil: Callable[[Path], None], said: str
) -> None:
    back_up(house)
    spoil(COPY)
    before = {file: file.read_bytes() for file in DATA.glob("*.db")} | {COPY: COPY.read_bytes()}

    with pytest.raises(StoreError, match=said) as raised:
        restore(house)

    assert "\n" not in str(raised.value)
    assert {file: file.read_bytes() for file in [*DATA.glob("*.db"), COPY]} == before
    assert list(DATA.glob(".restoring*")) == []


def test_a_missing_backup_and_the_database_itself_are_refused(house: Installation) -> None:
    with pytest.raises(NotFound, match="no such file"):
        restore(house)
    with pytest.raises(HouseError, match="that is the database itself"):
        restore_service.restore_backup(house.effects, house.settings, DATA / "casereviews.db")


@pytest.mark.parametrize("name", restore_service.WRITER_LOCKS)
def test_nothing_is_restored_while_anything_runs(house: Installation, name: str) -> None:
    back_up(house)

    with process_lock(DATA, name), pytest.raises(LockHeld, match=r"another run is at work.*Stop it first"):
        restore(house)


def test_nothing_is_restored_while_somebody_has_the_database_open(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(house)
    monkeypatch.setattr("db.files.restore.BUSY_TIMEOUT", 0.1)

    with closing(house.db()) as db:
        db.execute("SELECT COUNT(*) FROM reviews").fetchone()
        with pytest.raises(LockHeld, match="somebody has the database open"):
            restore(house)
    assert list(DATA.glob("replaced*")) == []


@pytest.mark.parametrize("dry", [True, False])
def test_a_database_that_somebody_has_locked_is_not_taken_for_damaged(
    house: Installation, monkeypatch: pytest.MonkeyPatch, dry: bool
) -> None:
    back_up(house)
    monkeypatch.setattr("db.files.restore.BUSY_TIMEOUT", 0.1)

    with closing(house.db()) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("DELETE FROM job_log")
        with pytest.raises(LockHeld, match="somebody has the database open"):
            restore_service.restore_backup(house.effects, house.settings, COPY, dry)
    assert list(DATA.glob("replaced*")) == []


def test_a_restore_waits_for_who_has_the_database_open(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(house)
    other, open_file = connect(house.settings.database, shared=True), sqlite3.connect
    monkeypatch.setattr("db.files.restore.BUSY_TIMEOUT", HANG)

    def traced(file: Path, *words: Any, **more: Any) -> sqlite3.Connection:
        connection = open_file(file, *words, **more)
        if file == house.settings.database:
            connection.set_trace_callback(lambda sql: elsewhere.submit(other.close) if "_mode" in sql else None)
        return connection

    with ThreadPoolExecutor(1) as elsewhere:
        monkeypatch.setattr(sqlite3, "connect", traced)
        done = restore(house)

    assert list(DATA.glob("replaced*")) == [done.kept]


def test_a_dry_run_says_the_same_and_changes_nothing(house: Installation) -> None:
    back_up(house)
    house.until("2026-02-05 00:00")
    before = {file: file.stat().st_mtime_ns for file in DATA.rglob("*")}

    planned = restore_service.restore_backup(house.effects, house.settings, COPY, dry=True)

    assert {file: file.stat().st_mtime_ns for file in DATA.rglob("*")} == before
    assert planned == restore(house)


def test_the_log_beside_a_backup_is_a_part_of_it(house: Installation) -> None:
    with closing(house.db()) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        subscriptions.add_subscriber(
            house.effects, db, "eve@example.org", subscriptions.SubscriptionRequest(confirmed=True)
        )
        for suffix in ("", "-wal"):
            shutil.copy(f"data/casereviews.db{suffix}", f"copy.db{suffix}")
    before = {file: file.read_bytes() for file in Path().glob("copy.db*")}
    lose(house)

    restore(house)

    assert statuses(house)["eve@example.org"] == "active"
    assert {file: file.read_bytes() for file in Path().glob("copy.db*")} == before


def test_a_damaged_database_is_kept_with_its_log(house: Installation) -> None:
    back_up(house)
    damaged(DATA / "casereviews.db")
    (DATA / "casereviews.db-wal").write_bytes(b"a log of the damaged one")

    done = restore(house)

    assert (done.taken, done.kept) == (None, DATA / "replaced-2026-01-12T090000.db")
    assert Path(f"{done.kept}-wal").read_bytes() == b"a log of the damaged one"
    assert not (DATA / "casereviews.db-wal").exists()  # it would be taken for a part of the new one
    assert statuses(house)[ADA] == "active"


def test_a_backup_is_restored_where_there_is_nothing_yet(house: Installation, typed: Type) -> None:
    back_up(house)
    Path("elsewhere").mkdir()
    shutil.copy(COPY, "elsewhere")
    Path("casereviews.toml").unlink()

    answer = typed("--data-dir", "elsewhere/new/data", "restore", "elsewhere/copy.db")

    assert (answer.code, answer.out.splitlines()[0]) == (
        0,
        "Restored elsewhere/copy.db, made on 12 January 2026 at 09:00: "
        "4 reviews, 0 issues, 4 subscribers, 0 deliveries",
    )
    assert [one.stat().st_mode & 0o777 for one in Path("elsewhere/new/data").glob("*.db")] == [0o600]


def test_an_empty_file_in_its_place_is_no_database_to_keep_but_a_log_alone_is_kept(house: Installation) -> None:
    back_up(house)
    lose(house)
    (DATA / "casereviews.db").touch()
    empty = restore(house)
    lose(house)
    (DATA / "casereviews.db-wal").write_bytes(b"what is left")
    log = restore(house)

    assert (empty.kept, empty.taken) == (None, None)
    assert [file.name for file in DATA.glob("replaced*")] == [f"{log.kept.name}-wal" if log.kept else ""]
    assert statuses(house)[ADA] == "active"


KILLED = """
import os, signal, sys
import db.files.restore as restoring
from pathlib import Path
left = int(sys.argv[1])
def counted(function):
    def call(*words, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*words, **more)
    return call
STEPS = ("fsync_path", "stage_backup", "fold_wal", "finish_staged")
for owner, names in ((Path, ("hardlink_to", "unlink", "replace")), (restoring, STEPS)):
    for name in names:
        setattr(owner, name, counted(getattr(owner, name)))
from app.cli import main
main(["restore", "copy.db"])
"""


def test_killed_at_any_moment_there_is_the_old_database_or_the_new(house: Installation) -> None:
    back_up(house)
    house.readers(["eve@example.org"])
    seen, codes = [], []
    for step in range(40):
        done = run([sys.executable, "-c", KILLED, str(step)], capture_output=True)
        codes.append(done.returncode)
        seen.append("eve@example.org" in statuses(house))
        if done.returncode == 0:
            break

    assert codes == [-signal.SIGKILL] * (len(codes) - 1) + [0]
    assert len(codes) > 6
    assert (seen[0], seen[-1]) == (True, False)
    with closing(house.db()) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert list(DATA.glob(".restoring*")) == []


# the command line


def test_the_commands_say_what_they_do(typed: Type, house: Installation) -> None:
    again, folder = typed("backup", "copy.db", "--dry-run"), typed("backup", ".", "--json")
    made = typed("backup", "copy.db")

    assert (again.code, folder.code, made.code) == (0, 0, 0)
    assert again.out.startswith("Would copy ")
    assert list(Path().glob("casereviews-20*T*.db"))
    assert "4 reviews, 0 issues, 4 subscribers, 0 deliveries; read back well" in made.out
    assert typed("backup", "copy.db").code == 1
    assert typed("restore", "copy.db", "--dry-run", "--json").code == 0
    assert "that is a folder: ." in typed("restore", ".").err
    restored = typed("restore", "copy.db", "--yes").out
    assert "Taken over from it: no issue, 0 receipts" in restored
    assert "1 line of the audit trail" in restored
    assert typed("issue", "settle", "2026-01").err == (
        "casereviews: there is nothing to decide: the issue of January 2026. See: casereviews status\n"
    )


def test_whoever_answers_no_keeps_the_database(
    typed: Type, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(house)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)

    answer = typed("restore", "copy.db")

    assert (answer.code, answer.err.endswith("casereviews: nothing was restored.\n")) == (1, True)
    assert list(DATA.glob("replaced-*")) == []


def test_restoring_while_a_delivery_runs_exits_11(typed: Type, house: Installation) -> None:
    back_up(house)

    with process_lock(DATA, "delivery"):
        answer = typed("restore", "copy.db")

    assert (answer.code, answer.err.count("\n")) == (11, 1)
