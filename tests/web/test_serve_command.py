"""casereviews serve with its pages, as a real process; and casereviews password."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from werkzeug.security import check_password_hash

from core.configuration import load
from tests.app.mailing import COMMAND
from tests.conftest import Typed
from tests.web.site import CSRF

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
QUIET = '[[sources]]\nname = "nspcc"\nurl = "http://127.0.0.1:9/"\n[fetch]\nretries = 0\nconnect_timeout = 0.2\n'


@contextmanager
def serving(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process in the working folder, and where its pages answer."""
    Path("casereviews.toml").write_text(QUIET)
    command = [str(COMMAND), "serve", "--port", "0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process, process.stdout.readline().split(";")[0].removeprefix("The pages answer at ")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_pages_answer_a_letter_leaves_and_it_stops_when_told(typed: Callable[..., Typed], number: int) -> None:
    assert typed("init").code == 0
    with serving() as (process, url), requests.Session() as browser:
        token = CSRF.search(browser.get(url, timeout=5).text)
        assert token
        browser.post(f"{url}/subscribe", {"email": "ada@example.org", "csrf_token": token[1]}, timeout=5)
        until = time.monotonic() + 10
        while not list(Path("data/outbox").rglob("confirm-*.eml")):
            assert time.monotonic() < until
            time.sleep(0.05)
        half = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        half.sendall(b"GET / HTTP/1.1\r\n")  # a client that never ends keeps nobody
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
        half.close()

    assert process.returncode == 0
    assert time.monotonic() - began < 10
    assert out.endswith("Stopped.\n")
    assert "Traceback" not in err
    assert "ada@" not in err


def test_without_the_timer_only_pages_answer(typed: Callable[..., Typed]) -> None:
    typed("init")
    with serving("--no-scheduler") as (process, url):
        assert requests.get(url, timeout=5).status_code == 200
        process.terminate()
        out, err = process.communicate(timeout=15)

    assert (process.returncode, out.endswith("Stopped.\n"), err) == (0, True, "")


def test_before_init_it_says_what_to_do(typed: Callable[..., Typed]) -> None:
    answer = typed("serve", "--no-scheduler")

    assert (answer.code, "casereviews init" in answer.err) == (10, True)


def test_a_taken_port_is_one_line(typed: Callable[..., Typed]) -> None:
    typed("init")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        answer = typed("serve", "--port", port)

    assert answer.code == 1
    assert answer.err == (
        f"casereviews: the web pages cannot be served: 127.0.0.1 port {port}: Address already in use. "
        "Choose another --port or --host.\n"
    )


def test_the_lines_of_password_open_and_nothing_else_does(
    typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.run(
        [COMMAND, "password"], input="four quiet words here\n", capture_output=True, text=True, check=True
    )
    Path("casereviews.toml").write_text(f"[web]\n{done.stdout}")
    kept = load(Path("casereviews.toml")).web.password_hash.get_secret_value()

    assert kept.startswith("scrypt:")
    assert check_password_hash(kept, "four quiet words here")
    assert not check_password_hash(kept, "four quiet words here\n")
    assert "four" not in done.stdout + done.stderr


@pytest.mark.parametrize("typed_in", ["", "\n", "too short\n", "x" * 1025])
def test_a_password_that_is_none_is_refused(typed_in: str) -> None:
    done = subprocess.run([COMMAND, "password"], input=typed_in, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("casereviews: the password cannot be used")
    assert len(done.stderr.splitlines()) == 1
