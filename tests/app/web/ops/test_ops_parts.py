"""The parts behind the operator's pages: phrases, work in the background, what addresses may ask."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from app.cli import scrape_command
from app.runtime.lock import process_lock
from app.web.ops import ops_phrases, stop_work
from app.web.ops.background_work import MAX_REMEMBERED, BackgroundWork, ProgressMeter, WorkFunction, WorkRegistry
from app.web.ops.edit_pages import ORDER_LABELS
from core.config.schema import MailSettings, NewsletterSettings, Settings
from core.errors import HouseError
from core.issue_lifecycle import IssueStanding, IssueState
from core.records import Delivery
from core.source_records import Run
from core.states import REVIEW_ORDERS
from db.mail import issues
from db.schema.connect import Database
from tests.app.web.operator import PERIOD, Desk, approved
from tests.app.web.ops.test_ops import confirmed, outcome
from tests.support.signups import NOW
from tests.support.waiting import HANG, until
from tests.support.web_site import texts

COPIED = "status, editor_note, ordering, skipped_review_ids, title, intro, content_hash, content, html, text, built_at"
DUE = datetime(2026, 12, 1, 9, tzinfo=UTC)


def moment(when: datetime | None) -> str:
    return f"{when:%d.%m. %H:%M}" if when else "never"


@pytest.mark.parametrize(
    ("status", "step", "publish", "words"),
    [
        ("", None, "hold", "It will be drafted on 01.12. 09:00; it is sent 24 hours later unless you pause it."),
        ("", None, "approve", "It will be drafted on 01.12. 09:00; it is sent when you have approved it."),
        ("draft", None, "auto", "It will be drafted again on 01.12. 09:00; it is sent at once."),
        ("approved", None, "approve", "It is sent on 01.12. 09:00."),
        ("draft", "held", "hold", "It will be sent on 02.12. 09:00 unless you pause it."),
        ("draft", "approval", "approve", "It waits for your approval."),
        ("draft", "paused", "hold", "It is paused. It is sent when you resume it, or send it yourself."),
        ("", "asked", "hold", ops_phrases.TOO_LATE),
        ("", "skipped", "hold", "There is no issue of this month: nothing was new."),
        ("sending", "sending", "hold", "It is being sent."),
        ("sent", None, "hold", "It was sent on 02.12. 09:00."),
    ],
)
def test_an_issue_says_when_it_goes(status: str, step: str | None, publish: str, words: str) -> None:
    where = IssueStanding("2026-11", DUE, step, DUE + timedelta(days=1)) if step else None
    known = IssueState("2026-11", status, sent_at=DUE + timedelta(days=1))

    assert ops_phrases.describe_sending(known, where, DUE, NOW, NewsletterSettings(publish=publish), moment) == words  # type: ignore[arg-type]


def test_an_issue_whose_day_is_long_past_does_not_promise_to_go() -> None:
    later = DUE + timedelta(days=500)

    assert (
        ops_phrases.describe_sending(IssueState("2026-11", "approved"), None, DUE, later, NewsletterSettings(), moment)
        == ops_phrases.TOO_LATE
    )
    paused = ops_phrases.describe_sending(
        IssueState("2026-11", "draft", True), None, DUE, NOW, NewsletterSettings(), moment
    )
    assert paused.startswith("Its day is 01.12. 09:00. It is paused")


def delivery(state: str, reply: str = "", via: str = "smtp", attempts: int = 1) -> Delivery:
    return Delivery(1, PERIOD, 1, "a@example.org", "t", "full", state, via, attempts, NOW, DUE, reply)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (delivery("queued", "451 later"), "It will be tried again by itself on 01.12. 09:00."),
        (delivery("queued", attempts=0), ""),
        (delivery("sent"), ""),
        (delivery("sent", via="outbox"), "It was written to a file, not mailed."),
        (delivery("sent", "written to a file, not mailed", "outbox"), ""),
        (delivery("failed"), "It was tried for a day. When the trouble is over, send it again."),
        (delivery("refused", "550 5.1.1 no such user here"), "The mailbox is not there."),
        (delivery("refused", "552 5.2.2 mailbox full"), "The mailbox is full"),
        (delivery("refused", "554 5.7.1 blocked by spam filter"), "check SPF, DKIM and DMARC"),
        (delivery("refused", "what?"), "The server's words say why."),
        (delivery("unknown"), "Sent again, it may come twice."),
    ],
)
def test_a_delivery_says_what_to_do(one: Delivery, words: str) -> None:
    said = ops_phrases.delivery_advice(one, moment)

    assert words in said
    assert bool(words) == bool(said)


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (MailSettings(), "No mail leaves this machine."),
        (
            MailSettings(transport="smtp", host="mail.example.org", live=True),
            "By mail, through mail.example.org:25. Live",
        ),
        (
            MailSettings(transport="smtp", allow_list=("me@example.org",)),
            "Not live: by mail through localhost:25 to 1 address",
        ),
        (MailSettings(transport="smtp"), "to no addresses of mail.allow_list; to files for all others"),
    ],
)
def test_it_is_said_how_mail_leaves(mail: MailSettings, words: str) -> None:
    assert words in ops_phrases.describe_transport(mail)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (Run("a", NOW, seen=3, not_modified=1), "not changed since the last read, 3 reviews"),
        (Run("a", NOW, failed=True), "could not be read"),
        (Run("a", NOW, quarantined=1), "quarantined, nothing was changed"),
        (Run("a", NOW, pages=40, paused=True), "a part was read: 40 pages"),
        (Run("a", NOW, seen=1, new=1, baseline=True), "1 review read, 1 new, 0 changed, 0 missing, 0 unchanged; known"),
    ],
)
def test_a_read_is_told_in_one_line(run: Run, words: str) -> None:
    assert ops_phrases.describe_run(run).startswith(words)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (Run("a", NOW, seen=1), "a: 1 review read, 0 new"),
        (Run("a", NOW, seen=2), "a: 2 reviews read, 0 new"),
        (Run("a", NOW, pages=1, paused=True), "a: 1 page read"),
        (
            Run("a", NOW, seen=1, requests=2, not_modified=1),
            "a: not changed since the last read (1 review, 2 requests)",
        ),
    ],
)
def test_the_terminal_counts_one_as_one(run: Run, words: str) -> None:
    assert scrape_command.describe_run(run).startswith(words)


@pytest.fixture
def works(db: Database, tmp_path: Path) -> Iterator[WorkRegistry]:
    made = WorkRegistry(Settings(data_dir=tmp_path))
    yield made
    assert made.close(5)


def begin(works: WorkRegistry, number: str, job: WorkFunction, kind: str = "one") -> tuple[BackgroundWork, bool]:
    return works.start(BackgroundWork(number, kind, number, ("/ops", "Back")), job)


def test_one_of_a_kind_is_done_at_a_time_and_another_kind_beside_it(works: WorkRegistry) -> None:
    going = Event()
    first, fresh = begin(works, "a", lambda *_: going.wait(10) and None)
    same, again = begin(works, "b", lambda *_: None)
    other, beside = begin(works, "c", lambda work, *_: work.add_line("done"), "two")
    going.set()

    assert (fresh, again, beside) == (True, False, True)
    assert same is first
    until(lambda: other.ended)
    assert other.lines == ["done"]
    assert works.get("b") is None


def test_what_could_not_be_done_is_said_and_the_next_may_begin(works: WorkRegistry) -> None:
    def fails(*_: object) -> None:
        raise HouseError("it went wrong", "here", "Mend it.")

    work, _ = begin(works, "a", fails)

    assert (work.ended, work.error) == (True, "it went wrong: here. Mend it.")
    assert begin(works, "b", lambda *_: None)[1]


def test_no_more_works_are_kept_than_anybody_looks_at(works: WorkRegistry) -> None:
    for number in range(3 * MAX_REMEMBERED):
        begin(works, str(number), lambda *_: None)

    assert works.get("0") is None
    assert sum(works.get(str(number)) is not None for number in range(3 * MAX_REMEMBERED)) <= MAX_REMEMBERED + 1


def test_one_work_is_stopped_by_itself_and_the_others_go_on(works: WorkRegistry) -> None:
    going = Event()
    first, _ = begin(works, "a", lambda work, db, stop: stop.wait(HANG) and None)
    second, _ = begin(works, "b", lambda *_: going.wait(HANG) and None, "two")

    first.stop.set()
    until(lambda: first.ended)

    assert not second.ended
    going.set()


def test_what_is_started_while_the_process_ends_is_stopped_at_once(works: WorkRegistry) -> None:
    assert works.close(HANG)

    work, _ = begin(works, "a", lambda work, db, stop: stop.wait(HANG) and None)

    until(lambda: work.ended)


def test_a_meter_says_how_far_some_work_is_and_how_long_it_takes() -> None:
    work, seconds = BackgroundWork("a", "one", "A", ("/ops", "Back")), iter([0.0, 0.0, 60.0])
    meter = ProgressMeter(work, lambda: next(seconds), "link")

    meter.show(0, 40)
    began = work.doing
    meter.show(10, 40, "Asking")

    assert began == "0 of 40 links"
    assert work.doing == "Asking: 10 of 40 links, 10 a minute, about 3 minutes left"


def test_the_end_of_the_process_stops_what_can_be_stopped_and_waits_no_longer_than_it_may(works: WorkRegistry) -> None:
    begin(works, "a", lambda work, db, stop: stop.wait(5 * HANG) and None)
    never = Event()
    assert works.close(HANG)
    begin(works, "b", lambda *_: never.wait(HANG) and None)

    assert not works.close(0.2)
    never.set()


def test_the_application_ends_its_work(ready: Desk) -> None:
    assert stop_work(ready.app, HANG)


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Desk]:
    db = approved(tmp_path, reviews=1)
    yield Desk(db)
    db.close()


def test_what_another_run_sends_is_not_sent_by_two(ready: Desk) -> None:
    who = ready.operator()
    with process_lock(ready.settings.data_dir, "delivery"):
        words = outcome(ready, who, confirmed(who, f"/ops/issues/{PERIOD}/send"))

    assert "Frozen, for 3 readers Another run is sending it already" in words
    assert issues.get(ready.db, PERIOD).issue.status == "sending"
    check = texts(who.get(f"/ops/issues/{PERIOD}/send").text)
    assert "Readers 3 readers still to be sent it" in check
    assert "Done. So far: 3 written to files and not mailed" in outcome(
        ready, who, confirmed(who, f"/ops/issues/{PERIOD}/send")
    )


@pytest.mark.parametrize("odd", ["-1", "x", "9" * 30, "", "1e9", "²", "0x10"])
def test_odd_numbers_in_addresses_are_none(ready: Desk, odd: str) -> None:
    who = ready.operator()

    for page in (f"/audit?before={odd}", f"/people/all?after={odd}", f"/sources/nspcc?before={odd}"):
        assert who.get(f"/ops{page}").status_code == 200, page
    assert who.get(f"/ops/outbox?page={odd}").status_code == 200
    assert who.get(f"/ops/people/{odd or 'none'}").status_code == 404
    assert who.get(f"/ops/sources/nspcc/pages/{odd or 'none'}").status_code == 404
    assert who.get(f"/ops/queue/{PERIOD}?after={odd}.{odd}").status_code == 404  # it is not sent yet


def test_a_look_at_the_heads_of_the_door_is_no_try(ready: Desk) -> None:
    who = ready.visitor()
    for _ in range(20):
        assert who.client.head("/ops/login", **who._how).status_code == 200

    assert ready.operator()


def test_issues_of_long_ago_are_a_page_further(ready: Desk) -> None:
    with ready.db.conn:
        for year in (2010, 2011, 2012):
            for month in range(1, 13):
                ready.db.execute(
                    f"INSERT INTO issues (period, {COPIED}) SELECT ?, {COPIED} FROM issues WHERE period = ?",
                    [f"{year}-{month:02}", PERIOD],
                )
    who = ready.operator()
    first, second = who.get("/ops/issues").text, who.get("/ops/issues?before=2011-02").text

    assert "Issue of September 2016" in first
    assert "Older issues" in first
    assert "Issue of January 2011" in second
    assert "Issue of February 2011" not in second
    assert "Older issues" not in second


def test_every_order_of_an_issue_can_be_chosen() -> None:
    assert set(ORDER_LABELS) == {"", *REVIEW_ORDERS, "hand"}
