"""Letters that were asked for, or in hand, while the machine's clock was ahead."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.retry import TRANSACTIONAL_RETRY
from db.mail import transactional
from db.schema.connect import Database
from tests.services.delivery.test_send_transactional import go, smtp
from tests.support.issue_sending import Sink
from tests.support.signups import Installation


def test_a_letter_asked_for_while_the_clock_was_ahead_leaves_when_it_is_right(db: Database) -> None:
    house = Installation(db)
    house.clock.move(days=365)
    house.sign_up("reader@example.org")
    house.clock.move(days=-365)

    assert transactional.has_due(db, house.clock())
    assert go(house) == 1
    assert house.letters() == [("confirm", "sent")]


def test_a_letter_that_was_in_hand_while_the_clock_was_ahead_is_not_sent_again(db: Database) -> None:
    house = Installation(db)
    house.clock.move(days=365)
    house.sign_up("reader@example.org")
    assert transactional.claim(db, house.clock(), house.clock() + timedelta(hours=1))
    house.clock.move(days=-365)

    assert go(house) == 0
    assert house.letters() == [("confirm", "unknown")]


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_letter_from_a_year_ahead_is_given_up_all_the_same(db: Database, tmp_path: Path) -> None:
    with Sink(tmp_path, "--fault", "rcpt:450 4.2.1 Busy=1") as sink:
        house = smtp(db, sink.port)
        house.clock.move(days=365)
        house.sign_up("reader@example.org")
        house.clock.move(days=-365)
        for _ in range(TRANSACTIONAL_RETRY.max_attempts or 0):
            go(house)
            house.clock.move(hours=4)

    assert house.letters() == [("confirm", "failed")]
