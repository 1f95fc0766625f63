"""The verb build: a month's issue composed, rendered, stored as a draft."""

import json
from dataclasses import replace
from datetime import datetime

from app.world import World
from core.dates import local_date
from core.errors import IssueBlocked, IssueFrozen, NotFound
from core.settings import Settings
from db import events, issues, reviews, sources, takedowns
from db.connect import Database, write
from db.issues import Edits, Kept
from newsletter.compose import Wording, bounds, compose
from newsletter.letter import Edition
from newsletter.message import message
from newsletter.render import Rendered, render

OPEN = ("draft", "approved")  # an issue that may still change; past that it is frozen
NAMED = (
    "title",
    "collection",
    "collections",
    "order",
)  # of the wording: frozen with an issue, whose intro speaks of it


def wording(settings: Settings) -> Wording:
    """What the frame of an issue says, from the configuration."""
    return Wording(
        title=settings.newsletter.title,
        collection=settings.newsletter.collection,
        base_url=settings.base_url,
        sender=settings.mail.sender,
        reply_to=settings.mail.reply_to or settings.operator,
        postal_address=settings.newsletter.postal_address,
        support=settings.support.lines,
        support_checked=settings.support.checked,
        order=settings.newsletter.order,
        unsubscribe_mailbox=settings.mail.unsubscribe_mailbox,
        collections=tuple((source.name, source.collection) for source in settings.sources),
    )


def frame(settings: Settings) -> str:
    """The names that are frozen with an issue, as JSON."""
    words = wording(settings)
    return json.dumps({name: getattr(words, name) for name in NAMED})


def framed(settings: Settings, kept: Kept) -> Wording:
    """What the frame of an issue says: its names as they were frozen with it, all else as configured now.

    How we are reached, and where help is, must be right whenever a message leaves.
    """
    held = json.loads(kept.frame or "{}")
    if "collections" in held:
        held["collections"] = tuple(map(tuple, held["collections"]))
    return replace(wording(settings), **held)


def draft(settings: Settings, db: Database, period: str, edits: Edits | None = None) -> Kept:
    """The issue of a period as it would be built now, a draft; writes nothing. A frozen issue is as it was frozen."""
    first, until = bounds(period, settings.zone)
    try:
        if (kept := stored(settings, db, period)).issue.status not in OPEN:
            return kept
    except NotFound:
        pass
    edits = edits or issues.edits(db, period)
    order = [int(number) for number in edits.order.split(",")] if edits.order[:1].isdigit() else edits.order
    read_well = sources.last_good_day(db, [source.name for source in settings.sources])
    issue = compose(
        reviews.waiting(db, period, until),
        period,
        wording(settings),
        until=until,
        note=edits.note,
        skip=frozenset(edits.skips),
        order=order or settings.newsletter.order,
        updated=reviews.edited(db, first, until),
        withdrawn=[reviews.get(db, str(number)) for number in events.withdrawn(db, first, until)],
        last_read=local_date(read_well, settings.zone) if read_well else None,
    )
    rendered = render(issue, wording(settings))
    issue = replace(issue, shortened=rendered.issue.shortened, left_out=rendered.issue.left_out)
    return Kept(issue, edits, rendered.html, rendered.text)


def waiting(settings: Settings, db: Database, period: str) -> list[int]:
    """The numbers of the reviews that a period's issue may carry."""
    _, until = bounds(period, settings.zone)
    return [review.id for review in reviews.waiting(db, period, until)]


def quarantined(settings: Settings, db: Database) -> list[str]:
    """The names of the configured sources whose last read was not believed."""
    last = [(source.name, sources.last_verdict(db, source.name)) for source in settings.sources]
    return [name for name, run in last if run and run.quarantined]


def refuse_quarantined(settings: Settings, db: Database) -> None:
    """Raises IssueBlocked while a source is quarantined: what an issue should hold is not known then."""
    if bad := quarantined(settings, db):
        fix = f"Read it again, or look at the page and take it: casereviews scrape {bad[0]} --accept"
        raise IssueBlocked("the issue waits", f"{', '.join(bad)} is quarantined", fix)


def stored(settings: Settings, db: Database, period: str) -> Kept:
    """An issue as it was built or sent; a review taken down since has left nothing but a tombstone in it.

    Raises NotFound.
    """
    kept = issues.get(db, period)
    issue = kept.issue
    everyone = [*issue.reviews, *issue.withdrawn, *(update.review for update in issue.updated)]
    down = takedowns.among(db, [review.id for review in everyone])
    if not down:
        return kept
    issue = replace(
        issue,
        reviews=tuple(reviews.get(db, str(r.id)) if r.id in down else r for r in issue.reviews),
        withdrawn=tuple(r for r in issue.withdrawn if r.id not in down),
        updated=tuple(update for update in issue.updated if update.review.id not in down),
        preheader=issue.title,  # the one before may name the review
    )
    edition: Edition = "web" if kept.issue.status == "sent" else "email"
    rendered = render(issue, framed(settings, kept), edition)
    return replace(kept, issue=issue, html=rendered.html, text=rendered.text)


def build(
    world: World, settings: Settings, db: Database, period: str, edits: Edits | None = None, dry: bool = False
) -> Kept:
    """Compose the issue of a period, render it and store it as a draft; a dry run stores nothing.

    A later draft that carried one of its reviews is built anew without; an approval of other content is void.
    Raises IssueFrozen when it is past that, IssueBlocked while a source is quarantined.
    """
    refuse_quarantined(settings, db)
    with write(db):  # so that nothing changes between reading and storing
        kept = draft(settings, db, period, edits)
        if kept.issue.status != "draft":
            fix = f"See: casereviews issue show {period}"
            raise IssueFrozen("the issue no longer changes", f"{period} is {kept.issue.status}", fix)
        if not dry:
            issues.keep_anew(db, kept, world.now())
            rebuild_drafts(settings, db, world.now(), after=period)
            kept = issues.get(db, period)
    return kept


def rebuild_drafts(settings: Settings, db: Database, now: datetime, after: str = "") -> None:
    """Build anew every issue not yet sent, of periods `after` one or all, inside the caller's transaction.

    An approval is void when what was approved changes.
    """
    for old in reversed(issues.listing(db)):
        period = old.issue.period
        if old.issue.status in OPEN and period > after:
            new = draft(settings, db, period)
            if new.issue.hash != old.issue.hash:
                issues.keep_anew(db, new, now)


def web_copy(settings: Settings, kept: Kept) -> Rendered:
    """The issue as the archive shows it: nothing of any reader's in it."""
    return render(kept.issue, framed(settings, kept), "web")


def sample_message(world: World, settings: Settings, kept: Kept, reader: str = "reader@example.org") -> bytes:
    """The issue as a sample reader would receive it; its links hold no real token."""
    words = framed(settings, kept)
    return message(
        render(kept.issue, words),
        words,
        to=reader,
        token="A-SAMPLE-READERS-TOKEN",
        message_token="A-SAMPLE-MESSAGE-TOKEN",
        host=settings.host,
        date=world.now().astimezone(settings.zone),
    )
