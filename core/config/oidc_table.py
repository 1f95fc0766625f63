"""OIDC table: the provider of an organisation's own log-in (OpenID Connect) that people may come in by."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from core.config.oauth_table import LOOPBACK_HOSTS
from core.config.source_table import SettingsTable, check_web_address


class OidcSettings(SettingsTable):
    """Who vouches for people at the desk beside their own passwords."""

    issuer: str = ""  # none: nobody does
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    label: str = Field("your organisation’s log-in", min_length=1, max_length=60)  # of the link on the log-in page

    @field_validator("issuer")
    @classmethod
    def _check_secure(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
            raise ValueError("write it as https://login.example.org: secrets travel to it")
        return check_web_address(value)
