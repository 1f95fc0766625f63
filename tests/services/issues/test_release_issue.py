"""From a draft to a frozen issue: approval bound to its content, the audience, what may still change."""

import json
from collections.abc import Callable
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.runtime.side_effects import system_effects
from core.config.load import load
from core.dates import iso_utc
from db.mail import subscribers
from newsletter.issue.compose import mail_subject
from services.issues import release_issue
from services.issues.build_issue import load_issue
from tests.conftest import Typed
from tests.support.installation import PAGES, opened

Type = Callable[..., Typed]
PERIOD = "2016-09"


@pytest.fixture
def house(typed: Type) -> Type:
    """A house with the draft of September 2016 and five subscribers, of whom three are active."""
    assert typed("init").code == 0
    Path("casereviews.toml").write_text("[fetch]\nspacing = 0\nretries = 0\nbackoff = 0\n", "utf-8")
    for name, day in (("before", "2016-08-31"), ("after", "2016-09-20")):
        page = str(PAGES / "september" / f"{name}.html")
        assert typed("scrape", "nspcc", "--from-file", page, "--as-of", day).code == 0
    assert typed("issue", "build", PERIOD).code == 0
    for name, more in (("ada", ()), ("ben", ("--edition", "short")), ("cleo", ("--topics", "fishing"))):
        add(typed, name, *more, *(["--only-matching"] if name == "cleo" else []))
    add(typed, "dora", "--only-matching", "--nations", "England")
    assert typed("subscribers", "add", "pending@example.org").code == 0
    return typed


def add(typed: Type, name: str, *more: str) -> None:
    asked = typed("subscribers", "add", f"{name}@example.org", "--confirmed", "--consent", "on paper", *more)
    assert asked.code == 0, asked.err


def state(typed: Type, period: str = PERIOD) -> tuple[str, int, int]:
    found = next(one for one in json.loads(typed("issue", "list", "--json").out) if one["period"] == period)
    return found["status"], found["queued"], found["sent"]


def outbox(period: str = PERIOD) -> list[Path]:
    return sorted(Path("data/outbox", period).glob("*.eml"))


def recipients(period: str = PERIOD) -> list[str]:
    return sorted(line[4:] for file in outbox(period) for line in file.read_text().splitlines() if line[:4] == "To: ")


def test_an_approved_issue_is_sent_once_to_each_who_wants_it(house: Type) -> None:
    approved = house("issue", "approve", PERIOD)
    sent = house("issue", "send", PERIOD)

    assert (approved.code, sent.code) == (0, 0), approved.err + sent.err
    assert state(house) == ("sent", 0, 3)  # cleo's topic is in none of these reviews
    assert recipients() == ["ada@example.org", "ben@example.org", "dora@example.org"]
    before = [(file.name, file.read_bytes()) for file in outbox()]
    assert house("issue", "send", PERIOD).code == 0
    assert [(file.name, file.read_bytes()) for file in outbox()] == before


def test_each_reader_gets_the_edition_they_chose(house: Type) -> None:
    house("issue", "approve", PERIOD)
    house("issue", "send", PERIOD)

    by_name = {
        line[4:]: raw for raw in (f.read_text() for f in outbox()) for line in raw.splitlines() if "To: " in line
    }
    assert "This is the short edition" in by_name["ben@example.org"]
    assert "This is the short edition" not in by_name["ada@example.org"]


def test_a_dry_run_sends_and_freezes_nothing(house: Type) -> None:
    dry = house("issue", "send", PERIOD, "--dry-run")

    assert dry.code == 0
    assert "Would send 2016-09 to 3 subscribers to files in the outbox" in dry.out
    assert state(house)[0] == "draft"
    assert house("issue", "approve", PERIOD, "--dry-run").code == 0
    assert state(house)[0] == "draft"


@pytest.mark.parametrize(
    "change",
    [
        ("issue", "edit", PERIOD, "--note", "Our website moves on Friday."),
        ("issue", "edit", PERIOD, "--skip", "4"),
        ("reviews", "withdraw", "4", "--reason", "asked by the family"),
    ],
    ids=["a note", "a review left out", "a review taken down"],
)
def test_any_change_makes_an_approval_void(house: Type, change: tuple[str, ...]) -> None:
    house("issue", "approve", PERIOD)
    assert state(house)[0] == "approved"

    said = house(*change)

    assert (said.code, state(house)[0]) == (0, "draft")
    if change[1] == "edit":
        before, _, after = said.err.partition("makes the approval void")
        assert before.startswith("2016-09: it is approved")
        assert "The approval is void. Approve it again: casereviews issue approve 2016-09" in after


def test_an_edit_that_changes_nothing_keeps_the_approval(house: Type) -> None:
    house("issue", "approve", PERIOD)

    said = house("issue", "edit", PERIOD, "--note", "")

    assert (said.code, state(house)[0]) == (0, "approved")
    assert "Approve it again" not in said.err


