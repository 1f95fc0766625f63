"""The garbage collector: of a command it looks seldom, and at the end not at all; of a server often, at what is new."""

import subprocess
import sys
from collections.abc import Callable

from app.cli import YOUNG_OBJECTS
from tests.conftest import Typed
from tests.support.installation import configure

SAID_AT_EXIT = """\
import atexit, gc
atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 0))
from app.cli import main
main(["completion", "--help"])
"""

SAID_WHEN_READING = """\
import gc
from app.cli import main
from services.collect import scrape_sources
scrape_sources.scrape_sources = lambda *work: print(gc.get_freeze_count() > 0) or []
main(["scrape"])
"""

SAID_WHEN_SERVING = """\
import gc
from app.cli import main, serve
class Part:
    start = staticmethod(lambda: print(gc.get_threshold() == serve.SERVED_THRESHOLDS, gc.get_freeze_count() > 0))
serve.start_parts([Part])
"""


def test_a_command_leaves_no_work_to_the_collector_at_its_end() -> None:
    run = subprocess.run([sys.executable, "-c", SAID_AT_EXIT], capture_output=True, text=True, check=True)

    assert run.stdout.splitlines()[-1] == f"{YOUNG_OBJECTS} True"


def test_after_a_long_page_it_does_not_look_through_what_was_loaded_before(typed: Callable[..., Typed]) -> None:
    configure()
    typed("init")

    run = subprocess.run([sys.executable, "-c", SAID_WHEN_READING], capture_output=True, text=True, check=True)

    assert run.stdout == "True\n"


def test_a_server_looks_often_and_only_at_what_came_after_its_start() -> None:
    run = subprocess.run([sys.executable, "-c", SAID_WHEN_SERVING], capture_output=True, text=True, check=True)

    assert run.stdout == "True True\n"
