"""Issue templates: the messages of a frozen issue, to be filled in for each reader who is due."""

from dataclasses import dataclass
from datetime import tzinfo

from core.config.schema import Settings
from core.dates import local_date
from core.records import Claim
from core.states import Edition
from db.mail import issue_messages, issues
from db.schema.connect import Database
from newsletter.issue.reason import reason_added, reason_asked
from newsletter.issue.wording import Wording
from newsletter.mail.merge import MESSAGE_PLACEHOLDER, MergeTemplate
from newsletter.mail.provider_headers import provider_headers
from services.issues.build_issue import issue_wording


@dataclass(frozen=True, slots=True)
class IssueTemplates:
    """The message of each edition, with the frozen wording that says why a reader gets theirs."""

    by_edition: dict[Edition, MergeTemplate]
    wording: Wording
    zone: tzinfo  # of the day on which a reader was added

    def merge(self, claim: Claim, wire_form: bool) -> bytes:
        """The message of a claimed delivery; in `wire_form` with the dots doubled."""
        if claim.added_at:
            reason = reason_added(self.wording, local_date(claim.added_at, self.zone), claim.added_from)
        else:
            reason = reason_asked(self.wording)
        template = self.by_edition[claim.edition]
        fill = template.ready if wire_form else template
        return fill(claim.mailbox, claim.token, claim.message_token, reason)


def load_templates(settings: Settings, db: Database, period: str) -> IssueTemplates:
    """Those of an issue as they are stored. Raises StoreError where they are not whole."""
    messages = issue_messages.by_edition(db, period)
    told = provider_headers(settings.mail.provider, MESSAGE_PLACEHOLDER)
    by_edition = {edition: MergeTemplate(told + message) for edition, message in messages.items()}
    return IssueTemplates(by_edition, issue_wording(settings, issues.get(db, period)), settings.zone)
