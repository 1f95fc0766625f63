"""Token server: asks for access tokens by OAuth 2 (RFC 6749), device codes (RFC 8628), signed assertions (RFC 7523).

oauthlib words the requests and reads the answers. It is the engine of requests-oauthlib, whose own log at DEBUG holds
every token, and which asks nothing of a token server on this machine.
"""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from core.actions import terminal_action
from core.errors import HouseError, MailRefused, MailUnavailable
from core.folding import one_line
from newsletter.oauth.oauth_client import OAuthClient

if TYPE_CHECKING:
    from oauthlib.oauth2 import OAuth2Error

PATIENCE = (10.0, 20.0)  # seconds: connect, answer
MAX_SHOWN_CHARS = 200  # characters of a refusal's words
EARLY = 300  # seconds before its end from which a token is renewed
REDIRECT = "http://localhost:8431"  # nobody listens: the person copies the address out of the browser
PASSING = ("server_error", "temporarily_unavailable", "slow_down")  # RFC 6749 §4.1.2.1: try again
Token = dict[str, Any]  # as the server gave it (RFC 6749 §5.1), with `expires_at`: Unix seconds


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person types, and where, to sign this machine in (RFC 8628 §3.2)."""

    code: str = field(repr=False)
    user_code: str
    address: str
    interval: float  # seconds between two questions
    expires_in: float  # seconds


@dataclass(frozen=True, slots=True)
class BrowserSignIn:
    """A sign-in that a person finishes in a browser (RFC 6749 §4.1, with PKCE, RFC 7636)."""

    address: str
    state: str
    verifier: str = field(repr=False)


def fetch_token(client: OAuthClient, username: str) -> Token:
    """A token that nobody need sign in for. Raises MailRefused, MailUnavailable."""
    from oauthlib.oauth2 import BackendApplicationClient

    if client.grant == "service-account":
        return _ask(client, _signed_assertion(client, username))
    backend = BackendApplicationClient(client.id)
    form = backend.prepare_request_body(scope=client.scope, include_client_id=True, client_secret=client.secret)
    return _ask(client, form)


def _signed_assertion(client: OAuthClient, username: str) -> str:
    from jwt.exceptions import PyJWTError
    from oauthlib.oauth2 import ServiceApplicationClient

    account = ServiceApplicationClient("", client.secret, username, client.id, client.token_url)
    try:
        return str(account.prepare_request_body(extra_claims={"scope": client.scope}))
    except (PyJWTError, ValueError, TypeError) as e:  # of whatever cannot be a key
        fix = "Make a new key for the service account, and name its JSON file."
        raise MailRefused("the service account's key cannot sign", client.id, fix) from e


def refresh_token(client: OAuthClient, token: Token) -> Token:
    """A new token in place of one that is over. Raises MailRefused when a person must sign in again."""
    from oauthlib.oauth2 import Client

    again = str(token["refresh_token"])
    form = Client(client.id).prepare_refresh_body(
        refresh_token=again, client_id=client.id, client_secret=client.secret or None
    )
    return {"refresh_token": again} | _ask(client, form)


def start_device(client: OAuthClient) -> DeviceCode:
    """Ask for a code that a person types elsewhere. Raises MailRefused, MailUnavailable."""
    text = _post(client.device_url, urlencode({"client_id": client.id, "scope": client.scope}))
    try:
        said = json.loads(text)
        if "error" in said:
            raise _refusal(client, str(said["error"]), str(said.get("error_description", "")))
        address = said.get("verification_uri") or said["verification_url"]  # as Google calls it
        return DeviceCode(
            str(said["device_code"]),
            one_line(str(said["user_code"])),
            one_line(str(address)),
            float(said.get("interval", 5)),
            float(said["expires_in"]),
        )
    except (ValueError, KeyError, TypeError) as e:
        raise _unreadable(client) from e


def poll_device(client: OAuthClient, code: DeviceCode) -> Token | float:
    """The token, or how many seconds more to wait between questions while nobody has typed the code yet.

    Raises MailRefused when it was declined or the code is over.
    """
    from oauthlib.oauth2 import DeviceClient, OAuth2Error

    form = DeviceClient(client.id).prepare_request_body(
        code.code, include_client_id=True, client_secret=client.secret or None
    )
    try:
        return _read_token(client, _post(client.token_url, form))
    except OAuth2Error as e:
        if e.error in ("authorization_pending", "slow_down"):
            return 5.0 if e.error == "slow_down" else 0.0  # RFC 8628 §3.5
        raise _oauth_failure(client, e) from e


def start_browser(client: OAuthClient, state: str, username: str) -> BrowserSignIn:
    """The address where a person signs in. `state`: drawn by chance, seen again in the browser's last address."""
    from oauthlib.oauth2 import WebApplicationClient

    web = WebApplicationClient(client.id)
    verifier = web.create_code_verifier(64)
    challenge = web.create_code_challenge(verifier, "S256")
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": REDIRECT,
        "scope": client.scope,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": username,
        "access_type": "offline",  # Google's word for a token that can be renewed
        "prompt": "consent",
    }
    return BrowserSignIn(f"{client.authorize_url}?{urlencode(asked)}", state, verifier)


