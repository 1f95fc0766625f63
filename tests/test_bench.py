"""The benchmark does its job; what it measures is nobody's business here."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import sinkhole
from tests.bench.delivery import MLMMJ
from tests.bench.targets import TARGETS

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
if sinkhole.found():
    LINES += """
casereviews issue send, 4 connections
the same, whole process: imports, freezing
casereviews issue send, 300 sets of wishes
casereviews issue send, signed (RSA-2048)
pipelined, no receipts, 4 connections
pipelined, no receipts, 1 connection
smtplib, each a new connection, rendered
""".strip().splitlines()
if sinkhole.found() and MLMMJ.exists():
    LINES.append("mlmmj, a transaction a reader")
if sinkhole.found():
    LINES += ["casereviews issue send, whole process", "smtplib, one kept connection, no rendering"]
LINES += """
Flask on waitress, hello, 13 bytes
the issue
a review
a review, not modified
the front page
the style sheet
a search, each for another word
beside none
beside slow clients
rare word
common word
all of them
the issue
a search
reviews year by year
a topic's learning
python -c 'pass'
python -c 'import click'
casereviews --version
casereviews --help
casereviews status
casereviews tick
casereviews reviews list
casereviews subscribers list
casereviews issue list
casereviews sources list
Postmark, an event a request
Amazon SES, an event a request
SendGrid, 500 events a request
everybody
issue
people
person
queue
state
everybody, of a domain
reviews list --json
reviews export --format csv
subscribers list
subscribers list --json
subscribers export
""".strip().splitlines()


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_quick_benchmark_prints_a_line_for_each_contender_that_did_its_job() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--no-scrapy"], cwd=ROOT, capture_output=True, text=True
    )

    assert (run.returncode, run.stderr) == (0, "")
    said = [line[2:46].rstrip() for line in run.stdout.splitlines() if line.startswith("  ")]
    assert [name for name in LINES if name not in said] == []
    assert [target.work for target in TARGETS if f"  {target.work} " not in run.stdout] == []  # in the summary
    assert ("peak memory: " if sinkhole.found() else "smtp-sink is not installed") in run.stdout
