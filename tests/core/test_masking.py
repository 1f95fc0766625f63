"""Addresses masked in what a server said."""

import pytest

from core.redact import mask_in


@pytest.mark.parametrize(
    ("text", "addresses", "shown"),
    [
        ("550 <ada@example.org>: no such user", ["ada@example.org"], "550 <a…@example.org>: no such user"),
        ("ADA@Example.org and ada@example.org", ["ada@example.org"], "A…@Example.org and a…@example.org"),
        ("a.b@x.org, not aab@x.org", ["a.b@x.org"], "a…@x.org, not aab@x.org"),
        ("\\da@example.org", ["\\da@example.org"], "\\…@example.org"),
        ("bücher@x.org is b@x.org", ["b@x.org", "bücher@x.org"], "b…@x.org is b…@x.org"),
        ("nothing of it", ["ada@example.org"], "nothing of it"),
        ("ada@example.org", [], "ada@example.org"),
    ],
)
def test_an_address_is_masked_wherever_it_stands(text: str, addresses: list[str], shown: str) -> None:
    assert mask_in(text, addresses) == shown
