"""Page codec: pages that are wanted, or were answered, as bytes for the way between machines."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from core.dates import from_iso, from_iso_or_none, iso_utc, iso_utc_or_none
from core.errors import FetchError, RobotsRefused
from core.records import Page, Robots
from scraper.fetch import FetchRules, RunTimeUsed, SiteBusy

ERRORS = {kind.__name__: kind for kind in (SiteBusy, RobotsRefused, RunTimeUsed, FetchError)}  # the last is any


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page that is wanted, identified by its address."""

    rules: FetchRules  # how it is asked for, its spacing that of a walk
    url: str
    hosts: tuple[str, ...]  # that redirects may lead to
    etag: str
    last_modified: str
    robots: tuple[Robots, ...]  # known


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What an address answered a worker: a page, or why there is none; and what that cost."""

    found: Page | FetchError
    requests: int
    bytes: int  # of bodies, on the wire
    robots: tuple[Robots, ...]  # known now


def encode_request(request: PageRequest) -> bytes:
    """A page that is wanted."""
    said = asdict(request) | {"robots": _robots_to_json(request.robots)}
    return json.dumps(said).encode()


def decode_request(data: bytes) -> PageRequest:
    """What `encode_request` was given."""
    said = json.loads(data)
    rules, hosts, robots = FetchRules(**said["rules"]), tuple(said["hosts"]), _robots_from_json(said["robots"])
    return PageRequest(**said | {"rules": rules, "hosts": hosts, "robots": robots})


def encode_answer(answer: PageAnswer) -> bytes:
    """What an address answered: a line of JSON, and the body as it is."""
    found, robots, body = answer.found, _robots_to_json(answer.robots), b""
    said: dict[str, Any] = {"requests": answer.requests, "bytes": answer.bytes, "robots": robots}
    if isinstance(found, Page):
        head = {"url": found.url, "final_url": found.final_url, "status": found.status, "headers": found.headers}
        said["page"] = head | {"fetched_at": iso_utc(found.fetched_at), "moved_to": found.moved_to}
        body = found.body
    else:
        kind = next(name for name, kind in ERRORS.items() if isinstance(found, kind))
        said["error"] = [kind, found.what, found.which, found.fix]
        said["retry_at"] = iso_utc_or_none(getattr(found, "retry_at", None))
    return json.dumps(said).encode() + b"\n" + body


def decode_answer(data: bytes) -> PageAnswer:
    """What `encode_answer` was given."""
    line, _, body = data.partition(b"\n")
    said = json.loads(line)
    found: Page | FetchError
    if head := said.get("page"):
        headers = tuple((name, value) for name, value in head["headers"])
        found = Page(**head | {"headers": headers, "body": body, "fetched_at": from_iso(head["fetched_at"])})
    else:
        kind, what, which, fix = said["error"]
        found = ERRORS[kind](what, which, fix)
        if isinstance(found, SiteBusy):
            found.retry_at = from_iso_or_none(said["retry_at"])
    return PageAnswer(found, said["requests"], said["bytes"], _robots_from_json(said["robots"]))


def _robots_to_json(robots: Iterable[Robots]) -> list[dict[str, Any]]:
    return [asdict(one) | {"fetched_at": iso_utc(one.fetched_at)} for one in robots]


def _robots_from_json(said: Iterable[dict[str, Any]]) -> tuple[Robots, ...]:
    return tuple(Robots(**one | {"fetched_at": from_iso(one["fetched_at"])}) for one in said)
