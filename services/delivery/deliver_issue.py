"""Issue delivery: what is being sent, an issue or a correction, goes to each subscriber due exactly once."""

import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import assert_never

from core.bounce_rules import redact_reply
from core.config.schema import Settings
from core.dates import PERIOD, run_name, whole_minute
from core.errors import MailRefused, MailUnavailable
from core.log_fields import bind_log_fields
from core.records import Claim, Receipt
from core.retry import THROTTLE_GRACE
from core.side_effects import SideEffects
from core.states import DeliveryState
from db.collection import takedowns
from db.mail import bounce_holds, bounces, deliveries, delivery_retention, mailings, relay_tallies
from db.mail.audiences import has_several_domains
from db.schema.connect import Database, connect, lengthen_log, undo_in_memory, write_transaction
from newsletter.mail.transport import AudienceShare, DeliveryAnswer, Parcel, Transport, split_audience
from services.delivery import machine_guard
from services.delivery.claim_queue import CLAIM_BATCH
from services.delivery.cluster_recovery import recover_dispatched
from services.delivery.delivery_worker import DeliveryRun, settle_relay
from services.delivery.journal_check import take_over_journal
from services.delivery.parcel_making import make_parcel, make_return_path
from services.delivery.relay_pool import LONG_LIST, ProgressCallback, record_relay_faults, send_over_relays
from services.delivery.relay_state import RelayPaces, RelayState
from services.delivery.send_rate import SendRate
from services.delivery.stored_paces import recall_paces, store_paces