def test_what_is_no_longer_as_it_was_built_is_not_approved_unseen(house: Type) -> None:
    with opened() as db:  # as a scrape in another window would
        db.conn.execute("UPDATE reviews SET summary = 'A different summary.' WHERE id = 4")

    first, second = house("issue", "approve", PERIOD), house("issue", "approve", PERIOD)

    assert first.code == 1
    assert "the issue has changed since it was built: 2016-09. Look at it, then approve it" in first.err
    assert second.code == 0


def test_what_changed_after_its_approval_is_not_sent(house: Type) -> None:
    house("issue", "approve", PERIOD)
    with opened() as db:
        db.conn.execute("UPDATE reviews SET summary = 'A different summary.' WHERE id = 4")

    sent = house("issue", "send", PERIOD)

    assert sent.code == 1
    assert "the issue has changed since it was approved: it waits for approval again" in sent.err
    assert state(house) == ("draft", 0, 0)


def test_without_approval_nothing_goes_where_a_person_decides(house: Type) -> None:
    with Path("casereviews.toml").open("a") as file:
        file.write('[newsletter]\npublish = "approve"\n')

    refused = house("issue", "send", PERIOD)

    assert refused.code == 1
    assert (
        refused.err.strip()
        == "casereviews: the issue is not approved: 2016-09. Approve it: casereviews issue approve 2016-09"
    )


def test_a_frozen_issue_does_not_change_and_a_newcomer_does_not_get_it(house: Type) -> None:
    house("issue", "approve", PERIOD)
    house("issue", "send", PERIOD)
    add(house, "late")

    assert house("issue", "edit", PERIOD, "--note", "too late").code == 1
    assert house("issue", "approve", PERIOD).code == 1
    assert house("issue", "send", PERIOD).code == 0
    assert "late@example.org" not in recipients()


def test_whoever_leaves_before_the_sending_gets_nothing(house: Type) -> None:
    from services.readers import subscriptions

    house("issue", "approve", PERIOD)
    with opened() as db:
        count = release_issue.release_issue(system_effects(), load(Path("casereviews.toml")), db, PERIOD, by_hand=True)
        token = next(subscribers.listing(db, "active")).token
        subscriptions.end_subscription(db, token, system_effects().now())

    sent = house("issue", "send", PERIOD)

    assert (count, sent.code) == (3, 0)
    assert recipients() == ["ben@example.org", "dora@example.org"]
    assert state(house) == ("sent", 0, 2)


def test_a_review_taken_down_between_the_freeze_and_the_sending_is_in_no_mail(house: Type) -> None:
    house("issue", "approve", PERIOD)
    with opened() as db:
        release_issue.release_issue(system_effects(), load(Path("casereviews.toml")), db, PERIOD, by_hand=True)
    house("reviews", "withdraw", "7", "--reason", "asked by the family")

    house("issue", "send", PERIOD)

    assert outbox()
    assert not [file for file in outbox() if "Baby J" in file.read_text()]


def test_a_test_message_goes_to_a_file_and_writes_nothing_down_but_that_it_was_sent(house: Type) -> None:
    def held() -> list[str]:
        with opened() as db:
            return [line for line in db.conn.iterdump() if 'INSERT INTO "audit_trail"' not in line]

    before = held()

    tested = house("issue", "test-send", PERIOD, "me@example.org", "Other@Example.org")
    bad = house("issue", "test-send", PERIOD, "me@example.org", "not an address")

    assert tested.code == 0
    assert "me@example.org: written to data/outbox/test-2016-09-1.eml, not mailed" in tested.out
    raw = Path("data/outbox/test-2016-09-1.eml").read_text()
    subject = message_from_string(raw, policy=policy.default)["Subject"]
    with opened() as db:
        assert subject == f"Test: {mail_subject(load_issue(db, PERIOD).issue)}"
    assert subject.startswith("Test: Case reviews: September 2016 (4 new): Girl, 15 years")
    assert "A-SAMPLE-READERS-TOKEN" in raw
    assert (bad.code, len(bad.err.splitlines())) == (1, 1)
    assert held() == before


def test_what_was_refused_can_be_sent_again_and_what_arrived_is_not(house: Type) -> None:
    house("issue", "approve", PERIOD)
    house("issue", "send", PERIOD)
    with opened() as db:
        db.conn.execute("UPDATE deliveries SET state = 'refused', reply = '550 no' WHERE id = 1")
        db.conn.execute("UPDATE deliveries SET state = 'unknown' WHERE id = 2")
    for file in outbox():
        file.unlink()

    dry = house("issue", "resend-failed", PERIOD, "--dry-run")
    again = house("issue", "resend-failed", PERIOD)

    assert "1 subscriber would be sent it again" in dry.err
    assert (again.code, recipients()) == (3, ["ada@example.org"])  # 3: one is still unknown
    assert again.err.splitlines()[-1].endswith(f"to some twice: casereviews issue resend-failed {PERIOD} --unknown")
    assert house("issue", "resend-failed", PERIOD, "--unknown").code == 0
    assert recipients() == ["ada@example.org", "ben@example.org"]


