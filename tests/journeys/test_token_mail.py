"""Mail with tokens (XOAUTH2) and no password: out through Debian's Postfix, back by its Dovecot, and a token server."""

from pathlib import Path

import pytest

from app.cli import run_command
from tests.stranger.mailhost import MailHost, missing
from tests.support.issue_sending import PERIOD, post, prepare
from tests.support.token_server import CLIENT, SECRET, TokenServer

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.enable_socket,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]
BOX = "news@example.org"
REST = """
[bounces]
imap_host = "localhost"
imap_port = {port}
imap_auth = "oauth"
imap_username = "news@example.org"
[oauth]
grant = "device-code"
client_id = "{client}"
client_secret = "{secret}"
scope = "mail"
token_url = "{token}"
device_url = "{device}"
"""


def test_an_issue_leaves_and_its_bounce_is_read_with_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    with (
        TokenServer(interval=0, long=2_000) as tokens,
        MailHost({"news": "unused", "reader0": "a password"}, introspection=tokens.url("/introspect")) as host,
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(host.authority))
        urls = {"token": tokens.url("/token"), "device": tokens.url("/device")}
        post(
            host.smtp_port,
            REST.format(port=host.imap_port, client=CLIENT, secret=SECRET, **urls),
            host="localhost",
            security="starttls",
            auth="oauth",
            username=BOX,
            bounce_address=BOX,
        )

        assert run_command(["issue", "send", PERIOD]) == 12  # nobody has signed in
        assert run_command(["mail", "authorise"]) == 0
        assert run_command(["issue", "send", PERIOD]) == 0
        host.wait_for("reader0", "Case reviews")
        host.wait_for("news", "Undelivered")
        tokens.withdraw()  # the mailbox is opened with another one
        capsys.readouterr()

        assert run_command(["bounce", "--poll"]) == 0
        assert capsys.readouterr().out == "1 message processed\n"

        monkeypatch.setenv("CASEREVIEWS_OAUTH__GRANT", "client-credentials")
        monkeypatch.setenv("CASEREVIEWS_BOUNCES__IMAP_USERNAME", "reader0@example.org")
        assert run_command(["bounce", "--poll"]) == 12  # the token is for another mailbox
        said = capsys.readouterr().err

    assert said.count("\n") == 1
    assert "not taken for bounces.imap_username" in said
    assert "access-" not in said
