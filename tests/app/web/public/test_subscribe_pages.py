"""Subscribe, confirm, unsubscribe and preferences, as a person without script does them, and as machines do."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from core.config.schema import SignupSettings
from core.subscriber_rules import CONSENT_TEXTS, CONSENT_VERSION, Preferences
from core.thesaurus import find_term
from db.collection import takedowns
from db.read.latest_issue import get_latest
from db.schema.connect import Database, connect
from services.delivery.send_transactional import send_due
from services.readers.subscriptions import delete_expired, erase_subscriber
from tests.support.installation import dump
from tests.support.signups import traced
from tests.support.web_site import OURS, UNKNOWN, Site, publish, texts

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def site(db: Database) -> Site:
    return Site(db)


def published(folder: Path) -> Database:
    """The database of a house that has sent an issue."""
    return connect(folder / "data/casereviews.db")


# Sign up


def test_one_field_and_the_letter_that_follows(site: Site) -> None:
    page = site.visitor().press("/", {"email": " Ada@Example.org "}, action="/subscribe")

    assert (page.status_code, page.location) == (303, "/check-your-email")
    one = site.house.one("ada@example.org")
    assert (one.email, one.status, one.consent.wording) == ("Ada@Example.org", "pending", CONSENT_VERSION)
    assert site.house.letters() == [("confirm", "queued")]  # the timer's, or the poster's
    assert site.app.extensions["casereviews.mail_waiting"].is_set()
    assert "Check your email" in site.visitor().get("/check-your-email").text


def test_choices_may_be_made_at_once(site: Site) -> None:
    site.visitor().press(
        "/subscribe",
        {
            "email": "ada@example.org",
            "topics": "neglect, Online abuse; sleep\r\ncaring",
            "nations": ["Wales", "Northern Ireland"],
            "edition": "short",
            "when": "matching",
            "rest": "none",
        },
    )

    one = site.house.one("ada@example.org")
    assert one.topics == ("neglect", "Online abuse", "sleep", "caring")
    assert (one.nations, one.edition) == (("Wales", "Northern Ireland"), "short")
    assert (one.matching, one.rest) == (True, "none")


def test_topics_picked_from_the_list_stand_behind_those_typed(site: Site) -> None:
    site.visitor().press("/subscribe", {"email": "ada@example.org", "topics": "caring", "topic": ["", "Neglect"]})

    assert site.house.one("ada@example.org").topics == ("caring", "Neglect")


def test_the_forms_offer_the_words_of_the_field_that_are_not_chosen_yet(site: Site) -> None:
    offered = re.findall(r'name="topic" value="([^"]*)"', site.visitor().get("/subscribe?topics=hidden+men").text)

    assert {"Neglect", "Was not brought"} <= set(offered)
    assert "Hidden men" not in offered
    assert not [name for name in offered if find_term(name) is None or "," in name]


def test_the_words_agreed_to_are_on_both_forms(site: Site) -> None:
    for page in ("/", "/subscribe"):
        said = site.visitor().get(page).text

        assert CONSENT_TEXTS[CONSENT_VERSION] in texts(said)
        assert f'name="consent" value="{CONSENT_VERSION}"' in said


def test_who_agreed_to_older_words_on_a_page_left_open_agreed_to_those(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONSENT_TEXTS, "2020-01", "Older words.")
    for name, version in (("ada", "2020-01"), ("ben", "invented")):
        site.visitor().press("/subscribe", {"email": f"{name}@example.org", "consent": version})

    assert site.house.one("ada@example.org").consent.wording == "2020-01"
    assert site.house.one("ben@example.org").consent.wording == CONSENT_VERSION


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "email", "Enter your email address"),
        ({"email": "  "}, "email", "Enter your email address"),
        ({"email": "ada"}, "email", "Enter an email address like name@example.org. What you typed has no @."),
        (
            {"email": "a@b..org"},
            "email",
            "What you typed is not one: an email address cannot have two dots in a row.",
        ),
        ({"email": "a" * 300 + "@b.org"}, "email", "What you typed is longer than 254 characters."),
        ({"email": "ada@example.org\r\nBcc: x@y.org"}, "email", "What you typed holds a line break"),
        ({"email": "ada@example.org\0"}, "email", "What you typed holds a line break or another control"),
        ({"topics": "neglect; ---"}, "topics", "Change your topics: a topic holds no word"),
        ({"topics": "x" * 81}, "topics", "Change your topics: no more than 50 topics of 80 characters each"),
        ({"topics": ";".join(map(str, range(51)))}, "topics", "no more than 50 topics"),
        ({"topics": "a\0b"}, "topics", "Change your topics: a topic holds an invisible character"),
        ({"nations": ["Wales", "Atlantis"]}, "nation-1", "Choose one of the answers given"),
        ({"edition": "huge"}, "edition-1", "Choose one of the answers given"),
        ({"when": "never"}, "when-1", "Choose one of the answers given"),
        ({"rest": "some"}, "rest-1", "Choose one of the answers given"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_mistake_is_named_at_its_field_and_at_the_top(
    site: Site, fields: dict[str, str], field: str, words: str
) -> None:
    before = dump(site.db)
    typed = {"email": "ada@example.org"} | fields if "email" in fields or field != "email" else fields
    page = site.visitor().press("/subscribe", typed)

    assert page.status_code == 400
    assert "<title>Error: Subscribe" in page.text
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}"' in page.text
    assert f'id="{field}-mistake"' in page.text
    assert words in texts(page.text)
    assert dump(site.db) == before


def test_what_was_typed_is_still_there_after_a_mistake(site: Site) -> None:
    page = site.visitor().press(
        "/subscribe",
        {"email": "ada", "topics": "sleep\r\ncaring", "nations": ["Wales"], "edition": "short", "when": "matching"},
    )

    assert 'value="ada"' in page.text
    assert "\nsleep; caring</textarea>" in page.text
    assert page.text.count(" checked>") == 4
    assert "<details open>" in page.text


def test_the_answer_is_the_same_whether_or_not_the_address_is_known(site: Site) -> None:
    statuses = ("pending", "active", "paused", "unsubscribed", "bounced", "complained")
    for status in statuses:
        site.subscriber(status, status)
    erase_subscriber(site.db, "erased@example.org", site.house.clock.now)
    answers = set()
    for number, name in enumerate(("stranger", "erased", *statuses)):
        visitor = site.visitor(f"198.51.{number}.7")
        page = visitor.press("/subscribe", {"email": f"{name}@example.org"})
        headers = {key: value for key, value in page.headers if key not in ("Set-Cookie",)}
        answers.add((page.status_code, page.text, tuple(headers.items())))
        answers.add((0, visitor.get("/check-your-email").text, ()))

    assert len(answers) == 2
    assert not any("example.org" in str(answer) for answer in answers)


def test_beyond_a_cap_the_page_says_to_come_back_and_nothing_is_written(db: Database) -> None:
    site = Site(db, signup=SignupSettings(per_network_per_hour=2))
    for name in ("ada", "ben"):
        site.visitor().press("/subscribe", {"email": f"{name}@example.org"})
    before = dump(db)

    page = site.visitor("192.0.2.200").press("/subscribe", {"email": "cleo@example.org"})

    assert (page.status_code, page.headers["Retry-After"]) == (429, "3600")
    assert "Wait an hour, then try again." in page.text
    assert dump(db) == before
    other = site.visitor("198.51.100.1").press("/subscribe", {"email": "cleo@example.org"})
    assert other.status_code == 303


# Confirm


def test_the_letter_leads_to_a_page_whose_button_confirms(site: Site, tmp_path: Path) -> None:
    site.visitor().press("/subscribe", {"email": "ada@example.org"})
    send_due(site.house.effects, site.settings, site.db)
    one = site.house.one("ada@example.org")
    (letter,) = site.house.outbox.rglob("*.eml")
    path = f"/confirm/{one.token}"
    assert path in letter.read_text().replace("=\n", "")

    visitor = site.visitor()
    page = visitor.get(path)
    assert page.status_code == 200
    assert site.status(one) == "pending"
    done = visitor.press(path)

    assert site.status(one) == "active"
    assert "You are subscribed" in texts(done.text)
    assert f"/preferences/{one.token}" in done.text
    assert site.house.one("ada@example.org").consent.confirmed_when == site.house.clock.now


def test_whoever_confirms_sees_what_they_asked_for(site: Site) -> None:
    one = site.subscriber(status="pending", wishes=Preferences(("caring",), ("Wales",), "short", True, "none"))
    other = site.subscriber("other", status="pending")

    said = texts(site.visitor().press(f"/confirm/{one.token}").text)

    assert "What you asked for Topics caring Nations Wales Reviews Only mine" in said
    assert "Sent only when something matches Edition short" in said
    assert "What you asked for" not in site.visitor().press(f"/confirm/{other.token}").text


def test_the_page_is_the_same_whatever_became_of_the_subscription(site: Site) -> None:
    people = [site.subscriber(status, status) for status in ("pending", "active", "paused", "unsubscribed", "bounced")]
    pages = {site.visitor().get(f"/confirm/{one.token}").text.replace(one.token, "") for one in people}

    assert len(pages) == 1
    assert "nothing changes unless the button is pressed" in pages.pop()  # true for whoever is subscribed already, too


def test_an_old_confirmation_brings_nobody_back(site: Site) -> None:
    for status, said in (
        ("unsubscribed", "You are unsubscribed"),
        ("bounced", "Your subscription has ended"),
        ("complained", "Your subscription has ended"),
        ("paused", "You are subscribed, and have paused it"),
        ("active", "You are subscribed"),
    ):
        one = site.subscriber(status, status)
        page = site.visitor().press(f"/confirm/{one.token}")

        assert site.status(one) == status
        assert said in texts(page.text)


# Tokens


ODD = [
    UNKNOWN,
    "A" * 21,
    "A" * 23,
    "A" * 5000,
    "token-0000000000000002%00",
    "token-0000000000000002%0A",
    "%FF%FE",
    "' OR 1=1 --",
    "ÄÄÄÄÄÄÄÄÄÄÄ",
    "token_0000000000000001",
    "TOKEN-0000000000000001",
]
PAGES = [f"/{page}/{{}}" for page in ("confirm", "unsubscribe", "preferences")]
PAGES += [
    f"/preferences/{{}}/{page}"
    for page in ("data", "delete", f"data/{UNKNOWN}", f"data/{UNKNOWN}/my-data.json", f"delete/{UNKNOWN}")
]
PRESSED = [*PAGES[:3], "/unsubscribe/{}/undo"]
PRESSED += [f"/preferences/{{}}/{page}" for page in ("pause", "resume", "data", "delete", f"delete/{UNKNOWN}")]


@pytest.mark.parametrize("token", ODD, ids=lambda token: token[:24])
def test_a_token_that_is_nobodys_opens_nothing(site: Site, token: str) -> None:
    one = site.subscriber()
    assert one.token == "token-0000000000000001"
    visitor, before = site.visitor(), dump(site.db)
    hidden = visitor.token("/subscribe")
    unknown = visitor.get(f"/confirm/{UNKNOWN}")

    for page in PAGES:
        answer = visitor.get(page.format(token))
        assert (answer.status_code, answer.text) == (404, unknown.text)
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
    for page in PRESSED:
        answer = visitor.post(page.format(token), {"csrf_token": hidden})
        assert (answer.status_code, answer.text) == (404, unknown.text)
    assert dump(site.db) == before
    assert "sign up again" in unknown.text
    said = texts(unknown.text)
    assert "We cannot tell from it whether you are subscribed. It may be that:" in said
    assert "nothing is sent" not in said and "you are unsubscribed" not in said.lower()


def test_a_sign_up_forgotten_after_a_week_says_how_to_begin_again(site: Site) -> None:
    one = site.subscriber(status="pending")
    site.house.clock.move(days=8)
    delete_expired(site.db, site.house.clock.now)

    page = site.visitor().get(f"/confirm/{one.token}")

    assert page.status_code == 404
    assert "a subscription that nobody confirms is forgotten after 7 days" in texts(page.text)


# Unsubscribe


def test_one_button_unsubscribes_and_another_takes_it_back(site: Site) -> None:
    one = site.subscriber(wishes=Preferences(("sleep",), ("Wales",), "short", True))
    visitor, path = site.visitor(), f"/unsubscribe/{one.token}"

    asked = visitor.get(path).text
    assert "is no longer sent to r…@example.org" in texts(asked)
    assert "Were you sent this by a colleague? The button ends their subscription. Subscribe yourself" in texts(asked)
    assert site.status(one) == "active"
    done = visitor.press(path)
    assert site.status(one) == "unsubscribed"
    assert "You are unsubscribed Case reviews is no longer sent to r…@example.org" in texts(done.text)
    assert "reader@example.org" not in asked + done.text
    assert "Undo" in done.text
    assert "We forget you in 28 days" in texts(done.text)
    site.house.clock.now += timedelta(days=27.5)
    assert visitor.get(path).text == done.text.replace("28 days", "1 day")
    back = visitor.press(path, action=f"{path}/undo")

    assert "You are subscribed" in texts(back.text)
    after = site.house.one("reader@example.org")
    assert (after.status, after.topics, after.edition) == ("active", ("sleep",), "short")


@pytest.mark.parametrize("status", ["pending", "complained"])
def test_who_cannot_be_brought_back_by_a_button_is_offered_none(site: Site, status: str) -> None:
    one = site.subscriber(status=status)
    visitor, path = site.visitor(), f"/unsubscribe/{one.token}"

    done = visitor.press(path)

    assert "You are unsubscribed" in texts(done.text)
    assert "Undo" not in done.text
    left = site.status(one)
    visitor.press(path, action=f"{path}/undo")
    assert site.status(one) == left


@pytest.mark.parametrize(
    "behind", [".", ">", ")", ",", "'", "=20", " ", "\u200b", "&gt;", ").", "/", "_", "&data=05", "__;!!a"]
)
def test_a_link_works_with_what_mail_programs_take_for_a_part_of_it(site: Site, behind: str) -> None:
    one = site.subscriber()
    visitor, path = site.visitor(), f"/unsubscribe/{one.token}{quote(behind, safe=')=.,/')}"

    assert visitor.get(path).status_code == 200
    answer = visitor.post(path, {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, site.status(one)) == (200, "unsubscribed")


@pytest.mark.parametrize(
    "behind", [".", ">", ")", ",", "'", "=20", " ", "\u200b", "\ufeff", "\u00a0", "=2E", "=E2=80=8B", "=", "&quot;)."]
)
def test_so_do_the_links_to_confirm_and_to_change(site: Site, behind: str) -> None:
    one = site.subscriber(status="pending")
    visitor, end = site.visitor(), f"{one.token}{quote(behind, safe=')=.,')}"
    visitor.press(f"/confirm/{end}")
    visitor.press(f"/preferences/{end}", {"edition": "short", "when": "monthly"})

    after = site.house.one("reader@example.org")
    assert (after.status, after.edition) == ("active", "short")
    assert [visitor.get(f"/preferences/{end}{page}").status_code for page in ("/data", "/delete")] == [200] * 2


def test_unsubscribing_twice_is_as_good_as_once(site: Site) -> None:
    one = site.subscriber()
    visitor, path = site.visitor(), f"/unsubscribe/{one.token}"
    visitor.press(path)
    since = site.house.one("reader@example.org").since
    site.house.clock.move(days=3)

    again = visitor.press(path)

    assert again.status_code == 200
    assert site.house.one("reader@example.org").since == since


def encoded(kind: str) -> dict[str, object]:
    """A one-click request as a provider sends it, in one of the two ways of RFC 8058 §3.2."""
    if kind == "multipart":
        return {"data": ONE_CLICK, "content_type": "multipart/form-data"}
    return {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
@pytest.mark.parametrize("status", ["pending", "active", "paused", "unsubscribed", "bounced", "complained"])
def test_one_click_needs_no_cookie_no_form_and_no_redirect(site: Site, status: str, kind: str) -> None:
    one = site.subscriber(status=status)

    answer = site.app.test_client().post(f"/unsubscribe/{one.token}", base_url=site.address, **encoded(kind))

    assert (answer.status_code, answer.text) == (200, "You are unsubscribed.\n")
    assert answer.content_type.startswith("text/plain")
    assert "Set-Cookie" not in answer.headers
    assert site.status(one) == ("complained" if status == "complained" else "unsubscribed")
    again = site.app.test_client().post(f"/unsubscribe/{one.token}", base_url=site.address, **encoded(kind))
    assert (again.status_code, again.text) == (200, answer.text)


def test_one_click_is_never_too_often_from_a_provider_that_does_it_for_thousands(site: Site) -> None:
    one = site.subscriber()
    visitor = site.visitor()

    answers = {visitor.post(f"/unsubscribe/{one.token}", ONE_CLICK).status_code for _ in range(400)}

    assert answers == {200}


def test_one_click_claims_of_a_token_that_is_nobodys_only_what_is_known(site: Site) -> None:
    one = site.subscriber()
    site.visitor().post(f"/unsubscribe/{one.token}", ONE_CLICK)
    erase_subscriber(site.db, one.email, site.house.clock.now)

    for token in (one.token, UNKNOWN):  # erased since, or never ours
        answer = site.visitor().post(f"/unsubscribe/{token}", ONE_CLICK)
        assert (answer.status_code, answer.text) == (200, "We know nobody by this link, so nothing was changed.\n")
    cut_short = site.visitor().post(f"/unsubscribe/{one.token[:-1]}", ONE_CLICK)
    assert cut_short.status_code == 404  # somebody may think that they have left, and have not


def test_whose_browser_keeps_no_cookies_can_leave_all_the_same(site: Site) -> None:
    one = site.subscriber()
    path = f"/unsubscribe/{one.token}"
    client = site.app.test_client(use_cookies=False)
    asked = client.post(path, base_url=site.address)
    assert (asked.status_code, site.status(one)) == (400, "active")
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', asked.text))

    left = client.post(path, data=fields, base_url=site.address)

    assert (left.text, site.status(one)) == ("You are unsubscribed.\n", "unsubscribed")
    other = client.post(f"/unsubscribe/{one.token}/undo", base_url=site.address)
    assert 'value="One-Click"' not in other.text


def test_whose_button_another_site_shows_can_leave_all_the_same(site: Site) -> None:
    one = site.subscriber()
    path, foreign = f"/unsubscribe/{one.token}", {"Sec-Fetch-Site": "cross-site"}
    refused = site.visitor().post(path, headers=foreign)
    assert (refused.status_code, site.status(one)) == (403, "active")
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', refused.text))

    left = site.visitor().post(path, fields, headers=OURS)

    assert (left.text, site.status(one)) == ("You are unsubscribed.\n", "unsubscribed")
    other = site.visitor().post(f"/unsubscribe/{one.token}/undo", headers=foreign)
    assert 'value="One-Click"' not in other.text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"List-Unsubscribe": "one-click"},
        {"List-Unsubscribe": "One-Click", "more": "1"},
        {"List-Unsubscribe": ["One-Click", "One-Click"]},
        {"list-unsubscribe": "One-Click"},
    ],
    ids=str,
)
def test_what_is_not_exactly_one_click_needs_the_form(site: Site, fields: dict[str, str]) -> None:
    one = site.subscriber()

    assert site.visitor().post(f"/unsubscribe/{one.token}", fields).status_code == 400
    assert site.status(one) == "active"


@pytest.mark.parametrize("page", [page for page in PRESSED if page != "/unsubscribe/{}"])
def test_one_click_opens_no_other_door(site: Site, page: str) -> None:
    one = site.subscriber()
    before = dump(site.db)

    assert site.visitor().post(page.format(one.token), ONE_CLICK).status_code == 400
    assert dump(site.db) == before


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "UNSUBSCRIBE"])
def test_no_other_method_changes_anything(site: Site, method: str) -> None:
    one, client = site.subscriber(), site.app.test_client()
    before = dump(site.db)

    for page in (*PAGES, *PRESSED):
        client.open(page.format(one.token), method=method, base_url=site.address, data=ONE_CLICK)

    assert dump(site.db) == before


# Preferences


def test_what_is_chosen_is_shown_and_can_be_changed(site: Site) -> None:
    one = site.subscriber(wishes=Preferences(("sleep", "neglect"), ("Wales",), "short", True, "none"))
    visitor, path = site.visitor(), f"/preferences/{one.token}"
    page = visitor.get(path).text

    assert "\nsleep; neglect</textarea>" in page
    assert re.findall(r'value="([^"]*)"[^>]* checked>', page) == ["Wales", "none", "matching", "short"]
    saved = visitor.press(path, {"topics": "caring", "edition": "full", "when": "monthly", "rest": "full"})
    assert (saved.status_code, saved.location) == (303, path)
    assert "Your choices are saved." in visitor.get(path).text
    assert "Your choices are saved." not in visitor.get(path).text
    after = site.house.one("reader@example.org")
    assert (after.topics, after.nations, after.edition) == (("caring",), (), "full")
    assert (after.matching, after.rest) == (False, "full")


def test_a_topic_with_a_comma_stays_whole_while_nobody_touches_it(site: Site) -> None:
    one = site.subscriber(wishes=Preferences(("abuse, emotional", "sleep")))
    path = f"/preferences/{one.token}"

    site.visitor().press(path, {"topics": "abuse, emotional; sleep", "edition": "short", "when": "monthly"})
    assert site.house.one("reader@example.org").topics == ("abuse, emotional", "sleep")
    site.visitor().press(path, {"topics": "abuse, emotional; sleep", "topic": ["Neglect"]})
    assert site.house.one("reader@example.org").topics == ("abuse, emotional", "sleep", "Neglect")
    site.visitor().press(path, {"topics": "abuse, emotional", "edition": "short", "when": "monthly"})
    assert site.house.one("reader@example.org").topics == ("abuse", "emotional")


def test_it_says_plainly_what_topics_and_the_choice_beside_them_do(site: Site) -> None:
    said = texts(site.visitor().get(f"/preferences/{site.subscriber().token}").text)

    assert "What matches comes first in each issue, and says why." in said
    assert "While you have no topics and no nations, all come in the issue’s own order." in said
    assert "All reviews in full, mine first" in said
    assert "Mine in full, the others as one line each" in said
    assert "Leave topics or nations empty if any will do." in said


def test_the_preferences_say_what_the_choices_would_have_done_with_the_last_issue(tmp_path: Path) -> None:
    publish(tmp_path, readers=1, reviews=3)
    site = Site(published(tmp_path))
    name, number = site.db.execute("SELECT name, id FROM reviews WHERE id = 2").fetchone()
    one = site.subscriber("wishing", wishes=Preferences((name,)))

    page = site.visitor().get(f"/preferences/{one.token}").text

    assert "1 of 3 reviews in the issue of September 2016 would have come first:" in texts(page)
    assert f'<li><a href="/reviews/{number}">' in page
    assert "The other 2 would have followed as one line each." in texts(page)
    takedowns.add(site.db, number, "asked", site.house.clock.now)
    after = texts(site.visitor().get(f"/preferences/{one.token}").text)
    assert "None of the 2 reviews in the issue of September 2016 matches" in after
    assert name not in after.partition("With what you have chosen")[2].partition("What are you interested in?")[0]


def test_without_wishes_or_before_the_first_issue_nothing_is_foretold(site: Site, tmp_path: Path) -> None:
    publish(tmp_path, readers=1, reviews=3)
    for place, wishes in ((Site(published(tmp_path)), Preferences()), (site, Preferences(("neglect",)))):
        one = place.subscriber("wishing", wishes=wishes)

        assert "With what you have chosen" not in place.visitor().get(f"/preferences/{one.token}").text


def test_a_mistake_in_preferences_changes_nothing(site: Site) -> None:
    one = site.subscriber()
    before = dump(site.db)

    page = site.visitor().press(f"/preferences/{one.token}", {"topics": "?!", "when": "matching"})

    assert page.status_code == 400
    assert "<title>Error: What you get" in page.text
    assert dump(site.db) == before


def test_pause_and_resume(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    path = f"/preferences/{one.token}"

    paused = visitor.press(path, action=f"{path}/pause")
    assert (paused.status_code, paused.location, site.status(one)) == (303, path, "paused")
    page = visitor.get(path).text
    assert "Your subscription is paused" in page
    assert f"{path}/resume" in page
    visitor.press(path, action=f"{path}/resume")

    assert site.status(one) == "active"
    assert "Your subscription goes on." in visitor.get(path).text


@pytest.mark.parametrize(
    ("status", "said", "way"),
    [
        ("pending", "is not confirmed yet", "/confirm/"),
        ("unsubscribed", "You are unsubscribed", "/undo"),
        ("bounced", "Our mail to you came back", "/subscribe"),
        ("complained", "reported as unwanted", "/subscribe"),
    ],
)
def test_whoever_gets_nothing_is_told_why_and_what_to_do(site: Site, status: str, said: str, way: str) -> None:
    page = site.visitor().get(f"/preferences/{site.subscriber(status=status).token}").text

    assert said in texts(page)
    assert way in page.partition("<main")[2].partition("</main")[0]


def test_the_preferences_do_not_spell_out_the_address(site: Site) -> None:
    page = site.visitor().get(f"/preferences/{site.subscriber().token}").text

    assert "r…@example.org" in page
    assert "reader@example.org" not in page


def test_tokens_never_expire(site: Site) -> None:
    one = site.subscriber()
    site.house.clock.move(days=3650)

    assert site.visitor().get(f"/unsubscribe/{one.token}").status_code == 200
    assert site.visitor().post(f"/unsubscribe/{one.token}", ONE_CLICK).status_code == 200
    assert site.status(one) == "unsubscribed"


# The front page


def test_before_the_first_issue_the_front_page_says_so(site: Site) -> None:
    assert "The first issue has not been sent yet." in site.visitor().get("/").text


def test_the_front_page_names_the_latest_issue_and_its_reviews(tmp_path: Path) -> None:
    publish(tmp_path, readers=1, reviews=3)
    db = published(tmp_path)
    page = Site(db).visitor().get("/").text

    assert '<a href="/issues/2016-09">Case reviews: September 2016</a>' in page
    assert "In September 2016 three case reviews were published to the NSPCC Repository." in page
    assert page.count('<li><a href="/reviews/') == 3


def test_a_review_taken_down_is_named_no_more(tmp_path: Path) -> None:
    publish(tmp_path, readers=1, reviews=3)
    site = Site(published(tmp_path))
    name, number = site.db.execute("SELECT name, id FROM reviews WHERE id = 2").fetchone()
    assert name in site.visitor().get("/").text

    takedowns.add(site.db, number, "asked", site.house.clock.now)

    assert name not in site.visitor().get("/").text


def test_a_long_issue_is_named_in_part_by_two_questions_that_find_their_rows(tmp_path: Path) -> None:
    publish(tmp_path, readers=1, reviews=40)
    db = published(tmp_path)

    asked = traced(db, lambda: get_latest(db))

    assert len(asked) == 2
    plans = [row["detail"] for one in asked for row in db.execute(f"EXPLAIN QUERY PLAN {one}", [None] * one.count("?"))]
    assert not [step for step in plans if re.match(r"SCAN \w", step) and "INDEX" not in step]
    page = Site(db).visitor().get("/").text
    assert page.count('<li><a href="/reviews/') == 30
    assert "And 10 more in the issue." in page