def finish_browser(client: OAuthClient, sign_in: BrowserSignIn, address: str) -> Token:
    """The token for the address at which the browser ended. Raises MailRefused, MailUnavailable."""
    from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

    web = WebApplicationClient(client.id)
    ended = f"https://localhost/?{urlsplit(address.strip()).query}"  # https: else oauthlib takes it for insecure
    try:
        web.parse_request_uri_response(ended, state=sign_in.state)
    except OAuth2Error as e:
        fix = "Copy the whole address out of the browser, from http://localhost to its end; begin again if in doubt."
        own = e.error in ("mismatching_state", "missing_code")  # oauthlib's words, else the server's
        why = one_line(e.error or "" if own else f"{e.error}: {e.description}")[:MAX_SHOWN_CHARS]
        raise MailRefused("the sign-in did not end well", f"{client.where} ({why})", fix) from e
    form = web.prepare_request_body(
        redirect_uri=REDIRECT, code_verifier=sign_in.verifier, client_secret=client.secret or None
    )
    return _ask(client, form)


def is_expired(token: Token) -> bool:
    """Whether a token is over, or is about to be, by the library's clock."""
    from oauthlib.oauth2 import Client, TokenExpiredError

    try:
        Client("", token=token).add_token("https://localhost")
    except TokenExpiredError:
        return True
    return False


def _ask(client: OAuthClient, form: str) -> Token:
    from oauthlib.oauth2 import OAuth2Error

    try:
        return _read_token(client, _post(client.token_url, form))
    except OAuth2Error as e:
        raise _oauth_failure(client, e) from e


def _read_token(client: OAuthClient, text: str) -> Token:
    """The token in an answer, whose end is brought forward. Raises OAuth2Error, MailUnavailable."""
    from oauthlib.oauth2 import Client

    try:
        token = dict(Client("").parse_request_body_response(text))
    except (ValueError, TypeError, AttributeError) as e:
        raise _unreadable(client) from e
    access = token["access_token"]
    if not isinstance(access, str) or not access.isascii() or not access.isprintable() or not access:
        raise _unreadable(client)  # it would not get through to a mail server
    if "expires_at" in token:
        token["expires_at"] -= EARLY
    return {name: token[name] for name in ("access_token", "refresh_token", "expires_at") if name in token}


def _post(url: str, form: str) -> str:
    import requests

    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = requests.post(url, data=form, headers=headers, timeout=PATIENCE, allow_redirects=False)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _unavailable(url, f"{answer.status_code} {answer.reason}")
        return answer.text
    except requests.RequestException as e:
        raise _unavailable(url, type(e).__name__) from e


def _unavailable(url: str, why: str) -> MailUnavailable:
    fix = "See [oauth] and the network; nothing is lost, what waits is sent at the next try."
    return MailUnavailable("the token server cannot be reached", f"{url} ({one_line(why)})", fix)


def _unreadable(client: OAuthClient) -> MailUnavailable:
    fix = "See oauth.token_url: is it a token server's?"
    return MailUnavailable("the token server's answer cannot be read", client.where, fix)


def _oauth_failure(client: OAuthClient, error: "OAuth2Error") -> HouseError:
    if error.error == "missing_token":
        return _unreadable(client)
    return _refusal(client, error.error or "", error.description or "")


def _refusal(client: OAuthClient, error: str, description: str) -> HouseError:
    words = one_line(f"{error}: {description}" if description else error).partition(" Trace ID:")[0]
    which = f"{client.where} ({words[:MAX_SHOWN_CHARS]})"
    if error in PASSING:
        return _unavailable(client.token_url, words[:MAX_SHOWN_CHARS])
    if error == "invalid_grant" and not client.is_unattended:
        action = terminal_action("How a mailbox is signed in to", "Sign in again: casereviews mail authorise")
        return MailRefused("the sign-in is no longer valid", which, action=action)
    fix = "Correct oauth.client_id and oauth.client_secret: a secret ends after months, and its ID is not the secret."
    if error not in ("invalid_client", "unauthorized_client"):
        fix = "See [oauth], and docs/mail.md for what the provider wants."
    return MailRefused("the token server refused", which, fix)
