"""Obfuscated addresses are read as they were written, whatever the key."""

import pytest

from scraper.email_protection import reveal_addresses


def obfuscate(address: str, key: int) -> str:
    return bytes([key, *(letter ^ key for letter in address.encode())]).hex()


@pytest.mark.parametrize("key", [0x00, 0x7F, 0xFF])
def test_an_address_is_read_whatever_its_key(key: int) -> None:
    digits = obfuscate("lscp@example.org", key)
    link = f'<a href="/cdn-cgi/l/email-protection#{digits}">Write to us</a>'
    words = (
        f'<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="{digits}">[email&#160;protected]</a>'
    )

    assert reveal_addresses(link) == '<a href="mailto:lscp@example.org">Write to us</a>'
    assert reveal_addresses(f"<p>Or {words}.</p>") == "<p>Or lscp@example.org.</p>"


def test_what_was_hidden_cannot_become_markup() -> None:
    digits = obfuscate('"><script>x</script>', 1)

    revealed = reveal_addresses(f'<span data-cfemail="{digits}">[email]</span>')

    assert "<script>" not in revealed


@pytest.mark.parametrize("html", ["<p>a@example.org</p>", '<span data-cfemail="zz">x</span>', '<a href="#">x</a>', ""])
def test_all_else_stays(html: str) -> None:
    assert reveal_addresses(html) == html


@pytest.mark.parametrize("text", ["<a data-cfemail", "<a ", '<a data-cfemail="aaaa">', "data-cfemail"])
def test_a_hostile_page_takes_no_longer_than_its_length(text: str) -> None:
    html = "data-cfemail" + text * (1_000_000 // len(text))

    assert reveal_addresses(html)  # quadratic, it would take hours
