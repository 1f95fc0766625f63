"""Configuration table [hooks]: who may report to /hooks/PROVIDER, and what proves that it is they."""

import re
from typing import Annotated

from core.config.settings_table import SettingsTable
from core.config.value_forms import SecretStr

TOPIC_FORM = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}"
GENERIC_FORM = r"(whsec_)?[A-Za-z0-9+/]{32,128}={0,2}"
MIN_SECRET_LENGTH = 20  # characters


def _check_topics(value: tuple[str, ...]) -> tuple[str, ...]:
    for topic in value:
        if not re.fullmatch(TOPIC_FORM, topic):
            raise ValueError(f"{topic}: write a topic as arn:aws:sns:eu-west-1:123456789012:mail")
    return value


def _check_length(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < MIN_SECRET_LENGTH:
        raise ValueError(f"use at least {MIN_SECRET_LENGTH} characters: openssl rand -hex 32")
    return value


def _check_generic_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text and not re.fullmatch(GENERIC_FORM, text):
        raise ValueError("write at least 24 bytes in base64: openssl rand -base64 32")
    return value


class HookSettings(SettingsTable):
    """What proves that a mail provider's report is its own; a provider without it cannot report."""

    ses_topics: Annotated[tuple[str, ...], _check_topics] = ()  # ARNs of the SNS topics that Amazon SES publishes to
    postmark_password: Annotated[SecretStr, _check_length] = SecretStr(
        ""
    )  # behind any user name, in the address that Postmark is given
    mailgun_key: SecretStr = SecretStr("")  # its "HTTP webhook signing key"
    sendgrid_key: str = ""  # the public "verification key" of its signed Event Webhook
    brevo_token: Annotated[SecretStr, _check_length] = SecretStr("")  # sent by Brevo as a Bearer token
    generic_secret: Annotated[SecretStr, _check_generic_secret] = SecretStr(
        ""
    )  # base64, as of Standard Webhooks: whsec_…
