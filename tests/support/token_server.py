"""A small real token server on 127.0.0.1 (OAuth 2), which remembers what it gave and what it was asked."""

import json
import threading
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

CLIENT, SECRET = "client-1", "hush-hush~1"
Answer = tuple[int, dict[str, Any]]


@dataclass
class TokenServer:
    """`with TokenServer() as server: … server.url("/token") …`; then look into `server.asked`.

    Codes are typed by `allow`, refused by `deny`; a browser's sign-in ends at what `sign_in` returns. A refresh token
    is taken once, as the strict ones do.
    """

    pending: int = 0  # how often a device is told that nobody has typed its code yet
    interval: float = 5  # seconds that a device is told to wait
    lifetime: int = 3600  # seconds of a token
    fail: list[Answer] = field(default_factory=list)  # answers for the next questions, whatever they are
    asked: list[dict[str, str]] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)  # access tokens that mail servers are to take
    refresh: set[str] = field(default_factory=set)
    challenges: dict[str, str] = field(default_factory=dict)  # PKCE, by code
    long: int = 0  # further characters of a token: real ones have two thousand

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = _HttpServer(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def sign_in(self, address: str) -> str:
        """What a person's browser ends at, having signed in at an address."""
        asked = dict(parse_qsl(urlsplit(address).query))
        self.challenges["code-1"] = asked["code_challenge"]
        return f"{asked['redirect_uri']}/?code=code-1&state={asked['state']}"

    def withdraw(self) -> None:
        """No token that was given is good any more."""
        self.valid.clear()

    def answer(self, path: str, asked: dict[str, str]) -> Answer:
        """What a question gets."""
        with self._lock:
            if path == "/introspect":  # of a mail server
                return 200, {"active": asked["token"] in self.valid, "email": "news@example.org"}
            self.asked.append(asked)
            if self.fail:
                return self.fail.pop(0)
            if asked.get("client_secret", SECRET) != SECRET:
                return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: wrong. Trace ID: 1"}
            if path == "/device":
                return 200, {
                    "device_code": "device-1", "user_code": "ABCD-1234", "verification_uri": "https://example.org/device",
                    "interval": self.interval, "expires_in": 900,
                }  # fmt: skip
            return self._grant(asked)

    def _grant(self, asked: dict[str, str]) -> Answer:
        match asked["grant_type"].rpartition(":")[2]:
            case "client_credentials" | "jwt-bearer":
                return self._give(renewable=False)
            case "refresh_token" if asked["refresh_token"] in self.refresh:
                self.refresh.remove(asked["refresh_token"])
                return self._give()
            case "device_code" if self.pending:
                self.pending -= 1
                return 400, {"error": "slow_down" if self.pending == 1 else "authorization_pending"}
            case "device_code" if asked["device_code"] == "device-1":
                return self._give()
            case "authorization_code":
                digest = sha256(asked["code_verifier"].encode()).digest()
                if self.challenges.pop(asked["code"], "") == urlsafe_b64encode(digest).decode().rstrip("="):
                    return self._give()
        return 400, {"error": "invalid_grant", "error_description": "The token has expired."}

    def _give(self, renewable: bool = True) -> Answer:
        number = len(self.asked)
        token = f"access-{number}-" + "x" * self.long
        self.valid.add(token)
        given = {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime, "scope": "another one"}
        if renewable:
            self.refresh.add(f"refresh-{number}")
            given["refresh_token"] = f"refresh-{number}"
        return 200, given

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def claims(assertion: str) -> dict[str, Any]:
    """What a signed assertion says, unverified."""
    part = assertion.split(".")[1]
    said: dict[str, Any] = json.loads(b64decode(part + "=" * (-len(part) % 4), b"-_"))
    return said


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing joins them

    def __init__(self, tokens: TokenServer) -> None:
        self.tokens = tokens
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._say(*self.server.tokens.answer(self.path, dict(parse_qsl(body))))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._say(*self.server.tokens.answer(parts.path, dict(parse_qsl(parts.query))))

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""
