"""check --live against real servers on loopback: names, mail, mailbox, sources, pages."""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.checks import domain_records
from app.checks import servers as checks_servers
from app.checks.finding import Finding
from app.runtime.side_effects import system_effects
from core.config.schema import BounceSettings, FetchSettings, MailSettings, Settings, Source
from core.config.value_forms import SecretStr
from core.dates import iso_utc
from newsletter.dns import resolver as names
from newsletter.dns.resolver import DnsResolver
from newsletter.mail.dkim import load_public_key
from tests.app.checks.test_check import about, found, key
from tests.conftest import Typed
from tests.services.delivery.test_delivery_faults import certificate
from tests.support.imap_server import PASSWORD, USER, Postbox
from tests.support.issue_sending import Sink
from tests.support.loopback_site import Answer, Request, Site
from tests.support.name_server import NameServer

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ROBOTS = Answer(200, b"User-agent: *\nDisallow: /private\n", {"Content-Type": "text/plain"})
PAGE = Answer(200, b"<html><h3>2016 - Westmere - Child A</h3></html>", {"Content-Type": "text/html"})
KEY = key(2048)
P = load_public_key(KEY).forms[0]


def txt(text: str) -> list[str]:
    """A TXT record, in pieces of what one may hold."""
    return [" ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))]


WELL = {
    "example.org MX": ["10 mx.example.org."],
    "mail.example.org A": ["192.0.2.25"],
    "example.org TXT": [*txt("v=spf1 a:mail.example.org -all"), *txt("other=1")],
    "casereviews._domainkey.example.org TXT": txt(f"v=DKIM1; k=rsa; p={P}"),
    "_dmarc.example.org TXT": txt("v=DMARC1; p=quarantine; rua=mailto:ops@example.org"),
}


@pytest.fixture
def site() -> Iterator[Site]:
    """A source that may be read, and one place that may not."""
    routes: dict[str, Callable[[Request], Any]] = {
        "/robots.txt": lambda _: ROBOTS,
        "/list": lambda _: PAGE,
        "/private": lambda _: PAGE,
        "/healthz": lambda _: Answer(200, b"{}"),
    }
    with Site(routes) as served:
        yield served


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    for module, patience in ((names, "LOOKUP_TIMEOUT"), (names, "ALIVE_TIMEOUT"), (checks_servers, "ANSWER_TIMEOUT")):
        monkeypatch.setattr(module, patience, 0.5)


def written(site: Site, port: int, more: str = "", mail: str = "") -> None:
    """A configuration whose every server is on loopback."""
    Path("casereviews.toml").write_text(
        f"""
operator = "ops@example.org"
base_url = "{site.url().rstrip("/")}"
[[sources]]
name = "nspcc"
url = "{site.url("/list")}"
[fetch]
spacing = 0
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Case reviews <news@example.org>"
{mail}
{more}
""",
        "utf-8",
    )


def pointed_at(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the program ask this name server, as /etc/resolv.conf would have it."""
    monkeypatch.setattr(dns.resolver, "default_resolver", server.resolver)


def test_all_that_is_asked_live_is_told_and_nothing_is_sent(
    typed: Type, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("init")
    monkeypatch.setenv("CASEREVIEWS_MAIL__PASSWORD", "geheim")
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", KEY)
    monkeypatch.setenv("CASEREVIEWS_BOUNCES__IMAP_PASSWORD", PASSWORD)
    with (
        NameServer(WELL) as server,
        Postbox([b"Subject: one\r\n\r\n"]) as box,
        Sink(tmp_path, "--password", "geheim", "--fault", "mail:550 no=1") as sink,
    ):
        pointed_at(server, monkeypatch)
        mailbox = f'[bounces]\nimap_host = "127.0.0.1"\nimap_port = {box.port}\nimap_security = "none"\n'
        written(
            site,
            sink.port,
            f'{mailbox}imap_username = "{USER}"',
            'username = "u"\ndkim_domain = "example.org"\nlive = true',
        )
        said = found(typed, "--live")
        unseen, talked = len(box.unseen()), sink.faults()

    asked = {one.about: one for one in said[[one.about for one in said].index("timer") + 1 :]}
    assert {one.verdict for one in asked.values()} == {"ok"}, asked
    assert list(asked) == ["MX", "SPF", "DKIM in DNS", "DMARC", "mail log-in", "mailbox", "source nspcc", "pages"]
    assert asked["mail log-in"].words.endswith("in clear, logged in as u; PIPELINING, messages up to 34 MB")
    assert asked["SPF"].words.endswith("cannot be known from here")
    assert asked["DMARC"].words == "p=quarantine at _dmarc.example.org; example.org is proved by SPF and DKIM"
    assert (unseen, talked) == (1, {})
    assert site.paths().count("/list") == 1


def look(zone: dict[str, list[str]], mail: MailSettings, **settings: Any) -> dict[str, Finding]:
    """What is found of the domains in a zone."""
    with NameServer(zone) as server:
        said = list(domain_records.check_domains(Settings(mail=mail, **settings), DnsResolver(server.resolver)))
    return {one.about: one for one in said}


SENDER = MailSettings(sender="news@example.org", host="mail.example.org", transport="smtp")
SIGNED = SENDER.replace(dkim_domain="example.org", dkim_key=KEY)
FAR = SENDER.replace(bounce_address="b@relay.example")
SPF, DKIM, DMARC = "example.org TXT", "casereviews._domainkey.example.org TXT", "_dmarc.example.org TXT"
INCLUDES = {f"i{n}.example TXT": txt("v=spf1 a mx -all") for n in range(4)}


@pytest.mark.parametrize(
    ("mail", "zone", "named", "verdict", "words"),
    [
        (SENDER, {}, "SPF", "ok", "covers mail.example.org"),
        (SENDER, {SPF: []}, "SPF", "failure", "has no record"),
        (SENDER, {SPF: txt("v=spf1 -all") + txt("v=spf1 ~all")}, "SPF", "failure", "2 records"),
        (SENDER, {SPF: txt("v=spf1 mx +all")}, "SPF", "failure", "anybody may send"),
        (SENDER, {SPF: txt("v=spf1 redirect=o.example"), "o.example TXT": txt("v=spf1 +all")}, "SPF", "failure", "all"),
        (SENDER, {SPF: txt("v=spf1 mx ip4:192.0.2.1/33 -all")}, "SPF", "failure", "'ip4:192.0.2.1/33', which"),
        (SENDER, {SPF: txt("v=spf1 mx ?all")}, "SPF", "warning", "forbids nobody"),
        (SENDER, {SPF: txt("v=spf1 mx")}, "SPF", "warning", "forbids nobody"),
        (SENDER, {SPF: txt("v=spf1 ipv4:192.0.2.25 -all")}, "SPF", "failure", "'ipv4:192.0.2.25', which is no word"),
        (SENDER, {SPF: txt("v=spf1 ip4:192.0.2.26 -all")}, "SPF", "warning", "mail.example.org (192.0.2.25) is not"),
        (SENDER, {SPF: txt("v=spf1 ip4:192.0.2.0/24 ~all")}, "SPF", "ok", "covers"),
        (SENDER, {SPF: txt("v=spf1 include:none.example -all")}, "SPF", "failure", "includes none.example"),
        (SENDER, {SPF: txt("v=spf1 " + "".join(f"include:i{n}.example " for n in range(4)) + "-all")} | INCLUDES,
         "SPF", "failure", "12 look-ups"),
        (SENDER, {"example.org MX": [], "example.org A": []}, "MX", "failure", "example.org can receive no mail"),
        (SENDER, {"example.org MX": ["0 ."]}, "MX", "failure", "example.org can receive no mail"),
        (FAR, {}, "MX", "failure", "relay.example can receive no mail"),
        (SENDER, {}, "DKIM in DNS", "ok", "not looked at"),
        (SIGNED, {}, "DKIM in DNS", "ok", "holds our key"),
        (SIGNED, {DKIM: []}, "DKIM in DNS", "failure", "nothing stands at casereviews._domainkey.example.org"),
        (SIGNED, {DKIM: txt("v=DKIM1; p=")}, "DKIM in DNS", "failure", "revoked"),
        (SIGNED, {DKIM: txt("v=DKIM1; p=MIIBother==")}, "DKIM in DNS", "failure", "another than"),
        (SIGNED, {DKIM: txt(f"v=DKIM1; t=y; p={P}")}, "DKIM in DNS", "warning", "for testing only"),
        (SIGNED, {DKIM: txt(f"v=DKIM1; p={P}") + txt("v=DKIM1; p=")}, "DKIM in DNS", "failure", "2 records"),
        (SENDER, {DMARC: []}, "DMARC", "warning", "no policy"),
        (SENDER, {DMARC: txt("v=DMARC1; p=nothing")}, "DMARC", "failure", "says p=nothing"),
        (SENDER, {DMARC: txt("v=DMARC1; p=none") + txt("v=DMARC1; p=reject")}, "DMARC", "failure", "count as none"),
        (SENDER, {}, "DMARC", "ok", "proved by SPF; forwarded mail passes only"),
        (FAR, {}, "DMARC", "failure", "neither relay.example (return path) nor a signature counts"),
        (FAR, {DMARC: txt("v=DMARC1; p=none")}, "DMARC", "warning", "neither relay.example"),
        (MailSettings(sender="news@localhost"), {}, "DNS", "warning", "no domain of the internet"),
    ],
)  # fmt: skip
def test_what_stands_in_dns_is_judged(
    mail: MailSettings, zone: dict[str, list[str]], named: str, verdict: str, words: str
) -> None:
    one = look(WELL | zone, mail)[named]

    assert (one.verdict, words in one.words) == (verdict, True), one
    assert bool(one.fix) == (verdict != "ok")


def test_a_policy_of_the_domain_above_counts_and_that_is_said() -> None:
    inner = MailSettings(sender="news@news.example.org", host="mail.example.org")

    one = look(WELL | {"news.example.org TXT": txt("v=spf1 a:mail.example.org -all")}, inner)["DMARC"]

    assert one.words.startswith("p=quarantine at _dmarc.example.org, the nearest domain above that has one; news.")


def test_a_look_up_that_fails_is_one_line_and_stops_no_other(quick: None) -> None:
    with NameServer(WELL, silent="_dmarc.example.org", broken="casereviews._domainkey.example.org") as server:
        said = {
            one.about: one for one in domain_records.check_domains(Settings(mail=SIGNED), DnsResolver(server.resolver))
        }

    assert [one.verdict for one in said.values()] == ["ok", "ok", "failure", "failure"]
    assert "the name servers could not tell: casereviews._domainkey.example.org (TXT)" in said["DKIM in DNS"].words
    assert said["DMARC"].words == "no name server answered: _dmarc.example.org (TXT) within 0.5 s"


def test_without_dns_there_is_one_failure_and_what_needs_no_name_is_still_asked(
    typed: Type, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    typed("init")
    far = '[bounces]\nimap_host = "imap.example.org"\nimap_username = "u"\nimap_password = "p"\n'
    far += '[[sources]]\nname = "far"\nurl = "https://lists.example.org/"\n'
    with NameServer({}, silent="*") as server, Sink(tmp_path) as sink:
        pointed_at(server, monkeypatch)
        written(site, sink.port, far)
        said = found(typed, "--live")

    asked = said[[one.about for one in said].index("timer") + 1 :]
    assert [(one.about, one.verdict) for one in asked] == [
        ("DNS", "failure"),
        ("mail log-in", "ok"),
        ("source nspcc", "ok"),
        ("pages", "ok"),
    ]
    assert asked[0].words == (
        "no name server answers; not looked at: SPF, DKIM and DMARC of example.org, imap.example.org, lists.example.org"
    )


def server_found(mail: MailSettings) -> Finding:
    """What the log-in of a server finds."""
    (one,) = checks_servers.run_check(
        "mail log-in", lambda: checks_servers.check_mail_server(Settings(mail=mail), datetime.now(UTC))
    )
    return one


def test_a_mail_server_that_refuses_or_is_not_there_is_a_failure(tmp_path: Path, quick: None) -> None:
    own = {"transport": "smtp", "host": "127.0.0.1", "security": "none", "username": "u", "password": "wrong"}
    with Sink(tmp_path, "--password", "geheim") as sink:
        refused = server_found(MailSettings(**own, port=sink.port))
        unsafe = server_found(MailSettings(**(own | {"security": "starttls"}), port=sink.port))
    gone = server_found(MailSettings(**own, port=sink.port))
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        silent = server_found(MailSettings(**own, port=deaf.getsockname()[1]))

    assert {one.verdict for one in (refused, unsafe, gone, silent)} == {"failure"}
    assert "refused the log-in: 127.0.0.1" in refused.words
    assert refused.fix == "Correct mail.username and mail.password."
    assert "STARTTLS" in unsafe.fix
    assert "Connection refused" in gone.words
    assert "timed out" in silent.words
    assert not any("wrong" in one.words for one in (refused, unsafe, gone, silent))


@pytest.mark.parametrize(
    ("days", "verdict", "words"),
    [(90, "ok", "TLSv1.3, no log-in"), (5, "warning", "its certificate ends on"), (-1, "failure", "has expired")],
)
def test_the_mail_servers_certificate_is_verified_and_its_end_foreseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, verdict: str, words: str
) -> None:
    authority = ec.generate_private_key(ec.SECP256R1())
    certificate(tmp_path / "authority.pem", "Authority", authority)
    certificate(tmp_path / "server.pem", "server", authority, "127.0.0.1", days)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with Sink(tmp_path, "--certificate", str(tmp_path / "server.pem")) as sink:
        one = server_found(MailSettings(transport="smtp", host="127.0.0.1", port=sink.port))

    assert (one.verdict, words in one.words) == (verdict, True), one


def test_a_mailbox_that_cannot_be_opened_is_a_failure(quick: None) -> None:
    own = {"imap_host": "127.0.0.1", "imap_security": "none", "imap_username": USER}
    full = b"TAG NO [OVERQUOTA] no more folders\r\n"
    with Postbox([], spoil=lambda name: full if name == "CREATE" else None) as box:
        said = [
            checks_servers.run_check(
                "mailbox",
                lambda more=more: checks_servers.check_bounce_mailbox(Settings(bounces=BounceSettings(**own, **more))),
            )[0]
            for more in (
                {"imap_port": box.port, "imap_password": "wrong"},
                {"imap_port": box.port, "imap_password": PASSWORD, "imap_folder": "None"},
                {"imap_port": 1, "imap_password": PASSWORD},
                {"imap_port": box.port, "imap_password": PASSWORD},
            )
        ]

    assert [one.verdict for one in said] == ["failure"] * 4
    named = zip(said, ("log-in", "no such mail folder", "refused", "no more folders"), strict=True)
    assert [(one.words, words) for one, words in named if words not in one.words] == []
    assert "bounces.imap_password" in said[0].fix


def sources(*urls: str) -> list[Finding]:
    """What is found of sources at these addresses."""
    these = tuple(Source(name=f"s{number}", url=url) for number, url in enumerate(urls))
    settings = Settings(sources=these, fetch=FetchSettings(spacing=0))
    return list(checks_servers.probe_sources(system_effects(sleep=lambda _: None), settings, list(these)))


def test_each_source_is_asked_by_its_robots_txt_and_one_that_fails_stops_no_other(site: Site) -> None:
    site.routes["/busy"] = lambda _: Answer(503, b"", {"Retry-After": "3600"})
    site.routes["/moved"] = lambda _: Answer(301, b"", {"Location": "/list"})

    urls = (*(site.url(path) for path in ("/private", "/none", "/list", "/moved", "/busy")), "http://127.0.0.1:1/")
    said = sources(*urls)

    assert [one.verdict for one in said] == ["failure", "failure", "ok", "ok", "warning", "failure"]
    for one, words in zip(
        said, ("robots.txt refuses", "answered 404", "lets us", f"moved to {urls[2]}", "later", "refused"), strict=True
    ):
        assert words in f"{one.words} {one.fix}", one
    assert "/private" not in site.paths()


def test_pages_that_do_not_answer_are_a_warning(site: Site, quick: None) -> None:
    effects = system_effects()

    there, nowhere = (
        checks_servers.probe_own_pages(effects, Settings(base_url=url))
        for url in (site.url().rstrip("/"), "http://127.0.0.1:1")
    )
    site.routes["/healthz"] = lambda _: Answer(503, b"{}")
    troubled = checks_servers.probe_own_pages(effects, Settings(base_url=site.url().rstrip("/")))

    assert [one.verdict for one in (there, nowhere, troubled)] == ["ok", "warning", "warning"]
    assert "casereviews serve" in nowhere.fix
    assert troubled.fix == "See: casereviews status"


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (Answer(200, b'{"ok": true, "copy": {"as_of": "%s"}}'), "ok", "its copy is 2 seconds old"),
        (Answer(200, b'{"ok": true, "copy": {"as_of": "2016-10-01T09:00:00Z"}}'), "warning", " seconds old"),
        (Answer(200, b'{"ok": true, "copy": {"as_of": null}}'), "warning", "does not know how old"),
        (Answer(200, b'{"ok": true}'), "warning", "is no replica (status 200)"),
        (Answer(503, b'{"ok": false}'), "warning", "cannot read its copy"),
        (Answer(404, b"<html>"), "warning", "is no replica (status 404)"),
    ],
)
def test_a_replica_says_how_old_its_copy_is(site: Site, quick: None, answer: Answer, verdict: str, words: str) -> None:
    now = datetime.now(UTC)
    body = answer.body.replace(b"%s", iso_utc(now - timedelta(seconds=2)).encode())
    site.routes["/healthz"] = lambda _: Answer(answer.status, body)
    settings = Settings(web={"replicas": [site.url()]})

    (one,) = checks_servers.probe_replicas(system_effects(now=lambda: now.replace(microsecond=0)), settings)
    assert (one.about, one.verdict) == (f"replica {site.url().rstrip('/')}", verdict)
    assert words in one.words


def test_a_replica_that_is_not_reached_is_a_warning(quick: None) -> None:
    settings = Settings(web={"replicas": ["http://127.0.0.1:1"]})

    (one,) = checks_servers.probe_replicas(system_effects(), settings)
    assert one.verdict == "warning"
    assert one.words.startswith("not reached from here: ")


def test_a_name_server_that_tells_nothing_of_the_root_is_one_all_the_same() -> None:
    with NameServer(WELL, closed=".") as server:
        assert domain_records.dns_failure(DnsResolver(server.resolver)) == ""


def test_a_mail_server_that_says_the_log_in_back_gives_nothing_away() -> None:
    class Echo(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                if line.startswith(b"ehlo"):
                    self.wfile.write(b"250-here\r\n250 AUTH PLAIN\r\n")
                else:
                    self.wfile.write(code + b" no such log-in: " + line)

    code = b"535"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        mail = MailSettings(
            port=server.server_address[1], security="none", username="news", password=SecretStr("open sesame")
        )
        refused = server_found(mail.replace(transport="smtp"))
        code = b"454"
        later = server_found(mail.replace(transport="smtp"))
        server.shutdown()
        thread.join()

    for one in (refused, later):
        assert "no such log-in: AUTH PLAIN (hidden)" in one.words


def test_the_answer_of_a_name_is_asked_for_once() -> None:
    with NameServer(WELL) as server:
        asked = DnsResolver(server.resolver)
        twice = [asked.servers("example.org"), asked.servers("Example.ORG.")]

    assert twice == [("mx.example.org",)] * 2
    assert server.asked == ["example.org MX"]


def test_as_json_the_live_lines_are_like_the_others(
    typed: Type, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("init")
    Path("casereviews.toml").write_text(
        f'base_url = "{site.url().rstrip("/")}"\n[[sources]]\nname = "a"\nurl = "{site.url("/list")}"\n'
    )
    with NameServer({}) as server:
        pointed_at(server, monkeypatch)
        said = json.loads(typed("check", "--live", "--json").out)

    assert [one["about"] for one in said[-5:]] == ["DNS", "mail log-in", "mailbox", "source a", "pages"]
    assert said[-5]["words"] == "not looked at: mail goes to files"
    assert about([Finding(**one) for one in said], "mailbox").words == "none is read"
