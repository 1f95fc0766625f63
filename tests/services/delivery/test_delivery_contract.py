"""What the contract promises of the commands that deliver: dry runs, exit codes, errors in one line."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config.load import load
from core.errors import SettingsError
from tests.conftest import Typed
from tests.support.installation import PAGES, configure, dump, opened
from tests.support.issue_sending import PERIOD, Sender, Sink, post, prepare
from tests.support.loopback_site import Answer, Site
from tests.support.processes import COMMAND

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
SLOWLY = ("--fault", "dot:slow=1")


@pytest.fixture
def draft(typed: Type) -> Type:
    """A house with the draft of September 2016 and one reader."""
    assert typed("init").code == 0
    for name, day in (("before", "2016-08-31"), ("after", "2016-09-20")):
        page = str(PAGES / "september" / f"{name}.html")
        assert typed("scrape", "nspcc", "--from-file", page, "--as-of", day).code == 0
    assert typed("issue", "build", PERIOD).code == 0
    assert typed("subscribers", "add", "ada@example.org", "--confirmed", "--consent", "on paper").code == 0
    return typed


def test_a_dry_run_of_send_is_refused_as_the_real_one_is(draft: Type) -> None:
    configure(more='[newsletter]\npublish = "approve"\n')
    waits = draft("issue", "send", PERIOD, "--dry-run")
    with Site({"/": lambda _: Answer(200, b"<h1>Moved</h1>", {"Content-Type": "text/html"})}) as site:
        configure(site.url())
        assert draft("scrape").code == 4
    with opened() as db:
        before = dump(db)
        blocked = draft("issue", "send", PERIOD, "--dry-run")
        assert dump(db) == before

    assert (waits.code, waits.out) == (1, "")
    assert "the issue is not approved: 2016-09" in waits.err
    assert (blocked.code, blocked.out) == (4, "")
    assert blocked.err.count("\n") == 1
    assert "nspcc is quarantined" in blocked.err


def test_a_dry_run_of_send_says_that_the_issue_has_changed(draft: Type) -> None:
    assert draft("issue", "send", PERIOD, "--dry-run").code == 0
    configure(more='[newsletter]\ncollection = "Another Repository"\n')

    changed = draft("issue", "send", PERIOD, "--dry-run")

    assert (changed.code, changed.out) == (1, "")
    assert "the issue has changed since it was built: 2016-09. Look at it: casereviews issue preview" in changed.err


@pytest.mark.parametrize("words", ["send", "resend-failed"])
def test_a_dry_run_prints_json_where_it_is_asked_for(tmp_path: Path, typed: Type, words: str) -> None:
    prepare(tmp_path, 2)
    if words == "resend-failed":
        Path("casereviews.toml").write_text('base_url = "https://news.example.org"\n', "utf-8")
        assert typed("issue", "send", PERIOD).code == 0

    answer = typed("issue", words, PERIOD, "--dry-run", "--json")

    assert answer.code == 0
    assert set(json.loads(answer.out)) == {"period", "audience", "transport", "live"}


def test_an_interrupted_sending_says_how_to_go_on(tmp_path: Path) -> None:
    prepare(tmp_path, 100)
    with Sink(tmp_path, *SLOWLY) as sink:
        post(sink.port)
        sender = Sender()
        assert sink.wait_for(5, sender)
        sender.signal(signal.SIGTERM)
        code = sender.wait()

    assert code == 130
    assert "interrupted; who got it is written down. Go on with: casereviews issue send 2016-09" in sender.said()
    assert "nothing half-done" not in sender.said()


def test_debug_shows_where_it_arose_and_leaves_the_exit_code(typed: Type) -> None:
    plain, debug = typed("issue", "list"), typed("--debug", "issue", "list")

    assert (plain.code, debug.code) == (10, 10)
    assert plain.err.count("\n") == 1
    assert debug.err.startswith("Traceback")
    assert debug.err.endswith(plain.err)


def test_a_closed_stdin_is_told_in_one_line(typed: Type) -> None:
    typed("init")

    done = subprocess.run(["sh", "-c", f'exec "{COMMAND}" bounce <&-'], capture_output=True, text=True)

    assert done.returncode == 2
    assert done.stderr.startswith("casereviews: it reads a message from stdin")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["ü..x", "x" * 70])
def test_a_host_that_no_name_can_be_is_told_in_one_line(draft: Type, host: str) -> None:
    post(2525, host=host)

    answer = draft("issue", "test-send", PERIOD, "ada@example.org")

    assert answer.code == 1
    assert answer.err.startswith(f"casereviews: the mail server cannot be reached: {host}:2525 (")
    assert "See mail.host" in answer.err


@pytest.mark.parametrize("key", ["bounce_address", "unsubscribe_mailbox"])
@pytest.mark.parametrize("value", ["news", "News <news@example.org>", "a b@example.org", "a@exämple.org", "a@b\\nBcc:"])
def test_our_own_mailboxes_are_plain_addresses(key: str, value: str) -> None:
    Path("casereviews.toml").write_text(f'[mail]\n{key} = "{value}"\n', "utf-8")

    with pytest.raises(SettingsError, match=f"mail.{key} = .*write one plain address"):
        load(Path("casereviews.toml"))


def test_an_unknown_key_of_a_listed_table_suggests_the_near_one() -> None:
    Path("casereviews.toml").write_text('[support]\nlines = [{ name = "Help", phon = "999" }]\n', "utf-8")

    with pytest.raises(SettingsError, match=r"unknown key: support\.lines\[1\]\.phon .*Did you mean phone\?"):
        load(Path("casereviews.toml"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MALE__PORT", "3", "unknown variable: CASEREVIEWS_MALE__PORT. Did you mean CASEREVIEWS_MAIL__PORT?"),
        (
            "MAIL__ALLOW_LIST",
            "a@example.org",
            "a variable is not as it should be: CASEREVIEWS_MAIL__ALLOW_LIST in the environment. It is JSON",
        ),
        ("MAIL", "3", "mail = (hidden) in the environment CASEREVIEWS_MAIL: write a table"),
        ("SOURCES", "[]", "sources = [] in the environment CASEREVIEWS_SOURCES: it should have at least 1 item"),
        ("MAIL__HOST", "", "mail.host = '' in the environment CASEREVIEWS_MAIL__HOST: "),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(f"CASEREVIEWS_{name}", value)

    with pytest.raises(SettingsError) as raised:
        load(None)

    assert said in str(raised.value)
