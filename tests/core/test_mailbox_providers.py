"""Mailbox providers: whose mailbox it is, by its domain."""

import pytest

from core.mailbox_providers import MAILBOX_PROVIDERS, find_mailbox_provider


@pytest.mark.parametrize(
    ("mailbox", "provider"),
    [
        ("a@gmail.com", "gmail.com"),
        ("a@GoogleMail.com", "gmail.com"),
        ("a@hotmail.co.uk", "outlook.com"),
        ("a@msn.com", "outlook.com"),
        ("a@aol.com", "yahoo.com"),
        ("a@me.com", "icloud.com"),
        ("a@gmail.com.example.org", ""),
        ("gmail.com@example.org", ""),
        ("", ""),
    ],
)
def test_a_mailbox_is_of_the_provider_of_its_domain(mailbox: str, provider: str) -> None:
    assert find_mailbox_provider(mailbox) == provider


def test_a_provider_is_named_by_a_domain_of_its_own() -> None:
    assert [find_mailbox_provider(f"a@{name}") for name in MAILBOX_PROVIDERS] == [*MAILBOX_PROVIDERS]
