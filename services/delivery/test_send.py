"""Test send: an issue to a few chosen addresses before release."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

from core.config.schema import Settings
from core.side_effects import SideEffects
from core.states import DeliveryRoute, Edition
from db.schema.connect import Database
from newsletter.mail.issue_message import build_issue_message
from newsletter.mail.provider_headers import provider_headers
from newsletter.mail.transport import Parcel, deliver_now, route
from services.delivery.send_rate import SendRate
from services.issues import build_issue, frozen_issue, issue_coverage
from services.readers.subscriptions import validate_address

SAMPLE_TOKEN = "A-SAMPLE-READERS-TOKEN"  # noqa: S105 - it is nobody's


@dataclass(frozen=True, slots=True)
class SampleDelivery:
    """What became of one test message."""

    email: str
    via: DeliveryRoute
    file: Path | None  # that it was written to; None: it was mailed


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

    Raises HouseError for an address that cannot be used, or a month that has not begun, before anything is sent, and
    when the server takes none.
    """
    issue_coverage.refuse_future(settings, db, period, effects.now())
    stored_issue = build_issue.compose_draft(settings, db, period)
    words = build_issue.mail_wording(settings, db, stored_issue)
    rendered = frozen_issue.render_edition(settings, db, stored_issue, edition)
    return_path, rate, done = parseaddr(settings.mail.sender)[1], SendRate(effects, settings.mail, db), []
    recipients = [validate_address(one) for one in addresses]
    for number, one in enumerate(recipients, 1):
        way_out, name = route(settings, one.mailbox), f"test-{period}-{number}"
        raw = provider_headers(settings.mail.providers) + build_issue_message(
            rendered,
            words,
            to=one.mailbox,
            token=SAMPLE_TOKEN,
            message_token=effects.token(),
            host=settings.host,
            date=effects.now().astimezone(settings.zone),
            subject_prefix="Test: ",
        )
        if not dry:
            deliver_now(way_out, rate, Parcel(number, return_path, one.mailbox, raw, name))
        file = None if way_out.via == "smtp" else settings.data_dir / "outbox" / f"{name}.eml"
        done.append(SampleDelivery(one.email, way_out.via, file))
    return done
