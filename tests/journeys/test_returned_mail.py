"""Mail that comes back, with Debian's own Postfix and Dovecot: return paths, a mailbox that others open, leaving."""

import re
import smtplib
import ssl
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.cli import run_command
from db.mail import subscribers
from db.schema.connect import connect
from tests.stranger import mutt
from tests.stranger.mailhost import MailHost, missing
from tests.support.issue_sending import PERIOD, post, prepare

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.enable_socket,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]
PASSWORDS = {"news": "a password", "bounces": "another", "reader0": "a third"}
MAILBOX = """
[bounces]
imap_host = "localhost"
imap_port = {port}
imap_username = "bounces"
imap_password = "another"
"""


def statuses() -> dict[str, str]:
    with closing(connect(Path("data/casereviews.db"))) as db:
        return {one.email.partition("@")[0]: one.status for one in subscribers.listing(db)}


def write_to(host: MailHost, sender: str, address: str, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, address, subject
    with smtplib.SMTP("localhost", host.smtp_port) as server:
        server.starttls(context=ssl.create_default_context(cafile=host.authority))
        server.login("reader0", PASSWORDS["reader0"])
        server.send_message(mail)
    host.wait_for("bounces", subject)


@pytest.mark.parametrize(("delimiter", "prefix"), [("+", ""), ("-", "INBOX.")])
def test_what_comes_back_is_read_though_somebody_opens_it_and_put_away(
    delimiter: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    with MailHost(PASSWORDS, delimiter, prefix) as host:
        monkeypatch.setenv("SSL_CERT_FILE", str(host.authority))
        post(
            host.smtp_port,
            MAILBOX.format(port=host.imap_port),
            host="localhost",
            security="starttls",
            username="news",
            password=PASSWORDS["news"],
            bounce_address="bounces@example.org",
            unsubscribe_mailbox="bounces@example.org",
            recipient_delimiter=delimiter,
        )
        assert run_command(["issue", "send", PERIOD]) == 0
        host.wait_for("bounces", "Undelivered")
        issue = host.wait_for("reader0", "Case reviews")
        write_to(host, "somebody@example.net", "bounces@example.org", "From a person")
        host.open_mail("bounces")
        capsys.readouterr()

        assert run_command(["bounce", "--poll"]) == 0
        assert capsys.readouterr().out == "1 message processed\n"
        assert issue["Return-Path"].startswith(f"<bounces{delimiter}")
        assert statuses() == {"reader0": "active", "reader1": "bounced"}
        assert [str(mail["Subject"]) for mail in host.mail("bounces")] == ["From a person"]
        assert len(host.mail("bounces", f"{prefix}Processed")) == 1

        leave, token = re.findall(r"<mailto:(\S+)\?subject=(\S+)>", str(issue["List-Unsubscribe"]))[0]
        if prefix and mutt.installed():  # the token in a subject that a gateway has written to, the address without
            url = f"smtp://reader0@localhost:{host.smtp_port}"
            mutt.send(url, PASSWORDS["reader0"], host.authority, "bounces@example.org", f"[EXTERNAL] Ŵ: {token}")
            host.wait_for("bounces", "[EXTERNAL]")
        else:
            write_to(host, "reader0@example.org", leave, "[EXTERNAL] unsubscribe")

        assert run_command(["bounce", "--poll"]) == 0
        assert capsys.readouterr().out == "1 message processed\n"
        assert statuses()["reader0"] == "unsubscribed"
