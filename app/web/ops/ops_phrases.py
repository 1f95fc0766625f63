"""Wording of the operations pages: schedule, mail transport, runs, delivery advice; pure."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Literal, assert_never

from core.bounce_rules import classify_refusal, parse_codes
from core.config.schema import MailSettings, NewsletterSettings
from core.issue_lifecycle import IssueStanding, IssueState
from core.plurals import plural
from core.records import Delivery
from core.source_records import Run
from core.states import FROZEN_STATUSES, DeliveryState, IssueStatus, MailingStatus, RestOfIssue, TransactionalKind
from newsletter.mail.transport import describe_servers, read_routing

MomentFormat = Callable[[datetime | None], str]
STATE_LABELS: dict[DeliveryState, str] = {
    "queued": "waiting",
    "sending": "on their way",
    "sent": "sent",
    "refused": "refused",
    "failed": "failed",
    "unknown": "unknown",
}
REST_LABELS: dict[RestOfIssue, str] = {  # those that do not match
    "full": "in full, after those that match",
    "lines": "as one line each",
    "none": "not sent",
}
EMAIL_LABELS: dict[TransactionalKind, str] = {
    "confirm": "Please confirm",
    "known": "You are subscribed already",
    "data": "See what we hold about you",
    "erase": "Delete everything we hold about you",
    "alert": "New for a saved search",
    "search": "Please confirm a saved search",
    "address": "Please confirm the new address",
    "moved": "Your subscription has moved",
}
STATUS_LABELS: dict[Literal[IssueStatus, MailingStatus, ""], str] = {
    "": "not built yet",
    "draft": "a draft",
    "approved": "approved",
    "sending": "being sent",
    "sent": "sent",
    "stopped": "stopped",
}
TOO_LATE = "It is too late to go by itself. Approve and send it, or leave its reviews to the next issue."
RESTORE_UNDECIDED = "A backup was restored, and whether it went out since is not known: the first page says what to do."


def format_count(number: int, one: str, many: str = "") -> str:
    """ "1 reader", "1,200 readers", "no readers"."""
    return plural(number, one, many, none="no", thousands=",")


def describe_sending(
    state: IssueState,
    standing: IssueStanding | None,
    due: datetime,
    now: datetime,
    newsletter: NewsletterSettings,
    moment: MomentFormat,
) -> str:
    """When an issue goes out, and what it waits for. `standing`: None before its day, `due`, and long after."""
    if standing and standing.step == "restored":
        return RESTORE_UNDECIDED
    if state.status in FROZEN_STATUSES:
        return _describe_frozen(state, moment)
    if standing is None and due <= now:
        return TOO_LATE
    if standing is None:
        return _describe_upcoming(state, due, newsletter, moment)
    return _describe_step(state, standing, moment)


def _describe_frozen(state: IssueState, moment: MomentFormat) -> str:
    return "It is being sent." if state.status == "sending" else f"It was sent on {moment(state.sent_at)}."


def _describe_step(state: IssueState, standing: IssueStanding, moment: MomentFormat) -> str:
    """What an issue waits for whose day has come."""
    match standing.step:
        case "restored":
            return RESTORE_UNDECIDED
        case "sending" | "sent":
            return _describe_frozen(state, moment)
        case "ask" | "asked":
            return TOO_LATE
        case "draft":
            return "It is due. The timer drafts it at its next run."
        case "held":
            return f"It will be sent on {moment(standing.when)} unless you pause it."
        case "paused":
            return "It is paused. It is sent when you resume it, or send it yourself."
        case "approval":
            return "It waits for your approval."
        case "release":
            return "It is due. The timer sends it at its next run."
        case "skipped":
            return "There is no issue of this month: nothing was new."
        case "gone":
            return "It was not sent; its reviews go into the next issue."
        case "settled":
            return "It went out before a backup was restored. Nothing of it is left here."
        case _:
            assert_never(standing.step)


def _describe_upcoming(state: IssueState, due: datetime, newsletter: NewsletterSettings, moment: MomentFormat) -> str:
    """What happens on an issue's day, which is to come."""
    if state.paused:
        return f"Its day is {moment(due)}. It is paused: it is sent when you resume it, or send it yourself."
    if state.status == "approved":
        return f"It is sent on {moment(due)}."
    then = {
        "approve": "it is sent when you have approved it",
        "auto": "it is sent at once",
        "hold": f"it is sent {format_count(newsletter.hold_hours, 'hour')} later unless you pause it",
    }[newsletter.publish]
    again = " again" if state.status == "draft" else ""
    return f"It will be drafted{again} on {moment(due)}; {then}."


def describe_transport(mail: MailSettings) -> str:
    """How mail leaves, in one sentence."""
    routing, server = read_routing(mail), describe_servers(mail)
    match routing.reach:
        case "nobody":
            return "To files in the outbox. No mail leaves this machine."
        case "everybody":
            return f"By mail, through {server}. Live: every reader gets it."
        case "listed":
            some = format_count(len(routing.listed), "address", "addresses")
            return f"Not live: by mail through {server} to {some} of mail.allow_list; to files for all others."
        case never:
            assert_never(never)


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
    more = "; known from now on, no news" if run.baseline and run.new else ""
    if run.ended:
        more += f"; {run.ended} no longer on a page that covers them"
    return f"{counts}, {run.unchanged} unchanged{more}"


def delivery_advice(delivery: Delivery, moment: MomentFormat) -> str:
    """What to do about a delivery; empty where there is nothing to do."""
    match delivery.state:
        case "queued":
            return f"It will be tried again by itself on {moment(delivery.due_at)}." if delivery.attempts else ""
        case "sending":
            return ""
        case "sent":
            return "It was written to a file, not mailed." if delivery.via == "outbox" and not delivery.reply else ""
        case "refused":
            return _refusal_advice(delivery.reply)
        case "failed":
            return "It was tried for a day. When the trouble is over, send it again."
        case "unknown":
            return "It may have arrived: the connection broke before the answer came. Sent again, it may come twice."
        case _:
            assert_never(delivery.state)


@lru_cache(1_000)  # a server writes the same to many
def _refusal_advice(reply: str) -> str:
    code, enhanced = parse_codes(reply)
    match classify_refusal(code, enhanced, reply, ""):
        case "hard":
            return "The mailbox is not there. A subscription that cannot be reached ends by itself."
        case "domain":
            return "The domain of the address is not there. A subscription that is refused so twice ends by itself."
        case "spam":
            return "It was refused for what it is or who sends it: check SPF, DKIM and DMARC, then send it again."
        case "soft":
            return "The mailbox is full, or will not take it for now. Send it again in some days."
        case "unknown" | "":
            return "The server's words say why. They count against nobody. Put that right, then send it again."
