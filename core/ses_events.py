"""SES events: what a bounce or complaint that Amazon SES tells of means for a recipient; pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from collections.abc import Mapping
from typing import Any

from core.bounce_rules import RecipientReport

NO_COMPLAINTS = ("not-spam", "auth-failure", "virus")  # RFC 5965 §7.3: none of them is a wish of a reader's
SUPPRESSED_TYPES = ("Suppressed", "OnAccountSuppressionList")
SUPPRESSED_WORDS = "not tried: the provider keeps this address on its own suppression list"
# What a subtype says where the server's status is not passed on (RFC 3463).
_SUBTYPE_STATUSES = {
    "NoEmail": "5.1.1",
    "MailboxFull": "5.2.2",
    "MessageTooLarge": "5.3.4",
    "ContentRejected": "5.6.0",
    "AttachmentRejected": "5.6.0",
}


def is_complaint(complaint: Mapping[str, Any]) -> bool:
    """Whether a reader complains; not so where Amazon did not try, since somebody complained to it before."""
    is_old = complaint.get("complaintSubType") in SUPPRESSED_TYPES
    return not is_old and complaint.get("complaintFeedbackType") not in NO_COMPLAINTS


def read_bounce(bounce: Mapping[str, Any], recipient: Mapping[str, Any]) -> RecipientReport | None:
    """What a bounce says, in the server's words; what Amazon did not even try is no word of the server's.

    None for one that passes and of which nothing is said: somebody's automatic reply.
    """
    subtype = str(bounce.get("bounceSubType", ""))
    action, status, told, address = (
        str(recipient.get(name) or "") for name in ("action", "status", "diagnosticCode", "emailAddress")
    )
    if subtype in SUPPRESSED_TYPES:
        return RecipientReport("failed", "", SUPPRESSED_WORDS, address.lower())
    status = status[:100] or _SUBTYPE_STATUSES.get(subtype, "")
    if not (told or status) and bounce.get("bounceType") == "Transient":
        return None
    words = (told.partition(";")[2] or told).strip()
    return RecipientReport(action or "failed", status, words or status, address.lower())
