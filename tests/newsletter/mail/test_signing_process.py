"""The process that signs: real processes, killed and told to stop; what it signs is what each connection would."""

import os
import resource
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
from newsletter.mail.signing_process import MAX_FORMS, SigningPipe, open_pipes, sign_for
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem
from tests.newsletter.mail.test_merge import STAMPS
from tests.newsletter.mail.test_signed_merge import ODD, signer
from tests.newsletter.samples import WORDING
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
KEY = DOMAIN, SELECTOR, pem(key())
STARTER = """
import sys
from newsletter.mail.signing_process import SigningPipe, open_pipes
with open_pipes(2) as pipes:
    one = SigningPipe(pipes.popleft(), eval(sys.argv[1]))
    while one.is_busy:
        pass
    print(flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def pipe() -> Iterator[SigningPipe]:
    with open_pipes(1) as pipes:
        yield ready(pipes.popleft())


def ready(end: socket.socket) -> SigningPipe:
    """A pipe whose process has begun."""
    pipe = SigningPipe(end, KEY)
    until(lambda: not pipe.is_busy)
    return pipe


def signed(pipe: SigningPipe, messages: list[Unsigned]) -> list[bytes]:
    """Signatures, once they are there."""
    return pipe.take() if pipe.ask(messages) else []


def message(number: int, template: SignedTemplate | None = None) -> Unsigned:
    template = template or SignedTemplate(STAMPS[WORDING.base_url], signer())
    return template.unsigned(f"reader{number}@example.org", f"{number:022}", f"{number:022x}", "You asked for it.")


def open_files() -> set[int]:
    """The numbers of ours, and of the one that looks."""
    return {int(file.name) for file in Path("/proc/self/fd").iterdir()}


def own(messages: list[Unsigned]) -> list[bytes]:
    return [one.form.sign(one.merged.own, signer()) for one in messages]


def signing(starter: int) -> int:
    """The process that signs for a process."""
    children = map(Path("/proc").joinpath, Path(f"/proc/{starter}/task/{starter}/children").read_text().split())
    return int(*[one.name for one in children if b"signing_process" in (one / "cmdline").read_bytes()])


def test_it_signs_as_a_connection_does(pipe: SigningPipe) -> None:
    template = SignedTemplate(STAMPS[WORDING.base_url], signer())
    batches = [[message(5 * batch + n, template) for n in range(5)] for batch in range(3)]

    assert [signed(pipe, batch) for batch in batches] == [own(batch) for batch in batches]


def test_of_more_templates_than_it_holds_each_is_known_again(pipe: SigningPipe) -> None:
    templates = [SignedTemplate(STAMPS[WORDING.base_url], signer()) for _ in range(MAX_FORMS + 3)]
    messages = [message(n, template) for n, template in enumerate(templates)]

    for batch in (messages[:40], messages[35:], messages[:9], messages[-9:], [messages[0], messages[0], messages[-1]]):
        assert signed(pipe, batch) == own(batch)


def test_a_message_larger_than_one_read_comes_whole(pipe: SigningPipe) -> None:
    text = ODD + "One line more.\n" * 40_000
    large = SignedTemplate(MergeTemplate(text.replace("\n", "\r\n").encode()), signer())

    assert signed(pipe, [message(1, large)]) == own([message(1, large)])


def test_what_nobody_waits_for_any_more_is_passed_over(pipe: SigningPipe) -> None:
    pipe.ask([message(1)])
    until(lambda: not pipe.is_busy)

    assert signed(pipe, [message(2)]) == own([message(2)])


def test_nobody_signs_before_the_process_has_begun_while_it_is_busy_and_once_it_is_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    near, far = socket.socketpair()
    with near, far:
        assert not SigningPipe(near, KEY).ask([message(1)])
    with open_pipes(1) as pipes:
        pipe = ready(pipes.popleft())
        os.kill(signing(os.getpid()), signal.SIGSTOP)
        assert pipe.ask([message(1)]) and pipe.is_busy and not pipe.ask([message(2)])
        os.kill(signing(os.getpid()), signal.SIGKILL)
        until(lambda: not pipe.is_busy)

        assert (pipe.take(), pipe.ask([message(3)])) == ([], False)
    assert caplog.text.count("the process that signs has ended") == 1


def test_it_hears_no_signal_but_sigkill_and_ends_with_its_pipes() -> None:
    with open_pipes(1) as pipes:
        pipe = ready(pipes.popleft())
        process = signing(os.getpid())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(process, number)

        assert signed(pipe, [message(1)]) == own([message(1)])
    assert not Path(f"/proc/{process}").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_whoever_started_it_leaves_none_behind(number: int) -> None:
    command = [sys.executable, "-c", STARTER, repr(KEY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as starter:
        assert starter.stdout and starter.stdout.readline()
        process = signing(starter.pid)
        starter.send_signal(number)
        starter.wait(HANG)

    until(lambda: not Path(f"/proc/{process}/exe").exists())


@pytest.mark.parametrize("key", [KEY, (DOMAIN, SELECTOR, "no key")])
def test_it_says_nothing_where_whoever_started_it_is_gone_already(key: tuple[str, str, str]) -> None:
    near, far = socket.socketpair()
    with far:
        with near:
            SigningPipe(near, key)
        sign_for([far])  # raises nothing


def test_one_that_is_stopped_is_ended_with_its_pipes() -> None:
    with open_pipes(1) as pipes:
        ready(pipes.popleft())
        process = signing(os.getpid())
        os.kill(process, signal.SIGSTOP)

    assert not Path(f"/proc/{process}").exists()


def test_where_no_more_files_may_be_open_there_are_no_pipes(caplog: pytest.LogCaptureFixture) -> None:
    before, most = open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before) + 1, most[1]))
    try:
        with open_pipes(max(before)) as pipes:
            assert not pipes and open_files() == before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    assert "no process that signs can be started ([Errno 24]" in caplog.text


def test_where_none_can_be_started_there_are_no_pipes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(signing_process.sys, "executable", "/nowhere/python")

    with open_pipes(4) as pipes:
        assert not pipes
    assert "no process that signs can be started ([Errno 2]" in caplog.text
