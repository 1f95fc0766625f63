"""SES notice: a bounce or complaint that Amazon's SNS sends by mail, as JSON in its text; pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import json
import re
from contextlib import suppress
from typing import Any

from core.bounce_rules import RecipientReport
from core.ses_events import is_complaint, read_bounce
from core.states import InboundForm

MAX_RECIPIENTS = 10
_BROKEN_LINE = re.compile(r"!\r?\n ")  # sendmail breaks lines of more than 990 bytes so


def read_notice(text: str) -> tuple[InboundForm, tuple[RecipientReport, ...]] | None:
    """What a notice says; None for a text that is none. With SNS's own JSON around it or without."""
    notice = _parse_json(text)
    if notice.get("Type") == "Notification":
        notice = _parse_json(str(notice.get("Message")))
    match notice:
        case {"notificationType": "Complaint"} | {"eventType": "Complaint"}:
            told = notice.get("complaint")
            return "complaint" if not isinstance(told, dict) or is_complaint(told) else "automatic", ()
        case {"bounce": {"bouncedRecipients": list(recipients)} as bounce}:
            found = (read_bounce(bounce, one) for one in recipients[:MAX_RECIPIENTS] if isinstance(one, dict))
            reports = tuple(filter(None, found))
            return "bounce" if reports else "automatic", reports
    return None


def _parse_json(text: str) -> dict[str, Any]:
    start = _BROKEN_LINE.sub("", text.lstrip())
    if start.startswith("{"):
        with suppress(ValueError, RecursionError):
            value, _ = json.JSONDecoder().raw_decode(start)  # SNS writes lines for people behind it
            return dict(value)
    return {}
