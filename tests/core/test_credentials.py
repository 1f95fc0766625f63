"""No log-in in an address leaves the house."""

import pytest

from core.credentials import drop_credentials
from core.records import Link


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://ann:secret@example.org/a.pdf", "https://example.org/a.pdf"),
        ("HTTPS://ann@example.org:8443/a?b=c@d", "HTTPS://example.org:8443/a?b=c@d"),
        ("https://a:b@c:d@example.org", "https://example.org"),
        ("ftp://ann:secret@example.org/", "ftp://example.org/"),
        ("see https://ann:secret@example.org and http://bob:x@example.com/", "see https://example.org and http://example.com/"),
        ("https://example.org/@ann/x", "https://example.org/@ann/x"),
        ("https://example.org?to=ann@example.org", "https://example.org?to=ann@example.org"),
        ("mailto:ann@example.org", "mailto:ann@example.org"),
        ("ann@example.org", "ann@example.org"),
        ("", ""),
    ],
)  # fmt: skip
def test_credentials_are_taken_out_and_nothing_else(text: str, left: str) -> None:
    assert drop_credentials(text) == left


@pytest.mark.parametrize("text", ["a.", "a://", "a@", "a:"])
def test_a_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    assert drop_credentials(text * 500_000)  # quadratic, it would take hours


def test_a_link_never_has_any_whoever_made_it() -> None:
    link = Link("Read https://ann:secret@example.org", "https://ann:secret@example.org/a.pdf", "live", size=3)

    assert link == Link("Read https://example.org", "https://example.org/a.pdf", "live", size=3)
