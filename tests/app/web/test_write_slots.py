"""Requests that write wait for the database, and leave threads to who reads and to who leaves."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, Event
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.web.write_slots import LEAVERS, REPORTERS, STRANGERS, WRITERS, WriteSlots
from app.web.wsgi_bridge import WRITE_THREADS
from core.records import Subscriber
from db.schema.connect import Database, connect, write_transaction
from services.readers import subscriptions
from tests.support.web_site import Site


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_slot_that_is_given_back_is_free_again() -> None:
    slots = WriteSlots(1, Clock(), max_wait=0)

    taken = [slots.take(), slots.take()]
    slots.give_back()

    assert [*taken, slots.take()] == [True, False, True]


def test_in_a_rush_one_waits_for_its_turn_and_where_nothing_moves_nobody_waits() -> None:
    clock = Clock()
    slots = WriteSlots(1, clock, max_wait=60)
    slots.take()
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(slots.take)
        slots.give_back()
        assert second.result()

    clock.now += 61

    assert not slots.take()  # at once: a test that waited would take a minute


def test_who_waits_to_write_leaves_threads_to_who_reads_and_others_come_back(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.write_slots.MAX_WAIT", 0.0)
    site, going, inside = Site(db), Event(), Barrier(LEAVERS + 1)
    end, token = subscriptions.end_subscription, site.subscriber().token

    def held(*words: Any) -> Subscriber:
        inside.wait(60)
        assert going.wait(60)
        return end(*words)

    def leave() -> TestResponse:
        return site.visitor().post(f"/unsubscribe/{token}", {"List-Unsubscribe": "One-Click"})

    monkeypatch.setattr(subscriptions, "end_subscription", held)
    with ThreadPoolExecutor(LEAVERS) as pool:
        waiting = [pool.submit(leave) for _ in range(LEAVERS)]
        inside.wait(60)
        refused = leave()
        shown, signed_up = site.visitor().get("/"), site.visitor().press("/subscribe", {"email": "new@example.org"})
        going.set()

        assert [one.result().status_code for one in waiting] == [200] * LEAVERS
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert (shown.status_code, signed_up.status_code) == (
        200,
        303,
    )  # the crowd at one door is in nobody's way at another
    monkeypatch.setattr(subscriptions, "end_subscription", end)
    assert leave().status_code == 200
    assert LEAVERS + WRITERS + REPORTERS + STRANGERS <= WRITE_THREADS - 3


def test_a_page_waits_for_no_writer_to_be_opened(db: Database) -> None:
    with (
        closing(connect(db.file)) as writer,
        write_transaction(writer),
        closing(connect(db.file, patience=0)) as reader,
    ):
        assert reader.execute("SELECT COUNT(*) FROM subscribers").fetchone()[0] == 0
        reader.close()
