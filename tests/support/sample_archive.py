"""A house with a filled archive, for tests of its pages: invented reviews, two issues sent, one draft."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.demo.listing_pages import render_listing, reviews_in_month
from app.demo.sample_reviews import sample_collection
from app.runtime.side_effects import system_effects
from app.web import create_app
from core.calendar import month_bounds
from core.config.schema import Settings, Source
from core.records import Link, Page, Review, Section
from db.collection import links, review_events, reviews, sightings
from db.mail import issues
from db.operator import secrets
from db.schema.connect import Database, connect, create, write_transaction
from scraper.adapter import load_adapter
from scraper.identity import add_identity, heading_key, sighting_digest
from scraper.nations import add_nation
from services.issues import build_issue, frozen_issue

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BEFORE, SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 20, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
BASE = "https://news.example.org"


class Shelf:
    """A database in a folder, its settings, a clock that stands still, and the pages over it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        create(folder / "casereviews.db").close()
        self.db: Database = connect(folder / "casereviews.db")
        with write_transaction(self.db):
            secrets.add_if_missing(self.db, "signing", "the key of the tests")
        given: dict[str, Any] = {
            "data_dir": folder,
            "base_url": BASE,
            "sources": (Source(name="nspcc", url="https://learning.example.org/reviews"),),
        }
        self.settings = Settings(**given | settings)
        self.effects = system_effects(now=lambda: NOW)

    def app(self) -> Flask:
        """The pages, made once."""
        if not hasattr(self, "_app"):
            self._app = create_app(self.effects, self.settings)
        return self._app

    def client(self) -> FlaskClient:
        """A browser that asks by the right name."""
        return self.app().test_client()

    def add(self, review: Review, at: datetime = NOW) -> Review:
        """Store a review as a scrape does."""
        whole = add_identity(add_nation(review))
        with write_transaction(self.db):
            added = reviews.add(self.db, replace(whole, first_seen=at), heading_key(whole), at)
            sightings.mark_shown(self.db, whole.source, [(added.id, sighting_digest(whole))], at)
            links.apply_known_checks(self.db, [added.id])
        return added

    def demonstrate(self) -> list[Review]:
        """Add the demonstration's reviews: those of the past, then the new ones of two months."""
        held: list[Review] = []
        for number, at, past in ((2, BEFORE, True), (1, SEPTEMBER, False), (2, OCTOBER, False)):
            known = {review.title for review in held}
            held += [
                self.add(replace(r, baseline=past), at) for r in read(number, past) if r.title not in known or past
            ]
        return held

    def issue(self, period: str, status: str = "sent", note: str = "") -> None:
        """Build a month's issue, and let it leave the house."""
        begun = max(NOW, month_bounds(period, self.settings.zone)[0])
        effects = replace(self.effects, now=lambda: begun)
        build_issue.build_issue(effects, self.settings, self.db, period, issues.IssueEdits(note=note))
        with write_transaction(self.db):
            if status != "draft":
                frozen_issue.freeze_issue(self.settings, self.db, issues.get(self.db, period), NOW)
            if status == "sent":
                issues.mark_sent(self.db, period, NOW)

    def take_down(self, number: int) -> None:
        """Withdraw a review from everything we publish."""
        from services.issues.withdraw_review import withdraw_review

        withdraw_review(self.effects, self.settings, self.db, str(number), "asked by the family")

    def gone(self, number: int) -> None:
        """Its own collection no longer lists it."""
        with write_transaction(self.db):
            reviews.set_status(self.db, [number], "withdrawn")
            review_events.add(self.db, [number], "withdrawn", NOW)


def read(number: int, past: bool) -> tuple[Review, ...]:
    """The demonstration's list of a month, read as a scrape reads it."""
    which, era, year = (sample_collection().past, "2019", 2019) if past else (sample_collection().current, "2025", 2026)
    body = render_listing(reviews_in_month(which, number, year), era, year).encode()  # type: ignore[arg-type]  # one of the two
    url = "https://library.example.org/"
    return load_adapter("nspcc-listing").parse(Page(url, url, 200, (), body, NOW), "nspcc").reviews


def titled(review: Review) -> Review:
    """The review with the title that a listing's parser gives it."""
    return replace(review, title=" – ".join(filter(None, (review.publisher, review.name))))


def sample(name: str = "Child A", **more: Any) -> Review:
    """An invented review."""
    plain = Review(
        "nspcc",
        "Suffolk",
        name,
        2016,
        summary=f"Neglect of a 4-year-old girl, {name}, in a caravan.",
        sections=(Section("learning", "Key issues", "drift; delay.", ("drift", "delay")),),
        keywords=("child neglect", "Travellers"),
        links=(Link("Read the report", f"https://library.example.org/{name.replace(' ', '')}"),),
    )
    return titled(replace(plain, **more))


@cache
def _filled() -> bytes:
    """The file of a house with the demonstration's reviews: made once, as it takes a second."""
    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        shelf.demonstrate()
        shelf.issue("2026-09")
        shelf.issue("2026-10", note="Our next issue comes a day later.")
        shelf.issue("2026-11", "draft")
        shelf.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shelf.db.close()
        return (Path(folder) / "casereviews.db").read_bytes()


def full(folder: Path, **settings: Any) -> Shelf:
    """A house with the demonstration's reviews, the issues of September and October sent and November's drafted."""
    (folder / "casereviews.db").write_bytes(_filled())
    return Shelf(folder, **settings)
