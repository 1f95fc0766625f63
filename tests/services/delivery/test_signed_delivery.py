"""An issue that is signed (DKIM): whatever leaves verifies; and what is claimed for all connections is given back."""

from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from db.mail import issues
from db.schema.connect import connect
from services.issues import withdraw_review
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem, verified
from tests.services.delivery.test_delivery_concurrency import Days, Server, frozen, send, settings, states
from tests.support.issue_sending import PERIOD, post, prepare

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 6
MANY = 300  # so many that each of four connections has some


def test_each_message_of_a_signed_issue_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", pem(key()))
    prepare(tmp_path, READERS)
    days = Days()
    with Server() as server:
        post(server.port, dkim_domain=DOMAIN, dkim_selector=SELECTOR)
        with closing(connect(settings().database)) as db:  # one of them gets an issue of their own making
            db.execute("UPDATE subscribers SET topics = json_array('neglect') WHERE id = 1")
        frozen(days)
        send(days)

    texts = [text.replace(b"\r\n..", b"\r\n.") for text in server.texts]
    assert len({text.partition(b"b=")[2] for text in texts}) == READERS
    assert [verified(text) for text in texts] == [True] * READERS
    assert states() == {"sent": READERS}


def test_a_review_taken_down_is_in_no_message_that_was_signed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", pem(key()))
    prepare(tmp_path, READERS * 3)
    days, names = Days(), list[bytes]()

    def said(verb: str, who: str) -> str:
        if verb == "." and len(server.taken) == READERS:
            with closing(connect(settings().database)) as db:
                review = issues.get(db, PERIOD).issue.reviews[0]
                withdraw_review.withdraw_review(days.effects(), settings(), db, str(review.id), "asked by the family")
            names.append(review.title.split(" ")[0].encode())
        return ""

    with Server(said) as server:
        post(server.port, dkim_domain=DOMAIN, dkim_selector=SELECTOR, connections=1)
        frozen(days)
        send(days)

    texts = [text.replace(b"\r\n..", b"\r\n.") for text in server.texts]
    assert [names[0] in text for text in texts] == [True] * (READERS + 1) + [False] * (2 * READERS - 1)
    assert all(map(verified, texts))
    assert states() == {"sent": READERS * 3}


def test_what_is_claimed_for_all_connections_waits_again_when_a_run_stops(tmp_path: Path) -> None:
    prepare(tmp_path, MANY)
    days, stop = Days(), Event()

    def said(verb: str, who: str) -> str:
        if len(server.taken) >= 10:
            stop.set()
        return ""

    with Server(said) as server:
        post(server.port)
        frozen(days)
        send(days, stop)
    sent = len(server.taken)

    assert 10 <= sent < MANY
    assert states() == {"sent": sent, "queued": MANY - sent}
