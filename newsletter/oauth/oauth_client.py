"""OAuth client: who asks for tokens, and where; what Microsoft and Google want is filled in."""

import json
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from core.actions import INSTALL_LIBRARY
from core.config.oauth_table import OAuthGrant, OAuthSettings, TokenProvider
from core.errors import HouseError, SettingsError

UNATTENDED: tuple[OAuthGrant, ...] = ("client-credentials", "service-account")  # nobody signs in
_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/"
_MICROSOFT_SCOPE = (
    "https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
)
_GOOGLE_SCOPE = "https://mail.google.com/"


@dataclass(frozen=True, slots=True)
class _Endpoints:
    """A provider's addresses, and the scope of mail for each grant that it has for mail."""

    name: str
    token_url: str
    scopes: dict[OAuthGrant, str]
    device_url: str = ""
    authorize_url: str = ""


PROVIDERS: dict[TokenProvider, _Endpoints] = {
    "microsoft": _Endpoints(
        "Microsoft",
        f"{_MICROSOFT}token",
        {
            "client-credentials": "https://outlook.office365.com/.default",
            "device-code": _MICROSOFT_SCOPE,
            "authorization-code": _MICROSOFT_SCOPE,
        },
        f"{_MICROSOFT}devicecode",
        f"{_MICROSOFT}authorize",
    ),
    "google": _Endpoints(  # its device flow gives no scope of mail
        "Google",
        "https://oauth2.googleapis.com/token",
        {"authorization-code": _GOOGLE_SCOPE, "service-account": _GOOGLE_SCOPE},
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    ),
}


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Who asks for tokens, and where."""

    grant: OAuthGrant
    id: str  # of a service account: its address
    secret: str = field(repr=False)  # empty where it has none; of a service account: its private key, PEM
    scope: str
    token_url: str
    device_url: str
    authorize_url: str

    @property
    def where(self) -> str:
        """The token server, for whoever reads an error."""
        return urlsplit(self.token_url).netloc

    @property
    def is_unattended(self) -> bool:
        """Whether it gets its tokens without anybody signing in."""
        return self.grant in UNATTENDED


def configured_client(oauth: OAuthSettings) -> OAuthClient:
    """The client that the settings describe. Raises SettingsError for a key that is missing or does not fit.

    Raises HouseError when the library is missing.
    """
    if find_spec("oauthlib") is None or find_spec("jwt") is None:
        raise HouseError("tokens for mail need a library that is not installed", "oauthlib", action=INSTALL_LIBRARY)
    known, grant = PROVIDERS.get(oauth.provider), oauth.grant
    if known and grant not in known.scopes:
        fix = f"Set it to one of: {', '.join(known.scopes)}."
        raise SettingsError("configuration", f'oauth.grant = "{grant}": {known.name} has none for mail', fix)
    name, secret = oauth.client_id, oauth.client_secret.get_secret_value()
    if grant == "service-account":
        name, secret = _read_account_key(secret)
    theirs = known or _Endpoints("", "", {})
    client = OAuthClient(
        grant,
        name,
        secret,
        oauth.scope or theirs.scopes.get(grant, ""),
        oauth.token_url or theirs.token_url.format(tenant=oauth.tenant),
        oauth.device_url or theirs.device_url.format(tenant=oauth.tenant),
        oauth.authorize_url or theirs.authorize_url.format(tenant=oauth.tenant),
    )
    if missing := _missing_key(client, oauth):
        fix = (
            "Set it, or oauth.provider." if missing.endswith("_url") else "Set it; docs/mail.md says where it is from."
        )
        raise SettingsError("configuration", f'{missing} is empty, and oauth.grant = "{grant}" needs it', fix)
    return client


def _missing_key(client: OAuthClient, oauth: OAuthSettings) -> str:
    needed = {
        "oauth.tenant": oauth.tenant or oauth.provider != "microsoft" or oauth.token_url,
        "oauth.token_url": client.token_url,
        "oauth.client_id": client.id,
        "oauth.client_secret": client.secret or client.grant in ("device-code", "authorization-code"),
        "oauth.device_url": client.device_url or client.grant != "device-code",
        "oauth.authorize_url": client.authorize_url or client.grant != "authorization-code",
    }
    return next((key for key, value in needed.items() if not value), "")


def _read_account_key(secret: str) -> tuple[str, str]:
    """A service account's address and private key, of the JSON file that Google makes. Raises SettingsError."""
    try:
        found: Any = json.loads(secret)
        return str(found["client_email"]), str(found["private_key"])
    except (ValueError, KeyError, TypeError) as e:
        fix = "Name the JSON file that Google gave in CASEREVIEWS_OAUTH__CLIENT_SECRET_FILE."
        raise SettingsError("configuration", "oauth.client_secret holds no key of a service account", fix) from e
