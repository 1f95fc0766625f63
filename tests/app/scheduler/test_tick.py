"""casereviews tick and serve, as real processes and at the real time."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from app.runtime.side_effects import system_effects
from app.scheduler.timer import Timer
from db.operator import job_log
from tests.conftest import Typed
from tests.support.loopback_site import Answer, Request
from tests.support.processes import COMMAND, Popen
from tests.support.timed_installation import LONDON, Installation, local, notices, readers
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
DUE = """[schedule]
issue_at = "00:00"
[newsletter]
publish = "auto"
too_late_days = 60
"""  # so that last month's issue is due whatever the day of the test
READERS = 200
HEAVY = (
    "requests urllib3 bs4 lxml jinja2 css_inline flask smtplib apscheduler email_validator sqlite_utils rich structlog "
    "importlib.metadata cryptography email "
    "core.records core.thesaurus core.bounce_rules scraper.adapter db.rows db.collection.reviews "
    "services.operator.notices"
).split()
QUIET = (
    "import sys; from app.cli import run_command; code = run_command(['tick']); "
    f"print(code, sys.modules.keys() & set({HEAVY}))"
)


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house that read a new review last month, and has read nothing since."""
    this = datetime.now(LONDON).replace(day=1, hour=12)
    first = (this - timedelta(days=1)).replace(day=5)
    with Installation(f"{first:%Y-%m-%d %H:%M}", DUE) as made:
        made.read("Child A", "Child B", "Child C")
        made.listing.publish(first.year, "Child D")
        made.tick(f"{first:%Y-%m}-06 12:00")
        made.at = datetime.now(UTC)
        made.readers([f"reader{number}@example.org" for number in range(READERS)])
        yield made


@pytest.fixture
def period(house: Installation) -> str:
    """The month whose issue is due."""
    return local(datetime.now(UTC).replace(day=1) - timedelta(days=3))[:7]


def tick(*words: str) -> subprocess.Popen[str]:
    return Popen([COMMAND, "tick", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=HANG)
    return process.returncode, out, err


def counts(house: Installation) -> dict[str, int]:
    with closing(house.db()) as db:
        found = {"runs": db.execute("SELECT COUNT(*) FROM runs").fetchone()[0]}
        rows = db.execute("SELECT state, attempts, COUNT(*) FROM deliveries GROUP BY 1, 2 ORDER BY 1, 2")
        return found | {f"{row[0]} {row[1]}": row[2] for row in rows}


def test_one_tick_does_all_that_is_due_and_the_next_says_nothing(house: Installation, period: str) -> None:
    code, out, err = ended(tick())

    assert (code, err) == (0, "")
    did = [line.split(" ")[0] for line in out.splitlines() if not line.startswith("looked at")]
    assert did == ["copied", "read", "drafted", "released", "delivered:", "told"]
    assert len(readers(period)) == READERS
    assert ended(tick()) == (0, "", "")
    assert json.loads(ended(tick("--json"))[1]) == []


def test_a_tick_with_nothing_due_loads_nothing_heavy(house: Installation) -> None:
    ended(tick())

    quiet = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=True)

    assert quiet.stdout == "0 set()\n"


def test_four_ticks_at_once_do_the_work_once(house: Installation, period: str) -> None:
    house.site.routes["/list"] = _slowly(house, 1.0)

    answers = [ended(process) for process in [tick() for _ in range(4)]]

    codes = sorted(code for code, _, _ in answers)
    assert codes == [0, 11, 11, 11]
    assert [out for code, out, _ in answers if code == 11] == [""] * 3
    assert counts(house) == {"runs": 3, "sent 1": READERS}
    assert len(readers(period)) == len(set(readers(period))) == READERS
    assert len(notices()) == 1


def _slowly(house: Installation, seconds: float) -> Callable[[Request], Answer]:
    def route(request: Request) -> Answer:
        request.closing.wait(seconds)
        return house.listing(request)

    return route


def test_a_tick_that_was_killed_while_it_read_is_made_up_for(house: Installation, period: str) -> None:
    asked = threading.Event()

    def stalled(request: Request) -> Answer:
        asked.set()
        request.closing.wait(HANG)
        return Answer(200)

    house.site.routes["/list"] = stalled
    killed = tick()
    assert asked.wait(HANG)
    killed.kill()
    assert ended(killed)[0] == -signal.SIGKILL
    house.site.routes["/list"] = house.listing

    assert ended(tick())[0] == 0
    assert counts(house) == {"runs": 3, "sent 1": READERS}
    assert len(readers(period)) == READERS


def test_ticks_that_are_killed_at_any_moment_reach_everybody_once(house: Installation, period: str) -> None:
    for moment in range(10):
        process = tick()
        until(lambda moment=moment, process=process: process.poll() is not None or _reached(house, period, moment))  # type: ignore[misc]
        process.kill()
        ended(process)

    assert ended(tick())[0] == 0
    assert sorted(readers(period)) == sorted(f"reader{number}@example.org" for number in range(READERS))
    assert counts(house)["sent 1"] == READERS
    assert set(notices()) >= {f"the issue of {datetime.fromisoformat(period + '-01'):%B %Y} was sent"}


