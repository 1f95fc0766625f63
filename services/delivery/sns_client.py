"""SNS client: Amazon's signing certificates, and the one address that confirms a topic. Asks Amazon's hosts alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from core.config.schema import Settings
from core.errors import FetchError, NotFound
from core.side_effects import SideEffects
from db.mail import provider_events
from db.schema.connect import Database, write_transaction
from scraper.fetch import Fetcher
from services.collect.fetch_policy import fetch_rules

TIMEOUT = 5.0  # seconds for an answer: somebody waits for ours
MAX_BYTES = 65_536  # bytes of an answer
RETRY_TIME = timedelta(seconds=30)  # between two questions for what could not be had


class CertificateUnavailable(Exception):
    """A certificate cannot be had for now."""


class CertificateStore:
    """Certificates by their address, each asked for once. An address is checked by who calls: it is Amazon's."""

    def __init__(self, effects: SideEffects, settings: Settings) -> None:
        self._effects, self._settings = effects, settings
        self._known: dict[str, bytes] = {}
        self._failed_at: datetime | None = None
        self._lock = Lock()

    def add(self, url: str, pem: bytes) -> None:
        """Know a certificate that was not asked for."""
        self._known[url] = pem

    def get(self, url: str) -> bytes:
        """The certificate, as PEM. One question at a time, and none for a while after one in vain."""
        if known := self._known.get(url):
            return known
        if not self._lock.acquire(blocking=False):
            raise CertificateUnavailable("it is being asked for")
        try:
            now = self._effects.now()
            if self._failed_at and now - self._failed_at < RETRY_TIME:
                raise CertificateUnavailable("it could not be had a moment ago")
            self._failed_at = now
            self._known[url] = ask_amazon(self._effects, self._settings, url)
            self._failed_at = None
            return self._known[url]
        except FetchError as e:
            raise CertificateUnavailable(str(e)) from e
        finally:
            self._lock.release()


def confirm_topic(effects: SideEffects, settings: Settings, db: Database, topic: str) -> None:
    """Tell Amazon that a topic may report to us, as the operator says. Raises NotFound, FetchError, StoreError."""
    asked = next((one for one in provider_events.list_confirmations(db) if one.topic == topic), None)
    if asked is None:
        raise NotFound("this topic does not ask any more", topic, "Have Amazon SNS ask again: request confirmation.")
    ask_amazon(effects, settings, asked.url)
    with write_transaction(db):
        provider_events.delete_confirmation(db, topic)


def ask_amazon(effects: SideEffects, settings: Settings, url: str) -> bytes:
    """What is at an address of Amazon's. Raises FetchError."""
    rules = replace(
        fetch_rules(settings), spacing=0.0, connect_timeout=TIMEOUT, read_timeout=TIMEOUT, deadline=TIMEOUT, retries=0,
        patience=0.0, max_bytes=MAX_BYTES,
    )  # fmt: skip
    with Fetcher(rules, now=effects.now, clock=effects.clock, sleep=effects.sleep) as fetcher:
        return fetcher.get(url).body
