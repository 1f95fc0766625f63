"""Issue building: a month's issue composed, rendered, stored as a draft."""

from dataclasses import replace
from datetime import datetime

from core.actions import issue_action
from core.calendar import month_bounds
from core.config.schema import Settings
from core.detail import limit_review
from core.errors import IssueFrozen, NotFound
from core.records import Review
from core.side_effects import SideEffects
from core.states import OPEN_STATUSES
from db.collection import review_events, reviews, takedowns
from db.mail import corrections, issues
from db.mail.issues import IssueEdits, StoredIssue
from db.schema.connect import Database, write_transaction
from newsletter.issue.compose import compose
from newsletter.issue.render import RenderedIssue, render
from newsletter.issue.wording import Wording, wording_from_json
from services.issues import issue_coverage, list_identity
from services.issues.support_lines import support_checked

LINK_CHECK_MINUTES = 5  # that a draft waits for the sites that reports are on


def current_wording(settings: Settings, db: Database | None = None) -> Wording:
    """What the frame of an issue says, from the configuration; with `db` also when its support lines were checked."""
    return Wording(
        title=settings.newsletter.title,
        collection=settings.newsletter.collection,
        base_url=settings.base_url,
        sender=settings.mail.sender,
        reply_to=settings.mail.reply_to or settings.first_operator,
        postal_address=settings.newsletter.postal_address,
        support=settings.support.lines,
        support_checked=support_checked(settings, db) if db else settings.support.checked,
        order=settings.newsletter.order,
        permission=settings.newsletter.permission,
        privacy_url=settings.newsletter.privacy_url,
        site=settings.site.name,
        accent=settings.site.accent,
        accent_dark=settings.site.night_accent,
        templates=str(settings.beside_data(settings.site.templates).resolve()) if settings.site.templates else "",
        unsubscribe_mailbox=settings.mail.unsubscribe_mailbox,
        recipient_delimiter=settings.mail.recipient_delimiter,
        collections=tuple((source.name, source.collection) for source in settings.sources),
        timezone=settings.timezone,
    )


def issue_wording(settings: Settings, stored: StoredIssue, db: Database | None = None) -> Wording:
    """What an issue says beside its content: as it was frozen, or as configured now."""
    return wording_from_json(stored.wording) if stored.wording else current_wording(settings, db)


def mail_wording(settings: Settings, db: Database, stored: StoredIssue | None = None) -> Wording:
    """The same for a message of an issue, or of what is to be frozen now: with the identifier of the list."""
    words = issue_wording(settings, stored, db) if stored else current_wording(settings, db)
    return words if words.list_id else replace(words, list_id=list_identity.list_id(settings, db))


def web_wording(settings: Settings, stored: StoredIssue, db: Database) -> Wording:
    """The same for its page: a page of the site as it is now, so the site's address and where help is are today's."""
    words, now = issue_wording(settings, stored), current_wording(settings, db)
    return replace(words, base_url=now.base_url, support=now.support, support_checked=now.support_checked)


def compose_draft(settings: Settings, db: Database, period: str, edits: IssueEdits | None = None) -> StoredIssue:
    """The issue of a period as it would be built now, a draft; writes nothing. A frozen issue is as it was frozen."""
    first, until = month_bounds(period, settings.zone)
    try:
        if (stored := load_issue(db, period)).issue.status not in OPEN_STATUSES:
            return stored
    except NotFound:
        pass
    edits = edits or issues.get_edits(db, period)
    order = [int(number) for number in edits.order.split(",")] if edits.order[:1].isdigit() else edits.order
    told_from, told_until = issue_coverage.untold_span(settings, db, period)
    issue = compose(
        [limit_review(settings, review) for review in _list_candidates(db, period, until, edits)],
        period,
        current_wording(settings, db),
        until=until,
        since=first,
        note=edits.note,
        skip=frozenset(edits.skips),
        order=order or settings.newsletter.order,
        updated=[
            replace(update, review=limit_review(settings, update.review))
            for update in reviews.list_edited(db, told_from, told_until)
        ],
        withdrawn=[reviews.get(db, str(number)) for number in review_events.list_withdrawn(db, told_from, told_until)],
        corrections=corrections.list_untold(db, period),
        added=frozenset(edits.adds),
        first=edits.first,
        first_reason=edits.first_reason,
        sources=issue_coverage.source_coverages(settings, db, period),
    )
    rendered = render(issue, current_wording(settings, db))
    issue = replace(issue, shortened=rendered.issue.shortened, left_out=rendered.issue.left_out)
    return StoredIssue(issue, edits, rendered.html, rendered.text)


