"""What `check` looks at of several relays: each by itself, named."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from app.checks.all_checks import run_live_checks
from app.checks.domain_records import check_domains
from app.checks.finding import Finding, run_check
from app.checks.mail_settings import check_mail
from app.checks.servers import check_mail_server
from app.runtime.side_effects import system_effects
from core.config.schema import MailSettings, Settings
from newsletter.dns.resolver import DnsResolver
from tests.app.checks.test_check_live import KEY, WELL, P, pointed_at, txt
from tests.support.mail_relay import Relay, serving, unused_port
from tests.support.name_server import NameServer

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
NORTH = {"name": "north", "host": "127.0.0.1", "security": "none"}
SOUTH = {"name": "south", "host": "mail.example.org", "dkim_domain": "south.example.org", "dkim_key": KEY}


def settings(*relays: object) -> Settings:
    mail = {"transport": "smtp", "live": True, "sender": "news@example.org", "relays": [*relays]}
    return Settings(mail=MailSettings(**mail))


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {one.about: one for one in findings}


def test_each_relays_security_and_key_are_looked_at() -> None:
    said = by_subject(list(check_mail(settings(NORTH, SOUTH | {"username": "u"}))))

    assert "through 127.0.0.1:25 (none), mail.example.org:25 (starttls)" in said["mail"].words
    assert said["mail.security, relay north"].verdict == "ok"
    assert "mail.password is not" in said["mail.security, relay south"].words
    assert "not signed here" in said["DKIM, relay north"].words
    assert "south.example.org, RSA 2048" in said["DKIM, relay south"].words


def test_each_relay_is_logged_in_to() -> None:
    with serving(Relay()) as port:
        own = settings(NORTH | {"port": port}, NORTH | {"name": "south", "port": unused_port()})
        said = {
            name: run_check("mail log-in", partial(check_mail_server, own, datetime.now(UTC), name))
            for name in ("north", "south")
        }

    assert [(one.about, one.verdict) for one in said["north"]] == [("mail log-in, relay north", "ok")]
    assert [one.verdict for one in said["south"]] == ["failure"]


def test_the_records_of_all_relays_are_looked_at() -> None:
    zone = WELL | {"casereviews._domainkey.south.example.org TXT": txt(f"v=DKIM1; k=rsa; p={P}")}
    zone |= {"example.org TXT": txt("v=spf1 a:mail.example.org -all"), "other.example.org A": ["192.0.2.99"]}
    own = settings(NORTH | {"host": "other.example.org", "dkim_domain": "other.example", "dkim_key": KEY}, SOUTH)
    with NameServer(zone) as server:
        said = list(check_domains(own, DnsResolver(server.resolver)))

    first, second = (one for one in said if one.about == "SPF")
    assert "other.example.org (192.0.2.99) is not among" in first.words
    assert "covers mail.example.org" in second.words
    assert by_subject(said)["DKIM in DNS, relay north"].verdict == "failure"
    assert by_subject(said)["DKIM in DNS, relay south"].verdict == "ok"
    assert by_subject(said)["DMARC"].words.endswith("forwarded mail passes only where the mail server signs")


def test_check_live_asks_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings(NORTH | {"port": unused_port()}, NORTH | {"name": "south", "port": unused_port()})
    own = own.replace(data_dir=tmp_path, sources=[{"name": "a", "url": f"http://127.0.0.1:{unused_port()}/"}])

    with NameServer(WELL) as server:
        pointed_at(server, monkeypatch)
        said = [one.about for one in run_live_checks(system_effects(), own)]

    assert [one for one in said if "log-in, relay" in one] == ["mail log-in, relay north", "mail log-in, relay south"]