def test_an_issue_that_was_never_sent_is_not_sent_again(house: Type) -> None:
    assert house("issue", "resend-failed", PERIOD).code == 1
    assert house("issue", "send", "2016-08").code == 1


def test_a_paused_issue_says_so(house: Type) -> None:
    assert house("issue", "pause", PERIOD).code == 0
    with opened() as db:
        assert db.execute("SELECT paused FROM issues").fetchone()[0] == 1
    assert house("issue", "resume", PERIOD).code == 0
    with opened() as db:
        assert db.execute("SELECT paused FROM issues").fetchone()[0] == 0


def test_mail_that_could_not_be_sent_freezes_nothing(house: Type) -> None:
    house("issue", "approve", PERIOD)
    with Path("casereviews.toml").open("a") as file:
        file.write('[mail]\ntransport = "smtp"\nlive = true\ndkim_domain = "example.org"\ndkim_key = "no key"\n')

    sent = house("issue", "send", PERIOD)

    assert sent.code == 1
    assert len(sent.err.splitlines()) == 1
    assert state(house) == ("approved", 0, 0)


def looked_at_links(days: int) -> None:
    """Let all links have been looked at so many days ago, by London's calendar (its clock may have changed since)."""
    now = system_effects().now().astimezone(ZoneInfo("Europe/London"))
    with opened() as db:
        db.conn.execute("UPDATE link_checks SET checked_at = ?", [iso_utc(now - timedelta(days=days))])


def test_release_looks_at_no_link_and_says_that_nobody_ever_did(house: Type) -> None:
    approved = house("issue", "approve", PERIOD)
    sent = house("issue", "send", PERIOD)

    said = "2016-09: 4 of its 4 links were never looked at: casereviews issue build 2016-09 --check-links\n"
    assert (approved.code, sent.code) == (0, 0)  # though there is no network in these tests
    assert said in approved.err and said in sent.err
    with opened() as db:
        assert db.execute("SELECT COUNT(*) FROM link_checks WHERE checked_at IS NOT NULL").fetchone()[0] == 0


@pytest.mark.parametrize(("days", "said"), [(0, "today"), (1, "1 day ago"), (3, "3 days ago"), (40, "40 days ago")])
def test_release_names_the_age_of_the_oldest_look_at_its_links(house: Type, days: int, said: str) -> None:
    looked_at_links(days)
    with opened() as db:
        url = db.execute("SELECT url FROM links WHERE review_id = 4").fetchone()[0]
        db.conn.execute("UPDATE link_checks SET checked_at = '2999-01-01T00:00:00Z' WHERE url <> ?", [url])

    sent = house("issue", "send", PERIOD)

    assert sent.code == 0
    assert f"2016-09: its links were last looked at {said}\n" in sent.err


def test_a_look_of_more_than_a_week_ago_is_old(house: Type) -> None:
    settings, now = load(Path("casereviews.toml")), system_effects().now()
    ages = []
    for days in (6, 8):
        looked_at_links(days)
        with opened() as db:
            ages.append(release_issue.describe_link_age(settings, db, PERIOD, now)[1])

    assert ages == [False, True]


def test_a_look_at_links_since_the_draft_does_not_refuse_an_approval(house: Type) -> None:
    with opened() as db:  # as after a look at the first of them, since the draft was built
        db.conn.execute("UPDATE links SET state = 'live', media = 'application/pdf', size = 2009 WHERE review_id = 4")

    approved = house("issue", "approve", PERIOD)

    assert approved.code == 0, approved.err
    assert "(PDF, 2 KB)" in house("issue", "show", PERIOD).out


def test_a_link_that_died_since_the_draft_was_built_is_looked_at_first(house: Type) -> None:
    with opened() as db:
        db.conn.execute("UPDATE links SET state = 'dead' WHERE review_id = 4")

    assert house("issue", "approve", PERIOD).code == 1
    assert house("issue", "approve", PERIOD).code == 0


def test_a_link_that_changed_after_an_approval_voids_it(house: Type) -> None:
    house("issue", "approve", PERIOD)
    with opened() as db:
        db.conn.execute("UPDATE links SET state = 'live', media = 'application/pdf', size = 2009 WHERE review_id = 4")

    assert house("issue", "send", PERIOD).code == 1
    assert state(house)[0] == "draft"