def _list_candidates(db: Database, period: str, until: datetime, edits: IssueEdits) -> list[Review]:
    """The news that a period's issue may carry, and what a person added to it, unless another issue carries that."""
    news = reviews.list_for_issue(db, period, until)
    known = {review.id for review in news}
    added = [reviews.get(db, str(number)) for number in edits.adds if number not in known]
    return [*news, *(review for review in added if review.issue in (None, period))]


def waiting_review_ids(settings: Settings, db: Database, period: str) -> list[int]:
    """The numbers of the reviews that a period's issue may carry."""
    _, until = month_bounds(period, settings.zone)
    return [review.id for review in _list_candidates(db, period, until, issues.get_edits(db, period))]


def check_issue_links(effects: SideEffects, settings: Settings, db: Database, period: str) -> None:
    """See where the links of the reviews that wait for an issue lead today, before its draft is built.

    Takes some minutes at the most: what was not looked at by then stays as it was known.
    Raises LockHeld while another run reads sources.
    """
    from services.collect.check_links import check_addresses  # what asks hosts is heavy, and seldom asked for here

    with effects.lock(settings.data_dir, "casereviews"):
        ids = waiting_review_ids(settings, db, period)
        check_addresses(effects, settings, db, limit=None, ids=ids, minutes=LINK_CHECK_MINUTES)


def load_issue(db: Database, period: str) -> StoredIssue:
    """An issue as it was built or sent; a review taken down since has left nothing but a tombstone in it.

    Its parts are as stored: nothing is rendered. Raises NotFound.
    """
    stored = issues.get(db, period)
    issue = stored.issue
    told = corrections.hide_taken_down(db, issue.corrections)
    down = takedowns.find_taken_down(db, [review.id for review in issue.named])
    if not down and told == issue.corrections:
        return stored
    issue = replace(
        issue,
        corrections=told,
        reviews=tuple(reviews.get(db, str(r.id)) if r.id in down else r for r in issue.reviews),
        withdrawn=tuple(r for r in issue.withdrawn if r.id not in down),
        updated=tuple(update for update in issue.updated if update.review.id not in down),
        preheader=issue.title
        if any(r.id in down for r in issue.reviews)
        else issue.preheader,  # it may name the review
    )
    return replace(stored, issue=issue)


def build_issue(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    period: str,
    edits: IssueEdits | None = None,
    dry: bool = False,
    incomplete: bool = False,
    editor: str = "",
) -> StoredIssue:
    """Compose the issue of a period, render it and store it as a draft; a dry run stores nothing.

    `incomplete`: also while it waits for a source, so that a note can be stored; its approval and release wait still.
    `editor`: the email address of whose `edits` these are; empty where nobody knows, at the terminal.

    A later draft that carried one of its reviews is built anew without; an approval of other content is void.
    Raises IssueFrozen when it is past that, IssueBlocked while a source that it needs is quarantined, and HouseError
    for a month that has not begun.
    """
    issue_coverage.refuse_future(settings, db, period, effects.now())
    before = issues.get_edits(db, period)
    edits, is_edited = edits or before, bool(editor) or edits not in (None, before)
    if not incomplete:
        issue_coverage.refuse_awaited(settings, db, period, edits, by_hand=True)
    with write_transaction(db):  # so that nothing changes between reading and storing
        stored = compose_draft(settings, db, period, edits)
        if stored.issue.status != "draft":
            action = issue_action(period, "See the issue", f"See: casereviews issue show {period}")
            raise IssueFrozen("the issue no longer changes", f"{period} is {stored.issue.status}", action=action)
        if not dry:
            list_identity.keep_list_id(settings, db)
            issues.save_rebuilt(db, stored, effects.now())
            if is_edited:
                issues.set_editor(db, period, editor)
            rebuild_drafts(settings, db, effects.now(), after=period, editor=editor if is_edited else None)
            stored = issues.get(db, period)
    return stored


def rebuild_drafts(settings: Settings, db: Database, now: datetime, after: str = "", editor: str | None = None) -> None:
    """Build anew every issue not yet sent, of periods `after` one or all, inside the caller's transaction.

    An approval is void when what was approved changes. `editor`: the address of who has changed it; None: nobody.
    """
    for period, content_hash in issues.list_open(db, after).items():
        draft = compose_draft(settings, db, period)
        if draft.issue.hash != content_hash:
            issues.save_rebuilt(db, draft, now)
            if editor is not None:
                issues.set_editor(db, period, editor)


def render_web_copy(settings: Settings, stored: StoredIssue, db: Database) -> RenderedIssue:
    """The issue as the archive shows it: nothing of any reader's in it."""
    return render(stored.issue, web_wording(settings, stored, db), "web")
