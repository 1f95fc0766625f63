"""What a command imports before it does anything: nothing that it has no use for. By name: no clock is asked."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.conftest import Typed
from tests.support.installation import PAGES, configure
from tests.support.loopback_site import Answer, Request, Site

Type = Callable[..., Typed]
PARSERS = "bs4 lxml soupsieve html5lib feedparser".split()
CLIENTS = "requests urllib3 http.client ssl smtplib imaplib dns".split()
PAGE_MAKERS = "flask werkzeug jinja2 css_inline markdown_it rich docx".split()
OTHERS = "sqlite_utils apscheduler structlog cryptography email_validator asyncio importlib.metadata".split()
ANY = {*PARSERS, *CLIENTS, *PAGE_MAKERS, *OTHERS, "email", "hashlib"}
NEVER_FOR_HELP = {"app.cli.cli_context", "core.config.schema", "core.errors", "sqlite3", "logging"}
SAY_IMPORTED = (
    "import sys, json; from app.cli import run_command; code = run_command(sys.argv[1:]); "
    "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
)


def imported(*words: str) -> tuple[int, set[str]]:
    """The exit code of a command in a process of its own, and the modules that it has imported."""
    command = [sys.executable, "-c", SAY_IMPORTED, *words]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    code, names = json.loads(said.splitlines()[-1])
    return code, set(names)


def test_help_imports_no_command_and_no_configuration() -> None:
    code, names = imported("--help")

    assert code == 0
    assert names & (ANY | NEVER_FOR_HELP) == set()
    assert [name for name in names if name.endswith(("_command", "_commands"))] == []


@pytest.mark.parametrize("words", ["status", "reviews list", "subscribers list", "issue list", "sources list"])
def test_what_only_looks_imports_what_reads_the_database(typed: Type, words: str) -> None:
    configure()
    typed("init")

    code, names = imported(*words.split())

    assert code in (0, 1)
    assert "sqlite3" in names
    assert names & ANY == set()


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_page_that_has_not_changed_is_not_parsed(typed: Type) -> None:
    page = (PAGES / "2016" / "flat.html").read_bytes()

    def answer(request: Request) -> Answer:
        known = request.headers.get("if-none-match") == '"1"'
        return Answer(304 if known else 200, b"" if known else page, {"ETag": '"1"', "Content-Type": "text/html"})

    with Site({"/list": answer}) as site:
        configure(site.url("/list"))
        typed("init")
        first = typed("scrape")

        code, names = imported("scrape")

    assert (first.code, code) == (0, 0), first
    assert "requests" in names
    assert names & {*PARSERS, *PAGE_MAKERS, "sqlite_utils", "scraper.grammar", "scraper.sources.nspcc_listing"} == set()


def test_a_server_loads_what_answers_pages() -> None:
    command = [sys.executable, "-c", "import sys, app.web.runner, app.scheduler.timer; print(*sys.modules)"]

    names = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    assert {"flask", "granian"} <= names
    assert names & {*PARSERS, "cryptography", "css_inline", "docx", "rispy"} == set()  # until somebody needs them
