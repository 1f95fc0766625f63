"""The demonstration, start to end: two months of invented reviews, read, stored, made into an issue and sent."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from app import issuing, jobs, releasing, subscribing
from app.asked import Asked
from app.delivering import deliver
from app.demo.collection import collection
from app.demo.server import Site
from app.demo.site import listing, month
from app.subscribing import Asked as Subscribe
from app.world import World
from core.dates import local_date, period_of
from core.errors import HouseError
from core.plurals import plural
from core.records import Subscriber
from core.settings import Fetch, Mail, Newsletter, Settings, Source, Web
from db import secrets
from db.connect import Database, create, write

READERS = ("ada@example.org", "ben@example.org", "cleo@example.org")
PAST, CURRENT = "/case-reviews/2019", "/case-reviews/recently-published-case-reviews"
Say = Callable[[str], None]


class OnlyFiles(Mail):
    """Mail that cannot leave: there is no other value for these, and nothing changes settings once they are made."""

    transport: Literal["outbox"] = "outbox"
    live: Literal[False] = False
    host: Literal["mail.invalid"] = "mail.invalid"  # RFC 2606 §2: no machine ever has this name


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to look at, identified by the issue's period."""

    period: str
    outbox: Path  # the folder of all messages
    reader: Subscriber  # whose links to try


def settings(site: Site, folder: Path, base_url: str, password_hash: str = "") -> Settings:
    """The demonstration's own, whatever is configured elsewhere. Without a hash, operations are closed."""
    return Settings(
        data_dir=folder,
        base_url=base_url,
        sources=(
            Source(name="sample-2019", url=site.url + PAST),
            Source(name="sample", url=site.url + CURRENT),
        ),
        newsletter=Newsletter(
            collection="NSPCC Repository (an invented sample)",
            postal_address="Sample House, Example Street, Northshire",
        ),
        mail=OnlyFiles(),
        fetch=Fetch(spacing=0),
        web=Web(password_hash=SecretStr(password_hash)),
    )


def show(world: World, own: Settings, site: Site, say: Say) -> Shown:
    """Run the demonstration in an empty folder and say what happens."""
    today = local_date(world.now(), own.zone)
    period, folder = period_of(today), own.data_dir
    with closing(create(own.database)) as db:
        with write(db):
            secrets.make(db, "signing", world.token())
        _read(world, own, site, db, today, say)
        kept = issuing.build(world, own, db, period)
        say(f"Built {period}: {kept.issue.subject}")
        for review in kept.issue.reviews:
            say(f"  {review.title}")
        consent = Subscribe(consent="an invented reader", confirmed=True)
        readers = [subscribing.add(world, db, reader, consent)[0] for reader in READERS]
        releasing.release(world, own, db, period)
        sent = deliver(world, own, db).done["sent"]
        kept = issuing.stored(own, db, period)  # its links were looked at when it was released
    (folder / f"{period}.html").write_text(kept.html, "utf-8")
    (folder / f"{period}.txt").write_text(kept.text, "utf-8")
    outbox = folder / "outbox"
    say(f"Sent it to {sent} sample readers through the outbox: {outbox / period} (files; no mail left this machine)")
    say(f"Wrote {folder / period}.html and .txt")
    return Shown(period, outbox, readers[0])


def _read(world: World, own: Settings, site: Site, db: Database, today: date, say: Say) -> None:
    """Read the lists as of last month and today, then once more: nothing has changed. Raises HouseError."""
    before = today.replace(day=1) - timedelta(days=1)
    for number, day in ((1, before), (2, today), (2, today)):
        _publish(site, number, before.year)
        for run in jobs.scrape(world, own, db, own.sources, Asked(as_of=day)):
            if run.problems:
                raise HouseError("the demonstration's own page was not read", "; ".join(run.problems))
            word = "known" if number == 1 else "new"
            what = "not changed" if run.not_modified else f"{run.new} {word}, {run.changed} changed"
            say(f"{day}  {run.source}: {run.seen} reviews, {what} ({plural(run.requests, 'request')})")


def _publish(site: Site, number: int, year: int) -> None:
    """Put the lists of one of the two months on the site."""
    site.put(PAST, listing(month(collection().past, number, 2019), "2019", 2019))
    site.put(CURRENT, listing(month(collection().current, number, year), "2025", year))
