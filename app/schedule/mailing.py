"""The chores that send mail: letters about subscriptions, issues, and word to the operator of what became of them."""

import re
from collections.abc import Iterator
from datetime import timedelta

from app import notices
from app.lock import lock
from app.schedule.house import Chore, Did, House
from core.dates import period_name
from core.plurals import plural
from core.subscribers import masked
from db import chores, deliveries, issues, post
from db.chores import RESTORED

RECENT = timedelta(days=7)  # an issue sent longer ago is no news
AMISS = ("refused", "failed", "unknown")
EXAMPLES = 10  # readers that the operator hears of by name


def _letters_due(house: House) -> Iterator[str]:
    if post.due(house.db, house.now):
        yield "send emails about subscriptions"


def _post(house: House) -> Did:
    from app.posting import post_due

    if count := post_due(house.world, house.settings, house.db):
        yield f"sent {plural(count, 'email')} about subscriptions"


def _sending(house: House) -> list[str]:
    """The issues being sent, but those that wait for a person's word after a backup was restored."""
    undecided = chores.listing(house.db, RESTORED)
    return [period for period in issues.sending(house.db) if period not in undecided]


def _deliveries_due(house: House) -> Iterator[str]:
    for period in _sending(house):
        left, due = deliveries.waiting(house.db, period)
        if due is None or not house.now < due <= house.now + deliveries.FAR:
            yield f"deliver the issue of {period_name(period)}: {left} waiting"


def _deliver(house: House) -> Did:
    from app.delivering import deliver

    done = deliver(house.world, house.settings, house.db, _sending(house), stop=house.stop).done
    if words := ", ".join(f"{count} {state}" for state, count in done.items() if count and state != "queued"):
        yield f"delivered: {words}"


def _reports_due(house: House) -> Iterator[str]:
    for period in _unreported(house):
        yield f"tell the operator: the issue of {period_name(period)} was sent"


def _unreported(house: House) -> list[str]:
    known, since = issues.standings(house.db), house.now - RECENT
    sent = [one.period for one in known.values() if one.status == "sent" and one.sent_at and one.sent_at >= since]
    return [period for period in sent if not notices.was_told(house.db, f"sent {period}")]


def _report(house: House) -> Did:
    told = []
    with lock(house.settings.data_dir, "delivery"):  # so that no other run tells it too
        for period in _unreported(house):
            counts = {state: count for state, count in deliveries.counts(house.db, period).items() if count}
            said = ", ".join(f"{count} {state}" for state, count in counts.items()) or "it had no readers"
            subject = f"the issue of {period_name(period)} was sent"
            lines = [f"The issue of {period_name(period)} was sent: {said}.", *_troubles(house, period, counts)]
            if notices.once(house.world, house.settings, house.db, f"sent {period}", subject, lines):
                told.append(f"told the operator: {subject}: {said}")
    yield from told


def _troubles(house: House, period: str, counts: dict[str, int]) -> list[str]:
    """Whom it did not reach, no address in full, and what to do."""
    amiss = deliveries.listing(house.db, period, AMISS, limit=EXAMPLES)
    again = f"casereviews issue resend-failed {period}"
    lines = [f"{masked(one.email)}: {one.state}: {_without(one.email, one.reply)}" for one in amiss]
    if counts.get("refused") or counts.get("failed"):
        lines += [f"Send it again to those it did not reach: {again}"]
    if counts.get("unknown"):
        lines += [f"The unknown may have it. Send it to them all the same: {again} --unknown"]
    return ["", *lines] if lines else []


def _without(email: str, reply: str) -> str:
    """A server's words without the address, which many repeat."""
    return re.sub(re.escape(email), masked(email), reply, flags=re.IGNORECASE) if email else reply


def _nothing_left(house: House) -> bool:
    return not _sending(house)


POSTING = Chore("emails", _letters_due, _post)
DELIVERY = Chore("delivery", _deliveries_due, _deliver, over=_nothing_left)
REPORTS = Chore("reports", _reports_due, _report)
