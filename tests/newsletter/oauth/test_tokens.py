"""Tokens for mail log-ins, from a real token server on loopback: had, kept, renewed, and what is said when not."""

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.runtime.side_effects import system_effects
from core.config.oauth_table import OAuthSettings
from core.config.value_forms import SecretStr
from core.errors import HouseError, MailRefused, MailUnavailable, SettingsError
from newsletter.oauth.mail_token import TokenSource
from newsletter.oauth.oauth_client import configured_client
from newsletter.oauth.token_file import FILE_NAME, read_tokens
from services.operator.authorise_mail import authorise
from tests.support.token_server import CLIENT, SECRET, TokenServer, claims

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
BOX = "news@example.org"


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


def oauth(server: TokenServer, **more: Any) -> OAuthSettings:
    """[oauth] for a server of one's own."""
    own = {"client_id": CLIENT, "client_secret": SecretStr(SECRET), "scope": "mail", "token_url": server.url("/token")}
    ways = {"device_url": server.url("/device"), "authorize_url": server.url("/authorize")}
    return OAuthSettings(**own | ways | more)


def source(server: TokenServer, folder: Path, **more: Any) -> TokenSource:
    return TokenSource(oauth(server, **more), folder, BOX)


def sign_in(server: TokenServer, tokens: TokenSource) -> tuple[list[str], list[float]]:
    """Have a person sign in; what was said, and how long was waited."""
    said: list[str] = []
    waited: list[float] = []
    authorise(
        system_effects(sleep=waited.append), tokens, said.append, lambda _: server.sign_in(said[0].split("\n")[1])
    )
    return said, waited


def test_a_token_is_asked_for_once_and_kept_for_us_alone(server: TokenServer, tmp_path: Path) -> None:
    tokens = source(server, tmp_path)

    assert (tokens.token(), tokens.token()) == ("access-1-", "access-1-")
    assert server.asked == [
        {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET, "scope": "mail"}
    ]
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_token_that_is_about_to_end_is_had_anew(server: TokenServer, tmp_path: Path) -> None:
    server.lifetime = 299

    assert [source(server, tmp_path).token() for _ in range(2)] == ["access-1-", "access-2-"]


def test_a_token_that_a_mail_server_refused_is_had_anew(server: TokenServer, tmp_path: Path) -> None:
    tokens = source(server, tmp_path)
    first = tokens.token()

    assert tokens.token(refused=first) == "access-2-"
    assert tokens.token(refused=first) == "access-2-"  # another connection's was refused too: that one is old by now


def test_a_token_of_a_kind_without_a_name_is_one_for_mail(server: TokenServer, tmp_path: Path) -> None:
    server.fail = [(200, {"access_token": "plain", "token_type": "mac", "expires_in": "3600"})]

    assert [source(server, tmp_path).token() for _ in range(2)] == ["plain", "plain"]


def test_another_client_gets_a_token_of_its_own(server: TokenServer, tmp_path: Path) -> None:
    source(server, tmp_path).token()
    source(server, tmp_path, scope="other").token()

    assert [one["scope"] for one in server.asked] == ["mail", "other"]
    assert len(read_tokens(tmp_path)) == 1  # what no longer counts is not kept


@pytest.mark.parametrize("grant", ["device-code", "authorization-code"])
def test_who_has_signed_in_once_is_not_asked_again(server: TokenServer, tmp_path: Path, grant: str) -> None:
    tokens = source(server, tmp_path, grant=grant)
    with pytest.raises(MailRefused, match=r"nobody has signed in .*news@example\.org.*casereviews mail authorise"):
        tokens.token()

    sign_in(server, tokens)
    first = tokens.token()
    renewed = [tokens.token(refused=first)]
    renewed.append(tokens.token(refused=renewed[0]))

    assert (tokens.has_token(), len({first, *renewed})) == (True, 3)
    assert [one["grant_type"].rpartition(":")[2] for one in server.asked[-2:]] == ["refresh_token"] * 2
    assert server.asked[-1]["refresh_token"] != server.asked[-2]["refresh_token"]