log = logging.getLogger("casereviews")
DEFERRALS_ASKED = 100  # of an issue; all may be a million readers, each answered with their own address
FILES_PER_COMMIT = 500  # messages that are written to the outbox between two commits


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What a run of deliveries did, and what it left."""

    done: Counter[DeliveryState] = field(default_factory=Counter)  # of this run; queued: to be tried again
    left: int = 0  # still to be sent
    next_due: datetime | None = None  # UTC, the whole minute in which it is
    server_fault: str = ""  # why the mail server could not be used any more
    put_off: str = ""  # what servers answered to most of the next to be tried again, as a log may show it


def deliver_issues(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    periods: list[str] | None = None,
    stop: Event | None = None,
    progress: ProgressCallback | None = None,
) -> DeliverySummary:
    """Send what is due of the issues and corrections being sent, oldest first; `periods`: of these runs only.

    `stop` ends it after the messages in flight. What a killed run left is sorted out first; what cannot be sent now
    is left to a later call. `progress` hears what became of the messages. Raises LockHeld while another run sends,
    HouseError on another machine, MailRefused when the server will not have us, MailUnavailable or MailSilent.
    """
    paces = dict[str, RelayPaces]()
    done, replies, left, dues, down, stopped = Counter[DeliveryState](), list[str](), 0, [], "", None
    machine_guard.refuse_away(effects, settings, db)
    with effects.lock(settings.data_dir, "delivery"):
        done += _recover(effects, settings, db, stop or Event())
        for period in [one for one in mailings.list_sending(db) if periods is None or one in periods]:
            run = DeliveryRun(effects, settings, period, stop or Event(), effects.boot(), paces, done=done)
            with bind_log_fields(issue=period):
                try:
                    down = _deliver_issue(run, progress or _ignore_progress) or down
                except MailRefused as e:
                    if not run.is_blocked:
                        raise
                    stopped = stopped or e  # it may be these readers only: the other issues are tried
                finally:
                    run.journal.close()
                    more, due = _finish_issue(db, period, effects.now())
            left += more
            dues += [whole_minute(due)] if due else []
            replies += deliveries.list_deferrals(db, period, DEFERRALS_ASKED)
    if stopped:
        raise stopped
    if down and not done["sent"]:
        fix = "Nothing is lost: what waits is sent at the next try."
        raise MailUnavailable("the mail server cannot be used", down, fix)
    return DeliverySummary(done, left, min(dues, default=None), down, _commonest_reply(replies))


def _recover(effects: SideEffects, settings: Settings, db: Database, stop: Event) -> Counter[DeliveryState]:
    """Sort out what a run that died left here and with workers; what became of it."""
    done = recover_dispatched(effects, settings, db, stop)
    take_over_journal(db, settings.data_dir, effects.now())
    _, unknown = deliveries.recover_interrupted(db, effects.boot(), effects.now())
    return done + Counter[DeliveryState]({"unknown": unknown})


def _commonest_reply(replies: Iterable[str]) -> str:
    """What most were answered, as a log may show it; empty where nobody was."""
    return next((reply for reply, _ in Counter(map(redact_reply, replies)).most_common(1)), "")


def _ignore_progress(done: Counter[DeliveryState]) -> None:
    """Hear of progress where nobody wants to."""


def _finish_issue(db: Database, period: str, now: datetime) -> tuple[int, datetime | None]:
    """Say so where nothing is left to send; else how much is, and when the next is due."""
    with write_transaction(db):  # so that nothing is queued again between looking and dropping
        if bounces.void_delivered(db, period):  # who was refused and has it by now
            bounce_holds.close_settled(db, "us", now)
        stopped = mailings.get_status(db, period) == "stopped"
        left, due = deliveries.count_waiting(db, period)
        if not left:
            deliveries.delete_queued(db, period)
            mailings.mark_sent(db, period, now)
    if not left:
        what = f"the issue of {period}" if PERIOD.fullmatch(period) else run_name(period)
        done = "was stopped" if stopped else "is sent"
        log.info("%s %s", what, done, extra=dict(deliveries.counts(db, period).items()))
    return left, due


def _deliver_issue(run: DeliveryRun, progress: ProgressCallback) -> str:
    """Send one issue; why the server could not be used, where it could not."""
    down = ""
    for share in split_audience(run.settings):
        match share.way_out.via:
            case "smtp":
                down = _send_by_smtp(run, share, progress)
            case "outbox":
                _write_files(run, share, progress)
            case never:
                assert_never(never)
    return down


def _write_files(run: DeliveryRun, share: AudienceShare, progress: ProgressCallback) -> None:
    """Write the messages that nobody gets for real, a file each; the same one when it is done again."""
    with closing(connect(run.settings.database)) as db:
        while not run.ending:
            claims = deliveries.claim(
                db, run.period, run.boot, run.effects.now(), FILES_PER_COMMIT, share.keys, but=share.others
            )
            if not claims:
                return
            receipts = _write_batch(run, db, share.way_out, claims)
            deliveries.record_receipts(db, receipts, run.effects.now())
            for token in delivery_retention.list_parted_tokens(db, claims):  # since they were claimed
                share.way_out.take_back(f"{run.period}/{token}")
            run.done["sent"] += len(receipts)
            progress(run.done)


def _write_batch(run: DeliveryRun, db: Database, way_out: Transport, claims: list[Claim]) -> list[Receipt]:
    """Write the messages; again where a review that they carry was taken down meanwhile."""
    receipts: dict[int, Receipt] = {}

    def mark(answers: list[DeliveryAnswer], following: Parcel | None) -> bool:
        receipts.update((one.id, Receipt(one.id, "sent", one.reply, via="outbox")) for one in answers)
        return True

    pace, return_path = SendRate(run.effects, run.settings.mail, db), make_return_path(run.settings)
    while True:
        templates = run.current_templates(db)
        with closing(way_out.open(pace)) as session:
            parcels = (
                make_parcel(run.period, one, templates, return_path(one.message_token), session) for one in claims
            )
            session.deliver(parcels, mark)
        if takedowns.list_ids(db) == run.excluded_ids:
            return list(receipts.values())


def _send_by_smtp(run: DeliveryRun, share: AudienceShare, progress: ProgressCallback) -> str:
    """Send over as many connections as are worth it; why a relay could not be used, where others could.

    Raises what stopped the run, and when no relay is left, why the first of them is out.
    """
    with closing(connect(run.settings.database, shared=True)) as db:
        for one in share.relays:
            paces = run.paces.setdefault(one.name, recall_paces(db, one.name, run.effects.now()))
            run.relays.append(RelayState(one, paces))
        lengthen_log(db)
        undo_in_memory(db)
        # that decide how many connections are worth it, and whether a process that signs is
        most = max(LONG_LIST, CLAIM_BATCH * sum(one.connections for one in run.relays))
        if not (due := deliveries.count_due(db, run.period, run.effects.now(), share.keys, most)):
            return ""
        run.journal.open()
        frozen_at = mailings.get_frozen_at(db, run.period)
        for relay in run.relays:
            relay.detector.has_one_domain = lambda: not has_several_domains(db, run.period)
            relay.detector.any_taken = relay_tallies.has_newer_acceptance(db, run.period, relay.name)
            relay.throttles.is_patient = frozen_at is None or run.effects.now() - frozen_at < THROTTLE_GRACE
        try:
            send_over_relays(run, db, share, progress, due)
        finally:
            deliveries.release_claims(db, run.claims.clear())
            run.claims.close()
            for relay in run.relays:
                if not relay.is_settled:
                    settle_relay(run, db, relay)
                store_paces(db, relay, run.effects.now(), is_over=True)
            record_relay_faults(db, run.relays, run.effects.now())
    progress(run.done)
    if all(relay.is_out for relay in run.relays):
        for fault in filter(None, (relay.fault() for relay in run.relays)):
            raise fault
    return "; ".join(filter(None, (relay.words for relay in run.relays)))
