"""A small real OpenID provider on 127.0.0.1: discovery, log-in, tokens, keys; PKCE and codes that are good once.

It signs by joserfc. What it says of a person, and what is wrong with its tokens, a test sets.
"""

import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from joserfc.registry import HeaderParameter

CLIENT, SECRET = "casereviews", "hush ~hush+1%3A"
Claims = dict[str, Any]
Reply = tuple[int, dict[str, Any]]


@cache
def _keys() -> tuple[RSAKey, RSAKey]:
    """The provider's own key and another; each takes a while to make."""
    own, other = (RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}) for _ in range(2))
    return own, other


@dataclass
class OidcProvider:
    """`with OidcProvider(now) as provider: … provider.log_in(address)` is where the browser ends.

    `now`: Unix seconds, for what it signs. `change`: what is done to the claims of a token before they are signed.
    """

    now: Callable[[], float]
    person: Claims = field(
        default_factory=lambda: {"sub": "248289761001", "email": "anna@example.org", "email_verified": True}
    )
    change: Callable[[Claims], Claims] = lambda claims: claims
    forged: bool = False  # whether another key signs
    email_by_user_info: bool = False  # whether the address stands there, and not in the token
    metadata: Claims = field(default_factory=dict)  # in place of what it says of itself
    other_keys: list[Claims] = field(default_factory=list)  # that it names before its own
    header: Claims = field(default_factory=dict)  # what else stands in the header of a token
    denied: str = ""  # the error that a log-in ends with
    raw: dict[str, bytes] = field(default_factory=dict)  # by path: in place of its answer
    asked: list[dict[str, str]] = field(default_factory=list)  # what the token endpoint was asked

    def __post_init__(self) -> None:
        self._key, self._other = _keys()
        self._codes = dict[str, dict[str, str]]()
        self._server = _HttpServer(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def log_in(self, address: str) -> str:
        """A person logs in at an address that a browser was sent to; where their browser is sent then."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.issuer}/authorize?")
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
        assert {*asked["scope"].split()} >= {"openid", "email"} and asked["code_challenge_method"] == "S256"
        if self.denied:
            return f"{asked['redirect_uri']}?{urlencode({'error': self.denied, 'state': asked['state']})}"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def answer(self, method: str, path: str, form: dict[str, str], secret: str) -> Reply:
        """What a program gets."""
        match path:
            case "/.well-known/openid-configuration":
                own = {
                    "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                    "userinfo_endpoint": f"{self.issuer}/me",
                }  # fmt: skip
                return 200, own | self.metadata
            case "/keys":
                return 200, {"keys": [*self.other_keys, self._key.as_dict(private=False)]}
            case "/token" if method == "POST":
                return self._give_token(form, secret)
            case "/me":
                return (200, self.person) if secret == "Bearer access-1" else (401, {"error": "invalid_token"})
        return 404, {}

    def _give_token(self, form: dict[str, str], secret: str) -> Reply:
        self.asked.append(form)
        client, _, password = b64decode(secret.removeprefix("Basic ")).decode().partition(":")
        if (unquote_plus(client), unquote_plus(password)) != (CLIENT, SECRET):  # RFC 6749 §2.3.1
            return 401, {"error": "invalid_client", "error_description": "The secret has expired."}
        began = self._codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if not began or challenge != began["code_challenge"] or form["redirect_uri"] != began["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        said = {key: value for key, value in self.person.items() if key == "sub" or not self.email_by_user_info}
        now = int(self.now())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": began["nonce"], **said}
        header, known = {"alg": "RS256", "kid": "one"} | self.header, {"region": HeaderParameter("Region", "str")}
        registry = jws.JWSRegistry(known)
        registry.max_header_length = 1 << 20
        key = self._other if self.forged else self._key
        signed = jwt.encode(header, self.change(claims), key, registry=registry)
        return 200, {"access_token": "access-1", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _HttpServer(ThreadingHTTPServer):
    def __init__(self, provider: OidcProvider) -> None:
        self.provider = provider
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer("POST", dict(parse_qsl(body)))

    def _answer(self, method: str, form: dict[str, str]) -> None:
        secret = self.headers.get("Authorization", "")
        provider, path = self.server.provider, urlsplit(self.path).path
        status, said = provider.answer(method, path, form, secret)
        raw = provider.raw.get(path, json.dumps(said).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
