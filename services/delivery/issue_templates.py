"""Issue templates: the messages of a frozen issue, or correction, to be filled in for each reader who is due."""

from collections.abc import Callable
from datetime import date, tzinfo
from functools import lru_cache, partial

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
from newsletter.mail.canonical_form import Unsigned
from newsletter.mail.dkim import DkimSigner
from newsletter.mail.merge import MESSAGE_PLACEHOLDER, MergeTemplate
from newsletter.mail.provider_headers import provider_headers
from newsletter.mail.signed_merge import SignedTemplate
from newsletter.mail.slotted_bytes import MergedMessage
from newsletter.mail.transport import Session
from newsletter.mail.wish_merge import WishMerge
from services.issues import build_issue

MAX_REASONS = 1_000  # that are kept: one of each list, and of each reader who was added by hand
MAX_SIGNED = 200  # templates kept as they are signed: editions, and sets of wishes


class IssueTemplates:
    """The message of each edition, with the frozen wording that says why a reader gets theirs."""

    def __init__(
        self,
        by_edition: dict[Edition, MergeTemplate],
        by_wishes: dict[Edition, WishMerge],
        wording: Wording,
        zone: tzinfo,
    ) -> None:
        """`by_wishes`: for readers who have some; none where there is no review. `zone`: of the day of their adding."""
        self._by_edition, self._by_wishes, self._zone = by_edition, by_wishes, zone
        self._asked = reason_asked(wording)
        self._added: Callable[[date, str], str] = lru_cache(MAX_REASONS)(partial(reason_added, wording))
        self._signed = lru_cache(MAX_SIGNED)(SignedTemplate)

    def merge_for(self, session: Session, claim: Claim) -> tuple[bytes, MergedMessage | None]:
        """The message of a claimed delivery as a session takes it: its bytes, or its pieces."""
        template, own = self._find(claim)
        if not session.takes_wire_form:
            return template(*own), None
        made = self._signed(template, session.signer) if session.signer else template
        return (b"", made.merged(*own)) if session.takes_merged else (made.ready(*own), None)

    def unsigned(self, claim: Claim, signer: DkimSigner) -> Unsigned:
        """The same for somebody else to sign."""
        template, own = self._find(claim)
        return self._signed(template, signer).unsigned(*own)

    def _find(self, claim: Claim) -> tuple[MergeTemplate, tuple[str, str, str, str]]:
        """The template of a claimed delivery, and its reader's own: mailbox, token, message token, reason."""
        reason = self._asked
        if claim.added_at:
            reason = self._added(local_date(claim.added_at, self._zone), claim.added_from)
        template = self._by_edition[claim.edition]
        if self._by_wishes and (claim.topics or claim.nations):
            template = self._by_wishes[claim.edition].template(claim.topics, claim.nations, claim.rest)
        return template, (claim.mailbox, claim.token, claim.message_token, reason)


def load_templates(settings: Settings, db: Database, period: str) -> IssueTemplates:
    """Those of an issue, or of a correction, as they are stored. Raises StoreError where they are not whole."""
    if parse_correction_run(period):
        return _load_correction(settings, db, period)
    stored = build_issue.load_issue(db, period)
    told = provider_headers(settings.mail.providers, MESSAGE_PLACEHOLDER)
    messages = issue_messages.by_edition(db, period)
    by_edition = {edition: MergeTemplate(told + message) for edition, message in messages.items()}
    by_wishes = _load_blocks(db, stored.issue, told) if stored.issue.reviews else {}
    return IssueTemplates(by_edition, by_wishes, build_issue.issue_wording(settings, stored), settings.zone)


def _load_correction(settings: Settings, db: Database, run: str) -> IssueTemplates:
    """Everybody gets the same words, whatever they wish of an issue."""
    message, wording = mailings.get_message(db, run)
    template = MergeTemplate(provider_headers(settings.mail.providers, MESSAGE_PLACEHOLDER) + message)
    by_edition = dict.fromkeys(EDITIONS, template)
    return IssueTemplates(by_edition, {}, wording_from_json(wording), settings.zone)


def _load_blocks(db: Database, issue: Issue, told: bytes) -> dict[Edition, WishMerge]:
    texts = [None if review.taken_down else SearchText.of(review) for review in issue.reviews]
    return {
        edition: WishMerge(MergeTemplate(told + one.frame), blocks_from_json(one.blocks), texts)
        for edition, one in issue_blocks.by_edition(db, issue.period).items()
    }
