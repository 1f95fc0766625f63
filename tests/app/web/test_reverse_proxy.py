"""What reverse proxies make of requests: addresses with ports and brackets, and a path before all pages."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.web import site_export
from app.web.reverse_proxy import plain_ip_address
from core.config.schema import PAGE_NAMES, SignupSettings, WebSettings
from db.schema.connect import Database
from tests.app.web.operator import HASH, PASSWORD
from tests.app.web.test_security import signed_up_via
from tests.support.sample_archive import full
from tests.support.web_site import Site, Visitor

ROOT = "/case-reviews"
HOST = "https://example.org"
ADDRESSES = re.compile(r'\b(href|src|action|data-address)="([^"]*)"')


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ('"[2001:DB8::7]:4711"', "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("unknown", "unknown"),
        ("203.0.113.7.9:80", "203.0.113.7.9:80"),
        ("", ""),
    ],
)
def test_an_address_is_read_however_it_is_written(said: str, address: str) -> None:
    assert plain_ip_address(said) == address


@pytest.mark.parametrize("form", ["198.51.{}.1:4711", "[2001:db8:{}::1]:4711", '"[2001:db8:{}::1]"', "2001:db8:{}::1"])
def test_a_port_or_brackets_do_not_make_all_readers_one(db: Database, form: str) -> None:
    site = Site(db, signup=SignupSettings(per_network_per_hour=2), web=WebSettings(proxies=1))

    apart = [signed_up_via(site, form.format(number)) for number in range(4)]
    together = [signed_up_via(site, form.format(9)) for _ in range(4)]

    assert (apart, together) == ([303] * 4, [303, 303, 429, 429])


def stripping(application: Callable[..., Any]) -> Callable[..., Any]:
    """A proxy that takes the path away, in front of an application."""

    def proxy(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        assert f"{path}/".startswith(f"{ROOT}/"), path
        return application({**environ, "PATH_INFO": path.removeprefix(ROOT) or "/"}, start_response)

    return proxy


@pytest.fixture(params=[False, True], ids=["handed on", "taken away"])
def below(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Site, Visitor]:
    """A filled archive whose base_url has a path, and a browser that sees it through a proxy."""
    (tmp_path / "house").mkdir()
    site = Site(full(tmp_path / "house").db, f"{HOST}{ROOT}", web=WebSettings(password_hash=HASH))
    if request.param:
        site.app.wsgi_app = stripping(site.app.wsgi_app)  # type: ignore[method-assign]
    return site, Visitor(site.app.test_client(), HOST, "192.0.2.7")


def test_every_link_form_and_file_is_below_the_path(below: tuple[Site, Visitor]) -> None:
    site, browser = below
    one = site.subscriber()
    queue = [ROOT, *(f"{ROOT}/{page}/{one.token}" for page in ("unsubscribe", "confirm", "preferences"))]
    queue += [f"{ROOT}{path}" for path in ("/topics/neglect", "/reviews?q=zzzz", "/nothing-here", "/ops/login")]
    seen, kinds = set[str](), set[str]()
    while queue and len(seen) < 80:
        address = queue.pop(0)
        answer = browser.get(address)
        assert answer.status_code in ((404,) if "nothing-here" in address else (200, 303)), address
        assert (answer.location or ROOT).startswith(ROOT)
        seen.add(address)
        kinds.add(answer.mimetype)
        if answer.mimetype != "text/html" or address.endswith("as-sent"):
            continue  # the mail as it was sent has whole addresses
        for kind, link in ADDRESSES.findall(answer.text):
            parts = urlsplit(link.replace("&amp;", "&"))
            if parts.scheme or not parts.path:
                continue
            assert parts.path == ROOT or parts.path.startswith(f"{ROOT}/"), (address, link)
            assert not parts.path.startswith(f"{ROOT}{ROOT}"), (address, link)
            if kind in ("href", "src") and (found := link.replace("&amp;", "&")) not in seen:
                queue.append(found)

    assert {"text/html", "text/css", "image/svg+xml", "application/atom+xml", "application/feed+json"} <= kinds
    assert len(seen) > 25


def test_forms_redirects_cookies_and_one_click_work_below_it(below: tuple[Site, Visitor]) -> None:
    site, browser = below
    assert f"Path={ROOT}" in browser.get(f"{ROOT}/ops/login").headers["Set-Cookie"]
    asked = browser.press(f"{ROOT}/subscribe", {"email": "ada@example.org"})
    assert (asked.status_code, asked.location) == (303, f"{ROOT}/check-your-email")
    one = site.house.one("ada@example.org")
    assert browser.post(f"{ROOT}/unsubscribe/{one.token}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert site.status(one) == "unsubscribed"
    saved = browser.press(f"{ROOT}/preferences/{one.token}", {"edition": "short"})
    assert (saved.status_code, saved.location) == (303, f"{ROOT}/preferences/{one.token}")


def test_the_desk_opens_below_it(below: tuple[Site, Visitor]) -> None:
    _, browser = below
    sent_away = browser.get(f"{ROOT}/ops/people")
    assert sent_away.location.startswith(f"{ROOT}/ops/login?next=")
    answer = browser.press(f"{ROOT}/ops/login", {"password": PASSWORD, "name": "Sam", "next": "/ops/people"})
    assert (answer.status_code, answer.location) == (303, f"{ROOT}/ops/people")
    desk = browser.get(answer.location)

    assert f'<a href="{ROOT}/ops/people" aria-current="page">' in desk.text
    for room in ("", "/sources", "/issues", "/issues/2026-11", "/queue", "/outbox", "/people", "/audit", "/hooks"):
        page = browser.get(f"{ROOT}/ops{room}")
        links = [link for _, link in ADDRESSES.findall(page.text) if not link.startswith(("#", "http"))]
        assert page.status_code == 200 and links, room
        assert [link for link in links if not f"{link}/".startswith(f"{ROOT}/")] == [], room


def test_feeds_and_data_name_whole_addresses(below: tuple[Site, Visitor]) -> None:
    _, browser = below
    atom = browser.get(f"{ROOT}/feeds/reviews.atom").text
    feed = browser.get(f"{ROOT}/feeds/issues.json").get_json()

    assert f'<link href="{HOST}{ROOT}/feeds/reviews.atom" rel="self"' in atom
    assert re.findall(r'<link href="([^"]*)" rel="alternate"', atom)[1].startswith(f"{HOST}{ROOT}/reviews/")
    assert feed["feed_url"] == f"{HOST}{ROOT}/feeds/issues.json"
    assert feed["items"][0]["url"].startswith(f"{HOST}{ROOT}/issues/")


def test_a_copy_of_such_a_site_leads_from_file_to_file(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    shelf = full(tmp_path / "house", base_url=f"{HOST}{ROOT}")
    folder = tmp_path / "copy"
    site_export.write_site(shelf.effects, shelf.settings, shelf.db, folder)
    links = [link for file in folder.rglob("*.html") for _, link in ADDRESSES.findall(file.read_text("utf-8"))]

    assert not [link for link in links if link.startswith("/")]
    assert {link for link in links if link.startswith(HOST)} <= {
        link for link in links if link.startswith(f"{HOST}{ROOT}")
    }
    assert "issues.html" in links


def test_a_path_cannot_be_that_of_a_page_of_ours(db: Database) -> None:
    ours = {rule.rule.split("/")[1] for rule in Site(db).app.url_map.iter_rules()}

    assert ours - {""} <= PAGE_NAMES
