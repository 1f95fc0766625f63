"""Walkthrough of the demonstration: scrape, build, release, deliver to the outbox, over two months."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from app.demo.listing_pages import render_listing, reviews_about, reviews_in_month
from app.demo.listing_server import REPORT_PATH, ListingServer
from app.demo.sample_reviews import sample_collection
from core.calendar import month_after
from core.config.schema import FetchSettings, MailSettings, NewsletterSettings, Settings, Source, WebSettings
from core.config.value_forms import SecretStr
from core.dates import local_date, period_of
from core.errors import HouseError
from core.plurals import plural
from core.records import Subscriber
from core.side_effects import SideEffects
from core.subscriber_rules import Preferences
from db.collection import reviews
from db.mail import issue_marks
from db.mail.issues import IssueEdits
from db.operator import secrets
from db.schema.connect import Database, create, write_transaction
from services.collect import scrape_sources
from services.collect.check_links import check_addresses
from services.collect.read_request import ReadRequest
from services.delivery.deliver_issue import deliver_issues
from services.issues import build_issue, edit_issue, release_issue
from services.operator.scrape_alerts import alert_after_scrape
from services.readers import subscriptions
from services.readers.subscriptions import SubscriptionRequest as Subscribe

# Each with what they ask for: what matches first, everything, and only what matches
SAMPLE_READERS = {
    "ada@example.org": Preferences(("autism", "online abuse")),
    "ben@example.org": Preferences(),
    "cleo@example.org": Preferences(("premature babies",), rest="none"),
}
EARLIER_PATH, THEME_PATH = "/case-reviews/2016-to-2025", "/case-reviews/hidden-men"
EARLIER_YEARS, THEME = "2016 to 2025", "hidden men"
LOST_REPORT = "C1004"  # the catalogue number of the review whose report is gone from the library
FIRST_REVIEW = "C0025"  # the catalogue number of the review that the invented editor puts first
FIRST_REASON = "We are writing our plan for twins who come home from neonatal care."
PAST_PATH, CURRENT_PATH = "/case-reviews/2019", "/case-reviews/recently-published-case-reviews"
PrintLine = Callable[[str], None]
Month = Literal["usual", "large"]  # an issue of 6 reviews, or of 14


class OutboxOnlyMail(MailSettings):
    """Mail that cannot leave: there is no other value for these, and nothing changes settings once they are made."""

    transport: Literal["outbox"] = "outbox"
    live: Literal[False] = False
    host: Literal["mail.invalid"] = "mail.invalid"  # RFC 2606 §2: no machine ever has this name


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What there is to look at, identified by the issue's period."""

    period: str
    outbox: Path  # the folder of all messages
    reader: Subscriber  # whose links to try
    lost: int  # the number of the review whose report is gone


def demo_settings(site: ListingServer, folder: Path, base_url: str, password_hash: str = "") -> Settings:
    """The demonstration's own, whatever is configured elsewhere. Without a hash, operations are closed."""
    return Settings(
        data_dir=folder,
        base_url=base_url,
        sources=(
            Source(name="sample-2019", url=site.url + PAST_PATH),
            Source(name="sample", url=site.url + CURRENT_PATH),
            Source(name="sample-earlier", url=site.url + EARLIER_PATH),
            Source(name="sample-theme", url=site.url + THEME_PATH),
        ),
        newsletter=NewsletterSettings(
            title="Case reviews (invented)",
            permission="Every review here is invented: no child, family or case is real.",
            library_email="library@example.org",
            collection="NSPCC Repository (an invented sample)",
            empty_issue="skip",
            postal_address="Sample House, Example Street, Northshire",
        ),
        mail=OutboxOnlyMail(),
        fetch=FetchSettings(spacing=0),
        web=WebSettings(password_hash=SecretStr(password_hash)),
    )


