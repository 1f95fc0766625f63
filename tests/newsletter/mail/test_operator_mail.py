"""Operator mail: what to do stands in both parts, as the full address of a page."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from bs4 import BeautifulSoup

from core.actions import Action
from newsletter.mail.operator_mail import build_operator_mail

BASE = "https://news.example.org/reviews"
LOOK = Action("/ops/sources/nspcc", "Look at nspcc", "See: casereviews sources show nspcc")
OTHER = Action("/ops/issues/2026-10", "Or go on without it")
LINES = ["The source nspcc is broken.", "", "Its list <b>shrank</b>: see https://a.example/list", "by half.", OTHER]


def parts(action: Action | None) -> tuple[str, BeautifulSoup]:
    """The text part, and the page."""
    at = datetime(2026, 11, 1, 9, tzinfo=UTC)
    whom = ("news@example.org", "desk@example.org", "<notice.1@example.org>")
    raw = build_operator_mail("casereviews: nspcc is broken", LINES, *whom, at, base_url=BASE, action=action)
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text and page
    return text.get_content().replace("\r\n", "\n"), BeautifulSoup(page.get_content(), "lxml")


def test_what_to_do_stands_after_the_first_paragraph_with_its_full_address() -> None:
    text, page = parts(LOOK)

    assert text == (
        "The source nspcc is broken.\n\n"
        f"Look at nspcc:\n{BASE}/ops/sources/nspcc\n\n"
        "Its list <b>shrank</b>: see https://a.example/list\nby half.\n\n"
        f"Or go on without it:\n{BASE}/ops/issues/2026-10\n"
    )
    links = [(link["href"], link.get_text()) for link in page.find_all("a")]
    assert links == [
        (f"{BASE}/ops/sources/nspcc", "Look at nspcc"),
        (f"{BASE}/ops/issues/2026-10", "Or go on without it"),
    ]


def test_neither_part_names_a_command_nor_links_what_a_stranger_may_have_typed() -> None:
    text, page = parts(LOOK)

    assert "sources show" not in text + str(page)
    assert not page.select('a[href^="https://a.example"]')
    assert page.b is None


def test_without_an_action_there_is_no_other_link() -> None:
    text, page = parts(None)

    assert text.count("https://news.example.org") == len(page.find_all("a")) == 1
