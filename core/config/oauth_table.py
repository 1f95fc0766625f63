"""OAuth table: where access tokens for mail log-ins come from, and who asks for them."""

from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import urlsplit

from core.config.settings_table import SettingsTable
from core.config.source_table import check_web_address
from core.config.value_forms import SecretStr, pattern

LoginMethod = Literal["password", "oauth"]
TokenProvider = Literal["", "microsoft", "google"]
# How a token is had (RFC 6749 §4.4, RFC 8628, RFC 6749 §4.1, RFC 7523); the middle two need a person to sign in once
OAuthGrant = Literal["client-credentials", "device-code", "authorization-code", "service-account"]
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


def secure_address(example: str) -> Callable[[str], str]:
    """The rule that an address is of https, or of this machine."""

    def checked(value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
            raise ValueError(f"write it as {example}: secrets travel to it")
        return check_web_address(value)

    return checked


SecureAddress = Annotated[str, secure_address("https://login.example.org/token")]


class OAuthSettings(SettingsTable):
    """How access tokens are had for log-ins that take no password."""

    provider: TokenProvider = ""  # whose addresses and scope are known; for others the four keys at the end
    tenant: Annotated[str, pattern(r"^[A-Za-z0-9.-]*$")] = ""  # Microsoft's: the directory's ID, or a domain of it
    grant: OAuthGrant = "client-credentials"
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")  # of a service account: its key, the JSON file that Google gave
    scope: str = ""
    token_url: SecureAddress = ""
    device_url: SecureAddress = ""
    authorize_url: SecureAddress = ""
