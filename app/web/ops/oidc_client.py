"""OpenID Connect client: an organisation's provider vouches for a person (OpenID Connect Core 1.0 §3.1).

Authorization code with PKCE, state and nonce. Authlib words the requests and checks the claims, joserfc the signature.
The provider is read about at each log-in: its keys may be new, and nobody logs in often.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from core.config.oauth_table import LOOPBACK_HOSTS
from core.config.oidc_table import OidcSettings
from core.errors import HouseError
from core.folding import one_line

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]  # it has no types
    from joserfc.jwk import KeySet

PATIENCE = (5.0, 10.0)  # seconds: connect, answer
LEEWAY = 60  # seconds that the provider's clock may be wrong by
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
MAX_HEADER_BYTES = 16 * 1024  # bytes of a token's header, in which certificates may stand (x5c, RFC 7515 §4.1.6)
SCOPE = "openid email profile"
MAX_SHOWN_CHARS = 200  # characters of a provider's words
VERIFIED_CLAIMS = ("email_verified", "xms_edov")  # the second is Microsoft Entra's
CONFIGURATION_FIX = "Whoever runs this looks at [web.oidc] in the configuration."


@dataclass(frozen=True, slots=True)
class OidcStart:
    """A log-in that has begun: where the browser goes, and what must come back. Kept in the session."""

    url: str
    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OidcIdentity:
    """Whom a provider vouches for, identified by issuer and subject."""

    issuer: str
    subject: str  # empty: nobody
    email: str  # empty: it names none, or has not verified it


def is_offered(oidc: OidcSettings) -> bool:
    """Whether people may come in by a provider: one is set, and the library is there."""
    return bool(oidc.issuer) and find_spec("authlib") is not None


def start_log_in(oidc: OidcSettings, redirect_uri: str, state: str, nonce: str, verifier: str) -> OidcStart:
    """Where a browser goes to log in. `state`, `nonce`, `verifier` (43 characters or more) are drawn by chance.

    Raises HouseError when the provider cannot be read about.
    """
    metadata = read_metadata(oidc)
    session = _open_session(oidc, redirect_uri)
    url, _ = session.create_authorization_url(
        str(metadata["authorization_endpoint"]), state=state, nonce=nonce, code_verifier=verifier
    )
    return OidcStart(str(url), state, nonce, verifier)


def finish_log_in(oidc: OidcSettings, redirect_uri: str, start: OidcStart, code: str, now: float) -> OidcIdentity:
    """Whom the provider vouches for by a code that came back; `now`: Unix seconds. Raises HouseError."""
    from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]  # it has no types
    from joserfc.errors import JoseError
    from requests import RequestException

    metadata, session = read_metadata(oidc), _open_session(oidc, redirect_uri)
    try:
        token = session.fetch_token(
            str(metadata["token_endpoint"]),
            grant_type="authorization_code",
            code=code,
            code_verifier=start.verifier,
            auth=_client_password(oidc),
            timeout=PATIENCE,
            allow_redirects=False,
        )
        claims = _check_id_token(oidc, metadata, token, start.nonce, now)
        if not claims.get("email") and metadata.get("userinfo_endpoint"):
            claims = _add_user_info(session, str(metadata["userinfo_endpoint"]), claims)
    except OAuthError as e:
        words = one_line(f"{e.error}: {e.description}" if e.description else str(e.error))[:MAX_SHOWN_CHARS]
        raise HouseError("the provider did not let you in", words, "Try again.") from e
    except (RequestException, JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise _unreadable(oidc, e) from e
    verified = any(claims.get(name) in (True, 1, "1", "true") for name in VERIFIED_CLAIMS)
    subject, email = str(claims["sub"] or ""), str(claims.get("email") or "") if verified else ""
    return OidcIdentity(str(claims["iss"]), subject, email)


def _open_session(oidc: OidcSettings, redirect_uri: str) -> "OAuth2Session":
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(oidc.client_id, scope=SCOPE, redirect_uri=redirect_uri, code_challenge_method="S256")


def _client_password(oidc: OidcSettings) -> tuple[str, str] | None:
    """Our name and secret for HTTP Basic, each form-encoded (RFC 6749 §2.3.1): Authlib sends them as they are."""
    secret = oidc.client_secret.get_secret_value()
    return (quote_plus(oidc.client_id), quote_plus(secret)) if secret else None


def read_metadata(oidc: OidcSettings) -> dict[str, Any]:
    """What the provider says of itself (OpenID Connect Discovery 1.0 §4). Raises HouseError."""
    metadata = _read_json(oidc, f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != oidc.issuer:
        words = f"it calls itself {one_line(str(metadata.get('issuer')))[:MAX_SHOWN_CHARS]}"
        raise HouseError("the provider is not web.oidc.issuer", words, CONFIGURATION_FIX)
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        named = urlsplit(str(metadata.get(name, "")))
        is_secure = named.scheme == "https" or (named.scheme == "http" and named.hostname in LOOPBACK_HOSTS)
        if not is_secure and (name != "userinfo_endpoint" or name in metadata):
            raise HouseError("the provider cannot be used", f"it names no {name} by https", CONFIGURATION_FIX)
    return metadata


def _read_json(oidc: OidcSettings, url: str) -> dict[str, Any]:
    import requests

    try:
        answer = requests.get(url, headers={"Accept": "application/json"}, timeout=PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        said = answer.json()
    except (requests.RequestException, ValueError, RecursionError) as e:  # the last: nested too deep
        raise _unreadable(oidc, e) from e
    if not isinstance(said, dict):
        raise _unreadable(oidc, TypeError("no object"))
    return said


def _check_id_token(
    oidc: OidcSettings, metadata: dict[str, Any], token: dict[str, Any], nonce: str, now: float
) -> dict[str, Any]:
    """The claims of an ID token that is the provider's, for us, of now and of this log-in (§3.1.3.7)."""
    from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # it has no types
    from joserfc import jws, jwt
    from joserfc.errors import JoseError

    keys = _read_keys(_read_json(oidc, str(metadata["jwks_uri"])))
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)  # what we do not know does not matter
    registry.max_header_length = MAX_HEADER_BYTES
    try:
        signed = jwt.decode(str(token["id_token"]), keys, ALGORITHMS, registry)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {"iss": {"essential": True, "value": oidc.issuer}, "aud": {"essential": True, "value": oidc.client_id}},
            {"nonce": nonce, "client_id": oidc.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(now), leeway=LEEWAY)
    except JoseError as e:
        words = one_line(f"{e.error}: {e.description}" if e.description else str(e.error))[:MAX_SHOWN_CHARS]
        raise HouseError("what the provider says of you cannot be believed", words, "Try again.") from e
    return dict(claims)


def _read_keys(said: dict[str, Any]) -> "KeySet":
    """The keys that a provider names, without those that we do not know how to use (RFC 7517 §5).

    joserfc 1.8 reads none of them where one has an unknown curve, use or key_ops. Raises JoseError where there is none.
    """
    from joserfc.errors import JoseError, MissingKeyError
    from joserfc.jwk import KeySet

    keys = []
    for one in said["keys"]:
        with suppress(JoseError, ValueError, KeyError, TypeError):
            keys += KeySet.import_key_set({"keys": [one]}).keys
    if not keys:
        raise MissingKeyError("No keys to import")
    return KeySet(keys)


def _add_user_info(session: "OAuth2Session", url: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with those of the provider's own page about the person, whose subject must be the same (§5.3.2)."""
    said = session.get(url, timeout=PATIENCE, allow_redirects=False).json()
    return {**said, **claims} if said.get("sub") == claims["sub"] else claims


def _unreadable(oidc: OidcSettings, error: Exception) -> HouseError:
    fix = "Log in by your password, or try again later."
    return HouseError("the provider cannot be reached or read", f"{oidc.issuer} ({type(error).__name__})", fix)
