"""The state of sending: what is unknown is not zero; the same words on a terminal as on a page; the metrics."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.schema import MailSettings, Settings
from core.sending_json import SendingJson
from db.mail import dispatches, relay_paces
from db.mail.relay_paces import StoredPace
from db.operator import job_failures
from db.schema.connect import Database, write_transaction
from newsletter.cluster.cluster_view import BatchView, ClusterView, WorkerView
from services.operator.sending_metrics import sending_metrics
from services.operator.sending_state import describe_sending
from services.operator.sending_words import SendingWords
from tests.app.web.operator import sent

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RELAYS = (
    {"name": "north", "host": "192.0.2.25", "rate_per_minute": 60},
    {"name": "south", "host": "192.0.2.26", "security": "none"},
)
OUTCOMES = (
    ("sent", "250 ok", "2026-11-23T09:00:00Z"),
    ("queued", "421 later", "2026-11-23T09:09:00Z"),
    ("queued", "450 later", "2026-11-23T09:05:00Z"),
    ("refused", "550 no", "2026-11-23T09:00:00Z"),
)
BY_TWO = Settings(
    mail=MailSettings(transport="smtp", live=True, sender="News <news@example.org>", relays=RELAYS),
    cluster={"broker": "redis://:secret@192.0.2.7:6379/0"},
)


def worker(name: str, silent: float = 2.0, **changes: Any) -> WorkerView:
    values = {"version": "0.1.0", "age": 3600.0, "is_ended": False, "connections": 4, "queues": ("deliver", "fetch")}
    values |= {"rates": {"deliver": 118.2, "fetch": 0.0}, "done": {"deliver": 1200}} | changes
    return WorkerView(name, silent=silent, **values)


SEEN = ClusterView(
    "",
    (
        worker("worker1 on a"),
        worker("worker2 on b", 312.0),
        worker("worker3 on c", 99.0, is_ended=True),
        worker("worker4 on d", rates={}, queues=("deliver",)),
    ),
    (
        BatchView("s.1", "deliver", 3.0, "worker1 on a"),
        BatchView("s.2", "deliver", 40.0, ""),
        BatchView("s.3", "deliver", 60.0, ""),
        BatchView("r.1", "report", 5.0, ""),
    ),
)


def lines(state: SendingJson) -> list[str]:
    return list(SendingWords(UTC).list_lines(state))


def hand_out(db: Database, batch: str, *readers: int) -> None:
    """Give workers the deliveries of some readers."""
    with write_transaction(db):
        for number in readers:
            db.execute(
                """
                INSERT INTO deliveries (period, token, edition, state, batch, due_at, changed_at)
                VALUES ('2026-11', ?, 'full', 'sending', ?, '2026-11-23T09:00:00Z', '2026-11-23T09:00:00Z')
                """,
                [f"token{number}", batch],
            )


def test_workers_and_queues_are_told_one_by_one(db: Database) -> None:
    hand_out(db, "s.1", 1, 2, 3)
    state = describe_sending(BY_TWO, db, NOW, SEEN)

    assert [(one["name"], one["state"], one["batches"], one["messages"]) for one in state["workers"] or []] == [
        ("worker1 on a", "at work", 1, 3),
        ("worker2 on b", "silent", 0, 0),
        ("worker3 on c", "stopped", 0, 0),
        ("worker4 on d", "idle", 0, 0),
    ]
    assert state["with_workers"] == 3
    assert lines(state)[:8] == [
        "broker: 192.0.2.7:6379 answers",
        "worker worker1 on a: at work: 4 connections for deliver and fetch; has 1 batch in hand with 3 messages; "
        "118 messages a minute and no addresses a minute; version 0.1.0; since 23 November 2026 at 07:59",
        "worker worker2 on b: silent: not heard of since 23 November 2026 at 08:54: killed, or cut off from the broker"
        "; version 0.1.0",
        "worker worker3 on c: stopped: it ended on 23 November 2026 at 08:58, as it was told to; version 0.1.0",
        "worker worker4 on d: idle: 4 connections for deliver; has nothing in hand; its speed is not known yet; "
        "version 0.1.0; since 23 November 2026 at 07:59",
        "queue deliver: 2 batches waiting, the first since 23 November 2026 at 08:59, 1 in hand",
        "queue fetch: no batches waiting, none in hand",
        "queue report: 1 batch waiting, the first since 23 November 2026 at 08:59, none in hand, no worker takes it",
    ]


def test_what_a_broker_that_is_away_does_not_tell_is_unknown_and_no_zero(db: Database) -> None:
    hand_out(db, "s.1", 1, 2)
    state = describe_sending(BY_TWO, db, NOW, ClusterView("Connection refused."))

    assert (state["workers"], state["queues"], state["with_workers"]) == (None, None, 2)
    assert lines(state)[0] == "broker: 192.0.2.7:6379 does not answer: Connection refused."
    names = {metric.name: metric.values for metric in sending_metrics(state)}
    assert names["broker_up"] == (((), 0.0),)
    assert (names["worker_up"], names["queue_batches"]) == ((), ())


def test_each_relay_says_what_it_did_how_fast_it_is_and_what_is_wrong(tmp_path: Path) -> None:
    with closing(sent(tmp_path, readers=4)) as db:
        for number, (state, reply, due) in enumerate(OUTCOMES, 1):
            db.execute(
                "UPDATE deliveries SET state = ?, via = 'smtp', relay = 'north', reply = ?, due_at = ? WHERE id = ?",
                [state, reply, due, number],
            )
        job_failures.save(db, job_failures.relay_job("south"), NOW - timedelta(minutes=5), "it refuses everybody.")
        since = NOW - timedelta(hours=1)
        relay_paces.replace(db, "north", [StoredPace("north", "", 0.5, 1.0, "421 too fast", NOW)], since)
        slow = StoredPace("south", "outlook.com", 0.01, 1.0, "421 4.7.0 slow down", NOW)
        relay_paces.replace(db, "south", [slow], since)
        state = describe_sending(BY_TWO.replace(cluster={}), db, NOW, None)

    assert state["run"] == "2016-09"
    assert [state["relays"][0][key] for key in ("sent", "deferred", "refused")] == [1, 2, 1]  # type: ignore[literal-required]
    assert lines(state) == [
        "relay north, 192.0.2.25:25: 1 sent, 1 refused, 2 put off, the first until 23 November 2026 at 09:05; "
        "pace now: 30 a minute, as it asked: 421 too fast; the limit is 60",
        "relay south, 192.0.2.26:25: nothing goes by it since 23 November 2026 at 08:55: it refuses everybody; "
        "nothing yet; pace now: as fast as it takes mail; there is no limit",
        "readers at outlook.com by relay south: 0.6 a minute on 23 November 2026 at 09:00, as it asked: "
        "421 4.7.0 slow down",
    ]


def test_the_only_server_that_fails_is_tried_again_when_the_timer_does(db: Database) -> None:
    one = Settings(mail=MailSettings(transport="smtp", live=True, sender="News <news@example.org>"))
    with write_transaction(db):
        job_failures.save(db, job_failures.DELIVERY_JOB, NOW, "it refuses everybody.")

    (line,) = lines(describe_sending(one, db, NOW + timedelta(minutes=1), None))
    assert line.startswith(
        "mail server, localhost:25: nothing goes by it since 23 November 2026 at 09:00: it refuses everybody; "
        "tried again on 23 November 2026 at 09:10; "
    )
    (server,) = describe_sending(one, db, NOW + timedelta(minutes=11), None)["relays"]
    assert (server["fault"], server["blocked_until"]) == ("it refuses everybody.", None)


def test_one_mail_server_that_takes_what_comes_needs_no_words(db: Database) -> None:
    one = Settings(mail=MailSettings(transport="smtp", live=True, sender="News <news@example.org>"))

    assert lines(describe_sending(one, db, NOW, None)) == []
    assert describe_sending(Settings(), db, NOW, None)["relays"] == []


@pytest.mark.parametrize("state", ["idle", "silent"])
def test_metrics_have_a_line_for_each_worker_queue_and_relay(db: Database, state: str) -> None:
    seen = ClusterView("", (worker("w on a", 2.0 if state == "idle" else 60.0),), SEEN.batches)
    found = {one.name: one for one in sending_metrics(describe_sending(BY_TWO, db, NOW, seen))}

    assert found["worker_up"].values == ((("w on a",), float(state == "idle")),)
    assert found["worker_done"].is_counter
    assert found["worker_done"].values == ((("w on a", "deliver"), 1200.0),)
    assert (("deliver", "waiting"), 2.0) in found["queue_batches"].values
    assert found["queue_oldest_timestamp_seconds"].values[0] == (("deliver",), NOW.timestamp() - 60)
    assert found["relay_limit_messages_per_second"].values == ((("north",), 1.0),)
    assert found["relay_up"].values == ((("north",), 1.0), (("south",), 1.0))


def test_counts_of_batches_are_of_those_in_flight(db: Database) -> None:
    hand_out(db, "s.1", 1, 2)
    hand_out(db, "s.2", 3)
    db.execute("UPDATE deliveries SET state = 'unknown' WHERE token = 'token3'")

    assert dispatches.count_by_batch(db) == {"s.1": 2}
