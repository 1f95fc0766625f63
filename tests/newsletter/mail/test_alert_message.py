"""The alert message: which search found what, small enough to be shown whole, safe in its headers."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from core.config.support_table import DEFAULT_SUPPORT_LINES
from core.errors import HouseError
from core.records import Review
from newsletter.issue.phrases import Anchor
from newsletter.issue.wording import Wording
from newsletter.mail.alert_message import (
    MAX_LINES,
    MAX_SEARCHES_SHOWN,
    FoundReviews,
    build_alert_message,
    build_alert_view,
)
from tests.support.signups import read

WORDING = Wording("Case reviews", "NSPCC Repository", "https://news.example.org", "Case reviews <news@example.org>")
TOKEN, MESSAGE_TOKEN = "t" * 22, "m" * 22
BUDGET = 95_000  # bytes: Gmail clips a message of more than 102 KB


def review(number: int, name: str = "") -> Review:
    summary = "Death of a 7-week-old baby boy in 2015."
    return Review("nspcc", "Suffolk", name or f"Baby {number}", 2016, id=number, nation="England", summary=summary)


def found(number: int, count: int = 1, name: str = "“river”", first: int = 1) -> FoundReviews:
    return FoundReviews(number, name, (("q", "river"),), tuple(review(first + one) for one in range(count)))


def made(*searches: FoundReviews, wording: Wording = WORDING, **how: str) -> bytes:
    given = {"to": "reader@example.org", "token": TOKEN, "message_token": MESSAGE_TOKEN, "host": "news.example.org"}
    return build_alert_message(searches, wording, date=datetime(2026, 11, 28, tzinfo=UTC), **(given | how))  # type: ignore[arg-type]


def test_each_search_says_what_it_found_and_how_to_stop_it() -> None:
    view = build_alert_view([found(3), found(4, 2, "Wales", 2)], WORDING, TOKEN)

    assert view.title == "3 new reviews for 2 of your saved searches"
    assert [group.heading for group in view.groups] == ["“river”", "Wales"]
    assert view.groups[0].lines[0].link == Anchor("Suffolk – Baby 1", "https://news.example.org/reviews/1")
    assert view.groups[0].lines[0].facts == "Baby boy, 7 weeks · death · England"
    assert view.groups[1].stop.url == f"https://news.example.org/unsubscribe/{TOKEN}/searches/4"


def test_a_review_that_two_searches_find_is_counted_once() -> None:
    assert build_alert_view([found(3), found(4)], WORDING, TOKEN).title.startswith("1 new review for 2 of")


def test_an_inbox_shows_what_it_is_about_and_who_is_there_stands_before_it() -> None:
    wording = replace(WORDING, support=DEFAULT_SUPPORT_LINES)

    view = build_alert_view([found(3), found(4), found(5, name="Wales", first=9)], wording, TOKEN)

    assert view.preheader == "Baby boy, 7 weeks · death; Baby boy, 7 weeks · death"
    assert ("Childline", "0800 1111") in view.near
    for part in ("plain", "html"):
        body = read(made(found(3), wording=wording)).get_body([part])
        words = " ".join(BeautifulSoup(body.get_content() if body else "", "lxml").get_text().split())
        assert words.index("Childline 0800 1111;") < words.index("Suffolk – Baby 1")
        assert "Were you sent this by a colleague? Subscribe" in words


def test_however_much_is_found_the_email_is_small_and_says_where_the_rest_is() -> None:
    many = [found(number, 50, f"“{'long words ' * 20}{number}”", 50 * number) for number in range(30)]

    raw, view = made(*many), build_alert_view(many, WORDING, TOKEN)

    assert len(raw) < BUDGET
    assert sum(len(group.lines) for group in view.groups) == MAX_LINES
    assert len(view.groups) == MAX_SEARCHES_SHOWN
    assert view.lead.endswith("10 other searches found something too.")
    assert view.groups[1].all_results.text.startswith("40 more, and all that it finds: ")


def test_what_a_reader_typed_stays_words() -> None:
    raw = made(found(3, name="<b>river</b>\r\nBcc: x@example.org\u202e"))

    mail = read(raw)
    html = mail.get_body(["html"])
    assert html and "&lt;b&gt;river" in html.get_content() and "<b>river" not in html.get_content()
    assert mail["Bcc"] is None
    assert mail["Subject"] == "1 new review for your saved search: <b>river</b> Bcc: x@example.org"


def test_one_click_ends_the_searches_and_the_message_has_a_name_that_bounces_give_back() -> None:
    mail = read(made(found(3)))

    assert mail["List-Unsubscribe"] == f"<https://news.example.org/unsubscribe/{TOKEN}/searches>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"] == f"<2026-11.{MESSAGE_TOKEN}@news.example.org>"
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")


def test_both_parts_lead_to_the_same_places() -> None:
    mail = read(made(found(3), found(4, 2, "Wales", 2)))
    plain, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert plain and html

    shown = re.findall(r'href="([^"]+)"', html.get_content())
    assert shown == re.findall(r"https://\S+", plain.get_content())


@pytest.mark.parametrize(
    "wrong", [{"to": "a@b\r\nBcc: c@d"}, {"token": "short"}, {"message_token": "a b"}, {"host": "x y"}]
)
def test_what_cannot_stand_in_a_header_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(HouseError):
        made(found(3), **wrong)
