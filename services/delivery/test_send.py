"""Test send: an issue to a few chosen addresses before release."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.config.schema import Settings
from core.side_effects import SideEffects
from core.states import DeliveryRoute, Edition
from db.schema.connect import Database
from newsletter.issue.render import render
from newsletter.mail.issue_message import build_issue_message
from newsletter.mail.smtp import send_message, write_message
from services.delivery.deliver_issue import allow_list_keys
from services.issues import build_issue
from services.readers.subscriptions import validate_address

SAMPLE_TOKEN = "A-SAMPLE-READERS-TOKEN"  # noqa: S105 - it is nobody's


@dataclass(frozen=True, slots=True)
class SampleDelivery:
    """What became of one test message."""

    email: str
    via: DeliveryRoute
    reply: str


def send_test(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    period: str,
    addresses: Sequence[str],
    edition: Edition = "full",
    dry: bool = False,
) -> list[SampleDelivery]:
    """Send the issue of a period as it would be now. No real token is in it, and nothing is written down.

    Raises HouseError for an address that cannot be used, before anything is sent, and when the server takes none.
    """
    kept = build_issue.compose_draft(settings, db, period)
    words = build_issue.issue_wording(settings, kept)
    rendered = render(kept.issue, words, "email", short=edition == "short")
    rendered = replace(rendered, issue=replace(rendered.issue, subject=f"Test: {rendered.issue.subject}"))
    done, to = [], [validate_address(one) for one in addresses]
    for one in to:
        mailed = settings.mail.transport == "smtp" and (settings.mail.live or one.key in allow_list_keys(settings))
        raw = build_issue_message(
            rendered,
            words,
            to=one.mailbox,
            token=SAMPLE_TOKEN,
            message_token=effects.token(),
            host=settings.host,
            date=effects.now().astimezone(settings.zone),
        )
        if mailed:
            if not dry:
                send_message(settings.mail, raw, one.mailbox)
            done.append(SampleDelivery(one.email, "smtp", "mailed"))
        else:
            name = f"test-{period}-{len(done) + 1}"
            if not dry:
                write_message(settings.data_dir / "outbox", name, raw)
            done.append(SampleDelivery(one.email, "outbox", f"written to outbox/{name}.eml, not mailed"))
    return done
