"""A plain address is taken without asking the library about all of it: as the library itself would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import email_address
from core.email_address import EmailAddress, parse_address
from core.subscriber_rules import InvalidInput

LOCALS = st.text("aB3.+-_'=%!", max_size=70)
DOMAINS = st.sampled_from(
    "example.org Example.ORG board.gov.uk gmail.com localhost host.test -a.org a-.org xn--mnchen-3ya.de "
    "xn--pypal-4ve.com a..org a.1 127.0.0.1 exa_mple.org".split()
)


def outcome(parse: object, text: str) -> EmailAddress | str:
    assert callable(parse)
    try:
        found: EmailAddress = parse(text)
        return found
    except InvalidInput as e:
        return str(e)


@given(LOCALS, DOMAINS)
def test_every_address_is_what_the_library_says(local: str, domain: str) -> None:
    text = f"{local}@{domain}"

    assert outcome(parse_address, text) == outcome(email_address._parse_unusual, text)


@pytest.mark.parametrize("length", [64, 65])
def test_a_long_name_is_measured(length: int) -> None:
    text = "e" * length + "@example.org"

    assert outcome(parse_address, text) == outcome(email_address._parse_unusual, text)


def test_an_apostrophe_is_a_plain_one() -> None:
    assert parse_address("Sian.O’Neil@example.org").mailbox == "Sian.O'Neil@example.org"
    assert parse_address("o’neil@example.org").key == parse_address("o'neil@example.org").key
