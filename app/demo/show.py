"""The demonstration, start to end: two months of invented reviews, read, stored and made into an issue."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from app import issuing, jobs
from app.asked import Asked
from app.demo.collection import collection
from app.demo.server import TEXT, Site
from app.demo.site import listing, month
from app.world import World
from core.errors import HouseError
from core.settings import Fetch, Newsletter, Settings, Source
from db.connect import create

READERS = ("ada@example.org", "ben@example.org", "cleo@example.org")
PAST, CURRENT = "/case-reviews/2019", "/case-reviews/recently-published-case-reviews"


def show(world: World, site: Site, folder: Path, say: Callable[[str], None]) -> str:
    """Run the demonstration in an empty folder and say what happens. Returns the issue's address.

    Cannot send mail: what the readers would get is written to files.
    """
    settings = _settings(site, folder)
    today = world.now().astimezone(settings.zone).date()
    before = today.replace(day=1) - timedelta(days=1)
    period = f"{today:%Y-%m}"
    db = create(settings.database)
    try:
        for number, day in ((1, before), (2, today), (2, today)):  # the third finds nothing changed
            _publish(site, number, before.year)
            for run in jobs.scrape(world, settings, db, settings.sources, Asked(as_of=day)):
                if run.problems:
                    raise HouseError("the demonstration's own page was not read", "; ".join(run.problems))
                word = "known" if number == 1 else "new"
                what = "not changed" if run.not_modified else f"{run.new} {word}, {run.changed} changed"
                asked = "1 request" if run.requests == 1 else f"{run.requests} requests"
                say(f"{day}  {run.source}: {run.seen} reviews, {what} ({asked})")
        kept = issuing.build(world, settings, db, period)
        say(f"Built {period}: {kept.issue.subject}")
        for review in kept.issue.reviews:
            say(f"  {review.title}")
        outbox = folder / "outbox"
        outbox.mkdir(exist_ok=True)
        for reader in READERS:
            (outbox / f"{period}-{reader}.eml").write_bytes(issuing.sample_message(world, settings, kept, reader))
        (folder / f"{period}.html").write_text(kept.html, "utf-8")
        (folder / f"{period}.txt").write_text(kept.text, "utf-8")
    finally:
        db.close()
    say(f"Sent it to {len(READERS)} sample readers through the outbox: {outbox} (files; no mail left this machine)")
    say(f"Wrote {folder / period}.html and .txt")
    web = issuing.web_copy(settings, kept)
    site.put(f"/issues/{period}", web.html)
    site.put(f"/issues/{period}.txt", web.text, TEXT)
    return f"{site.url}/issues/{period}"


def _settings(site: Site, folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        base_url=site.url,
        sources=(
            Source(name="sample-2019", url=site.url + PAST),
            Source(name="sample", url=site.url + CURRENT),
        ),
        newsletter=Newsletter(
            collection="NSPCC Repository (an invented sample)",
            postal_address="Sample House, Example Street, Northshire",
        ),
        fetch=Fetch(spacing=0),
    )


def _publish(site: Site, number: int, year: int) -> None:
    """Put the lists of one of the two months on the site."""
    site.put(PAST, listing(month(collection().past, number, 2019), "2019", 2019))
    site.put(CURRENT, listing(month(collection().current, number, year), "2025", year))
