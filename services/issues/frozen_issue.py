"""Frozen issue: the messages of a released issue, stored once and rendered anew by a takedown alone.

Each edition of an issue is rendered once, at its release, and stored as the bytes that every reader gets, with marks in
the places of the reader's address and tokens; beside them its reviews one by one, for readers with wishes. Content,
wording and messages are stored in the transaction that gives the issue to the audience queued for it. From then on
delivery, `issue show` and the page of the mail as sent read what was stored: no template and no setting changes it.
Only a takedown, or its undoing, renders an issue anew: the frozen content in the frozen wording. Each stored message
knows which reviews it leaves out; one that should leave out others is found by comparing, whoever took them down: a
person here, or one whose database a restored backup has replaced.
"""

from datetime import datetime

from core.config.schema import Settings
from core.side_effects import SideEffects
from core.states import OPEN_STATUSES, Edition
from db.mail import issue_blocks, issue_messages, issues
from db.mail.issue_blocks import StoredBlocks
from db.mail.issues import StoredIssue
from db.schema.connect import Database
from newsletter.issue.reason import reason_asked
from newsletter.issue.render import RenderedIssue, render
from newsletter.issue.wish_blocks import blocks_to_json, render_blocks
from newsletter.issue.wording import Wording, wording_to_json
from newsletter.mail.issue_message import build_issue_message
from newsletter.mail.merge import MergeTemplate, build_merge_message, message_parts
from services.issues import build_issue, list_identity

SAMPLE_READER, SAMPLE_TOKEN, SAMPLE_MESSAGE = "reader@example.org", "A-SAMPLE-READERS-TOKEN", "A-SAMPLE-MESSAGE-TOKEN"


def freeze_issue(settings: Settings, db: Database, fresh: StoredIssue, now: datetime) -> None:
    """Freeze a draft as it was just stored, with its wording and messages, inside the caller's transaction.

    Raises HouseError when no message can be made of it.
    """
    list_identity.keep_list_id(settings, db)
    wording, period = build_issue.mail_wording(settings, db), fresh.issue.period
    full = RenderedIssue(fresh.html, fresh.text, fresh.issue)
    issues.freeze(db, period, now, wording_to_json(wording))
    _save_messages(db, full, wording, now.astimezone(settings.zone), now)


def rerender_stale(settings: Settings, db: Database, now: datetime) -> None:
    """Render anew each frozen issue that shows a review taken down since, or lacks one restored since.

    Inside the caller's transaction, so that nobody is sent what was there before.
    """
    for period in issue_messages.list_stale(db):
        stored = build_issue.load_issue(db, period)
        wording = build_issue.issue_wording(settings, stored)
        full = render(stored.issue, wording)
        date = (issues.get_frozen_at(db, period) or now).astimezone(settings.zone)
        issues.save_parts(db, period, full.html, full.text)
        _save_messages(db, full, wording, date, now)


def _save_messages(db: Database, full: RenderedIssue, wording: Wording, date: datetime, now: datetime) -> None:
    """Store what each edition's readers get: everybody's message, and the blocks of theirs who have wishes."""

    def build(rendered: RenderedIssue) -> bytes:
        return build_merge_message(rendered, wording, host=wording.host, date=date)

    editions: dict[Edition, RenderedIssue] = {"full": full, "short": render(full.issue, wording, short=True)}
    blocks: dict[Edition, StoredBlocks] = {}
    for edition in editions:
        frame, own = render_blocks(full.issue, wording, short=edition == "short")
        blocks[edition] = StoredBlocks(build(frame), blocks_to_json(own))
    period = full.issue.period
    issue_messages.save(db, period, {edition: build(one) for edition, one in editions.items()}, now)
    issue_blocks.save(db, period, blocks)


def render_edition(settings: Settings, db: Database, stored: StoredIssue, edition: Edition) -> RenderedIssue:
    """An edition of an issue: of a frozen one as it is stored, of a draft as it would be now."""
    if edition == "full":
        return RenderedIssue(stored.html, stored.text, stored.issue)
    if stored.issue.status in OPEN_STATUSES:
        return render(stored.issue, build_issue.current_wording(settings, db), short=True)
    message = issue_messages.by_edition(db, stored.issue.period)[edition]
    reason = reason_asked(build_issue.issue_wording(settings, stored))
    return RenderedIssue(*message_parts(message, reason), stored.issue)


def sample_message(effects: SideEffects, settings: Settings, db: Database, stored: StoredIssue) -> bytes:
    """The issue as a sample reader would receive it; its links hold no real token."""
    if stored.issue.status not in OPEN_STATUSES:
        message = issue_messages.by_edition(db, stored.issue.period)["full"]
        reason = reason_asked(build_issue.issue_wording(settings, stored))
        return MergeTemplate(message)(SAMPLE_READER, SAMPLE_TOKEN, SAMPLE_MESSAGE, reason)
    return build_issue_message(
        render_edition(settings, db, stored, "full"),
        build_issue.mail_wording(settings, db, stored),
        to=SAMPLE_READER,
        token=SAMPLE_TOKEN,
        message_token=SAMPLE_MESSAGE,
        host=settings.host,
        date=effects.now().astimezone(settings.zone),
    )
