"""Configuration table [hooks]: who may report to /hooks/PROVIDER, and what proves that it is they."""

import re

from pydantic import SecretStr, field_validator

from core.config.source_table import SettingsTable

TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
GENERIC_SECRET = re.compile(r"(whsec_)?[A-Za-z0-9+/]{32,128}={0,2}")
MIN_SECRET_LENGTH = 20  # characters


class HookSettings(SettingsTable):
    """What proves that a mail provider's report is its own; a provider without it cannot report."""

    ses_topics: tuple[str, ...] = ()  # ARNs of the SNS topics that Amazon SES publishes to
    postmark_password: SecretStr = SecretStr("")  # behind any user name, in the address that Postmark is given
    mailgun_key: SecretStr = SecretStr("")  # its "HTTP webhook signing key"
    sendgrid_key: str = ""  # the public "verification key" of its signed Event Webhook
    brevo_token: SecretStr = SecretStr("")  # sent by Brevo as a Bearer token
    generic_secret: SecretStr = SecretStr("")  # base64, as of Standard Webhooks: whsec_…

    @field_validator("ses_topics")
    @classmethod
    def _check_topics(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for topic in value:
            if not TOPIC_ARN.fullmatch(topic):
                raise ValueError(f"{topic}: write a topic as arn:aws:sns:eu-west-1:123456789012:mail")
        return value

    @field_validator("postmark_password", "brevo_token")
    @classmethod
    def _check_length(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < MIN_SECRET_LENGTH:
            raise ValueError(f"use at least {MIN_SECRET_LENGTH} characters: openssl rand -hex 32")
        return value

    @field_validator("generic_secret")
    @classmethod
    def _check_generic_secret(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not GENERIC_SECRET.fullmatch(text):
            raise ValueError("write at least 24 bytes in base64: openssl rand -base64 32")
        return value
