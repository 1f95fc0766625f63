"""No page of the desk, and nothing that is done at every turn, reads more rows where there are more readers."""

import shutil
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from werkzeug.test import Client

from app.runtime.side_effects import system_effects
from app.web import create_app
from app.web.context import context
from core.config.schema import Settings
from db.mail import audiences, deliveries, transactional
from db.schema.connect import Database, connect
from services.operator.metrics import collect_metrics
from tests.bench import archive, desk, large_desk
from tests.bench.queries import count_steps

FEW, MANY = 100, 1_500  # readers
MOST = (MANY - FEW) // 10  # more tens of steps: to read a row takes half of one at least, and all of them are read
EXACT = {"again"}  # it says to how many exactly it would go again, and reads the deliveries that did not arrive
NOW = large_desk.NOW
TURNS: dict[str, Callable[[Settings, Database], object]] = {
    "figures for a monitor": lambda settings, db: list(collect_metrics(settings, db, NOW)),
    "a letter is taken from the queue": lambda settings, db: transactional.claim(db, NOW, NOW),
    "an alert is taken from the queue": lambda settings, db: transactional.claim(db, NOW, NOW, alerts=True),
    "how many were refused, of how many": lambda settings, db: audiences.count_audience(db, archive.PERIOD),
    "whether all have the issue": lambda settings, db: deliveries.count_waiting(db, archive.PERIOD),
    "what readers wish who want little": lambda settings, db: audiences.list_choosy_wishes(db),
    "whose letters go elsewhere": lambda settings, db: transactional.list_other_addresses(db),
}


class House(NamedTuple):
    """A house with so many readers and all that its pages count, and somebody at its desk."""

    settings: Settings
    paths: dict[str, str]
    client: Client
    db: Database  # the connection that pages are made by


def open_house(folder: Path, readers: int) -> House:
    """Fill an archive with them."""
    with closing(connect(folder / "casereviews.db")) as db:
        large_desk.fill(db, readers, 2)
        large_desk.run_all(db, (*large_desk.HALF_SENT, *large_desk.WAITING), archive.PERIOD)
    settings = large_desk.settings(folder)
    app = create_app(system_effects(now=lambda: NOW), settings)
    with app.app_context():
        return House(settings, desk.list_pages(app), desk.log_in(app), context().db)


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, House]:
    """One with few readers, and one with many."""
    folder = tmp_path_factory.mktemp("houses")
    archive.build(folder / "few", 30).close()
    shutil.copytree(folder / "few", folder / "many")
    return open_house(folder / "few", FEW), open_house(folder / "many", MANY)


def test_no_page_of_the_desk_reads_more_rows_of_more_readers(houses: tuple[House, House]) -> None:
    steps = {
        name: tuple(count_steps(house.db, partial(house.client.get, path)) for house in houses)
        for name, path in houses[0].paths.items()
    }

    assert {name: pair for name, pair in steps.items() if pair[1] - pair[0] > MOST} == {
        name: steps[name] for name in EXACT
    }


@pytest.mark.parametrize("name", TURNS)
def test_what_is_done_again_and_again_reads_no_more_rows_of_more_readers(
    houses: tuple[House, House], name: str
) -> None:
    few, many = (count_steps(house.db, partial(TURNS[name], house.settings, house.db)) for house in houses)

    assert many - few <= MOST
