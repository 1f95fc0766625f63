"""nginx and Caddy, as docs/deploy has them, in front of a real `casereviews serve`: what readers and limits see."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.config.load import load
from core.records import Subscriber
from db.mail import subscribers
from db.schema.connect import connect
from tests.support import proxies
from tests.support.processes import COMMAND, run
from tests.support.proxies import NAME, Proxy
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ONE, NEIGHBOUR, ANOTHER = "127.1.1.1", "127.1.1.9", "127.2.2.2"  # the first two are of one network


@pytest.fixture(params=sorted(proxies.KINDS))
def proxy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Proxy]:
    """One of them, and ours behind it with one reader, ada."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    Path("casereviews.toml").write_text(proxies.HOUSE)
    for words in (["init"], ["subscribers", "add", "ada@example.org", "--confirmed", "--consent", "She said yes."]):
        run([COMMAND, *words], check=True, capture_output=True)
    with (
        proxies.serving(tmp_path) as (ours, port),
        proxies.KINDS[request.param](tmp_path / "proxy", ours, port) as found,
    ):
        yield found


def reader(email: str = "ada@example.org") -> Subscriber | None:
    with closing(connect(load(Path("casereviews.toml")).database)) as db:
        return subscribers.get(db, email)


def sign_up(proxy: Proxy, email: str, source: str, **headers: str) -> proxies.Answer:
    """Send the form of the front page as a browser does."""
    return proxy.ask("POST", "/subscribe", {"email": email}, {"Origin": f"https://{NAME}", **headers}, source)


def test_pages_forms_limits_and_one_click_work_through_it(proxy: Proxy) -> None:
    front = proxy.ask("GET", "/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"})
    plain = proxy.ask("GET", "/issues?page=2", secure=False)
    first = sign_up(proxy, "eve@example.org", ONE)
    spoofing = sign_up(proxy, "fay@example.org", NEIGHBOUR, **{"X-Forwarded-For": "203.0.113.9"})
    other = sign_up(proxy, "gil@example.org", ANOTHER)
    ada = reader()
    assert ada
    opened = proxy.ask("GET", f"/unsubscribe/{ada.token}")
    active = reader()
    left = proxy.ask("POST", f"/unsubscribe/{ada.token}", {"List-Unsubscribe": "One-Click"})

    assert front.status == 200
    assert front.headers["Strict-Transport-Security"]
    assert "Set-Cookie" not in front.headers
    assert (plain.status, plain.headers["Location"]) == (308, f"https://{NAME}/issues?page=2")
    assert (first.status, spoofing.status, other.status) == (303, 429, 303)
    assert first.headers["Location"].startswith(("/", f"https://{NAME}/"))
    assert reader("eve@example.org")
    assert reader("gil@example.org")
    assert reader("fay@example.org") is None
    assert (opened.status, active and active.status) == (200, "active")  # looking changes nothing
    assert (left.status, getattr(reader(), "status", "")) == (200, "unsubscribed")


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
@pytest.mark.parametrize("location", ["/case-reviews |", "/case-reviews/ | /"], ids=["handed on", "taken away"])
def test_pages_forms_and_one_click_work_below_a_path(location: str, tmp_path: Path) -> None:
    Path("casereviews.toml").write_text(proxies.HOUSE.replace(f"https://{NAME}", f"https://{NAME}/case-reviews"))
    for words in (["init"], ["subscribers", "add", "ada@example.org", "--confirmed", "--consent", "She said yes."]):
        run([COMMAND, *words], check=True, capture_output=True)
    ada = reader()
    assert ada
    with (
        proxies.serving(tmp_path) as (ours, port),
        proxies.nginx(tmp_path / "proxy", ours, port, location) as proxy,
    ):
        front = proxy.ask("GET", "/case-reviews/")
        files = re.findall(r'(?:href|src|action)="(/[^"#]*)"', front.text)
        fields = {"email": "eve@example.org"}
        foreign = proxy.ask("POST", "/case-reviews/subscribe", fields, {"Origin": "https://elsewhere.example"})
        asked = proxy.ask("POST", "/case-reviews/subscribe", fields, {"Origin": f"https://{NAME}"})
        got = {link: proxy.ask("GET", link).status for link in files}
        left = proxy.ask("POST", f"/case-reviews/unsubscribe/{ada.token}", {"List-Unsubscribe": "One-Click"})

    assert (foreign.status, "sent from another site" in foreign.text) == (403, True)
    assert len(got) > 4 and set(got.values()) == {200}, got
    assert asked.status == 303 and asked.headers["Location"].endswith("/case-reviews/check-your-email")
    assert (left.status, getattr(reader(), "status", "")) == (200, "unsubscribed")


def test_metrics_stay_inside_what_is_too_big_is_refused_and_no_log_knows_readers(proxy: Proxy) -> None:
    ada = reader()
    assert ada
    metrics = proxy.ask("GET", "/metrics")
    big = proxy.ask("POST", "/subscribe", {"email": "a"}, {"Content-Length": "2000000"})  # answered before all is sent
    list_of_readers = proxy.ask("POST", "/ops/people/import", {"email": "a" * 200_000})  # ours to refuse
    proxy.ours.kill()
    proxy.ours.wait(HANG)
    down = proxy.ask("GET", f"/preferences/{ada.token}", source=ANOTHER)  # what a log of errors would keep

    assert (metrics.status, big.status, down.status) == (404, 413, 502)
    assert "Log in first" in list_of_readers.text
    assert ada.token not in proxy.said()
    assert ANOTHER not in proxy.said()
