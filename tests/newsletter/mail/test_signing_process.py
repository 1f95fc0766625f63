"""The process that signs: real processes, killed and told to stop; what it signs is what each connection would."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.mail import signing_process
from newsletter.mail.canonical_form import Unsigned
from newsletter.mail.merge import MergeTemplate
from newsletter.mail.signed_merge import SignedTemplate
from newsletter.mail.signing_process import MAX_FORMS, SigningPipe, open_pipes
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem
from tests.newsletter.mail.test_merge import STAMPS
from tests.newsletter.mail.test_signed_merge import ODD, signer
from tests.newsletter.samples import WORDING
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
KEY = DOMAIN, SELECTOR, pem(key())
STARTER = """
import sys
from newsletter.mail.signing_process import open_pipes
with open_pipes(2) as pipes:
    print(*[pipe.recv(1) for pipe in pipes], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def pipe() -> Iterator[SigningPipe]:
    with open_pipes(1) as pipes:
        yield ready(pipes.popleft())


def ready(end: socket.socket) -> SigningPipe:
    """A pipe whose process has begun."""
    until(lambda: end.recv(1, socket.MSG_PEEK))
    return SigningPipe(end, KEY)


def message(number: int, template: SignedTemplate | None = None) -> Unsigned:
    template = template or SignedTemplate(STAMPS[WORDING.base_url], signer())
    return template.unsigned(f"reader{number}@example.org", f"{number:022}", f"{number:022x}", "You asked for it.")


def own(messages: list[Unsigned]) -> list[bytes]:
    return [one.form.sign(one.merged.own, signer()) for one in messages]


def signing(starter: int) -> int:
    """The process that signs for a process."""
    children = map(Path("/proc").joinpath, Path(f"/proc/{starter}/task/{starter}/children").read_text().split())
    return int(*[one.name for one in children if b"signing_process" in (one / "cmdline").read_bytes()])


def test_it_signs_as_a_connection_does(pipe: SigningPipe) -> None:
    template = SignedTemplate(STAMPS[WORDING.base_url], signer())
    batches = [[message(5 * batch + n, template) for n in range(5)] for batch in range(3)]

    numbers = [pipe.ask(batch) for batch in batches]

    assert [pipe.take(number) for number in numbers] == [own(batch) for batch in batches]


def test_of_more_templates_than_it_holds_each_is_known_again(pipe: SigningPipe) -> None:
    templates = [SignedTemplate(STAMPS[WORDING.base_url], signer()) for _ in range(MAX_FORMS + 3)]
    messages = [message(n, template) for n, template in enumerate(templates)]

    for batch in (messages[:40], messages[35:], messages[:9], messages[-9:], [messages[0], messages[0], messages[-1]]):
        assert pipe.take(pipe.ask(batch)) == own(batch)


def test_a_message_larger_than_one_read_comes_whole(pipe: SigningPipe) -> None:
    text = ODD + "One line more.\n" * 40_000
    large = SignedTemplate(MergeTemplate(text.replace("\n", "\r\n").encode()), signer())

    assert pipe.take(pipe.ask([message(1, large)])) == own([message(1, large)])


def test_what_nobody_waits_for_any_more_is_passed_over(pipe: SigningPipe) -> None:
    pipe.ask([message(1)])

    assert pipe.take(pipe.ask([message(2)])) == own([message(2)])


def test_nobody_signs_before_the_process_has_begun_and_once_it_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    near, far = socket.socketpair()
    with near, far:
        pipe = SigningPipe(near, KEY)
        assert pipe.ask([message(1)]) == 0 and pipe.take(0) == []
    with open_pipes(1) as pipes:
        pipe = ready(pipes.popleft())
        assert (number := pipe.ask([message(1)]))
        os.kill(signing(os.getpid()), signal.SIGKILL)
        until(lambda: pipe.take(pipe.ask([message(2)])) == [])

        assert (pipe.take(number), pipe.ask([message(3)])) == ([], 0)
    assert caplog.text.count("the process that signs has ended") == 1


def test_it_hears_no_signal_but_sigkill_and_ends_with_its_pipes() -> None:
    with open_pipes(1) as pipes:
        pipe = ready(pipes.popleft())
        process = signing(os.getpid())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(process, number)

        assert pipe.take(pipe.ask([message(1)])) == own([message(1)])
    assert not Path(f"/proc/{process}").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_whoever_started_it_leaves_none_behind(number: int) -> None:
    command = [sys.executable, "-c", STARTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as starter:
        assert starter.stdout and starter.stdout.readline()
        process = signing(starter.pid)
        starter.send_signal(number)
        starter.wait(HANG)

    until(lambda: not Path(f"/proc/{process}/exe").exists())


def test_where_none_can_be_started_there_are_no_pipes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(signing_process.sys, "executable", "/nowhere/python")

    with open_pipes(4) as pipes:
        assert not pipes
    assert "no process that signs can be started ([Errno 2]" in caplog.text
