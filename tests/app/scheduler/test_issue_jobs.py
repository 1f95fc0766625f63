"""Each month's issue by the timer: drafted, held, released, late, let go: the test moves the clock."""

from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage

import pytest

from core.errors import HouseError
from core.link_records import LinkCheck
from core.source_records import Run
from db.collection import runs
from db.mail import issues
from db.schema.connect import write_transaction
from services.collect import check_links
from services.issues import build_issue, release_issue
from services.issues.correct_issue import correct_issue
from tests.support.loopback_site import Answer
from tests.support.timed_installation import (
    ADA,
    CAPTCHA,
    Installation,
    but_the_copy,
    mails,
    news,
    notices,
    readers,
    said,
    utc,
)

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
APPROVE, AUTO, SKIP = (
    f"[newsletter]\n{line}\n" for line in ('publish = "approve"', 'publish = "auto"', 'empty_issue = "skip"')
)


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house with one reader and one new review."""
    with news() as made:
        yield made


def pause(house: Installation, on: bool) -> None:
    with closing(house.db()) as db:
        release_issue.pause_issue(db, "2026-01", on)


def said_in(mail: EmailMessage, part: str) -> str:
    """What one part of a message says, on one line."""
    body = mail.get_body((part,))
    assert body
    return " ".join(str(body.get_content()).split())


# the month's issue


def test_a_draft_is_held_for_a_day_and_then_sent(house: Installation) -> None:
    assert but_the_copy(house.tick("2026-02-01 08:59")) == ["read nspcc: 4 reviews, 0 new, 0 changed, 0 missing"]
    assert house.tick("2026-02-01 09:00")[0] == "drafted the issue of January 2026: 1 new"

    told = said("the draft of January 2026 is ready")
    assert "1 new; it will be sent on 2 February 2026 at 09:00 unless paused" in told
    assert "Edit or pause it:\nhttps://news.example.org/ops/issues/2026-01\n" in told
    assert "It says: We began to read the list on 10 January 2026. In January 2026 one case review was" in told
    first = "It is the first: edit it, and take in what was known already:"
    assert f"{first}\nhttps://news.example.org/ops/issues/2026-01/edit" in told
    house.tick("2026-02-02 08:59")
    assert readers("2026-01") == []
    house.tick("2026-02-02 09:00")
    assert readers("2026-01") == [ADA]
    assert "was sent: 1 written to files and not mailed." in said("the issue of January 2026 was sent")
    assert house.tick("2026-02-02 09:01") == []


def test_links_are_looked_at_before_the_draft_and_not_at_the_release(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def look(*asked: object, **more: object) -> list[LinkCheck]:
        steps.append("look")
        return []

    monkeypatch.setattr(check_links, "check_addresses", look)
    for when in ("2026-02-01 09:00", "2026-02-02 09:00"):
        steps += [line for line in house.tick(when) if line.startswith(("drafted", "released"))]

    drafted, released = "drafted the issue of January 2026: 1 new", "released the issue of January 2026 to 1 reader"
    assert steps == ["look", drafted, released]


def test_a_paused_draft_stays_until_it_is_resumed(house: Installation) -> None:
    house.tick("2026-02-01 09:00")
    pause(house, True)

    house.tick("2026-02-03 09:00")
    assert readers("2026-01") == []
    assert "the issue of January 2026 is paused; let it go: casereviews issue resume 2026-01" in house.standing()
    pause(house, False)
    house.tick("2026-02-03 09:01")
    assert readers("2026-01") == [ADA]


def test_the_notice_of_a_draft_leads_with_what_was_doubted(house: Installation) -> None:
    house.tick("2026-02-01 08:00")
    with closing(house.db()) as db, write_transaction(db):
        runs.add(db, Run("nspcc", utc("2026-01-20 07:00"), new=200, problems=("200 reviews are new at once",)))
        runs.add(db, Run("nspcc", utc("2026-02-01 08:30"), quarantined=1, problems=("4 of 4 reviews changed",)))

    house.tick("2026-02-01 09:00")

    told = said("the draft of January 2026 is ready")
    assert "nspcc, 20 January 2026: 200 new, 0 missing, accepted although 200 reviews are new at once." in told
    assert "nspcc waits for you: quarantined on 1 February 2026: 4 of 4 reviews changed." in told
    assert "Look at the page, and take it or read it again: https://news.example.org/ops/sources/nspcc\n" in told
    assert told.index("nspcc waits for you") < told.index("The draft of January 2026 is ready: 1 new")


def test_where_a_person_approves_nothing_goes_without_one(house: Installation) -> None:
    house.configure(APPROVE)
    house.tick("2026-02-01 09:00")

    assert "it waits for your approval" in said("the draft of January 2026 is ready")
    assert "Approve it:\nhttps://news.example.org/ops/issues/2026-01/approve" in said(
        "the draft of January 2026 is ready"
    )
    house.tick("2026-02-05 09:00")
    assert readers("2026-01") == []
    house.approve()
    house.tick("2026-02-05 09:01")
    assert readers("2026-01") == [ADA]


def test_who_is_asked_for_approval_gets_the_draft_as_its_readers_do(house: Installation) -> None:
    house.configure(APPROVE)
    house.tick("2026-02-01 09:00")
    (mail,) = mails()
    house.approve()
    house.tick("2026-02-01 09:01")
    (sent,) = mails("data/outbox/2026-01")

    assert str(mail["Subject"]) == "casereviews: the draft of January 2026 is ready"
    html, text = said_in(mail, "html"), said_in(mail, "plain")
    assert '<a href="https://news.example.org/ops/issues/2026-01/approve"' in html
    above = html.partition("The draft follows")[0].partition("<body")[2]
    assert above.count("<a ") == above.count("!important") == 2  # by night the draft's own links are pale
    for part, words in (("html", html), ("plain", text)):
        own = said_in(sent, part).partition("In January 2026 one case review was")[2].rpartition(".pdf")[0]
        assert "Westmere" in own and own in words
    assert "/preferences/A-SAMPLE-READERS-TOKEN" in html and "/preferences/A-SAMPLE-READERS-TOKEN" in text


def test_approval_is_asked_for_again_once_before_it_is_too_late(house: Installation) -> None:
    house.configure(APPROVE)
    again = "the issue of January 2026 still waits for approval"
    house.tick("2026-02-01 09:00")
    house.tick("2026-02-09 08:59")
    assert again not in notices()

    assert house.tick("2026-02-09 09:00", dry=True)[-1] == "ask again for approval of the issue of January 2026"
    house.tick("2026-02-09 09:00")
    house.tick("2026-02-09 09:01")

    assert notices().count(again) == 1
    assert "After 11 February 2026 at 09:00 it is too late: it is not sent unless somebody says so." in said(again)
    assert "Approve it:\nhttps://news.example.org/ops/issues/2026-01/approve" in said(again)
    assert "Child D" in said_in(mails()[-1], "html")


@pytest.mark.parametrize("how", ["approved", "not wanted"])
def test_approval_is_not_asked_for_again(house: Installation, how: str) -> None:
    house.configure(APPROVE + ("remind_days = 0\n" if how == "not wanted" else ""))
    house.tick("2026-02-01 09:00")
    if how == "approved":
        house.approve()

    house.tick("2026-02-10 09:00")

    assert "the issue of January 2026 still waits for approval" not in notices()


def test_in_the_mode_auto_the_issue_goes_on_its_day(house: Installation) -> None:
    house.configure(AUTO)

    done = house.tick("2026-02-01 09:00")

    assert readers("2026-01") == [ADA]
    assert "released the issue of January 2026 to 1 reader" in done
    assert notices() == ["the issue of January 2026 was sent"]


def test_an_approval_by_hand_ends_the_hold_but_does_not_come_before_the_day(house: Installation) -> None:
    house.build()
    house.approve()

    house.tick("2026-01-31 09:00")
    assert readers("2026-01") == []
    house.tick("2026-02-01 09:00")
    assert readers("2026-01") == [ADA]
    assert notices() == ["the issue of January 2026 was sent"]


def test_a_draft_that_was_built_by_hand_is_built_anew_on_the_day(house: Installation) -> None:
    house.build()
    house.listing.publish(2026, "Child E")
    house.tick("2026-01-20 09:00")

    assert "drafted the issue of January 2026: 2 new" in house.tick("2026-02-01 09:00")


def test_the_days_read_comes_before_the_draft(house: Installation) -> None:
    house.configure('[schedule]\nscrape_at = "23:30"\nissue_at = "00:00"\nissue_day = 2\n')
    house.listing.publish(2026, "Child E")

    assert but_the_copy(house.tick("2026-02-03 12:00"))[0].startswith("read nspcc: 5 reviews, 1 new")


def test_an_issue_that_changed_since_its_approval_waits_for_a_person_again(house: Installation) -> None:
    house.configure(APPROVE)
    house.tick("2026-02-01 09:00")
    house.approve()
    with closing(house.db()) as db, write_transaction(db):
        db.execute("UPDATE reviews SET summary = 'Quite other words.' WHERE name = 'Child D'")

    house.tick("2026-02-01 09:10")
    house.tick("2026-02-01 09:20")

    assert readers("2026-01") == []
    assert house.step("2026-01") == "approval"
    assert "it waits for approval again" in said("the issue of January 2026 waits")
    assert not any("failing" in line for line in house.standing())


@pytest.mark.parametrize("more", [SKIP, ""])
def test_an_empty_month_is_skipped_or_said(house: Installation, more: str) -> None:
    house.until("2026-02-03 00:00")
    house.configure(more)

    done = house.tick("2026-03-01 09:00")
    again = house.tick("2026-03-02 09:00")

    assert ("there is no issue of February 2026: nothing was new" in done) == bool(more)
    assert readers("2026-02") == ([] if more else [ADA])
    assert any("February" in subject for subject in notices()) != bool(more)
    assert house.tick("2026-03-02 09:01") == []
    assert not any("no issue of" in words for words in again)


def test_a_month_that_has_a_correction_to_tell_is_not_skipped(house: Installation) -> None:
    house.until("2026-02-03 00:00")
    house.configure(SKIP)
    with closing(house.db()) as db:
        correct_issue(house.effects, house.settings, db, "2026-01", "It was in 2015.", actor="Ada")

    house.tick("2026-03-01 09:00")
    house.tick("2026-03-02 09:00")

    assert readers("2026-02") == [ADA]


def test_a_month_that_was_skipped_may_still_be_sent_by_hand(house: Installation) -> None:
    house.until("2026-02-03 00:00")
    house.configure(SKIP)
    house.tick("2026-03-01 09:00")
    house.build("2026-02")
    house.tick("2026-03-02 09:00")
    assert readers("2026-02") == []

    house.approve("2026-02")
    house.tick("2026-03-02 09:01")

    assert readers("2026-02") == [ADA]


@pytest.mark.parametrize("trouble", [CAPTCHA, Answer(404)], ids=["a quarantine", "an outage"])
def test_a_draft_waits_for_one_good_read_after_the_month_and_nothing_later_holds_it_back(
    house: Installation, trouble: Answer
) -> None:
    house.listing.broken = trouble
    for day in ("01 06:30", "01 09:00", "01 15:00", "02 09:00"):
        house.tick(f"2026-02-{day}")
    assert notices().count("the issue of January 2026 waits") == 1
    assert readers("2026-01") == []
    house.listing.broken = None
    house.tick("2026-02-03 09:00")
    house.listing.broken = trouble
    house.tick("2026-02-04 06:30")
    house.tick("2026-02-04 09:00")

    assert readers("2026-01") == [ADA]
    assert notices().count("the issue of January 2026 waits") == 1


def test_the_way_out_that_a_blocked_issue_names_works(house: Installation) -> None:
    house.listing.broken = CAPTCHA
    house.tick("2026-02-01 06:30")
    house.tick("2026-02-01 09:00")
    told = said("the issue of January 2026 waits")
    assert (
        "Look at the page of nspcc, and take it or read it again:\nhttps://news.example.org/ops/sources/nspcc" in told
    )
    assert "Or go on with what was read:\nhttps://news.example.org/ops/issues/2026-01" in told
    assert any("nspcc is quarantined" in line and "--as-read" in line for line in house.standing())

    with closing(house.db()) as db:
        build_issue.build_issue(house.effects, house.settings, db, "2026-01", issues.IssueEdits(as_read=True))
    house.tick("2026-02-01 09:10")
    house.tick("2026-02-02 09:10")

    assert readers("2026-01") == [ADA]


def test_only_a_required_source_holds_an_issue_back_and_the_other_is_named(house: Installation) -> None:
    other = f'[[sources]]\nname = "other"\nurl = "{house.site.url("/other")}"\ncollection = "Other List"\n'
    house.site.routes["/other"] = lambda _: CAPTCHA
    house.configure(other)

    house.tick("2026-02-01 09:00")
    house.tick("2026-02-02 09:00")

    assert readers("2026-01") == [ADA]
    (mail,) = mails("data/outbox/2026-01")
    assert "The list of the Other List could not be read yet." in said_in(mail, "plain")
    assert "The NSPCC Repository was last read well on 1 February 2026." in said_in(mail, "html")


def test_a_month_that_ended_before_the_first_read_has_no_issue_of_itself() -> None:
    with Installation("2026-03-01 08:00") as house:
        house.readers([ADA])
        house.read("Child A")
        assert "the issue of March 2026 will be drafted on 1 April 2026 at 09:00" in house.standing()

        house.tick("2026-03-01 09:00")
        house.tick("2026-03-02 09:00")

        assert (house.step("2026-02"), readers("2026-02")) == ("", [])


# too late


def test_an_issue_that_is_too_late_asks_once_and_goes_when_a_person_says_so(house: Installation) -> None:
    house.tick("2026-02-13 09:00")

    told = said("the issue of January 2026 was not sent")
    assert "The issue of January 2026 is 12 days late and was not sent." in told
    assert "Send it, or leave it:\nhttps://news.example.org/ops/issues/2026-01\n" in told
    assert "its reviews go into the issue of February 2026" in told
    house.tick("2026-02-14 09:00")
    assert notices() == ["the issue of January 2026 was not sent"]
    assert any(line.startswith("! the issue of January 2026 is 13 days late") for line in house.standing())
    house.build()
    house.tick("2026-02-14 09:01")
    assert readers("2026-01") == []
    house.approve()
    house.tick("2026-02-14 09:02")
    assert readers("2026-01") == [ADA]


@pytest.mark.parametrize(("trouble", "how"), [(CAPTCHA, "--as-read "), (Answer(404), "")], ids=["quarantined", "out"])
def test_the_commands_that_the_question_names_send_a_month_whose_source_is_away(
    house: Installation, trouble: Answer, how: str
) -> None:
    house.listing.broken = trouble
    for day in ("02-01 06:30", "02-01 09:00", "02-13 09:00", "02-13 09:30"):
        house.tick(f"2026-{day}")

    told = said("the issue of January 2026 was not sent")
    assert "Send it, or leave it:\nhttps://news.example.org/ops/issues/2026-01\n" in told
    with closing(house.db()) as db:
        build_issue.build_issue(house.effects, house.settings, db, "2026-01", issues.IssueEdits(as_read=bool(how)))
    house.approve()
    house.tick("2026-02-13 10:00")
    assert readers("2026-01") == [ADA]


def test_ten_days_late_is_not_too_late(house: Installation) -> None:
    house.tick("2026-02-11 09:00")

    assert house.step("2026-01") == "held"
    house.tick("2026-02-12 09:00")
    assert readers("2026-01") == [ADA]


def test_an_approval_from_before_the_question_sends_nothing(house: Installation) -> None:
    house.configure(APPROVE)
    house.tick("2026-02-01 09:00")
    house.approve()

    house.tick("2026-02-20 09:00")
    house.tick("2026-02-20 09:01")
    assert (readers("2026-01"), house.step("2026-01")) == ([], "asked")
    house.approve()
    house.tick("2026-02-20 09:02")
    assert readers("2026-01") == [ADA]


def test_what_was_not_sent_goes_into_the_next_issue(house: Installation) -> None:
    house.configure(APPROVE)
    house.tick("2026-02-01 09:00")
    house.tick("2026-02-12 09:00")
    house.listing.publish(2026, "Child E")
    house.tick("2026-02-15 09:00")

    done = house.tick("2026-03-01 09:00")

    assert "the issue of January 2026 lets its reviews go to that of February 2026" in done
    with closing(house.db()) as db:
        assert [review.name for review in issues.get(db, "2026-02").issue.reviews] == ["Child D", "Child E"]
        with pytest.raises(HouseError):
            issues.get(db, "2026-01")
    assert but_the_copy(house.tick("2026-03-02 09:00")) == ["read nspcc: 5 reviews, 0 new, 0 changed, 0 missing"]
    assert not any("January" in line for line in house.standing())


def test_while_the_next_issue_is_blocked_the_late_one_keeps_its_reviews(house: Installation) -> None:
    house.configure(APPROVE)
    house.tick("2026-02-01 09:00")
    house.tick("2026-02-12 09:00")
    house.listing.broken = CAPTCHA

    house.tick("2026-03-01 09:00")

    assert house.step("2026-01") == "asked"
    with closing(house.db()) as db:
        assert [review.name for review in issues.get(db, "2026-01").issue.reviews] == ["Child D"]


def test_several_missed_months_are_asked_about_in_one_message(house: Installation) -> None:
    house.tick("2026-05-20 09:00")
    house.tick("2026-06-01 09:00")

    subjects = notices()
    assert subjects[0] == "the issues of January 2026, February 2026, March 2026 and April 2026 were not sent"
    assert subjects[1:] == ["the draft of May 2026 is ready"]
    assert said(subjects[0]).count("Send it all the same") == 4
    assert house.tick("2026-06-02 09:00")[0] == "released the issue of May 2026 to 1 reader"


def test_nothing_is_due_before_the_house_has_read_anything() -> None:
    with Installation("2026-03-15 12:00") as house:
        house.listing.broken = Answer(404)
        house.tick()

        assert house.standing()[1:] == ["the issue of March 2026 will be drafted on 1 April 2026 at 09:00"]
        assert but_the_copy(house.tick("2026-04-02 09:00"))[1:] == []
