"""DKIM keys and DMARC policies as they stand in DNS."""

import pytest

from newsletter.dns.dmarc import dkim_key_problem, find_policies, parse_tags
from tests.newsletter.dns.test_spf import Table

OURS = ("MIIBdata==",)


def test_white_space_and_order_do_not_matter_in_a_list_of_tags() -> None:
    assert parse_tags(" v=DMARC1 ;p = reject; rua=mailto:a@b.example;;") == {
        "v": "DMARC1",
        "p": "reject",
        "rua": "mailto:a@b.example",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v=DKIM1; k=rsa; p=MIIBdata==", ""),
        ("p=MIIB data==", ""),
        ("v=DKIM1; h=sha1:sha256; s=email; p=MIIBdata==", ""),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; k=rsa", "no p="),
        ("v=DKIM2; p=MIIBdata==", "v=DKIM2"),
        ("v=DKIM1; k=ed25519; p=MIIBdata==", "k=ed25519"),
        ("v=DKIM1; h=sha1; p=MIIBdata==", "h=sha1"),
        ("v=DKIM1; s=tlsrpt; p=MIIBdata==", "not for email"),
        ("v=DKIM1; p=MIIBother==", "another than"),
    ],
)
def test_a_key_in_dns_proves_our_signatures_or_says_why_not(text: str, said: str) -> None:
    trouble = dkim_key_problem(text, OURS)

    assert (said in trouble) if said else trouble == ""


def test_a_domain_without_a_policy_has_that_of_the_nearest_above() -> None:
    names = Table({"_dmarc.example.org TXT": ["v=DMARC1; p=reject; sp=quarantine", "something else"]})

    (own,) = find_policies(names, "example.org")
    (inner,) = find_policies(names, "news.example.org")

    assert (own.domain, own.own, own.asked) == ("example.org", True, "reject")
    assert (inner.domain, inner.own, inner.asked) == ("example.org", False, "quarantine")
    assert find_policies(names, "elsewhere.example") == []


@pytest.mark.parametrize(
    ("record", "sender", "other", "aligned"),
    [
        ("v=DMARC1; p=none", "example.org", "example.org", True),
        ("v=DMARC1; p=none", "example.org", "bounce.example.org", True),
        ("v=DMARC1; p=none", "news.example.org", "example.org", True),
        ("v=DMARC1; p=none", "news.example.org", "bounce.example.org", True),
        ("v=DMARC1; p=none; aspf=s", "example.org", "bounce.example.org", False),
        ("v=DMARC1; p=none; aspf=s", "example.org", "example.org", True),
        ("v=DMARC1; p=none", "example.org", "relay.example", False),
        ("v=DMARC1; p=none", "example.org", "notexample.org", False),
        ("v=DMARC1; p=none", "example.org", "", False),
    ],
)
def test_another_domain_counts_as_the_senders_or_not(record: str, sender: str, other: str, aligned: bool) -> None:
    (policy,) = find_policies(Table({"_dmarc.example.org TXT": [record]}), sender)

    assert policy.aligned(sender, other, "aspf") is aligned