def run_walkthrough(
    effects: SideEffects, settings: Settings, site: ListingServer, say: PrintLine, month: Month = "usual"
) -> DemoResult:
    """Run the demonstration in an empty folder and say what happens."""
    today = local_date(effects.now(), settings.zone)
    period, folder = period_of(today), settings.data_dir
    with closing(create(settings.database)) as db:
        with write_transaction(db):
            secrets.add_if_missing(db, "signing", effects.token())
        _scrape_months(effects, settings, site, db, today, say, month)
        _skip_month_before(effects, db, period, say)
        lost = _lose_report(effects, settings, site, db)
        build_issue.check_issue_links(effects, settings, db, period)
        first = reviews.get(db, FIRST_REVIEW).id
        edits = edit_issue.put_first(IssueEdits(), first, FIRST_REASON, [first])
        draft = build_issue.build_issue(effects, settings, db, period, edits)
        say(f"Built {period}: {draft.issue.subject}")
        for review in draft.issue.reviews:
            say(f"  {review.title}")
        readers = [
            subscriptions.add_subscriber(effects, db, reader, Subscribe(wishes, "an invented reader", confirmed=True))[
                0
            ]
            for reader, wishes in SAMPLE_READERS.items()
        ]
        release_issue.release_issue(effects, settings, db, period, by_hand=True)
        sent = deliver_issues(effects, settings, db).done["sent"]
    (folder / f"{period}.html").write_text(draft.html, "utf-8")
    (folder / f"{period}.txt").write_text(draft.text, "utf-8")
    outbox = folder / "outbox"
    say(f"Sent it to {sent} sample readers through the outbox: {outbox / period} (files; no mail left this machine)")
    say(f"Wrote {folder / period}.html and .txt")
    return DemoResult(period, outbox, readers[0], lost)


def _skip_month_before(effects: SideEffects, db: Database, period: str, say: PrintLine) -> None:
    """As the timer does with a month without news where `newsletter.empty_issue` is "skip": nothing waits for it."""
    before = month_after(period, -1)
    with write_transaction(db):
        issue_marks.save(db, before, "skipped", effects.now(), "nothing was new")
    say(f"No issue of {before}: what a first read finds is no news")


def _lose_report(effects: SideEffects, settings: Settings, site: ListingServer, db: Database) -> int:
    """Take a report from the library's site, and look at its links. The number of its review."""
    site.gone.add(f"{REPORT_PATH}?searchTerm0={LOST_REPORT}")
    number = reviews.get(db, LOST_REPORT).id
    check_addresses(effects, settings, db, ids=[number])
    return number


def _scrape_months(
    effects: SideEffects,
    settings: Settings,
    site: ListingServer,
    db: Database,
    today: date,
    say: PrintLine,
    month: Month,
) -> None:
    """Read the lists as of last month and today, then once more: nothing has changed. Raises HouseError."""
    before = today.replace(day=1) - timedelta(days=1)
    for number, day in ((1, before), (2, today), (2, today)):
        _publish_lists(site, number, before.year, month)
        request = ReadRequest(as_of=day)
        runs = scrape_sources.scrape_sources(effects, settings, db, settings.sources, request)
        alert_after_scrape(effects, settings, db, runs, request)
        for run in runs:
            if run.problems:
                raise HouseError("the demonstration's own page was not read", "; ".join(run.problems))
            word = "known" if number == 1 else "new"
            what = "not changed" if run.not_modified else f"{run.new} {word}, {run.changed} changed"
            say(f"{day}  {run.source}: {run.seen} reviews, {what} ({plural(run.requests, 'request')})")


def _publish_lists(site: ListingServer, number: int, year: int, month: Month) -> None:
    """Put the lists of one of the two months on the site."""
    added = sample_collection().large if month == "large" else ()
    current = sorted((*sample_collection().current, *added), key=lambda sample: sample.review.publisher)
    earlier, theme = sample_collection().earlier, reviews_about(sample_collection().earlier, THEME)
    site.put(EARLIER_PATH, render_listing((sample.review for sample in earlier), "2019", EARLIER_YEARS))
    site.put(THEME_PATH, render_listing(theme, "2025", EARLIER_YEARS))
    for link in (link for review in theme for link in review.links):
        site.put_report(link.url)
    site.put(PAST_PATH, render_listing(reviews_in_month(sample_collection().past, number, 2019), "2019", 2019))
    site.put(CURRENT_PATH, render_listing(reviews_in_month(current, number, year), "2025", year))
