"""Wording of the operations pages: schedule, mail transport, runs, delivery advice; pure."""

from collections.abc import Callable
from datetime import datetime

from core.bounce_rules import classify_refusal, parse_codes
from core.config.schema import MailSettings, NewsletterSettings
from core.issue_lifecycle import IssueStanding, IssueState
from core.plurals import plural
from core.records import Delivery, Run

MomentFormat = Callable[[datetime | None], str]
STATE_LABELS = {
    "queued": "waiting",
    "sending": "on their way",
    "sent": "sent",
    "refused": "refused",
    "failed": "failed",
    "unknown": "unknown",
}
STATUS_LABELS = {
    "": "not built yet",
    "draft": "a draft",
    "approved": "approved",
    "sending": "being sent",
    "sent": "sent",
}
TOO_LATE = "It is too late to go by itself. Approve and send it, or leave its reviews to the next issue."
RESTORE_UNDECIDED = "A backup was restored, and whether it went out since is not known: the first page says what to do."
UNDELIVERED_STATES = ("refused", "failed", "unknown")


def format_count(number: int, one: str, many: str = "") -> str:
    """ "1 reader", "1,200 readers", "no readers"."""
    return plural(number, one, many, none="no", thousands=",")


def describe_sending(
    known: IssueState,
    where: IssueStanding | None,
    due: datetime,
    now: datetime,
    letter: NewsletterSettings,
    moment: MomentFormat,
) -> str:
    """When an issue goes out, and what it waits for. `where`: None before its day, which is `due`, and long after."""
    if where and where.step == "restored":
        return RESTORE_UNDECIDED
    if known.status in ("sending", "sent"):
        return "It is being sent." if known.status == "sending" else f"It was sent on {moment(known.sent_at)}."
    if where is None and due <= now:
        return TOO_LATE
    if where is None:
        return _describe_upcoming(known, due, letter, moment)
    return {
        "ask": TOO_LATE,
        "asked": TOO_LATE,
        "draft": "It is due. The timer drafts it at its next run.",
        "held": f"It will be sent on {moment(where.when)} unless you pause it.",
        "paused": "It is paused. It is sent when you resume it, or send it yourself.",
        "approval": "It waits for your approval.",
        "release": "It is due. The timer sends it at its next run.",
        "skipped": "There is no issue of this month: nothing was new.",
        "gone": "It was not sent; its reviews go into the next issue.",
        "settled": "It went out before a backup was restored. Nothing of it is left here.",
    }[where.step]


def _describe_upcoming(known: IssueState, due: datetime, letter: NewsletterSettings, moment: MomentFormat) -> str:
    """What happens on an issue's day, which is to come."""
    if known.paused:
        return f"Its day is {moment(due)}. It is paused: it is sent when you resume it, or send it yourself."
    if known.status == "approved":
        return f"It is sent on {moment(due)}."
    then = {
        "approve": "it is sent when you have approved it",
        "auto": "it is sent at once",
        "hold": f"it is sent {format_count(letter.hold_hours, 'hour')} later unless you pause it",
    }[letter.publish]
    again = " again" if known.status == "draft" else ""
    return f"It will be drafted{again} on {moment(due)}; {then}."


def describe_transport(mail: MailSettings) -> str:
    """How mail leaves, in one sentence."""
    if mail.transport == "outbox":
        return "To files in the outbox. No mail leaves this machine."
    if mail.live:
        return f"By mail, through {mail.host}:{mail.port}. Live: every reader gets it."
    some = format_count(len(mail.allow_list), "address", "addresses")
    return f"Not live: by mail through {mail.host}:{mail.port} to {some} of mail.allow_list; to files for all others."


def describe_run(run: Run) -> str:
    """What a read did, in one line."""
    if run.failed:
        return "could not be read"
    if run.quarantined:
        return "quarantined, nothing was changed"
    if run.paused:
        return f"a part was read: {format_count(run.pages, 'page')}"
    if run.not_modified:
        return f"not changed since the last read, {format_count(run.seen, 'review')}"
    counts = f"{format_count(run.seen, 'review')} read, {run.new} new, {run.changed} changed, {run.missing} missing"
    return f"{counts}, {run.unchanged} unchanged{'; known from now on, no news' if run.baseline and run.new else ''}"


def delivery_advice(one: Delivery, moment: MomentFormat) -> str:
    """What to do about a delivery; empty where there is nothing to do."""
    if one.state == "queued" and one.attempts:
        return f"It will be tried again by itself on {moment(one.due_at)}."
    if one.state == "failed":
        return "It was tried for a day. When the trouble is over, send it again."
    if one.state == "unknown":
        return "It may have arrived: the connection broke before the answer came. Sent again, it may come twice."
    if one.state == "refused":
        code, enhanced = parse_codes(one.reply)
        return {
            "hard": "The mailbox is not there. A subscription that cannot be reached ends by itself.",
            "spam": "It was refused for what it is or who sends it: check SPF, DKIM and DMARC, then send it again.",
            "soft": "The mailbox is full, or will not take it for now. Send it again in some days.",
        }.get(
            classify_refusal(code, enhanced, one.reply, ""),
            "The server's words say why. Put that right, then send it again.",
        )
    if one.state == "sent" and one.via == "outbox":
        return "It was written to a file, not mailed."
    return ""