def test_a_device_is_shown_its_code_and_waits_as_it_is_told(server: TokenServer, tmp_path: Path) -> None:
    server.pending = 3

    said, waited = sign_in(server, source(server, tmp_path, grant="device-code"))

    assert said == [f"Open https://example.org/device in any browser, type ABCD-1234, and sign in as {BOX}."]
    assert waited == [5, 5, 10, 10]  # told to slow down at the second (RFC 8628 §3.5)


def test_a_token_server_that_is_away_for_a_moment_ends_no_sign_in(server: TokenServer, tmp_path: Path) -> None:
    tokens, waited = source(server, tmp_path, grant="device-code"), list[float]()

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        server.fail = [(503, {})] if len(waited) == 1 else []

    authorise(system_effects(sleep=sleep), tokens, lambda _: None, lambda _: "")

    assert (tokens.has_token(), waited) == (True, [5, 10])


def test_a_code_that_nobody_types_ends(server: TokenServer, tmp_path: Path) -> None:
    server.pending = 10_000

    with pytest.raises(MailRefused, match="nobody has typed the code in time"):
        sign_in(server, source(server, tmp_path, grant="device-code"))


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("http://localhost:8431/?code=code-1&state=another", r"\(mismatching_state\)"),
        ("http://localhost:8431/?error=access_denied&error_description=No&state={state}", "No"),
        ("something else", "mismatching_state"),
    ],
)
def test_a_browser_that_ends_elsewhere_lets_nobody_in(server: TokenServer, tmp_path: Path, end: str, why: str) -> None:
    effects = system_effects(token=lambda: "state-1")
    tokens = source(server, tmp_path, grant="authorization-code")

    with pytest.raises(MailRefused, match=f"the sign-in did not end well.*{why}"):
        authorise(effects, tokens, lambda _: None, lambda _: end.format(state="state-1"))
    assert server.asked == []


def test_a_service_account_signs_for_the_mailbox(server: TokenServer, tmp_path: Path) -> None:
    key = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = json.dumps({"client_email": "robot@project.example.org", "private_key": key})

    source(server, tmp_path, grant="service-account", client_id="", client_secret=SecretStr(account)).token()

    said = claims(server.asked[0]["assertion"])
    assert (said["iss"], said["sub"], said["scope"]) == ("robot@project.example.org", BOX, "mail")
    assert said["aud"] == server.url("/token")


@pytest.mark.parametrize("secret", ["", "hush", "[]", '{"client_email": "robot@example.org"}'])
def test_what_is_no_key_of_a_service_account_is_said(server: TokenServer, tmp_path: Path, secret: str) -> None:
    tokens = source(server, tmp_path, grant="service-account", client_secret=SecretStr(secret))

    with pytest.raises(SettingsError, match="no key of a service account"):
        tokens.token()


def test_a_broken_key_is_one_line_without_the_key(server: TokenServer, tmp_path: Path) -> None:
    account = json.dumps({"client_email": "robot@example.org", "private_key": "-----BEGIN hush-----"})
    tokens = source(server, tmp_path, grant="service-account", client_secret=SecretStr(account))

    with pytest.raises(MailRefused, match="key cannot sign: robot") as raised:
        tokens.token()
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((400, {"error": "invalid_scope"}), MailRefused, "refused.*invalid_scope"),
        (
            (401, {"error": "invalid_client", "error_description": "No.\r\nTrace ID: 7"}),
            MailRefused,
            "oauth.client_secret",
        ),
        ((400, {"error": "temporarily_unavailable"}), MailUnavailable, "cannot be reached"),
        ((503, {}), MailUnavailable, "503"),
        ((429, {}), MailUnavailable, "429"),
        ((200, {"nothing": 1}), MailUnavailable, "cannot be read"),
        ((200, {"access_token": "a", "expires_in": "soon"}), MailUnavailable, "cannot be read"),
        ((200, {"access_token": "", "token_type": "Bearer"}), MailUnavailable, "cannot be read"),
        ((200, {"access_token": "a\1b", "token_type": "Bearer"}), MailUnavailable, "cannot be read"),
        ((200, ["access_token"]), MailUnavailable, "cannot be read"),
        ((302, {}), MailUnavailable, "cannot be read"),
    ],
)
def test_what_a_token_server_says_instead_of_a_token(
    server: TokenServer, tmp_path: Path, answer: Any, kind: type[HouseError], words: str
) -> None:
    server.fail = [answer]

    with pytest.raises(kind, match=words) as raised:
        source(server, tmp_path).token()
    assert not {"\n", "Trace"} & set(str(raised.value).split(" "))
    assert source(server, tmp_path).token()


