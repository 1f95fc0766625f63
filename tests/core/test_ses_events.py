"""What Amazon SES tells of a recipient, with a server's words or without."""

from typing import Any

import pytest

from core.bounce_rules import classify_report
from core.ses_events import is_complaint, read_bounce

READER = "reader@example.org"


@pytest.mark.parametrize(
    ("kind", "subtype", "recipient", "verdict"),
    [
        ("Permanent", "General", {"diagnosticCode": "smtp; 550 5.1.1 user unknown", "status": "5.1.1"}, "hard"),
        ("Permanent", "NoEmail", {}, "hard"),
        ("Permanent", "General", {}, "unknown"),
        ("Permanent", "OnAccountSuppressionList", {"status": "5.1.1", "diagnosticCode": "user unknown"}, "unknown"),
        ("Transient", "MailboxFull", {}, "soft"),
        ("Transient", "MessageTooLarge", {}, "spam"),
        ("Transient", "ContentRejected", {}, "spam"),
        ("Transient", "AttachmentRejected", {"diagnosticCode": None}, "spam"),
        ("Undetermined", "Undetermined", {}, "unknown"),
    ],
)
def test_a_bounce_is_read_by_its_words_else_by_its_kind(
    kind: str, subtype: str, recipient: dict[str, Any], verdict: str
) -> None:
    report = read_bounce(
        {"bounceType": kind, "bounceSubType": subtype}, {"emailAddress": "Reader@example.org"} | recipient
    )

    assert report and classify_report(report, READER) == verdict


def test_an_automatic_reply_is_no_bounce() -> None:
    assert read_bounce({"bounceType": "Transient", "bounceSubType": "General"}, {"emailAddress": READER}) is None


@pytest.mark.parametrize(
    ("complaint", "right"),
    [
        ({"complaintFeedbackType": "abuse"}, True),
        ({"complaintSubType": None}, True),
        ({"complaintFeedbackType": "not-spam"}, False),
        ({"complaintSubType": "OnAccountSuppressionList"}, False),
    ],
)
def test_only_a_reader_s_own_complaint_is_one(complaint: dict[str, Any], right: bool) -> None:
    assert is_complaint(complaint) is right
