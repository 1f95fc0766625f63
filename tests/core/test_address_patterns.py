"""The patterns of addresses, each by tables of what it takes and leaves."""

import time

import pytest

from core.address_patterns import AT, IN_LOG, IN_REPLY, IN_TEXT, PLAIN


@pytest.mark.parametrize(
    "address",
    ["ada@example.org", "o'brien@example.org", "a.b+c=d_e!#$%&*/?^`{|}~-@mx1.example.co.uk", "a@x", "A@EXAMPLE.ORG"],
)
def test_a_plain_address(address: str) -> None:
    assert PLAIN.fullmatch(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "ada @example.org",
        "Ada <ada@example.org>",
        "ada@example.org, bob@example.org",
        "ada;bob@example.org",
        '"ada"@example.org',
        "ada(comment)@example.org",
        "ada@[192.0.2.1]",
        "ada@-example.org",
        "ada@example.org.",
        "ada@example.org\n",
        "ada\r\nRCPT@example.org",
        "ådа@example.org",
        "ada@exämple.org",
        "ada\\@example.org",
        "a\x7f@example.org",
    ],
)
def test_no_plain_address(address: str) -> None:
    assert not PLAIN.fullmatch(address)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada@example.org", ["ada@example.org"]),
        ("rfc822; Ada@Example.org", ["Ada@Example.org"]),
        ("user 'ada@example.org' unknown", ["ada@example.org"]),
        ("'o'brien@example.org'", ["o'brien@example.org"]),
        ('"ada@example.org", <bob@example.org>; (c@d)', ["ada@example.org", "bob@example.org", "c@d"]),
        ("[ada@example.org]:", ["ada@example.org"]),
        ("no address @ all, nor a@ or @b", []),
        ("a@b@c", ["a@b"]),
    ],
)
def test_addresses_in_a_text(text: str, found: list[str]) -> None:
    assert IN_TEXT.findall(text) == found


@pytest.mark.parametrize(
    ("reply", "left"),
    [
        ("550 5.1.1 <quota.full@example.org>: no such user", "550 5.1.1  : no such user"),
        ("550 spam@example.org is unknown", "550   is unknown"),
        ("<over quota here>", " "),
        ("552 mailbox full", "552 mailbox full"),
        ("a < b", "a < b"),
        ("<x>ada@example.org foo<x y>bar@b", "   foo  "),
    ],
)
def test_what_a_recipient_chose_leaves_a_reply(reply: str, left: str) -> None:
    assert IN_REPLY.sub(" ", reply) == left


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("to ada@example.org.", ("ada", "example.org")),
        ("?email=ada%40example.org&", ("?email=ada", "example.org")),
        ("ada%2540example.org", ("ada", "example.org")),
        ("ada=40example.org", ("ada", "example.org")),
        ('"ada l"@example.org', ('"ada l"', "example.org")),
        ("ada@[192.0.2.1]", ("ada", "[192.0.2.1]")),
        ("ädä@exämple.org", ("ädä", "exämple.org")),
    ],
)
def test_an_address_in_a_log_however_it_is_written(text: str, parts: tuple[str, str]) -> None:
    found = IN_LOG.search(text)

    assert AT.search(text)
    assert found
    assert found.groups() == parts


@pytest.mark.parametrize("text", ["no address", "1 + 1=40 and more", "a…@example.org", "@"])
def test_what_is_no_address_stays_in_a_log(text: str) -> None:
    assert not IN_LOG.search(text)


@pytest.mark.parametrize("text", ["a" * 20_000, "a'" * 10_000, "a@" * 10_000, "<" * 20_000, "'" * 20_000, "%25" * 500])
def test_hostile_text_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    PLAIN.fullmatch(text)
    for pattern in (IN_TEXT, IN_REPLY, IN_LOG):
        pattern.findall(text)

    assert time.process_time() - began < 5