def test_a_sign_in_that_was_withdrawn_asks_for_another(server: TokenServer, tmp_path: Path) -> None:
    tokens = source(server, tmp_path, grant="device-code")
    sign_in(server, tokens)
    server.refresh.clear()

    with pytest.raises(MailRefused, match=r"no longer valid.*has expired.*casereviews mail authorise"):
        tokens.token(refused=tokens.token())


def test_no_token_server_is_one_line(server: TokenServer, tmp_path: Path) -> None:
    with pytest.raises(MailUnavailable, match=r"127\.0\.0\.1:1/token \(ConnectionError\)"):
        source(server, tmp_path, token_url="http://127.0.0.1:1/token").token()


def test_many_connections_renew_a_token_once(server: TokenServer, tmp_path: Path) -> None:
    tokens = source(server, tmp_path, grant="device-code")
    sign_in(server, tokens)
    first, had = tokens.token(), list[str]()
    together = [threading.Thread(target=lambda: had.append(tokens.token(refused=first))) for _ in range(8)]

    for one in together:
        one.start()
    for one in together:
        one.join()

    assert (len(had), len(set(had))) == (8, 1)
    assert [one.get("grant_type") for one in server.asked].count("refresh_token") == 1


def test_a_spoilt_file_is_written_anew(server: TokenServer, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"news@example.org 1": 7, "cut')

    assert source(server, tmp_path).token() == "access-1-"
    assert len(read_tokens(tmp_path)) == 1


def test_no_token_and_no_secret_is_logged(
    server: TokenServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sign_in(server, tokens := source(server, tmp_path, grant="device-code"))
        tokens.token(refused=tokens.token())

    assert "127.0.0.1" in caplog.text  # the connections are logged
    assert not any(word in caplog.text for word in ("access-", "refresh-", "device-1", SECRET))
    assert SECRET not in repr(configured_client(tokens.oauth)) + repr(tokens)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"provider": "microsoft", "client_id": "a", "client_secret": "b"}, "oauth.tenant is empty"),
        ({"provider": "microsoft", "tenant": "t", "client_secret": "b"}, "oauth.client_id is empty"),
        ({"provider": "microsoft", "tenant": "t", "client_id": "a"}, "oauth.client_secret is empty"),
        ({"provider": "google"}, r"Google has none for mail.*authorization-code, service-account"),
        ({"provider": "google", "grant": "device-code"}, "Google has none for mail"),
        ({"client_id": "a", "client_secret": "b"}, r"oauth.token_url is empty.*oauth.provider"),
        ({"token_url": "https://e/t", "client_id": "a", "grant": "device-code"}, "oauth.device_url is empty"),
    ],
)
def test_a_key_that_is_missing_is_named(keys: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        configured_client(OAuthSettings(**keys))


def test_microsoft_and_google_need_no_addresses() -> None:
    microsoft = {"provider": "microsoft", "tenant": "t.example.org", "client_id": "a", "client_secret": "b"}

    client = configured_client(OAuthSettings(**microsoft))
    device = configured_client(OAuthSettings(**(microsoft | {"grant": "device-code", "client_secret": ""})))
    google = {"provider": "google", "grant": "authorization-code", "client_id": "a"}

    assert client.token_url == "https://login.microsoftonline.com/t.example.org/oauth2/v2.0/token"
    assert client.scope == "https://outlook.office365.com/.default"
    assert device.device_url == "https://login.microsoftonline.com/t.example.org/oauth2/v2.0/devicecode"
    assert "offline_access" in device.scope.split()
    assert configured_client(OAuthSettings(**google)).scope == "https://mail.google.com/"


@pytest.mark.parametrize("key", ["token_url", "device_url", "authorize_url"])
@pytest.mark.parametrize("address", ["http://login.example.org/token", "login.example.org", "ftp://example.org"])
def test_a_secret_travels_by_https_only(key: str, address: str) -> None:
    with pytest.raises(ValueError, match="https://login"):
        OAuthSettings(**{key: address})
