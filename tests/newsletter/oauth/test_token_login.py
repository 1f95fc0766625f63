"""SMTP log-ins with a token (XOAUTH2): at aiosmtpd, tokens from a real token server."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from core.config.oauth_table import OAuthSettings
from core.config.schema import MailSettings, Settings
from core.config.value_forms import SecretStr
from core.errors import HouseError, MailRefused
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.smtp_login import greet_server
from newsletter.mail.transport import Parcel, deliver_now, route
from newsletter.oauth.mail_token import TokenSource
from tests.support.token_server import CLIENT, SECRET, TokenServer

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
BOX = "news@example.org"
PARCEL = Parcel(1, BOX, "ada@example.org", b"Subject: hello\r\n\r\nHello.\r\n", "one")
REFUSAL = '{"status":"400","schemes":"Bearer","scope":"https://mail.example.org/"}'


@dataclass
class TokenMailServer:
    """A mail server that lets in who has a token of `tokens`, as Google does; it remembers who came and how."""

    tokens: TokenServer
    greeted: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, host: str, said: list[str]) -> list[str]:
        session.host_name = host
        self.greeted.append(host)
        return said

    async def auth_XOAUTH2(self, server: Any, arguments: list[str]) -> AuthResult:
        assert len(arguments) == 1, "a token is too long for the line of AUTH"
        said = await server.challenge_auth("")
        user, bearer = said.decode().removesuffix("\1\1").split("\1")
        self.given.append(bearer.removeprefix("auth=Bearer "))
        if user == f"user={BOX}" and self.given[-1] in self.tokens.valid:
            return AuthResult(success=True)
        answer = await server.challenge_auth(REFUSAL)
        assert answer == b"", "nothing is to be said to a challenge"
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        self.taken.append(envelope)
        return "250 OK"


class LongLines(SMTP):
    """Answers to a challenge may have 12,288 octets (RFC 4954 §4)."""

    line_length_limit = 12_288


class TokenController(Controller):
    def factory(self) -> SMTP:
        return LongLines(self.handler, auth_require_tls=False, auth_exclude_mechanism=["LOGIN", "PLAIN"])


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


@pytest.fixture
def server(tokens: TokenServer) -> Iterator[tuple[TokenMailServer, MailSettings]]:
    handler = TokenMailServer(tokens)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = TokenController(handler, hostname="127.0.0.1", port=port)
    controller.start()
    mail = {"host": "127.0.0.1", "port": port, "security": "none", "auth": "oauth", "username": BOX}
    yield handler, MailSettings(**(mail | {"transport": "smtp", "live": True}))
    controller.stop()


def oauth(tokens: TokenServer) -> OAuthSettings:
    secret = SecretStr(SECRET)
    return OAuthSettings(client_id=CLIENT, client_secret=secret, scope="mail", token_url=tokens.url("/token"))


def test_mail_leaves_with_a_token_of_the_settings(
    tokens: TokenServer, server: tuple[TokenMailServer, MailSettings], tmp_path: Path
) -> None:
    handler, mail = server
    tokens.long = 3_000  # as Microsoft's
    settings = Settings(mail=mail, oauth=oauth(tokens), data_dir=tmp_path)

    for _ in range(2):
        deliver_now(route(settings, "ada@example.org"), lambda relay: True, PARCEL)

    assert (len(handler.taken), len(tokens.asked)) == (2, 1)
    assert len(handler.given[0]) > 3_000


def test_a_token_that_was_withdrawn_is_had_anew_at_once(
    tokens: TokenServer, server: tuple[TokenMailServer, MailSettings], tmp_path: Path
) -> None:
    handler, mail = server
    source = TokenSource(oauth(tokens), tmp_path, BOX)
    source.token()
    tokens.withdraw()

    deliver_now(SmtpTransport(mail, source), lambda relay: True, PARCEL)

    assert handler.given == ["access-1-", "access-2-"]
    assert len(handler.taken) == 1


def test_whose_token_is_for_another_mailbox_is_told_so(
    tokens: TokenServer, server: tuple[TokenMailServer, MailSettings], tmp_path: Path
) -> None:
    handler, mail = server
    other = mail.replace(username="other@example.org")

    with pytest.raises(MailRefused, match=r"refused the log-in.*535.*not taken for mail\.username") as raised:
        greet_server(other, TokenSource(oauth(tokens), tmp_path, "other@example.org"))
    assert len(handler.given) == 2  # once more with another token, and no more
    assert "access-" not in str(raised.value)


def test_a_server_without_tokens_gets_none(tokens: TokenServer, tmp_path: Path) -> None:
    with TokenServerless() as port:
        mail = MailSettings(host="127.0.0.1", port=port, security="none", auth="oauth", username=BOX)

        with pytest.raises(HouseError, match=r"It offers no XOAUTH2; see mail\.auth"):
            greet_server(mail, TokenSource(oauth(tokens), tmp_path, BOX))


class TokenServerless:
    """A mail server that offers no log-in."""

    def __enter__(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self._controller = Controller(object(), hostname="127.0.0.1", port=port)
        self._controller.start()
        return port

    def __exit__(self, *error: object) -> None:
        self._controller.stop()


@pytest.mark.parametrize("name", ["news.example.org", "[192.0.2.7]"])
def test_we_call_ourselves_as_we_are_told(
    tokens: TokenServer, server: tuple[TokenMailServer, MailSettings], tmp_path: Path, name: str
) -> None:
    handler, mail = server

    greet_server(mail.replace(helo_name=name), TokenSource(oauth(tokens), tmp_path, BOX))

    assert set(handler.greeted) == {name}
