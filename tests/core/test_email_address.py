"""A plain address is taken without asking the library about all of it: as the library itself would."""

from random import Random

import email_validator
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


def test_of_thousands_of_domains_none_is_taken_that_the_library_would_refuse_or_write_otherwise() -> None:
    chance, parts, plain = Random(2026), [*"aaaZ0-..", "xn--", "ab--", "a" * 62, ".org", ".Org", ".test", "example"], 0
    some = ["".join(chance.choices(parts, k=chance.randint(2, 8))) + chance.choice(["", ".org"]) for _ in range(10_000)]

    for domain in some:
        email = f"Ada+b@{domain}"
        if taken := email_address._parse_plain(email):
            plain += 1
            asked = email_validator.validate_email(email, check_deliverability=False, strict=True, allow_smtputf8=False)
            assert taken.mailbox == asked.ascii_email == asked.normalized, email
            assert taken == email_address._parse_unusual(email)

    assert 1_000 < plain < 9_000


def test_the_domains_that_are_nobodys_are_those_of_the_library() -> None:
    assert set(email_validator.SPECIAL_USE_DOMAIN_NAMES) == email_address.RESERVED_TLDS


@pytest.mark.parametrize("length", [64, 65])
def test_a_long_name_is_measured(length: int) -> None:
    text = "e" * length + "@example.org"

    assert outcome(parse_address, text) == outcome(email_address._parse_unusual, text)


def test_an_apostrophe_is_a_plain_one() -> None:
    assert parse_address("Sian.O’Neil@example.org").mailbox == "Sian.O'Neil@example.org"
    assert parse_address("o’neil@example.org").key == parse_address("o'neil@example.org").key
