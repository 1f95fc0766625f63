"""casereviews serve with its pages, as a real process; and casereviews password."""

import os
import pty
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from select import select
from urllib.parse import urlencode

import pytest
import requests
from werkzeug.security import check_password_hash, generate_password_hash

from core.config.load import load
from db.schema.connect import connect, write_transaction
from tests.conftest import Typed
from tests.support.processes import COMMAND, Popen, run
from tests.support.waiting import HANG, deliver, until
from tests.support.web_site import CSRF

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
FORM = "application/x-www-form-urlencoded"
QUIET = '[[sources]]\nname = "nspcc"\nurl = "http://127.0.0.1:9/"\n[fetch]\nretries = 0\nconnect_timeout = 0.2\n'
BAD = (
    "[newsletter]\ntitel = 1",
    "[newsletter",
    'data_dir = "elsewhere"',
    '[[sources]]\nname = "a"\nkind = "no-such"\nurl = "http://127.0.0.1/"',
    None,
)


@contextmanager
def serving(*words: str, more: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process in the working folder, and where its pages answer."""
    Path("casereviews.toml").write_text(QUIET + more)
    command = [str(COMMAND), "serve", "--port", "0", *words]
    process = Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process, process.stdout.readline().split(";")[0].removeprefix("The pages answer at ")
    finally:
        process.kill()
        process.communicate()


def told(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str, str]:
    """Its code and what it said, once it was told to stop."""
    process.send_signal(number)
    out, err = process.communicate(timeout=HANG)
    return process.returncode, out, err


def refused(*words: str) -> subprocess.CompletedProcess[str]:
    """What another one says, which is not to stay."""
    command = [str(COMMAND), "serve", *words]
    return run(command, capture_output=True, text=True, check=False, timeout=HANG)


def reread(process: subprocess.Popen[str], text: str | None) -> str:
    """What it says of another configuration, or of none."""
    if text is None:
        Path("casereviews.toml").unlink()
    else:
        Path("casereviews.toml").write_text(text)
    process.send_signal(signal.SIGHUP)
    assert process.stderr
    return next(line for line in process.stderr if "the configuration was" in line)


def title(url: str) -> str:
    found = re.search("<title>(.*)</title>", requests.get(url, timeout=HANG).text)
    assert found
    return found[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_pages_answer_a_letter_leaves_and_it_stops_when_told(typed: Callable[..., Typed], number: int) -> None:
    assert typed("init").code == 0
    with serving() as (process, url):
        requests.post(f"{url}/subscribe", {"email": "ada@example.org"}, headers={"Origin": url}, timeout=HANG)
        until(lambda: list(Path("data/outbox").rglob("confirm-*.eml")))
        half = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        half.sendall(b"GET / HTTP/1.1\r\n")  # a client that never ends keeps nobody
        process.send_signal(number)
        out, err = process.communicate(timeout=HANG)
        half.close()

    assert process.returncode == 0
    assert out.endswith("Stopped.\n")
    assert "Traceback" not in err
    assert "ada@" not in err


def test_without_the_timer_only_pages_answer(typed: Callable[..., Typed]) -> None:
    typed("init")
    with serving("--no-scheduler") as (process, url):
        assert requests.get(url, timeout=HANG).status_code == 200
        process.terminate()
        out, err = process.communicate(timeout=HANG)

    assert (process.returncode, out.endswith("Stopped.\n")) == (0, True)
    assert [line.split()[0] for line in err.splitlines()] == ["INFO", "INFO"]  # it has started, and is told to stop


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


def test_a_host_that_is_not_known_is_said_so(typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    typed("init")
    monkeypatch.setattr(socket, "create_server", unknown)

    answer = typed("serve", "--no-scheduler", "--host", "nowhere")

    assert (answer.code, "nowhere port 8765: Name or service not known. Choose" in answer.err) == (1, True)


def test_a_second_one_on_the_same_data_exits_11_until_the_first_is_gone(typed: Callable[..., Typed]) -> None:
    typed("init")
    with serving("--no-scheduler") as (first, _):
        second = refused("--no-scheduler", "--port", "0")
        with serving("--no-web") as (other, said):  # what the first does not do
            timer = refused("--no-web")
            assert told(other)[0] == 0
        first.kill()
        first.wait()
        with serving("--no-scheduler") as (third, _):
            after = told(third)[0]

    assert said == "The timer runs.\n"
    assert (second.returncode, timer.returncode, after) == (11, 11, 0)
    assert second.stderr == (
        f"casereviews: another casereviews serve (web) is at work on this data directory: {Path('data').absolute()}. "
        "Stop it first, or name another --data-dir.\n"
    )


def test_one_that_was_killed_leaves_nobody_on_its_port(typed: Callable[..., Typed]) -> None:
    typed("init")
    with serving("--no-scheduler") as (first, url):
        busy = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=HANG)
        assert _status(busy) == 200
        first.kill()
        first.wait()
        with serving("--no-scheduler", "--port", url.rpartition(":")[2]) as (second, again):
            seen = requests.get(again, timeout=HANG).status_code
            assert told(second)[0] == 0
        busy.close()

    assert (again, seen) == (url, 200)


def test_sighup_takes_a_good_configuration_and_keeps_the_old_one_instead_of_a_bad(typed: Callable[..., Typed]) -> None:
    typed("init")
    with serving() as (process, url):
        kept = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=HANG)
        assert _status(kept) == 200
        good = reread(process, QUIET + '[newsletter]\ntitle = "Sample reviews"\n')
        shown, seen = title(url), [typed("status").out]
        bad = [reread(process, text) for text in BAD]
        still = title(url)
        seen.append(typed("status").out)
        connection = kept.sock
        assert _status(kept) == 200
        assert kept.sock is connection  # it was not dropped
        kept.close()
        code, _, err = told(process)
        seen.append(typed("status").out)

    assert ["casereviews.toml changed since" in out for out in seen] == [False, True, False]
    assert "the configuration was read again and is in force" in good
    assert "Sample reviews" in shown
    assert still == shown
    assert [line.startswith("casereviews: the configuration was not taken, the one before") for line in bad] == [
        True
    ] * 5
    assert ["Did you mean title?" in bad[0], "data_dir cannot change" in bad[2], "no such kind" in bad[3]] == [True] * 3
    assert (code, "Traceback" in err) == (0, False)


def _status(connection: HTTPConnection) -> int:
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_that_waits_for_the_database_is_answered(typed: Callable[..., Typed], number: int) -> None:
    typed("init")
    with serving("--no-scheduler") as (process, url):
        form = urlencode({"email": "ada@example.org"})
        asked = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=HANG)
        with closing(connect(Path("data/casereviews.db"))) as db, write_transaction(db):
            asked.request("POST", "/subscribe", form, {"Origin": url, "Content-Type": FORM})
            until(lambda: _taken(asked.sock))
            deliver(process, number)
            waited = not select([asked.sock], [], [], 0)[0]
        status = asked.getresponse().status
        asked.close()
        code, _, err = told(process)

    assert (waited, status, code) == (True, 303, 0)
    assert "Traceback" not in err


def _taken(client: socket.socket) -> bool:
    """Whether a server on this machine has taken in all that was sent to it: nothing waits in its socket."""
    here, there = (f"{address[1]:04X}" for address in (client.getsockname(), client.getpeername()))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    waiting = [line[4] for line in lines if line[1].endswith(f":{there}") and line[2].endswith(f":{here}")]
    return bool(waiting) and all(int(queue.partition(":")[2], 16) == 0 for queue in waiting)


def test_whoever_is_logged_in_stays_so_unless_the_password_is_another(typed: Callable[..., Typed]) -> None:
    typed("init")
    hashes = [f'[web]\npassword_hash = "{generate_password_hash(word, "scrypt")}"\n' for word in ("a", "b")]
    with serving("--no-scheduler", more=hashes[0]) as (process, url), requests.Session() as browser:
        token = CSRF.search(browser.get(f"{url}/ops/login", timeout=HANG).text)
        assert token
        browser.post(f"{url}/ops/login", {"password": "a", "csrf_token": token[1]}, timeout=HANG)
        inside = [browser.get(f"{url}/ops", timeout=HANG, allow_redirects=False).status_code]
        for text in (hashes[0] + '[newsletter]\ntitle = "Other"\n', hashes[1]):
            reread(process, QUIET + text)
            inside.append(browser.get(f"{url}/ops", timeout=HANG, allow_redirects=False).status_code)

    assert inside == [200, 200, 303]


@pytest.mark.parametrize("ignored", [False, True])
def test_it_ends_with_its_terminal_unless_run_by_nohup(typed: Callable[..., Typed], ignored: bool) -> None:
    typed("init")
    Path("casereviews.toml").write_text(QUIET)
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
        os.execv(COMMAND, [str(COMMAND), "serve", "--port", "0"])
    said = b""
    while b"Ctrl-C" not in said:
        said += os.read(terminal, 1024)
    address = re.search(rb"http://[^ ;]+", said)
    assert address
    Path("casereviews.toml").write_text(QUIET + '[newsletter]\ntitle = "Sample reviews"\n')
    os.close(terminal)
    if ignored:
        until(lambda: "Sample reviews" in title(address[0].decode()))  # it has read its configuration again, only
        os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


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
    done = run([COMMAND, "password"], input=typed_in, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("casereviews: the password cannot be used")
    assert len(done.stderr.splitlines()) == 1


def test_the_key_that_workers_wait_for_is_there_from_the_start(typed: Callable[..., Typed]) -> None:
    typed("init")

    with serving("--no-scheduler", more='[cluster]\nbroker = "redis://127.0.0.1:9/0"\n'):
        assert Path("data/cluster.key").exists()
