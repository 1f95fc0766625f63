"""The configuration table [hooks]: what may prove a report, and what is too weak to."""

import pytest

from core.config.hook_table import HookSettings
from core.config.schema import Settings
from core.config.secret_values import settings_secrets
from core.config.value_forms import FormError


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ses_topics", ["arn:aws:sns:eu-west-1:123456789012:mail"]),
        ("ses_topics", ["arn:aws-cn:sns:cn-north-1:123456789012:a_b-C"]),
        ("postmark_password", "x" * 20),
        ("brevo_token", ""),
        ("generic_secret", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ],
)
def test_what_proves_something_is_taken(key: str, value: object) -> None:
    assert HookSettings(**{key: value})


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("ses_topics", ["https://sns.eu-west-1.amazonaws.com/"], "write a topic as arn:aws:sns"),
        ("ses_topics", ["arn:aws:sqs:eu-west-1:123456789012:mail"], "write a topic as arn:aws:sns"),
        ("postmark_password", "short", "at least 20 characters"),
        ("brevo_token", "x" * 19, "at least 20 characters"),
        ("generic_secret", "whsec_short", "at least 24 bytes"),
        ("generic_secret", "not base64 at all, and rather long too!", "at least 24 bytes"),
    ],
)
def test_what_proves_nothing_is_refused(key: str, value: object, words: str) -> None:
    with pytest.raises(FormError, match=words):
        HookSettings(**{key: value})


def test_its_secrets_are_kept_out_of_logs() -> None:
    settings = Settings(hooks=HookSettings(brevo_token="a long token for Brevo"))

    assert "a long token for Brevo" in settings_secrets(settings)
