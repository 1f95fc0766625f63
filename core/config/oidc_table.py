"""OIDC table: the provider of an organisation's own log-in (OpenID Connect) that people may come in by."""

from typing import Annotated

from core.config.oauth_table import secure_address
from core.config.settings_table import SettingsTable
from core.config.value_forms import SecretStr, length


class OidcSettings(SettingsTable):
    """Who vouches for people at the desk beside their own passwords."""

    issuer: Annotated[str, secure_address("https://login.example.org")] = ""  # none: nobody does
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    label: Annotated[str, length(1, 60)] = "your organisation’s log-in"  # of the link on the log-in page
