"""What check says of mail log-ins: known providers, tokens, who has signed in; and the command that signs in."""

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from app.checks.mail_login import check_providers, check_tokens
from app.checks.mail_settings import check_mail
from app.runtime import side_effects
from core.config.schema import Settings
from core.errors import SettingsError
from core.provider_logins import find_provider
from newsletter.oauth.oauth_client import PROVIDERS
from tests.conftest import Typed
from tests.support.token_server import CLIENT, SECRET, TokenServer

Type = Callable[..., Typed]


def settings(mail: dict[str, Any], bounces: dict[str, Any] | None = None, **more: Any) -> Settings:
    real = {"transport": "smtp", "live": True, "username": "news@example.org"}
    return Settings(**({"mail": real | mail, "bounces": bounces or {}} | more))


@pytest.mark.parametrize(
    ("host", "auth", "verdict", "words"),
    [
        ("smtp.office365.com", "password", "warning", 'end of December 2026.*Set mail.auth to "oauth".*"microsoft"'),
        ("SMTP.Office365.com.", "oauth", "ok", "Microsoft 365"),
        ("smtp.gmail.com", "password", "ok", "an app password .*or OAuth"),
        ("smtp.gmail.com", "oauth", "ok", "OAuth"),
        ("email-smtp.eu-west-2.amazonaws.com", "password", "ok", "SMTP credentials .*not an IAM"),
        ("smtp-relay.brevo.com", "oauth", "warning", 'gives no tokens.*Set mail.auth to "password"'),
        ("smtp.sendgrid.net", "password", "ok", "apikey"),
    ],
)
def test_the_way_of_each_known_provider_is_named(host: str, auth: str, verdict: str, words: str) -> None:
    (finding,) = check_providers(settings({"host": host, "auth": auth}))

    assert finding.verdict == verdict
    assert re.search(words, f"{finding.words}. {finding.fix}")


@pytest.mark.parametrize("host", ["mail.example.org", "127.0.0.1", "office365.com.example.org", "notamazonaws.com"])
def test_of_an_unknown_server_nothing_is_said(host: str) -> None:
    assert list(check_providers(settings({"host": host}))) == []


def test_a_password_for_a_mailbox_at_microsoft_is_warned_about() -> None:
    keys = {"imap_host": "outlook.office365.com", "imap_username": "bounces@example.org"}

    (finding,) = check_providers(settings({"transport": "outbox"}, keys))

    assert (finding.verdict, finding.fix.split(",")[0]) == ("warning", 'Set bounces.imap_auth to "oauth"')


def test_every_provider_says_in_words_how() -> None:
    table = json.loads(files("core").joinpath("provider_logins.json").read_bytes())["providers"]

    assert len({one["name"] for one in table}) == len(table) > 15
    for one in table:
        found = {find_provider(f"smtp{host}" if host.startswith(".") else host) for host in one["hosts"]}
        assert {way.name for way in found if way} == {one["name"]}
        assert one["password"] in ("yes", "own", "no", "ending")
        assert one["oauth"] in PROVIDERS or one["oauth"] == ""
        assert one["oauth"] or one["password"] in ("yes", "own")
        assert one["way"] and not one["way"].endswith(".")


def test_no_password_is_missed_where_a_token_is_used() -> None:
    box = {"imap_host": "imap.example.org", "imap_username": "bounces@example.org", "imap_auth": "oauth"}

    said = {one.about: one for one in check_mail(settings({"auth": "oauth", "host": "mail.example.org"}, box))}
    without = {one.about: one for one in check_mail(settings({"auth": "oauth", "username": ""}))}

    assert said["mail.security"].words.endswith("logs in as news@example.org with a token")
    assert (said["mail.security"].verdict, said["bounces"].verdict) == ("ok", "ok")
    assert (without["mail.security"].verdict, without["mail.security"].fix) == (
        "failure", "Set it to the mailbox's address.",
    )  # fmt: skip


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


def written(server: TokenServer, grant: str) -> None:
    """A configuration whose two mailboxes take tokens of a server on loopback."""
    Path("casereviews.toml").write_text(
        f"""
[mail]
transport = "smtp"
live = true
auth = "oauth"
username = "news@example.org"
[bounces]
imap_host = "127.0.0.1"
imap_auth = "oauth"
imap_username = "bounces@example.org"
[oauth]
grant = "{grant}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
token_url = "{server.url("/token")}"
device_url = "{server.url("/device")}"
""",
        "utf-8",
    )


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_person_signs_in_once_for_each_mailbox(
    typed: Type, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_effects, "SYSTEM", side_effects.system_effects(sleep=lambda seconds: None))
    written(server, "device-code")
    before = typed("check").out
    tried = typed("mail", "authorise", "--dry-run")
    asked = len(server.asked)

    done = typed("mail", "authorise")

    assert before.count("nobody has signed in. Fix: Sign in: casereviews mail authorise") == 2
    assert (tried.code, tried.out.count("would get a token for"), asked) == (0, 2, 0)
    assert (done.code, done.out.count("a token was given"), done.err.count("type ABCD-1234")) == (0, 2, 2)
    assert "nobody has signed in" not in typed("check").out
    assert SECRET not in done.out + done.err + before


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_where_nobody_need_sign_in_a_token_is_tried(typed: Type, server: TokenServer) -> None:
    written(server, "client-credentials")

    done = typed("mail", "authorise", "news@example.org")
    server.fail = [(401, {"error": "invalid_client"})]
    refused = typed("mail", "authorise", "news@example.org")

    assert (done.code, done.out) == (0, "news@example.org: a token was given. Try it: casereviews check --live\n")
    assert (refused.code, refused.err.count("\n"), "oauth.client_secret" in refused.err) == (12, 1, True)


def test_the_key_of_a_service_account_comes_from_its_file(
    typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.json").write_text('{"client_email": "robot@example.org", "private_key": "-----BEGIN hush"}\n')
    monkeypatch.setenv("CASEREVIEWS_OAUTH__CLIENT_SECRET_FILE", "key.json")
    keys = '[mail]\ntransport = "smtp"\nauth = "oauth"\nusername = "news@example.org"\n'
    Path("casereviews.toml").write_text(f'{keys}[oauth]\nprovider = "google"\ngrant = "service-account"\n', "utf-8")

    said = typed("check").out

    assert re.search(r"ok +OAuth: news@example.org: from oauth2.googleapis.com, service-account", said)
    assert "hush" not in said + typed("check", "--show-config").out


def test_a_mailbox_that_takes_no_token_is_refused(typed: Type) -> None:
    answer = typed("mail", "authorise", "other@example.org")

    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "mail.auth" in answer.err


def test_what_is_wrong_with_the_table_is_a_failure_of_check() -> None:
    with pytest.raises(SettingsError, match=r"oauth\.tenant is empty"):
        list(check_tokens(settings({"auth": "oauth"}, oauth={"provider": "microsoft"})))
