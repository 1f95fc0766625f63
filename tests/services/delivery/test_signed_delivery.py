"""An issue that is signed (DKIM): whatever leaves verifies; and what is claimed for all connections is given back."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from db.mail import issues
from db.schema.connect import connect
from newsletter.mail.canonical_form import Unsigned
from newsletter.mail.signing_process import SigningPipe
from services.delivery import relay_pool
from services.issues import withdraw_review
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem, verified
from tests.services.delivery.test_delivery_concurrency import Days, Server, frozen, send, settings, states
from tests.support.issue_sending import PERIOD, post, prepare

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 6
MANY = 300  # so many that each of four connections has some
FEW = 40  # of one connection: enough to be signed ahead
LONG = 160  # readers that are a long list here: more than connections have asked for at once


def test_each_message_of_a_signed_issue_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", pem(key()))
    prepare(tmp_path, READERS)
    days = Days()
    with Server() as server:
        post(server.port, dkim_domain=DOMAIN, dkim_selector=SELECTOR)
        with closing(connect(settings().database)) as db:  # one of them gets an issue of their own making
            db.execute("UPDATE subscribers SET topics = json_array('neglect') WHERE id = 1")
        frozen(days)
        send(days)

    texts = [text.replace(b"\r\n..", b"\r\n.") for text in server.texts]
    assert len({text.partition(b"b=")[2] for text in texts}) == READERS
    assert [verified(text) for text in texts] == [True] * READERS
    assert states() == {"sent": READERS}


def test_a_review_taken_down_is_in_no_message_that_was_signed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", pem(key()))
    prepare(tmp_path, READERS * 3)
    days, names = Days(), list[bytes]()

    def said(verb: str, who: str) -> str:
        if verb == "." and len(server.taken) == READERS:
            with closing(connect(settings().database)) as db:
                review = issues.get(db, PERIOD).issue.reviews[0]
                withdraw_review.withdraw_review(days.effects(), settings(), db, str(review.id), "asked by the family")
            names.append(review.title.split(" ")[0].encode())
        return ""

    with Server(said) as server:
        post(server.port, dkim_domain=DOMAIN, dkim_selector=SELECTOR, connections=1)
        frozen(days)
        send(days)

    texts = [text.replace(b"\r\n..", b"\r\n.") for text in server.texts]
    assert [names[0] in text for text in texts] == [True] * (READERS + 1) + [False] * (2 * READERS - 1)
    assert all(map(verified, texts))
    assert states() == {"sent": READERS * 3}


@dataclass
class Signing:
    """The processes that sign, as the connections of a run use them: each waits for what they answer."""

    asked: list[int] = field(default_factory=list)  # how many messages they signed at a time
    processes: list[int] = field(default_factory=list)
    waits: bool = True

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ask, begin = SigningPipe.ask, subprocess.Popen

        def asks(pipe: SigningPipe, messages: Sequence[Unsigned]) -> bool:
            is_busy(pipe)  # until it has begun
            if is_asked := ask(pipe, messages):
                self.asked.append(len(messages))
            return is_asked

        def is_busy(pipe: SigningPipe) -> bool:
            return pipe._is_asked and not pipe._poll.poll(None if self.waits else 0)

        def begins(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
            process = begin(*words, **options)
            self.processes.append(process.pid)
            return process

        monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", pem(key()))
        monkeypatch.setattr(relay_pool, "LONG_LIST", LONG)
        monkeypatch.setattr(SigningPipe, "ask", asks)
        monkeypatch.setattr(SigningPipe, "is_busy", property(is_busy))
        monkeypatch.setattr(subprocess, "Popen", begins)


@pytest.fixture
def signing(monkeypatch: pytest.MonkeyPatch) -> Signing:
    signing = Signing()
    signing.watch(monkeypatch)
    return signing


@pytest.mark.parametrize("ending", [None, signal.SIGKILL, signal.SIGSTOP], ids=["to the end", "killed", "stopped"])
def test_a_process_signs_a_long_list_and_without_it_each_connection_does(
    tmp_path: Path, signing: Signing, ending: signal.Signals | None, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(tmp_path, LONG)
    days = Days()

    def said(verb: str, who: str) -> str:
        if verb == "." and len(server.taken) == 20 and ending:
            signing.waits = False
            os.kill(signing.processes[0], ending)
        return ""

    with Server(said) as server:
        post(server.port, dkim_domain=DOMAIN, dkim_selector=SELECTOR)
        frozen(days)
        send(days)

    texts = [text.replace(b"\r\n..", b"\r\n.") for text in server.texts]
    assert len(signing.processes) == 1
    assert sum(signing.asked) >= LONG - 4 or ending  # each connection signs its first, which probes
    assert ("the process that signs has ended" in caplog.text) is (ending == signal.SIGKILL)
    assert Counter(server.taken).most_common(1)[0][1] == 1
    assert len(texts) == LONG and all(map(verified, texts))
    assert states() == {"sent": LONG}


@pytest.mark.parametrize(("readers", "rate"), [(READERS, 0), (LONG, 60_000)], ids=["a short list", "a limited rate"])
def test_what_leaves_soon_or_slowly_is_signed_by_its_connections(
    tmp_path: Path, signing: Signing, readers: int, rate: int
) -> None:
    prepare(tmp_path, readers)
    days = Days()
    with Server() as server:
        post(server.port, dkim_domain=DOMAIN, dkim_selector=SELECTOR, rate_per_minute=rate)
        frozen(days)
        send(days)

    assert (signing.processes, states()) == ([], {"sent": readers})


def test_a_review_taken_down_is_in_no_message_that_a_process_signed_before(
    tmp_path: Path, signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_pool, "LONG_LIST", FEW)
    prepare(tmp_path, FEW)
    days, gone = Days(), list[str]()

    def said(verb: str, who: str) -> str:
        if verb == "." and len(server.taken) == 20:
            with closing(connect(settings().database)) as db:
                review = issues.get(db, PERIOD).issue.reviews[0]
                withdraw_review.withdraw_review(days.effects(), settings(), db, str(review.id), "asked by the family")
            gone.append(review.title.split(" ")[0])
        return ""

    with Server(said) as server:
        post(server.port, dkim_domain=DOMAIN, dkim_selector=SELECTOR, connections=1)
        frozen(days)
        send(days)

    texts = [text.replace(b"\r\n..", b"\r\n.") for text in server.texts]
    assert [gone[0].encode() in text for text in texts] == [True] * 21 + [False] * (FEW - 21)
    assert all(map(verified, texts)) and sum(signing.asked) >= FEW - 4
    assert states() == {"sent": FEW}


@pytest.mark.parametrize("keys", [{}, {"dkim_domain": DOMAIN, "dkim_selector": SELECTOR}], ids=["plain", "signed"])
def test_what_is_claimed_for_all_connections_waits_again_when_a_run_stops(
    tmp_path: Path, signing: Signing, keys: dict[str, str]
) -> None:
    prepare(tmp_path, MANY)
    days, stop = Days(), Event()

    def said(verb: str, who: str) -> str:
        if len(server.taken) >= 10:
            stop.set()
        return ""

    with Server(said) as server:
        post(server.port, **keys)
        frozen(days)
        send(days, stop)
    sent = len(server.taken)

    assert 10 <= sent < MANY
    assert states() == {"sent": sent, "queued": MANY - sent}
    assert len(signing.processes) == bool(keys)
    assert not any(Path(f"/proc/{process}").exists() for process in signing.processes)
