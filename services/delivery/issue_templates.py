"""Issue templates: the messages of a frozen issue, or correction, to be filled in for each reader who is due."""

from dataclasses import dataclass
from datetime import tzinfo

from core.config.schema import Settings
from core.dates import local_date, parse_correction_run
from core.records import Claim, Issue
from core.states import EDITIONS, Edition
from core.subscriber_rules import SearchText
from db.mail import issue_blocks, issue_messages, mailings
from db.schema.connect import Database
from newsletter.issue.reason import reason_added, reason_asked
from newsletter.issue.wish_blocks import blocks_from_json
from newsletter.issue.wording import Wording, wording_from_json
from newsletter.mail.merge import MESSAGE_PLACEHOLDER, MergeTemplate
from newsletter.mail.provider_headers import provider_headers
from newsletter.mail.wish_merge import WishMerge
from services.issues import build_issue


@dataclass(frozen=True, slots=True)
class IssueTemplates:
    """The message of each edition, with the frozen wording that says why a reader gets theirs."""

    by_edition: dict[Edition, MergeTemplate]
    by_wishes: dict[Edition, WishMerge]  # for readers who have wishes; none where there is no review
    wording: Wording
    zone: tzinfo  # of the day on which a reader was added

    def merge(self, claim: Claim, wire_form: bool) -> bytes:
        """The message of a claimed delivery; in `wire_form` with the dots doubled."""
        if claim.added_at:
            reason = reason_added(self.wording, local_date(claim.added_at, self.zone), claim.added_from)
        else:
            reason = reason_asked(self.wording)
        template = self.by_edition[claim.edition]
        if self.by_wishes and (claim.topics or claim.nations):
            template = self.by_wishes[claim.edition].template(claim.topics, claim.nations, claim.rest)
        fill = template.ready if wire_form else template
        return fill(claim.mailbox, claim.token, claim.message_token, reason)


def load_templates(settings: Settings, db: Database, period: str) -> IssueTemplates:
    """Those of an issue, or of a correction, as they are stored. Raises StoreError where they are not whole."""
    if parse_correction_run(period):
        return _load_correction(settings, db, period)
    stored = build_issue.load_issue(db, period)
    told = provider_headers(settings.mail.provider, MESSAGE_PLACEHOLDER)
    messages = issue_messages.by_edition(db, period)
    by_edition = {edition: MergeTemplate(told + message) for edition, message in messages.items()}
    by_wishes = _load_blocks(db, stored.issue, told) if stored.issue.reviews else {}
    return IssueTemplates(by_edition, by_wishes, build_issue.issue_wording(settings, stored), settings.zone)


def _load_correction(settings: Settings, db: Database, run: str) -> IssueTemplates:
    """Everybody gets the same words, whatever they wish of an issue."""
    message, wording = mailings.get_message(db, run)
    template = MergeTemplate(provider_headers(settings.mail.provider, MESSAGE_PLACEHOLDER) + message)
    by_edition = dict.fromkeys(EDITIONS, template)
    return IssueTemplates(by_edition, {}, wording_from_json(wording), settings.zone)


def _load_blocks(db: Database, issue: Issue, told: bytes) -> dict[Edition, WishMerge]:
    texts = [None if review.taken_down else SearchText.of(review) for review in issue.reviews]
    return {
        edition: WishMerge(MergeTemplate(told + one.frame), blocks_from_json(one.blocks), texts)
        for edition, one in issue_blocks.by_edition(db, issue.period).items()
    }
