"""Amazon's certificates: each is asked for once, one at a time, and not at once again after a try in vain."""

from threading import Event, Thread

import pytest

from core.errors import FetchError
from db.schema.connect import Database
from services.delivery import sns_client
from services.delivery.sns_client import CertificateStore, CertificateUnavailable, ask_amazon
from tests.support.loopback_site import Answer, Site
from tests.support.signups import Installation
from tests.support.waiting import HANG

URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"


class Amazon:
    """Its answers; `down`: there is none."""

    def __init__(self) -> None:
        self.asked, self.down = 0, False

    def __call__(self, effects: object, settings: object, url: str) -> bytes:
        self.asked += 1
        if self.down:
            raise FetchError("did not answer", url, "Try again later.")
        return b"a certificate"


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Amazon:
    made = Amazon()
    monkeypatch.setattr(sns_client, "ask_amazon", made)
    return made


def test_a_certificate_is_asked_for_once(db: Database, amazon: Amazon) -> None:
    house = Installation(db)
    store = CertificateStore(house.effects, house.settings)

    assert [store.get(URL), store.get(URL), amazon.asked] == [b"a certificate", b"a certificate", 1]


def test_one_that_cannot_be_had_is_asked_for_again_later(db: Database, amazon: Amazon) -> None:
    house, amazon.down = Installation(db), True
    store = CertificateStore(house.effects, house.settings)
    for url in (URL, URL, f"{URL}2"):
        with pytest.raises(CertificateUnavailable):
            store.get(url)
    assert amazon.asked == 1
    house.clock.move(seconds=31)
    amazon.down = False

    assert store.get(URL) == b"a certificate"


def test_nobody_waits_while_one_is_asked_for(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    house, begun, end = Installation(db), Event(), Event()

    def slow(*_: object) -> bytes:
        begun.set()
        end.wait(HANG)
        return b"a certificate"

    monkeypatch.setattr(sns_client, "ask_amazon", slow)
    store = CertificateStore(house.effects, house.settings)
    first = Thread(target=store.get, args=(URL,))
    first.start()
    assert begun.wait(HANG)

    with pytest.raises(CertificateUnavailable, match="being asked for"):
        store.get(URL)

    end.set()
    first.join(HANG)
    assert store.get(URL) == b"a certificate"


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_amazon_is_asked_as_any_site_and_led_nowhere_else(db: Database) -> None:
    house = Installation(db)
    pages = {
        "/robots.txt": lambda _: Answer(404),
        "/key.pem": lambda _: Answer(200, b"a certificate"),
        "/away": lambda _: Answer(302, b"", {"Location": "http://localhost:9/"}),
    }
    with Site(pages) as site:
        assert ask_amazon(house.effects, house.settings, site.url("/key.pem")) == b"a certificate"
        with pytest.raises(FetchError, match="redirects to another host"):
            ask_amazon(house.effects, house.settings, site.url("/away"))
