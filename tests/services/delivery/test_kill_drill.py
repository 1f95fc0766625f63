"""Everyone once, nobody twice, whatever dies: real processes, a real mail server, SIGKILL."""

from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from db.schema.connect import connect
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem
from tests.support.issue_sending import Sender, Sink, begun, everyone_once, listed, post, prepare

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 5_000
KILLS = 25
CONNECTIONS = 4
SIGNED = {"dkim_domain": DOMAIN, "dkim_selector": SELECTOR}  # by a process of its own


def test_a_sender_killed_again_and_again_reaches_everyone_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, begun_when_killed = Random(2016), []
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", pem(key()))
    prepare(tmp_path, READERS)
    with closing(connect(tmp_path / "data/casereviews.db")) as db:  # some of them get an issue of their own making
        db.execute("UPDATE subscribers SET topics = json_array('neglect', 'subject ' || (id % 50)) WHERE id % 2")
    with Sink(tmp_path) as sink:
        for number in range(KILLS):
            post(sink.port, connections=CONNECTIONS, **(SIGNED if number % 2 else {}))
            sender = Sender()
            if number % 5 == 0:
                sender.kill_after(chance.uniform(0.1, 1.0))  # while it freezes the issue, sorts out, claims
            else:  # while it sends
                assert sink.wait_for(chance.randint(1, 160), sender), f"it ended before: {sender.said()}"
                sender.kill_after(chance.uniform(0, 0.02))
            begun_when_killed.append(begun())
        code = (sender := Sender()).wait()
        accepted = sink.accepted()
    deliveries = listed()

    doubtful = {one.email for one in deliveries if one.state == "unknown"}
    arrived = doubtful & {taken.recipient for taken in accepted}
    with capsys.disabled():
        figures = f"{len(doubtful)} unknown, of which {len(arrived)} arrived; {len(accepted)} messages taken"
        print(f"\n{KILLS} kills, {READERS} readers: {figures}")
    assert code == (3 if doubtful else 0), sender.said()
    assert max(begun_when_killed) <= CONNECTIONS
    assert len(doubtful) <= sum(begun_when_killed)
    assert len(deliveries) == READERS
    assert {one.state for one in deliveries} <= {"sent", "unknown"}
    everyone_once(deliveries, accepted)
