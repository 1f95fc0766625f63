"""Link codec: links as bytes, on their way to a worker or back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from core.dates import iso_utc_or_none
from core.link_records import LinkCheck
from db.schema.timestamps import to_instant
from scraper.fetch import FetchRules

DAYS = ("first_failed_on", "last_failed_on", "dead_since")


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """How links are looked at."""

    rules: FetchRules
    private: bool  # whether a private network may be looked into
    offline: bool  # nothing else answers: silence says nothing of a link
    today: date


def encode_links(terms: LinkTerms, by_host: Iterable[Sequence[LinkCheck]]) -> bytes:
    """Links by host, with their terms."""
    said = {"rules": asdict(terms.rules), "private": terms.private, "offline": terms.offline}
    hosts = [[_to_json(link) for link in links] for links in by_host]
    return json.dumps(said | {"today": terms.today.isoformat(), "hosts": hosts}).encode()


def decode_links(data: bytes) -> tuple[LinkTerms, list[list[LinkCheck]]]:
    """What `encode_links` was given."""
    said = json.loads(data)
    today = date.fromisoformat(said["today"])
    terms = LinkTerms(FetchRules(**said["rules"]), said["private"], said["offline"], today)
    return terms, [[_from_json(link) for link in links] for links in said["hosts"]]


def encode_link(link: LinkCheck) -> bytes:
    """What is known of a link."""
    return json.dumps(_to_json(link)).encode()


def decode_link(data: bytes) -> LinkCheck:
    """What `encode_link` was given."""
    return _from_json(json.loads(data))


def _to_json(link: LinkCheck) -> dict[str, Any]:
    said = {field.name: getattr(link, field.name) for field in fields(link)}
    days = {name: said[name] and said[name].isoformat() for name in DAYS}
    return said | days | {"checked_at": iso_utc_or_none(link.checked_at)}


def _from_json(said: dict[str, Any]) -> LinkCheck:
    days = {name: said[name] and date.fromisoformat(said[name]) for name in DAYS}
    at = to_instant(said["checked_at"]) if said["checked_at"] else None
    return LinkCheck(**said | days | {"checked_at": at, "reviews": tuple(said["reviews"])})
