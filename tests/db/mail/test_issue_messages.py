"""Stored messages of frozen issues, and lists of issues that read nothing large."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import StoreError
from db.collection import takedowns
from db.mail import issue_messages, issues
from db.read import archive, latest_issue
from db.schema.connect import Database, write_transaction
from tests.support.sample_archive import NOW, Shelf, full

PERIOD = "2026-10"
LARGE = {("issues", name) for name in ("content", "wording", "html", "text")} | {
    ("issue_messages", "message"),
    ("issue_blocks", "frame"),
    ("issue_blocks", "blocks"),
}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return full(tmp_path)


def test_a_frozen_issue_has_a_message_for_each_edition(shelf: Shelf) -> None:
    messages = issue_messages.by_edition(shelf.db, PERIOD)

    assert sorted(messages) == ["full", "short"]
    assert len(messages["short"]) < len(messages["full"])


@pytest.mark.parametrize("lost", ["full", "short"])
def test_an_issue_that_lost_a_message_says_so(shelf: Shelf, lost: str) -> None:
    shelf.db.execute("DELETE FROM issue_messages WHERE edition = ?", [lost])

    with pytest.raises(StoreError, match=f"a frozen issue has lost its messages: {PERIOD}: {lost}"):
        issue_messages.by_edition(shelf.db, PERIOD)


def test_an_issue_is_stale_while_it_leaves_out_others_than_are_taken_down(shelf: Shelf) -> None:
    number = issues.get(shelf.db, PERIOD).issue.reviews[0].id
    stale = [issue_messages.list_stale(shelf.db)]
    with write_transaction(shelf.db):
        takedowns.add(shelf.db, number, "asked by the family", NOW)
        stale.append(issue_messages.list_stale(shelf.db))
        issue_messages.save(shelf.db, PERIOD, issue_messages.by_edition(shelf.db, PERIOD), NOW)
        stale.append(issue_messages.list_stale(shelf.db))
        takedowns.lift(shelf.db, number)
        stale.append(issue_messages.list_stale(shelf.db))

    assert stale == [[], [PERIOD], [], [PERIOD]]


def test_a_draft_is_never_stale(shelf: Shelf) -> None:
    shelf.db.execute("UPDATE issues SET status = 'draft'")
    with write_transaction(shelf.db):
        takedowns.add(shelf.db, issues.get(shelf.db, PERIOD).issue.reviews[0].id, "asked by the family", NOW)

    assert issue_messages.list_stale(shelf.db) == []


def test_what_an_issue_names_can_be_asked_from_the_review(shelf: Shelf) -> None:
    for period in ("2026-09", PERIOD, "2026-11"):
        for review in issues.get(shelf.db, period).issue.named:
            assert period in issues.list_mentioning(shelf.db, review.id)
    assert issues.list_mentioning(shelf.db, 999) == []


def test_a_list_says_of_each_issue_what_the_issue_says(shelf: Shelf) -> None:
    listing = issues.listing(shelf.db)

    assert [one.period for one in listing] == ["2026-11", PERIOD, "2026-09"]
    assert listing == [issues.get(shelf.db, one.period).summary for one in listing]
    assert listing[1].html_bytes > 1000 < listing[1].text_bytes


def test_only_open_issues_are_listed_to_be_built_anew(shelf: Shelf) -> None:
    assert issues.list_open(shelf.db) == {"2026-11": issues.get(shelf.db, "2026-11").issue.hash}
    assert issues.list_open(shelf.db, after="2026-11") == {}


@pytest.mark.parametrize(
    "ask",
    [
        issues.listing,
        issues.list_open,
        issues.list_states,
        issues.list_sending,
        lambda db: issues.list_mentioning(db, 4),
        issue_messages.list_stale,
        archive.listing,
        archive.list_validators,
        lambda db: archive.get(db, PERIOD),
        latest_issue.get_latest,
    ],
)
def test_no_list_reads_what_is_large(shelf: Shelf, ask: Callable[[Database], object]) -> None:
    read = set()

    def hear(action: int, table: str | None, column: str | None, *where: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            read.add((table, column))
        return sqlite3.SQLITE_OK

    shelf.db.conn.set_authorizer(hear)
    ask(shelf.db)
    shelf.db.conn.set_authorizer(None)

    assert read
    assert not read & LARGE
