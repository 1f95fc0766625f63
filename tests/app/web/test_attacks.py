"""The attack list: what people and programs that mean no good send us, and what becomes of it."""

import re
import time
from collections.abc import Iterable
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import html5lib
import pytest
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from core.clean_text import TOKEN_PLACEHOLDER
from core.config.schema import SignupSettings, WebSettings
from core.subscriber_rules import Preferences
from db.schema.connect import Database, connect
from tests.app.web.operator import HASH
from tests.support.installation import dump, rows
from tests.support.issue_sending import PERIOD
from tests.support.web_site import OURS, UNKNOWN, Site, Visitor, proof_path, publish, texts

OPEN = SignupSettings(per_address_per_day=10_000, per_network_per_hour=10_000, per_hour=100_000)


@pytest.fixture
def site(db: Database) -> Site:
    return Site(db)


@pytest.fixture
def staffed(db: Database) -> Site:
    """A site whose desk has a password."""
    return Site(db, web=WebSettings(password_hash=HASH))


# Scripts in what is submitted

SCRIPTS = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "</textarea><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% include 'x' %}${7*7}",
    "<!--<iframe src=javascript:alert(1)>",
    "javascript:alert(1)//",
    "\u2028<b>\u202e",
]
FIELDS = ("email", "topics", "topic", "nations", "edition", "when", "rest", "consent", "csrf_token", "unknown")


