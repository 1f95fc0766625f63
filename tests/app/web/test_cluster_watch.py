"""The watch over the broker: no page waits for a broker that is away, and none asks it while another does."""

from threading import Event

from app.web.cluster_watch import UNANSWERED, ClusterWatch
from core.config.schema import Settings
from newsletter.cluster.cluster_view import ClusterView
from tests.support.waiting import until

ON = Settings(cluster={"broker": "redis://127.0.0.1:1/0"})
WELL = ClusterView()


class Asked:
    """A broker that answers when it is let, at a time that is moved."""

    def __init__(self) -> None:
        self.now, self.times, self.may, self.answers = 0.0, 0, Event(), WELL
        self.may.set()
        self.watch = ClusterWatch(ON, lambda: self.now, self.ask)

    def ask(self, settings: Settings) -> ClusterView:
        self.times += 1
        assert self.may.wait(60)
        return self.answers

    def later(self) -> ClusterView | None:
        """A look, once the answer before is old."""
        self.now += 60
        return self.watch.look()


def test_where_there_are_no_workers_nobody_is_asked() -> None:
    asked = Asked()

    assert ClusterWatch(Settings(), lambda: 0.0, asked.ask).look() is None
    assert asked.times == 0


def test_an_answer_is_given_again_for_a_while() -> None:
    asked = Asked()

    assert [asked.watch.look() for _ in range(3)] == [WELL] * 3
    assert asked.times == 1
    assert (asked.later(), asked.times) == (WELL, 2)


def test_a_broker_that_hangs_is_asked_once_and_keeps_nobody() -> None:
    asked = Asked()
    assert asked.watch.look() == WELL
    asked.may.clear()

    assert [asked.later() for _ in range(50)] == [UNANSWERED] * 50  # twelve seconds, if each waited
    assert asked.times == 2
    asked.may.set()
    assert until(lambda: asked.watch.look() == WELL)


def test_what_nobody_foresaw_is_said_and_the_next_look_asks_again() -> None:
    def broken(settings: Settings) -> ClusterView:
        raise ImportError("redis")

    watch = ClusterWatch(ON, lambda: 0.0, broken)

    found = watch.look()
    assert found is not None
    assert found.why.startswith("it could not be asked (ImportError)")
