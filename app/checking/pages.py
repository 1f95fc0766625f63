"""The web pages and the issue: their addresses, and whether they can be made at all."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.checking.finding import Finding, failure, ok, warning
from app.checking.mailed import is_loopback
from app.world import World
from core.dates import local_date, period_of
from core.settings import Settings

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # where a server listens, and nobody can go
HASHES = ("scrypt:", "pbkdf2:")  # what werkzeug's password hashes begin with


def web(settings: Settings) -> Iterator[Finding]:
    """Where links in mail lead, who is believed about visitors, and who may work."""
    yield _address(settings)
    yield _proxies(settings)
    yield _operations(settings)


def _address(settings: Settings) -> Finding:
    address, parts = settings.base_url, urlsplit(settings.base_url)
    here = is_loopback(parts.hostname or "") or parts.hostname in EVERYWHERE
    if here and settings.mail.transport == "smtp":
        words = f"base_url = {address!r}: links in mail would lead nowhere"
        return failure("base_url", words, 'Set it to the pages\' public address, as "https://news.example.org".')
    if not here and parts.scheme == "http":
        words = f"{address} is not encrypted: passwords and readers' links can be read on the way"
        return warning("base_url", words, "Put a proxy with a certificate in front, and set base_url to https.")
    return ok("base_url", f"{address}{', on this machine only' if here else ''}")


def _proxies(settings: Settings) -> Finding:
    count = settings.web.proxies
    if settings.base_url.startswith("https:") and not count:
        words = "web.proxies = 0 with https: all visitors would count as one"
        return warning("web.proxies", words, "Set it to the number of reverse proxies in front, usually 1.")
    return ok("web.proxies", f"{count or 'none'} in front")


def _operations(settings: Settings) -> Finding:
    known, about = settings.web.password_hash.get_secret_value(), "operations pages"
    fix = "Make web.password_hash with: casereviews password"
    if not known:
        return warning(about, "closed: web.password_hash is empty", fix)
    if not known.startswith(HASHES) or known.count("$") != 2:
        return failure(about, "web.password_hash is no hash, so no password opens them", fix)
    return ok(about, f"at {settings.base_url}/ops")


def templates(world: World, settings: Settings) -> Finding:
    """Make a sample issue and the front page through the real code, in a folder that is gone afterwards."""
    from app.web import create_app
    from db import secrets
    from db.connect import create, write

    size = _sample_issue(world, settings)
    with tempfile.TemporaryDirectory(prefix="casereviews-") as folder:
        own = settings.model_copy(update={"data_dir": Path(folder)})
        with closing(create(own.database)) as db, write(db):
            secrets.make(db, "signing", world.token())
        answer = create_app(world, own).test_client().get("/", base_url=own.base_url)
    if answer.status_code != 200:
        return failure("templates", f"the front page answers {answer.status_code}", "Install casereviews again.")
    return ok("templates", f"a sample issue ({size:,} bytes of HTML) and the front page can be made")


def _sample_issue(world: World, settings: Settings) -> int:
    """Bytes of HTML of an issue with an invented review. Raises HouseError where its frame has no room."""
    from app.demo.collection import collection
    from app.issuing import wording
    from newsletter.compose import bounds, compose
    from newsletter.render import render

    now, words = world.now(), wording(settings)
    period = period_of(local_date(now, settings.zone))
    until = bounds(period, settings.zone)[1]
    news = replace(collection().current[0].review, id=1, first_seen=until - timedelta(days=1), baseline=False)
    return len(render(compose([news], period, words, until=until), words).html.encode())
