"""The page of workers and relays: what is known one by one, what is unknown as such, and no wait for a broker."""

from pathlib import Path

import pytest

from core.config.schema import MailSettings
from core.states import ROLES, Role
from db.operator import job_failures
from db.schema.connect import Database, write_transaction
from newsletter.cluster.cluster_view import ClusterView
from tests.app.web.operator import Desk, sent
from tests.services.operator.test_sending_state import RELAYS, SEEN
from tests.support.signups import NOW
from tests.support.web_site import texts

BY_TWO = MailSettings(transport="smtp", live=True, sender="News <news@example.org>", relays=RELAYS)
BROKER = {"broker": "redis://:secret@192.0.2.7:6379/0"}


class WatchedDesk(Desk):
    """A desk whose broker tells this."""

    def __init__(self, db: Database, told: ClusterView) -> None:
        super().__init__(db, cluster=BROKER, mail=BY_TWO)
        self.told, self.asked = told, 0
        self.app.extensions["casereviews.cluster"]._ask = self.ask

    def ask(self, settings: object) -> ClusterView:
        self.asked += 1
        return self.told


def test_each_worker_queue_and_relay_has_its_own_entry(tmp_path: Path) -> None:
    db = sent(tmp_path)
    with write_transaction(db):
        job_failures.save(db, job_failures.relay_job("south"), NOW, "it refuses everybody.")
    desk = WatchedDesk(db, SEEN)
    page = desk.operator().get("/ops/sending")

    said = texts(page.text)
    assert page.status_code == 200
    assert "The broker at 192.0.2.7:6379 answers. No messages with workers, as the database knows." in said
    assert "worker1 on a at work 4 connections for deliver and fetch; has 1 batch in hand;" in said
    assert "worker2 on b silent Not heard of since" in said
    assert "worker3 on c stopped It ended on" in said
    assert "report 1 batch waiting, the first since" in said
    assert "The counts are of: Issue of September 2016." in said
    assert (
        "north not heard yet 192.0.2.25:25 Nothing yet. Pace now: as fast as it takes mail; the limit is 60 a minute."
        in said
    )
    assert "south fails 192.0.2.26:25 Nothing goes by it since" in said
    assert "None of them has asked for a slower pace lately." in said
    assert "secret" not in page.text
    assert "<html" not in desk.operator().get("/ops/sending/now").text
    db.close()


def test_while_the_broker_does_not_answer_workers_are_unknown(db: Database) -> None:
    said = texts(WatchedDesk(db, ClusterView("Connection refused.")).operator().get("/ops/sending").text)

    assert "The broker at 192.0.2.7:6379 does not answer: Connection refused." in said
    assert "Which workers there are is unknown while the broker does not answer." in said
    assert "What waits in them is unknown while the broker does not answer." in said


def test_without_workers_and_mail_the_page_says_so(db: Database) -> None:
    said = texts(Desk(db).operator().get("/ops/sending").text)

    assert "There are no workers on other machines: mail leaves from this one." in said
    assert "None: nobody is mailed, and messages go to files." in said


def test_no_other_page_asks_the_broker(db: Database) -> None:
    desk = WatchedDesk(db, SEEN)
    who = desk.operator()
    for path in ("/ops", "/ops/queue", "/ops/due", "/healthz", "/readyz", "/"):
        who.get(path)

    assert desk.asked == 0


def test_metrics_know_the_workers(db: Database) -> None:
    desk = WatchedDesk(db, SEEN)
    how = {"base_url": "http://127.0.0.1", "environ_overrides": {"REMOTE_ADDR": "127.0.0.1"}}
    text = desk.app.test_client().get("/metrics", **how).text  # type: ignore[arg-type]

    assert 'casereviews_worker_done_total{queue="deliver",worker="worker1 on a"} 1200.0' in text
    assert 'casereviews_queue_batches{queue="deliver",state="waiting"} 2.0' in text
    assert "casereviews_broker_up 1.0" in text


@pytest.mark.parametrize("role", ROLES)
def test_everybody_at_the_desk_may_look_and_sees_no_address(db: Database, role: Role) -> None:
    desk = WatchedDesk(db, SEEN)

    page = desk.person(role).get("/ops/sending")
    assert page.status_code == 200
    assert "example.org" not in texts(page.text.replace("news.example.org", ""))
