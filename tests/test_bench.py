"""The benchmark does its job; what it measures is nobody's business here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = """
casereviews scrape
requests, bs4 (html.parser), sqlite-utils
requests, bs4 (lxml), sqlite-utils
casereviews scrape, answered 304
casereviews scrape, no ETag sent, same bytes
the floor: a process with the same imports
scraper: any markup, identity, nation
bs4 (html.parser), this markup only
bs4 (lxml), this markup only
lxml.html, this markup only
""".strip().splitlines()


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_quick_benchmark_prints_a_line_for_each_contender_that_did_its_job() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--no-scrapy"], cwd=ROOT, capture_output=True, text=True
    )

    assert (run.returncode, run.stderr) == (0, "")
    said = [line[2:46].rstrip() for line in run.stdout.splitlines() if line.startswith("  ")]
    assert [name for name in said if name in LINES] == LINES
