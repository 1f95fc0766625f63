"""What is said on stderr: discreet in every line, in words or JSON, and of what run it is."""

import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, NoReturn

import pytest

from app.runtime import logging_setup
from core.config.schema import BounceSettings, LogSettings, MailSettings, Settings, WebSettings
from core.config.secret_values import settings_secrets
from core.config.value_forms import SecretStr
from core.log_fields import bind_log_fields
from core.redact import redact_text
from tests.conftest import Typed
from tests.support.issue_sending import Sink, post, prepare
from tests.support.processes import COMMAND, run

TOKEN = "kX3vQ-m2Zr7_wB9tLpA4sQ"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
SECRET = Settings(
    mail=MailSettings(username="news", password=SecretStr("open sesame"), dkim_key=SecretStr(KEY)),
    bounces=BounceSettings(imap_username="box", imap_password=SecretStr('imap-"secret')),
    web=WebSettings(password_hash=SecretStr("scrypt:32768:8:1$salt$0123abcd")),
    log=LogSettings(format="json"),
)
IN_BASE64 = ("b3BlbiBzZXNhbWU", "AG5ld3MAb3BlbiBzZXNhbWU", "AGJveABpbWFwLSJzZWNyZXQ")  # LOGIN, PLAIN; of IMAP


@contextmanager
def logging_as(settings: Settings) -> Iterator[Callable[[], str]]:
    """A log of our own, configured like this; what it has said."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = logging_setup.LogFormatter()
    formatter.use(settings)
    handler.setFormatter(formatter)
    log, level = logging.getLogger(), logging.getLogger().level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield stream.getvalue
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


# What nobody is to read


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 5.1.1 <ada@example.org>: unknown", "550 5.1.1 <a…@example.org>: unknown"),
        ("ada.l+x@mail.example.org, bob@example.org", "a…@mail.example.org, b…@example.org"),
        ("from bounces+kX3vQ-m2Zr7@example.org", "from b…@example.org"),
        ("<2026-10.kX3vQ-m2Zr7_wB9@news.example.org>", "<2…@news.example.org>"),
        ("GET /subscribe?email=ada%40example.org", "GET /…@example.org"),
        ('to "ada l"@example.org', 'to "…@example.org'),
        ("zoë@exämple.org wrote", "z…@exämple.org wrote"),
        ("root@localhost", "r…@localhost"),
        ("ada.l@[192.0.2.1] is none", "a…@[192.0.2.1] is none"),
        ("Subject: ada.l=40example.org is dead", "Subject: a…@example.org is dead"),
        ("?next=/x%3Femail%3Dada%2540example.org", "?…@example.org"),
        ("code=404, wait=40s, 40 of 400", "code=404, wait=40s, 40 of 400"),
        (f"GET /Confirm%2F{TOKEN} failed", "GET /Confirm%2F… failed"),
        (f"asked with token={TOKEN}", "asked with token=…"),
        (f"GET /confirm/{TOKEN} failed", "GET /confirm/… failed"),
        (f"https://a.example/unsubscribe/{TOKEN}?x=1", "https://a.example/unsubscribe/…?x=1"),
        (f"/preferences/{TOKEN}/delete", "/preferences/…/delete"),
        (f"/preferences/{TOKEN}/delete/{TOKEN[::-1]} 404", "/preferences/… 404"),
        (f"/preferences/{TOKEN}/data/{TOKEN[::-1]}/my-data.json", "/preferences/…/my-data.json"),
        (f"/preferences/{TOKEN}/address/back/{TOKEN[::-1]} 404", "/preferences/…/address/back/… 404"),
        (f"/new-address/12/{TOKEN} 404", "/new-address/12/… 404"),
        (f"/fails?token={TOKEN}&x=1", "/fails?token=…&x=1"),
        ("a page failed: GET /confirm/<token>", "a page failed: GET /confirm/<token>"),
        ("read nspcc: 4 reviews, 0 new @ 06:30", "read nspcc: 4 reviews, 0 new @ 06:30"),
        ("a…@example.org", "a…@example.org"),
    ],
)
def test_addresses_and_readers_tokens_are_cut(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_a_long_text_takes_no_time() -> None:
    assert redact_text("x" * 300_000 + "@") == "x" * 300_000 + "@"


@pytest.mark.parametrize("form", ["console", "json"])
def test_planted_secrets_addresses_and_tokens_appear_in_no_line(form: str) -> None:
    planted = ["ada@example.org", "open sesame", 'imap-"secret', 'imap-\\"secret', *IN_BASE64]
    planted += ["open%20sesame", "open+sesame", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"]
    planted += ["scrypt:32768:8:1$salt$0123abcd", f"/confirm/{TOKEN}", f"bounces+{TOKEN}@example.org"]

    def fail(words: str) -> NoReturn:
        raise ValueError(words) from OSError(words)

    with logging_as(SECRET.replace(log=LogSettings(format=form))) as said:
        for words in planted:
            for name in ("casereviews", "urllib3.connectionpool", "_granian", "apscheduler.x", "flask-limiter"):
                log = logging.getLogger(name)
                log.error("it says %s", words)
                log.error("it says", extra={"reply": words, "many": [words], "by": {"name": words}})
            try:
                fail(words)
            except ValueError:
                logging.getLogger("casereviews").exception("it failed: %s", words)
        text = said()

    assert text.count("it says") == len(planted) * 10
    assert "Traceback" in text
    found = [one for one in ("ada@", "sesame", "imap-", "MIIEvQ", *IN_BASE64, "$salt$", TOKEN) if one in text]
    assert found == []


def test_a_secret_that_was_changed_stays_hidden() -> None:
    formatter = logging_setup.LogFormatter()
    for password in ("first secret", "second secret"):
        formatter.use(Settings(mail=MailSettings(password=SecretStr(password))))
    record = logging.LogRecord("x", logging.ERROR, "", 0, "first secret, second secret", (), None)

    assert formatter.format(record) == "ERROR x: (hidden), (hidden)"


def test_no_secret_and_a_very_short_one_hide_nothing() -> None:
    assert settings_secrets(Settings()) == ()
    assert settings_secrets(Settings(mail=MailSettings(password=SecretStr("a")))) == ()


def test_a_server_cannot_write_lines_of_its_own_nor_command_the_terminal() -> None:
    with logging_as(Settings()) as said:
        logging.getLogger("casereviews").warning("it says %s", "550 no\nERROR casereviews: all is lost\x1b[2J")

    assert said() == "WARNING casereviews: it says 550 no\\nERROR casereviews: all is lost\\x1b[2J\n"


def test_a_server_commands_no_terminal_from_a_traceback_either() -> None:
    with logging_as(Settings()) as said:
        try:
            raise OSError("550 no\x1b[2J\x9b2J")
        except OSError:
            logging.getLogger("casereviews").exception("it failed")

    assert said().endswith("\n  OSError: 550 no\\x1b[2J\\x9b2J\n")


def test_the_traceback_of_debug_is_discreet_too(typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_MAIL__PASSWORD", "sesame")
    typed("init")

    said = typed("--debug", "reviews", "show", "sesame").err

    assert "Traceback" in said
    assert "NotFound: no such review: (hidden)" in said


def test_what_cannot_be_formatted_is_not_shown() -> None:
    class Odd:
        def __str__(self) -> str:
            raise ValueError("ada@example.org")

    record = logging.LogRecord("casereviews", logging.ERROR, "", 0, "%s", (Odd(),), None)

    assert logging_setup.LogFormatter().format(record) == "ERROR casereviews: a line could not be written (ValueError)"


# Forms


def test_a_line_of_json_has_its_keys_in_order() -> None:
    with logging_as(SECRET) as said, bind_log_fields(run="abcd1234", issue="2026-10"):
        logging.getLogger("casereviews").info("delivered: %d sent", 3, extra={"sent": 3})
        try:
            raise ValueError("oh")
        except ValueError:
            logging.getLogger("casereviews").exception("it failed")
    first, second = lines(said())

    assert list(first) == ["at", "level", "logger", "event", "run", "sent", "issue"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["at"])
    assert {name: value for name, value in first.items() if name != "at"} == {
        "level": "info",
        "logger": "casereviews",
        "event": "delivered: 3 sent",
        "run": "abcd1234",
        "sent": 3,
        "issue": "2026-10",
    }
    assert second["exception"].endswith("ValueError: oh")


def test_words_are_plain_and_name_what_is_bound() -> None:
    with logging_as(Settings()) as said:
        logging.getLogger("casereviews").warning("oh")
        with bind_log_fields(run="abcd1234"), bind_log_fields(source="nspcc"):
            logging.getLogger("casereviews").info("read")
        logging.getLogger("casereviews").info("over")

    assert said().splitlines() == [
        "WARNING casereviews: oh",
        "INFO casereviews: read [run abcd1234, source nspcc]",
        "INFO casereviews: over",
    ]


def test_a_thread_has_what_was_bound_where_it_is_given_it() -> None:
    with logging_as(Settings()) as said, ThreadPoolExecutor(1) as pool, bind_log_fields(issue="2026-10"):
        pool.submit(copy_context().run, logging.getLogger("casereviews").info, "with").result()
        pool.submit(logging.getLogger("casereviews").info, "without").result()

    assert said() == "INFO casereviews: with [issue 2026-10]\nINFO casereviews: without\n"


# The real thing, in processes


def ran(*words: str, env: dict[str, str] | None = None) -> list[str]:
    """The lines on stderr of a program that logs like a command."""
    done = subprocess.run([sys.executable, "-c", *words], capture_output=True, text=True, env=env, check=True)
    return done.stderr.splitlines()


def test_warnings_and_threads_that_fail_are_said_the_same_way() -> None:
    program = (
        "import logging, threading, warnings\n"
        "from app.runtime.logging_setup import set_up_logging\n"
        "set_up_logging(logging.WARNING); set_up_logging(logging.WARNING)\n"
        "def fail(): raise ValueError('ada@example.org')\n"
        "threading.Thread(target=fail, name='post').start()\n"
        "warnings.warn('ada@example.org is odd')\n"
    )

    said = sorted(line for line in ran(program) if not line.startswith("  "))

    assert said[0] == "ERROR casereviews: a thread has failed: post"
    assert said[1].startswith("WARNING py.warnings: ")
    assert "a…@example.org is odd" in said[1]
    assert len(said) == 2


def test_help_and_status_load_no_structlog(typed: Callable[..., Typed]) -> None:
    typed("init")
    for words in (["--help"], ["status"], ["reviews", "list"]):
        program = (
            f"import sys; from app.cli import run_command; run_command({words!r}); "
            "print('structlog' in sys.modules, file=sys.stderr)"
        )
        assert ran(program)[-1] == "False", words


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_delivery_logs_json_of_one_run_and_issue_without_addresses(tmp_path: Path) -> None:
    prepare(tmp_path, readers=3)
    with Sink(tmp_path, "--fault", "rcpt:550 5.1.1 No reader1@example.org=1.0", "--to", "reader1") as sink:
        post(sink.port, '[log]\nformat = "json"\n')
        done = run([COMMAND, "--debug", "issue", "send", "2016-09"], capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]

    (sent,) = [one for one in found if one["event"] == "the issue of 2016-09 is sent"]
    assert (sent["sent"], sent["refused"], sent["queued"]) == (2, 1, 0)
    assert {one["issue"] for one in found if one["logger"] == "casereviews"} == {"2016-09"}
    assert len({one["run"] for one in found}) == 1
    assert not [one for one in found if "reader" in json.dumps(one)]


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_what_a_connection_says_is_of_the_run_and_issue_too(tmp_path: Path) -> None:
    prepare(tmp_path, readers=1)
    with Sink(tmp_path, "--fault", "mail:530 5.7.0 Log in first, reader0@example.org=1.0") as sink:
        post(sink.port, '[log]\nformat = "json"\n')
        done = run([COMMAND, "--debug", "issue", "send", "2016-09"], capture_output=True, text=True, check=False)
    (ended,) = [line for line in done.stderr.splitlines() if '"a connection ended"' in line]

    assert done.returncode == 12
    assert (json.loads(ended)["issue"], "MailRefused" in ended, "reader0@" in ended) == ("2016-09", True, False)
