"""A backup put back: corrections made, amended and mailed since stay so, and nobody is mailed one twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.dates import correction_run
from db.mail import corrections, mailings
from db.schema.connect import connect
from services.issues.mail_correction import queue_correction
from services.operator.backup import make_backup
from services.operator.restore import restore_backup
from tests.services.delivery.test_correction_delivery import READERS, RUN, WORDS, House
from tests.support.issue_sending import PERIOD
from tests.support.web_site import publish

COPY = Path("copy.db")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """September was sent to four readers."""
    publish(tmp_path, readers=READERS, reviews=2)
    made = House(tmp_path)
    yield made
    made.db.close()


def back_up(house: House) -> None:
    make_backup(house.effects, house.settings, COPY, replace=True)


def restore(house: House, lost: bool = False) -> None:
    house.db.close()
    if lost:
        for file in house.settings.data_dir.glob("casereviews.db*"):
            file.unlink()
    restore_backup(house.effects, house.settings, COPY)
    house.db = connect(house.settings.database)


def words(house: House, number: int = 1) -> list[str]:
    return [one.words for one in corrections.get(house.db, PERIOD, number).versions]


def test_what_was_written_and_mailed_since_is_taken_over_and_not_mailed_again(house: House) -> None:
    back_up(house)
    house.correct()
    house.queue()
    house.deliver()
    house.amend("The year was 2014.")

    restore(house)

    assert words(house) == [WORDS, "The year was 2014."]
    assert set(house.states().values()) == {"sent"} and len(house.states()) == READERS
    assert mailings.get_status(house.db, RUN) == "sent"
    assert house.deliver()["sent"] == 0


def test_who_had_it_since_has_it_and_who_waited_gets_it(house: House) -> None:
    house.correct()
    house.queue()
    back_up(house)
    house.db.execute("UPDATE deliveries SET state = 'sent', via = 'smtp' WHERE period = ? AND id % 2", [RUN])

    restore(house)

    assert sorted(house.states().values()) == ["queued", "queued", "sent", "sent"]
    assert house.deliver()["sent"] == 2


def test_words_that_were_stopped_since_stay_stopped(house: House) -> None:
    house.correct()
    house.queue()
    back_up(house)
    house.withdraw()

    restore(house)

    assert corrections.get(house.db, PERIOD, 1).withdrawn
    assert mailings.get_status(house.db, RUN) == "stopped"
    assert house.states() == {} and house.deliver()["sent"] == 0


def test_where_all_was_lost_whoever_waited_is_unknown(house: House) -> None:
    house.correct()
    house.queue()
    back_up(house)
    house.deliver()

    restore(house, lost=True)

    assert set(house.states().values()) == {"unknown"}
    assert house.deliver()["sent"] == 0


def test_a_number_that_names_another_correction_there_is_given_anew(house: House) -> None:
    house.correct("Written before the backup was put back.")
    back_up(house)
    house.db.execute("DELETE FROM correction_versions")
    house.db.execute("DELETE FROM corrections")
    house.db.execute("INSERT INTO corrections (period, number) VALUES (?, 1)", [PERIOD])
    house.db.execute(
        """
        INSERT INTO correction_versions (period, number, version, at, words, actor)
        VALUES (?, 1, 1, '2026-01-01T00:00:00Z', 'Written elsewhere.', 'Kim')
        """,
        [PERIOD],
    )
    queue_correction(house.effects, house.settings, house.db, PERIOD, 1, actor="Kim")

    restore(house)

    assert (words(house), words(house, 2)) == (["Written before the backup was put back."], ["Written elsewhere."])
    assert mailings.get_status(house.db, correction_run(PERIOD, 2, 1)) == "sending"
    assert len(house.states(correction_run(PERIOD, 2, 1))) == READERS
