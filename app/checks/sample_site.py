"""Sample site: an invented issue and the pages about it, rendered with the operator's templates."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.demo.sample_reviews import sample_collection
from app.web import create_app
from app.web.site.template_trial import TemplateFault, try_pages, try_template
from core.config.schema import Settings
from core.dates import local_date, period_of
from core.records import Issue
from core.side_effects import SideEffects
from db.collection import reviews
from db.mail import issues
from db.operator import secrets
from db.schema.connect import Database, create, write_transaction
from newsletter.issue.render import render, render_mail
from newsletter.issue.wish_blocks import render_blocks
from newsletter.mail.confirm_message import build_confirm_view
from scraper.identity import add_identity, heading_key
from services.issues import build_issue, frozen_issue
from services.issues.build_issue import current_wording

PAGES = (
    *("/", "/subscribe", "/check-your-email", "/about", "/contact", "/accessibility", "/privacy", "/issues"),
    *("/reviews", "/reviews/1", "/reviews/1/report", "/topics", "/trends", "/learning", "/lists/new?all=yes"),
    *("/compare?review=1&review=2", "/saved-searches?q=a", "/no-such-page", "/ops/login"),
)


def sample_settings(settings: Settings, folder: Path) -> Settings:
    """The same with another database; files that are named beside the data directory are still found."""
    site = settings.site
    own = {
        name: str(settings.beside_data(value).resolve())
        for name in ("logo", "templates")
        if (value := getattr(site, name))
    }
    pages = {"pages": str(settings.site_pages.resolve())}
    return settings.replace(data_dir=folder / "data", site=site.replace(**(own | pages)))


def fill_sample(effects: SideEffects, settings: Settings) -> None:
    """Make a database with two invented reviews and an issue of them."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with closing(create(settings.database)) as db:
        with write_transaction(db):
            secrets.add_if_missing(db, "signing", effects.token())
        _add_issue(effects, settings, db)


def _add_issue(effects: SideEffects, settings: Settings, db: Database) -> None:
    now, period = effects.now(), period_of(local_date(effects.now(), settings.zone))
    with write_transaction(db):
        for number, one in enumerate(sample_collection().current[:2], 1):
            review = add_identity(replace(one.review, source=settings.sources[0].name, first_seen=now))
            reviews.add(db, replace(review, key=review.key or str(number)), heading_key(review), now)
    later = replace(effects, now=lambda: now + timedelta(minutes=1))
    build_issue.build_issue(later, settings, db, period, issues.IssueEdits(note="A [link](https://example.org)."))
    with write_transaction(db):
        frozen_issue.freeze_issue(settings, db, issues.get(db, period), now)
        issues.mark_sent(db, period, now)


def try_mails(folder: Path, settings: Settings, issue: Issue) -> TemplateFault | None:
    """What of the operator's templates breaks an issue, a reader's own blocks of it or a confirmation."""
    words = current_wording(settings)
    view = build_confirm_view("confirm", words, "T" * 22)

    def make() -> None:
        render(issue, words)
        render_blocks(issue, words)
        render_mail("confirmation.html", words, view=view)

    return try_template(make, folder)


def try_site(effects: SideEffects, settings: Settings, folder: Path) -> list[TemplateFault]:
    """What of them breaks a page."""
    period = period_of(local_date(effects.now(), settings.zone))
    return try_pages(create_app(effects, settings), folder, settings.base_url, [*PAGES, f"/issues/{period}"])
