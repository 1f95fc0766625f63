"""Commands that are told to stop: what is in flight is finished, the end comes in time, and is one line."""

import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from db.collection import links
from db.schema.connect import connect, write_transaction
from tests.app.web.operator import add_link
from tests.conftest import Typed
from tests.support.issue_sending import PERIOD, listed, post, prepare
from tests.support.loopback_site import Answer, Request
from tests.support.processes import COMMAND, Popen, run
from tests.support.timed_installation import Installation
from tests.support.waiting import HANG, deliver, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
LATE = "casereviews: stopped at work; nothing is lost, and what is left goes on with the next run\n"
QUIET = '[[sources]]\nname = "nspcc"\nurl = "http://127.0.0.1:9/"\n[fetch]\nretries = 0\n'
TOLD = "told to stop"  # what a command says once nothing more is begun
RELOADED = "the configuration was read again"


class Server:
    """A mail server that says that it has taken a message once it may `go`, and tells when one is in its hands."""

    def __init__(self, held: bool = True) -> None:
        self.taken: list[str] = []
        self.holding, self.go = threading.Event(), threading.Event()
        if not held:
            self.go.set()
        hears = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 here\r\n")
                who = ""
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"RCPT":
                        who = line.decode().partition("<")[2].partition(">")[0]
                    if verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        while self.rfile.readline() not in (b".\r\n", b""):
                            pass
                        hears.holding.set()
                        hears.go.wait()
                        hears.taken.append(who)
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 yes\r\n")

        class Many(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that was ended amid its message: nothing to print."""

        self._server = Many(("127.0.0.1", 0), Talk)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.01,)).start()

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()


class Command:
    """A command as a process; `told` to stop it gives its code, and what it said on stderr."""

    def __init__(self, *words: str) -> None:
        command = [str(COMMAND), *words]
        self.process = Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.before = ""  # what it said already

    def said(self, words: str) -> None:
        """Wait until it has said something on stderr."""
        assert self.process.stderr
        while words not in self.before:
            line = self.process.stderr.readline()
            assert line, f"it has ended, and said: {self.before}"
            self.before += line

    def ended(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=HANG)
        return self.process.returncode, self.before + err

    def told(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        return self.ended()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def mailed(folder: Path, readers: int = 3) -> Iterator[Server]:
    """A house that is about to send an issue, by one connection."""
    prepare(folder, readers)
    with closing(Server()) as server:
        post(server.port, QUIET, connections=1)
        yield server


@pytest.mark.parametrize("words", [("issue", "send", PERIOD), ("tick",), ("serve", "--no-web")])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_message_in_flight_is_finished_and_no_other_begun(
    tmp_path: Path, words: tuple[str, ...], number: int
) -> None:
    with mailed(tmp_path) as server:
        if words[0] != "issue":
            _released()
        with closing(Command("--verbose", *words)) as command:
            assert server.holding.wait(HANG)
            command.process.send_signal(number)
            command.said(TOLD)
            server.go.set()
            code, err = command.ended()

        assert (code, "Traceback" in err) == (0 if words[0] == "serve" else 130, False)
        assert [one.state for one in listed("sent")] == ["sent"]
        assert [one.email for one in listed("sent")] == server.taken
        assert len(listed("queued")) == 2


def test_sighup_finishes_the_message_in_flight_and_goes_on_with_the_other_mail_server(tmp_path: Path) -> None:
    with mailed(tmp_path, 5) as server, closing(Server(held=False)) as other:
        _released()
        with closing(Command("serve", "--no-web")) as command:
            assert server.holding.wait(HANG)
            post(other.port, QUIET, connections=1)
            command.process.send_signal(signal.SIGHUP)
            command.said(RELOADED)
            server.go.set()
            until(lambda: len(listed("sent")) == 5)
            code, err = command.told()

    assert (code, "Traceback" in err) == (0, False)
    assert (len(server.taken), len(other.taken)) == (1, 4)
    assert sorted(server.taken + other.taken) == [f"reader{number}@example.org" for number in range(5)]


def _released() -> None:
    """The issue is on its way, and nothing of it has been sent."""
    from app.runtime.side_effects import system_effects
    from core.config.load import load
    from services.issues.release_issue import release_issue

    settings = load(Path("casereviews.toml"))
    with closing(connect(settings.database)) as db:
        release_issue(system_effects(), settings, db, PERIOD, by_hand=True)


def test_a_server_that_says_nothing_and_a_lock_that_is_held_end_in_time(tmp_path: Path) -> None:
    with (
        mailed(tmp_path) as server,
        closing(Command("serve", "--no-scheduler", "--port", "0")) as serving,
        closing(Command("issue", "send", PERIOD)) as sending,
    ):
        serving.said("started")
        assert server.holding.wait(HANG)
        with (
            closing(connect(Path("data/casereviews.db"))) as db,
            write_transaction(db),
            _erasing() as waiting,
            _erasing() as interrupted,
            closing(Command("tick")) as ticking,
        ):
            for one in (waiting, interrupted, ticking):
                _wait_for_the_lock(one)
            sending.process.send_signal(signal.SIGTERM)
            ticking.process.send_signal(signal.SIGINT)
            serving.process.send_signal(signal.SIGINT)
            interrupted.process.send_signal(signal.SIGINT)
            answers = [waiting.told(), sending.told(), ticking.ended(), interrupted.ended()]
            code, err = serving.ended()

    assert [code for code, _ in answers] == [130] * 4
    assert [err[-len(LATE) :] for _, err in answers] == [LATE] * 4
    assert (code, err.splitlines()[-1]) == (0, "casereviews: stopped at work; what is left goes on with the next start")
    again = run([COMMAND, "issue", "send", PERIOD, "--dry-run"], capture_output=True, check=False)
    assert again.returncode == 0  # no lock was left


def _wait_for_the_lock(command: Command) -> None:
    """Wait until a process has opened the database, which somebody else is writing to, and does nothing but wait."""
    until(lambda: _opened(command))
    until(lambda: _only_sleeps(command))


def _only_sleeps(command: Command) -> bool:
    """Whether it has gone to sleep twenty times, and worked for a hundredth of a second at most."""
    sleeps, work = _sleeps(command), _work(command)
    until(lambda: _sleeps(command) >= sleeps + 20)
    return _work(command) <= work + 1


def _sleeps(command: Command) -> int:
    status = Path(f"/proc/{command.process.pid}/status").read_text()
    return int(re.findall(r"^voluntary_ctxt_switches:\s*(\d+)$", status, re.M)[0])


def _work(command: Command) -> int:
    """Its time on the processor, in hundredths of a second."""
    fields = Path(f"/proc/{command.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _opened(command: Command) -> bool:
    for link in Path(f"/proc/{command.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if link.readlink().name == "casereviews.db":
                return True
    return False


def _erasing() -> closing[Command]:
    return closing(Command("subscribers", "erase", "reader1@example.org", "--yes"))


def test_a_worker_takes_the_time_that_its_batches_take(
    typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []  # who hears of signals beside the handlers; -1: nobody

    class App:
        @staticmethod
        def worker_main(words: list[str]) -> None:
            told.append(signal.set_wakeup_fd(-1))

    monkeypatch.setattr("app.worker.build_app", lambda settings: App)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        before = signal.set_wakeup_fd(theirs.fileno())
        typed("worker")
        signal.set_wakeup_fd(before)

    assert told == [-1]


INTERRUPTED_IN_CALLBACK = """
import signal, time
from app.cli.signals import install_handlers

class Callback:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

install_handlers()
Callback()
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interruption_that_falls_into_a_callback_is_not_lost() -> None:
    run = subprocess.run([sys.executable, "-c", INTERRUPTED_IN_CALLBACK], capture_output=True, text=True, timeout=HANG)

    assert (run.returncode, run.stdout, run.stderr) == (0, "interrupted\n", "")


@pytest.mark.parametrize("words", [("tick",), ("scrape",)])
def test_a_read_is_given_up_at_once_where_it_waits(words: tuple[str, ...]) -> None:
    with Installation("2026-01-05 12:00") as house:
        house.read("Child A")
        asked = threading.Event()

        def busy(request: Request) -> Answer:
            asked.set()
            return Answer(503, b"", {"Retry-After": "60"})

        house.site.routes["/list"] = busy
        with closing(Command(*words)) as command:
            assert asked.wait(HANG)
            code, err = command.told()
        with closing(house.db()) as db:
            runs = db.execute("SELECT COUNT(*) FROM runs").fetchone()[0]

    assert (code, runs) == (130, 1)
    assert err.startswith("casereviews: interrupted; nothing half-done was kept")
    assert err.count("\n") == 1
    assert house.site.paths().count("/list") == 2  # it did not wait to ask again


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_look_at_links_hangs_up_on_who_does_not_answer_and_keeps_what_it_found(number: int) -> None:
    with Installation("2026-01-05 12:00") as house:
        house.read("Child A")
        asked = threading.Event()

        def silent(request: Request) -> Answer:
            asked.set()
            request.closing.wait(HANG)
            return Answer(503)

        house.site.routes |= {"/gone.pdf": lambda _: Answer(410), "/silent.pdf": silent}
        quick, stalled = house.site.url("/gone.pdf"), house.site.url("/silent.pdf", host="localhost")
        with closing(house.db()) as db:
            add_link(db, 1, quick, 1)
            add_link(db, 1, stalled, 2)
            with closing(Command("reviews", "check-links", "--all")) as command:
                assert asked.wait(HANG)
                until(lambda: links.get(db, quick).state == "dead")
                code, err = command.told(number)
            left = links.get(db, stalled)

    assert (code, err) == (130, "casereviews: interrupted; nothing half-done was kept\n")
    assert (left.state, left.checked_at) == ("unchecked", None)


def test_a_second_ctrl_c_ends_a_tick_that_is_being_told_to_wait() -> None:
    with Installation("2026-01-05 12:00") as house:
        house.read("Child A")
        asked = threading.Event()

        def silent(request: Request) -> Answer:
            asked.set()
            request.closing.wait(HANG)
            return Answer(503)

        house.site.routes["/list"] = silent
        with closing(Command("tick")) as command:
            assert asked.wait(HANG)
            deliver(command.process, signal.SIGINT)
            assert command.process.poll() is None
            code, err = command.told(signal.SIGINT)

    assert code == 130
    assert err == "casereviews: interrupted; nothing half-done was kept\n"


@pytest.mark.parametrize(
    "module",
    ["click.types", "click.core", "app.cli.command_list", "app.cli.cli_context", "core.config.schema"],
)
def test_ctrl_c_while_it_is_being_loaded_is_no_traceback(module: str) -> None:
    command = [sys.executable, "-X", "importtime", str(COMMAND), "status"]  # which says what it has loaded, as it does
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert any(line.rstrip().endswith(f" {module}") for line in process.stderr)
        process.send_signal(signal.SIGINT)
        said = [line for line in process.stderr if not line.startswith("import time:")]

    assert process.returncode == 130
    assert said in ([], ["casereviews: interrupted; nothing half-done was kept\n"])
