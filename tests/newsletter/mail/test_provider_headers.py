"""What a message tells its provider: which it is, and that nobody is followed; in lines that every server takes."""

import json
from email import message_from_bytes, policy
from typing import get_args

import pytest

from core.states import MailProvider
from newsletter.mail.merge import MESSAGE_PLACEHOLDER, MergeTemplate, build_merge_message
from newsletter.mail.provider_headers import provider_headers
from newsletter.mail.transport import dot_stuff
from tests.newsletter.mail.test_issue_message import NOON
from tests.newsletter.mail.test_merge import RENDERED
from tests.newsletter.samples import WORDING

TOKEN, OWN = "nov-Message_Token00001", "own-Reader_Token-00001"
MESSAGE = build_merge_message(RENDERED[WORDING.base_url], WORDING, host="news.example.org", date=NOON)


def headers(provider: MailProvider, token: str = "") -> dict[str, str]:
    """The headers as the provider reads them."""
    read = message_from_bytes(provider_headers([provider], token) + b"\r\n", policy=policy.default)
    assert not read.defects
    return {name: str(value) for name, value in read.items()}


@pytest.mark.parametrize(
    ("provider", "with_token", "without"),
    [
        ("ses", {"X-SES-MESSAGE-TAGS": f"casereviews={TOKEN}"}, {}),
        (
            "postmark",
            {"X-PM-KeepID": "true", "X-PM-Metadata-casereviews": TOKEN},
            {"X-PM-KeepID": "true"},
        ),
        ("mailgun", {"X-Mailgun-Track": "no"}, {"X-Mailgun-Track": "no"}),
        ("brevo", {"X-Mailin-custom": TOKEN}, {}),
    ],
)
def test_each_provider_is_told_in_its_own_words(
    provider: MailProvider, with_token: dict[str, str], without: dict[str, str]
) -> None:
    assert (headers(provider, TOKEN), headers(provider)) == (with_token, without)


def test_sendgrid_is_told_to_follow_nobody_and_no_token() -> None:
    told = json.loads(headers("sendgrid", TOKEN)["X-SMTPAPI"])

    off = {"settings": {"enable": 0}}
    assert told == {"filters": {"clicktrack": off, "opentrack": off, "subscriptiontrack": off}}


@pytest.mark.parametrize("provider", get_args(MailProvider))
def test_the_message_behind_the_headers_is_the_same(provider: MailProvider) -> None:
    plain = MergeTemplate(MESSAGE)("reader@example.org", OWN, TOKEN, "You asked for it.")
    template = MergeTemplate(provider_headers([provider], MESSAGE_PLACEHOLDER) + MESSAGE)

    merged = template("reader@example.org", OWN, TOKEN, "You asked for it.")

    assert merged == provider_headers([provider], TOKEN) + plain
    assert template.ready("reader@example.org", OWN, TOKEN, "You asked for it.") == dot_stuff(merged)
    assert max(map(len, merged.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998  # RFC 5322 §2.1.1
    assert OWN not in provider_headers([provider], TOKEN).decode()


def test_without_a_provider_nothing_is_told() -> None:
    assert provider_headers([], TOKEN) == b""


def test_a_message_that_may_go_by_several_providers_tells_each_of_them() -> None:
    told = provider_headers(["mailgun", "ses"], TOKEN)

    assert told == provider_headers(["mailgun"], TOKEN) + provider_headers(["ses"], TOKEN)