@cache  # the same page comes of many a script: to parse it takes longer than to make it
def hostile(page: str) -> list[str]:
    """What of a page runs, or leads, where we did not mean it to."""
    found = []
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        name = str(element.tag)
        if name in {"script", "iframe", "img", "svg", "object", "embed", "b", "base", "style"}:
            found.append(name)
        for key, value in element.attrib.items():
            plain = str(value).replace(" ", "").lower()
            if key.startswith("on") or key in ("style", "autofocus") or plain.startswith(("javascript:", "data:")):
                found.append(f"{name} {key}")
    return [one for one in found if one != "input value"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("script", SCRIPTS, ids=ascii)
def test_what_is_submitted_never_runs(site: Site, field: str, script: str) -> None:
    one, visitor = site.subscriber(), site.visitor()
    good = {"email": "ada@example.org", "topics": "", "edition": "full", "when": "monthly"}
    for page in ("/subscribe", f"/preferences/{one.token}"):
        fields = {**good, "csrf_token": visitor.token(page), field: script}

        answer = visitor.post(page, fields)

        assert answer.status_code in (303, 400)
        assert hostile(answer.text) == []
        assert "49" not in texts(answer.text)  # no template ran
        for after in (visitor.get(page), visitor.get(proof_path(site.db, one, "data", site.house.clock.now))):
            assert hostile(after.text) == []


def test_a_topic_that_is_a_script_is_kept_and_shown_as_text(site: Site) -> None:
    one = site.subscriber(wishes=Preferences(("<script>alert(1)</script>",)))

    page = site.visitor().get(f"/preferences/{one.token}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert hostile(page) == []


# Forms that are not ours


def sample(rule: Rule, token: str) -> str:
    """An address of a rule."""
    values: dict[str, Any] = dict(rule.defaults or {})
    for name, converter in rule._converters.items():
        values[name] = 1 if isinstance(converter, IntegerConverter) else PERIOD if name == "period" else token
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
    built = rule.build(values)
    assert built, rule
    return built[1]


def posts(site: Site, token: str) -> list[str]:
    """An address of every rule that takes a POST: a new one cannot be forgotten here."""
    return sorted(sample(rule, token) for rule in site.app.url_map.iter_rules() if "POST" in (rule.methods or ()))


def test_no_form_works_from_another_site(site: Site) -> None:
    one = site.subscriber()
    before = dump(site.db)
    addresses = [address for address in posts(site, one.token) if not address.startswith(("/hooks/", "/ops"))]
    assert len(addresses) >= 8
    for number, address in enumerate(addresses):
        for said in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            answer = site.visitor(f"10.0.{number}.7").post(address, {"email": "x@example.org"}, headers=said)
            assert answer.status_code == 403, address
    assert dump(site.db) == before


def test_no_form_of_the_desk_nor_one_of_a_silent_browser_works_without_its_hidden_token(staffed: Site) -> None:
    site = staffed
    one = site.subscriber()
    before, other = dump(site.db), site.visitor("198.51.100.9").token("/ops/login")
    addresses = [address for address in posts(site, one.token) if not address.startswith("/hooks/")]  # no forms
    assert len(addresses) >= 8
    for number, address in enumerate(addresses):
        visitor = site.visitor(network := f"10.0.{number}.7")  # else there would be too many of one
        own = visitor.token("/ops/login")
        forged = ("", "x", other, own[:-1], own + "A", own.replace(".", ",", 1), "\0", "Ä" * 50)
        stranger = site.visitor(network)  # who has no session at all

        answers = [visitor.post(address, {"email": "x@example.org"})]
        answers += [visitor.post(address, {"email": "x@example.org", "csrf_token": one}) for one in forged]
        answers += [stranger.post(address, {"email": "x@example.org", "csrf_token": own})]
        answers += [visitor.client.post(address + f"?csrf_token={own}", base_url=site.address)]

        assert {answer.status_code for answer in answers} == {400}, address
    assert dump(site.db) == before


def test_a_session_that_was_made_up_is_none(staffed: Site) -> None:
    from flask.sessions import SecureCookieSessionInterface

    signer = SecureCookieSessionInterface().get_signing_serializer(staffed.app)
    assert signer is not None
    genuine = signer.dumps({"csrf_token": "known"})
    for cookie in ("garbage", "a.b.c", genuine[:-2], genuine + "x", "é", "." * 4000):
        visitor = staffed.visitor()
        visitor.client.set_cookie("casereviews", cookie, domain="news.example.org")

        assert visitor.get("/subscribe").status_code == 200
        assert visitor.post("/ops/login", {"password": "x", "csrf_token": "known"}).status_code == 400


def test_a_failed_form_says_what_to_do(staffed: Site) -> None:
    said = texts(staffed.visitor().post("/ops/login", {"password": "x"}).text)

    assert "Nothing was changed. Go back, reload the page and press the button again." in said
    assert "keep cookies" in said


# Who is subscribed


def test_it_takes_as_long_whether_or_not_the_address_is_known(db: Database) -> None:
    site = Site(db, signup=OPEN)
    for number in range(50):
        site.subscriber(f"known{number}")
    took: dict[str, list[float]] = {"known": [], "stranger": []}
    for number in range(50):
        for who in took:
            visitor = site.visitor(f"198.51.{number}.1")
            fields = {"email": f"{who}{number}@example.org", "csrf_token": visitor.token("/subscribe")}
            began = time.thread_time()
            assert visitor.post("/subscribe", fields).status_code == 303
            took[who].append(time.thread_time() - began)

    known, stranger = median(took["known"]), median(took["stranger"])

    assert max(known, stranger) < 2 * min(known, stranger)


# Floods


def flood(site: Site, count: int, address: str, network: str) -> list[int]:
    """Sign up so often; `{}` in the address or the network is the number of the try."""
    codes = []
    visitor = site.visitor()
    for number in range(count):
        where = network.format(number // 200, number % 200)
        codes.append(
            visitor.client.post(
                "/subscribe",
                data={"email": address.format(number)},
                base_url=site.address,
                environ_overrides={"REMOTE_ADDR": where},
                headers=OURS,
            ).status_code
        )
    return codes


def test_a_thousand_sign_ups_from_one_network_make_twenty_letters(site: Site) -> None:
    codes = flood(site, 1000, "reader{}@example.org", "192.0.2.7")

    assert codes[:20] == [303] * 20
    assert set(codes[20:]) == {429}
    assert rows(site.db)["transactional_mail"] == rows(site.db)["subscribers"] == 20
    assert site.visitor("198.51.100.1").get("/subscribe").status_code == 200
    assert site.visitor("198.51.100.1").press("/subscribe", {"email": "else@example.org"}).status_code == 303


def test_a_thousand_sign_ups_from_a_thousand_networks_make_five_hundred_letters(site: Site) -> None:
    codes = flood(site, 1000, "reader{}@example.org", "10.{}.{}.1")

    assert (codes.count(303), codes.count(429)) == (500, 500)
    assert rows(site.db)["transactional_mail"] == 500


def test_a_thousand_sign_ups_of_one_address_make_three_letters_a_day(site: Site) -> None:
    codes = flood(site, 300, "victim@example.org", "10.{}.{}.1")

    assert set(codes) == {303}
    assert rows(site.db)["transactional_mail"] <= 3
    assert rows(site.db)["subscribers"] == 1


def test_forms_are_limited_by_network_and_another_network_is_not(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    path = f"/preferences/{one.token}"
    fields = {"csrf_token": visitor.token(path), "when": "monthly"}

    codes = [visitor.post(path, fields).status_code for _ in range(310)]

    assert codes[:300] == [303] * 300
    assert codes[-1] == 429
    assert visitor.get(path).status_code == 200
    assert site.visitor("198.51.100.1").press(path, {"when": "monthly"}).status_code == 303
    assert site.visitor().post(f"/unsubscribe/{one.token}", {"List-Unsubscribe": "One-Click"}).status_code == 200


# Links in mail


def links(raw: bytes) -> tuple[set[str], str]:
    """Every web address in a message's parts and headers, and its one-click address."""
    mail = message_from_bytes(raw, policy=policy.default)
    whole = "\n".join([str(mail["List-Unsubscribe"]), str(mail["List-Archive"])])
    whole += "".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")
    found = re.findall(r"https?://[^\s\"'<>)]+", whole)
    one_click = re.search(r"<(https?://[^>]+)>", str(mail["List-Unsubscribe"]))
    assert one_click
    return set(found), one_click[1]


def test_a_gateway_that_opens_every_link_ten_times_changes_nothing_and_one_click_unsubscribes(tmp_path: Path) -> None:
    publish(tmp_path, readers=1, reviews=3)
    db = connect(tmp_path / "data/casereviews.db")
    site = Site(db)
    site.subscriber("new", "pending")
    (message,) = (tmp_path / "data/outbox").rglob("*.eml")
    addresses, one_click = links(message.read_bytes())
    own = sorted(one.removeprefix(site.address) for one in addresses if one.startswith(site.address))
    assert TOKEN_PLACEHOLDER not in "".join(own)
    assert {one.split("/")[1] for one in own} >= {"unsubscribe", "preferences", "issues"}
    own.append(f"/confirm/{site.house.one('new@example.org').token}")
    before = dump(db)

    for _ in range(10):
        for path in own:
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = site.app.test_client().open(path, method=method, base_url=site.address)
                assert answer.status_code < 500

    assert dump(db) == before
    answer = site.app.test_client().post(
        one_click.removeprefix(site.address), base_url=site.address, data={"List-Unsubscribe": "One-Click"}
    )
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert db.execute("SELECT status FROM subscribers WHERE key LIKE 'reader%'").fetchone()[0] == "unsubscribed"


# Odd bytes


@pytest.mark.parametrize(
    "body",
    [
        b"email=\xff\xfe%ff%fe@example.org",
        b"email=a%00b@example.org&topics=%00",
        b"email[]=a@example.org&email=&email=&%=%",
        b"=" * 1000,
        b"&" * 5000,
        b"\x00" * 1000,
        b"email=%ED%A0%80@example.org",
        b"a=1&" * 2000,
    ],
    ids=lambda body: repr(body[:20]),
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml"])
def test_odd_bytes_in_a_form_are_answered_plainly(site: Site, body: bytes, kind: str) -> None:
    one, visitor = site.subscriber(), site.visitor()
    token = visitor.token("/subscribe").encode()
    before = dump(site.db)
    for path in ("/subscribe", f"/preferences/{one.token}", f"/unsubscribe/{one.token}"):
        for whole in (body, body + b"&csrf_token=" + token):
            answer = visitor.client.post(path, data=whole, content_type=kind, base_url=site.address)
            assert answer.status_code in (200, 303, 400, 413), (path, answer.status_code)
            if path == "/subscribe":
                assert dump(site.db) == before


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/%ff%fe",
        "/confirm/%00%00",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/style.css/../../core/settings.py",
        "/static/../core/settings.py",
        "/style.css%00.html",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/issues/..%2f..%2f",
        "/reviews/..%5c..%5c",
        "/templates/web/base.html",
        "/casereviews.toml",
        "/.env",
        "/.git/config",
        "/data/casereviews.db",
        "/" + "a" * 20_000,
    ],
    ids=lambda path: path[:30],
)
def test_no_path_leads_out_of_the_house(site: Site, path: str) -> None:
    answer = site.visitor().get(path)

    assert answer.status_code in (400, 404)
    for leak in ("root:", "class Settings", "extends", "SQLite", "/work", "Traceback"):
        assert leak not in answer.text


# Other names


HOSTS = ["evil.example", "news.example.org.evil.example", "evil.example:443", "news.example.org:443@evil.example", ""]
HOSTS += ["news.example.org:evil", "127.0.0.1.evil.example", "[::1", "xn--nws-bma.example.org", "news.example.org\\@x"]


@pytest.mark.parametrize("host", HOSTS)
def test_we_answer_to_our_own_name_only(site: Site, host: str) -> None:
    answer = site.app.test_client().get("/", headers={"Host": host})

    assert answer.status_code == 421
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "host", ["news.example.org", "NEWS.example.org:443", "localhost:8765", "127.0.0.1", "[::1]:80"]
)
def test_our_own_names_are_answered(site: Site, host: str) -> None:
    assert site.app.test_client().get("/", headers={"Host": host}).status_code == 200


def everything(site: Site, visitor: Visitor, token: str) -> Iterable[Any]:
    """An answer of every address that can be opened, and of some that cannot."""
    for rule in site.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield visitor.get(sample(rule, token))
    for path in (f"/confirm/{UNKNOWN}", "/nowhere"):
        yield visitor.get(path)
    yield visitor.post("/subscribe", {"email": "x"})
    yield visitor.post("/subscribe", {"email": "x" * 70_000})


def test_every_answer_has_the_headers_that_keep_it_safe(site: Site) -> None:
    one = site.subscriber()
    for answer in everything(site, site.visitor(), one.token):
        headers, where = answer.headers, answer.request.path
        assert "default-src 'self'" in headers["Content-Security-Policy"], where
        assert "unsafe" not in headers["Content-Security-Policy"], where
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["X-Frame-Options"] == "DENY", where
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), where
        if where.startswith(("/ops", "/lists/token", "/new-address/")):
            assert headers["Referrer-Policy"] == "no-referrer", where
        assert headers["Strict-Transport-Security"] == "max-age=31536000", where
        assert "Server" not in headers, where
        if where.startswith(("/confirm/", "/unsubscribe/", "/preferences/")):
            assert headers["Referrer-Policy"] == "no-referrer", where
            assert headers["X-Robots-Tag"].startswith("noindex"), where
            assert headers["Cache-Control"] == "no-store", where
        for cookie in headers.getlist("Set-Cookie"):
            assert re.fullmatch(r"casereviews=[^;]*; Secure; HttpOnly; Path=/; SameSite=Lax", cookie), where
        if (sent := headers.get("Location")) is not None:
            assert re.match(r"/(?![/\\])", sent), where


def test_who_only_reads_gets_no_cookie(site: Site) -> None:
    one = site.subscriber()
    rules = [rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = [path for path in (sample(rule, one.token) for rule in rules) if not path.startswith("/ops")]
    assert {"/", "/subscribe", f"/preferences/{one.token}"} < set(paths)
    for path in [*paths, "/nowhere"]:
        assert "Set-Cookie" not in site.visitor().get(path).headers, path


def test_no_address_that_is_given_to_us_is_gone_to(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    for evil in ("//evil.example", "https://evil.example", "/\\evil.example", "%2f%2fevil.example"):
        for name in ("next", "url", "return", "redirect", "to", "continue"):
            for page in ("/subscribe", f"/preferences/{one.token}"):
                fields = {"email": "ada@example.org", name: evil, "csrf_token": visitor.token(page)}
                answer = visitor.client.post(f"{page}?{name}={evil}", data=fields, base_url=site.address, headers=OURS)
                assert answer.status_code in (303, 429)
                assert "evil" not in answer.headers.get("Location", "")
