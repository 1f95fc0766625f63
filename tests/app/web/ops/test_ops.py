"""The operator's pages, as somebody without script uses them: what each shows, and what each does to the house."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string, policy
from pathlib import Path
from threading import Event

import pytest
from werkzeug.test import TestResponse

from app.runtime.lock import process_lock
from app.web.ops.desk import blueprint
from core.config.schema import FetchSettings, Source
from core.records import Page
from core.source_records import Leftover, Run
from db.collection import crawls, pages, reviews, runs
from db.collection.crawls import Crawl
from db.mail import deliveries, issues, subscribers
from db.operator import audit_trail, job_log
from db.schema.connect import Database, write_transaction
from services.issues import issue_coverage
from tests.app.web.operator import PERIOD, Desk, approved, sent
from tests.bench import listing
from tests.support.loopback_site import Answer, Request, Site
from tests.support.waiting import at_most
from tests.support.web_site import Visitor, texts

HASH = re.compile(r'name="hash" value="([0-9a-f]{64})"')
SHA = re.compile(r'name="sha256" value="([0-9a-f]{64})"')
EVIL = b'<html><h1>Odd</h1><script>alert(1)</script><img src=x onerror="alert(2)"></html>'
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Desk]:
    """September is approved and waits for three readers."""
    db = approved(tmp_path)
    yield Desk(db)
    db.close()


@pytest.fixture
def done(tmp_path: Path) -> Iterator[Desk]:
    """September was sent to three readers, as files."""
    db = sent(tmp_path)
    yield Desk(db)
    db.close()


def listed(number: int) -> bytes:
    """A list of so many reviews, the first of them those that the house has."""
    return listing.page([replace(entry, links=()) for entry in listing.entries(number)])


def status(desk: Desk, period: str = PERIOD) -> str:
    return issues.get(desk.db, period).issue.status


def outcome(desk: Desk, who: Visitor, answer: TestResponse) -> str:
    """What the page of some work says when it has ended."""
    assert answer.status_code == 303, texts(answer.text)
    desk.wait()
    return texts(who.get(answer.headers["Location"]).text)


def confirmed(who: Visitor, page: str, change: dict[str, str] | None = None) -> TestResponse:
    """Open a page that asks for a last look, and press its button with the hash that it shows."""
    found = HASH.search(who.get(page).text)
    assert found, page
    return who.press(page, {"hash": found[1]} | (change or {}))


def mailed(desk: Desk, folder: str = PERIOD) -> list[str]:
    """Whom the messages in the outbox are to."""
    files = sorted((desk.settings.data_dir / "outbox" / folder).glob("*.eml"))
    return sorted(line[4:] for file in files for line in file.read_text().splitlines() if line.startswith("To: "))


# The state


def test_the_first_line_says_whether_it_is_all_right(done: Desk) -> None:
    who = done.operator()
    ill = texts(who.get("/ops").text)
    with write_transaction(done.db):
        job_log.save(done.db, "tick", done.house.clock.now)
        for period in [f"2016-{m:02}" for m in (8, 10, 11, 12)]:
            done.db.execute("DELETE FROM issues WHERE period = ?", [period])
        runs.add(done.db, Run("nspcc", done.house.clock.now, pages=1, seen=4))
        done.db.execute("UPDATE runs SET started_at = '2026-11-20T06:30:00Z' WHERE accepted = 1")
        runs.add(done.db, Run("nspcc", done.house.clock.now, pages=1, seen=4))
    well = texts(who.get("/ops").text)

    assert "Not all is well" in ill
    assert "The timer has never run. Do what is due now" in ill
    assert "Nspcc: last read well on 20 September 2016; overdue. Read nspcc" in ill
    assert "Nothing is wrong, but nobody is mailed: messages go to files." in well
    assert "What needs you" not in well


def test_the_state_says_what_comes_next_and_what_was_sent(done: Desk) -> None:
    with write_transaction(done.db):
        done.db.execute("UPDATE deliveries SET state = 'refused', reply = '550 no' WHERE id = 1")
        done.db.execute("DELETE FROM runs")
    page = texts(done.operator().get("/ops").text)

    assert "Issue of November 2026 It is not built yet. It will be drafted on 1 December 2026 at 09:00" in page
    assert "Issue of September 2016 It was sent: 2 written to files and not mailed, 1 refused." in page
    assert "Issue of September 2016: 1 refused. See why, and send it again" in page
    assert "Subscribers 3 active" in page
    assert "To files in the outbox. No mail leaves this machine." in page


def test_an_issue_whose_month_has_not_begun_is_named_and_leads_nowhere_yet(done: Desk) -> None:
    done.house.clock.now = datetime(2016, 9, 25, 12, tzinfo=UTC)
    who = done.operator()
    pages = [who.get(page) for page in ("/ops", "/ops/issues")]

    assert ["Issue of October 2016 It is not built yet." in texts(page.text) for page in pages] == [True, True]
    links = {link for page in pages for link in re.findall(r'href="(/ops[^"#]*)"', page.text)}
    assert {link: code for link in links if (code := who.get(link).status_code) >= 400} == {}


# Sources


def quarantined(desk: Desk, body: bytes = EVIL, seen: int = 2) -> int:
    """A page of the source that was not believed; its number."""
    at = desk.house.clock.now
    page = Page("https://a.example/list", "https://a.example/list", 200, (("content-type", "text/html"),), body, at)
    pages.save_body(desk.settings.data_dir / "pages", page)
    with write_transaction(desk.db):
        pages.add(desk.db, "nspcc", page, ["2 reviews, where 9 were shown before"])
        runs.add(desk.db, Run("nspcc", at, 1, seen, quarantined=1, problems=("2 reviews, where 9 were",)))
    return int(desk.db.execute("SELECT MAX(id) FROM pages").fetchone()[0])


def test_a_source_shows_its_reads_its_limits_and_its_pages(ready: Desk) -> None:
    quarantined(ready)
    page = texts(ready.operator().get("/ops/sources/nspcc").text)

    assert "It is broken: quarantined on 23 November 2026: 2 reviews, where 9 were" in page
    assert "20 September 2016 at 12:00 : 4 reviews read, 3 new, 0 changed" in page
    assert "Overdue when not read well for 3 days" in page
    assert "Accept the quarantined page" in page


def test_older_reads_are_a_page_further(ready: Desk) -> None:
    with write_transaction(ready.db):
        for day in range(1, 29):
            at = datetime(2026, 2, day, tzinfo=UTC)
            runs.add(ready.db, Run("nspcc", at, failed=True, problems=(f"day {day}",)))
    who = ready.operator()
    first = who.get("/ops/sources/nspcc").text
    link = re.search(r'href="(/ops/sources/nspcc\?before=\d+)"', first)

    assert link
    older = who.get(link[1]).text
    days = [re.findall(r'"ops-words">day (\d+)<', page) for page in (first, older)]
    assert days == [[str(day) for day in range(28, 8, -1)], [str(day) for day in range(8, 0, -1)]]


def test_a_quarantined_page_is_shown_and_cannot_run(ready: Desk) -> None:
    number, who = quarantined(ready), ready.operator()
    page = who.get(f"/ops/sources/nspcc/pages/{number}")
    look = who.get(f"/ops/sources/nspcc/pages/{number}/look")
    text = who.get(f"/ops/sources/nspcc/pages/{number}/text")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>alert" not in page.text
    assert "2 reviews, where 9 were shown before" in page.text
    assert text.data == EVIL
    assert text.content_type == "text/plain; charset=utf-8"
    for answer in (look, text):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none';")
        assert "allow-scripts" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_of_another_source_or_of_none_is_not_found(ready: Desk) -> None:
    number, who = quarantined(ready), ready.operator()

    assert who.get(f"/ops/sources/other/pages/{number}").status_code == 404
    assert who.get("/ops/sources/nspcc/pages/999").status_code == 404
    assert who.get("/ops/sources/nspcc/pages/..%2f..%2fcasereviews.db/text").status_code == 404


def test_accepting_takes_the_very_page_that_was_shown(ready: Desk) -> None:
    who = ready.operator()
    quarantined(ready, listed(2), seen=2)
    check = who.get("/ops/sources/nspcc/accept")
    shown = SHA.search(check.text)

    assert shown
    assert "2 reviews, where 9 were" in texts(check.text)
    assert "2 reviews read, 0 new" in texts(check.text)
    assert "no longer on a page that covers them" in texts(check.text)  # if only the page has changed
    words = outcome(ready, who, who.press("/ops/sources/nspcc/accept", {"sha256": shown[1], "changed": "cases"}))
    assert "nspcc: 2 reviews read" in words
    assert issue_coverage.quarantined_sources(ready.settings, ready.db) == []
    assert ready.trail()[0] == "accepted the page of nspcc: the cases have changed"


def test_a_walk_that_is_not_believed_can_be_accepted_whatever_the_front_has_shown_since(ready: Desk) -> None:
    quarantined(ready)
    with write_transaction(ready.db):
        crawls.save(ready.db, Crawl("nspcc", "https://a.example/list", ready.house.clock.now, ()))
        crawls.mark_doubted(ready.db, "nspcc")
        runs.add(ready.db, Run("nspcc", ready.house.clock.now, 1, 9))
    who = ready.operator()

    assert "Accept the quarantined page" in texts(who.get("/ops/sources/nspcc").text)
    assert "2 reviews, where 9 were" in texts(who.get("/ops/sources/nspcc/accept").text)


def test_where_only_the_page_has_changed_nothing_is_missing(ready: Desk) -> None:
    who = ready.operator()
    quarantined(ready, listed(2), seen=2)
    shown = SHA.search(who.get("/ops/sources/nspcc/accept").text)

    assert shown
    words = outcome(ready, who, who.press("/ops/sources/nspcc/accept", {"sha256": shown[1], "changed": "page"}))
    assert "0 missing" in words
    assert "no longer on a page that covers them" in words
    assert ready.trail()[0] == "accepted the page of nspcc: only the page has changed"


def test_what_was_not_understood_stands_on_the_page_of_its_source(ready: Desk) -> None:
    with write_transaction(ready.db):
        leftovers = (Leftover("Leeds – Child Q", "not understood"),)
        runs.add(ready.db, Run("nspcc", ready.house.clock.now, 1, 4, leftovers=leftovers))

    assert "Leeds – Child Q : not understood" in texts(ready.operator().get("/ops/sources/nspcc").text)


def test_a_page_that_came_after_the_look_is_not_accepted(ready: Desk) -> None:
    who = ready.operator()
    quarantined(ready, listed(2))
    shown = SHA.search(who.get("/ops/sources/nspcc/accept").text)
    assert shown
    quarantined(ready, listed(1))

    words = outcome(ready, who, who.press("/ops/sources/nspcc/accept", {"sha256": shown[1]}))

    assert "the page is another now: nspcc. Look at it again" in words
    assert "Look at it again" in outcome(ready, who, who.press("/ops/sources/nspcc/accept"))
    assert issue_coverage.quarantined_sources(ready.settings, ready.db) == ["nspcc"]


def test_there_is_nothing_to_accept_where_nothing_is_quarantined(ready: Desk) -> None:
    assert ready.operator().get("/ops/sources/nspcc/accept").status_code == 404


def served(db: Database, site: Site) -> Desk:
    """A desk whose one source is a site on this machine."""
    source = Source(name="nspcc", url=site.url("/list"))
    return Desk(db, sources=(source,), fetch=FetchSettings(spacing=0, retries=0, backoff=0))


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_scrape_now_reads_the_source_and_tells_each_line(ready: Desk) -> None:
    answer = Answer(200, listed(6), {"Content-Type": "text/html"})
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: answer}) as site:
        desk = served(ready.db, site)
        who = desk.operator()
        words = outcome(desk, who, who.press("/ops", action="/ops/scrape"))

    assert "Done. nspcc: 6 reviews read, 2 new, 0 changed, 0 missing, 4 unchanged" in words
    assert reviews.count_unissued(desk.db) == 2
    assert desk.trail()[0] == "scraped now: nspcc"


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_while_one_scrape_runs_a_second_click_leads_to_it(ready: Desk) -> None:
    going = Event()

    def slow(_: Request) -> Answer:
        going.wait(20)
        return Answer(200, listed(4), {"Content-Type": "text/html"})

    with Site({"/robots.txt": lambda _: ROBOTS, "/list": slow}) as site:
        desk = served(ready.db, site)
        who = desk.operator()
        first = who.press("/ops", action="/ops/scrape")
        second = who.press("/ops/sources/nspcc", {"source": "nspcc"}, action="/ops/scrape")
        page = who.get(second.headers["Location"]).text
        told = who.get(f"{first.headers['Location']}.json").json
        state = texts(who.get("/ops").text)
        going.set()
        desk.wait()
        ended = who.get(f"{first.headers['Location']}.json").json

    assert first.headers["Location"] == second.headers["Location"]
    assert "has to end first: Scrape now: nspcc" in texts(page)
    assert "Look again" in page
    assert "<noscript>" not in page
    assert told == {
        "ended": False,
        "words": "At work.",
        "doing": "Reading nspcc, 1 of 1",
        "error": "",
        "url": "",
        "do": "",
        "lines": [],
        "text": "",
        "file": "",
    }
    assert "At work Scrape now: nspcc" in state
    assert ended
    assert (ended["ended"], ended["words"], len(ended["lines"])) == (True, "Done.", 1)
    assert site.paths().count("/list") == 1


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_the_page_looks_again_by_itself_only_when_asked_to(ready: Desk) -> None:
    going = Event()
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: going.wait(20) and Answer(404)}) as site:
        desk = served(ready.db, site)
        who = desk.operator()
        at = who.press("/ops", action="/ops/scrape").headers["Location"]
        asked = who.get(f"{at}?follow=1").text
        going.set()
        desk.wait()
        after = who.get(f"{at}?follow=1").text

    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in asked
    assert "<noscript>" not in after
    assert "<script" not in after
    assert "could not be read" in texts(after)
    assert "This could not be done, or not all of it." in after


def test_scrape_now_waits_for_no_other_run(ready: Desk) -> None:
    who = ready.operator()
    with process_lock(ready.settings.data_dir):
        words = outcome(ready, who, who.press("/ops", action="/ops/scrape"))

    assert "another run is at work" in words


def test_no_source_of_another_name_is_read(ready: Desk) -> None:
    assert ready.operator().press("/ops", {"source": "evil"}, action="/ops/scrape").status_code == 404


def test_work_that_nobody_knows_is_not_found(ready: Desk) -> None:
    who = ready.operator()

    assert who.get("/ops/tasks/nothing").status_code == 404
    assert who.get("/ops/tasks/nothing.json").status_code == 404


# Issues


def test_an_issue_is_shown_as_it_stands(ready: Desk) -> None:
    page = texts(ready.operator().get(f"/ops/issues/{PERIOD}").text)

    assert "It is approved." in page
    assert "Case reviews: September 2016 (3 new)" in page
    assert "Send it now" in page
    assert "Correct it" not in page


@pytest.mark.parametrize("period", ["2016-13", "September", "2016-9", "..", "2016-09x", "2127-05"])
def test_what_is_no_month_is_no_issue(ready: Desk, period: str) -> None:
    assert ready.operator().get(f"/ops/issues/{period}").status_code == 404


def test_what_was_known_already_is_taken_in_at_the_desk_and_out_again(ready: Desk) -> None:
    who, before = ready.operator(), issues.get(ready.db, PERIOD).issue
    (known,) = [review for review in reviews.listing(ready.db) if review.baseline]

    who.press(f"/ops/issues/{PERIOD}/edit", {"order": "", "add": str(known.id)})
    stored = issues.get(ready.db, PERIOD)
    assert known.id in {review.id for review in stored.issue.reviews}
    assert stored.issue.status == "draft"
    again = who.press(f"/ops/issues/{PERIOD}/edit", {"order": "", "add": f"{known.id}, 99"})
    assert (again.status_code, "no such review: 99" in again.text) == (422, True)
    assert who.press(f"/ops/issues/{PERIOD}/edit", {"order": "", "add": "all"}).status_code == 422

    who.press(f"/ops/issues/{PERIOD}/edit", {"order": "", f"skip-{known.id}": "yes"})
    assert issues.get(ready.db, PERIOD).issue.reviews == before.reviews
    assert issues.get(ready.db, PERIOD).edits.adds == ()


def test_an_issue_that_waits_for_a_source_may_go_with_what_was_read(ready: Desk) -> None:
    quarantined(ready)
    who = ready.operator()
    page = who.get(f"/ops/issues/{PERIOD}").text
    assert "It waits: nspcc is quarantined , so what the issue should hold is not known." in texts(page)
    assert who.press(f"/ops/issues/{PERIOD}", action=f"/ops/issues/{PERIOD}/build").status_code == 409

    who.press(f"/ops/issues/{PERIOD}", {"as_read": "yes"}, action=f"/ops/issues/{PERIOD}/build")

    assert issues.get(ready.db, PERIOD).edits.as_read
    assert "It waits" not in texts(who.get(f"/ops/issues/{PERIOD}").text)
    who.press(f"/ops/issues/{PERIOD}/edit", {"order": "", "note": "Kept."})
    assert issues.get(ready.db, PERIOD).edits.as_read


def test_the_previews_are_caged_and_are_what_readers_get(ready: Desk) -> None:
    who = ready.operator()
    light = who.get(f"/ops/issues/{PERIOD}/html")
    dark = who.get(f"/ops/issues/{PERIOD}/html?view=dark").text
    kept = issues.get(ready.db, PERIOD)

    assert light.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "frame-ancestors 'self'" in light.headers["Content-Security-Policy"]
    assert kept.html.count("@media (prefers-color-scheme: dark)") == 1
    assert "@media not all" in light.text
    assert "@media all" in dark
    assert "prefers-color-scheme" not in light.text + dark
    assert light.text.partition("</head>")[2] == kept.html.partition("</head>")[2] == dark.partition("</head>")[2]
    assert who.get(f"/ops/issues/{PERIOD}/text").text == kept.text
    assert "&lt;html lang=" in who.get(f"/ops/issues/{PERIOD}/preview?view=source").text
    short = who.get(f"/ops/issues/{PERIOD}/text?edition=short").text
    assert "This is the short edition" in short


def test_looking_at_an_issue_changes_nothing(ready: Desk) -> None:
    who = ready.operator()
    before = list(ready.db.conn.iterdump())

    for page in ("", "/preview", "/html", "/text", "/edit", "/test", "/approve", "/send"):
        assert who.get(f"/ops/issues/{PERIOD}{page}").status_code == 200
        who.get(f"/ops/issues/2016-10{page}")

    assert list(ready.db.conn.iterdump()) == before


def test_a_note_an_order_and_what_is_left_out_are_stored_and_void_the_approval(ready: Desk) -> None:
    who = ready.operator()
    first, second, third = (review.id for review in issues.get(ready.db, PERIOD).issue.reviews)
    fields = {"note": "Hello.\r\nBye.", "order": "hand", f"skip-{second}": "yes", f"place-{second}": ""}

    answer = who.press(f"/ops/issues/{PERIOD}/edit", fields | {f"place-{first}": "2", f"place-{third}": "1"})

    kept = issues.get(ready.db, PERIOD)
    assert answer.headers["Location"] == f"/ops/issues/{PERIOD}"
    assert "The changes are stored, and the issue is built anew." in who.get(f"/ops/issues/{PERIOD}").text
    assert [review.id for review in kept.issue.reviews] == [third, first]
    assert kept.issue.note == "Hello.\nBye."
    assert kept.edits.skips == (second,)
    assert kept.issue.status == "draft"
    assert ready.trail()[0] == f"edited the issue of {PERIOD}; hash {kept.issue.hash[:16]}"
    form = who.get(f"/ops/issues/{PERIOD}/edit").text
    assert f'id="skip-{second}" name="skip-{second}" value="yes" checked' in form


def test_what_is_wrong_in_an_edit_is_said_beside_its_field_and_nothing_is_stored(ready: Desk) -> None:
    who = ready.operator()
    ids = [review.id for review in issues.get(ready.db, PERIOD).issue.reviews]

    answer = who.press(
        f"/ops/issues/{PERIOD}/edit",
        {"note": "kept", "order": "hand", f"place-{ids[0]}": "first", f"place-{ids[1]}": "2", f"place-{ids[2]}": "3"},
    )

    assert answer.status_code == 422
    assert "<title>Error: Edit" in answer.text
    assert f'<a href="#place-{ids[0]}">Write the position as a number' in answer.text
    assert f'aria-describedby="place-{ids[0]}-error" aria-invalid="true"' in answer.text
    assert "kept</textarea>" in answer.text
    assert status(ready) == "approved"
    assert who.press(f"/ops/issues/{PERIOD}/edit", {"order": "evil"}).status_code == 422
    assert who.press(f"/ops/issues/{PERIOD}/edit", {"note": "x" * 60_000}).status_code == 422


def test_a_note_is_escaped_wherever_it_stands(ready: Desk) -> None:
    who = ready.operator()
    who.press(f"/ops/issues/{PERIOD}/edit", {"note": "<script>alert(1)</script></textarea>", "order": ""})

    for page in ("", "/edit", "/html", "/preview?view=source"):
        assert "<script>alert" not in who.get(f"/ops/issues/{PERIOD}{page}").text


def test_an_issue_is_built_paused_and_resumed(ready: Desk) -> None:
    who, page = ready.operator(), "/ops/issues/2016-10"

    assert who.press(page, action=f"{page}/build").status_code == 303
    assert status(ready, "2016-10") == "draft"
    assert who.press(page, {"on": "yes"}, action=f"{page}/pause").status_code == 303
    assert issues.is_paused(ready.db, "2016-10")
    assert "Resume" in who.get(page).text
    who.press(page, {"on": "no"}, action=f"{page}/pause")
    assert not issues.is_paused(ready.db, "2016-10")
    assert ready.trail()[:2] == ["resumed the issue of 2016-10", "paused the issue of 2016-10"]


def test_what_was_never_built_is_not_paused(ready: Desk) -> None:
    answer = ready.operator().press("/ops/issues/2016-11", {"on": "yes"}, action="/ops/issues/2016-11/pause")

    assert answer.status_code == 409
    assert "no such issue: 2016-11" in answer.text


def test_nothing_is_built_while_a_source_is_quarantined(ready: Desk) -> None:
    quarantined(ready)
    who = ready.operator()
    page = who.get("/ops/issues/2016-10").text
    answer = who.press("/ops/issues/2016-10", action="/ops/issues/2016-10/build")

    assert "nspcc is quarantined" in page
    assert answer.status_code == 409
    assert "the issue waits: nspcc is quarantined" in answer.text
    assert "<title>Error: Issue of October 2016" in answer.text


def test_a_test_goes_to_whom_it_is_sent_after_a_last_look(ready: Desk) -> None:
    who, page = ready.operator(), f"/ops/issues/{PERIOD}/test"
    typed = {"addresses": "me@example.org, you@example.org", "edition": "short"}

    check = who.press(page, typed)
    nothing_yet = list((ready.settings.data_dir / "outbox").glob("*"))
    words = outcome(ready, who, who.press(page, typed | {"sure": "yes"}))

    assert "Check before you send a test" in check.text
    assert "me@example.org to a file in the outbox" in texts(check.text)
    assert nothing_yet == []
    assert "me@example.org: written to outbox/test-2016-09-1.eml, not mailed" in words
    raw = (ready.settings.data_dir / "outbox" / "test-2016-09-2.eml").read_text()
    assert "To: you@example.org" in raw
    assert message_from_string(raw, policy=policy.default)["Subject"].startswith("Test: Case reviews")
    assert ready.trail()[0] == "sent a test of 2016-09 to m…@example.org, y…@example.org"


@pytest.mark.parametrize(
    "typed", ["", "not an address", "a@b@c", "me@example.org\r\nBcc: all@example.org", "x@y " * 11]
)
def test_a_test_to_no_address_is_refused_beside_the_field(ready: Desk, typed: str) -> None:
    answer = ready.operator().press(f"/ops/issues/{PERIOD}/test", {"addresses": typed, "edition": "full"})

    assert answer.status_code == 422
    assert '<a href="#addresses">' in answer.text
    assert not (ready.settings.data_dir / "outbox").exists()


def test_approving_shows_what_for_whom_and_how(ready: Desk) -> None:
    ready.operator().press(f"/ops/issues/{PERIOD}/edit", {"note": "New.", "order": ""})
    who = ready.operator()
    check = texts(who.get(f"/ops/issues/{PERIOD}/approve").text)
    kept = issues.get(ready.db, PERIOD).issue

    assert f"Hash of the content {kept.hash[:16]}" in check
    assert "Readers 3 readers" in check
    assert "To files in the outbox. No mail leaves this machine." in check
    words = outcome(ready, who, confirmed(who, f"/ops/issues/{PERIOD}/approve"))
    assert f"Done. Approved: Case reviews: September 2016 (3 new), hash {kept.hash[:16]}" in words
    assert status(ready) == "approved"
    assert ready.trail()[0] == f"approved {PERIOD}, hash {kept.hash[:16]}"


def test_what_changed_since_it_was_shown_is_not_approved_even_when_it_was_built_since(ready: Desk) -> None:
    who, other, page = ready.operator(), ready.operator("Alex"), f"/ops/issues/{PERIOD}"
    other.press(f"{page}/edit", {"note": "One.", "order": ""})
    shown = HASH.search(who.get(f"{page}/approve").text)
    assert shown
    other.press(f"{page}/edit", {"note": "Two.", "order": ""})

    words = outcome(ready, who, who.press(page, {"hash": shown[1]}, action=f"{page}/approve"))

    assert "the issue has changed" in words
    assert status(ready) == "draft"
    asked = f"approved {PERIOD}, hash {shown[1][:16]}"
    assert ready.trail()[:2] == [f"this was not done: {asked}: the issue has changed since it was built", asked]
    assert "the issue has changed" in outcome(ready, who, who.press(page, action=f"{page}/approve"))
    assert status(ready) == "draft"


def test_what_changed_since_it_was_shown_is_not_sent(ready: Desk) -> None:
    who, other, page = ready.operator(), ready.operator("Alex"), f"/ops/issues/{PERIOD}"
    shown = HASH.search(who.get(f"{page}/send").text)
    assert shown
    other.press(f"{page}/edit", {"note": "Two.", "order": ""})

    words = outcome(ready, who, who.press(page, {"hash": shown[1]}, action=f"{page}/send"))

    assert "the issue has changed" in words
    assert status(ready) == "draft"
    assert mailed(ready) == []


def test_what_is_not_as_it_was_built_must_be_built_first(ready: Desk) -> None:
    with write_transaction(ready.db):
        ready.db.execute("UPDATE reviews SET summary = 'A different summary.' WHERE id = 2")
    who = ready.operator()

    assert "build it anew" in who.get(f"/ops/issues/{PERIOD}").text
    for what in ("approve", "send"):
        answer = who.get(f"/ops/issues/{PERIOD}/{what}")
        assert (answer.status_code, "Build it anew" in answer.text) == (409, True)


def test_sending_goes_to_every_reader_once_and_says_so(ready: Desk) -> None:
    who = ready.operator()
    check = texts(who.get(f"/ops/issues/{PERIOD}/send").text)
    before = mailed(ready)
    words = outcome(ready, who, confirmed(who, f"/ops/issues/{PERIOD}/send"))

    assert "Mail that has left cannot be called back." in check
    assert before == []
    assert "Done. Frozen, for 3 readers So far: 3 written to files and not mailed" in words
    assert mailed(ready) == [f"reader{n}@example.org" for n in range(3)]
    assert status(ready) == "sent"
    assert "It was sent already" in who.get(f"/ops/issues/{PERIOD}/send").text
    assert ready.trail()[0].startswith(f"sent {PERIOD}, hash ")


def test_sending_without_approval_is_refused_where_a_person_decides(ready: Desk) -> None:
    newsletter = ready.settings.newsletter.replace(publish="approve")
    desk = Desk(ready.db, newsletter=newsletter)
    who = desk.operator()
    who.press(f"/ops/issues/{PERIOD}/edit", {"note": "New.", "order": ""})

    page, shown = who.get(f"/ops/issues/{PERIOD}/send"), issues.get(desk.db, PERIOD).issue.hash

    words = outcome(desk, who, who.press("/ops", {"hash": shown}, action=f"/ops/issues/{PERIOD}/send"))

    assert (page.status_code, "It is not approved yet." in page.text) == (409, True)
    assert "the issue is not approved" in words
    assert mailed(desk) == []


def test_an_issue_that_was_sent_does_not_change(done: Desk) -> None:
    who = done.operator()
    token = {"csrf_token": who.token("/ops")}

    for what, fields in (("edit", {"note": "x"}), ("build", {}), ("pause", {"on": "yes"}), ("approve", {})):
        answer = who.post(f"/ops/issues/{PERIOD}/{what}", token | fields)
        assert answer.status_code == 409, what
        assert "the issue no longer changes" in answer.text
        assert f'<a href="/ops/issues/{PERIOD}">See the issue</a>' in answer.text
    assert status(done) == "sent"


# The queue


def broken(desk: Desk) -> None:
    """What became of the three deliveries."""
    for number, state, reply in (
        (1, "refused", "550 5.1.1 <reader0@example.org> user unknown"),
        (2, "unknown", "interrupted: it may have been sent"),
        (3, "failed", "451 4.3.0 try later"),
    ):
        desk.db.execute("UPDATE deliveries SET state = ?, reply = ?, via = 'smtp' WHERE id = ?", [state, reply, number])


def test_the_queue_says_what_each_of_several_relays_did(done: Desk) -> None:
    assert "By relay" not in texts(done.operator().get(f"/ops/queue/{PERIOD}").text)
    done.db.execute("UPDATE deliveries SET via = 'smtp', relay = iif(id < 3, 'north', 'south')")
    done.db.execute("UPDATE deliveries SET state = 'refused' WHERE id = 2")

    shown = texts(done.operator().get(f"/ops/queue/{PERIOD}").text)

    assert "By relay north: 1 refused, 1 sent south: 1 sent" in shown


def test_the_queue_says_what_became_of_each_and_what_to_do(done: Desk) -> None:
    broken(done)
    who = done.operator()
    refused = texts(who.get(f"/ops/queue/{PERIOD}").text)
    unknown = texts(who.get(f"/ops/queue/{PERIOD}?state=unknown").text)
    failed = texts(who.get(f"/ops/queue/{PERIOD}?state=failed").text)

    assert "Refused (1) Failed (1) Unknown (1)" in refused
    assert "reader0@example.org" in refused
    assert "550 5.1.1" in refused
    assert "The mailbox is not there." in refused
    assert "reader1@example.org" not in refused
    assert "it may come twice" in unknown
    assert "When the trouble is over, send it again." in failed


def test_the_queue_is_read_in_pages_that_repeat_and_lose_nobody(tmp_path: Path) -> None:
    db = sent(tmp_path, readers=120, reviews=1)
    who = Desk(db).operator()
    seen, page = [], f"/ops/queue/{PERIOD}?state=sent"
    for _ in range(3):
        text = who.get(page).text
        seen += re.findall(r"reader\d+@example\.org", text)
        found = re.search(r'href="([^"]*after=[^"]*)"', text)
        page = found[1].replace("&amp;", "&") if found else ""
    db.close()

    assert sorted(seen) == sorted(f"reader{n}@example.org" for n in range(120))
    assert page == ""


def test_what_failed_is_sent_again_after_a_last_look(done: Desk) -> None:
    broken(done)
    for file in (done.settings.data_dir / "outbox" / PERIOD).glob("*.eml"):
        file.unlink()
    who, page = done.operator(), f"/ops/queue/{PERIOD}/again"
    check = texts(who.get(page).text)
    before = mailed(done)
    words = outcome(done, who, who.press(page, {"which": "failed"}))

    assert "Those refused or failed (2 readers)" in check
    assert "who is unknown may get it twice (3 readers)" in check
    assert before == []
    assert "2 deliveries queued again So far: 2 written to files and not mailed, 1 unknown" in words
    assert "The queue says whom it did not reach" in words
    assert mailed(done) == ["reader0@example.org", "reader2@example.org"]
    assert done.trail()[0] == f"sent {PERIOD} again to those failed"
    last = outcome(done, who, who.press(page, {"which": "unknown"}))
    assert "Done. 1 delivery queued again So far: 3 written to files" in last


def test_sending_again_in_no_known_way_is_refused(done: Desk) -> None:
    assert done.operator().press(f"/ops/queue/{PERIOD}/again", {"which": "everybody"}).status_code == 400
    assert done.operator().get("/ops/queue/2016-10").status_code == 404


# The outbox


def test_the_outbox_shows_a_message_in_all_its_parts(done: Desk) -> None:
    who = done.operator()
    assert f'href="/ops/outbox/{PERIOD}"' in who.get("/ops/outbox").text
    page = who.get(f"/ops/outbox/{PERIOD}").text
    found = re.search(rf'href="(/ops/outbox/{PERIOD}/[^"]+\.eml)"', page)
    assert found

    message = who.get(found[1]).text
    html = who.get(f"{found[1]}/html")
    source = who.get(f"{found[1]}/source")

    assert "Case reviews: September 2016 (3 new)" in texts(message)
    assert "Message-ID" in message
    assert "<h1" in html.text
    assert html.headers["Content-Security-Policy"].startswith("sandbox;")
    assert source.text.startswith("From: ")
    assert source.content_type == "text/plain; charset=utf-8"
    assert "In September 2016 three case reviews" in texts(who.get(f"{found[1]}?view=text").text)


def test_messages_in_no_folder_are_shown_too(ready: Desk) -> None:
    who = ready.operator()
    typed = {"addresses": "me@example.org", "edition": "full", "sure": "yes"}
    outcome(ready, who, who.press(f"/ops/issues/{PERIOD}/test", typed))

    assert "/ops/outbox/file/test-2016-09-1.eml" in who.get("/ops/outbox").text
    assert "Test: Case reviews" in who.get("/ops/outbox/file/test-2016-09-1.eml").text
    assert "<h1" in who.get("/ops/outbox/file/test-2016-09-1.eml/html").text


@pytest.mark.parametrize(
    "path",
    [
        "/ops/outbox/..",
        "/ops/outbox/../casereviews.db",
        "/ops/outbox/%2e%2e/casereviews.db",
        "/ops/outbox/..%2fcasereviews.db",
        "/ops/outbox/file/..%2fcasereviews.db",
        "/ops/outbox/file/../casereviews.db",
        "/ops/outbox/2016-09/..%2f..%2fcasereviews.db/source",
        "/ops/outbox/2016-09/....eml/source",
        "/ops/outbox/2016-09/.hidden.eml/source",
        "/ops/outbox/2016-09/link.eml/source",
        "/ops/outbox/2016-09/none.eml",
        "/ops/outbox/file//etc/passwd",
        "/ops/outbox/evil",
        "/ops/outbox/file/%00.eml",
    ],
)
def test_the_outbox_leads_nowhere_else(done: Desk, path: str) -> None:
    folder = done.settings.data_dir / "outbox" / PERIOD
    (folder / "link.eml").symlink_to(done.db.file)
    (folder / ".hidden.eml").write_text("To: a@example.org\n\nHidden")
    answer = done.operator().get(path)

    assert answer.status_code in (404, 400)
    assert "SQLite format" not in answer.text
    assert "Hidden" not in answer.text


def test_a_large_outbox_is_read_in_pages(done: Desk) -> None:
    folder = done.settings.data_dir / "outbox"
    for number in range(120):
        (folder / f"test-{number:03}.eml").write_text("To: a@example.org\n\nHello")
    who = done.operator()
    found = [re.findall(r"file/(test-\d+)\.eml", who.get(f"/ops/outbox?page={page}").text) for page in (1, 2, 3, 4)]

    assert [len(names) for names in found] == [50, 50, 20, 0]
    assert len({name for names in found for name in names}) == 120


# People


def test_one_person_is_found_by_the_whole_address_however_it_is_written(done: Desk) -> None:
    who = done.operator()
    found = who.press("/ops/people", {"address": " Reader1@EXAMPLE.org "})

    assert found.status_code == 303
    page = texts(who.get(found.headers["Location"]).text)
    assert "reader1@example.org" in page
    assert "2016-09 : sent" in page
    assert "Agreed to Asked" in page
    assert done.trail()[0] == "looked up R…@EXAMPLE.org"


@pytest.mark.parametrize(
    ("typed", "code"), [("nobody@example.org", 404), ("reader", 422), ("%@example.org", 422), ("", 422)]
)
def test_nobody_is_found_by_a_part_of_it(done: Desk, typed: str, code: int) -> None:
    answer = done.operator().press("/ops/people", {"address": typed})

    assert answer.status_code == code
    assert '<a href="#address">' in answer.text
    assert "reader1@example.org" not in answer.text


def test_nobody_is_listed_unasked_and_the_list_is_masked(done: Desk) -> None:
    who = done.operator()
    listed = who.get("/ops/people/all").text

    assert "@example.org" not in who.get("/ops/people").text
    assert "reader1@example.org" not in listed
    assert listed.count("r…@example.org") == 3
    assert "r…@example.org" not in who.get("/ops/people/all?after=3").text


def test_their_data_is_exported_without_the_token_of_their_links(done: Desk) -> None:
    who = done.operator()
    answer = who.press("/ops/people/2", action="/ops/people/2/export")
    told = json.loads(answer.text)
    one = subscribers.get_by_id(done.db, 2)

    assert one
    assert told["subscriber"]["email"] == "reader1@example.org"
    assert told["deliveries"][0]["period"] == PERIOD
    assert answer.headers["Content-Disposition"] == 'attachment; filename="subscriber-2.json"'
    assert one.token not in answer.text
    assert done.trail()[0] == "exported the data of r…@example.org"


def test_somebody_is_unsubscribed_after_a_last_look(done: Desk) -> None:
    who = done.operator()
    check = who.get("/ops/people/2/unsubscribe")
    before = subscribers.counts(done.db)
    left = who.press("/ops/people/2/unsubscribe")

    assert "reader1@example.org" in check.text
    assert before == {"active": 3}
    assert left.headers["Location"] == "/ops/people/2"
    assert subscribers.counts(done.db) == {"active": 2, "unsubscribed": 1}
    assert "Unsubscribe them" not in who.get("/ops/people/2").text
    assert done.trail()[0] == "unsubscribed r…@example.org"


def test_somebody_is_erased_after_a_last_look_and_nothing_of_them_stays(done: Desk) -> None:
    who = done.operator()
    who.press("/ops/people", {"address": "reader1@example.org"})
    who.get("/ops/people/2/erase")
    assert subscribers.get_by_id(done.db, 2)
    gone = who.press("/ops/people/2/erase")

    assert gone.headers["Location"] == "/ops/people"
    assert "r…@example.org is erased." in who.get("/ops/people").text
    assert who.get("/ops/people/2").status_code == 404
    assert not [line for line in done.db.conn.iterdump() if "reader1" in line]
    assert "reader1@example.org" not in mailed(done)
    assert "somebody erased since" in who.get(f"/ops/queue/{PERIOD}?state=sent").text
    assert done.trail()[0] == "erased r…@example.org"


# The trail


def test_every_form_that_is_sent_leaves_one_line_without_tokens_or_addresses(done: Desk) -> None:
    who = done.operator()
    token = who.token("/ops")
    some = {"period": PERIOD, "number": 2, "name": "nspcc"}
    tokens = [one.token for one in subscribers.listing(done.db)] + [token]
    tokens += [one.token for one in deliveries.listing(done.db, PERIOD)]
    rules = [rule for rule in done.app.url_map.iter_rules() if rule.endpoint.startswith(f"{blueprint.name}.")]
    posts = [
        rule for rule in rules if "POST" in (rule.methods or ()) and rule.endpoint not in ("ops.login", "ops.logout")
    ]

    def written() -> int:
        lines = [entry.what for entry in audit_trail.listing(done.db, limit=999)]
        return sum(not line.startswith("this was not done: ") for line in lines)

    for rule in sorted(posts, key=lambda rule: "erase" in rule.rule):
        before, built = written(), rule.build({one: some.get(one, "1") for one in rule.arguments})
        assert built
        who.post(built[1], {"csrf_token": token, "address": "reader1@example.org", "addresses": "reader1@example.org"})
        done.wait()
        assert written() == before + 1, rule

    lines = " ".join(f"{entry.who} {entry.what}" for entry in audit_trail.listing(done.db, limit=999))
    assert len(posts) > 12
    assert not [token for token in tokens if token in lines]
    assert "reader1" not in lines


def test_the_trail_is_read_newest_first_in_pages(done: Desk) -> None:
    with write_transaction(done.db):
        for number in range(120):
            audit_trail.add(done.db, "Sam", f"did {number:03}", done.house.clock.now)
    who, page, seen = done.operator(), "/ops/audit", []
    while page:
        text = who.get(page).text
        seen += re.findall(r"did \d+", text)
        found = re.search(r'href="(/ops/audit\?before=\d+)"', text)
        page = found[1] if found else ""

    assert seen == [f"did {number:03}" for number in reversed(range(120))]


def test_what_fails_unforeseen_is_said_and_told_in_the_log_only(
    ready: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.collect.scrape_sources.scrape_sources", lambda *_: 1 // 0)
    who = ready.operator()
    words = outcome(ready, who, who.press("/ops", action="/ops/scrape"))

    assert "Something went wrong here. The log says what" in words
    assert "ZeroDivisionError" not in words
    assert "ZeroDivisionError" in caplog.text


def test_no_page_takes_long(done: Desk) -> None:
    who = done.operator()
    for page in ("", "/sources/nspcc", f"/issues/{PERIOD}", f"/queue/{PERIOD}", "/outbox", "/people", "/audit"):
        with at_most(5):
            assert who.get(f"/ops{page}").status_code == 200, page
