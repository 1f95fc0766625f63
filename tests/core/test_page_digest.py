"""Pages that differ only in what a server draws anew for each answer are one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.page_digest import digest_body
from core.records import Page

MAIL = '<a href="/cdn-cgi/l/email-protection#{0}"><span class="__cf_email__" data-cfemail="{0}">[email]</span></a>'


@pytest.mark.parametrize(
    "text",
    [
        MAIL,
        '<script nonce="{0}">x</script>',
        '<script>wp = {{"nonce":"{0}","a":1}}</script>',
        '<input type="hidden" name="__RequestVerificationToken" value="{0}">',
        '<input name="csrfmiddlewaretoken" type="hidden" value="{0}"/>',
        "<input value='{0}' name=_token>",
        '<INPUT TYPE="hidden" NAME="__VIEWSTATE" VALUE="{0}">',
        '<input type="hidden" name="__EVENTVALIDATION" value="{0}">',
        '<input type="hidden" name="form_build_id" value="form-{0}">',
        '<SCRIPT NONCE="{0}">x</SCRIPT>',
        '<meta name="csrf-token" content="{0}">',
        "<script>window.__CF$cv$params={{r:'{0}',t:'MTcz'}};</script>",
    ],
)
def test_what_is_drawn_anew_makes_no_other_page(text: str) -> None:
    first, second = (f"<p>One</p>{text.format(token)}<p>Two</p>".encode() for token in ("7f171a13", "a0b1c2d3e4"))

    assert digest_body(first) == digest_body(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>One</p>", "<p>Two</p>"),
        (MAIL.format("7f") + "<p>One</p>", MAIL.format("7f") + "<p>Two</p>"),
        ('<input name="q" value="1">', '<input name="q" value="2">'),
        ('<meta name="description" content="a">', '<meta name="description" content="b">'),
        ("", " "),
    ],
)
def test_any_other_difference_does(one: str, other: str) -> None:
    assert digest_body(one.encode()) != digest_body(other.encode())


@pytest.mark.parametrize("text", ["<input ", "__CF$cv$params={", "<meta name=", 'nonce="', 'data-cfemail="a'])
def test_a_hostile_page_takes_no_longer_than_its_length(text: str) -> None:
    assert len(digest_body((text * (1_000_000 // len(text))).encode())) == 64  # quadratic, it would take hours


def test_a_page_is_digested_once_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    digested = list[bytes]()

    def note(body: bytes) -> str:
        digested.append(body)
        return digest_body(body)

    monkeypatch.setattr("core.records.digest_body", note)
    page = Page("u", "u", 200, (), b"<p>One</p>", datetime(2026, 10, 1, tzinfo=UTC))

    assert [page.sha256, page.sha256] == [digest_body(b"<p>One</p>")] * 2
    assert digested == [b"<p>One</p>"]
    assert replace(page, body=b"<p>Two</p>").sha256 == digest_body(b"<p>Two</p>")
    assert replace(page) == page