def _reached(house: Installation, period: str, moment: int) -> bool:
    """Whether a tick is so far: while it reads, drafts, freezes, and at last amid what it delivers."""
    if moment < 2:
        return house.listing.asked > 2 + moment
    if moment < 4:
        with closing(house.db()) as db:
            return bool(db.execute(f"SELECT COUNT(*) FROM {'issues' if moment == 2 else 'deliveries'}").fetchone()[0])
    return len(readers(period)) > 25 * (moment - 4)


def test_a_dry_tick_writes_nothing(house: Installation) -> None:
    with closing(house.db()) as db:
        before = list(db.conn.iterdump())

    code, out, _ = ended(tick("--dry-run"))

    assert (code, out.splitlines()[:1]) == (0, ["would read nspcc"])
    assert house.listing.asked == 2
    with closing(house.db()) as db:
        assert list(db.conn.iterdump()) == before


def test_a_tick_whose_source_fails_says_so_and_exits_3(house: Installation) -> None:
    house.listing.broken = Answer(404)

    code, out, err = ended(tick())

    assert code == 3
    assert "casereviews: nspcc could not be read: answered 404" in err
    assert "waits, nspcc was not read well since" in out


def test_a_tick_before_init_says_what_to_do(typed: Callable[..., Typed]) -> None:
    answer = typed("tick")

    assert (answer.code, "casereviews init" in answer.err) == (10, True)


class Served:
    """`with Served() as serve:` the timer as a process; `serve.stop()` gives its exit code and what it said."""

    def __enter__(self) -> "Served":
        command = [COMMAND, "serve", "--no-web"]
        self._process = Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return self

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self._process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        out, err = self._process.communicate(timeout=HANG)
        return self._process.returncode, out, err

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_does_what_is_due_and_stops_when_told(house: Installation, period: str, number: int) -> None:
    month = f"{datetime.fromisoformat(period + '-01'):%B %Y}"
    with Served() as serve:
        until(lambda: f"the issue of {month} was sent" in notices())
        code, out, err = serve.stop(number)

    assert (code, out.splitlines()[:2]) == (0, ["The timer runs.", "Stop it with Ctrl-C."])
    assert out.endswith("Stopped.\n")
    assert "Traceback" not in err
    assert f"INFO casereviews: released the issue of {month} to {READERS} readers" in err
    assert len(readers(period)) == READERS


def test_serve_stops_while_it_waits_for_a_site_and_keeps_nothing_half_done(house: Installation) -> None:
    house.listing.broken = Answer(503, b"", {"Retry-After": "60"})
    with Served() as serve:
        until(lambda: house.listing.asked > 2)
        code, _, err = serve.stop()

    assert (code, "Traceback" in err) == (0, False)
    assert (counts(house)["runs"], house.listing.asked) == (2, 3)  # it did not wait to ask again


def test_serve_with_nothing_to_run_is_a_mistake(typed: Callable[..., Typed]) -> None:
    assert typed("serve", "--no-scheduler", "--no-web").code == 2


def test_the_timer_ends_in_time_though_a_site_is_silent(house: Installation) -> None:
    asked = threading.Event()

    def stalled(request: Request) -> Answer:
        asked.set()
        request.closing.wait(HANG)
        return Answer(503)

    house.site.routes["/list"] = stalled
    timer = Timer(system_effects(), house.settings)
    timer.start()
    assert asked.wait(HANG)

    assert timer.end(0.2) is False
    house.site.closing.set()
    until(lambda: not any(thread.name == "timer-end" for thread in threading.enumerate()))


def test_the_timer_ticks_again_though_the_clock_was_set_back(house: Installation) -> None:
    ahead = [0.0]
    timer = Timer(system_effects(clock=lambda: time.monotonic() + ahead[0]), house.settings, timedelta(hours=1))
    timer.start()
    try:
        until(lambda: _ticked(house) and _is_idle(timer) and _awaits_its_time(timer) and _is_idle(timer))
        with closing(house.db()) as db:
            db.execute("UPDATE job_log SET at = '2020-01-01T00:00:00Z' WHERE job = 'tick'")
        jobs = timer._scheduler.get_jobs()
        planned = [job.next_run_time for job in jobs]
        timer.look()
        assert [job.next_run_time for job in jobs] == planned
        ahead[0] = 3 * 3600.0
        timer.look()
        until(lambda: _ticked(house) > datetime(2021, 1, 1, tzinfo=UTC))
    finally:
        assert timer.end(HANG)


def _is_idle(timer: Timer) -> bool:
    return not any(timer._scheduler._executors["default"]._instances.values())


def _awaits_its_time(timer: Timer) -> bool:
    """Whether no job is to follow another at once."""
    return all(one.next_run_time > datetime.now(UTC) for one in timer._scheduler.get_jobs())


def _ticked(house: Installation) -> datetime | None:
    with closing(house.db()) as db:
        found = job_log.get(db, "tick")
    return found.at if found else None


def test_a_timer_and_ticks_together_do_the_work_once_and_a_second_timer_does_not_begin(
    house: Installation, period: str
) -> None:
    with Served() as one:
        answers = [ended(tick()) for _ in range(3)]
        until(notices)
        with Served() as other:
            second = other.ended()
        first = one.stop()

    assert {code for code, _, _ in answers} <= {0, 11}
    assert (first[0], second[0]) == (0, 11)
    assert counts(house) == {"runs": 3, "sent 1": READERS}
    assert len(notices()) == 1
    assert len(readers(period)) == READERS
