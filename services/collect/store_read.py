"""Read store: what a read of a source has changed, written with the run inside one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.records import Page
from core.source_records import Run, SourceCheckpoint
from db.collection import links, review_events, reviews, runs, sightings, sign_offs, sources, takedowns
from db.collection.sign_offs import SignOff
from scraper.identity import heading_key, sighting_digest
from scraper.reconcile import Reconciliation, is_named
from scraper.source_kinds import GRAMMAR_VERSION
from services.collect import takedown_questions
from services.collect.read_request import ReadContext

FIRST_READ, ACCEPTED_PAGE = "its first read", "a page that was accepted"


def store_read(context: ReadContext, checkpoint: SourceCheckpoint, run: Run, decisions: Reconciliation) -> None:
    """Write what was decided and that it was read, inside the caller's transaction."""
    if not run.quarantined:
        _store_reviews(context, decisions, run.baseline)
        takedown_questions.store_questions(context, decisions, run.seen)
        _ask_for_sign_off(context, run)
        sources.save(context.db, checkpoint)
    runs.add(context.db, run)


def _store_reviews(context: ReadContext, decisions: Reconciliation, baseline: bool) -> None:
    db, source, now = context.db, context.source.name, context.now
    down = takedowns.find_taken_down(db, [review.id for review, _ in decisions.sighted])  # since we thought, perhaps
    leftovers = runs.first_leftovers(db, source) if decisions.new and not baseline else ()
    new = []
    for review in decisions.new:
        known = context.request.is_known(review) if baseline else is_named(review, leftovers)  # there, and not readable
        new.append(reviews.NewReview(review, heading_key(review), known))
    added = reviews.add_many(db, new, now)
    sightings.mark_shown(db, source, [(number, sighting_digest(review)) for number, review in added], now)
    for review, changes in decisions.changed:
        if review.id not in down:
            reviews.save_edit(db, review, changes, heading_key(review), now)
    for review in decisions.restated:
        if review.id not in down:
            reviews.save_edit(db, review, (), heading_key(review), now)
    for review in decisions.relinked:
        reviews.replace_links(db, review)
    if not baseline:  # another source's first read had it as known already; here it is news
        reviews.promote_to_news(db, [review.id for review in decisions.joined], now)
    links.apply_known_checks(
        db,
        [
            *(number for number, _ in added),
            *(r.id for r, _ in decisions.changed),
            *(r.id for r in (*decisions.restated, *decisions.relinked)),
        ],
    )
    links.replace_copies(db, source, [(number, own) for number, own in decisions.copies if number not in down])
    returned = {review.id for review in decisions.returned} - down
    reviews.set_status(db, returned, "current")
    review_events.add(db, returned, "returned", now)
    sightings.mark_shown(db, source, [(r.id, print_) for r, print_ in decisions.sighted if r.id not in down], now)
    missing = {review.id for review in decisions.missing}
    sightings.mark_missing(db, source, missing, context.today)
    sightings.mark_ended(db, source, decisions.ended)
    missing -= sightings.shown_elsewhere(db, source, missing)
    reviews.set_status(db, missing, "missing")
    review_events.add(db, missing, "missing", now, source)
    withdraw_missing(context, [review.id for review in decisions.withdrawn])


def _ask_for_sign_off(context: ReadContext, run: Run) -> None:
    """Ask for a person's look after a source's first read, and after a page that was accepted; in a transaction."""
    name, accepted = context.source.name, context.request.accept and bool(run.problems)
    if accepted or (run.baseline and sign_offs.get(context.db, name) is None):
        occasion = ACCEPTED_PAGE if accepted and not run.baseline else FIRST_READ
        sign_offs.save(context.db, SignOff(name, occasion, context.now))


def withdraw_missing(context: ReadContext, ids: Sequence[int]) -> None:
    """The second healthy read without them, on another day: their collection no longer lists them."""
    gone = set(ids) - sightings.shown_elsewhere(context.db, context.source.name, ids)
    reviews.set_status(context.db, gone, "withdrawn")
    review_events.add(context.db, gone, "withdrawn", context.now, context.source.name)


def renew_checkpoint(checkpoint: SourceCheckpoint, page: Page, now: datetime, whole: bool = True) -> SourceCheckpoint:
    """What to hold of an address after a read that was good. Only a `whole` one is a baseline."""
    return replace(
        checkpoint,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        sha256=page.sha256,
        grammar=GRAMMAR_VERSION,
        read_at=now,
        baseline_at=checkpoint.baseline_at or (now if whole else None),
        not_before=None,
    )
