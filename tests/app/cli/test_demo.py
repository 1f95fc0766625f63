"""The demonstration: offline, twice in a row, with its pages, and unable to send."""

import email.policy
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from email.parser import BytesParser
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from app.cli.demo_command import PORT
from app.demo.sample_reviews import sample_collection
from app.demo.walkthrough import OutboxOnlyMail
from core.config.value_forms import FormError
from tests.support.processes import Popen, run
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
GUARDED = """
import os, sys

def guard(event, values):
    away = event == "socket.connect" and isinstance(values[1], tuple) and values[1][0] != "127.0.0.1"
    if away or event.startswith("smtplib."):
        os.write(2, f"{event} {values}".encode())
        os._exit(99)

sys.addaudithook(guard)
from app.cli import main
main()
"""
COMMAND = [sys.executable, "-c", GUARDED]
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    return run([*COMMAND, *words], capture_output=True, text=True, timeout=HANG)


class Staying:
    """A demonstration that stays up, and where it says that things are."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.said = process, ""
        assert process.stdout
        while "Stop with Ctrl-C" not in self.said:
            line = process.stdout.readline()
            assert line, self.said
            self.said += line
        self.url = self.place("The pages")
        self.browser = build_opener(HTTPCookieProcessor())

    def place(self, name: str) -> str:
        found = re.search(rf"^{name}: (\S+)", self.said, re.MULTILINE)
        assert found, self.said
        return found[1]

    def get(self, path: str) -> str:
        with self.browser.open(self.url + path, timeout=HANG) as answer:
            return str(answer.read().decode())

    def press(self, page: str, action: str = "", **fields: str) -> str:
        token = CSRF.search(self.get(page))
        body = urlencode({**fields, **({"csrf_token": token[1]} if token else {})}).encode()
        form = Request(self.url + (action or page), body, {"Origin": self.url})
        with self.browser.open(form, timeout=HANG) as answer:
            return str(answer.read().decode())

    def stop(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=HANG)
        return self.process.returncode, out, err


@contextmanager
def staying(*words: str) -> Iterator[Staying]:
    command = [*COMMAND, "--data-dir", "house", "demo", "--no-browser", *words]
    process = Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield Staying(process)
    finally:
        process.kill()
        process.communicate()


def test_it_reads_two_months_builds_the_issue_and_writes_it() -> None:
    for folder in ("one", "two"):
        answer = demo("--data-dir", folder, "demo", "--once", "--no-browser")

        assert (answer.returncode, answer.stderr) == (0, "")
        assert "(6 new)" in answer.stdout
        assert "0 new, 0 changed (1 request)" in answer.stdout
        assert "not changed" in answer.stdout
        (page,) = Path(folder).glob("*.html")
        assert "six case reviews were published" in page.read_text("utf-8")
        assert page.resolve().as_uri() in answer.stdout
        messages = [
            BytesParser(policy=email.policy.default).parsebytes(m.read_bytes())
            for m in Path(folder).glob("outbox/*/*.eml")
        ]
        assert sorted(str(message["To"]) for message in messages) == [
            "ada@example.org",
            "ben@example.org",
            "cleo@example.org",
        ]


def test_once_takes_no_port_of_its_pages() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        answer = demo("demo", "--once", "--no-browser", "--port", str(other.getsockname()[1]))

    assert (answer.returncode, answer.stderr) == (0, "")


def test_every_address_of_its_own_in_its_mail_answers() -> None:
    with staying("--port", "0") as here:
        for file in Path("house").glob("outbox/*/*.eml"):
            read = BytesParser(policy=email.policy.default).parsebytes(file.read_bytes())
            html, text = read.get_body(("html",)), read.get_body(("plain",))
            assert html and text
            links = set(re.findall(r"http://127[^\s\"<>)]+", html.get_content() + text.get_content()))
            links.add(str(read["List-Unsubscribe"]).strip("<>"))

            assert {"issues", "preferences", "reviews", "unsubscribe"} <= {
                link.removeprefix(here.url).split("/")[1] for link in links if link.startswith(here.url)
            }
            for link in links:
                with urlopen(link, timeout=HANG) as answer:
                    assert answer.status == 200, link


def test_the_pages_it_names_are_the_real_ones() -> None:
    with staying("--port", "0") as here:
        issue = here.place("The issue").removeprefix(here.url)

        assert issue in here.get("/")
        assert "six case reviews were published" in here.get(issue)
        assert "Separated children in hotels" in here.get("/reviews?q=hotels")
        assert "<feed" in here.get("/feeds/issues.atom")
        assert "What you get" in here.get(here.place("What ada@example.org gets").removeprefix(here.url))
        with urlopen(here.place("Where the reviews come from"), timeout=HANG) as answer:
            assert b"Invented" in answer.read()
        with pytest.raises(HTTPError, match="404"):
            here.get("/preferences/AAAAAAAAAAAAAAAAAAAAAA")


def test_operations_open_with_the_password_it_prints_and_mail_nothing() -> None:
    with staying("--port", "0") as here:
        password = here.said.partition("(password: ")[2].partition(")")[0]
        with pytest.raises(HTTPError, match="403"):
            here.press("/ops/login", password="a wrong password")

        inside = here.press("/ops/login", password=password)

        assert "No mail leaves this machine" in inside
        period = here.place("The issue").rpartition("/")[2]
        test = f"/ops/issues/{period}/test"
        here.press(test, addresses="me@example.com", edition="full", sure="yes")
        assert list(Path("house/outbox").glob("test-*.eml"))
        code, _, err = here.stop(signal.SIGTERM)
        assert (code, err) == (0, "")  # the guard would have ended it


def test_the_letter_to_whoever_subscribes_is_a_file_whose_link_works() -> None:
    with staying("--port", "0") as here:
        here.press("/subscribe", email="dora@example.org")
        letters = until(lambda: list(Path(here.place("Emails to whoever subscribes")).rglob("confirm-*.eml")))
        text = BytesParser(policy=email.policy.default).parsebytes(letters[0].read_bytes()).get_body(("plain",))
        assert text
        link = re.search(rf"{here.url}(/confirm/\S+)", text.get_content())
        assert link

        assert "You are subscribed" in here.press(link[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_when_told(number: int) -> None:
    with staying("--port", "0") as here:
        here.get("/")
        code, out, err = here.stop(number)

    assert (code, out, err) == (0, "\nStopped.\n", "")


def test_a_taken_port_is_one_line_when_it_was_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = demo("demo", "--no-browser", "--port", str(port))

    assert answer.returncode == 1
    assert answer.stderr == (
        f"casereviews: cannot answer on port: {port}: Address already in use. Choose another with --port.\n"
    )


def test_where_the_usual_port_is_taken_it_takes_a_free_one() -> None:
    with ExitStack() as stack:
        with suppress(OSError):  # taken by somebody else: as good
            stack.enter_context(socket.create_server(("127.0.0.1", PORT)))
        here = stack.enter_context(staying())

        assert not here.url.endswith(f":{PORT}")
        assert f"{here.url}/issues" in here.get("/feeds/issues.atom")


def test_its_mail_has_no_other_way_than_files() -> None:
    for key, value in (("transport", "smtp"), ("live", True), ("host", "localhost")):
        with pytest.raises(FormError):
            OutboxOnlyMail(**{key: value})
        with pytest.raises(AttributeError, match="frozen"):
            setattr(OutboxOnlyMail(), key, value)


def test_it_refuses_a_folder_with_something_in_it() -> None:
    Path("mine").mkdir()
    Path("mine/diary.txt").write_text("dear")

    answer = demo("--data-dir", "mine", "demo", "--once", "--no-browser")

    assert answer.returncode == 1
    assert answer.stderr.startswith("casereviews: the demonstration wants an empty folder: mine.")


def test_the_invented_collection_is_large_and_says_that_it_is_invented() -> None:
    samples = sample_collection()

    assert len(samples.past) + len(samples.current) >= 40
    file = Path(sys.modules["app.demo.sample_reviews"].__file__ or "").with_name("collection.json")
    assert "invented" in json.dumps(json.loads(file.read_text("utf-8")))[:400].lower()
