"""The letter that asks to confirm a subscription, and the one that says it is there, as mail programs read them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from core.errors import HouseError
from core.states import PromptKind
from newsletter.issue.render import render_mail
from newsletter.issue.wording import Wording
from newsletter.mail.confirm_message import build_confirm_message, build_confirm_view
from tests.newsletter.samples import WORDING
from tests.support.browser import complaints_of_mail
from tests.support.chromium import chromium, patient

TOKEN = "a_-bcdefghijklmnopqrst"
PROOF = "p_-bcdefghijklmnopqrst"
PROVEN: tuple[PromptKind, ...] = ("data", "erase")
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=timezone(timedelta(hours=0)))
LINK = {
    "confirm": f"https://news.example.org/confirm/{TOKEN}",
    "known": f"https://news.example.org/preferences/{TOKEN}",
    "data": f"https://news.example.org/preferences/{TOKEN}/data/{PROOF}",
    "erase": f"https://news.example.org/preferences/{TOKEN}/delete/{PROOF}",
    "search": f"https://news.example.org/preferences/{TOKEN}/searches/confirm/{PROOF}",
    "address": f"https://news.example.org/new-address/7/{PROOF}",
    "moved": f"https://news.example.org/preferences/{TOKEN}/address/back/{PROOF}",
}


def made(kind: PromptKind = "confirm", wording: Wording = WORDING, **how: Any) -> bytes:
    given: dict[str, Any] = {
        "to": "reader@example.org",
        "token": TOKEN,
        "identity": "confirm-7.20261123T090000",
        "host": "news.example.org",
        "date": NINE,
    }
    return build_confirm_message(kind, wording, **{**given, **how})


def read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage) and not mail.defects
    return mail


def parts(raw: bytes) -> tuple[str, BeautifulSoup]:
    text, page = read(raw).iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    return text.get_content().replace("\r\n", "\n"), BeautifulSoup(page.get_content(), "lxml")


def plain(text: str) -> str:
    return " ".join(text.split())


def test_headers_are_few_and_plain() -> None:
    mail = read(made())

    assert {name: str(mail[name]) for name in mail} == {
        "From": "Case reviews <news@example.org>",
        "Reply-To": "editor@example.org",
        "Subject": "Confirm your subscription to Case reviews",
        "To": "reader@example.org",
        "Date": "Mon, 23 Nov 2026 09:00:00 +0000",
        "Message-ID": "<confirm-7.20261123T090000@news.example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_confirm-7.20261123T090000"',
    }
    assert read(made("known"))["Subject"] == "You are subscribed to Case reviews"
    assert "Reply-To" not in read(made(wording=replace(WORDING, reply_to="")))


def test_the_text_says_what_it_is_and_what_to_do() -> None:
    text, _ = parts(made())

    assert text == (
        "Confirm your subscription to Case reviews\n\n"
        "You, or somebody who typed your address, asked for Case reviews: a\n"
        "monthly email of case reviews newly published to the NSPCC Repository.\n"
        "It comes only if you confirm.\n\n"
        f"Confirm your subscription\n{LINK['confirm']}\n\n"
        "The link opens a page with one button. Press it, and you are subscribed.\n"
        "The page after it shows what you asked for, and leads to where you can\nchange it.\n\n"
        "If you did not ask for this, do nothing: your address is forgotten in 7\ndays.\n\n"
        "Sent by Case reviews, 1 Example Street, Sampleton SA1 1AA. Reply to this\nemail to reach a person.\n"
    )


@pytest.mark.parametrize("kind", LINK)
@pytest.mark.parametrize("paused", [False, True])
def test_both_parts_say_the_same(kind: PromptKind, paused: bool) -> None:
    text, page = parts(made(kind, paused=paused, proof=PROOF, number=7, moved_to="n…@example.org"))
    body = page.body
    assert body is not None
    (link,) = body.find_all("a")

    assert str(link["href"]) == LINK[kind]
    assert plain(text.replace(LINK[kind], "")) == plain(body.get_text(" "))


def test_who_is_subscribed_hears_that_nothing_changed() -> None:
    text, paused = parts(made("known"))[0], parts(made("known", paused=True))[0]

    assert "You are subscribed already, so nothing has changed." in plain(text)
    assert "There you can also pause it or unsubscribe." in plain(text)
    assert "You are subscribed, and have paused it, so nothing has changed." in plain(paused)
    assert "resume" in paused
    assert "confirm" not in text.lower()


def test_the_links_to_own_data_say_for_how_long_and_for_whom() -> None:
    data, erase = (plain(parts(made(kind, proof=PROOF))[0]) for kind in PROVEN)

    assert "asked to see what we hold about you." in data
    assert "The link opens it. It works for 24 hours. Do not pass this email on." in data
    assert "asked us to delete everything we hold about you." in erase
    assert "opens a page with one button" in erase
    with pytest.raises(HouseError):
        made("data", proof="x" * 21 + "\n")


def test_a_stranger_who_gets_the_email_to_a_new_address_gets_no_link_of_the_readers() -> None:
    assert TOKEN.encode() not in made("address", proof=PROOF, number=7)


def test_the_old_address_hears_where_the_subscription_went_and_how_to_have_it_back() -> None:
    text = plain(parts(made("moved", proof=PROOF, moved_to="n…@example.org"))[0])

    assert "now goes to n…@example.org" in text
    assert f"This was not me {LINK['moved']}" in text


def test_bytes_are_fit_for_any_mail_server() -> None:
    raw = made(wording=replace(WORDING, title="Adolygiadau – ŵyl", postal_address="1 Stryd yr Ŵyl\n" + "x" * 300))

    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 120
    assert read(raw)["Subject"] == "Confirm your subscription to Adolygiadau – ŵyl"
    assert made() == made()
    assert len(made()) < 10_000


def test_the_page_is_built_as_the_issue_is() -> None:
    _, page = parts(made())
    assert page.html and page.body
    tags = [page.html, page.body, *page.body.find_all(recursive=False)]
    ranks = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]
    sizes = [int(size) for size in re.findall(r"font(?:-size)?:\s*(\d+)px", str(page))]

    assert all((tag.get("lang"), tag.get("dir")) == ("en-GB", "ltr") for tag in tags)
    assert page.title and page.title.text == "Confirm your subscription to Case reviews"
    assert ranks == [1] and all(after <= before + 1 for before, after in pairwise(ranks))
    assert all(table.get("role") == "presentation" for table in page.find_all("table"))
    assert not page.find_all(["img", "script", "link", "iframe", "form", "input", "base"])
    assert min(sizes) >= 18
    assert "prefers-color-scheme: dark" in str(page.style)
    assert "background-color: #0a4a7c" in str(page.a)
    assert page.a and page.a["class"] == ["button"]  # by night links are pale, and may be near to its own colour
    assert str(page.style).count("a.button { color: #ffffff !important }") == 2


def test_words_of_the_configuration_are_escaped() -> None:
    _, page = parts(made(wording=replace(WORDING, title="<b>A & B</b>", postal_address="<script>x</script>")))

    assert not page.find_all(["script", "b"])
    assert page.h1 and page.h1.text == "Confirm your subscription to <b>A & B</b>"


@pytest.mark.parametrize(
    "to",
    [
        "a@example.org\r\nBcc: all@example.org",
        "a@example.org, b@example.org",
        "A <a@example.org>",
        "a@example.org\n",
        "a b@example.org",
        "josé@example.org",
        "a@exämple.org",
        "",
        "a@" + "b" * 300,
    ],
)
def test_an_address_that_is_not_one_is_refused(to: str) -> None:
    with pytest.raises(HouseError, match="not an address"):
        made(to=to)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender", "Case reviews\r\nBcc: all@example.org <news@example.org>"),
        ("sender", "nobody"),
        ("reply_to", "editor@example.org\nBcc: all@example.org"),
        ("base_url", "https://news.example.org\r\nBcc: all@example.org"),
    ],
)
def test_no_header_is_smuggled_in_by_the_wording(field: str, value: str) -> None:
    with pytest.raises(HouseError):
        made(wording=replace(WORDING, **{field: value}))


def test_no_header_is_smuggled_in_by_title_token_host_or_identity() -> None:
    sly = read(made(wording=replace(WORDING, title="News\r\nBcc: all@example.org")))
    assert sly["Subject"] == "Confirm your subscription to News Bcc: all@example.org"
    assert "Bcc" not in sly

    for how in ({"token": "x" * 21 + "\n"}, {"host": "h.example>\r\nBcc: a"}, {"identity": "a@b"}, {"identity": "a\n"}):
        with pytest.raises(HouseError):
            made(**how)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, width: int, scheme: str) -> None:
    page = patient(browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme))  # type: ignore[arg-type]
    view = build_confirm_view("confirm", WORDING, TOKEN)
    page.set_content(render_mail("confirmation.html", WORDING, view=view))
    found = complaints_of_mail(page, scheme)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert found == []
    assert wide <= width
