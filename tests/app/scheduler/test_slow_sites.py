"""A site that never answers delays no draft, release, delivery, backup or notice."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from app.runtime.side_effects import system_effects
from app.scheduler.timer import Timer
from services.collect.scrape_sources import scrape_sources
from services.operator.backup import latest_backup
from tests.support.loopback_site import Answer, Request
from tests.support.timed_installation import ADA, LONDON, Installation, local, notices, readers
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
DUE = """[schedule]
issue_at = "00:00"
[newsletter]
publish = "auto"
too_late_days = 60
"""


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house whose issue of last month is due and can be built; its second source is never read to its end."""
    this = datetime.now(LONDON).replace(day=1, hour=12)
    first = (this - timedelta(days=1)).replace(day=5)
    with Installation(f"{first:%Y-%m-%d %H:%M}", DUE) as made:
        made.readers([ADA])
        made.read("Child A", "Child B", "Child C")
        made.listing.publish(first.year, "Child D")
        made.tick(f"{first:%Y-%m}-06 12:00")
        made.at = datetime.now(UTC)
        with closing(made.db()) as db:
            scrape_sources(made.effects, made.settings, db, made.settings.sources)  # last month is known to its end
        made.configure(f'{DUE}[[sources]]\nname = "slow"\nurl = "{made.site.url("/slow")}"\n')
        yield made


def test_a_source_that_never_answers_delays_nothing_but_itself(house: Installation) -> None:
    asked = threading.Event()

    def stalled(request: Request) -> Answer:
        asked.set()
        request.closing.wait(HANG)
        return Answer(503)

    house.site.routes["/slow"] = stalled
    period = local(datetime.now(UTC).replace(day=1) - timedelta(days=3))[:7]
    patient = house.settings.fetch.replace(read_timeout=HANG)
    timer = Timer(system_effects(), house.settings.replace(fetch=patient))
    timer.start()
    try:
        assert asked.wait(HANG)
        until(lambda: any("was sent" in notice for notice in notices()))
        until(lambda: latest_backup(house.settings.backups))

        assert readers(period) == [ADA]
        with closing(house.db()) as db:  # it is still being read
            assert db.execute("SELECT COUNT(*) FROM runs WHERE source = 'slow'").fetchone()[0] == 0
    finally:
        house.site.closing.set()
        assert timer.end(HANG)
